//! Errors in one sentence, and hints on what to do about them.

use std::{io, path::Path};

use super::{option, runnable};
use crate::core::{Error, io_reason};

/// Returns what the user can do about an error.
pub fn hint(error: &Error) -> Option<String> {
    let text = match error {
        Error::Locked { .. } => {
            "wait until the application has finished writing, or close it, and try again"
        }
        Error::NoDatabase { .. } => {
            "name the application's database with --db, or its folder with --data-dir; if it is lost, `unrewind restore latest --make-anew` creates a new one"
        }
        Error::NotAFile { .. } => "choose another snapshot; `unrewind list` shows them",
        Error::NotPruned { .. } => "fix the cause, then run `unrewind prune`",
        Error::NoFile { .. } => {
            "check the path: the file may have been deleted; `unrewind list` shows the snapshots"
        }
        Error::NotADatabase { path, .. } if !path.is_file() => {
            "name the application's SQLite database with --db"
        }
        Error::NotADatabase { .. } => {
            "name the application's database with --db; if this is it, `unrewind restore latest --make-anew` moves it aside and creates a new one"
        }
        Error::ReadOnly { .. } => {
            "make the file, its -wal and -shm files and its folder writable, or work on a copy"
        }
        Error::DiskFull { .. } => "free some space (`unrewind prune` may help) and try again",
        Error::Profile { .. } => {
            "correct the profile, or propose a new one with `unrewind init --dry-run`"
        }
        Error::OtherProfile { .. } => {
            "restore it with the profile that it was taken with, or only tables of it with --scope tables"
        }
        Error::Sound { .. } => "restore without --make-anew",
        Error::InUse { .. } => "close that program first",
        Error::NoSchema { .. } => {
            "let the application create an empty database, or copy one to its place, then restore into it"
        }
        Error::NoLog => {
            "choose a snapshot with `unrewind list`, compare it with `unrewind diff`, then restore it"
        }
        Error::Json { .. } => "the file is damaged or not a snapshot; choose another one",
        Error::RepeatedKey { .. } => {
            "choose another snapshot, or other tables: this one is damaged, or older than that key"
        }
        Error::Damaged { .. } => {
            "choose another snapshot; if it was changed on purpose, delete its note and verify it again"
        }
        Error::ChangedWhileRead { .. } => "try again when no program writes to it",
        Error::Stale { .. } => "nothing was changed; plan again",
        Error::Note { .. } => "repair or delete the note; until then its snapshot counts as pinned",
        Error::Unpin { .. } => "take a periodic snapshot first (`unrewind take --kind periodic`)",
        Error::SchemaDrift { .. } => {
            "restore it with the version of the application that wrote it, restore into a new file with --into, or leave these out with --drop-missing"
        }
        Error::AwaitsReplay { .. } => "start the application first: it replays them",
        Error::InDoubt { .. } => {
            "restart the application; if Unrewind does not notice the restart, run `unrewind status --restarted`"
        }
        Error::NeedsCheckpoint => "omit --no-checkpoint",
        Error::Conflicts { .. } => {
            "decide with --prefer live or --prefer snapshot, or one by one in the terminal UI; --dry-run lists them"
        }
        Error::Replay(_) => {
            "nothing was changed; try the command on a copy of the database: it is called with two more arguments, that file and the id of the last event that its tables contain"
        }
        Error::SeveralMoments { .. } => "name the history with --from live or --from SNAPSHOT",
        Error::Parents { .. } => "insert these, too, with --with-references",
        Error::OldIds { .. } => {
            "leave these events out of --row, or restore without --merge: the safety snapshot that it takes first keeps them"
        }
        Error::Unwritable { .. } => {
            "only the application can write that table; restore the others with --skip-unwritable, or take its rows from the snapshot with `unrewind export`"
        }
        Error::Unequal { .. } | Error::Row { .. } => {
            "the snapshot does not fit the rules of that table; restore the others with --skip-unwritable"
        }
        Error::ForeignKey { .. } => {
            "choose another snapshot; or, if the application tolerates such rows, restore this one with --keep-dangling"
        }
        Error::FullText { message, .. } if message.starts_with("no such tokenizer") => {
            "only the application has that tokenizer; restore the other tables with --skip-unwritable"
        }
        Error::FullText { .. } => {
            "rebuild the index with the application, then try again; or restore the other tables with --skip-unwritable"
        }
        Error::Checkpoint { .. } | Error::Interrupted { .. } => {
            "run `unrewind status` before the application starts: it finishes the restore"
        }
        Error::Uncertain { .. } => {
            "check the disk, then run `unrewind status` before the application starts: it shows whether the restore is done; the safety snapshot holds the database as it was"
        }
        Error::Thread { .. } => "close other programs, or raise `ulimit -u`, and try again",
        Error::Watched { .. } => "one is enough; to replace it, stop it first",
        Error::KeepsNothing { .. } => "add --force if that is what you want",
        Error::Io { source, .. } => of_system(source),
        Error::Archive { hint, .. } if !hint.is_empty() => hint,
        error => return naming(error),
    };
    Some(runnable(text))
}

/// Returns the hints that depend on a file or a process.
fn naming(error: &Error) -> Option<String> {
    match error {
        Error::WhichDatabase {
            gone: Some(path), ..
        } => Some(makes_anew(path)),
        Error::Stuck { pid } => Some(ends_or_continues(*pid)),
        Error::NoEventLog { path, .. } => {
            Some(describe(path) + "; if the table is lost, restore into a new file with --into")
        }
        Error::EventLog { path, .. } => Some(describe(path)),
        _ => None,
    }
}

fn describe(database: &Path) -> String {
    let is_described = database.with_file_name("unrewind.toml").is_file();
    runnable(if is_described {
        "name another database with --db, or correct `[log]` in unrewind.toml; `unrewind init --dry-run` proposes it anew"
    } else {
        "name another database with --db, or describe this one with `unrewind init`"
    })
}

fn makes_anew(gone: &Path) -> String {
    let db = option("--db", gone.as_ref());
    runnable(&format!(
        "if it is gone, `unrewind {db} restore latest --make-anew` makes it anew"
    ))
}

fn ends_or_continues(pid: Option<u32>) -> String {
    let how = pid.map_or("let it continue, or end it".to_owned(), |pid| {
        format!("let it continue with `kill -CONT {pid}`, or end it with `kill -9 {pid}`")
    });
    runnable(&format!(
        "if it was stopped, {how}; then run `unrewind status`"
    ))
}

/// Returns an error with its causes in one sentence, as [`Error`] words them.
pub fn causes(error: &anyhow::Error) -> String {
    let words = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref() {
        Some(system) => io_reason(system),
        None => cause.to_string(),
    };
    let causes: Vec<String> = error.chain().map(words).collect();
    causes.join(": ")
}

fn of_system(error: &io::Error) -> &'static str {
    match error.raw_os_error().filter(|_| cfg!(unix)) {
        // EIO.
        Some(5) => "try again; if it fails again, check the disk and the system's log",
        // ENFILE, EMFILE.
        Some(23 | 24) => "close other programs or raise the limit (`ulimit -n`), and try again",
        _ => "check that the folder exists and that you have access",
    }
}
