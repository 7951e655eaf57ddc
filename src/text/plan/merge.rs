//! Sentences about a merge of live and a snapshot: where its tables come from, which events stay, and
//! what both sides changed differently.

use super::{
    super::{conflict, counted, fit},
    Point,
    moment::replayed,
};
use crate::{
    core::{ComposedMerge, MergedTables, RestorePlan, Superseding},
    text::{event_id, list, name},
};

/// Describes the merge that a plan restores.
pub(super) fn merge(composed: &ComposedMerge, plan: &RestorePlan) -> Vec<Point> {
    let mut points: Vec<Point> = tables(composed, plan).into_iter().collect();
    points.extend(Point::about(
        &composed.kept,
        "newer than the snapshot stays in the log",
        "newer than the snapshot stay in the log",
    ));
    points.extend(superseding(&composed.superseding));
    points.extend(related(composed));
    points.extend(conflicts(composed));
    points
}

/// Says where the tables come from, unless they are simply the snapshot's.
fn tables(composed: &ComposedMerge, plan: &RestorePlan) -> Option<Point> {
    match &composed.tables {
        MergedTables::Replayed {
            from,
            now: Some(now),
        } => Some(replayed(*now, from.as_ref())),
        MergedTables::Replayed {
            from: Some(from), ..
        } if from.path == composed.snapshot.path => None,
        MergedTables::Replayed {
            from: Some(from), ..
        } if plan.replays == 0 => Some(Point::plain(format!(
            "the tables become those of {}, as of event {}",
            from.name(),
            event_id(plan.last_event_id),
        ))),
        MergedTables::Replayed {
            from: Some(from), ..
        } => Some(Point::plain(format!(
            "the tables begin with those of {}, as of event {}; the application replays {} to {} when it starts",
            from.name(),
            event_id(plan.begins()),
            counted(plan.replays, "event"),
            event_id(plan.last_event_id),
        ))),
        MergedTables::Replayed { from: None, .. } => Some(Point::warning(format!(
            "all tables are empty until the application replays {}: no snapshot fits the merged log",
            counted(plan.replays, "event")
        ))),
        MergedTables::Rows { base: Some(base) } => Some(Point::plain(format!(
            "rows are merged: what live or the snapshot changed since {} is in the result",
            base.name()
        ))),
        MergedTables::Rows { base: None } => Some(Point::warning(
            "no snapshot holds the state from which both went on: rows of either side stay or come back, also some that the other side deleted",
        )),
    }
}

/// Names the rows that are in the result, or not, for the sake of others.
fn related(composed: &ComposedMerge) -> impl Iterator<Item = Point> {
    let point = |why: &str, rows: &[(String, u64)]| {
        let rows = rows.iter();
        let rows: Vec<String> = rows
            .map(|(table, rows)| format!("{} of {}", counted(*rows, "row"), name(table)))
            .collect();
        (!rows.is_empty()).then(|| Point::plain(format!("{why}: {}", list(&rows))))
    };
    let referred = point(
        "deleted on one side, but rows of the other refer to them, so they are in the result",
        &composed.referred,
    );
    let bereft = point(
        "they refer to a row that is removed, because another row has its unique value, so they are taken from the side of that other row",
        &composed.bereft,
    );
    [referred, bereft].into_iter().flatten()
}

/// Says how many conflicts there are, how they are decided, and lists the first.
fn conflicts(composed: &ComposedMerge) -> Option<Point> {
    const SHOWN: usize = 12;
    const LONGEST: usize = 160;
    let (all, undecided) = (&composed.conflicts, composed.undecided() as u64);
    let number = counted(all.len() as u64, "conflict");
    let sentence = match undecided {
        _ if all.is_empty() => return None,
        0 => format!("{number} between live and the snapshot, decided"),
        _ => format!("{number} between live and the snapshot, {undecided} undecided"),
    };
    let mut rows: Vec<String> = all
        .iter()
        .take(SHOWN)
        .map(|one| fit(&conflict(one), LONGEST))
        .collect();
    if let Some(more) = all.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        rows.push(format!("… {}", counted(more as u64, "more conflict")));
    }
    let point = if undecided == 0 {
        Point::plain(sentence)
    } else {
        Point::warning(sentence)
    };
    Some(Point { rows, ..point })
}

/// Describes what happens to newer events that superseded events that come back.
fn superseding(events: &Superseding) -> impl Iterator<Item = Point> {
    let removed = Point::about_some(
        "rewind",
        &events.removed,
        "is removed because it no longer rewinds any event",
        "are removed because they no longer rewind any event",
    );
    let staying = Point::about(
        &events.staying,
        "no longer counts: it is a rewind, and other events stay rewound by it",
        "no longer count: they are rewinds, and other events stay rewound by them",
    );
    let content = Point::about(
        &events.content,
        "that superseded an event that comes back is not a rewind: it stays",
        "that superseded events that come back are not rewinds: they stay",
    );
    [removed, staying, content].into_iter().flatten()
}
