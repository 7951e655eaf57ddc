//! What can go wrong in the core, as values: every variant names the file, table, row or id it is
//! about. What the user can do about each is said in one place, `text::hint`.

mod words;

use std::{io, path::PathBuf, time::Duration};

pub(crate) use words::place;
use words::{cause, io_reason, process, who};

/// The core's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An operation that did not happen; unless a variant says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused a file operation.
    #[error("cannot {doing} {}: {}", path.display(), io_reason(source))]
    Io {
        /// The verb of what was tried, such as `read`.
        doing: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is not there.
    #[error("there is no file {}", path.display())]
    NoFile {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The application's database is not there.
    #[error("there is no database {}", path.display())]
    NoDatabase {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// What should be a snapshot is a folder or something else that is no file.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// What it is called.
        path: PathBuf,
    },
    /// A snapshot was taken, but what the policy no longer keeps could not be deleted.
    #[error("took {taken}, but could not prune: {source}")]
    NotPruned {
        /// The new snapshot's name.
        taken: String,
        /// Why pruning stopped.
        source: Box<Error>,
    },
    /// A file that would be made is there already.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// SQLite reported an error that has no variant of its own.
    #[error("cannot {doing} the database {}: {message}", path.display())]
    Database {
        /// The verb of what was tried, such as `read`.
        doing: &'static str,
        /// The database file.
        path: PathBuf,
        /// SQLite's message.
        message: String,
    },
    /// Another process held its lock on the database for longer than the timeout.
    #[error("the database {} is locked by another process: waited {} s", path.display(), waited.as_secs_f32())]
    Locked {
        /// The database file.
        path: PathBuf,
        /// How long was waited for the lock.
        waited: Duration,
    },
    /// The file is not an SQLite database, or a damaged one.
    #[error("{} is not a sound SQLite database: {message}", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// SQLite's message.
        message: String,
    },
    /// The database or its folder cannot be written.
    #[error("the database {} is read-only", path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("no space left on the disk that holds {}", path.display())]
    DiskFull {
        /// The file that could not grow.
        path: PathBuf,
    },
    /// The database lacks the event log that the profile names.
    #[error("the database {} has no table {table}, the event log of the profile", path.display())]
    NoEventLog {
        /// The database file.
        path: PathBuf,
        /// The event log's name in the profile.
        table: String,
    },
    /// The event log cannot be used as the profile describes it.
    #[error("the event log {table} of {}: {what}", path.display())]
    EventLog {
        /// The database file.
        path: PathBuf,
        /// The event log's name.
        table: String,
        /// What is wrong with it.
        what: String,
    },
    /// The profile names what the database lacks or what cannot be in a snapshot.
    #[error("the profile does not fit the database {}: {what}", path.display())]
    Profile {
        /// The database file.
        path: PathBuf,
        /// What of it does not fit.
        what: String,
    },
    /// A snapshot was taken with a profile that names another event log, or none.
    #[error("{} has no event log {table}, so it was taken with another profile", path.display())]
    OtherProfile {
        /// The snapshot's file.
        path: PathBuf,
        /// The event log that the profile names.
        table: String,
    },
    /// What was asked for needs an event log, and the profile names none.
    #[error("the profile names no event log, so nobody can tell which events a rewind took back")]
    NoLog,
    /// Live is to be made anew, and is sound.
    #[error("the database {} is sound, so it is not made anew", path.display())]
    Sound {
        /// The database file.
        path: PathBuf,
    },
    /// Live is to be made anew, and somebody has it open.
    #[error("{process} has {} open, so it is not moved aside", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
        /// Who has it open.
        process: String,
    },
    /// Live cannot say what its tables are, and nothing else was noted of them.
    #[error("no schema of the database is kept in {}", folder.display())]
    NoSchema {
        /// The folder of the snapshots.
        folder: PathBuf,
    },
    /// A snapshot's bytes are not what a snapshot is made of.
    #[error("{}: {}byte {offset}: {what}", path.display(), place(table.as_deref(), *row))]
    Json {
        /// The snapshot's file.
        path: PathBuf,
        /// The table being read, if the reader had come to one.
        table: Option<String>,
        /// The row of that table, counted from 1.
        row: Option<u64>,
        /// Offset in the file, in bytes from 0.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// A file is no whole snapshot, as its first and last bytes tell, or a verification.
    #[error("{} is damaged: {damage}", path.display())]
    Damaged {
        /// The snapshot's file.
        path: PathBuf,
        /// What is wrong with it.
        damage: String,
    },
    /// The file changed while it was read.
    #[error("{} changed while it was read", path.display())]
    ChangedWhileRead {
        /// The snapshot's file.
        path: PathBuf,
    },
    /// It cannot be said which file is the application's database.
    #[error("{what}")]
    WhichDatabase {
        /// What was found, and what was looked for.
        what: String,
    },
    /// No snapshot, or several, answer to the name.
    #[error("{what}")]
    Selection {
        /// What was asked for and what was found.
        what: String,
    },
    /// What should be a label is none.
    #[error("{what}")]
    Label {
        /// What is wrong with it.
        what: String,
    },
    /// The note on a snapshot cannot be read, so it is not written over.
    #[error("the note {} cannot be read", path.display())]
    Note {
        /// The note's file.
        path: PathBuf,
    },
    /// Without its pin a snapshot would be the one that the next cold load starts from.
    #[error("unpinned, {name} would be the snapshot that the application starts from")]
    Unpin {
        /// The snapshot's name.
        name: String,
    },
    /// The restore cannot be undone, or not redone.
    #[error("{what}")]
    Undo {
        /// Which, and why.
        what: String,
    },
    /// What a plan was computed from is no longer what is there.
    #[error("{what} changed since the plan was made")]
    Stale {
        /// The side that changed.
        what: String,
    },
    /// The snapshot holds what the database has no place for.
    #[error("the snapshot holds what the database has no place for: {missing}")]
    SchemaDrift {
        /// The tables and columns that are gone.
        missing: String,
    },
    /// Events that are to be kept have ids that are not above the snapshot's last.
    #[error("cannot keep {what}: {why}")]
    OldIds {
        /// Which events.
        what: String,
        /// What stands in their place.
        why: String,
    },
    /// The chosen tables cannot be restored without others.
    #[error("{what}")]
    TableChoice {
        /// Which table is unknown or must be chosen too.
        what: String,
        /// The tables with which the choice can be restored; none where no table would help.
        missing: Vec<String>,
    },
    /// Events await replay, and what is asked for would mix tables of two moments.
    #[error("{events} events of the log await replay, so tables alone cannot be restored")]
    AwaitsReplay {
        /// How many events the application's next start replays.
        events: u64,
    },
    /// The application went on without replaying the events that await it.
    #[error(
        "the tables may lack events after {after}: the application has written since a restore without starting anew{}",
        who(running)
    )]
    InDoubt {
        /// The event at which the restore left the tables.
        after: i64,
        /// Processes that had the database open at the restore and still run, by name and number.
        running: Vec<String>,
    },
    /// Without its checkpoint a restore would leave tables that no start brings to the log's end.
    #[error(
        "the restored tables would stand before the log's end, which only a checkpoint tells the application"
    )]
    NeedsCheckpoint,
    /// Events that a restore would leave in the log would never reach the tables.
    #[error("newer events cannot be kept: the application does not replay events when it starts")]
    NoReplay,
    /// A table of the snapshot holds one key twice.
    #[error("table {table} holds {key} twice")]
    RepeatedKey {
        /// The table.
        table: String,
        /// The key as `column = value`.
        key: String,
    },
    /// This SQLite cannot write a table, most often for want of something that the application brings.
    #[error("table {table} cannot be written here: {message}")]
    Unwritable {
        /// The table.
        table: String,
        /// SQLite's message.
        message: String,
    },
    /// SQLite refused a row of a restore; everything was rolled back.
    #[error("cannot restore table {table}, {key}: {message}; nothing was changed")]
    Row {
        /// The table.
        table: String,
        /// The record's key as `column = value`.
        key: String,
        /// SQLite's message.
        message: String,
    },
    /// The restored tables were not equal to the snapshot; everything was rolled back.
    #[error(
        "after the restore table {table} would differ from the snapshot{cause}; nothing was changed"
    )]
    Unequal {
        /// The table.
        table: String,
        /// What likely made it differ, with a leading comma, or nothing.
        cause: String,
    },
    /// The restored tables would break a foreign key; everything was rolled back.
    #[error("after the restore {what}; nothing was changed")]
    ForeignKey {
        /// Which row of which table would refer to nothing.
        what: String,
    },
    /// A full-text index could not be made sound; everything was rolled back.
    #[error("the full-text index {table} cannot be made sound: {message}; nothing was changed")]
    FullText {
        /// The FTS table.
        table: String,
        /// SQLite's message.
        message: String,
    },
    /// The restore is done, but what should follow it failed.
    #[error("the restore is done, but its checkpoint could not be written: {source}")]
    Checkpoint {
        /// Why the checkpoint was not written.
        source: Box<Error>,
    },
    /// The commit of a restore failed in a way that leaves open whether it reached the disk.
    #[error("it is uncertain whether the restore is done, since its commit failed: {source}")]
    Uncertain {
        /// Why the commit failed.
        source: Box<Error>,
    },
    /// Deleting stopped in the middle.
    #[error("deleted {} of {} snapshots, then: {}", deleted.len(), deleted.len() + left.len(), cause(source))]
    Delete {
        /// The files that are gone.
        deleted: Vec<PathBuf>,
        /// The files that are still there.
        left: Vec<PathBuf>,
        /// Why deleting stopped.
        source: Box<Error>,
    },
    /// A prune would leave no snapshot of a kind.
    #[error("keeping 0 {kind} snapshots would delete every one of them")]
    KeepsNothing {
        /// The kind.
        kind: &'static str,
    },
    /// What is searched for cannot be.
    #[error("cannot search for this pattern: {what}")]
    Pattern {
        /// What is wrong with it.
        what: String,
    },
    /// Another program looks after the snapshots.
    #[error("another `unrewind watch`{} looks after {}", process(*pid), folder.display())]
    Watched {
        /// The folder of the snapshots.
        folder: PathBuf,
        /// The other's number, if it could be read.
        pid: Option<u32>,
    },
    /// The user cancelled.
    #[error("cancelled; nothing was changed")]
    Cancelled,
}

impl Error {
    /// Wraps a system error with what was being done to which path.
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::NotFound if doing == "open" => Self::NoFile { path },
            io::ErrorKind::StorageFull => Self::DiskFull { path },
            _ => Self::Io {
                doing,
                path,
                source,
            },
        }
    }
}
