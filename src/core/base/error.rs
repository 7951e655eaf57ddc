//! The core's errors, as values: every variant names the file, table, row or id it is about. Hints
//! on what to do about each are in one place, `text::hint`.

mod words;

use std::{io, path::PathBuf, time::Duration};

pub use words::io_reason;
pub(crate) use words::place;
use words::{cause, in_doubt, process};

/// The core's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An operation that failed; unless a variant documents otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused a file operation.
    #[error("cannot {doing} {}: {}", path.display(), io_reason(source))]
    Io {
        /// The verb of the failed action, such as `read`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file does not exist.
    #[error("there is no file {}", path.display())]
    NoFile {
        /// The path where it was expected.
        path: PathBuf,
    },
    /// The application's database does not exist.
    #[error("there is no database {}", path.display())]
    NoDatabase {
        /// The path where it was expected.
        path: PathBuf,
    },
    /// The path of a snapshot is a link, a folder, a device or the like.
    #[error("{} is {what}", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A snapshot was taken, but pruning by policy failed.
    #[error("took {taken}, but could not prune: {source}")]
    NotPruned {
        /// The new snapshot's name.
        taken: String,
        /// Why pruning stopped.
        source: Box<Error>,
    },
    /// A file to be created already exists.
    #[error("{} already exists", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// SQLite reported an error that has no variant of its own.
    #[error("cannot {doing} the database {}: {message}", path.display())]
    Database {
        /// The verb of the failed action, such as `read`.
        doing: &'static str,
        /// The database file.
        path: PathBuf,
        /// SQLite's message.
        message: String,
    },
    /// Another process held its lock on the database beyond the timeout.
    #[error("the database {} is locked by another process: waited {} s", path.display(), waited.as_secs_f32())]
    Locked {
        /// The database file.
        path: PathBuf,
        /// How long Unrewind waited for the lock.
        waited: Duration,
    },
    /// Another Unrewind holds a lock, and makes no progress.
    #[error("another Unrewind{} is in the middle of a change and makes no progress", process(*pid))]
    Stuck {
        /// Its pid, where the system shows it.
        pid: Option<u32>,
    },
    /// The file is not an SQLite database, or a damaged one.
    #[error("{} is not a valid SQLite database: {message}", path.display())]
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
    /// The profile names tables or columns that the database lacks or that a snapshot cannot hold.
    #[error("the profile does not fit the database {}: {what}", path.display())]
    Profile {
        /// The database file.
        path: PathBuf,
        /// Which part of the profile does not fit.
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
    /// The operation needs an event log, and the profile names none.
    #[error("the profile names no event log, so Unrewind cannot know which events were rewound")]
    NoLog,
    /// The database was to be rebuilt, but it is not damaged.
    #[error("the database {} is intact, so Unrewind does not rebuild it", path.display())]
    Sound {
        /// The database file.
        path: PathBuf,
    },
    /// The database was to be rebuilt, but another process has it open.
    #[error("{process} has {} open, so it is not moved aside", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
        /// The process.
        process: String,
    },
    /// The live database cannot be read, and no schema of it was saved.
    #[error("{} has no saved schema of the database", folder.display())]
    NoSchema {
        /// The folder of the snapshots.
        folder: PathBuf,
    },
    /// A snapshot's bytes are not valid.
    #[error("{}: {}byte {offset}: {what}", path.display(), place(table.as_deref(), *row))]
    Json {
        /// The snapshot's file.
        path: PathBuf,
        /// The table being read, if the reader had reached one.
        table: Option<String>,
        /// The row of that table, counted from 1.
        row: Option<u64>,
        /// Offset in the file, in bytes from 0.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// A snapshot is damaged, as its first and last bytes, its checksum or a verification show.
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
        /// The file.
        path: PathBuf,
    },
    /// Unrewind cannot decide which file is the application's database.
    #[error("{what}")]
    WhichDatabase {
        /// What was found, and what was expected.
        what: String,
        /// The remembered database, if it does not exist.
        gone: Option<PathBuf>,
    },
    /// The name fits no snapshot or several, or names a file that is not for the user.
    #[error("{what}")]
    Selection {
        /// The name, and what was found.
        what: String,
    },
    /// The note on a snapshot cannot be read, so it is not overwritten.
    #[error("cannot read the note {}", path.display())]
    Note {
        /// The note's file.
        path: PathBuf,
    },
    /// Without its pin the snapshot would be the one that the application's next start loads.
    #[error("without its pin, {name} would be the snapshot that the application starts from")]
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
    /// A plan is out of date: one of its sides changed.
    #[error("{what} changed since the plan was made")]
    Stale { what: String },
    /// The archive cannot be used; `hint` says what to do, or is empty.
    #[error("{what}")]
    Archive { what: String, hint: &'static str },
    /// The snapshot has tables or columns that the database lacks.
    #[error("the snapshot has tables or columns that {lacking}: {missing}")]
    SchemaDrift {
        /// What lacks them: the database, or its profile.
        lacking: &'static str,
        /// The missing tables and columns.
        missing: String,
    },
    /// Events that are to be kept have ids that are not above the snapshot's last id.
    #[error("cannot keep {what}: {why}")]
    OldIds {
        /// Which events.
        what: String,
        /// Which events of the snapshot have their ids.
        why: String,
    },
    /// The chosen tables or rows cannot be restored, or not without others.
    #[error("{what}")]
    TableChoice {
        /// Which table or row is unknown, or which table must be chosen too.
        what: String,
        /// The tables to add so that the choice can be restored; empty where no table would help.
        missing: Vec<String>,
    },
    /// Events await replay, and the operation would mix tables of two points in time.
    #[error("{events} events of the log await replay, so tables alone cannot be restored")]
    AwaitsReplay {
        /// How many events the application's next start will replay.
        events: u64,
    },
    /// The application went on writing without replaying the events that await it.
    #[error("{}", in_doubt(*after, running))]
    InDoubt {
        /// The event at which the restore left the tables.
        after: i64,
        /// Processes that had the database open at the restore and still run, as name and pid.
        running: Vec<String>,
    },
    /// Without its checkpoint a restore would leave tables that no start of the application brings up to date.
    #[error("without a checkpoint the application never replays the events that its tables lack")]
    NeedsCheckpoint,
    /// Both sides of a merge changed the same row differently, and no answer says which one wins.
    #[error("{what}")]
    Conflicts { what: String },
    /// There is no such moment, or it cannot be restored.
    #[error("{what}")]
    Moment {
        /// What is wrong.
        what: String,
    },
    /// The replay command failed, or changed more than rows of the tables.
    #[error("{0}")]
    Replay(String),
    /// Several histories have an event that a moment may mean.
    #[error("several histories have such an event: {what}")]
    SeveralMoments {
        /// The histories, each with its event.
        what: String,
    },
    /// A table of the snapshot holds one key twice.
    #[error("table {table} holds {key} twice")]
    RepeatedKey {
        /// The table.
        table: String,
        /// The key as `column = value`.
        key: String,
    },
    /// Chosen rows refer to rows that live lacks.
    #[error("the chosen rows refer to rows that the live database lacks: {rows}")]
    Parents {
        /// How many rows of which tables.
        rows: String,
    },
    /// This SQLite cannot write a table, usually because it lacks a function of the application.
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
        /// The row's key as `column = value`.
        key: String,
        /// SQLite's message.
        message: String,
    },
    /// A restored table was not equal to the snapshot; everything was rolled back.
    #[error("table {table} would differ from the snapshot{cause}; nothing was changed")]
    Unequal {
        /// The table.
        table: String,
        /// The likely cause, with a leading comma, or nothing.
        cause: String,
    },
    /// The restored tables would break a foreign key; everything was rolled back.
    #[error("after the restore {what}; nothing was changed")]
    ForeignKey {
        /// Which row of which table would refer to nothing.
        what: String,
    },
    /// A full-text index could not be repaired; everything was rolled back.
    #[error("cannot repair the full-text index {table}: {message}; nothing was changed")]
    FullText {
        /// The FTS table.
        table: String,
        /// SQLite's message.
        message: String,
    },
    /// The restore is done, but a step that follows it failed.
    #[error("the restore is done, but what follows it failed: {source}")]
    Checkpoint {
        /// Why the checkpoint was not written.
        source: Box<Error>,
    },
    /// The commit of a restore failed, and it is unknown whether it reached the disk.
    #[error("the commit failed, so the restore may or may not be done: {source}")]
    Uncertain {
        /// Why the commit failed.
        source: Box<Error>,
    },
    /// A restore was interrupted, and could not be finished or cleaned up.
    #[error("an interrupted restore is neither finished nor cleaned up: {why}")]
    Interrupted {
        /// What went wrong.
        why: String,
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
    /// A text is not a valid label or search pattern, or a setting is missing.
    #[error("{what}")]
    Invalid {
        /// What is wrong with it.
        what: String,
    },
    /// Another process watches the snapshots.
    #[error("another `unrewind watch`{} already watches {}", process(*pid), folder.display())]
    Watched {
        /// The folder of the snapshots.
        folder: PathBuf,
        /// The other process's pid, if it could be read.
        pid: Option<u32>,
    },
    /// The system cannot start another thread.
    #[error("cannot start a thread: {}", io_reason(source))]
    Thread {
        /// The system's error.
        source: io::Error,
    },
    /// The user cancelled.
    #[error("cancelled; nothing was changed")]
    Cancelled,
}
