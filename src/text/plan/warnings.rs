//! Warnings of a plan: names ahead of the clock, skipped snapshots, rows that will refer to no row, and
//! versions of the schema.

use super::{
    super::{count, event_id, name, runnable},
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
            if plan.is_replayed_on_start() {
                "; until then the application starts from the checkpoint, not from newer snapshots of its own"
            } else {
                ""
            },
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
        "the stamp of {name} is ahead of the clock, because it has to come after {forced_by}; until the clock passes it, it counts as the newest, also where the application starts from that"
    )
}

/// Says why this is not the last rewind.
pub fn passed_over(rewind: &PassedOver) -> Point {
    Point::warning(match rewind {
        PassedOver::Damaged { name, what } => format!("skipped {name}, which {what}"),
        PassedOver::Lost {
            event,
            restorable_at,
        } => {
            let hint = restorable_at.map_or(String::new(), |at| {
                let hint = format!("; `unrewind restore --at {at}` goes back to just before it");
                runnable(&hint)
            });
            format!(
                "this is not the last rewind: no snapshot holds the events that event {} rewound{hint}",
                event_id(*event)
            )
        }
        PassedOver::Archived { name } => format!(
            "skipped {name}, which is only in the archive: `unrewind recover` opens the archive"
        ),
        PassedOver::Unread {
            name: Some(name),
            why,
        } => {
            format!("skipped {name}, which cannot be read from the archive: {why}")
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

/// Warns that the rows of a view do not come back.
pub(super) fn of_view(view: &str) -> Point {
    Point::warning(format!(
        "{} is a view in the live database: it is not restored, its rows follow from other tables",
        name(view)
    ))
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

/// Warns where the restored tables will not follow from the event log.
pub(super) fn off_log(plan: &RestorePlan) -> impl Iterator<Item = Point> {
    let changed = plan.outlives_log().then(|| {
        Point::warning(
            "the event log has changed since that restore: the tables will not follow from it",
        )
    });
    let apart = rowless(plan).or_else(|| beyond_log(plan));
    apart.into_iter().chain(changed)
}

/// Warns that events come back without all of their rows, which no start makes.
fn rowless(plan: &RestorePlan) -> Option<Point> {
    let is_part = plan.is_replayed_on_start() && !plan.options.tables.is_empty();
    (is_part && plan.events_back() > 0).then(|| {
        Point::warning(
            "the rows of these events come back in the chosen tables only, and the application's next start does not replay them",
        )
    })
}

/// Warns of tables that hold rows of events after the log's last: new events get the ids of those.
fn beyond_log(plan: &RestorePlan) -> Option<Point> {
    let is_alone = plan.is_replayed_on_start() && plan.log.is_none();
    let (ends, last) = (plan.last_event_id, plan.snapshot.last_event_id?);
    (is_alone && ends < last).then(|| {
        Point::warning(format!(
            "the tables may hold rows of events up to {}, but the log ends at {}: new events will reuse the ids in between",
            event_id(last),
            event_id(ends)
        ))
    })
}
