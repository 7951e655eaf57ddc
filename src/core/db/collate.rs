//! Collations that only the application has. Some are known by name and equal everywhere; for the
//! others a reading connection gets a stand-in, so that it can read rows that no statement
//! compares.

use std::cmp::Ordering;

use rusqlite::Connection;
use unicase::UniCase;

use super::Database;
use crate::core::base::{
    error::{Error, Result},
    row::Collation,
};

/// Anki's collation, which others use too: Unicode's full case folding, by code points.
const UNICASE: &str = Collation::UniCase.name();

/// Registers the known collations on a connection, and stand-ins for all others, so that it can
/// read tables ordered by them. A plan uses a connection without stand-ins to find out what cannot
/// be written.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let folded = |one: &str, other: &str| UniCase::unicode(one).cmp(&UniCase::unicode(other));
    connection.create_collation(UNICASE, folded)?;
    connection.collation_needed(|connection, name| connection.create_collation(name, stand_in))
}

/// Compares by bytes, perhaps not as the application does: never look up a row by it.
fn stand_in(one: &str, other: &str) -> Ordering {
    one.cmp(other)
}

impl Database {
    /// Removes the stand-ins that were not needed yet.
    pub(super) fn without_stand_ins(&self) -> Result<()> {
        let none = |_: &Connection, _: &str| Ok(());
        self.connection
            .collation_needed(none)
            .map_err(self.failed("read"))
    }

    /// Returns whether rows can be looked up by a collation: it is built in or known.
    pub(super) fn is_known(collation: &str) -> bool {
        Collation::Binary.name().eq_ignore_ascii_case(collation)
            || Collation::named(collation) != Collation::Binary
    }

    /// Returns whether all indexes of a table have a known order.
    pub(super) fn has_known_order(&self, table: &str) -> Result<bool> {
        let sql = "SELECT list.name, info.coll
            FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info WHERE info.coll IS NOT NULL";
        let indexes = self.strings(sql, [table])?;
        Ok(indexes
            .iter()
            .all(|(_, collation)| Self::is_known(collation)))
    }

    /// Fails if an index of a table names a known collation but is not in its order.
    pub(super) fn check_order(&self, table: &str) -> Result<()> {
        let sql = "SELECT list.name, info.coll
            FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info WHERE info.coll IS NOT NULL";
        let indexes = self.strings(sql, [table])?;
        let mut collations = indexes.iter();
        if !collations.any(|(_, collation)| UNICASE.eq_ignore_ascii_case(collation)) {
            return Ok(());
        }
        let sql = "SELECT integrity_check, '' FROM pragma_integrity_check(?1)";
        let found = self.strings(sql, [table])?;
        let is_of_index =
            |message: &str| message.contains(" index ") || message.contains(" order ");
        let wrong = found.iter().find(|(message, _)| is_of_index(message));
        match wrong {
            None => Ok(()),
            Some((message, _)) => Err(Error::Unwritable {
                table: table.to_owned(),
                message: format!(
                    "the application's collation {UNICASE} has another order ({message})"
                ),
            }),
        }
    }
}
