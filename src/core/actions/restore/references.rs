//! Finds the rows that would refer to missing ones after a plan is applied, from its changes alone.

use std::collections::HashMap;

use super::{
    Dangling,
    rehearsal::{Rehearsal, Unwritten, ends},
};
use crate::core::{
    base::{
        error::{Error, Result},
        row::{Key, Row, Table, Value, is_among},
    },
    compare::{
        change_spool::{Change, ChangeKind},
        diff::TableDiff,
    },
    db::Reference,
};

/// How many results to cache; children of one parent are often adjacent.
const KEPT: usize = 1 << 16;

/// Up to this many deleted rows, their children are looked up one by one if an index finds them;
/// beyond it the whole child table is read.
const FEW: u64 = 64;

/// Rows that refer to a missing row after a restore, but did not before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrphanRows {
    /// Their number.
    pub count: u64,
    /// The first of them, and the table that it refers to.
    pub first: Option<(String, String)>,
}

impl Rehearsal<'_> {
    /// Finds the rows that would refer to a missing row and do not already; fails if there are any,
    /// unless they are to be kept. Then rows of restored tables may refer to missing rows of each
    /// other, as in the snapshot.
    pub(super) fn orphans(
        &self,
        tables: &[TableDiff],
        unwritten: &[Unwritten],
    ) -> Result<OrphanRows> {
        let is_written = |diff: &&TableDiff| {
            unwritten
                .iter()
                .all(|left_out| left_out.table != diff.table.name)
        };
        let tables = || tables.iter().filter(is_written);
        let names: Vec<String> = tables().map(|diff| diff.table.name.clone()).collect();
        let may_dangle = self.options.dangling == Dangling::Keep;
        let is_whole = !self.options.is_of_rows();
        let live = self.target.database;
        let mut found = OrphanRows::default();
        for reference in live.foreign_keys()? {
            let ends = [&reference.child, reference.parent()];
            let parent_is_there = live.has_table(ends[1])?;
            let is_within =
                is_among(&names, ends[0]) && (!parent_is_there || is_among(&names, ends[1]));
            let find = |name: &str| {
                let is_it = |diff: &&TableDiff| {
                    diff.table.name.eq_ignore_ascii_case(name) && !diff.is_empty()
                };
                tables().find(is_it)
            };
            let (child, parent) = (find(ends[0]), find(ends[1]));
            let is_concerned = child.is_some() || parent.is_some();
            if is_concerned && !(may_dangle && is_whole && is_within) && live.binds(&reference)? {
                let between = Between {
                    rehearsal: self,
                    reference: &reference,
                    child,
                    parent,
                    parent_is_there,
                };
                between.check(&mut found)?;
            }
        }
        match &found.first {
            Some((row, parent)) if !may_dangle => {
                let first = format!("{row} would refer to a row of {parent} that does not exist");
                Err(Error::ForeignKey {
                    what: match found.count {
                        1 => first,
                        count => format!("{first}, and so would {} more", count - 1),
                    },
                })
            }
            _ => Ok(found),
        }
    }
}

/// A reference and the changes at its two ends.
struct Between<'r> {
    rehearsal: &'r Rehearsal<'r>,
    reference: &'r Reference,
    child: Option<&'r TableDiff>,
    parent: Option<&'r TableDiff>,
    parent_is_there: bool,
}

impl Between<'_> {
    fn check(&self, found: &mut OrphanRows) -> Result<()> {
        let mut known = HashMap::new();
        if let Some(diff) = self.child {
            for kind in [ChangeKind::Added, ChangeKind::Changed] {
                diff.each_of(kind, |change| {
                    self.check_child(&diff.table, &change, &mut known, found)
                })?;
            }
        }
        if let Some(diff) = self.parent.filter(|_| self.parent_is_there) {
            let live = self.rehearsal.target.database;
            let gone = diff.removed + diff.changed;
            if gone == 0 {
                return Ok(());
            }
            if gone > FEW || !live.finds_children(self.reference)? {
                return self.check_all_children(found);
            }
            for kind in [ChangeKind::Removed, ChangeKind::Changed] {
                diff.each_of(kind, |change| {
                    self.check_parent(&diff.table, &change, found)
                })?;
            }
        }
        Ok(())
    }

    /// Checks whether an inserted or changed row refers to one that will exist.
    fn check_child(
        &self,
        table: &Table,
        change: &Change,
        known: &mut HashMap<Vec<u8>, bool>,
        found: &mut OrphanRows,
    ) -> Result<()> {
        let (from, Some(to)) = ends(change) else {
            return Ok(());
        };
        let Some(target) = self.reference.target_of(table, to) else {
            return Ok(());
        };
        let key = whole_key(&target);
        let will_be_there = if let Some(known) = known.get(&key) {
            *known
        } else {
            let answer = self.will_be_there(&target)?;
            if known.len() == KEPT {
                known.clear();
            }
            known.insert(key, answer);
            answer
        };
        if will_be_there {
            return Ok(());
        }
        let before = from.and_then(|from| self.reference.target_of(table, from));
        let is_same = before.is_some_and(|before| whole_key(&before) == whole_key(&target));
        if !is_same || self.is_there(&target)? {
            found.add(to, table, self.reference);
        }
        Ok(())
    }

    /// Checks whether a row that is deleted, or gets other key values, is still referred to by an
    /// unchanged row.
    fn check_parent(&self, table: &Table, change: &Change, found: &mut OrphanRows) -> Result<()> {
        let (Some(from), to) = ends(change) else {
            return Ok(());
        };
        if to.is_some_and(|to| self.reference.same_target(table, from, to)) {
            return Ok(());
        }
        let Some(target) = self.reference.target_in(table, from) else {
            return Ok(());
        };
        let (shape, mut rows) = (
            self.shape(self.child, &self.reference.child)?,
            HashMap::new(),
        );
        let trial = &self.rehearsal.trial;
        trial.each_child(self.reference, &shape, &target, |row| {
            let key = Key::of(&row, &shape);
            rows.entry(key).or_insert((0_u64, row)).0 += 1;
        })?;
        if rows.is_empty() || self.will_be_there(&target)? {
            return Ok(());
        }
        for (key, (count, row)) in rows {
            let stay = count - self.gone(self.child, &key)?.min(count);
            (0..stay).for_each(|_| found.add(&row, &shape, self.reference));
        }
        Ok(())
    }

    /// Checks whether an unchanged row of the child refers to one that is deleted.
    fn check_all_children(&self, found: &mut OrphanRows) -> Result<()> {
        let shape = self.shape(self.child, &self.reference.child)?;
        let shape = self.reference.narrowed(&shape);
        let (mut known, mut seen) = (HashMap::new(), HashMap::new());
        let mut failed = Ok(());
        self.rehearsal.trial.each_row(&shape, |row| {
            if failed.is_ok() {
                failed = self.check_staying(&shape, &row, &mut known, &mut seen, found);
            }
        })?;
        failed
    }

    fn check_staying(
        &self,
        shape: &Table,
        row: &Row,
        known: &mut HashMap<Vec<u8>, bool>,
        seen: &mut HashMap<Key, u64>,
        found: &mut OrphanRows,
    ) -> Result<()> {
        let Some(target) = self.reference.target_of(shape, row) else {
            return Ok(());
        };
        let whole = whole_key(&target);
        let loses = if let Some(known) = known.get(&whole) {
            *known
        } else {
            let loses = !self.will_be_there(&target)? && self.is_there(&target)?;
            if known.len() == KEPT {
                known.clear();
            }
            known.insert(whole, loses);
            loses
        };
        if loses {
            let key = Key::of(row, shape);
            let gone = self.gone(self.child, &key)?;
            let number = seen.entry(key).or_insert(0);
            *number += 1;
            if *number > gone {
                found.add(row, shape, self.reference);
            }
        }
        Ok(())
    }

    /// Returns whether the parent will have a row with these values.
    fn will_be_there(&self, target: &[Value]) -> Result<bool> {
        if !self.parent_is_there {
            return Ok(false);
        }
        if self.parent.is_some() && self.rehearsal.trial.is_inserted(self.reference, target)? {
            return Ok(true);
        }
        let (shape, mut rows) = (
            self.shape(self.parent, self.reference.parent())?,
            Vec::new(),
        );
        let trial = &self.rehearsal.trial;
        trial.each_parent(self.reference, &shape, target, |row| {
            rows.push(Key::of(&row, &shape));
        })?;
        for key in rows {
            if self.gone(self.parent, &key)? == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether the parent has such a row now.
    fn is_there(&self, target: &[Value]) -> Result<bool> {
        let (shape, mut is_there) = (self.shape(None, self.reference.parent())?, false);
        if self.parent_is_there {
            let trial = &self.rehearsal.trial;
            trial.each_parent(self.reference, &shape, target, |_| is_there = true)?;
        }
        Ok(is_there)
    }

    /// Returns the columns in which rows of a table that may change are compared.
    fn shape(&self, diff: Option<&TableDiff>, name: &str) -> Result<Table> {
        if let Some(diff) = diff {
            return Ok(diff.table.clone());
        }
        let table = self.rehearsal.target.database.table(name)?;
        Ok(table.unwrap_or_else(|| Table::keyless(name, Vec::new())))
    }

    fn gone(&self, diff: Option<&TableDiff>, key: &Key) -> Result<u64> {
        match diff {
            Some(diff) => self.rehearsal.trial.deleted(&diff.table.name, key),
            None => Ok(0),
        }
    }
}

impl OrphanRows {
    fn add(&mut self, child: &Row, table: &Table, reference: &Reference) {
        self.count += 1;
        if self.first.is_some() {
            return;
        }
        let row = match child.key_text(table) {
            key if key.is_empty() => "a row".to_owned(),
            key => format!("the row with {key}"),
        };
        let (table, parent) = (&reference.child, reference.parent());
        self.first = Some((format!("{row} of table {table}"), parent.to_owned()));
    }
}

/// Encodes values as a unique key.
fn whole_key(values: &[Value]) -> Vec<u8> {
    let values = values.to_vec();
    Key::of(&Row { values }, &Table::keyless("", Vec::new()))
        .as_bytes()
        .to_vec()
}
