//! Adapts statements for another program that runs them on a connection of its own, which may be unable to bind
//! every value and cannot turn triggers off.

use super::{Database, quoted};
use crate::core::base::{
    error::{Error, Result},
    row::Value,
};

impl Database {
    /// Returns the statements that drop the triggers of a table, and those that make them again.
    pub(crate) fn without_triggers(&self, table: &str) -> Result<(Vec<String>, Vec<String>)> {
        let sql = "SELECT name, sql FROM sqlite_schema
            WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE ORDER BY rowid";
        let triggers = self.strings(sql, [table])?.into_iter();
        let drop = |(name, sql): (String, String)| (format!("DROP TRIGGER {}", quoted(&name)), sql);
        Ok(triggers.map(drop).unzip())
    }

    /// Returns whether a unique index can refuse an update of a table's row.
    pub(crate) fn has_unique_index(&self, table: &str) -> Result<bool> {
        let sql = "SELECT count(*) FROM pragma_index_list(?1) WHERE \"unique\"";
        Ok(self.number(sql, [table])? > Some(0))
    }

    /// Returns the statement with each parameter that is text but not UTF-8 converted from a BLOB: other
    /// programs cannot bind such text.
    pub(crate) fn with_broken_text(
        &self,
        table: &str,
        sql: String,
        values: &[Value],
    ) -> Result<String> {
        let is_broken = |value: &Value| matches!(value, Value::BrokenText(_));
        if !values.iter().any(is_broken) {
            return Ok(sql);
        }
        let failed = self.failed("read");
        let encoding = self
            .connection
            .pragma_query_value(None, "encoding", |row| row.get::<_, String>(0));
        if encoding.map_err(failed)? != "UTF-8" {
            return Err(Error::Unwritable {
                table: table.to_owned(),
                message: "a database in UTF-16 cannot hold text that is not UTF-8".to_owned(),
            });
        }
        let is_cast = |index: usize| values.get(index).is_some_and(is_broken);
        Ok(casting(&sql, is_cast))
    }
}

/// Returns the statement that rebuilds a full-text index.
pub(crate) fn rebuilding(index: &str) -> String {
    let name = quoted(index);
    format!("INSERT INTO {name} ({name}) VALUES ('rebuild')")
}

/// Numbers the parameters of a statement, whose names are all in double quotes, and converts some of them to
/// text.
fn casting(sql: &str, is_cast: impl Fn(usize) -> bool) -> String {
    let (mut text, mut is_name, mut last) = (String::new(), false, 0);
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        is_name ^= character == '"';
        if character != '?' || is_name {
            text.push(character);
            continue;
        }
        let mut number = String::new();
        while let Some(digit) = characters.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        last = number.parse().unwrap_or(last + 1);
        text += &if is_cast(last - 1) {
            format!("CAST(?{last} AS TEXT)")
        } else {
            format!("?{last}")
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::casting;

    #[test]
    fn only_parameters_outside_of_names_are_converted() {
        let sql = r#"UPDATE "a?""?" SET "b" = ?, "?" = ? WHERE "c" = ?"#;
        let cast = casting(sql, |index| index == 1);
        assert_eq!(
            cast,
            r#"UPDATE "a?""?" SET "b" = ?1, "?" = CAST(?2 AS TEXT) WHERE "c" = ?3"#
        );
        assert_eq!(
            casting("x IS ?2 AND typeof(x) = typeof(?2)", |index| index == 1),
            "x IS CAST(?2 AS TEXT) AND typeof(x) = typeof(CAST(?2 AS TEXT))"
        );
    }
}
