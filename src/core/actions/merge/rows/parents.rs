//! Rows that one side of a merge deleted, and that stay or come back because rows of the other refer
//! to them.

use std::collections::{HashMap, HashSet};

use super::RowsMerge;
use crate::core::{
    base::{
        error::Result,
        progress::OnProgress,
        record::{Key, Record},
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
    /// The dropped rows, by what refers to them.
    rows: HashMap<Key, usize>,
}

impl RowsMerge<'_> {
    /// Finds the dropped rows to which merged ones refer, and those to which these refer in turn, and
    /// keeps them; returns whether there are any. What a clash has decided stays decided.
    pub(super) fn bring_parents(
        &mut self,
        references: &[Reference],
        on: OnProgress<'_>,
    ) -> Result<bool> {
        let parents: Vec<DroppedParents<'_>> = references
            .iter()
            .filter_map(|reference| self.dropped_parents(reference))
            .collect();
        let (mut found, mut next) = (HashSet::new(), Vec::new());
        let referred = |child: usize, row: &Record, next: &mut Vec<(usize, usize)>| {
            let table = &self.tables[child].table;
            for known in parents.iter().filter(|known| known.child == child) {
                let link = known.reference.link_of(table, row);
                let row = link.and_then(|link| known.rows.get(&link));
                next.extend(row.map(|row| (known.parent, *row)));
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
        let mut are_any = false;
        for (table, row) in found {
            let merged = &self.tables[table];
            let (key, _, side) = &merged.dropped[row];
            let forced = self.forced.entry(merged.table.name.clone()).or_default();
            if !forced.contains_key(key) {
                forced.insert(key.clone(), *side);
                *self.referred.entry(merged.table.name.clone()).or_default() += 1;
                are_any = true;
            }
        }
        Ok(are_any)
    }

    fn dropped_parents<'r>(&self, reference: &'r Reference) -> Option<DroppedParents<'r>> {
        let named = |name: &str| {
            let mut tables = self.tables.iter();
            tables.position(|merged| merged.table.name.eq_ignore_ascii_case(name))
        };
        let (parent, child) = (named(reference.parent())?, named(&reference.child)?);
        let merged = &self.tables[parent];
        let mut rows = HashMap::new();
        for (place, (_, row, _)) in merged.dropped.iter().enumerate() {
            if let Some(link) = reference.link_in(&merged.table, row) {
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
