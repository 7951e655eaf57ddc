//! What wants attention in a plan: names ahead of the clock, snapshots that were passed over, rows that
//! will refer to nothing.

use super::{super::count, Point};
use crate::core::{Kind, OrphanRows, PassedOver, RestorePlan, Safety, StampAhead, Unwritten};

/// That what a restore writes will be called by a time that has not come.
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

/// That a damaged snapshot was passed over.
pub fn passed_over(snapshot: &PassedOver) -> Point {
    let PassedOver { name, damage } = snapshot;
    Point::warning(format!("passed over, {name} is damaged: {damage}"))
}

/// Which rows will refer to nothing.
pub(super) fn orphans(orphans: &OrphanRows) -> Option<Point> {
    let (row, parent) = orphans.first.as_ref()?;
    let more = match orphans.count {
        1 => String::new(),
        number => format!(", and so will {} more", count(number - 1)),
    };
    Some(Point::warning(format!(
        "{row} will refer to a row of {parent} that is not there{more}"
    )))
}

/// That a table which cannot be written here stays as it is.
pub fn left_out(unwritten: &Unwritten) -> Point {
    let Unwritten { table, why } = unwritten;
    Point::warning(format!("left out, table {table} stays as it is: {why}"))
}
