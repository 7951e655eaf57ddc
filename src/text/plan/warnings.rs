//! Warnings of a plan: names ahead of the clock, skipped snapshots, rows that will refer to no row, and
//! versions of the schema.

use super::{
    super::{count, event_id, name},
    Point,
};
use crate::core::{
    Kind, OrphanRows, PassedOver, RestorePlan, Safety, SchemaVersion, StampAhead, Unwritten,
    VersionChange,
};

/// Warns that the name of a snapshot this restore writes will be ahead of the clock.
pub(super) fn stamp_ahead(ahead: &StampAhead, safety: Safety, plan: &RestorePlan) -> Option<Point> {
    let StampAhead {
        name: id,
        forced_by,
    } = ahead;
    let (what, is_written, until) = match id.kind {
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
            "the {what} will be {id}, ahead of the clock, because it has to come after {forced_by}{until}"
        ))
    })
}

/// Says that the name of a snapshot that was taken is ahead of the clock.
pub fn taken_ahead(ahead: &StampAhead) -> String {
    let StampAhead { name, forced_by } = ahead;
    format!(
        "the stamp of {name} is ahead of the clock, because it has to come after {forced_by}; until the clock passes it, the application starts from it and not from newer snapshots of its own"
    )
}

/// Says why this is not the last rewind.
pub fn passed_over(rewind: &PassedOver) -> Point {
    Point::warning(match rewind {
        PassedOver::Damaged { name, what } => format!("passed over, {name} {what}"),
        PassedOver::Lost { event } => format!(
            "this is not the last rewind: no snapshot holds the events that event {} rewound",
            event_id(*event)
        ),
        PassedOver::Archived { name } => format!(
            "passed over, {name} is only in the archive, which has not been opened: `unrewind recover` opens it"
        ),
        PassedOver::Unread {
            name: Some(name),
            why,
        } => {
            format!("passed over, {name} cannot be read from the archive: {why}")
        }
        PassedOver::Unread { name: None, why } => {
            format!("the archive may hold later rewind snapshots: {why}")
        }
    })
}

/// Describes rows that will refer to no row.
pub fn orphans(orphans: &OrphanRows) -> Option<Point> {
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

/// Says that a schema-version table stays, because a restore does not change the schema.
pub(super) fn schema_version(version: &SchemaVersion) -> Point {
    let SchemaVersion { table, differs } = version;
    let table = name(table);
    if *differs {
        Point::warning(format!(
            "schema version table {table} is not restored; it differs from the snapshot"
        ))
    } else {
        Point::plain(format!("schema version table {table} is not restored"))
    }
}

/// Warns of a version that comes back with the other content of its table.
pub(super) fn version_change(change: &VersionChange) -> Point {
    let VersionChange {
        table,
        place,
        from,
        to,
    } = change;
    Point::warning(format!(
        "{} records the schema's version ({place}): it changes from {from} to {to}, but the schema does not; to keep it, restore only the other tables",
        name(table)
    ))
}
