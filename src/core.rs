//! Everything that Unrewind can do, without a terminal: it prints nothing and reads neither
//! environment nor clock.
//!
//! Six rooms, each using only those above it in this list:
//!
//! * `base`: the vocabulary: errors, progress and cancellation, the profile, rows and events.
//! * `file`: a snapshot's bytes: JSON, the snapshot file, its note, label, pin and checksum.
//! * `db`: the application's database, and the only user of rusqlite.
//! * `compare`: two sides: what differs in rows, events and schemas.
//! * `store`: the snapshot folders: listing, finding, writing and deleting snapshots, and what undo follows.
//! * `actions`: what a user can ask for, a file or folder each.
//!
//! A test enforces this order. The public items are listed here.

mod actions;
mod base;
mod compare;
mod db;
mod file;
mod store;
mod workspace;
pub use actions::archive::not_archived;
pub use actions::demo::{make_demo, replay_demo};
pub use actions::due::Due;
pub use actions::events::{
    EventChange, EventEntry, EventHistory, LogEnding, LogStanding, last_events, read_events,
};
pub use actions::export::{
    Exported, ExportedColumns, RowFormat, export, export_database, export_file, json_row,
};
pub use actions::health::{ArchiveHealth, Health, Room};
pub use actions::history::{
    EventPart, FoundVersion, HistoryEvent, HistoryScope, HistoryStep, RowHistory, RowOnSide,
    RowVersion, key_of_row, oldest_first, row_history,
};
pub use actions::init::{
    Choice, LogCandidate, Proposal, Reasoned, Recognized, ShippedProfile, TableShape,
};
pub use actions::merge::{
    Answer, ComposedMerge, Conflict, MergeAnswers, MergedTables, Prefer, Superseding,
};
pub use actions::moment::{Anchor, ComposedMoment, FoundMoment, Moment, MomentOrigin, When};
pub use actions::prune::{Fate, PrunePlan, Reason, Retention, Verdict};
pub use actions::recover::{Candidate, PassedOver, Rewind, RewindSearch, find_rewind, rewinds};
pub use actions::replay::Replayed;
pub use actions::restore::{
    AnewPlan, Dangling, Dependents, Existing, MadeAnew, Missing, Newer, OnStatement, OrphanRows,
    Parents, RefusedRow, Remade, Repaired, RestoreOptions, RestorePlan, RestoreRecipe,
    RestoreSource, RestoreStatement, Restored, RowOf, Safety, SchemaVersion, Scope, StatementPart,
    TableChanges, Unwritable, Unwritten, VersionChange, finish_interrupted, make_anew,
    restore_into, restore_without_live,
};
pub use actions::rows::{Direction, Rows, SparseIndex, open_at};
pub use actions::search::{
    Case, Excerpt, Finding, Findings, FoundRow, Hit, Place, Query, SearchEvent, SearchScope,
    Syntax, search,
};
pub use actions::show::{Cache, Counts};
pub use actions::status::Status;
pub use actions::take::{Taken, take};
pub use actions::verify::{
    Compared, ReplayCheck, ReplayFinding, RowDifference, Scratch, Unpaired, Verification, verify,
};
pub use actions::watch::{
    ArchiveStep, ArchiveWork, Archiving, Round, Step, Wakeup, Watch, WatchAct, WatchNews,
    WatchState,
};
pub use base::clock::{Clock, now};
pub use base::error::{Error, Result, io_reason};
pub use base::event::{Event, EventStatus, Events};
#[cfg(feature = "cli")]
pub(crate) use base::file_id::FileId;
pub use base::line::{is_plain, one_line, written_out};
pub use base::nearest::nearest;
#[cfg(feature = "cli")]
pub(crate) use base::owner::follow;
pub use base::owner::follow_folder;
pub use base::process::{Openers, Process};
pub use base::profile::{Log, PeriodicPolicy, Profile, ReplayCommand, RewindPolicy, Tables};
#[cfg(feature = "cli")]
pub(crate) use base::program::{Ending, Running, last_lines};
pub use base::progress::{CancellationToken, OnProgress, Progress, Stage, unattended};
pub use base::regular::{Links, open_file, open_with, read_file};
pub use base::row::{Key, Row, RowKey, Table, Value, ValueRef, escaped};
pub use base::worker::is_caught;
pub use compare::change_spool::{Change, ChangeKind};
#[cfg(feature = "cli")]
pub(crate) use compare::diff::{DiffDetail, Sides};
pub use compare::diff::{Difference, Side, TableDiff};
pub use compare::event_diff::{EventDiff, Gone, Ids};
pub use compare::exclusive_rows::ExclusiveRows;
pub use compare::rewound_ranges::{LoggedRewind, RewoundRange, rewound};
pub use compare::schema_diff::SchemaDiff;
#[cfg(feature = "cli")]
pub(crate) use db::CommitMark;
pub use db::{
    Access, Coverage, Database, find_database, has_log, is_copy, only_database, remembered_database,
};
pub use file::checksum::Checksum;
pub use file::label::Label;
pub use file::note::{
    Awaiting, Depth, Note, Operation, Problem, RestoreNote, RestoreState, Verified,
};
pub use file::snapshot::{
    Contents, Damage, Id, Kind, Latest, NoId, NoStamp, Origin, Snapshot, Stamp, StoredIn,
};
pub use file::text_match::TextMatch;
pub use store::archive::{
    Added, Archive, ArchiveFlaw, ArchivePassword, ArchiveRetention, ArchiveSettings, ArchiveSize,
    ArchivedSnapshot, Asking, Deletion, FolderId, Judged, Secret,
};
pub use store::cold_load::{ColdLoad, Fit, Replay, start_of};
pub use store::restore_history::{Link, Restoration, RestoreHistory, UndoStep};
pub use store::{AllSnapshots, Archived, Fold, StampAhead, Store, Unpacked, fold_identical};
pub use workspace::{Workspace, WorkspaceBuilder, known_folders};
