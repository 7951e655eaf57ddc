//! Trying what a restore will do, without writing: on a connection that only reads, statements are
//! compiled and not run, and rows go into temporary copies of their tables, with their rules and their
//! unique indexes.

mod unique_index;

use std::cell::RefCell;

use rusqlite::{ErrorCode, params_from_iter};

use super::{Access, Changer, Database, FullText, Reference, change::parameter, message, quoted};
use crate::core::base::{
    error::{Error, Result},
    record::{Key, Record, Table, Value},
};
use unique_index::{Term, UniqueIndex};

/// What the statement of every table begins with that is not virtual.
const TABLE: &str = "CREATE TABLE ";

/// A connection to try changes on.
pub(crate) struct Trial {
    database: Database,
    /// The tables that have a temporary copy, which has their name.
    copied: RefCell<Vec<String>>,
}

/// A table that has a temporary copy, and what must be unique in it.
pub(crate) struct TrialTable<'t> {
    trial: &'t Trial,
    table: &'t Table,
    indexes: Vec<UniqueIndex>,
}

impl Database {
    /// A connection to try changes on.
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

impl Trial {
    /// The connection.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Fails if this SQLite may not be able to put rows of a table where the application looks for them.
    pub(crate) fn keeps_order(&self, table: &Table) -> Result<()> {
        self.database.check_order(&table.name)
    }

    /// Fails if this SQLite cannot use a full-text index.
    pub(crate) fn uses(&self, index: &FullText) -> Result<()> {
        let name = quoted(&index.table.name);
        // Nothing but a search loads the tokenizer.
        let sql = format!("SELECT count(*) FROM {name} WHERE {name} MATCH 'a'");
        let searched = self.database.connection.query_row(&sql, [], |_| Ok(()));
        match searched {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
                Err(Error::FullText {
                    table: index.table.name.clone(),
                    message: message(&error),
                })
            }
            // One that is damaged is made anew.
            _ => Ok(()),
        }
    }

    /// Makes a temporary copy of a table, with no rows; nothing for a virtual one.
    pub(crate) fn copy<'t>(&'t self, table: &'t Table) -> Result<Option<TrialTable<'t>>> {
        let sql = "SELECT type, sql FROM main.sqlite_schema
            WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC";
        let statements = self.database.strings(sql, [&table.name])?;
        if !statements.iter().any(|(_, sql)| sql.starts_with(TABLE)) {
            return Ok(None);
        }
        for (_, statement) in &statements {
            let copy = temporary(statement);
            let made = self.database.connection.execute_batch(&copy);
            made.map_err(|error| Error::Unwritable {
                table: table.name.clone(),
                message: message(&error),
            })?;
        }
        let made = statements.iter().map(|(_, sql)| sql.as_str());
        let mut indexes: Vec<UniqueIndex> = made.filter_map(UniqueIndex::parse).collect();
        indexes.extend(self.constraints(table)?);
        self.copied.borrow_mut().push(table.name.clone());
        Ok(Some(TrialTable {
            trial: self,
            table,
            indexes,
        }))
    }

    /// Whether rows of a table can be in the way of others that have another key.
    pub(crate) fn has_rivals(&self, table: &Table) -> Result<bool> {
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

    /// Whether SQLite computes something of each row of a table, which may fail: an index of expressions or
    /// of some rows only, a generated column.
    pub(crate) fn computes(&self, table: &Table) -> Result<bool> {
        let sql = "SELECT (SELECT count(*) FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info
                WHERE list.partial OR info.cid = -2)
            + (SELECT count(*) FROM pragma_table_xinfo(?1) WHERE hidden IN (2, 3))";
        Ok(self.database.number(sql, [&table.name])? > Some(0))
    }

    /// Notes that a row of a table goes.
    pub(crate) fn leave(&self, table: &str, key: &Key) -> Result<()> {
        let sql = "INSERT INTO temp.\"unrewind: gone\" VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET n = n + 1";
        let noted = self.database.connection.prepare_cached(sql);
        let noted = noted.and_then(|mut noted| noted.execute((table, key.as_bytes())));
        noted.map(|_| ()).map_err(self.database.failed("check"))
    }

    /// How many rows of a table that have this key go.
    pub(crate) fn leaves(&self, table: &str, key: &Key) -> Result<u64> {
        let sql =
            "SELECT coalesce(max(n), 0) FROM temp.\"unrewind: gone\" WHERE tab = ?1 AND key = ?2";
        let count = self.database.number(sql, (table, key.as_bytes()))?;
        Ok(count.unwrap_or(0).cast_unsigned())
    }

    /// What the UNIQUE and PRIMARY KEY of a table make unique.
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

    /// Whether a table is one of those that have a copy.
    fn has_copy(&self, table: &str) -> bool {
        let copied = self.copied.borrow();
        copied.iter().any(|name| name.eq_ignore_ascii_case(table))
    }

    /// Whether a row that comes is referred to by these values: whether the copy of the parent has it.
    pub(crate) fn comes(&self, reference: &Reference, target: &[Value]) -> Result<bool> {
        if !self.has_copy(reference.parent()) {
            return Ok(false);
        }
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM temp.{} WHERE {})",
            quoted(reference.parent()),
            reference.parent_is()
        );
        let target = params_from_iter(target.iter().map(|value| parameter(value.cell())));
        Ok(self.database.number(&sql, target)? == Some(1))
    }

    /// Runs `each` on the rows of live to which these values refer, in the columns of `table`.
    pub(crate) fn each_parent(
        &self,
        reference: &Reference,
        table: &Table,
        target: &[Value],
        each: impl FnMut(Record),
    ) -> Result<()> {
        self.each(table, &reference.parent_is(), target, each)
    }

    /// Runs `each` on the rows of live that refer to these values, in the columns of `table`.
    pub(crate) fn each_child(
        &self,
        reference: &Reference,
        table: &Table,
        target: &[Value],
        each: impl FnMut(Record),
    ) -> Result<()> {
        self.each(table, &reference.child_is(), target, each)
    }

    /// Runs `each` on all rows of live of a table.
    pub(crate) fn each_row(&self, table: &Table, each: impl FnMut(Record)) -> Result<()> {
        self.each(table, "1", &[], each)
    }

    fn each(
        &self,
        table: &Table,
        condition: &str,
        values: &[Value],
        mut each: impl FnMut(Record),
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
        let values = params_from_iter(values.iter().map(|value| parameter(value.cell())));
        self.database.with_query(&sql, values, table, |rows| {
            while let Some(record) = rows.next_record()? {
                each(record);
            }
            Ok(())
        })
    }
}

impl TrialTable<'_> {
    /// Adds a row to the copy, which must hold it as it is. `others` are columns that `record` has behind
    /// those of the table. Runs `each` on the rows of live with which it cannot be at the same time.
    pub(crate) fn add(
        &self,
        record: &Record,
        others: &[String],
        mut each: impl FnMut(Record),
    ) -> Result<()> {
        let mut whole = self.table.clone();
        whole.columns.extend(others.iter().cloned());
        let asked: Vec<String> = self.indexes.iter().flat_map(UniqueIndex::asks).collect();
        let database = &self.trial.database;
        let changer = Changer::new(database, &whole)?;
        let mut stored = changer.insert_returning(record, &asked)?;
        let mut answers = stored.split_off(whole.columns.len()).into_iter();
        let stored = Record { values: stored };
        if stored.changed_columns(record).next().is_some() {
            return Err(Error::Unequal {
                table: self.table.name.clone(),
                cause: String::new(),
            });
        }
        for index in &self.indexes {
            let mut answer = || answers.next().unwrap_or(Value::Null);
            let is_in = index.of.is_none() || answer() == Value::Integer(1);
            let value = |term: &Term| match term.column {
                Some(column) => record.values[column].clone(),
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

/// The statement that makes a temporary copy of what this one made.
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
