//! One-line summaries of what a prune deletes, keeps and loses, and why.

use super::{count, counted, duration, list, one_line, runnable, size};
use crate::core::{
    ArchiveSettings, ExclusiveRows, Profile, PrunePlan, Reason, Restored, Snapshot, StoredIn,
    Verdict, start_of,
};

/// Summarizes what a prune deletes and keeps.
pub fn prune_summary(plan: &PrunePlan) -> String {
    let (deleted, kept) = (plan.deleted().count() as u64, plan.kept().count() as u64);
    if deleted == 0 {
        return format!("nothing to delete; {} kept", counted(kept, "snapshot"));
    }
    // A plan for chosen snapshots contains no others.
    let kept = match kept {
        0 => String::new(),
        _ => format!("; {} kept", count(kept)),
    };
    let freed = size(plan.freed());
    let held = plan
        .deleted()
        .filter(|one| one.snapshot.stored_in == StoredIn::Both);
    let archived = match held.count() as u64 {
        0 => String::new(),
        held => format!("; archived: {} of {}", count(held), count(deleted)),
    };
    format!(
        "{} to delete, {freed} freed{kept}{archived}",
        counted(deleted, "snapshot")
    )
}

/// Says what an archive keeps of what it holds, if a plan deletes what it holds or gets `first`.
pub fn archive_keeps(settings: &ArchiveSettings, plan: &PrunePlan, first: usize) -> Option<String> {
    let is_held = |one: &Verdict| one.snapshot.stored_in == StoredIn::Both;
    if first == 0 && !plan.deleted().any(is_held) {
        return None;
    }
    let keep = &settings.keep;
    if !settings.forgets() {
        return Some("the archive keeps everything".to_owned());
    }
    let counts = [
        (keep.hourly, "hourly"),
        (keep.daily, "daily"),
        (keep.weekly, "weekly"),
        (keep.monthly, "monthly"),
        (keep.yearly, "yearly"),
    ];
    let counts = counts
        .iter()
        .filter_map(|(number, name)| Some(format!("{} {name}", count(u64::from((*number)?)))));
    let within = keep
        .within
        .map(|within| format!("all of the last {}", duration(within)));
    let kept: Vec<String> = counts.chain(within).collect();
    Some(format!(
        "by its policy the archive keeps {}",
        kept.join(", ")
    ))
}

/// Warns that a plan deletes the snapshot from which the application's next start begins.
pub fn deleted_start(
    plan: &PrunePlan,
    snapshots: &[Snapshot],
    profile: &Profile,
) -> Option<String> {
    let start = start_of(snapshots).filter(|_| profile.starts_from_snapshots())?;
    let mut deleted = plan.deleted();
    deleted.any(|one| one.snapshot == *start).then(|| {
        format!(
            "the application's next start begins from {}: take a periodic snapshot after deleting it",
            start.name()
        )
    })
}

/// Says which rows are lost for good with this many deleted snapshots.
pub fn unique(unique: &ExclusiveRows, deleted: usize) -> String {
    let who = if deleted == 1 {
        "it holds"
    } else {
        "they hold"
    };
    let held = (!unique.tables.is_empty()).then(|| format!("{who} {}", held(unique)));
    let unread = (!unique.unread.is_empty()).then(|| {
        let names = list(&unique.unread);
        format!("{names} cannot be read to the end, so rows of it may exist nowhere else")
    });
    let parts: Vec<String> = held.into_iter().chain(unread).collect();
    parts.join("; ")
}

fn held(unique: &ExclusiveRows) -> String {
    let tables = (0..).zip(&unique.tables).map(|(place, (table, rows))| {
        let rows_of = match (place, rows) {
            (0, 1) => " row of",
            (0, _) => " rows of",
            _ => " of",
        };
        format!("{}{rows_of} {table}", count(*rows))
    });
    let tables = tables.collect::<Vec<_>>().join(", ");
    let more = if unique.is_more { "more than " } else { "" };
    let exist = match &unique.tables[..] {
        [(_, 1)] if !unique.is_more => "exists",
        _ => "exist",
    };
    let sentence = format!("{more}{tables} that {exist} nowhere else");
    one_line(&sentence).into_owned()
}

/// Warns that the note on a new snapshot could not be written.
pub fn unwritten_note(snapshot: &Snapshot) -> Option<String> {
    let why = snapshot.note.unwritten.as_ref()?;
    let name = snapshot.name();
    Some(runnable(&format!(
        "{name} has no note, and so no checksum: {why}; `unrewind verify {name}` notes one"
    )))
}

/// Warns that the application cannot start from a snapshot.
pub fn unloadable(snapshot: &Snapshot) -> Option<String> {
    let tables = &snapshot.note.unloadable;
    let hold = if tables.len() == 1 { "holds" } else { "hold" };
    let sentence = format!(
        "the application cannot start from {}: {} {hold} BLOBs or broken text",
        snapshot.name(),
        list(tables)
    );
    (!tables.is_empty()).then(|| one_line(&sentence).into_owned())
}

/// Warns of what a restore could not write, and of what was lost with the previous checkpoint.
pub fn left_by(restored: &Restored) -> Vec<String> {
    let lost = Some(&restored.lost).filter(|lost| !lost.is_empty());
    let lost =
        lost.map(|lost| format!("the previous checkpoint is deleted; it held {}", held(lost)));
    let note = restored.checkpoint.as_ref().and_then(unwritten_note);
    note.into_iter().chain(lost).collect()
}

/// Says why a snapshot is kept or deleted.
pub fn reason(reason: Reason) -> String {
    match reason {
        Reason::Newest(1) => "the newest".to_owned(),
        Reason::Newest(place) => format!("number {place} of the newest"),
        Reason::Within(within) => format!("not older than {}", duration(within)),
        Reason::TooMany(keep) => format!("beyond the newest {keep}"),
        Reason::TooOld(within) => format!("older than {}", duration(within)),
        Reason::Future => "its stamp is in the future".to_owned(),
        Reason::Pinned => "pinned".to_owned(),
        Reason::SafetySnapshot => "undo or redo needs it".to_owned(),
        Reason::Begins => "the newest periodic snapshot".to_owned(),
        Reason::Outdated => "a checkpoint, and newer periodic snapshots have followed".to_owned(),
        Reason::Damaged => "damaged or unreadable, and no intact one in its place".to_owned(),
        Reason::Awaiting => "events await replay".to_owned(),
        Reason::Loadable => "the newest that the application can start from".to_owned(),
        Reason::NotAFile => "not a file".to_owned(),
        Reason::Chosen => "chosen".to_owned(),
        Reason::Unarchived => "not in the archive yet".to_owned(),
    }
}
