//! The identity of an event beyond its id: a log without AUTOINCREMENT reuses the ids of deleted
//! events.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::core::base::{
    profile::Log,
    row::{Row, Table, ValueRef, is_among},
};

/// The columns that identify an event among those of the same id, where ids are reused: time,
/// branch and kind; all columns if the event has no time. The flags never count.
#[derive(Clone, Debug)]
pub(crate) struct EventIdentity {
    /// Time, branch and kind as indices into the table's columns, the time first; `None` if there
    /// is no time column.
    named: Option<Vec<usize>>,
    /// All columns but the id and the flags.
    all: Vec<usize>,
}

impl EventIdentity {
    /// Chooses the columns for this table; `lacking` are columns that one side lacks, which never
    /// count.
    pub(crate) fn of(table: &Table, log: &Log, lacking: &[String]) -> Self {
        let counts = |index: &usize| !is_among(lacking, &table.columns[*index]);
        let place = |column: &Option<String>| table.column(column.as_ref()?).filter(counts);
        let mut apart: Vec<usize> = log.flags().filter_map(|flag| table.column(flag)).collect();
        apart.extend(table.column(&log.id));
        let named = place(&log.time).map(|time| {
            let others = [&log.branch, &log.kind].into_iter().filter_map(place);
            std::iter::once(time).chain(others).collect()
        });
        let all = (0..table.columns.len()).filter(|index| !apart.contains(index));
        let mut all: Vec<usize> = all.filter(counts).collect();
        // The order of columns may differ between the sides.
        all.sort_by_key(|&index| table.columns[index].to_lowercase());
        Self { named, all }
    }

    /// Returns whether two rows of one id, given by their values, are the same event. A time that
    /// both lack proves nothing.
    pub(crate) fn is_same<'a, 'b>(
        &self,
        one: impl Fn(usize) -> ValueRef<'a>,
        other: impl Fn(usize) -> ValueRef<'b>,
    ) -> bool {
        let columns = self.columns(&one);
        columns == self.columns(&other)
            && columns
                .iter()
                .all(|&column| one(column).same(other(column)))
    }

    /// Returns a hash of the identifying columns; a collision is less likely than a broken disk.
    pub(crate) fn hash(&self, row: &Row) -> u64 {
        let mut hasher = DefaultHasher::new();
        for &column in self.columns(|column| row.value_ref(column)) {
            match row.value_ref(column) {
                ValueRef::Null => 0_u8.hash(&mut hasher),
                ValueRef::Integer(number) => (1_u8, number).hash(&mut hasher),
                ValueRef::Real(number) => (2_u8, number.to_bits()).hash(&mut hasher),
                ValueRef::Text(text) => (3_u8, text).hash(&mut hasher),
                ValueRef::Blob(bytes) => (4_u8, bytes).hash(&mut hasher),
            }
        }
        hasher.finish()
    }

    /// Returns the hash where the event's time identifies it; `None` where all columns have to,
    /// since those also change in an edit.
    pub(crate) fn hash_by_time(&self, row: &Row) -> Option<u64> {
        (!self.needs_all(row)).then(|| self.hash(row))
    }

    /// Returns whether only all its columns together identify a row.
    pub(crate) fn needs_all(&self, row: &Row) -> bool {
        std::ptr::eq(
            self.columns(|column| row.value_ref(column)),
            &raw const *self.all,
        )
    }

    fn columns<'c>(&self, value_ref: impl Fn(usize) -> ValueRef<'c>) -> &[usize] {
        match &self.named {
            Some(named) if value_ref(named[0]) != ValueRef::Null => named,
            _ => &self.all,
        }
    }
}
