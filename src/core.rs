//! Everything Unrewind can do, without a terminal: no printing, no environment, no clock.
//!
//! From the ground up, each module using only those before it:
//!
//! * the vocabulary: `line`, `error`, `nearest`, `clock`, `identity`, `regular`, `owner`, `progress`, `process`, `profile`, `record`;
//! * the file: `checksum`, `json`, `draft`, `label`, `note`, `pin`, `snapshot`, `off_log`, `undo`;
//! * the database and the folders: `db`, `store`;
//! * what is in a snapshot: `show`;
//! * what differs: `event`, `spool`, `log`, `drift`, `diff`, `unique`, and so what pruning costs: `prune`;
//! * what the next start makes of live: `cold_load`, and so how one is taken: `take`;
//! * what is in a table: `needle`, `rows`, and so whether one is `due`, `history`, `export`;
//! * finding it again: `search`;
//! * bringing it back: `recover`, `taken_back`, `restore`, `verify`, `status`;
//! * doing it unattended: `watch`;
//! * a database that nobody has described: `init`;
//! * the demonstration: `demo_story`, `demo`.
//!
//! A test holds them in this order. What they make public is listed once, here.

mod checksum;
mod clock;
mod cold_load;
mod db;
mod demo;
mod demo_story;
mod diff;
mod draft;
mod drift;
mod due;
mod error;
mod event;
mod export;
mod history;
mod identity;
mod init;
mod json;
mod label;
mod line;
mod log;
mod nearest;
mod needle;
mod note;
mod off_log;
mod owner;
mod pin;
mod process;
mod profile;
mod progress;
mod prune;
mod record;
mod recover;
mod regular;
mod restore;
mod rows;
mod search;
mod show;
mod snapshot;
mod spool;
mod status;
mod store;
mod take;
mod taken_back;
mod undo;
mod unique;
mod verify;
mod watch;

pub use checksum::Checksum;
pub use clock::Clock;
pub use cold_load::{ColdLoad, Fit, Replay, start_of};
pub use db::{
    Access, Coverage, Database, find_database, is_copy, only_database, remembered_database,
};
pub use demo::make_demo;
pub use diff::{Difference, OnTable, Side, Sides, TableDiff};
pub use drift::Drift;
pub use due::Due;
pub use error::{Error, Result};
pub use event::{Event, Events, Standing};
pub use export::{Exported, Lines, Schema, export, export_database, export_file, json_row};
pub use history::{Became, Entry, History, last_events, read_events};
pub use init::{Choice, LogCandidate, Proposal, Reasoned};
pub use label::Label;
pub use line::{is_plain, one_line, written_out};
pub use log::{Gone, Ids, LogDiff};
pub use nearest::nearest;
pub use needle::Needle;
pub use note::{Awaiting, Depth, Flaw, Note, Operation, RestoreNote, RestoreState, Verified};
pub use owner::follow_folder;
pub use process::{Openers, Process};
pub use profile::{Log, PeriodicPolicy, Profile, RewindPolicy, Tables};
pub use progress::{OnProgress, Progress, Stage, Stop, unattended};
pub use prune::{Fate, PrunePlan, Reason, Retention, Verdict};
pub use record::{Cell, Key, Record, Table, Value, escaped};
pub use recover::{Candidate, Rewind, find_rewind, rewinds};
pub use regular::{Links, open_file, open_with, read_file};
pub use restore::{
    Dangling, MadeAnew, Missing, Newer, Remade, Repaired, RestoreOptions, RestorePlan,
    RestoreRecipe, Restored, Safety, SchemaVersion, Scope, Superseding, TableChanges, Unwritable,
    Unwritten, finish_interrupted, make_anew, refuse_sound, restore_into, restore_without_live,
};
pub use rows::{Milestones, Rows, Way, open_at};
pub use search::{
    Case, Excerpt, Finding, Findings, Grounds, Hit, Place, Query, Sighting, Syntax, search,
};
pub use show::{Cache, Counts};
pub use snapshot::{Contents, Id, Kind, NoId, NoStamp, Origin, Snapshot, Stamp};
pub use spool::{Change, ChangeKind};
pub use status::Status;
pub use store::Store;
pub use take::{Taken, take};
pub use taken_back::{TakenBack, rewound};
pub use undo::{Link, Restoration, RestoreHistory, UndoStep};
pub use unique::Unique;
pub use verify::{Compared, Scratch, Verification, verify};
pub use watch::{Act, Heard, Look, News, Step, Watch};
