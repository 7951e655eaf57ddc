//! Reading the event logs of a snapshot and of live: first the end of live's, then all of both.

use super::{Reply, Report};
use crate::core::{
    Contents, Direction, Error, Event, EventEntry, EventHistory, OnProgress, Progress, Result,
    Snapshot, Stage, TextMatch, Workspace, read_events,
};

/// What to read of the event logs.
#[derive(Debug)]
pub enum EventsRequest {
    /// Those of a snapshot and of live as one, or that of live alone.
    History(Option<Box<Snapshot>>),
    /// The texts of these events; those that live lacks are read from the snapshot.
    Texts(Option<Box<Contents>>, Vec<EventEntry>),
    /// The next of these events with a text.
    Find(Box<FindEvent>),
}

/// A text to find among events.
#[derive(Debug)]
pub struct FindEvent {
    pub text: TextMatch,
    /// The events, in the order in which they are shown.
    pub history: EventHistory,
    /// Those that are shown, as indices into the history; `None` means all.
    pub shown: Option<Vec<u32>>,
    /// The place to begin at, or upwards before it.
    pub from: usize,
    pub direction: Direction,
    /// The snapshot they were read from.
    pub contents: Option<Box<Contents>>,
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
    /// The place of the event with the text.
    Found(Result<Option<usize>>),
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
            Self::Find(find) => {
                let on = &mut |progress| report(Reply::Progress(progress));
                EventsReply::Found(find.run(workspace, on))
            }
        }
    }
}

/// How many events are reported before all are read, and are searched at once.
const AT_ONCE: usize = 100;

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
        let history = EventHistory::end_of(live, profile, AT_ONCE as u64, on)?;
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
    let contents = snapshot.map(|snapshot| workspace.open_whole(snapshot, on));
    let contents = contents.transpose()?;
    let history = EventHistory::of(live.as_ref(), contents.as_ref(), profile, None, on)?;
    Ok(Box::new(EventsRead {
        history,
        contents: contents.map(Box::new),
        events: Vec::new(),
    }))
}

impl FindEvent {
    /// Returns the place of the next event with the text; past the end it goes on at the other end.
    fn run(&self, workspace: &Workspace, on: OnProgress<'_>) -> Result<Option<usize>> {
        let len = self.shown.as_ref().map_or(self.history.len(), Vec::len);
        let (before, after) = (0..self.from.min(len), self.from.min(len)..len);
        let places: Box<dyn Iterator<Item = usize>> = match self.direction {
            Direction::Down => Box::new(after.chain(before)),
            Direction::Up => Box::new(before.rev().chain(after.rev())),
        };
        let (mut places, mut done) = (places.peekable(), 0);
        while places.peek().is_some() {
            let some: Vec<usize> = places.by_ref().take(AT_ONCE).collect();
            if let Some(place) = self.among(&some, workspace)? {
                return Ok(Some(place));
            }
            done += some.len();
            let (stage, done, total) = (Stage::Reading, done as u64, len as u64);
            if on(Progress { stage, done, total }).is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(None)
    }

    /// Returns the first of these places whose event has the text.
    fn among(&self, places: &[usize], workspace: &Workspace) -> Result<Option<usize>> {
        let place_in_history = |place: &usize| match &self.shown {
            Some(shown) => shown[*place] as usize,
            None => *place,
        };
        let entries = places.iter().map(place_in_history);
        let entries: Vec<EventEntry> = entries
            .filter_map(|place| self.history.entry(place))
            .collect();
        let events = events(self.contents.as_deref(), &entries, workspace)?;
        let has_text = |(_, event): &&(EventEntry, Event)| {
            let parts = [&event.time, &event.kind, &event.text];
            parts
                .into_iter()
                .flatten()
                .any(|part| self.text.is_in(part))
        };
        let found = events.iter().find(has_text);
        Ok(found.and_then(|(found, _)| {
            let index = entries.iter().position(|entry| entry == found)?;
            Some(places[index])
        }))
    }
}

fn events(
    contents: Option<&Contents>,
    entries: &[EventEntry],
    workspace: &Workspace,
) -> Result<Vec<(EventEntry, Event)>> {
    let live = workspace.database().ok();
    read_events(live.as_ref(), contents, &workspace.profile, entries)
}
