//! Sentences about the result of a verification.

use crate::core::{
    Change, Compared, Damage, Fold, Problem, ReplayFinding, RowDifference, RowKey, Snapshot,
    StoredIn, Unpaired, Unwritten, Verification,
};

use super::{Zone, counted, event_id, last_event_point, list, time};

/// Returns one word for the result.
pub fn soundness(problem: Option<&Problem>) -> &'static str {
    match problem {
        None => "sound",
        Some(Problem::Damaged(_) | Problem::Companion(_)) => "damaged",
        Some(Problem::Incompatible(_)) => "incompatible",
    }
}

/// Lists what was verified, or reports the problem.
pub fn verification(found: &Verification) -> String {
    if let Some(problem) = &found.problem {
        return problem.reason().to_owned();
    }
    let mut points = vec![format!(
        "{} in {}{}",
        counted(found.rows, "row"),
        counted(found.tables as u64, "table"),
        last_event_point(Some(found.last_event_id))
    )];
    if let Some(ends) = found.log_ends.filter(|ends| *ends > found.last_event_id) {
        points.push(format!(
            "newer events up to {} for the next start",
            event_id(ends)
        ));
    }
    points.extend(found.checksum.map(|compared| checksum(compared).to_owned()));
    if found.restores == Some(true) {
        let unproved = found.unproved.iter();
        let but = unproved.map(|Unwritten { table, why }| format!("table {table} ({why})"));
        let but = but.collect::<Vec<_>>().join(", ");
        points.push(match &*but {
            "" => "restores".to_owned(),
            but => format!("restores but for {but}"),
        });
    }
    if found.dangling > 0 {
        let refer = if found.dangling == 1 {
            "refers"
        } else {
            "refer"
        };
        let rows = counted(found.dangling, "row");
        points.push(format!("{rows} that {refer} to nothing"));
    }
    points.join(", ")
}

/// Says what replaying up to a snapshot showed.
pub fn replayed(finding: &ReplayFinding) -> String {
    let (from, events, difference) = match finding {
        ReplayFinding::Replayed {
            from,
            events,
            difference,
        } => (from, counted(*events, "event"), difference),
        ReplayFinding::Unpaired(why) => return format!("not replayed: {}", unpaired(why)),
    };
    let replay = format!("{events} replayed from {from}");
    let Some(difference) = difference else {
        return format!("{replay}: the same");
    };
    let RowDifference { table, change } = &**difference;
    let key = RowKey::of(change.newest(), table);
    let how = match change {
        Change::Added(_) => "is missing".to_owned(),
        Change::Removed(_) => "is not in the snapshot".to_owned(),
        Change::Changed { from, to } => {
            let columns = from.changed_columns(to);
            let columns = list(columns.map(|column| &table.columns[column]));
            format!("differs in {columns}")
        }
    };
    format!("{replay}: {} {key} {how}", table.name)
}

/// Says why no events are replayed up to a snapshot.
pub fn unpaired(why: &Unpaired) -> String {
    match why {
        Unpaired::First => "no snapshot of its history comes before it".to_owned(),
        Unpaired::AwaitsReplay => "its tables lack events of its log".to_owned(),
        Unpaired::OffLog => "its tables do not come from its log".to_owned(),
        Unpaired::Incompatible(why) => why.clone(),
    }
}

/// Says how the checksum compares with the recorded one.
pub fn checksum(compared: Compared) -> &'static str {
    match compared {
        Compared::Same => "checksum matches",
        Compared::Different => "checksum differs",
        Compared::First(_) => "checksum recorded now",
    }
}

/// Says whether a snapshot is pinned, or what is wrong with its pin.
pub fn pinned(snapshot: &Snapshot) -> Option<String> {
    match &snapshot.pin_damage {
        Some(Damage::Bytes(_)) => Some("its pin is damaged: pin it again".to_owned()),
        Some(unread) => Some(format!("its pin {unread}")),
        None => snapshot.pinned.then(|| "pinned".to_owned()),
    }
}

/// Returns where a snapshot is, in a word.
pub fn stored_in(snapshot: &Snapshot) -> &'static str {
    match snapshot.stored_in {
        StoredIn::Folder => "folder",
        StoredIn::Archive => "archive",
        StoredIn::Both => "both",
    }
}

/// Says that something is not for those of some chosen snapshots that are only in the archive.
pub fn only_archived(chosen: &[Snapshot]) -> String {
    let archived = chosen.iter().filter(|one| one.is_only_archived()).count();
    match chosen.len() {
        all if all == archived => "not for what is only in the archive".to_owned(),
        all => format!("{archived} of the {all} marked are only in the archive: unmark them first"),
    }
}

/// Counts the snapshots that are folded into one.
pub fn identical(fold: &Fold<'_>, zone: Zone) -> Option<String> {
    let back_to = time(fold.last.taken_at(), zone);
    (fold.identical > 0).then(|| format!("+{} identical, back to {back_to}", fold.identical))
}

/// Lists the state of a snapshot, a few words each: pinned, safety snapshot, verified, or what is
/// wrong with it.
pub fn standing(snapshot: &Snapshot) -> Vec<String> {
    let verified = snapshot.verified();
    let problem = verified.and_then(|found| found.problem.as_ref());
    let mut words = Vec::new();
    match (&snapshot.damage, problem) {
        (Some(damage), _) => words.push(damage.to_string()),
        // What is wrong with its pin follows.
        (None, Some(Problem::Companion(_))) if snapshot.pin_damage.is_some() => {}
        (None, Some(problem)) => words.push(format!(
            "{}: {}",
            soundness(Some(problem)),
            problem.reason()
        )),
        (None, None) if verified.is_some() => words.push("verified".to_owned()),
        (None, None) => {}
    }
    words.extend(pinned(snapshot));
    if let Some(awaiting) = &snapshot.note.awaiting {
        words.push(format!("replays after {}", event_id(awaiting.after)));
    }
    if snapshot.off_log {
        words.push("tables not of its log".to_owned());
    }
    if snapshot.is_safety_snapshot() {
        words.push("safety".to_owned());
    }
    words
}
