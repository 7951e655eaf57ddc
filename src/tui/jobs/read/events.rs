//! The event logs of a snapshot and of live: first the end of live's, then all of both.

use std::ops::ControlFlow;

use crate::{
    core::Workspace,
    core::{Contents, Entry, Event, History, Result, Snapshot, read_events},
    tui::msg::{EventsRead, News},
};

/// How many events are told at once, before all are read.
const AT_ONCE: u64 = 100;

pub(super) fn history(
    snapshot: Option<&Snapshot>,
    workspace: &Workspace,
    tell: &mut dyn FnMut(News) -> ControlFlow<()>,
) -> Result<Box<EventsRead>> {
    let profile = &workspace.profile;
    let live = workspace.database();
    // Without live a snapshot can still be read; without both there is nothing to show.
    let live = match (live, snapshot) {
        (Ok(live), _) => Some(live),
        (Err(_), Some(_)) => None,
        (Err(error), None) => return Err(error),
    };
    let on = &mut |progress| tell(News::Progress(progress));
    if let Some(live) = &live {
        let history = History::end_of(live, profile, AT_ONCE, on)?;
        let events = read_events(Some(live), None, profile, history.entries())?;
        let told = EventsRead {
            history,
            contents: None,
            events,
        };
        let _ = tell(News::EndOfHistory(Box::new(told)));
    }
    let on = &mut |progress| tell(News::Progress(progress));
    let contents = snapshot.map(|snapshot| workspace.cache.open_whole(&snapshot.path, on));
    let contents = contents.transpose()?;
    let history = History::of(live.as_ref(), contents.as_ref(), profile, None, on)?;
    Ok(Box::new(EventsRead {
        history,
        contents: contents.map(Box::new),
        events: Vec::new(),
    }))
}

pub(super) fn events(
    contents: Option<&Contents>,
    wanted: &[Entry],
    workspace: &Workspace,
) -> Result<Vec<(Entry, Event)>> {
    let live = workspace.database().ok();
    read_events(live.as_ref(), contents, &workspace.profile, wanted)
}
