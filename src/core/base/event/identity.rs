//! What tells an event from another of the same id: a log without AUTOINCREMENT gives the ids of deleted
//! events again.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::core::base::{
    profile::Log,
    record::{Record, Table, Value, is_among},
};

/// What tells one event from another of the same id, where ids are used again: its time, branch and
/// kind. Where no time is known, all columns do; the flags never do.
#[derive(Clone, Debug)]
pub(crate) struct EventIdentity {
    /// Time, branch and kind as indices into the table's columns, the time first; nothing where there
    /// is no time.
    named: Option<Vec<usize>>,
    /// All columns but the id and the flags.
    all: Vec<usize>,
}

impl EventIdentity {
    /// Of events of this table; `lacking` are the columns that one side does not have, which never count.
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
        // However the columns stand on a side.
        all.sort_by_key(|&index| table.columns[index].to_lowercase());
        Self { named, all }
    }

    /// Whether two records of one id are the same event. A time that both lack tells nothing.
    pub(crate) fn is_same(&self, one: &Record, other: &Record) -> bool {
        let columns = self.columns(one);
        columns == self.columns(other)
            && columns
                .iter()
                .all(|&index| one.values[index].same(&other.values[index]))
    }

    /// A number that another event of the same id has not: that two share one is rarer than a broken disk.
    pub(crate) fn hash(&self, record: &Record) -> u64 {
        let mut hasher = DefaultHasher::new();
        for &index in self.columns(record) {
            match &record.values[index] {
                Value::Null => 0_u8.hash(&mut hasher),
                Value::Integer(number) => (1_u8, number).hash(&mut hasher),
                Value::Real(number) => (2_u8, number.to_bits()).hash(&mut hasher),
                Value::Text(text) => (3_u8, text).hash(&mut hasher),
                Value::Blob(bytes) => (4_u8, bytes).hash(&mut hasher),
                Value::BrokenText(bytes) => (5_u8, bytes).hash(&mut hasher),
            }
        }
        hasher.finish()
    }

    /// The same where its time tells it apart; nothing where all its columns have to, which also change when
    /// it is edited.
    pub(crate) fn hash_by_time(&self, record: &Record) -> Option<u64> {
        (!self.needs_all(record)).then(|| self.hash(record))
    }

    /// Whether a record is told from others by all its columns.
    pub(crate) fn needs_all(&self, record: &Record) -> bool {
        std::ptr::eq(self.columns(record), &raw const *self.all)
    }

    fn columns(&self, record: &Record) -> &[usize] {
        match &self.named {
            Some(named) if record.values[named[0]] != Value::Null => named,
            _ => &self.all,
        }
    }
}
