//! What a prune deletes, keeps and loses, in a line each.

use super::{count, counted, one_line, size};
use crate::core::{ExclusiveRows, PrunePlan};

/// What a prune deletes and keeps, in one line.
pub fn prune_summary(plan: &PrunePlan) -> String {
    let (deleted, kept) = (plan.deleted().count() as u64, plan.kept().count() as u64);
    if deleted == 0 {
        return format!("nothing to delete; {} kept", counted(kept, "snapshot"));
    }
    // A plan of chosen ones does not tell of the others.
    let kept = match kept {
        0 => String::new(),
        _ => format!("; {} kept", count(kept)),
    };
    let freed = size(plan.freed());
    format!(
        "{} to delete, {freed} freed{kept}",
        counted(deleted, "snapshot")
    )
}

/// What goes for good with snapshots that are deleted.
pub fn unique(unique: &ExclusiveRows) -> String {
    let tables = unique.tables.iter().map(|(table, rows)| match rows {
        1 => format!("1 of {table}"),
        _ => format!("{} {table}", count(*rows)),
    });
    let tables = tables.collect::<Vec<_>>().join(", ");
    let more = if unique.is_more { "more than " } else { "" };
    let says = format!("they hold {more}{tables} that exist nowhere else");
    one_line(&says).into_owned()
}
