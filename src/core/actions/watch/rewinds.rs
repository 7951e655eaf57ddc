//! Notices rewinds: a watch reads the events that were added to the log since its last check.

use chrono::{DateTime, Utc};

use crate::core::{
    base::{error::Result, profile::Profile},
    compare::rewound_ranges::{LoggedRewind, rewinds_after},
    db::Database,
    file::{
        note::RestoreNote,
        snapshot::{Id, Kind, Snapshot},
    },
    store::Store,
};

/// How far the log was read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RewindNotice {
    /// The last event, and the last restore.
    seen: Option<(i64, Option<LastRestore>)>,
}

/// The newest safety snapshot, and whether its restore is done.
type LastRestore = (Id, bool);

impl RewindNotice {
    /// Returns the rewinds since the last check that superseded events. The first check only remembers where the log
    /// ends, and so does one during a restore or after it: the events that a restore adds are not news.
    pub(super) fn check(
        &mut self,
        live: &Database,
        profile: &Profile,
        store: &Store,
    ) -> Result<Vec<LoggedRewind>> {
        if profile.log.is_none() {
            return Ok(Vec::new());
        }
        let end = live.last_event_id(profile)?;
        let before = self.seen.map(|(before, _)| before);
        let mut found = match before {
            Some(before) if end > before => rewinds_after(live, profile, before)?,
            _ => Vec::new(),
        };
        // A safety snapshot exists before its restore changes live, so reading it after the log misses no restore.
        let restored = last_restore(&store.list(&[Kind::Rewind])?);
        let (_, restored_before) = self.seen.replace((end, restored)).unwrap_or_default();
        if restored != restored_before || restored.is_some_and(|(_, is_done)| !is_done) {
            found.clear();
        }
        found.retain(|rewind| rewind.events > 0);
        Ok(found)
    }
}

fn last_restore(rewinds: &[Snapshot]) -> Option<LastRestore> {
    let mut own = rewinds.iter().filter_map(|one| Some((one, one.id?)));
    let (newest, id) = own.find(|(_, id)| id.is_own())?;
    let restore = newest.note.restore.as_ref();
    Some((id, restore.is_none_or(RestoreNote::is_done)))
}

/// Returns the time of a rewind, or `now` if the log does not record it.
pub(super) fn time_of(rewind: &LoggedRewind, now: DateTime<Utc>) -> DateTime<Utc> {
    rewind.at.filter(|at| *at <= now).unwrap_or(now)
}
