//! Which snapshot to restore when something has gone wrong: the newest guard undoes a restore, the
//! newest rewind that live has lost events since is the one to take back.

use super::{
    db::Database,
    diff::{Difference, Side},
    error::{Error, Result},
    log::LogDiff,
    profile::Profile,
    progress::OnProgress,
    snapshot::{Contents, Kind, Snapshot},
};

/// A rewind that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewind {
    /// Live as it was before the rewind.
    pub snapshot: Snapshot,
    /// What became of the events since, from the snapshot to live; what the snapshot holds past live's
    /// last event is lost too.
    pub log: LogDiff,
    /// Whether it is the last one; a later one that can be read took nothing back.
    pub is_last: bool,
}

/// The guards, newest first. Undo restores the first that live differs from: one that is live itself was
/// left by a restore that changed nothing, because it died or was rolled back.
pub fn guards(snapshots: &[Snapshot]) -> impl Iterator<Item = &Snapshot> {
    let is_guard = |snapshot: &&Snapshot| snapshot.is_guard() && snapshot.is_intact();
    snapshots.iter().filter(is_guard)
}

/// The rewind snapshots that are no guards, newest first: each was taken before a rewind.
pub fn rewinds(snapshots: &[Snapshot]) -> impl Iterator<Item = &Snapshot> {
    let is_rewind = |snapshot: &&Snapshot| {
        snapshot.kind() == Some(Kind::Rewind) && !snapshot.is_guard() && snapshot.is_intact()
    };
    snapshots.iter().filter(is_rewind)
}

/// The newest of these rewinds that holds events which live has superseded, hidden or lost. A
/// snapshot that turns out to be damaged is passed over.
pub fn find_rewind<'s>(
    database: &Database,
    profile: &Profile,
    rewinds: impl IntoIterator<Item = &'s Snapshot>,
    on: OnProgress<'_>,
) -> Result<Option<Rewind>> {
    let log = profile.log.as_ref().ok_or(Error::NoLog)?;
    // What became of the events cannot be told from columns that are not there.
    database.check_meanings(log)?;
    let only = [log.table.clone()];
    let mut is_last = true;
    for snapshot in rewinds {
        let log = match log_since(database, profile, snapshot, &only, on) {
            Ok(log) => log,
            Err(Error::Json { .. } | Error::NoFile { .. } | Error::RepeatedKey { .. }) => continue,
            Err(error) => return Err(error),
        };
        if let Some(log) = log.filter(|log| log.gone_to.events.count > 0) {
            return Ok(Some(Rewind {
                snapshot: snapshot.clone(),
                log,
                is_last,
            }));
        }
        is_last = false;
    }
    Ok(None)
}

fn log_since(
    database: &Database,
    profile: &Profile,
    snapshot: &Snapshot,
    only: &[String],
    on: OnProgress<'_>,
) -> Result<Option<LogDiff>> {
    let contents = Contents::open(&snapshot.path, on)?;
    let (from, to) = (Side::Snapshot(&contents), Side::Live(database));
    let mut difference = Difference::compute(from, to, profile, Some(database), only, on)?;
    let (Some(diff), Some(log)) = (difference.tables.first_mut(), &profile.log) else {
        return Ok(None);
    };
    diff.events(log, contents.last_event_id(), i64::MAX)
        .map(Some)
}
