//! Finds the rewind to recover from: the newest since which live has lost events.

mod lost_events;

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::OnProgress,
    },
    compare::{
        diff::{DiffDetail, Side, Sides},
        event_diff::{EventDiff, Gone},
        rewound_ranges::{RewoundRange, last_rewind_after},
    },
    db::Database,
    file::snapshot::{Contents, Damage, Id, Kind, Snapshot},
    store::{
        Archived, Store,
        restore_history::{Restoration, RestoreHistory},
    },
};
use lost_events::LostEvents;

/// A rewind that can be undone by restoring its snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewind {
    /// Live as it was before the rewind.
    pub snapshot: Snapshot,
    /// The snapshot's events that are no longer active; events after live's last are lost too.
    pub gone: Gone,
    /// Whether a later restore has already dealt with it.
    pub is_settled: bool,
}

/// The result of a search for a rewind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RewindSearch {
    /// The first rewind to recover from, if any.
    pub rewind: Option<Rewind>,
    /// The later rewinds that cannot be recovered from.
    pub passed_over: Vec<PassedOver>,
}

impl RewindSearch {
    /// Returns whether a later rewind than the one found may have to be recovered from: the log names
    /// one, or it does not record rewinds and a later snapshot is damaged.
    pub fn may_miss_the_last(&self, profile: &Profile) -> bool {
        let is_recorded = profile
            .log
            .as_ref()
            .is_some_and(|log| log.superseded_by.is_some());
        let misses = |passed: &PassedOver| match passed {
            PassedOver::Lost { .. } | PassedOver::Archived { .. } => true,
            PassedOver::Unread { name, .. } => name.is_some(),
            PassedOver::Damaged { .. } => !is_recorded,
        };
        self.passed_over.iter().any(misses)
    }
}

/// A later rewind that cannot be recovered from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PassedOver {
    /// Its snapshot is damaged, or cannot be read.
    Damaged {
        /// The snapshot's name.
        name: String,
        /// What is wrong with it, as the end of a sentence.
        what: String,
    },
    /// No snapshot holds the events that it superseded.
    Lost {
        /// The rewind's event.
        event: i64,
        /// The last event that it rewound, if a restore of that moment can go back to before it: live's
        /// log holds them, and something replays them.
        restorable_at: Option<i64>,
    },
    /// Its snapshot is only in the archive, which was not opened for it.
    Archived {
        /// The snapshot's name.
        name: String,
    },
    /// The archive, or its snapshot there, cannot be read.
    Unread {
        /// The snapshot's name; `None` if the archive cannot be listed.
        name: Option<String>,
        /// The reason.
        why: String,
    },
}

impl PassedOver {
    /// Describes an archive that cannot be listed.
    pub(crate) fn unlisted(error: &Error) -> Self {
        Self::Unread {
            name: None,
            why: error.to_string(),
        }
    }
}

/// A rewind snapshot to which live may be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Live as it was before the rewind.
    pub snapshot: Snapshot,
    /// Whether a later restore has already dealt with it: it recovered a later rewind, or went back
    /// before this one.
    pub is_settled: bool,
}

/// Lists the rewind snapshots that are not safety snapshots, in the order to try them: settled ones
/// last, otherwise newest first.
pub fn rewinds(snapshots: &[Snapshot]) -> Vec<Candidate> {
    // The note of an archived snapshot may be older than the undo of its restore.
    let here = snapshots.iter().filter(|one| !one.is_only_archived());
    let restores = Restore::in_force(&here.cloned().collect::<Vec<_>>());
    let is_rewind = |snapshot: &&Snapshot| {
        let is_own = snapshot.id.is_some_and(Id::is_own);
        snapshot.kind() == Some(Kind::Rewind) && !(is_own || snapshot.is_safety_snapshot())
    };
    let candidate = |snapshot: &Snapshot| Candidate {
        snapshot: snapshot.clone(),
        is_settled: restores.iter().any(|restore| restore.settles(snapshot)),
    };
    let mut candidates: Vec<_> = snapshots.iter().filter(is_rewind).map(candidate).collect();
    candidates.sort_by_key(|candidate| candidate.is_settled);
    candidates
}

/// A restore that is in force.
struct Restore {
    /// When its safety snapshot was written.
    at: DateTime<Utc>,
    /// The snapshot that was restored.
    to: Id,
}

impl Restore {
    /// Returns the restores that were not undone, newest first.
    fn in_force(snapshots: &[Snapshot]) -> Vec<Self> {
        let history = RestoreHistory::among(snapshots);
        let known: Vec<_> = history.in_force().collect();
        let mut restores = Vec::new();
        let mut left = &known[..];
        while let Some((newest, older)) = left.split_first() {
            left = older;
            let (Some(of), Some(id)) = (&newest.of, newest.id()) else {
                continue;
            };
            let is_safety =
                |known: &&Restoration| known.id().is_some_and(|id| id.to_string() == *of);
            if let Some(undone) = older.iter().position(is_safety) {
                // Its safety snapshot was restored by name, so what came before is in force again.
                left = &older[undone + 1..];
            } else if let Ok(to) = of.parse() {
                let at = id
                    .stamp
                    .written(newest.modified().unwrap_or(id.stamp.time()));
                restores.push(Self { at, to });
            }
        }
        restores
    }

    /// Returns whether this restore has dealt with a rewind.
    fn settles(&self, rewind: &Snapshot) -> bool {
        let (rewound, to) = (rewind.taken_at(), self.to.stamp.time());
        // Both may have the same stamp.
        let written = rewind
            .id
            .map_or(rewound, |id| id.stamp.written(rewind.modified));
        let is_behind = to < rewound && written <= self.at;
        let recovered_a_later_one = self.to.kind == Kind::Rewind && rewound < to;
        is_behind || recovered_a_later_one
    }
}

/// Finds the first of these rewinds whose snapshot holds active events that live has rewound, hidden or lost. Those
/// that cannot be read are skipped and returned. Of those that only the archive holds, only those are unpacked whose
/// events live's log may have lost. If one is damaged, the archive's copy of it is tried. Fails if the profile names
/// no event log, or the database cannot be read.
pub fn find_rewind(
    database: &Database,
    profile: &Profile,
    rewinds: &[Candidate],
    (store, archived): (&Store, Archived),
    on: OnProgress<'_>,
) -> Result<RewindSearch> {
    let log = profile.log.as_ref().ok_or(Error::NoLog)?;
    // Without the columns it is unknown what happened to the events.
    database.check_meanings(log)?;
    let mut search = RewindSearch::default();
    let mut lost = None;
    let mut left: VecDeque<Candidate> = rewinds.iter().cloned().collect();
    let mut tried = 0;
    while let Some(candidate) = left.pop_front() {
        // Usually the first has lost events. If not, there may be thousands without.
        if tried == 1 {
            lost = LostEvents::beside(database, profile, log, on)?;
        }
        tried += 1;
        let snapshot = &candidate.snapshot;
        let name = snapshot.name();
        let mut damaged = |what: String| {
            let copy = store.archived_copy(&snapshot.path);
            let held = copy.as_ref().map_or("", |_| "; the archive holds it");
            if let Some(snapshot) = copy {
                let is_settled = candidate.is_settled;
                left.push_front(Candidate {
                    snapshot,
                    is_settled,
                });
            }
            PassedOver::Damaged {
                name: snapshot.name(),
                what: what + held,
            }
        };
        if let Some(damage) = &snapshot.damage {
            search.passed_over.push(damaged(damage.predicate()));
            continue;
        }
        if snapshot.is_only_archived() {
            if !may_have_lost(snapshot, database, profile)? {
                continue;
            }
            if archived == Archived::Here && !store.opens_unasked(snapshot) {
                search.passed_over.push(PassedOver::Archived { name });
                continue;
            }
        }
        let live = (database, profile);
        match lost_since(live, lost.as_mut(), snapshot, store, on) {
            Ok(Some(gone)) if gone.missed() > 0 => {
                search.rewind = Some(Rewind {
                    snapshot: snapshot.clone(),
                    gone,
                    is_settled: candidate.is_settled,
                });
                break;
            }
            Ok(_) | Err(Error::NoFile { .. }) => {}
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) if error.is_damage() || snapshot.is_only_archived() => {
                search.passed_over.push(match unreadable(snapshot, error) {
                    PassedOver::Damaged { what, .. } => damaged(what),
                    other => other,
                });
            }
            Err(error) => return Err(error),
        }
    }
    let mut found = search.rewind.iter().filter(|rewind| !rewind.is_settled);
    if let Some(end) = found.find_map(|rewind| rewind.snapshot.ends_at()) {
        let lost = last_rewind_after(database, profile, end)?;
        let is_replayed = profile.replays_on_start || profile.replay.is_some();
        search
            .passed_over
            .extend(lost.map(|(event, last)| PassedOver::Lost {
                event,
                restorable_at: is_replayed.then_some(last),
            }));
    }
    Ok(search)
}

/// Describes a snapshot that cannot be read.
fn unreadable(snapshot: &Snapshot, error: Error) -> PassedOver {
    let name = snapshot.name();
    let what = match error {
        Error::Damaged { damage, .. } => Damage::Bytes(damage).predicate(),
        Error::Note { path } => format!(
            "has a note that cannot be read; repair or delete it: {}",
            path.display()
        ),
        error if error.is_damage() => Damage::Bytes(error.to_string()).predicate(),
        error => {
            return PassedOver::Unread {
                name: Some(name),
                why: error.to_string(),
            };
        }
    };
    PassedOver::Damaged { name, what }
}

/// Returns whether live may have lost events up to a snapshot's last one, as far as live's log shows.
fn may_have_lost(snapshot: &Snapshot, database: &Database, profile: &Profile) -> Result<bool> {
    let Some(end) = snapshot.ends_at() else {
        return Ok(true);
    };
    Ok(!RewoundRange::are_known(database, profile)?
        || !RewoundRange::by_rewinds(database, profile, &[end])?.is_empty()
        || database.last_event_id(profile)? < end)
}

/// Returns the snapshot's active events that live has rewound, hidden or lost; `None`, without comparing the logs, if
/// `lost` rules them out.
fn lost_since(
    (database, profile): (&Database, &Profile),
    lost: Option<&mut LostEvents<'_>>,
    snapshot: &Snapshot,
    store: &Store,
    on: OnProgress<'_>,
) -> Result<Option<Gone>> {
    let _unpacked = store.unpack(snapshot, on)?;
    if let Some(lost) = lost
        && !lost.may_be_in(snapshot, on)?
    {
        return Ok(None);
    }
    let events = events_since(database, profile, snapshot, on)?;
    Ok(events.map(|events| events.gone_to))
}

/// Returns what happened to the events of a snapshot in live; `None` without a log.
pub(super) fn events_since(
    database: &Database,
    profile: &Profile,
    snapshot: &Snapshot,
    on: OnProgress<'_>,
) -> Result<Option<EventDiff>> {
    snapshot.refuse_damaged()?;
    let contents = Contents::open_trusted(&snapshot.path, &database.keys(profile), on)?;
    let (from, to) = (Side::Snapshot(&contents), Side::Live(database));
    let keyed = Some(database);
    let sides = Sides {
        from,
        to,
        profile,
        keyed,
        detail: DiffDetail::Counts,
    };
    sides.events_of_from(on)
}
