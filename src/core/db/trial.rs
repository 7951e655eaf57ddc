//! Tries what a restore will do, without writing: on a read-only connection, statements are
//! compiled but not run, and rows go into temporary copies of their tables with the same
//! constraints and unique indexes.

mod unique_index;

use std::cell::RefCell;

use rusqlite::{Connection, ErrorCode, functions::FunctionFlags, params_from_iter};

use super::{
    Access, Changer, Database, FullText, Reference,
    change::{listed, parameter},
    message, quoted,
};
use crate::core::base::{
    error::{Error, Result},
    row::{Key, Row, Table, Value},
};
use unique_index::{Term, UniqueIndex};

/// The beginning of the statement of every ordinary table.
const TABLE: &str = "CREATE TABLE ";

/// A connection to try changes on.
pub(crate) struct Trial {
    database: Database,
    /// The tables that have a temporary copy, and its name.
    copied: RefCell<Vec<(String, String)>>,
}

/// A table with a temporary copy, and its unique indexes.
pub(crate) struct TrialTable<'t> {
    trial: &'t Trial,
    table: &'t Table,
    indexes: Vec<UniqueIndex>,
}

impl Database {
    /// Opens a connection to try changes on.
    pub(crate) fn trial(&self) -> Result<Trial> {
        let database =
            Self::open(&self.path, Access::Read, self.timeout)?.stopped_by(&self.stop)?;
        database.without_stand_ins()?;
        database.execute(
            "check",
            "PRAGMA query_only = OFF; PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA temp_store = FILE; BEGIN;
             CREATE TEMP TABLE \"unrewind: gone\" (tab TEXT, key BLOB, n INTEGER, PRIMARY KEY (tab, key)) WITHOUT ROWID",
        )?;
        let copied = RefCell::default();
        Ok(Trial { database, copied })
    }
}

/// Creates a table. A function that only the application has gets a stand-in meanwhile: SQLite requires
/// the functions of CHECK constraints, although those are not enforced.
fn make_table(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    /// No table uses more of them.
    const MOST: usize = 100;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let (mut made, mut standing) = (connection.execute_batch(sql), Vec::new());
    while let Err(error) = &made
        && let Some(name) = message(error).strip_prefix("no such function: ")
        && standing.len() < MOST
    {
        connection.create_scalar_function(name, -1, flags, |_| Ok(true))?;
        standing.push(name.to_owned());
        made = connection.execute_batch(sql);
    }
    for name in standing {
        connection.remove_function(name.as_str(), -1)?;
    }
    made
}

impl Trial {
    /// Returns the connection.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Fails if this SQLite might store a table's rows in another order than the application
    /// expects.
    pub(crate) fn keeps_order(&self, table: &Table) -> Result<()> {
        self.database.check_order(&table.name)
    }

    /// Fails if this SQLite cannot use a full-text index.
    pub(crate) fn uses(&self, index: &FullText) -> Result<()> {
        let name = quoted(&index.table.name);
        // Only a search loads the tokenizer.
        let sql = format!("SELECT count(*) FROM {name} WHERE {name} MATCH 'a'");
        let searched = self.database.connection.query_row(&sql, [], |_| Ok(()));
        match searched {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
                Err(Error::FullText {
                    table: index.table.name.clone(),
                    message: message(&error),
                })
            }
            // A damaged index will be rebuilt.
            _ => Ok(()),
        }
    }

    /// Creates a temporary, empty copy of a table; returns `None` for a virtual one.
    pub(crate) fn copy<'t>(&'t self, table: &'t Table) -> Result<Option<TrialTable<'t>>> {
        let sql = "SELECT type, sql FROM main.sqlite_schema
            WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC";
        let statements = self.database.strings(sql, [&table.name])?;
        if !statements.iter().any(|(_, sql)| sql.starts_with(TABLE)) {
            return Ok(None);
        }
        for (_, statement) in &statements {
            let copy = temporary(statement);
            let made = if statement.starts_with(TABLE) {
                make_table(&self.database.connection, &copy)
            } else {
                self.database.connection.execute_batch(&copy)
            };
            made.map_err(|error| Error::Unwritable {
                table: table.name.clone(),
                message: message(&error),
            })?;
        }
        let made = statements.iter().map(|(_, sql)| sql.as_str());
        let mut indexes: Vec<UniqueIndex> = made.filter_map(UniqueIndex::parse).collect();
        indexes.extend(self.constraints(table)?);
        let name = &table.name;
        self.copied.borrow_mut().push((name.clone(), name.clone()));
        Ok(Some(TrialTable {
            trial: self,
            table,
            indexes,
        }))
    }

    /// Creates an empty temporary table for only the keys of a table; returns the table into which a
    /// [`Changer`] inserts them.
    pub(crate) fn copy_of_keys(&self, table: &Table) -> Result<Table> {
        let sql = "SELECT name, type FROM pragma_table_xinfo(?1)";
        let declared = self.database.strings(sql, [&table.name])?;
        let columns = table.key.iter().map(|&index| table.columns[index].clone());
        let columns: Vec<String> = columns.collect();
        let declared = columns.iter().map(|column| {
            let mut declared = declared.iter();
            let kind = declared.find(|(name, _)| name.eq_ignore_ascii_case(column));
            let kind = kind.map_or("", |(_, kind)| kind);
            format!("{} {kind}", quoted(column))
        });
        let name = format!("unrewind: keys of {}", table.name);
        let sql = format!(
            "CREATE TEMP TABLE {} ({}, PRIMARY KEY ({}))",
            quoted(&name),
            declared.collect::<Vec<_>>().join(", "),
            listed(&columns)
        );
        self.database.execute("check", &sql)?;
        let copied = (table.name.clone(), name.clone());
        self.copied.borrow_mut().push(copied);
        Ok(Table::keyless(name, columns).keyed())
    }

    /// Returns whether rows of a table can conflict with rows of another key.
    pub(crate) fn can_conflict(&self, table: &Table) -> Result<bool> {
        let sql =
            "SELECT list.name || list.origin, coalesce(lower(info.name), '') || '=' || info.coll
            FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info
            WHERE list.\"unique\" AND info.key ORDER BY 1, info.seqno";
        let terms = self.database.strings(sql, [&table.name])?;
        let key: Vec<String> = table
            .key
            .iter()
            .map(|&index| format!("{}=BINARY", table.columns[index].to_lowercase()))
            .collect();
        let mut indexes = terms.chunk_by(|(one, _), (other, _)| one == other);
        Ok(indexes.any(|index| !index.iter().map(|(_, column)| column).eq(&key)))
    }

    /// Returns whether SQLite evaluates an expression for each row of a table, which may fail: in
    /// an expression index, a partial index or a generated column.
    pub(crate) fn computes(&self, table: &Table) -> Result<bool> {
        let sql = "SELECT (SELECT count(*) FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info
                WHERE list.partial OR info.cid = -2)
            + (SELECT count(*) FROM pragma_table_xinfo(?1) WHERE hidden IN (2, 3))";
        Ok(self.database.number(sql, [&table.name])? > Some(0))
    }

    /// Records that a row of a table will be deleted.
    pub(crate) fn record_deleted(&self, table: &str, key: &Key) -> Result<()> {
        let sql = "INSERT INTO temp.\"unrewind: gone\" VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET n = n + 1";
        let noted = self.database.connection.prepare_cached(sql);
        let noted = noted.and_then(|mut noted| noted.execute((table, key.as_bytes())));
        noted.map(|_| ()).map_err(self.database.failed("check"))
    }

    /// Returns how many rows with this key will be deleted from a table.
    pub(crate) fn deleted(&self, table: &str, key: &Key) -> Result<u64> {
        let sql =
            "SELECT coalesce(max(n), 0) FROM temp.\"unrewind: gone\" WHERE tab = ?1 AND key = ?2";
        let count = self.database.number(sql, (table, key.as_bytes()))?;
        Ok(count.unwrap_or(0).cast_unsigned())
    }

    /// Returns what the UNIQUE and PRIMARY KEY constraints of a table cover.
    fn constraints(&self, table: &Table) -> Result<Vec<UniqueIndex>> {
        let sql = "SELECT name, origin FROM pragma_index_list(?1) WHERE origin IN ('u', 'pk')";
        let indexes = self.database.strings(sql, [&table.name])?;
        let index = |(index, _): &(String, String)| {
            let sql =
                "SELECT name, coll FROM pragma_index_xinfo(?1) WHERE key AND name IS NOT NULL";
            let columns = self.database.strings(sql, [index])?;
            let term = |(name, collation): &(String, String)| Term {
                sql: format!("{} COLLATE {}", quoted(name), quoted(collation)),
                column: table.column(name),
            };
            Ok(UniqueIndex {
                terms: columns.iter().map(term).collect(),
                of: None,
            })
        };
        indexes.iter().map(index).collect()
    }

    /// Returns the name of a table's last copy.
    fn name_of_copy(&self, table: &str) -> Option<String> {
        let copied = self.copied.borrow();
        let mut copies = copied.iter().rev();
        let copy = copies.find(|(name, _)| name.eq_ignore_ascii_case(table));
        copy.map(|(_, copy)| copy.clone())
    }

    /// Returns whether these values refer to a row that will be inserted: one in the parent's copy.
    pub(crate) fn is_inserted(&self, reference: &Reference, target: &[Value]) -> Result<bool> {
        let Some(copy) = self.name_of_copy(reference.parent()) else {
            return Ok(false);
        };
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM temp.{} WHERE {})",
            quoted(&copy),
            reference.parent_is()
        );
        let target = params_from_iter(target.iter().map(|value| parameter(value.value_ref())));
        Ok(self.database.number(&sql, target)? == Some(1))
    }

    /// Calls `each` for the rows of live to which these values refer, in the columns of `table`.
    pub(crate) fn each_parent(
        &self,
        reference: &Reference,
        table: &Table,
        target: &[Value],
        each: impl FnMut(Row),
    ) -> Result<()> {
        self.each(table, &reference.parent_is(), target, each)
    }

    /// Calls `each` for the rows of live that refer to these values, in the columns of `table`.
    pub(crate) fn each_child(
        &self,
        reference: &Reference,
        table: &Table,
        target: &[Value],
        each: impl FnMut(Row),
    ) -> Result<()> {
        self.each(table, &reference.child_is(), target, each)
    }

    /// Calls `each` for all live rows of a table.
    pub(crate) fn each_row(&self, table: &Table, each: impl FnMut(Row)) -> Result<()> {
        self.each(table, "1", &[], each)
    }

    fn each(
        &self,
        table: &Table,
        condition: &str,
        values: &[Value],
        mut each: impl FnMut(Row),
    ) -> Result<()> {
        let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
        let columns = if columns.is_empty() {
            "1".to_owned()
        } else {
            columns.join(", ")
        };
        let sql = format!(
            "SELECT {columns} FROM main.{} WHERE {condition}",
            quoted(&table.name)
        );
        let values = params_from_iter(values.iter().map(|value| parameter(value.value_ref())));
        self.database.with_query(&sql, values, table, |mut rows| {
            while let Some(row) = rows.next_row()? {
                each(row);
            }
            Ok(())
        })
    }
}

impl TrialTable<'_> {
    /// Inserts a row into the copy, which must store it unchanged. `others` are columns that
    /// `row` has after the table's. Calls `each` for the rows of live that conflict with it.
    pub(crate) fn add(
        &self,
        row: &Row,
        others: &[String],
        mut each: impl FnMut(Row),
    ) -> Result<()> {
        let mut whole = self.table.clone();
        whole.columns.extend(others.iter().cloned());
        let asked: Vec<String> = self
            .indexes
            .iter()
            .flat_map(UniqueIndex::expressions)
            .collect();
        let database = &self.trial.database;
        let changer = Changer::new(database, &whole)?;
        let mut stored = changer.insert_returning(row, &asked)?;
        let mut answers = stored.split_off(whole.columns.len()).into_iter();
        let stored = Row { values: stored };
        if stored.changed_columns(row).next().is_some() {
            return Err(Error::Unequal {
                table: self.table.name.clone(),
                cause: String::new(),
            });
        }
        for index in &self.indexes {
            let mut answer = || answers.next().unwrap_or(Value::Null);
            let is_in = index.of.is_none() || answer() == Value::Integer(1);
            let value = |term: &Term| match term.column {
                Some(column) => row.values[column].clone(),
                None => answer(),
            };
            let values: Vec<Value> = index.terms.iter().map(value).collect();
            if is_in && !values.contains(&Value::Null) {
                self.trial
                    .each(self.table, &index.has(), &values, &mut each)?;
            }
        }
        Ok(())
    }
}

/// Rewrites a CREATE statement to create a temporary copy.
fn temporary(statement: &str) -> String {
    for (made, makes) in [
        (TABLE, "CREATE TABLE temp."),
        ("CREATE INDEX ", "CREATE INDEX temp."),
        ("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX temp."),
    ] {
        if let Some(rest) = statement.strip_prefix(made) {
            return format!("{makes}{}", rest.trim_start());
        }
    }
    statement.to_owned()
}
