//! What the preview shows of snapshots: their rows and their last events.

use std::{ops::ControlFlow, path::PathBuf};

use crate::{
    core::Workspace,
    core::{Cache, Counts, Error, Event, OnProgress, Snapshot, last_events},
    text::beginning,
    tui::msg::News,
};

/// How many events are read; no screen has room for more.
const EVENTS: u64 = 32;
/// Bytes that are kept of what an event says.
const SAID: usize = 1024;
/// Up to this size a snapshot is counted though nobody asked, and up to so many bytes of them.
const SMALL: u64 = 1024 * 1024;
const SMALL_IN_ALL: u64 = 32 * 1024 * 1024;

/// Counts the rows of a snapshot, tells them, and reads its last events.
pub(super) fn count(
    path: PathBuf,
    workspace: &Workspace,
    tell: &mut dyn FnMut(News) -> ControlFlow<()>,
) -> News {
    let on = &mut |progress| tell(News::Progress(progress));
    let contents = match workspace.cache.open(&path, on) {
        Ok(contents) => contents,
        Err(error) => return News::Counted(path, Err(error)),
    };
    let _ = tell(News::Counted(path.clone(), Ok(Counts::of(&contents))));
    let on = &mut |progress| tell(News::Progress(progress));
    let events = last_events(&contents, &workspace.profile, EVENTS, on);
    let brief = |event: Event| Event {
        text: event.text.map(|text| beginning(&text, SAID).to_owned()),
        ..event
    };
    News::LastEvents(
        path,
        events.map(|events| events.into_iter().map(brief).collect()),
    )
}

/// The rows of those snapshots that are counted already or take no time.
pub(super) fn recall(
    snapshots: Vec<Snapshot>,
    cache: &Cache,
    on: OnProgress<'_>,
) -> Vec<(Snapshot, Counts)> {
    let mut left = SMALL_IN_ALL;
    let mut recalled = Vec::new();
    for snapshot in snapshots {
        let counts = if snapshot.size <= SMALL.min(left) {
            left -= snapshot.size;
            match Counts::of_snapshot(&snapshot.path, cache, on) {
                Err(Error::Cancelled) => break,
                counts => counts.ok(),
            }
        } else {
            cache.counts(&snapshot.path)
        };
        recalled.extend(counts.map(|counts| (snapshot, counts)));
    }
    recalled
}
