//! Lines and sentences about the health of a data folder's history.

use chrono::{DateTime, Utc};

use super::{age, ago, counted, hint, one_line, runnable, size, unique};
use crate::core::{
    ArchiveHealth, Depth, Health, LoggedRewind, Problem, Rewind, Snapshot, WatchState,
};

/// Lists what is known, a line each.
pub fn health(health: &Health, now: DateTime<Utc>) -> Vec<String> {
    let mut lines = vec![newest(health, now), verified(health, now)];
    lines.push(match health.watch {
        WatchState::None => "watch: none is running".to_owned(),
        WatchState::Running { pid: Some(pid) } => format!("watch: running (process {pid})"),
        WatchState::Running { pid: None } => "watch: running".to_owned(),
    });
    lines.extend(health.archive.as_ref().map(|held| archive(held, now)));
    lines.extend(health.room.map(|room| {
        let takes = match room.needed {
            0 => String::new(),
            needed => format!("; a restore writes up to {}", size(needed)),
        };
        format!("room: {} free{takes}", size(room.free))
    }));
    let rewind = health.rewind.as_ref();
    lines.extend(rewind.map(|rewind| format!("to recover: {}", recoverable(rewind, now))));
    lines.extend(next_prune(health).map(|prune| format!("next prune: {prune}")));
    lines
}

/// So many snapshots that cannot be used are named.
const MOST_UNSOUND: usize = 3;

/// Lists what needs attention, one sentence each.
pub fn health_attention(health: &Health, now: DateTime<Utc>) -> Vec<String> {
    let mut attention = Vec::new();
    if health.is_stale {
        attention.push(stale(health, now));
    }
    let unsound = health.unsound.iter().take(MOST_UNSOUND);
    attention.extend(unsound.filter_map(unusable));
    if let Some(more @ 1..) = health.unsound.len().checked_sub(MOST_UNSOUND) {
        let more = counted(more as u64, "more snapshot");
        attention.push(runnable(&format!(
            "{more} cannot be used: `unrewind verify --all` names them"
        )));
    }
    if let Some(held) = &health.archive {
        attention.extend(held.trouble.as_ref().map(|error| {
            let hint = hint(error).map_or_else(String::new, |hint| format!(": {hint}"));
            format!("{}{hint}", one_line(&error.to_string()))
        }));
        if held.is_damaged {
            let what = "the last check found the archive damaged: `unrewind archive check` shows what to do";
            attention.push(runnable(what));
        }
    }
    if let Some(room) = health.room.filter(|room| !room.is_enough()) {
        attention.push(runnable(&format!(
            "only {} are free, and a restore may need {} for its safety snapshot and checkpoint: free some space (`unrewind prune` may help)",
            size(room.free),
            size(room.needed)
        )));
    }
    attention
}

/// Says that no snapshot was taken for too long.
pub fn stale(health: &Health, now: DateTime<Utc>) -> String {
    let how = match &health.newest {
        Some(newest) => format!("the newest snapshot is {} old", age(newest.taken_at(), now)),
        None => "there is no snapshot".to_owned(),
    };
    let since = match health.events_since {
        Some(events) => format!(
            "and {} came since the last periodic one",
            counted(events, "event")
        ),
        None => "and the database has changed since".to_owned(),
    };
    runnable(&format!(
        "{how}, {since}: run `unrewind take --kind periodic`, or leave `unrewind watch` running"
    ))
}

/// Says why a snapshot cannot be used, if that is known: a verification says more than a look at its ends.
fn unusable(snapshot: &Snapshot) -> Option<String> {
    let found = snapshot.verified().and_then(|found| found.problem.as_ref());
    if let Some(problem) = found {
        return Some(unsound(snapshot, problem));
    }
    let damage = snapshot.damage.as_ref()?;
    Some(format!("{} {}", snapshot.name(), damage.predicate()))
}

/// Says what is wrong with a verified snapshot.
pub fn unsound(snapshot: &Snapshot, problem: &Problem) -> String {
    let (name, reason) = (snapshot.name(), one_line(problem.reason()).into_owned());
    match problem {
        Problem::Damaged(_) => format!("{name} is damaged: {reason}"),
        _ => format!("{name}: {reason}"),
    }
}

/// Says how many events could come back.
pub fn recoverable(rewind: &Rewind, now: DateTime<Utc>) -> String {
    let events = counted(rewind.gone.missed(), "event");
    let ago = ago(rewind.snapshot.taken_at(), now);
    runnable(&format!("{events} rewound {ago}: `unrewind recover`"))
}

/// Says that the application has rewound.
pub fn rewound(rewind: &LoggedRewind, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let (events, ago) = (rewind.events, ago(at, now));
    let were = if events == 1 { "was" } else { "were" };
    let events = counted(events, "event");
    runnable(&format!(
        "{events} {were} rewound {ago}: `unrewind recover`"
    ))
}

fn newest(health: &Health, now: DateTime<Utc>) -> String {
    let Some(newest) = &health.newest else {
        return "newest snapshot: there is none yet".to_owned();
    };
    let since = health.events_since.map_or_else(String::new, |events| {
        format!("; {} since the last periodic one", counted(events, "event"))
    });
    let taken = ago(newest.taken_at(), now);
    format!("newest snapshot: {}, {taken}{since}", newest.name())
}

fn verified(health: &Health, now: DateTime<Utc>) -> String {
    let snapshot = health.verified.as_ref();
    let Some((snapshot, found)) = snapshot.and_then(|one| Some((one, one.verified()?))) else {
        return "last verification: there was none".to_owned();
    };
    let deeply = match found.depth {
        Depth::Deep => ", with a restore into a copy",
        Depth::Whole => "",
    };
    let how = match &found.problem {
        None => "sound",
        Some(Problem::Damaged(_)) => "damaged",
        Some(_) => "not sound",
    };
    let ago = ago(found.at, now);
    format!(
        "last verification: {ago}, {}: {how}{deeply}",
        snapshot.name()
    )
}

fn archive(held: &ArchiveHealth, now: DateTime<Utc>) -> String {
    if held.trouble.is_some() && held.snapshots == 0 {
        return "archive: it cannot be used".to_owned();
    }
    let count = counted(held.snapshots as u64, "snapshot");
    let newest = held.newest.map_or_else(String::new, |newest| {
        format!(", the newest {} old", age(newest, now))
    });
    let lacks = match held.lacks {
        0 => String::new(),
        lacks => format!(
            "; it lacks {} of this folder",
            counted(lacks as u64, "snapshot")
        ),
    };
    format!("archive: {count}{newest}{lacks}")
}

fn next_prune(health: &Health) -> Option<String> {
    let deleted = health.prune.deleted().count();
    if deleted == 0 {
        return None;
    }
    let lost = if health.at_risk.is_empty() {
        String::new()
    } else {
        format!("; {}", unique(&health.at_risk, deleted))
    };
    let deletes = counted(deleted as u64, "snapshot");
    Some(format!("deletes {deletes}{lost}"))
}
