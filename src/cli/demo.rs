//! `unrewind demo`, and `demo-replay`, its replay command.

use std::{
    env, fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::{Exit, Next, output};
use crate::{
    config::Config,
    core::Workspace,
    core::{self, Profile, ReplayCommand},
    text,
};

/// Make a demonstration database with a bad rewind to recover from, and open it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind demo
  unrewind demo /tmp/demo")]
pub struct Args {
    /// A folder that is empty or does not exist, or that of an earlier demonstration, which is opened as it
    /// is [default: a new demonstration in Unrewind's cache folder]
    dir: Option<PathBuf>,
}

/// Apply the active events above an id to a demonstration's database
///
/// This is the replay command of the demonstration, and `unrewind demo` uses it. To use it with other commands,
/// set `replay.command = ["unrewind", "demo-replay"]` for the demonstration's folder in your configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind demo-replay copy.db 1408")]
pub struct ReplayArgs {
    /// The database, which is changed
    database: PathBuf,
    /// The last event that its tables contain
    #[arg(allow_negative_numbers = true)]
    after: i64,
}

pub(super) fn replay(args: &ReplayArgs) -> anyhow::Result<Exit> {
    core::replay_demo(&args.database, args.after)?;
    Ok(Exit::Done)
}

/// The file that marks a folder as a demonstration.
const MARK: &str = "unrewind-demo.txt";
const MARK_TEXT: &str =
    "A demonstration made by `unrewind demo`. It can be deleted with its folder.\n";

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Next> {
    let folder = match &args.dir {
        Some(folder) => folder.clone(),
        None => fresh_folder()?,
    };
    let place = workspace.to_builder().moved_to(&folder);
    let place = place.profile(profile(workspace)?).build();
    if !folder.join(MARK).exists() {
        check_applications(&folder)?;
        core::make_demo(&folder, &place.profile, workspace.now())?;
        fs::write(folder.join(MARK), MARK_TEXT)
            .with_context(|| format!("cannot write in {}", folder.display()))?;
    }
    if io::stdout().is_terminal() {
        return Ok(Next::Open(Box::new(place)));
    }
    output::print_done(&format!("{}\n", text::path(&folder)))?;
    Ok(Next::Exit(Exit::Done))
}

/// Returns the profile of the chat application, whatever the configuration describes.
fn profile(workspace: &Workspace) -> anyhow::Result<Profile> {
    let chat = Config::defaults()?.profile;
    Ok(Profile {
        log: chat.log,
        tables: chat.tables,
        outside: chat.outside,
        rowids: chat.rowids,
        replays_on_start: chat.replays_on_start,
        replay: own_replay(),
        ..workspace.profile.clone()
    })
}

/// Returns the demonstration's replay command: this program.
fn own_replay() -> Option<ReplayCommand> {
    let program = env::current_exe().ok()?.to_str()?.to_owned();
    Some(ReplayCommand {
        program,
        arguments: vec!["demo-replay".to_owned()],
    })
}

/// Returns the folder of the last demonstration, emptied.
fn fresh_folder() -> anyhow::Result<PathBuf> {
    let folder = Config::cache_folder()
        .context("there is no cache folder here: name a folder for the demonstration")?;
    let folder = folder.join("demo");
    if folder.join(MARK).exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot delete {}", folder.display()))?;
    }
    Ok(folder)
}

fn check_applications(folder: &Path) -> anyhow::Result<()> {
    let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty {
        bail!(
            "{} is not empty: name a new folder for the demonstration",
            folder.display()
        );
    }
    Ok(())
}
