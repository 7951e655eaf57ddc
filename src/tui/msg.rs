//! What happens to the UI, and what it wants done: plain data, both ways.

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use crossterm::event::{KeyEvent, MouseEvent};

use super::{
    live::{LiveView, RestoreDone},
    screen::{Reply, Request},
    setup::Capture,
};
use crate::core::{
    AnewPlan, Candidate, Counts, Error, Event, ExclusiveRows, Kind, Label, MadeAnew, Operation,
    Process, Progress, PrunePlan, Repaired, RestoreOptions, RestorePlan, Result, RewindSearch,
    RewoundRange, Snapshot, Taken, UndoStep, Verification,
};

/// What happens to the UI.
#[derive(Debug)]
pub enum Msg {
    /// A key is pressed.
    Key {
        /// The key.
        key: KeyEvent,
        /// When it came from the terminal, on the steady clock.
        typed: Duration,
    },
    /// Text is pasted.
    Paste(String),
    /// The mouse is used.
    Mouse(MouseEvent),
    /// The terminal has this size, in columns and rows.
    Resize(u16, u16),
    /// It is this time.
    Clock(Moment),
    /// The frame that was drawn last was written to the terminal, at this time on the steady clock.
    Drawn(Duration),
    /// The program is to stop until it is continued.
    Stop,
    /// The program was stopped, and goes on.
    Continue,
    /// Snapshots or the database changed on disk.
    Changed,
    /// Somebody wants the program to end.
    Terminate,
    /// A job met a defect of the program, which cannot go on.
    Failed,
    /// A job tells of itself.
    Job {
        /// What the job is for.
        purpose: Purpose,
        /// Which job of that purpose.
        ticket: u64,
        /// What it tells.
        news: Box<News>,
    },
}

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What the clock on the wall shows, for people. It may be set back.
    pub clock: DateTime<Utc>,
    /// How long the program has run: the steady clock, by which intervals are measured.
    pub steady: Duration,
}

/// What a job tells.
#[derive(Debug)]
pub enum News {
    /// How far it is.
    Progress(Progress),
    /// The snapshots there are.
    Listed(Result<Vec<Snapshot>>),
    /// What live is.
    Seen(Result<LiveView>),
    /// The rows of a snapshot's tables.
    Counted(PathBuf, Result<Counts>),
    /// The last events of a snapshot.
    LastEvents(PathBuf, Result<Vec<Event>>),
    /// The rows of snapshots that are counted already, or are so small that they were counted.
    Recalled(Vec<(Snapshot, Counts)>),
    /// The rewind to recover from, if there is one.
    Rewind(Result<RewindSearch>),
    /// The events that each rewind superseded.
    TakenBack(Result<Vec<RewoundRange>>),
    /// How many events of live's log were rewound.
    Rewound(Result<u64>),
    /// What a restore would do.
    Planned(Result<Box<RestorePlan>>),
    /// Why live cannot be restored into, and what making it anew would do.
    PlannedAnew(Error, Box<AnewPlan>),
    /// What making live anew did.
    MadeAnew(Box<AnewPlan>, Result<Box<MadeAnew>>),
    /// What is undone or redone next, and what that would do.
    PlannedStep(Operation, Result<(Box<UndoStep>, Box<RestorePlan>)>),
    /// What became of restores that died.
    Repaired(Vec<Repaired>),
    /// What a take did.
    Taken(Result<Taken>),
    /// Who is writing to the database, so that it is waited for them.
    Writers(Vec<Process>),
    /// What a restore did, and the files that the application takes for newer than its checkpoint.
    Restored(Result<Box<RestoreDone>>),
    /// What only the snapshots hold that are to go.
    Unique(Result<ExclusiveRows>),
    /// What was deleted.
    Deleted(Result<Vec<PathBuf>>),
    /// Whether labels and pins are as they were asked for.
    Noted(Result<()>),
    /// What was found of each snapshot.
    Verified(Result<Vec<(Snapshot, Result<Verification>)>>),
    /// The reply to the screen that asked.
    Screen(Reply),
    /// It is over.
    Ended,
}

impl News {
    /// What went wrong, if anything did.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Listed(result) => result.as_ref().err(),
            Self::Seen(result) => result.as_ref().err(),
            Self::Counted(_, result) => result.as_ref().err(),
            Self::Rewind(result) => result.as_ref().err(),
            Self::TakenBack(result) => result.as_ref().err(),
            Self::Rewound(result) => result.as_ref().err(),
            Self::Planned(result) => result.as_ref().err(),
            Self::PlannedStep(_, result) => result.as_ref().err(),
            Self::PlannedAnew(error, _) => Some(error),
            Self::MadeAnew(_, result) => result.as_ref().err(),
            Self::Taken(result) => result.as_ref().err(),
            Self::Restored(result) => result.as_ref().err(),
            Self::Unique(result) => result.as_ref().err(),
            Self::Deleted(result) => result.as_ref().err(),
            Self::Verified(result) => result.as_ref().err(),
            Self::Noted(result) => result.as_ref().err(),
            Self::Screen(reply) => reply.error(),
            Self::LastEvents(_, result) => result.as_ref().err(),
            Self::Progress(_)
            | Self::Repaired(_)
            | Self::Recalled(_)
            | Self::Writers(_)
            | Self::Ended => None,
        }
    }
}

/// What a job is for; of each purpose one runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Listing the snapshots and looking at live.
    Look,
    /// Counting the rows of the selected snapshot, and reading its last events.
    Count,
    /// Recalling the rows of the others.
    Recall,
    /// Searching for the rewind to recover from.
    Rewind,
    /// Finding the events that each rewind superseded.
    TakenBack,
    /// Looking for what only the snapshots hold that are to go.
    Unique,
    /// Planning a restore.
    Plan,
    /// Changing something: a take, a restore, a deletion, a note.
    Act,
    /// Reading what the screen at this place in the stack of opened screens shows.
    Screen(usize),
}

/// What the UI wants done.
#[derive(Debug)]
pub enum Effect {
    /// Start a job, and cancel an older one of the same purpose.
    Start {
        /// What the job is for.
        purpose: Purpose,
        /// What its news are to be marked with.
        ticket: u64,
        /// The job.
        job: Job,
    },
    /// Cancel the job of this purpose.
    Cancel(Purpose),
    /// Put a text on the clipboard.
    Copy(String),
    /// Hear of the mouse, or leave it to the terminal.
    Mouse(Capture),
    /// Draw all of the screen again.
    Repaint,
    /// Have the program, and whatever runs it, stopped as Ctrl-Z stops other programs.
    Suspend,
    /// Give the terminal back and stop.
    Stop,
    /// Take the terminal again.
    Retake,
    /// End the program.
    Quit,
    /// End the program because of a defect.
    Fail,
}

/// Something to do that may take long.
#[derive(Debug)]
pub enum Job {
    /// List the snapshots, and look at live.
    Look,
    /// Count the rows of a snapshot, and read its last events.
    Count(PathBuf),
    /// Recall the rows of these, and count those that take no time.
    Recall(Vec<Snapshot>),
    /// Find the rewind to recover from among these.
    FindRewind(Vec<Candidate>),
    /// Count the rewound events of live's log.
    CountRewound,
    /// Find the events superseded by the rewinds before which the log ended with these events.
    FindTakenBack(Vec<i64>),
    /// Find what only the first of these hold, and neither the others nor live.
    FindUnique(Vec<Snapshot>, Vec<Snapshot>),
    /// Plan to restore a snapshot.
    Plan(Box<Snapshot>, RestoreOptions),
    /// Plan to undo the last restore, or to redo what was undone last.
    PlanStep(Operation),
    /// Take a snapshot.
    Take(Kind),
    /// Restore.
    Restore(Box<RestorePlan>),
    /// Make live anew.
    MakeAnew(Box<AnewPlan>),
    /// Delete.
    Delete(PrunePlan),
    /// Label a snapshot, or take its label away.
    Label(Box<Snapshot>, Option<Label>),
    /// Pin snapshots.
    Pin(Vec<Snapshot>),
    /// Unpin snapshots.
    Unpin(Vec<Snapshot>),
    /// Verify snapshots.
    Verify(Vec<Snapshot>),
    /// Read for the screen at this place in the stack of opened screens.
    Read(usize, Request),
}

impl Job {
    /// What the job is for.
    pub fn purpose(&self) -> Purpose {
        match self {
            Self::Look => Purpose::Look,
            Self::Count(_) => Purpose::Count,
            Self::Recall(_) => Purpose::Recall,
            Self::FindRewind(_) | Self::CountRewound => Purpose::Rewind,
            Self::FindTakenBack(_) => Purpose::TakenBack,
            Self::FindUnique(..) => Purpose::Unique,
            Self::Plan(..) | Self::PlanStep(_) => Purpose::Plan,
            Self::Take(_)
            | Self::Restore(_)
            | Self::MakeAnew(_)
            | Self::Delete(_)
            | Self::Label(..)
            | Self::Pin(_)
            | Self::Unpin(_)
            | Self::Verify(_) => Purpose::Act,
            Self::Read(place, _) => Purpose::Screen(*place),
        }
    }
}
