//! What the preview shows of snapshots: their rows and their last events.

use super::{Reply, Report};
use crate::{
    core::{Cache, Counts, Error, Event, OnProgress, Snapshot, Workspace, last_events},
    text::beginning,
};

/// How many events are read; no screen has room for more.
const EVENTS: u64 = 32;
/// Bytes of an event's text that are kept.
const TEXT: usize = 1024;
/// Snapshots up to this size are counted though they are not cached, up to a total size.
const SMALL: u64 = 1024 * 1024;
const SMALL_IN_ALL: u64 = 32 * 1024 * 1024;

/// Counts the rows of a snapshot, reports them, and reads its last events.
pub(super) fn whole(snapshot: Snapshot, workspace: &Workspace, report: Report<'_>) -> Reply {
    let on = &mut |progress| report(Reply::Progress(progress));
    if !workspace.store.opens_unasked(&snapshot) {
        let what = "not read: it is in the archive, and unpacked when you open it".to_owned();
        return Reply::Counted(snapshot.path, Err(Error::Selection { what }));
    }
    let unpacked = workspace.store.unpack(&snapshot, on);
    let path = snapshot.path;
    let contents = match unpacked.and_then(|_| workspace.cache.open(&path, on)) {
        Ok(contents) => contents,
        Err(error) => return Reply::Counted(path, Err(error)),
    };
    let _ = report(Reply::Counted(path.clone(), Ok(Counts::of(&contents))));
    let on = &mut |progress| report(Reply::Progress(progress));
    let events = last_events(&contents, &workspace.profile, EVENTS, on);
    let brief = |event: Event| Event {
        text: event.text.map(|text| beginning(&text, TEXT).to_owned()),
        ..event
    };
    Reply::LastEvents(
        path,
        events.map(|events| events.into_iter().map(brief).collect()),
    )
}

/// The rows of those of these snapshots that are cached or small.
pub(super) fn cached(
    snapshots: Vec<Snapshot>,
    cache: &Cache,
    on: OnProgress<'_>,
) -> Vec<(Snapshot, Counts)> {
    let mut left = SMALL_IN_ALL;
    let mut counted = Vec::new();
    for snapshot in snapshots {
        let counts = if !snapshot.is_only_archived() && snapshot.size <= SMALL.min(left) {
            left -= snapshot.size;
            match Counts::of_snapshot(&snapshot.path, cache, on) {
                Err(Error::Cancelled) => break,
                counts => counts.ok(),
            }
        } else {
            cache.counts(&snapshot.path)
        };
        counted.extend(counts.map(|counts| (snapshot, counts)));
    }
    counted
}
