//! What reaches the loop of a watch from its threads.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::core::{ArchiveStep, Error, Repaired, Result, Round, Snapshot, Verification, Watch};

/// A call, with the seat that it is for.
pub(super) type Calls = (usize, Call);

/// Why a seat is woken.
#[derive(Debug)]
pub(super) enum Call {
    /// The database or the snapshots changed.
    Change,
    /// The whole watch must stop.
    Stop,
    /// The file system of the folder responds.
    Reached,
    /// A round ended.
    Ran(Box<Ran>),
    /// A round ended the thread that it ran on.
    Lost,
    /// The work at the archive made a step.
    ArchiveStepped(Box<ArchiveStep>),
    /// The work at the archive ended.
    ArchiveEnded(Result<()>),
    /// A snapshot was verified by the drill.
    Drilled(Box<Drilled>),
    /// The drill ended.
    DrillEnded,
}

/// A round that ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) watch: Watch,
    pub(super) round: Round,
    pub(super) repaired: Vec<Repaired>,
    /// The database, where it is known.
    pub(super) database: Option<PathBuf>,
    pub(super) began: DateTime<Utc>,
    pub(super) ended: DateTime<Utc>,
}

/// What the drill found of a snapshot.
#[derive(Debug)]
pub(super) struct Drilled {
    pub(super) snapshot: Snapshot,
    pub(super) found: std::result::Result<Verification, Error>,
    pub(super) began: DateTime<Utc>,
    pub(super) ended: DateTime<Utc>,
}
