//! Proves, before a restore is committed, that live equals the plan and is as consistent as before.

use std::collections::BTreeMap;

use super::{Dangling, RestorePlan, change::change_rows, target::Target};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage},
    },
    compare::{change_spool::Change, diff::TableDiff, schema_diff::Shape},
    db::{Database, FullText, Triggers, Violation},
};

/// Where the slow checks run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Checks {
    /// On the database that is changed.
    Here,
    /// On a copy that got the same changes; these full-text indexes had to be rebuilt there.
    OnCopy {
        /// The names of the indexes.
        rebuilt: Vec<String>,
    },
}

/// Applies to live what a copy has proved: the same changes to the same rows have the same result.
/// Rows that can be read back quickly are still compared.
pub(super) fn change_as_proved(
    target: Target<'_>,
    plan: &RestorePlan,
    rebuilt: &[String],
    on: OnProgress<'_>,
) -> Result<()> {
    let live = target.database;
    let lagging = change_rows(live, &plan.tables.iter().collect::<Vec<_>>(), on)?;
    for diff in plan.tables.iter().filter(|diff| !diff.is_empty()) {
        if is_read_back_at_once(target, diff)? && !reads_back(target, diff)? {
            return Err(unequal(live, &diff.table.name));
        }
    }
    let is_rebuilt = |index: &&FullText| {
        let name = &index.table.name;
        rebuilt.contains(name) || lagging.contains(name)
    };
    let indexes = live.full_text()?;
    indexes
        .iter()
        .filter(is_rebuilt)
        .try_for_each(|index| rebuild(live, index))
}

/// Changes what differs, then proves that nothing differs any more, that every foreign key that was
/// satisfied still is, and that the full-text indexes agree with their tables. Returns the indexes
/// that had to be rebuilt.
pub(super) fn change_and_prove(
    target: Target<'_>,
    plan: &RestorePlan,
    on: OnProgress<'_>,
) -> Result<Vec<String>> {
    let changed = names(plan.tables.iter().filter(|table| !table.is_empty()));
    let (live, before) = (target.database, &plan.database);
    // If rows may refer to missing ones, the plan has named them.
    let is_bound = plan.options.dangling == Dangling::Refuse;
    // If a reader would block the writer, existing violations are listed before the change.
    let wrong = if live.is_read_while_written()? || !is_bound {
        None
    } else {
        Some(live.foreign_key_violations(&changed)?)
    };
    let lagging = until_equal(target, plan, on)?;
    let tables: Vec<&TableDiff> = plan.tables.iter().collect();
    let rebuilt = make_touched_sound(live, &tables, &lagging)?;
    if !is_bound {
        return Ok(rebuilt);
    }
    let now = live.foreign_key_violations(&changed)?;
    if now.is_empty() {
        return Ok(rebuilt);
    }
    let wrong = wrong.map_or_else(
        || before.reading(|| before.foreign_key_violations(&changed)),
        Ok,
    );
    refuse_new_violations(&now, &wrong?)?;
    Ok(rebuilt)
}

/// Changes what differs, and compares again until nothing does. A trigger may undo a change or make
/// others, which are changed back a limited number of times. Returns the full-text indexes to rebuild.
fn until_equal(target: Target<'_>, plan: &RestorePlan, on: OnProgress<'_>) -> Result<Vec<String>> {
    const PASSES: usize = 3;
    let mut lagging = change_rows(target.database, &plan.tables.iter().collect::<Vec<_>>(), on)?;
    let shapes = doubtful(target, plan)?;
    let mut diffs = plan.left(target, &shapes, on)?;
    for _ in 1..PASSES {
        if diffs.iter().all(TableDiff::is_empty) {
            return Ok(lagging);
        }
        lagging.extend(change_rows(
            target.database,
            &diffs.iter().collect::<Vec<_>>(),
            on,
        )?);
        diffs = plan.left(target, &shapes, on)?;
    }
    match diffs.iter().find(|diff| !diff.is_empty()) {
        Some(diff) => Err(unequal(target.database, &diff.table.name)),
        None => Ok(lagging),
    }
}

impl RestorePlan {
    /// Returns what still differs in these tables; fails if a row changed that is not to be restored.
    fn left(
        &self,
        target: Target<'_>,
        shapes: &[Shape],
        on: OnProgress<'_>,
    ) -> Result<Vec<TableDiff>> {
        let diffs = target.differences(shapes, &self.options, Stage::Proving, on)?;
        match &self.selection {
            None => Ok(diffs),
            Some(selection) => {
                let left = selection.left(&diffs)?;
                left.map_err(|table| unequal(target.database, &table))
            }
        }
    }
}

/// Returns the tables to compare completely. The plan covers all others: if no trigger can have
/// written to a table of the snapshot, a table without planned changes has none, and one whose
/// changed rows read back correctly has no others.
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
        let reads_back = || Ok(is_read_back_at_once(target, diff)? && reads_back(target, diff)?);
        if !diff.is_empty() && !reads_back()? {
            doubtful.push(shape.clone());
        }
    }
    Ok(doubtful)
}

/// Returns whether each changed row of a table is looked up: by rowid, which no index can falsify,
/// if few rows changed.
fn is_read_back_at_once(target: Target<'_>, diff: &TableDiff) -> Result<bool> {
    /// Looking up more than a third of the rows one by one takes longer than reading all of them.
    const SHARE: u64 = 3;
    let rows = target.contents.rows(&diff.table.name);
    Ok(diff.count(None) <= rows / SHARE && target.database.is_keyed_by_rowid(&diff.table)?)
}

/// Returns whether every changed row of a table reads back as planned.
fn reads_back(target: Target<'_>, diff: &TableDiff) -> Result<bool> {
    let (live, table) = (target.database, &diff.table);
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
    let triggers = triggers
        .as_ref()
        .map_or(Vec::new(), |all| all.naming(table));
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

/// Checks the full-text indexes that changes of these tables may have touched; returns those that
/// had to be rebuilt, as those of `lagging` have to be.
pub(super) fn make_touched_sound(
    live: &Database,
    diffs: &[&TableDiff],
    lagging: &[String],
) -> Result<Vec<String>> {
    let changed = names(diffs.iter().copied().filter(|table| !table.is_empty()));
    let triggers = live.triggers()?;
    let mut rebuilt = Vec::new();
    for index in triggers.touched(&changed) {
        let is_behind = lagging.contains(&index.table.name);
        if is_behind {
            rebuild(live, index)?;
        }
        if make_sound(live, &triggers, index)? == Soundness::Rebuilt || is_behind {
            rebuilt.push(index.table.name.clone());
        }
    }
    Ok(rebuilt)
}

/// Checks every full-text index, and rebuilds those that are damaged.
pub(super) fn make_all_full_text_sound(live: &Database) -> Result<()> {
    let triggers = live.triggers()?;
    live.full_text()?
        .iter()
        .try_for_each(|index| make_sound(live, &triggers, index).map(|_| ()))
}

/// How an index came to agree with its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Soundness {
    /// Its triggers kept it up to date.
    Kept,
    /// It was rebuilt.
    Rebuilt,
}

/// Checks an index, and rebuilds it if its triggers did not keep it up to date.
fn make_sound(live: &Database, triggers: &Triggers, index: &FullText) -> Result<Soundness> {
    let unsound = |message| full_text_error(index, message);
    if !(index.can_be_rebuilt() && triggers.is_whole(index)) {
        let checked = live.full_text_check_itself(index);
        return checked.map(|()| Soundness::Kept).map_err(unsound);
    }
    if live.full_text_check(index).is_ok() {
        return Ok(Soundness::Kept);
    }
    rebuild(live, index)?;
    let checked = live.full_text_check(index);
    checked.map(|()| Soundness::Rebuilt).map_err(unsound)
}

fn rebuild(live: &Database, index: &FullText) -> Result<()> {
    let rebuilt = live.full_text_rebuild(index);
    rebuilt.map_err(|message| full_text_error(index, message))
}

fn full_text_error(index: &FullText, message: String) -> Error {
    Error::FullText {
        table: index.table.name.clone(),
        message,
    }
}

/// Fails if a foreign key of a table has more violations than before. A row that was deleted and
/// inserted again may have another rowid.
fn refuse_new_violations(
    after: &BTreeMap<Violation, u64>,
    before: &BTreeMap<Violation, u64>,
) -> Result<()> {
    let totals = |violations: &BTreeMap<Violation, u64>| {
        let mut totals: BTreeMap<(String, i64), u64> = BTreeMap::new();
        for (violation, count) in violations {
            *totals.entry(violation.key()).or_default() += count;
        }
        totals
    };
    let (after_of, before_of) = (totals(after), totals(before));
    let is_new = |violation: &&Violation| {
        let key = violation.key();
        after.get(*violation) > before.get(*violation) && after_of.get(&key) > before_of.get(&key)
    };
    let Some(new) = after.keys().find(is_new) else {
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
        what: format!(
            "{row} of table {table} would refer to a row of {parent} that does not exist"
        ),
    })
}
