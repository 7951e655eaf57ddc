//! Collations that only the application has. Some are known by name and the same everywhere; of the
//! others a connection that reads gets a stand-in, so that rows can be read which no statement compares.

use std::cmp::Ordering;

use rusqlite::Connection;
use unicase::UniCase;

use super::Database;
use crate::core::base::error::{Error, Result};

/// The collations that SQLite itself has.
const BUILT_IN: [&str; 3] = ["BINARY", "NOCASE", "RTRIM"];

/// The collation of Anki, which others have taken over: Unicode's full case folding, by code points.
const UNICASE: &str = "unicase";

/// Gives a connection the collations that are known, and stand-ins for all others, so that it can read
/// tables that are ordered by them. A plan finds out on a connection without stand-ins what cannot be
/// written.
pub(super) fn lend(connection: &Connection) -> rusqlite::Result<()> {
    let folded = |one: &str, other: &str| UniCase::unicode(one).cmp(&UniCase::unicode(other));
    connection.create_collation(UNICASE, folded)?;
    connection.collation_needed(|connection, name| connection.create_collation(name, stand_in))
}

/// The order of the bytes, which may not be the application's: nothing may be looked up by it.
fn stand_in(one: &str, other: &str) -> Ordering {
    one.cmp(other)
}

impl Database {
    /// Takes the stand-ins back, as far as none was needed yet.
    pub(super) fn without_stand_ins(&self) -> Result<()> {
        let none = |_: &Connection, _: &str| Ok(());
        self.connection
            .collation_needed(none)
            .map_err(self.failed("read"))
    }

    /// Whether rows can be looked up by a collation: SQLite has it, or it is known.
    pub(super) fn is_known(collation: &str) -> bool {
        let mut known = BUILT_IN.iter().chain(&[UNICASE]);
        known.any(|known| known.eq_ignore_ascii_case(collation))
    }

    /// Whether all indexes of a table are in an order that is known.
    pub(super) fn has_known_order(&self, table: &str) -> Result<bool> {
        let sql = "SELECT list.name, info.coll
            FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info WHERE info.coll IS NOT NULL";
        let indexes = self.strings(sql, [table])?;
        Ok(indexes
            .iter()
            .all(|(_, collation)| Self::is_known(collation)))
    }

    /// Fails if an index of a table goes by a collation that is known by its name, but is not in that order.
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
        let is_of_index = |says: &str| says.contains(" index ") || says.contains(" order ");
        let wrong = found.iter().find(|(says, _)| is_of_index(says));
        match wrong {
            None => Ok(()),
            Some((says, _)) => Err(Error::Unwritable {
                table: table.to_owned(),
                message: format!("the application's collation {UNICASE} is another one ({says})"),
            }),
        }
    }
}
