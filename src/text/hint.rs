//! What to do about what went wrong.

use super::{quoted, runnable};
use crate::core::Error;

/// What the user can do about an error.
pub fn hint(error: &Error) -> Option<String> {
    let text = match error {
        Error::WhichDatabase {
            gone: Some(path), ..
        } => {
            let path = quoted(path.as_ref());
            let makes = format!(
                "if it is gone, `unrewind --db {path} restore latest --make-anew` makes it anew"
            );
            return Some(runnable(&makes));
        }
        Error::Locked { .. } => {
            "wait until the application has finished writing, or close it, and try again"
        }
        Error::NoDatabase { .. } => {
            "name the application's database with --db, or its folder with --data-dir; if it is gone, `unrewind restore latest --make-anew` makes it anew"
        }
        Error::NotAFile { .. } => "choose another snapshot; `unrewind list` shows those there are",
        Error::NotPruned { .. } => "see to what is named, then run `unrewind prune`",
        Error::NoFile { .. } => {
            "check the path, or whether it was deleted meanwhile; `unrewind list` shows the snapshots there are"
        }
        Error::NotADatabase { path, .. } if !path.is_file() => {
            "name the application's SQLite database with --db"
        }
        Error::NotADatabase { .. } => {
            "name the application's database with --db; if this is it, `unrewind restore latest --make-anew` moves it aside and makes it anew"
        }
        Error::ReadOnly { .. } => "make the file and its folder writable, or work on a copy",
        Error::DiskFull { .. } => "free some space (`unrewind prune` may help) and try again",
        Error::NoEventLog { .. } | Error::EventLog { .. } => {
            "name another database with --db, or describe this one with `unrewind init`"
        }
        Error::Profile { .. } => {
            "correct the profile, or propose a new one with `unrewind init --dry-run`"
        }
        Error::OtherProfile { .. } => {
            "restore it with the profile that it was taken with, or only tables of it with --scope tables"
        }
        Error::Sound { .. } => "restore without --make-anew",
        Error::InUse { .. } => "close that program first",
        Error::NoSchema { .. } => {
            "let the application make an empty database, or copy one to where it was, then restore into that"
        }
        Error::NoLog => "choose a snapshot of `unrewind list`, see `unrewind diff`, and restore it",
        Error::Json { .. } => "the file is damaged or no snapshot; choose another one",
        Error::Damaged { .. } => {
            "choose another snapshot; if it was changed on purpose, delete its note and verify it again"
        }
        Error::ChangedWhileRead { .. } => "try again when nothing writes to it",
        Error::Stale { .. } => "nothing was changed; make the plan anew",
        Error::Note { .. } => {
            "repair the note or delete it; as long as it is there, its snapshot counts as pinned"
        }
        Error::Unpin { .. } => "take a periodic snapshot first (`unrewind take --kind periodic`)",
        Error::SchemaDrift { .. } => {
            "restore it with the version of the application that wrote it, or leave that out with --drop-missing"
        }
        Error::AwaitsReplay { .. } => "start the application first: it replays them",
        Error::InDoubt { .. } => {
            "restart the application; where Unrewind cannot see that it was restarted, say so with `unrewind status --restarted`"
        }
        Error::NeedsCheckpoint => "leave out --no-checkpoint",
        Error::NoReplay => {
            "restore without --keep-newer; or, if the application does replay its log when it starts, set replays_on_start = true in its configuration"
        }
        Error::OldIds { .. } => {
            "restore without --keep-newer: the safety snapshot that it takes first keeps these events"
        }
        Error::RepeatedKey { .. } => "the file is damaged; choose another snapshot",
        Error::Unwritable { .. } => {
            "only the application can write that table; restore the others with --skip-unwritable, or take its rows from the snapshot with `unrewind export`"
        }
        Error::Unequal { .. } | Error::Row { .. } => {
            "the snapshot does not fit the rules of that table; restore the others with --skip-unwritable"
        }
        Error::ForeignKey { .. } => {
            "choose another snapshot; or, if the application does not mind such rows, restore this one with --keep-dangling"
        }
        Error::FullText { message, .. } if message.starts_with("no such tokenizer") => {
            "only the application has that tokenizer; restore the other tables with --skip-unwritable"
        }
        Error::FullText { .. } => {
            "rebuild the index with the application, then try again; or restore the other tables with --skip-unwritable"
        }
        Error::Checkpoint { .. } => {
            "run `unrewind status` before the application starts: it finishes the restore"
        }
        Error::Uncertain { .. } => {
            "look at the disk, then run `unrewind status` before the application starts: it sees whether the restore is done; the safety snapshot holds the database as it was"
        }
        Error::Watched { .. } => "one is enough; stop it first if this one is to take its place",
        Error::KeepsNothing { .. } => "add --force if that is what you want",
        Error::Io { .. } => "check that the folder is there and that you may use it",
        _ => return None,
    };
    Some(runnable(text))
}
