//! A sparse index of a table of live: how many rows it has, and the key of every nth row.

use crate::core::{
    base::{
        error::Result,
        profile::Profile,
        progress::{OnProgress, Stage, report},
        row::Value,
    },
    compare::diff::Side,
    db::Database,
};

use super::{Rows, RowsSource};

/// The number of rows of a live table at one point in time, and some of their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseIndex {
    count: u64,
    /// How many rows lie between two keys.
    apart: u64,
    /// The keys, starting with that of row `apart`.
    keys: Vec<Vec<Value>>,
}

impl SparseIndex {
    /// The distance of keys while they are few.
    const CLOSE: u64 = 256;
    /// The most keys: with more rows they are further apart.
    const MOST: usize = 16 * 1024;

    /// Builds the index in one pass over a live table. Fails if the database cannot be read.
    pub fn of(
        database: &Database,
        profile: &Profile,
        table: &str,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let rows = Rows::of(Side::Live(database), profile, table)?;
        let RowsSource::Live { order, .. } = &rows.source else {
            unreachable!("the side is live");
        };
        let mut index = Self {
            count: 0,
            apart: Self::CLOSE,
            keys: Vec::new(),
        };
        database.reading(|| {
            let most = database.max_rows(&rows.table.name, order)?;
            database.each_key(&rows.table, order, |key| {
                let number = index.count;
                if number.is_multiple_of(Self::CLOSE) {
                    report(on, Stage::Counting, number, most)?;
                }
                index.pass(key);
                Ok(())
            })
        })?;
        Ok(index)
    }

    /// Returns how many rows there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the key of the nearest indexed row at or before this one, and that row's number.
    pub(super) fn nearest(&self, row: u64) -> (Option<&[Value]>, u64) {
        let passed = usize::try_from(row / self.apart).unwrap_or(usize::MAX);
        let passed = passed.min(self.keys.len());
        let key = passed.checked_sub(1).map(|last| self.keys[last].as_slice());
        (key, passed as u64 * self.apart)
    }

    /// Adds the key of the next row.
    fn pass(&mut self, key: Vec<Value>) {
        let is_indexed = self.count > 0 && self.count.is_multiple_of(self.apart);
        self.count += 1;
        // Rows without a key are only counted.
        if !is_indexed || key.is_empty() {
            return;
        }
        self.keys.push(key);
        if self.keys.len() > Self::MOST {
            self.apart *= 2;
            let mut is_second = true;
            self.keys.retain(|_| {
                is_second = !is_second;
                is_second
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SparseIndex, Value};

    #[test]
    fn there_are_never_more_than_the_most_and_each_is_at_its_row() {
        let mut index = SparseIndex {
            count: 0,
            apart: 1,
            keys: Vec::new(),
        };
        let rows = 5 * SparseIndex::MOST as u64;
        for row in 0..rows {
            index.pass(vec![Value::Integer(row.cast_signed())]);
        }
        assert_eq!((index.count, index.apart), (rows, 8));
        assert!(index.keys.len() > SparseIndex::MOST / 2);
        for row in (0..rows + 100).step_by(77) {
            let (key, number) = index.nearest(row);
            assert!(number <= row && (row - number < 8 || row >= rows - 8));
            let key = key.map_or(0, |key| match key[0] {
                Value::Integer(key) => key.cast_unsigned(),
                _ => unreachable!("they are integers"),
            });
            assert_eq!(key, number);
        }
    }
}
