//! The status of several data folders, the worst first.

use std::{num::NonZero, path::PathBuf, thread, time::Duration};

use serde_json::{Value, json};

use super::{Seen, inspect, json_of};
use crate::{
    cli::{
        CommandSetup, Exit,
        each_folder::{FolderLimits, each_folder, no_progress},
        output,
        setup::FolderOpener,
    },
    core::{Error, OnProgress},
    signals::Interrupt,
    text::{self, Align},
};

/// How a folder is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It cannot be found out.
    Unknown,
    Attention,
    Well,
}

/// What was found of a folder.
struct Found {
    folder: PathBuf,
    standing: Standing,
    /// What needs attention, or why it is unknown.
    sentences: Vec<String>,
    json: Value,
    newest: String,
}

impl Found {
    fn of(
        folder: PathBuf,
        opener: &FolderOpener,
        stale_after: Option<Duration>,
        on: OnProgress<'_>,
    ) -> Self {
        let seen = opener.open(&folder).and_then(|(workspace, ignored)| {
            let seen = inspect(&workspace, stale_after, on)?;
            Ok((workspace, ignored, seen))
        });
        match seen {
            Ok((workspace, ignored, seen)) => {
                let Seen {
                    attention, health, ..
                } = &seen;
                let standing = if attention.is_empty() {
                    Standing::Well
                } else {
                    Standing::Attention
                };
                let newest = health.newest.as_ref();
                let newest = newest.map_or_else(String::new, |newest| {
                    text::age(newest.taken_at(), workspace.now())
                });
                let runnable = |one: &String| text::runnable_in(one, folder.as_ref());
                Self {
                    standing,
                    sentences: attention.iter().chain(&ignored).map(runnable).collect(),
                    json: json_of(&seen, &workspace),
                    newest,
                    folder,
                }
            }
            Err(error) => Self::unknown(folder, text::causes(&error)),
        }
    }

    fn unknown(folder: PathBuf, why: String) -> Self {
        Self {
            standing: Standing::Unknown,
            json: json!({ "problem": why }),
            sentences: vec![why],
            newest: String::new(),
            folder,
        }
    }

    fn word(&self) -> &'static str {
        match self.standing {
            Standing::Unknown => "unknown",
            Standing::Attention => "attention",
            Standing::Well => "well",
        }
    }
}

/// Prints the status of these folders.
pub(super) fn run(
    folders: &[PathBuf],
    is_json: bool,
    setup: &CommandSetup<'_>,
) -> anyhow::Result<Exit> {
    let mut found = inspect_all(folders, setup);
    if Interrupt::of_program().is_asked() {
        return Err(Error::Cancelled.into());
    }
    found.sort_by(|one, other| (one.standing, &one.folder).cmp(&(other.standing, &other.folder)));
    if is_json {
        let objects = found.iter().map(|one| {
            let mut json = one.json.clone();
            json["data_dir"] = one.folder.display().to_string().into();
            json["standing"] = one.word().into();
            json
        });
        output::print_json(&objects.collect::<Vec<_>>())?;
    } else {
        output::print(&table(&found))?;
    }
    Ok(match found.first().map(|one| one.standing) {
        Some(Standing::Unknown) => Exit::Failed,
        Some(Standing::Attention) => Exit::Attention,
        _ => Exit::Done,
    })
}

/// Inspects folders on as many threads as the machine runs at a time, until the user interrupts.
fn inspect_all(folders: &[PathBuf], setup: &CommandSetup<'_>) -> Vec<Found> {
    let limits = FolderLimits {
        threads: thread::available_parallelism().map_or(1, NonZero::get),
        longest: Duration::from_mins(1),
    };
    let (all, opener, stale_after) = (
        folders.to_vec(),
        setup.args.opener(),
        setup.watch.stale_after,
    );
    let work = move |number: usize, on: OnProgress<'_>| {
        Found::of(all[number].clone(), &opener, stale_after, on)
    };
    let mut found = Vec::new();
    each_folder(folders.len(), limits, work, |number, one| {
        let unknown = || Found::unknown(folders[number].clone(), no_progress(limits.longest));
        found.push(one.unwrap_or_else(unknown));
    });
    found
}

fn table(found: &[Found]) -> String {
    let mut rows = vec![["STATUS", "NEWEST", "FOLDER"].map(str::to_owned).to_vec()];
    let folder = |one: &Found| text::path(&one.folder);
    rows.extend(
        found
            .iter()
            .map(|one| vec![one.word().to_owned(), one.newest.clone(), folder(one)]),
    );
    let mut lines = text::columns(&rows, &[Align::Left, Align::Right, Align::Left]);
    let mut is_first = true;
    for one in found.iter().filter(|one| !one.sentences.is_empty()) {
        lines += if std::mem::take(&mut is_first) {
            "\n"
        } else {
            ""
        };
        for sentence in &one.sentences {
            lines += &format!("! {}: {}\n", folder(one), text::one_line(sentence));
        }
    }
    lines
}
