//! A database's schema as text: the statements that create one like it, without rows. A function in
//! a CHECK or the module of a virtual table that only the application has does not prevent creating
//! a table.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, functions::FunctionFlags};

use super::{Database, sql_tokens::SqlTokens, translate};
use crate::core::base::error::Result;

/// The statements that create a database, in order.
///
/// In the text each statement follows a comment with its length, so that the text can be split
/// again whatever a statement contains, and run by any SQLite as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script(Vec<String>);

/// Settings stored in the file.
const SETTINGS: [&str; 5] = [
    "page_size",
    "encoding",
    "auto_vacuum",
    "user_version",
    "application_id",
];

impl Script {
    /// The script as text.
    pub(crate) fn text(&self) -> String {
        let statements = self.0.iter();
        let statements = statements.map(|sql| format!("-- {} bytes\n{sql}\n;\n", sql.len()));
        statements.collect()
    }

    /// Parses the text that [`Self::text`] wrote; `None` for any other text.
    pub(crate) fn parse(mut text: &str) -> Option<Self> {
        let mut statements = Vec::new();
        while !text.is_empty() {
            let (length, rest) = text.strip_prefix("-- ")?.split_once(" bytes\n")?;
            let length = length.parse().ok()?;
            statements.push(rest.get(..length)?.to_owned());
            text = rest.get(length..)?.strip_prefix("\n;\n")?;
        }
        Some(Self(statements))
    }

    /// Creates a database in an empty file; returns what could not be created, each with its
    /// reason.
    pub(crate) fn run(&self, path: &Path) -> Result<Vec<String>> {
        let failed = |error: rusqlite::Error| translate(&error, "write", path, Duration::ZERO);
        let connection = Connection::open(path).map_err(failed)?;
        let mut left_out = Vec::new();
        let (mut begun, mut last) = (false, None);
        for sql in &self.0 {
            if sql.starts_with("PRAGMA journal_mode") {
                last = Some(sql);
                continue;
            }
            if !begun && !sql.starts_with("PRAGMA") {
                connection.execute_batch("BEGIN").map_err(failed)?;
                begun = true;
            }
            if let Err(error) = make(&connection, sql) {
                left_out.push(format!("{} ({error})", first_line(sql)));
            }
        }
        if begun {
            connection.execute_batch("COMMIT").map_err(failed)?;
        }
        if let Some(sql) = last {
            connection.execute_batch(sql).map_err(failed)?;
        }
        Ok(left_out)
    }
}

/// Runs a statement of a schema. A missing function or collation of the application gets a
/// stand-in: there are no rows yet to check or compare.
fn make(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    /// No statement uses more of them.
    const MOST: usize = 100;
    let mut result = connection.execute_batch(sql);
    for _ in 0..MOST {
        let Err(error) = &result else { break };
        let message = super::message(error);
        if let Some(name) = message.strip_prefix("no such function: ") {
            let flags = FunctionFlags::SQLITE_UTF8
                | FunctionFlags::SQLITE_DETERMINISTIC
                | FunctionFlags::SQLITE_INNOCUOUS;
            connection.create_scalar_function(name, -1, flags, |_| Ok(true))?;
        } else if let Some(name) = message.strip_prefix("no such collation sequence: ") {
            connection.create_collation(name, str::cmp)?;
        } else if message.starts_with("no such module: ") {
            return make_virtual(connection, sql);
        } else {
            break;
        }
        result = connection.execute_batch(sql);
    }
    result
}

/// Records a virtual table whose module only the application has: the schema is all there is of it.
fn make_virtual(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut words = SqlTokens::of(sql).skip_while(|word| !word.eq_ignore_ascii_case("table"));
    let name = words.nth(1).ok_or(rusqlite::Error::InvalidQuery)?;
    connection.execute_batch("PRAGMA writable_schema = ON")?;
    let insert = "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
        VALUES ('table', ?1, ?1, 0, ?2)";
    let inserted = connection.execute(insert, [&name, sql]);
    connection.execute_batch("PRAGMA writable_schema = RESET")?;
    inserted.map(|_| ())
}

fn first_line(sql: &str) -> &str {
    sql.lines().next().unwrap_or_default()
}

impl Database {
    /// Returns the statements that create a database like this one, without its rows.
    pub(crate) fn script(&self) -> Result<Script> {
        let failed = self.failed("read");
        let mut statements = Vec::new();
        for name in SETTINGS {
            let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
            let value = self.connection.pragma_query_value(None, name, read);
            let value = match value.map_err(&failed)? {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => format!("'{text}'"),
                _ => continue,
            };
            statements.push(format!("PRAGMA {name} = {value}"));
        }
        if self.is_read_while_written()? {
            statements.push("PRAGMA journal_mode = WAL".to_owned());
        }
        let behind = self.virtual_tables()?;
        let sql = "SELECT type, name, sql FROM sqlite_schema
            WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            ORDER BY type <> 'table', rowid";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let read = || -> rusqlite::Result<(String, String, String)> {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            };
            let (kind, name, sql) = read().map_err(&failed)?;
            if kind == "table" && behind.iter().any(|table| table.is_behind(&name)) {
                continue;
            }
            statements.push(sql);
        }
        Ok(Script(statements))
    }
}
