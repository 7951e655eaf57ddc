//! Warnings of a plan: names ahead of the clock, skipped snapshots, rows that will refer to no row.

use super::{super::count, Point};
use crate::core::{Kind, OrphanRows, PassedOver, RestorePlan, Safety, StampAhead, Unwritten};

/// Warns that the name of a snapshot this restore writes will be ahead of the clock.
pub(super) fn stamp_ahead(ahead: &StampAhead, safety: Safety, plan: &RestorePlan) -> Option<Point> {
    let StampAhead { name, forced_by } = ahead;
    let (what, is_written, until) = match name.kind {
        Kind::Rewind => (
            "safety snapshot",
            safety.safety_snapshot && !plan.is_empty(),
            "",
        ),
        Kind::Periodic => (
            "checkpoint",
            safety.checkpoint,
            "; until then the application starts from the checkpoint, not from newer snapshots of its own",
        ),
    };
    is_written.then(|| {
        Point::warning(format!(
            "the {what} will be {name}, ahead of the clock, because it has to come after {forced_by}{until}"
        ))
    })
}

/// Says that a damaged snapshot was passed over.
pub fn passed_over(snapshot: &PassedOver) -> Point {
    let PassedOver { name, damage } = snapshot;
    Point::warning(format!("passed over, {name} is damaged: {damage}"))
}

/// Describes rows that will refer to no row.
pub(super) fn orphans(orphans: &OrphanRows) -> Option<Point> {
    let (row, parent) = orphans.first.as_ref()?;
    let more = match orphans.count {
        1 => String::new(),
        number => format!(", and so will {} more", count(number - 1)),
    };
    Some(Point::warning(format!(
        "{row} will refer to a row of {parent} that does not exist{more}"
    )))
}

/// Says that a table stays unchanged because it cannot be written here.
pub fn left_out(unwritten: &Unwritten) -> Point {
    let Unwritten { table, why } = unwritten;
    Point::warning(format!("left out, table {table} stays as it is: {why}"))
}
