//! The status of several data folders, the worst first.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Seen, inspect, json_of};
use crate::{
    cli::{CommandSetup, Exit, output},
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
    fn of(folder: PathBuf, setup: &CommandSetup<'_>) -> Self {
        let seen = setup.of_folder(&folder).and_then(|(workspace, ignored)| {
            let seen = inspect(&workspace, setup)?;
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
    let mut found: Vec<Found> = Vec::new();
    for folder in folders {
        if crate::signals::Interrupt::of_program().is_asked() {
            return Err(crate::core::Error::Cancelled.into());
        }
        found.push(Found::of(folder, setup));
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
