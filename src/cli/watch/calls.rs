//! What reaches the loop of a watch from its threads.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{
    rest::{RestingState, SeenState},
    turn::Listed,
};
use crate::core::{
    ArchiveStep, Error, Repaired, Result, Round, Snapshot, Verification, Watch, Workspace,
};

/// A call, with the seat that it is for.
pub(super) type Calls = (usize, Call);

/// Why a seat is woken.
#[derive(Debug)]
pub(super) enum Call {
    /// The database or the snapshots changed.
    Change,
    /// The whole watch must stop.
    Stop,
    /// A turn ended, or could not begin to watch the folder.
    Turned(Box<anyhow::Result<Turned>>),
    /// A turn ended the thread that it ran on.
    Lost,
    /// Work at the archive began.
    Archives,
    /// The work at the archive made a step.
    ArchiveStepped(Box<ArchiveStep>),
    /// The work at the archive ended.
    ArchiveEnded(Result<()>),
    /// A snapshot was verified by the drill.
    Drilled(Box<Drilled>),
    /// The drill ended.
    DrillEnded,
}

/// A turn that ended.
#[derive(Debug)]
pub(super) struct Turned {
    pub(super) workspace: Workspace,
    pub(super) watch: Watch,
    /// The database, where it is known.
    pub(super) database: Option<PathBuf>,
    /// The snapshots to verify now.
    pub(super) drill: Vec<Snapshot>,
    /// What shows that nothing has changed, so that no round was necessary.
    pub(super) rest: Option<RestingState>,
    /// The round, if there was one.
    pub(super) ran: Option<Ran>,
}

/// A round that ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) round: Round,
    /// That the system reports no changes in the folder, if that is news.
    pub(super) warning: Option<String>,
    /// What it saw at least.
    pub(super) before: Option<SeenState>,
    pub(super) repaired: Vec<Repaired>,
    /// What snapshots there are, if the hook for success gets to know that.
    pub(super) listed: Option<Listed>,
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
