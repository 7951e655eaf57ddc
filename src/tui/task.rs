//! Background work: a [`Task`] and the [`Reply`] to it, plain data both; [`perform`] does one. Each screen
//! has a file here, with its request, its reply and the work between them.

mod about;
mod changes;
mod count;
mod diff;
mod events;
mod export;
mod history;
mod perform;
mod rows;
mod search;

use std::{ops::ControlFlow, path::PathBuf};

use super::live::{LiveView, RestoreDone};
use crate::core::{
    AllSnapshots, Anchor, AnewPlan, Candidate, Counts, Error, Event, ExclusiveRows, FoundMoment,
    Kind, Label, MadeAnew, Operation, Process, Progress, PrunePlan, Repaired, RestoreOptions,
    RestorePlan, Result, RewindSearch, RewoundRange, Snapshot, Taken, UndoStep, Verification, When,
};

pub use about::{About, AboutRequest};
pub use changes::{ChangeLine, ChangePage, ChangesReply, ChangesRequest, Differing};
pub use diff::{DiffReply, DiffRequest};
pub use events::{EventsRead, EventsReply, EventsRequest, FindEvent};
pub use export::ExportRequest;
pub use history::{HistoryReply, HistoryRequest, HistoryRow};
pub use perform::perform;
pub use rows::{
    At, Brief, BriefRow, Completeness, Find, RowsRead, RowsReply, RowsRequest, RowsWanted, Survey,
    Surveyed,
};
pub use search::{FindingsSoFar, SearchReply, SearchRequest};

/// The side whose rows a screen shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownSide {
    /// The live database.
    Live,
    /// A snapshot.
    Snapshot(Box<Snapshot>),
}

/// What is restored.
#[derive(Clone, Debug)]
pub enum Restorable {
    /// A snapshot.
    Snapshot(Box<Snapshot>),
    /// The moment just after an event of a side.
    Moment(i64, Anchor),
}

/// Work that may take long.
#[derive(Debug)]
pub enum Task {
    /// List the snapshots, and read what the screen shows of live.
    Refresh,
    /// Count the rows of a snapshot, and read its last events.
    Count(Box<Snapshot>),
    /// Read what the list shows of these.
    About(Vec<AboutRequest>),
    /// Count the rows of those of these that are cached or small.
    CountCached(Vec<Snapshot>),
    /// Find the rewind to recover from among these.
    FindRewind(Vec<Candidate>),
    /// Count the rewound events in live's log.
    CountRewound,
    /// Find the events superseded by the rewinds before which the log ended with these events.
    FindRewoundRanges(Vec<i64>),
    /// Find what only the first of these hold, and neither the others nor live.
    FindExclusiveRows(Vec<Snapshot>, Vec<Snapshot>),
    /// Plan a restore.
    Plan(Restorable, RestoreOptions, Planning),
    /// Plan to undo the last restore, or to redo the last undo.
    PlanStep(Operation),
    /// Find a moment in every history that has it.
    FindMoments(When),
    /// Take a snapshot.
    Take(Kind),
    /// Restore.
    Restore(Box<RestorePlan>),
    /// Make live anew.
    MakeAnew(Box<AnewPlan>),
    /// Delete.
    Delete(PrunePlan),
    /// Set a snapshot's label, or remove it.
    Label(Box<Snapshot>, Option<Label>),
    /// Pin snapshots.
    Pin(Vec<Snapshot>),
    /// Unpin snapshots.
    Unpin(Vec<Snapshot>),
    /// Verify snapshots.
    Verify(Vec<Snapshot>),
    /// Write a table to a file.
    Export(Box<ExportRequest>),
    /// Read rows that differ.
    Changes(ChangesRequest),
    /// Compare two sides.
    Diff(DiffRequest),
    /// Read events.
    Events(EventsRequest),
    /// Read the history of a row.
    History(Box<HistoryRequest>),
    /// Read the rows of a table.
    Rows(Box<RowsRequest>),
    /// Search for a text.
    Search(SearchRequest),
}

/// What a task runs for; in each slot one task runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The list of snapshots, and live.
    Refresh,
    /// The rows and last events of the selected snapshot.
    Count,
    /// The rows of the other snapshots.
    CountCached,
    /// What the snapshots in sight are about.
    About,
    /// The rewind to recover from.
    Rewind,
    /// The events that each rewind superseded.
    RewoundRanges,
    /// What only the snapshots hold that would be deleted.
    ExclusiveRows,
    /// The plan of a restore.
    Plan,
    /// An operation that changes something: a take, a restore, a deletion, a note.
    Operation,
    /// The screen at this place in the stack of opened screens.
    Screen(usize),
}

/// Which plan of a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planning {
    /// That of the options.
    AsAsked,
    /// The one that a person most likely wants.
    Suggested,
}

impl Task {
    /// The slot of a task that no opened screen requests.
    pub fn slot(&self) -> Slot {
        match self {
            Self::Refresh => Slot::Refresh,
            Self::Count(_) => Slot::Count,
            Self::CountCached(_) => Slot::CountCached,
            Self::About(_) => Slot::About,
            Self::FindRewind(_) | Self::CountRewound => Slot::Rewind,
            Self::FindRewoundRanges(_) => Slot::RewoundRanges,
            Self::FindExclusiveRows(..) => Slot::ExclusiveRows,
            Self::Plan(..) | Self::PlanStep(_) | Self::FindMoments(_) => Slot::Plan,
            Self::Changes(_)
            | Self::Diff(_)
            | Self::Events(_)
            | Self::History(_)
            | Self::Rows(_)
            | Self::Search(_) => Slot::Screen(0),
            _ => Slot::Operation,
        }
    }
}

/// Takes what a task reports; the answer to progress decides whether the task goes on.
pub type Report<'r> = &'r mut dyn FnMut(Reply) -> ControlFlow<()>;

/// What a task reports.
#[derive(Debug)]
pub enum Reply {
    /// Its progress.
    Progress(Progress),
    /// Every snapshot.
    Snapshots(Result<AllSnapshots>),
    /// What the screen shows of live.
    Live(Result<LiveView>),
    /// The rows of a snapshot's tables.
    Counted(PathBuf, Result<Counts>),
    /// The last events of a snapshot.
    LastEvents(PathBuf, Result<Vec<Event>>),
    /// What a snapshot is about.
    About(PathBuf, About),
    /// The rows of snapshots that are cached or small.
    CachedCounts(Vec<(Snapshot, Counts)>),
    /// The rewind to recover from, if there is one.
    Rewind(Result<RewindSearch>),
    /// The events that each rewind superseded.
    RewoundRanges(Result<Vec<RewoundRange>>),
    /// How many events in live's log were rewound.
    RewoundCount(Result<u64>),
    /// What a restore would do.
    Planned(Result<Box<RestorePlan>>),
    /// Why live cannot be restored into, and what making it anew would do.
    PlannedAnew(Error, Box<AnewPlan>),
    /// What making live anew did.
    MadeAnew(Box<AnewPlan>, Result<Box<MadeAnew>>),
    /// What is undone or redone next, and what that would do.
    PlannedStep(Operation, Result<(Box<UndoStep>, Box<RestorePlan>)>),
    /// The moments that may be meant, each of another history.
    Moments(Result<Vec<FoundMoment>>),
    /// How interrupted restores were repaired.
    Repaired(Vec<Repaired>),
    /// What a take did.
    Taken(Result<Taken>),
    /// The processes that are writing to the database while a restore waits for them.
    Writers(Vec<Process>),
    /// What a restore did.
    Restored(Result<Box<RestoreDone>>),
    /// What only the snapshots hold that would be deleted.
    ExclusiveRows(Result<ExclusiveRows>),
    /// What was deleted.
    Deleted(Result<Vec<PathBuf>>),
    /// Whether labels and pins were written.
    Noted(Result<()>),
    /// The result for each verified snapshot.
    Verified(Result<Vec<(Snapshot, Result<Verification>)>>),
    /// The file that an export wrote, and its number of rows.
    Exported(Result<(PathBuf, u64)>),
    /// Rows that differ.
    Changes(ChangesReply),
    /// What differs.
    Diff(DiffReply),
    /// Events.
    Events(EventsReply),
    /// The history of a row.
    History(HistoryReply),
    /// Rows of a table.
    Rows(RowsReply),
    /// What a search found.
    Search(SearchReply),
    /// The system has no thread for it.
    Refused(Error),
    /// The task has ended.
    Ended,
}

impl Reply {
    /// What went wrong, if anything did.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Snapshots(result) => result.as_ref().err(),
            Self::Live(result) => result.as_ref().err(),
            Self::Counted(_, result) => result.as_ref().err(),
            Self::Rewind(result) => result.as_ref().err(),
            Self::RewoundRanges(result) => result.as_ref().err(),
            Self::RewoundCount(result) => result.as_ref().err(),
            Self::Planned(result) => result.as_ref().err(),
            Self::PlannedStep(_, result) => result.as_ref().err(),
            Self::MadeAnew(_, result) => result.as_ref().err(),
            Self::Taken(result) => result.as_ref().err(),
            Self::Restored(result) => result.as_ref().err(),
            Self::ExclusiveRows(result) => result.as_ref().err(),
            Self::Deleted(result) => result.as_ref().err(),
            Self::Verified(result) => result.as_ref().err(),
            Self::Noted(result) => result.as_ref().err(),
            Self::Exported(result) => result.as_ref().err(),
            Self::LastEvents(_, result) => result.as_ref().err(),
            Self::PlannedAnew(error, _)
            | Self::Refused(error)
            | Self::Changes(ChangesReply::Page(Err(error)) | ChangesReply::Found(Err(error)))
            | Self::Diff(DiffReply::Compared(Err(error)))
            | Self::Events(
                EventsReply::Known(Err(error))
                | EventsReply::Texts(Err(error))
                | EventsReply::Found(Err(error)),
            )
            | Self::History(HistoryReply::Over(Err(error)))
            | Self::Rows(Err(error))
            | Self::Search(SearchReply::Over(Err(error))) => Some(error),
            _ => None,
        }
    }
}
