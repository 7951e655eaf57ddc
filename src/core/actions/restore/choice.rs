//! Checks whether some tables can be restored without the others, so that no row refers to a
//! missing one.

use super::{RestoreOptions, target::Target};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage},
        row::{Table, is_among},
    },
    compare::{change_spool::Change, diff::TableDiff, schema_diff::Shape},
    db::Reference,
};

impl Target<'_> {
    /// Fails if after a restore of the chosen tables a row would refer to a missing one: a row that
    /// comes back to one of a table not chosen, or one of a table not chosen to a row that is deleted.
    /// The message names every missing table, including those that the missing ones need in turn.
    pub(super) fn refuse_dangling(
        &self,
        mut tables: Vec<TableDiff>,
        options: &RestoreOptions,
        on: OnProgress<'_>,
    ) -> Result<()> {
        let chosen = tables.len();
        let mut missing = self.dangling(&tables)?;
        if missing.is_empty() {
            return Ok(());
        }
        loop {
            let is_missing = |table: &&Table| is_among(&missing, &table.name);
            let wanted = self.schema.present().filter(is_missing);
            let shapes = wanted.map(|table| Shape::to_restore(table, self.contents, self.database));
            let shapes = shapes.collect::<Result<Vec<Shape>>>()?;
            if shapes.is_empty() {
                break;
            }
            tables.extend(self.differences(&shapes, options, Stage::Comparing, on)?);
            missing = self.dangling(&tables)?;
        }
        let names = |diffs: &[TableDiff]| -> Vec<String> {
            diffs.iter().map(|diff| diff.table.name.clone()).collect()
        };
        let (these, mut others) = (
            names(&tables[..chosen]).join(", "),
            names(&tables[chosen..]),
        );
        others.sort_by_key(|name| self.schema.present().position(|table| table.name == *name));
        // A table that the profile does not cover cannot be restored, but it is the obstacle.
        let would_help = if missing.is_empty() {
            others.clone()
        } else {
            Vec::new()
        };
        others.extend(missing);
        let others = others.join(", ");
        Err(Error::TableChoice {
            what: format!(
                "restoring only {these} would leave foreign keys that refer to nothing: restore {others} too"
            ),
            missing: would_help,
        })
    }

    /// Returns the tables not chosen to or from which a row would refer to a missing one.
    fn dangling(&self, chosen: &[TableDiff]) -> Result<Vec<String>> {
        let names: Vec<String> = chosen.iter().map(|diff| diff.table.name.clone()).collect();
        let mut missing: Vec<String> = Vec::new();
        for reference in self.database.foreign_keys()? {
            let (child, parent) = (&reference.child, &reference.parent);
            let other = match (is_among(&names, child), is_among(&names, parent)) {
                (true, false) => parent,
                (false, true) => child,
                _ => continue,
            };
            if is_among(&missing, other) {
                continue;
            }
            let here = if other == parent { child } else { parent };
            let diff = chosen
                .iter()
                .find(|diff| diff.table.name.eq_ignore_ascii_case(here));
            let diff = diff.expect("it is one of the chosen");
            if self.dangles(&reference, diff, here == child)? {
                missing.push(other.clone());
            }
        }
        Ok(missing)
    }

    /// Returns whether a change to one end of a reference, the referring rows (`is_child`) or the
    /// referenced ones, leaves a row that refers to none while the other end stays unchanged.
    fn dangles(&self, reference: &Reference, diff: &TableDiff, is_child: bool) -> Result<bool> {
        let (table, mut dangles) = (diff.table.clone(), false);
        diff.for_each(|change| {
            let row = match &change {
                Change::Added(row) if is_child => row,
                Change::Changed { from, to } if is_child => {
                    if reference.target_of(&table, from) == reference.target_of(&table, to) {
                        return Ok(());
                    }
                    to
                }
                Change::Changed { from, to } => {
                    if reference.same_target(&table, from, to) {
                        return Ok(());
                    }
                    from
                }
                Change::Removed(row) if !is_child => row,
                _ => return Ok(()),
            };
            dangles = dangles
                || self
                    .database
                    .would_dangle(reference, is_child, &table, row)?;
            Ok(())
        })?;
        Ok(dangles)
    }
}
