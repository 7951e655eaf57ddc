//! Changes the rows of live that differ.

use crate::core::{
    base::{
        error::Result,
        progress::{OnProgress, Stage, report},
    },
    compare::{
        change_spool::{Change, ChangeKind, ChangeSpool},
        diff::TableDiff,
    },
    db::{Changer, Database, Firing, Outcome},
};

/// Deletes, updates and inserts rows, in this order over all tables. So a unique index never meets
/// a value that is still to be deleted, except for values that rows exchange; such a row is deleted
/// and inserted again. Returns the full-text indexes that are left behind and have to be rebuilt.
pub(super) fn change_rows(
    live: &Database,
    diffs: &[&TableDiff],
    on: OnProgress<'_>,
) -> Result<Vec<String>> {
    let mut tally = Tally::of(diffs);
    let (changes, behind) = with_firing(live, diffs)?;
    for &(diff, firing) in &changes {
        live.set_triggers(firing)?;
        let changer = Changer::new(live, &diff.table)?;
        diff.each_of(ChangeKind::Removed, |change| match change {
            Change::Removed(row) => changer.remove(&row).and_then(|()| tally.count(on)),
            _ => Ok(()),
        })?;
    }
    for &(diff, firing) in &changes {
        live.set_triggers(firing)?;
        let (changer, others) = (
            Changer::new(live, &diff.table)?,
            &diff.schema_diff.only_from,
        );
        let mut whole = diff.table.clone();
        whole.columns.extend(others.iter().cloned());
        let mut exchanged = ChangeSpool::new(&whole);
        diff.each_of(ChangeKind::Changed, |change| {
            let Change::Changed { from, mut to } = change else {
                return Ok(());
            };
            if changer.update(&from, &to)? == Outcome::Taken {
                if !others.is_empty() {
                    to.values.extend(changer.others_of(&from, others)?);
                }
                changer.remove(&from)?;
                exchanged.push(&Change::Added(to))?;
            }
            tally.count(on)
        })?;
        let mut insert = |changer: &Changer<'_>, change| match change {
            Change::Added(row) => changer.insert(&row).and_then(|()| tally.count(on)),
            _ => Ok(()),
        };
        let comes_again = Changer::new(live, &whole)?;
        exchanged
            .finish()?
            .for_each(|change| insert(&comes_again, change))?;
        diff.each_of(ChangeKind::Added, |change| insert(&changer, change))?;
    }
    Ok(behind)
}

/// The tables that change, each with whether its triggers run.
pub(super) type Firings<'d> = Vec<(&'d TableDiff, Firing)>;

/// Returns the tables that change, each with whether its triggers run, and the full-text indexes that are
/// rebuilt instead of running triggers.
pub(super) fn with_firing<'d>(
    live: &Database,
    diffs: &[&'d TableDiff],
) -> Result<(Firings<'d>, Vec<String>)> {
    let names: Vec<String> = diffs.iter().map(|diff| diff.table.name.clone()).collect();
    let triggers = live.triggers()?;
    let (mut changes, mut behind) = (Vec::new(), Vec::new());
    for diff in diffs.iter().filter(|diff| !diff.is_empty()) {
        let table = &diff.table.name;
        let indexes = if most_change(live, diff)? {
            triggers.instead(table, &names)
        } else {
            Vec::new()
        };
        let firing = if indexes.is_empty() {
            triggers.firing(table, &names)
        } else {
            Firing::None
        };
        changes.push((*diff, firing));
        behind.extend(indexes);
    }
    Ok((changes, behind))
}

/// Returns whether so many rows change that rebuilding a full-text index takes less time than
/// running a trigger for each of them.
fn most_change(live: &Database, diff: &TableDiff) -> Result<bool> {
    /// A trigger takes about this many times as long as a row of a rebuilt index.
    const SHARE: u64 = 5;
    const FEW: u64 = 1000;
    let changes = diff.count(None);
    Ok(changes > FEW && {
        let rows = (live.count(&diff.table.name)? + diff.added).saturating_sub(diff.removed);
        changes * SHARE > rows
    })
}

/// The progress of the changes.
struct Tally {
    done: u64,
    total: u64,
}

impl Tally {
    fn of(diffs: &[&TableDiff]) -> Self {
        Self {
            done: 0,
            total: diffs
                .iter()
                .map(|diff| diff.added + diff.changed + diff.removed)
                .sum(),
        }
    }

    fn count(&mut self, on: OnProgress<'_>) -> Result<()> {
        const REPORT_EVERY: u64 = 256;
        self.done += 1;
        if self.done.is_multiple_of(REPORT_EVERY) {
            report(on, Stage::Applying, self.done, self.total)
        } else {
            Ok(())
        }
    }
}
