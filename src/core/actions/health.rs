//! The health of a data folder's history: how fresh it is, whether it was verified, who looks after it, what the
//! archive holds, how much room is left, what could be recovered, and what the next prune deletes.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::core::{
    actions::{
        due::Due,
        prune::PrunePlan,
        recover::{Rewind, find_rewind, rewinds},
        show::Cache,
        watch::WatchState,
    },
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::OnProgress,
        room::free_bytes,
    },
    compare::exclusive_rows::ExclusiveRows,
    db::Database,
    file::snapshot::{Kind, Snapshot, StoredIn},
    store::{AllSnapshots, Archived, Store, archive::LastCheck},
};

/// The health of a data folder's history.
#[derive(Debug)]
#[non_exhaustive]
pub struct Health {
    /// The newest intact snapshot.
    pub newest: Option<Snapshot>,
    /// How many events came since the newest periodic snapshot; `None` without an event log.
    pub events_since: Option<u64>,
    /// Whether live has changed, and no periodic snapshot was taken for as long as the user allows.
    pub is_stale: bool,
    /// The snapshot that was verified last, and since has not changed.
    pub verified: Option<Snapshot>,
    /// The snapshots that cannot be used, and those in which a verification found a problem.
    pub unsound: Vec<Snapshot>,
    /// Whether a watch looks after the folder.
    pub watch: WatchState,
    /// What the archive holds, if there is one.
    pub archive: Option<ArchiveHealth>,
    /// The room on the disk of the snapshots.
    pub room: Option<Room>,
    /// The rewind that could be recovered from.
    pub rewind: Option<Rewind>,
    /// What the next prune deletes.
    pub prune: PrunePlan,
    /// What only the snapshots hold that the next prune deletes.
    pub at_risk: ExclusiveRows,
}

/// What an archive holds of a data folder.
#[derive(Debug)]
#[non_exhaustive]
pub struct ArchiveHealth {
    /// How many snapshots it holds.
    pub snapshots: usize,
    /// When the newest of them was taken.
    pub newest: Option<DateTime<Utc>>,
    /// How many snapshots of the folder it lacks.
    pub lacks: usize,
    /// Why it cannot be used, or may hold others.
    pub trouble: Option<Error>,
    /// Whether the last check of a part found damage.
    pub is_damaged: bool,
}

/// The room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How much is free.
    pub free: u64,
    /// How much a restore writes beside the database: a safety snapshot and a checkpoint.
    pub needed: u64,
}

impl Room {
    /// Returns whether a restore has enough room.
    pub fn is_enough(self) -> bool {
        self.free >= self.needed
    }

    fn beside(store: &Store, newest: Option<&Snapshot>) -> Option<Self> {
        let root = store.root();
        let mut there = [Some(root), root.parent()].into_iter().flatten();
        let free = there.find_map(free_bytes)?;
        let needed = newest.map_or(0, |newest| newest.size.saturating_mul(2));
        Some(Self { free, needed })
    }
}

impl Health {
    /// Inspects live, the snapshots and the archive, which is opened. `stale_after` is how old the newest periodic
    /// snapshot may become while live changes.
    pub(crate) fn of(
        database: &Database,
        profile: &Profile,
        (store, cache): (&Store, &Cache),
        stale_after: Option<Duration>,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let snapshots = store.list(&Kind::ALL)?;
        let newest = snapshots.iter().find(|one| one.is_intact()).cloned();
        let periodic = Due::newest(&snapshots);
        let events_since = Due::events_since(database, profile, cache, periodic)?;
        let is_stale = is_stale(database, profile, cache, &snapshots, stale_after, now)?;
        let archive = ArchiveHealth::of(store, on)?;
        let mut prune = PrunePlan::by_policy(&snapshots, profile, now);
        if let Some((_, held)) = &archive {
            prune.mark_archived(|one| held.contains(&one.snapshot.path));
        }
        let at_risk = prune.lost(&snapshots, database, profile, on)?;
        let verified = snapshots.iter().filter(|one| one.verified().is_some());
        let verified = verified.max_by_key(|one| one.verified().map(|found| found.at));
        let is_unsound = |one: &&Snapshot| {
            let found = one.verified();
            one.damage.is_some() || found.is_some_and(|found| found.problem.is_some())
        };
        Ok(Self {
            room: Room::beside(store, newest.as_ref()),
            verified: verified.cloned(),
            unsound: snapshots.iter().filter(is_unsound).cloned().collect(),
            newest,
            events_since,
            is_stale,
            watch: WatchState::of(store.root()),
            archive: archive.map(|(health, _)| health),
            rewind: rewind(database, profile, store, &snapshots, on)?,
            prune,
            at_risk,
        })
    }
}

/// Returns whether a periodic snapshot has been due for longer than the user allows.
pub(crate) fn is_stale(
    database: &Database,
    profile: &Profile,
    cache: &Cache,
    snapshots: &[Snapshot],
    stale_after: Option<Duration>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let Some(longest) = stale_after.and_then(|longest| TimeDelta::from_std(longest).ok()) else {
        return Ok(false);
    };
    let newest = Due::newest(snapshots);
    if newest.is_some_and(|newest| now - newest.modified < longest) {
        return Ok(false);
    }
    // Where nothing has changed since, an old snapshot is as good as a new one.
    match Due::events_since(database, profile, cache, newest)? {
        Some(events) => Ok(events > 0),
        None => Ok(Due::judge(database, profile, cache, snapshots, now)?.is_due()),
    }
}

/// Finds the rewind that could be recovered from without opening an archive elsewhere.
fn rewind(
    database: &Database,
    profile: &Profile,
    store: &Store,
    snapshots: &[Snapshot],
    on: OnProgress<'_>,
) -> Result<Option<Rewind>> {
    let candidates = rewinds(snapshots);
    match find_rewind(database, profile, &candidates, (store, Archived::Here), on) {
        Ok(search) => Ok(search.rewind.filter(|rewind| !rewind.is_settled)),
        Err(Error::Cancelled) => Err(Error::Cancelled),
        // Without a log, or with one that does not say what was rewound, there is nothing to recover.
        Err(_) => Ok(None),
    }
}

impl ArchiveHealth {
    /// Opens the archive, if there is one; also returns which files of the folders it holds.
    fn of(store: &Store, on: OnProgress<'_>) -> Result<Option<(Self, HashSet<PathBuf>)>> {
        if !store.has_archive() {
            return Ok(None);
        }
        let (all, trouble) = match store.list_readable(&Kind::ALL, Archived::Everywhere, on) {
            Ok(AllSnapshots { snapshots, trouble }) => (snapshots, trouble),
            Err(error @ (Error::Cancelled | Error::Io { doing: "list", .. })) => return Err(error),
            Err(error) => (Vec::new(), Some(error)),
        };
        let is_held = |one: &&Snapshot| one.stored_in != StoredIn::Folder;
        let health = Self {
            snapshots: all.iter().filter(is_held).count(),
            newest: all.iter().find(is_held).map(Snapshot::taken_at),
            lacks: all.iter().filter(|one| !is_held(one)).count(),
            trouble,
            is_damaged: last_check_found_damage(store.root()),
        };
        let both = all
            .into_iter()
            .filter(|one| one.stored_in == StoredIn::Both);
        Ok(Some((health, both.map(|one| one.path).collect())))
    }
}

fn last_check_found_damage(root: &Path) -> bool {
    LastCheck::read(root).is_some_and(LastCheck::is_damaged)
}
