//! Finds the user's data: the folder or database that was named, or what is nearby.

mod nearby;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::bail;
use clap::{ArgMatches, CommandFactory, parser::ValueSource};

use super::{
    Args, Command,
    output::{self, Hinted},
};
use crate::{
    config::{Config, WatchSettings},
    core::{Error, Result, known_folders, nearest},
    text,
};
use nearby::{FoundFolder, is_data_folder, is_database, nearby};

/// The hint if there is no data folder.
const NAME_ONE: &str = "name the application's data folder with --data-dir, or try a demonstration with `unrewind demo`";

/// Refuses a first word that is neither a command nor an existing file: it was probably meant as a
/// command.
pub fn refuse_unknown(arguments: impl Iterator<Item = String>) -> Option<String> {
    const WITH_VALUE: [&str; 4] = ["--db", "--data-dir", "--config", "--log"];
    let mut arguments = arguments.skip(1);
    let word = loop {
        let word = arguments.next()?;
        if WITH_VALUE.contains(&word.as_str()) {
            arguments.next();
        } else if word == "--" {
            return None;
        } else if !word.starts_with('-') {
            break word;
        }
    };
    let program = Args::command();
    let mut names: Vec<&str> = program
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    names.push("help");
    let (word, nothing, help) = if word == "help" {
        let about = arguments.next().filter(|about| !about.starts_with('-'))?;
        (about, "no command", "help ")
    } else {
        (word, "no command and no file", "")
    };
    if names.contains(&word.as_str()) || (help.is_empty() && Path::new(&word).exists()) {
        return None;
    }
    let word = text::one_line(&word);
    Some(match nearest(&word, names) {
        Some(meant) => {
            format!("there is {nothing} {word}: did you mean `unrewind {help}{meant}`?")
        }
        None => format!("there is {nothing} {word}; `unrewind --help` lists the commands"),
    })
}

impl Args {
    /// Uses the named place as the data folder, or as the database in it, and makes printed
    /// commands name it too.
    pub fn locate(&mut self, matches: &ArgMatches) -> anyhow::Result<()> {
        let given = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
        let names_folder = given("data_dir");
        let place = match self.place.take() {
            None if self.describes_this_folder(matches) => Some(PathBuf::from(".")),
            None => self.offered(matches)?,
            place => place,
        };
        if let Some(place) = &place {
            if names_folder || given("db") {
                bail!(
                    "{} names a place, and so do --data-dir and --db: give only one of them",
                    text::path(place)
                );
            }
            match resolved(place)? {
                DatabaseSource::Folder(folder) => self.data_dir = folder,
                DatabaseSource::Database(file) => {
                    let folder = file.parent().filter(|folder| *folder != Path::new(""));
                    folder
                        .unwrap_or(Path::new("."))
                        .clone_into(&mut self.data_dir);
                    self.db = Some(file);
                }
            }
        }
        let is_placed = place.is_some();
        let config = self.config.as_deref().filter(|_| given("config"));
        let named = [
            (
                "--data-dir",
                Some(&*self.data_dir).filter(|_| names_folder || is_placed),
            ),
            (
                "--db",
                self.db.as_deref().filter(|_| given("db") || is_placed),
            ),
            ("--config", config),
        ];
        text::invoked_with(
            named
                .into_iter()
                .filter_map(|(name, path)| Some((name, path?.as_os_str()))),
        );
        Ok(())
    }

    /// Returns whether `init` runs in the data folder itself, and no other is named.
    fn describes_this_folder(&self, matches: &ArgMatches) -> bool {
        let is_default = matches.value_source("data_dir") == Some(ValueSource::DefaultValue);
        let is_init = matches!(self.command, Some(Command::Init(_)));
        let is_here = !is_data_folder(&self.data_dir) && is_data_folder(Path::new("."));
        is_init && is_default && self.db.is_none() && is_here
    }

    /// Asks which of the known data folders to open in the terminal UI, where none was named and none is here.
    fn offered(&self, matches: &ArgMatches) -> anyhow::Result<Option<PathBuf>> {
        let is_default = matches.value_source("data_dir") == Some(ValueSource::DefaultValue);
        let is_screen = self.command.is_none() && self.db.is_none() && is_default;
        if !is_screen || is_data_folder(&self.data_dir) || !output::can_ask() {
            return Ok(None);
        }
        let config = super::load(self, &self.data_dir)?;
        let known = known(&config.watch, &[]);
        if known.is_empty() || config.database.is_some() {
            return Ok(None);
        }
        output::say("There is no data folder here. Unrewind knows these:");
        for (number, folder) in (1..).zip(&known) {
            output::say(&format!("  {number}  {}", folder.words()));
        }
        let question = format!("Open which one? [1-{}, Enter for none]", known.len());
        let chosen = output::answer(&question)?.trim().parse::<usize>().ok();
        let chosen = chosen.and_then(|number| known.into_iter().nth(number.checked_sub(1)?));
        Ok(chosen.map(FoundFolder::into_path))
    }

    /// Returns whether a command needs a data folder, and there is none.
    pub fn is_nowhere(&self) -> bool {
        let needs_data = self.command.as_ref().is_none_or(Command::needs_data);
        needs_data && self.db.is_none() && !is_data_folder(&self.data_dir)
    }

    /// Fails because there is no data folder; the error lists those nearby.
    pub fn refuse_nowhere(
        &self,
        matches: &ArgMatches,
        settings: &WatchSettings,
    ) -> anyhow::Result<()> {
        refuse_unreadable(&self.data_dir)?;
        let folder = text::path(&self.data_dir);
        if matches.value_source("data_dir") == Some(ValueSource::DefaultValue) {
            let mut found = nearby(Path::new("."));
            found.extend(known(settings, &found));
            let sentence = format!("there is no data folder {folder} here");
            return Err(Hinted::new(sentence, hints(&found)).into());
        }
        let sentence = if self.data_dir.is_file() {
            format!("{folder} is a file: name the folder that it is in, or the database with --db")
        } else if self.data_dir.exists() {
            no_data_folder(&self.data_dir)
        } else {
            format!("there is no folder {folder}")
        };
        Err(Hinted::new(sentence, hints(&nearby(&self.data_dir))).into())
    }
}

enum DatabaseSource {
    Folder(PathBuf),
    Database(PathBuf),
}

/// Decides whether a path means a data folder or a database.
fn resolved(place: &Path) -> anyhow::Result<DatabaseSource> {
    if is_database(place) {
        return Ok(DatabaseSource::Database(place.to_owned()));
    }
    let above = |levels: usize| {
        let absolute = dunce::canonicalize(place).ok()?;
        let folder = absolute.ancestors().nth(levels)?.to_owned();
        is_data_folder(&folder).then_some(DatabaseSource::Folder(folder))
    };
    if place.is_dir() {
        if is_data_folder(place) {
            return Ok(DatabaseSource::Folder(place.to_owned()));
        }
        let within = place.join("data");
        if is_data_folder(&within) {
            return Ok(DatabaseSource::Folder(within));
        }
        if let (true, Some(folder)) = (place.ends_with("snapshots"), above(1)) {
            return Ok(folder);
        }
        refuse_unreadable(place)?;
        return Err(Hinted::new(no_data_folder(place), hints(&nearby(place))).into());
    }
    let is_snapshot = place.extension().is_some_and(|end| end == "json");
    if let (true, Some(folder)) = (is_snapshot, above(3)) {
        return Ok(folder);
    }
    let sentence = format!(
        "{} is neither a data folder nor an SQLite database",
        text::path(place)
    );
    Err(Hinted::new(sentence, vec![NAME_ONE.to_owned()]).into())
}

/// Fails if a folder exists but cannot be listed.
fn refuse_unreadable(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::read_dir(folder).map_err(Error::io("list", folder))?;
    }
    Ok(())
}

fn no_data_folder(folder: &Path) -> String {
    format!(
        "{} is not a data folder: it has no snapshots and no database",
        text::path(folder)
    )
}

/// Returns the folders that the configuration names or Unrewind remembers, but those that were found already.
fn known(settings: &WatchSettings, found: &[FoundFolder]) -> Vec<FoundFolder> {
    const SHOWN: usize = 9;
    let state = Config::state_folder();
    let remembered = state.map_or_else(Vec::new, |state| known_folders(&state));
    let all = settings.folders.iter().cloned().chain(remembered);
    let mut known: Vec<FoundFolder> = Vec::new();
    for folder in all.filter(|folder| is_data_folder(folder)) {
        let is_new = |one: &FoundFolder| !one.is(&folder);
        if found.iter().chain(&known).all(is_new) {
            known.push(FoundFolder::new(folder));
        }
        if known.len() == SHOWN {
            break;
        }
    }
    known
}

fn hints(found: &[FoundFolder]) -> Vec<String> {
    let mut hints: Vec<String> = found.iter().map(FoundFolder::hint).collect();
    hints.push(NAME_ONE.to_owned());
    hints
}
