//! Rows that need not be compared again, by a hash of their bytes: snapshots are nearly equal, and a
//! row with the same bytes as an earlier one gives the same result.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use twox_hash::XxHash3_128;

use crate::core::{
    base::{
        error::Result,
        profile::Profile,
        progress::Throttle,
        row::{Key, Row, Table, Value},
    },
    compare::cursor::Live,
    db::{Database, Schema},
};

/// Hashes of rows.
#[derive(Default)]
pub(crate) struct KnownRows(HashSet<u64>);

impl KnownRows {
    /// The most rows to remember, at 8 bytes each and what the set needs.
    const MOST: usize = 2_000_000;

    /// Reads the rows of live. A row without a key is also added by its values, for [`Self::has_keyless`].
    pub(crate) fn of_live(
        database: &Database,
        profile: &Profile,
        schema: &Schema,
        throttle: &mut Throttle<'_>,
    ) -> Result<Self> {
        let mut known = Self::default();
        let live = Live {
            database,
            profile,
            schema,
            after: None,
            up_to: None,
        };
        for table in schema.present() {
            let (mut key, seed) = (Key::default(), seed_of(&table.name));
            live.with_rows(table, |mut rows| {
                while rows.advance()? {
                    throttle.row(0)?;
                    rows.key(&mut key)?;
                    if !key.is_unique() {
                        known.add(hash_of_key(&key, Some(seed)));
                    }
                    known.add(hash_of(seed, rows.encoded()?));
                }
                Ok(())
            })?;
        }
        Ok(known)
    }

    /// Adds a row by its hash.
    pub(crate) fn add(&mut self, row: u64) {
        if self.0.len() < Self::MOST {
            self.0.insert(row);
        }
    }

    /// Returns whether a row was added.
    pub(crate) fn has(&self, row: u64) -> bool {
        self.0.contains(&row)
    }

    /// Returns whether live holds a row of these values, which make a key that is not unique.
    pub(crate) fn has_keyless(&self, table: &Table, key: &Key) -> bool {
        self.has(hash_of_key(key, Some(seed_of(&table.name))))
    }
}

/// Returns a seed that distinguishes the hashes of a table's rows from those of other tables.
pub(crate) fn seed_of(table: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    table.to_ascii_lowercase().hash(&mut hasher);
    hasher.finish()
}

/// Returns the hash of a row's bytes; a collision is less likely than a broken disk.
#[expect(clippy::cast_possible_truncation, reason = "half of the hash suffices")]
pub(crate) fn hash_of(seed: u64, row: &[u8]) -> u64 {
    XxHash3_128::oneshot_with_seed(seed, row) as u64
}

/// Returns the hash of a key, and of the identity of an event.
pub(crate) fn hash_of_key(key: &Key, identity: Option<u64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.as_bytes().hash(&mut hasher);
    identity.hash(&mut hasher);
    hasher.finish()
}

/// Arranges a row's values in the columns of `table`; a column that the row lacks is NULL.
pub(crate) fn arranged(mut values: Vec<Value>, columns: &[String], table: &Table) -> Row {
    if columns == table.columns {
        return Row { values };
    }
    let mut value = |name: &String| {
        let mut columns = columns.iter();
        let place = columns.position(|column| column.eq_ignore_ascii_case(name));
        place.map_or(Value::Null, |place| {
            std::mem::replace(&mut values[place], Value::Null)
        })
    };
    Row {
        values: table.columns.iter().map(&mut value).collect(),
    }
}
