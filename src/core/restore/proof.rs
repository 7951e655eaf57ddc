//! Proving, before a restore is committed, that live is as the plan says and as sound as it was.

use std::collections::BTreeMap;

use super::{Newer, change::change_rows, target::Target};
use crate::core::{
    db::{Database, FullText, Triggers, Violation},
    diff::TableDiff,
    drift::Shape,
    error::{Error, Result},
    progress::{OnProgress, Stage},
};

/// Changes what differs, and proves that then nothing does, that every foreign key that was sound
/// still is, and that the full-text indexes agree with their tables.
pub(super) fn change_and_prove(
    target: Target<'_>,
    tables: &mut [TableDiff],
    shapes: &[Shape],
    newer: Newer,
    on: OnProgress<'_>,
) -> Result<()> {
    let changed: Vec<String> = tables
        .iter()
        .filter(|table| !table.is_empty())
        .map(|table| table.table.name.clone())
        .collect();
    let sound = target.database.foreign_key_violations(&changed)?;
    until_equal(target, tables, shapes, newer, on)?;
    let triggers = target.database.triggers()?;
    triggers
        .touched(&changed)
        .try_for_each(|index| make_sound(target.database, &triggers, index))?;
    refuse_new_violations(target.database, &changed, &sound)
}

/// Changes what differs, and compares again until nothing does. A trigger may undo a change or make
/// others; what it did is changed back, but not for ever.
fn until_equal(
    target: Target<'_>,
    planned: &mut [TableDiff],
    shapes: &[Shape],
    newer: Newer,
    on: OnProgress<'_>,
) -> Result<()> {
    const PASSES: usize = 3;
    change_rows(target.database, planned, on)?;
    let mut diffs = target.differences(shapes, newer, Stage::Proving, on)?;
    for _ in 1..PASSES {
        if diffs.iter().all(TableDiff::is_empty) {
            return Ok(());
        }
        change_rows(target.database, &diffs, on)?;
        diffs = target.differences(shapes, newer, Stage::Proving, on)?;
    }
    match diffs.iter().find(|diff| !diff.is_empty()) {
        Some(diff) => Err(unequal(target.database, &diff.table.name)),
        None => Ok(()),
    }
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

fn refuse_new_violations(
    live: &Database,
    changed: &[String],
    before: &BTreeMap<Violation, u64>,
) -> Result<()> {
    let after = live.foreign_key_violations(changed)?;
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
