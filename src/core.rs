//! Everything Snapback can do, without a terminal: no printing, no environment, no clock.
//!
//! The private modules below stand in the order in which they may use one another: each only those
//! above it. What they make public is listed once, here.

mod db;
mod demo;
mod demo_story;
mod diff;
mod drift;
mod due;
mod error;
mod event;
mod json;
mod note;
mod profile;
mod progress;
mod prune;
mod record;
mod restore;
mod show;
mod snapshot;
mod spool;
mod store;
mod take;

pub use db::{Access, Database, find_database};
pub use demo::make_demo;
pub use diff::TableDiff;
pub use drift::Drift;
pub use due::Due;
pub use error::{Error, Result};
pub use event::{Event, Standing};
pub use note::Note;
pub use profile::{Log, PeriodicPolicy, Profile, RewindPolicy};
pub use progress::{OnProgress, Progress, Stage, unattended};
pub use prune::{Fate, PrunePlan, Reason, Retention, Verdict};
pub use record::{Cell, Key, Record, Table, Value};
pub use restore::{Events, LogPlan, RestorePlan, Restored, Safety, Scope, TableChanges, TablePlan};
pub use show::{Cache, Counts};
pub use snapshot::{Contents, Id, Kind, NoStamp, Snapshot, Stamp};
pub use spool::Change;
pub use store::Store;
pub use take::{Taken, take};
