//! Rows that one side of a merge deleted, and that stay or come back because rows of the other refer
//! to them; and rows that refer to one that a clash removes, and are removed with it.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use super::{MergedTable, Prefer, RowsMerge};
use crate::core::{
    base::{
        error::Result,
        progress::OnProgress,
        row::{Key, Row},
    },
    db::Reference,
};

/// A foreign key whose parent's table has dropped rows.
struct DroppedParents<'a> {
    reference: &'a Reference,
    /// The index of the parent's table.
    parent: usize,
    /// The index of the child's table.
    child: usize,
    /// The dropped rows, by the key with which rows refer to them.
    rows: HashMap<Key, usize>,
}

impl RowsMerge<'_> {
    /// Finds the dropped rows to which merged ones refer, and those to which these refer in turn, and
    /// keeps them. What a clash has decided stays decided: rows that refer to a row that it removes are
    /// taken from the side that it takes. Returns whether it decided about any row.
    pub(super) fn settle_references(
        &mut self,
        references: &[Reference],
        on: OnProgress<'_>,
    ) -> Result<bool> {
        let parents: Vec<DroppedParents<'_>> = references
            .iter()
            .filter_map(|reference| self.dropped_parents(reference))
            .collect();
        let (mut found, mut next, mut bereft) = (HashSet::new(), Vec::new(), Vec::new());
        let mut referred = |child: usize, row: &Row, next: &mut Vec<(usize, usize)>| {
            let table = &self.tables[child].table;
            for known in parents.iter().filter(|known| known.child == child) {
                let link = known.reference.link_of(table, row);
                let Some(&place) = link.and_then(|link| known.rows.get(&link)) else {
                    continue;
                };
                match self.decided(known.parent, place) {
                    Some(side) => bereft.push((child, Key::of(row, table), side)),
                    None => next.push((known.parent, place)),
                }
            }
        };
        for child in 0..self.tables.len() {
            if parents.iter().any(|known| known.child == child) {
                self.each_row(&self.tables[child], on, &mut |row| {
                    referred(child, row, &mut next);
                    Ok(())
                })?;
            }
        }
        while let Some((table, row)) = next.pop() {
            if found.insert((table, row)) {
                let (_, row, _) = &self.tables[table].dropped[row];
                referred(table, row, &mut next);
            }
        }
        let before = self.forced.values().map(HashMap::len).sum::<usize>();
        for (table, key, side) in bereft {
            let name = &self.tables[table].table.name;
            force(&mut self.forced, &mut self.bereft, name, (key, side));
        }
        for (table, row) in found {
            let MergedTable { table, dropped, .. } = &self.tables[table];
            let (key, _, side) = &dropped[row];
            let kept = (key.clone(), *side);
            force(&mut self.forced, &mut self.referred, &table.name, kept);
        }
        Ok(self.forced.values().map(HashMap::len).sum::<usize>() > before)
    }

    /// Returns the side from which a dropped row is taken, if that is decided.
    fn decided(&self, table: usize, dropped: usize) -> Option<Prefer> {
        let MergedTable {
            table,
            dropped: rows,
            ..
        } = &self.tables[table];
        self.forced.get(&table.name)?.get(&rows[dropped].0).copied()
    }

    fn dropped_parents<'r>(&self, reference: &'r Reference) -> Option<DroppedParents<'r>> {
        let named = |name: &str| {
            let mut tables = self.tables.iter();
            tables.position(|merged| merged.table.name.eq_ignore_ascii_case(name))
        };
        let (parent, child) = (named(reference.parent())?, named(&reference.child)?);
        let merged = &self.tables[parent];
        // Rows may refer to the row that a clash keeps by the same values as to the one that it removes.
        let kept = self
            .kept
            .iter()
            .filter(|(table, _)| *table == merged.table.name);
        let kept = kept.filter_map(|(_, row)| reference.link_in(&merged.table, row));
        let kept: HashSet<Key> = kept.collect();
        let mut rows = HashMap::new();
        for (place, (_, row, _)) in merged.dropped.iter().enumerate() {
            let link = reference.link_in(&merged.table, row);
            if let Some(link) = link.filter(|link| !kept.contains(link)) {
                rows.insert(link, place);
            }
        }
        (!rows.is_empty()).then_some(DroppedParents {
            reference,
            parent,
            child,
            rows,
        })
    }
}

/// Takes a row from one side, and counts it, unless that is decided.
fn force(
    forced: &mut BTreeMap<String, HashMap<Key, Prefer>>,
    counts: &mut BTreeMap<String, u64>,
    table: &str,
    (key, side): (Key, Prefer),
) {
    let rows = forced.entry(table.to_owned()).or_default();
    if let Entry::Vacant(row) = rows.entry(key) {
        row.insert(side);
        *counts.entry(table.to_owned()).or_default() += 1;
    }
}
