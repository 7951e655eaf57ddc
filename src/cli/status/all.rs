//! The status of several data folders, the worst first.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use serde_json::{Value, json};

use super::{Seen, inspect, json_of};
use crate::{
    cli::{
        CommandSetup, Exit,
        output::{self, ProgressLine},
    },
    core::{Error, Progress},
    signals::Interrupt,
    text::{self, Align},
};

/// What an operation on one of several threads reports its progress to.
type SharedProgress<'a> = &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync);

/// Runs operations on several threads: shows the progress of any of them on a line of standard error and cancels
/// all at Ctrl-C.
fn with_shared_progress<T>(work: impl FnOnce(SharedProgress<'_>) -> T) -> T {
    let line = Mutex::new(ProgressLine::new());
    let line = || line.lock().unwrap_or_else(PoisonError::into_inner);
    let interrupt = Interrupt::of_program();
    let result = interrupt.during(|| {
        work(&|progress| {
            line().show(progress);
            interrupt.flow()
        })
    });
    line().clear();
    result
}

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
    fn of(folder: PathBuf, setup: &CommandSetup<'_>, on: SharedProgress<'_>) -> Self {
        let seen = setup.of_folder(&folder).and_then(|(workspace, ignored)| {
            let seen = inspect(&workspace, setup, &mut |progress| on(progress))?;
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
            Err(error) => {
                let why = text::causes(&error);
                Self {
                    standing: Standing::Unknown,
                    json: json!({ "problem": why }),
                    sentences: vec![why],
                    newest: String::new(),
                    folder,
                }
            }
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
    folders: Vec<PathBuf>,
    is_json: bool,
    setup: &CommandSetup<'_>,
) -> anyhow::Result<Exit> {
    let mut found = with_shared_progress(|on| inspect_all(folders, setup, on));
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
fn inspect_all(
    folders: Vec<PathBuf>,
    setup: &CommandSetup<'_>,
    on: SharedProgress<'_>,
) -> Vec<Found> {
    let (folders, found) = (Mutex::new(folders.into_iter()), Mutex::default());
    let next = || {
        folders
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    let inspect = || {
        while let Some(folder) = next()
            && !Interrupt::of_program().is_asked()
        {
            let one = Found::of(folder, setup, on);
            let mut found: MutexGuard<'_, Vec<Found>> =
                found.lock().unwrap_or_else(PoisonError::into_inner);
            found.push(one);
        }
    };
    let others = thread::available_parallelism().map_or(0, |threads| threads.get() - 1);
    thread::scope(|scope| {
        for _ in 0..others {
            // Without a thread, this one does its work.
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, inspect) {
                log::debug!("no thread to inspect folders: {error}");
            }
        }
        inspect();
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
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
