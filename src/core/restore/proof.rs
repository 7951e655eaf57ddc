//! Proving, before a restore is committed, that live is as the plan says and as sound as it was.

use std::collections::BTreeMap;

use super::{Dangling, RestorePlan, change::change_rows, target::Target};
use crate::core::{
    db::{Database, FullText, Triggers, Violation},
    diff::TableDiff,
    drift::Shape,
    error::{Error, Result},
    progress::{OnProgress, Stage},
    record::is_among,
    spool::Change,
};

/// Changes what differs, and proves that then nothing does, that every foreign key that was sound
/// still is, and that the full-text indexes agree with their tables.
pub(super) fn change_and_prove(
    target: Target<'_>,
    plan: &RestorePlan,
    on: OnProgress<'_>,
) -> Result<()> {
    let changed = names(plan.tables.iter().filter(|table| !table.is_empty()));
    let (live, before) = (target.database, &plan.database);
    // Where a reader would keep the writer waiting, what was wrong before is found out before.
    let wrong = if live.is_read_while_written()? {
        None
    } else {
        Some(live.foreign_key_violations(&changed)?)
    };
    until_equal(target, plan, on)?;
    let triggers = live.triggers()?;
    triggers
        .touched(&changed)
        .try_for_each(|index| make_sound(live, &triggers, index))?;
    let now = live.foreign_key_violations(&changed)?;
    let now = without_the_snapshots_own(now, plan, live)?;
    if now.is_empty() {
        return Ok(());
    }
    let wrong = wrong.map_or_else(
        || before.reading(|| before.foreign_key_violations(&changed)),
        Ok,
    );
    refuse_new_violations(&now, &wrong?)
}

/// Changes what differs, and compares again until nothing does. A trigger may undo a change or make
/// others; what it did is changed back, but not for ever.
fn until_equal(target: Target<'_>, plan: &RestorePlan, on: OnProgress<'_>) -> Result<()> {
    const PASSES: usize = 3;
    change_rows(target.database, &plan.tables, on)?;
    let (shapes, newer) = (doubtful(target, plan)?, plan.options.newer);
    let mut diffs = target.differences(&shapes, newer, Stage::Proving, on)?;
    for _ in 1..PASSES {
        if diffs.iter().all(TableDiff::is_empty) {
            return Ok(());
        }
        change_rows(target.database, &diffs, on)?;
        diffs = target.differences(&shapes, newer, Stage::Proving, on)?;
    }
    match diffs.iter().find(|diff| !diff.is_empty()) {
        Some(diff) => Err(unequal(target.database, &diff.table.name)),
        None => Ok(()),
    }
}

/// The tables that are to be compared whole. What was planned tells all others: where no trigger can have
/// written to a table of the snapshot, one that was not to change has not changed, and one whose changed
/// rows read back as they are to be has no others.
fn doubtful(target: Target<'_>, plan: &RestorePlan) -> Result<Vec<Shape>> {
    let (planned, shapes) = (&plan.tables, &plan.shapes);
    let triggers = target.database.triggers()?;
    let restored = names(planned.iter());
    let mut changed = planned.iter().filter(|table| !table.is_empty());
    if !changed.all(|table| triggers.leave_alone(&table.table.name, &restored)) {
        return Ok(shapes.clone());
    }
    let mut doubtful = Vec::new();
    for (diff, shape) in planned.iter().zip(shapes) {
        if !diff.is_empty() && !reads_back(target, diff)? {
            doubtful.push(shape.clone());
        }
    }
    Ok(doubtful)
}

/// Whether every changed row of a table is as it is to be; no, too, where that is not told at once: rows
/// are looked up by rowid, which no index can mislead, if few have changed.
fn reads_back(target: Target<'_>, diff: &TableDiff) -> Result<bool> {
    /// Of more than a third of the rows each alone takes longer than all in a row.
    const SHARE: u64 = 3;
    let (live, table) = (target.database, &diff.table);
    let rows = target.contents.rows(&table.name);
    if diff.count(None) > rows / SHARE || !live.is_keyed_by_rowid(table)? {
        return Ok(false);
    }
    let mut equal = true;
    diff.for_each(|change| {
        equal = equal
            && match change {
                Change::Removed(row) => live.row(table, &row)?.is_none(),
                Change::Changed { to: row, .. } | Change::Added(row) => {
                    let now = live.row(table, &row)?;
                    now.is_some_and(|now| now.changed_columns(&row).next().is_none())
                }
            };
        Ok(())
    })?;
    Ok(equal)
}

fn names<'t>(tables: impl Iterator<Item = &'t TableDiff>) -> Vec<String> {
    tables.map(|table| table.table.name.clone()).collect()
}

fn unequal(live: &Database, table: &str) -> Error {
    let triggers = live.triggers();
    let triggers = triggers.as_ref().map_or(Vec::new(), |all| all.upon(table));
    let cause = match triggers.len() {
        0 => String::new(),
        1 => format!(", because of the trigger {}", triggers[0]),
        _ => format!(", because of one of the triggers {}", triggers.join(", ")),
    };
    Error::Unequal {
        table: table.to_owned(),
        cause,
    }
}

/// Checks every full-text index, and makes those anew that were wrong.
pub(super) fn make_all_full_text_sound(live: &Database) -> Result<()> {
    let triggers = live.triggers()?;
    live.full_text()?
        .iter()
        .try_for_each(|index| make_sound(live, &triggers, index))
}

/// Checks an index, and makes it anew if its triggers did not keep it in step.
fn make_sound(live: &Database, triggers: &Triggers, index: &FullText) -> Result<()> {
    let sound = if index.can_be_rebuilt() && triggers.is_whole(index) {
        live.full_text_check(index).or_else(|_| {
            live.full_text_rebuild(index)?;
            live.full_text_check(index)
        })
    } else {
        live.full_text_check_itself(index)
    };
    let table = &index.table.name;
    sound.map_err(|message| Error::FullText {
        table: table.clone(),
        message,
    })
}

/// Leaves out the references to nothing that are the snapshot's own, where it may bring them back: both
/// tables are as in the snapshot, or the one that is referred to is nowhere.
fn without_the_snapshots_own(
    mut violations: BTreeMap<Violation, u64>,
    plan: &RestorePlan,
    live: &Database,
) -> Result<BTreeMap<Violation, u64>> {
    if plan.options.dangling == Dangling::Keep && !violations.is_empty() {
        let mut others = live.table_names()?;
        let is_restored = |name: &String| plan.shapes.iter().any(|shape| shape.table.name == *name);
        others.retain(|name| !is_restored(name));
        let is_other = |name: &String| is_among(&others, name);
        violations.retain(|Violation { table, parent, .. }, _| is_other(table) || is_other(parent));
    }
    Ok(violations)
}

fn refuse_new_violations(
    after: &BTreeMap<Violation, u64>,
    before: &BTreeMap<Violation, u64>,
) -> Result<()> {
    let is_new = |(violation, count): &(&Violation, &u64)| before.get(violation) < Some(count);
    let Some((new, _)) = after.iter().find(is_new) else {
        return Ok(());
    };
    let Violation {
        table,
        rowid,
        parent,
        ..
    } = new;
    let row = rowid.map_or_else(
        || "a row".to_owned(),
        |rowid| format!("the row with rowid {rowid}"),
    );
    Err(Error::ForeignKey {
        what: format!("{row} of table {table} would refer to a row of {parent} that is not there"),
    })
}
