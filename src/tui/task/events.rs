//! Reading the event logs of a snapshot and of live: first the end of live's, then all of both.

use super::{Reply, Report};
use crate::core::{
    Contents, Event, EventEntry, EventHistory, Result, Snapshot, Workspace, read_events,
};

/// What to read of the event logs.
#[derive(Debug)]
pub enum EventsRequest {
    /// Those of a snapshot and of live as one, or that of live alone.
    History(Option<Box<Snapshot>>),
    /// The texts of these events; those that live lacks are read from the snapshot.
    Texts(Option<Box<Contents>>, Vec<EventEntry>),
}

/// What was read of the event logs.
#[derive(Debug)]
pub enum EventsReply {
    /// The end of live's log, before the rest is read.
    End(Box<EventsRead>),
    /// Every event.
    Known(Result<Box<EventsRead>>),
    /// The texts of some events.
    Texts(Result<Vec<(EventEntry, Event)>>),
}

/// Events as far as they are read.
#[derive(Debug)]
pub struct EventsRead {
    /// What happened to each.
    pub history: EventHistory,
    /// The snapshot they were read from.
    pub contents: Option<Box<Contents>>,
    /// Their texts, if those were read too.
    pub events: Vec<(EventEntry, Event)>,
}

impl EventsRequest {
    pub(super) fn fetch(self, workspace: &Workspace, report: Report<'_>) -> EventsReply {
        match self {
            Self::History(snapshot) => {
                EventsReply::Known(history(snapshot.as_deref(), workspace, report))
            }
            Self::Texts(contents, entries) => {
                EventsReply::Texts(events(contents.as_deref(), &entries, workspace))
            }
        }
    }
}

/// How many events are reported before all are read.
const AT_ONCE: u64 = 100;

fn history(
    snapshot: Option<&Snapshot>,
    workspace: &Workspace,
    report: Report<'_>,
) -> Result<Box<EventsRead>> {
    let profile = &workspace.profile;
    let live = workspace.database();
    // Without live a snapshot can still be read; without both there is nothing to show.
    let live = match (live, snapshot) {
        (Ok(live), _) => Some(live),
        (Err(_), Some(_)) => None,
        (Err(error), None) => return Err(error),
    };
    let on = &mut |progress| report(Reply::Progress(progress));
    if let Some(live) = &live {
        let history = EventHistory::end_of(live, profile, AT_ONCE, on)?;
        let entries: Vec<EventEntry> = history.entries().collect();
        let events = read_events(Some(live), None, profile, &entries)?;
        let read = EventsRead {
            history,
            contents: None,
            events,
        };
        let _ = report(Reply::Events(EventsReply::End(Box::new(read))));
    }
    let on = &mut |progress| report(Reply::Progress(progress));
    let contents = snapshot.map(|snapshot| workspace.cache.open_whole(&snapshot.path, on));
    let contents = contents.transpose()?;
    let history = EventHistory::of(live.as_ref(), contents.as_ref(), profile, None, on)?;
    Ok(Box::new(EventsRead {
        history,
        contents: contents.map(Box::new),
        events: Vec::new(),
    }))
}

fn events(
    contents: Option<&Contents>,
    entries: &[EventEntry],
    workspace: &Workspace,
) -> Result<Vec<(EventEntry, Event)>> {
    let live = workspace.database().ok();
    read_events(live.as_ref(), contents, &workspace.profile, entries)
}
