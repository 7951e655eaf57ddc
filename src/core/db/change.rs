//! Inserts, updates and deletes rows of live.

use rusqlite::{
    CachedStatement, ErrorCode, Statement, ffi, params_from_iter,
    types::{self, ToSqlOutput},
};

use super::{Database, message, quoted, rows::value};
use crate::core::base::{
    error::{Error, Result},
    row::{Key, Row, Table, Value, ValueRef},
};

/// The result of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The row is changed.
    Done,
    /// Another row still holds a value that a unique index allows once; the row is unchanged.
    Taken,
}

/// Changes the rows of one table. Every row has the columns of [`Changer::table`] in its order.
///
/// Conflict clauses of the schema, such as `ON CONFLICT REPLACE`, do not apply.
pub(crate) struct Changer<'d> {
    database: &'d Database,
    table: &'d Table,
    /// The name by which the table's rowid can be addressed, if any.
    rowid: Option<&'static str>,
    /// The statement that inserts a row.
    insertion: String,
}

impl<'d> Changer<'d> {
    /// Creates a changer for `table`.
    pub(crate) fn new(database: &'d Database, table: &'d Table) -> Result<Self> {
        let marks = vec!["?"; table.columns.len()].join(", ");
        Ok(Self {
            database,
            table,
            rowid: database.rowid_name(&table.name)?,
            insertion: format!(
                "INSERT OR ABORT INTO {} ({}) VALUES ({marks})",
                quoted(&table.name),
                listed(&table.columns)
            ),
        })
    }

    /// Returns the statement that inserts a row; its parameters are the row's values.
    pub(crate) fn insertion(&self) -> &str {
        &self.insertion
    }

    /// Inserts a row.
    pub(crate) fn insert(&self, row: &Row) -> Result<()> {
        let mut statement = self.prepare(&self.insertion)?;
        let added = bind(&mut statement, row.value_refs()).and_then(|()| statement.raw_execute());
        added
            .map(|_| ())
            .map_err(|error| self.not_added(&error, row))
    }

    /// Inserts a row; returns it as stored, followed by the values of these expressions.
    pub(super) fn insert_returning(&self, row: &Row, expressions: &[String]) -> Result<Vec<Value>> {
        let columns = self.table.columns.iter().map(|column| quoted(column));
        let all: Vec<String> = columns.chain(expressions.iter().cloned()).collect();
        let sql = format!("{} RETURNING {}", self.insertion, all.join(", "));
        let mut statement = self.prepare(&sql)?;
        let mut add = || {
            bind(&mut statement, row.value_refs())?;
            let mut rows = statement.raw_query();
            let row = rows.next()?.expect("a row that is added is returned");
            let values = (0..all.len()).map(|index| value(row.get_ref(index)?));
            let values = values.collect::<rusqlite::Result<Vec<Value>>>()?;
            rows.next()?;
            Ok(values)
        };
        add().map_err(|error| self.not_added(&error, row))
    }

    fn not_added(&self, error: &rusqlite::Error, row: &Row) -> Error {
        // Another row with the key was removed before.
        if is_key_taken(error) {
            return Error::RepeatedKey {
                table: self.table.name.clone(),
                key: row.key_text(self.table),
            };
        }
        self.refused(error, row)
    }

    /// Deletes a row.
    pub(crate) fn remove(&self, row: &Row) -> Result<()> {
        let (sql, value_refs) = self.removal(row);
        let mut statement = self.prepare(&sql)?;
        let gone = bind(&mut statement, value_refs).and_then(|()| statement.raw_execute());
        let gone = gone.map_err(|error| self.refused(&error, row))?;
        if Key::of(row, self.table).is_unique() {
            return Ok(());
        }
        // Without a rowid all equal rows are deleted, so the others are inserted again.
        (1..gone).try_for_each(|_| self.insert(row))
    }

    /// Returns the statement that deletes a row, and its parameters.
    pub(crate) fn removal<'r>(&self, row: &'r Row) -> (String, Vec<ValueRef<'r>>) {
        let (condition, value_refs) = self.this_row(row);
        let sql = format!("DELETE FROM {} WHERE {condition}", quoted(&self.table.name));
        (sql, value_refs)
    }

    /// Updates the columns of a row in which `to` differs from `from`.
    pub(crate) fn update(&self, from: &Row, to: &Row) -> Result<Outcome> {
        let (sql, value_refs) = self.alteration(from, to);
        let mut statement = self.prepare(&sql)?;
        let changed = bind(&mut statement, value_refs).and_then(|()| statement.raw_execute());
        match changed {
            Ok(_) => Ok(Outcome::Done),
            Err(error) if is_taken(&error) => Ok(Outcome::Taken),
            Err(error) => Err(self.refused(&error, to)),
        }
    }

    /// Returns the statement that updates the columns of a row in which `to` differs from `from`, and its
    /// parameters.
    pub(crate) fn alteration<'r>(&self, from: &'r Row, to: &'r Row) -> (String, Vec<ValueRef<'r>>) {
        let changed: Vec<usize> = from.changed_columns(to).collect();
        let set: Vec<String> = changed
            .iter()
            .map(|&index| format!("{} = ?", quoted(&self.table.columns[index])))
            .collect();
        let (condition, key) = self.this_row(from);
        let sql = format!(
            "UPDATE OR ABORT {} SET {} WHERE {condition}",
            quoted(&self.table.name),
            set.join(", ")
        );
        let values = changed.iter().map(|&index| to.values[index].value_ref());
        (sql, values.chain(key).collect())
    }

    /// Compiles the statement of [`Self::insert`] without running it.
    pub(crate) fn compile_insert(&self) -> Result<()> {
        self.prepare(&self.insertion).map(|_| ())
    }

    /// Compiles the statement of [`Self::remove`] without running it.
    pub(crate) fn compile_remove(&self, row: &Row) -> Result<()> {
        self.prepare(&self.removal(row).0).map(|_| ())
    }

    /// Compiles the statement of [`Self::update`] without running it.
    pub(crate) fn compile_update(&self, from: &Row, to: &Row) -> Result<()> {
        self.prepare(&self.alteration(from, to).0).map(|_| ())
    }

    fn prepare(&self, sql: &str) -> Result<CachedStatement<'d>> {
        let compiled = self.database.connection.prepare_cached(sql);
        compiled.map_err(|error| {
            if is_lacking(&error) {
                return Error::Unwritable {
                    table: self.table.name.clone(),
                    message: message(&error),
                };
            }
            self.database.failed("write")(error)
        })
    }

    /// Returns a row's values in further columns of live.
    pub(crate) fn others_of(&self, row: &Row, others: &[String]) -> Result<Vec<Value>> {
        let (condition, value_refs) = self.this_row(row);
        let table = Table::keyless(&self.table.name, others.to_vec());
        let sql = format!(
            "SELECT {} FROM {} WHERE {condition}",
            listed(others),
            quoted(&table.name)
        );
        let value_refs = params_from_iter(value_refs.into_iter().map(parameter));
        let first = |mut rows: super::LiveRows<'_>| rows.next_row();
        let found = self.database.with_query(&sql, value_refs, &table, first)?;
        Ok(found.map_or_else(|| vec![Value::Null; others.len()], |row| row.values))
    }

    /// Returns a condition that only this row meets, and its parameters. `IS` would also find NULL,
    /// but full-text indexes and R*Trees look up a rowid only by `=`.
    fn this_row<'r>(&self, row: &'r Row) -> (String, Vec<ValueRef<'r>>) {
        if Key::of(row, self.table).is_unique() {
            let terms: Vec<String> = self
                .table
                .key
                .iter()
                .map(|&index| format!("{} = ?", quoted(&self.table.columns[index])))
                .collect();
            let value_refs = self
                .table
                .key
                .iter()
                .map(|&index| row.values[index].value_ref())
                .collect();
            return (all_of(&terms), value_refs);
        }
        // Of several equal rows any one will do.
        let same = |(index, name): (usize, &String)| {
            let (name, mark) = (quoted(name), index + 1);
            format!("{name} IS ?{mark} COLLATE BINARY AND typeof({name}) = typeof(?{mark})")
        };
        let terms: Vec<String> = self.table.columns.iter().enumerate().map(same).collect();
        let (same, table) = (all_of(&terms), quoted(&self.table.name));
        let condition = match self.rowid {
            Some(rowid) => {
                format!("{rowid} = (SELECT {rowid} FROM {table} WHERE {same} LIMIT 1)")
            }
            None => same,
        };
        (
            condition,
            row.values.iter().map(|value| value.value_ref()).collect(),
        )
    }

    fn refused(&self, error: &rusqlite::Error, row: &Row) -> Error {
        let code = error.sqlite_error().map(|error| error.extended_code);
        if code == Some(ffi::SQLITE_CORRUPT_VTAB) {
            return Error::FullText {
                table: format!("of {}", self.table.name),
                message: message(error),
            };
        }
        match error.sqlite_error_code() {
            Some(
                ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::Unknown
                | ErrorCode::TooBig,
            )
            | None => Error::Row {
                table: self.table.name.clone(),
                key: row.key_text(self.table),
                message: message(error),
            },
            _ => super::translate(error, "write", &self.database.path, self.database.timeout),
        }
    }
}

/// Returns whether a statement failed because this SQLite lacks something it needs, such as a
/// function.
pub(super) fn is_lacking(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), None | Some(ErrorCode::Unknown))
}

/// Joins column names as SQL.
pub(super) fn listed(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    columns.join(", ")
}

/// Joins terms with AND as a balanced tree: SQLite nests a flat list as deep as it is long, and
/// refuses one of a thousand columns.
pub(super) fn all_of(terms: &[String]) -> String {
    if let [term] = terms {
        return term.clone();
    }
    let (first, second) = terms.split_at(terms.len() / 2);
    format!("({}) AND ({})", all_of(first), all_of(second))
}

fn bind<'r>(
    statement: &mut Statement<'_>,
    value_refs: impl IntoIterator<Item = ValueRef<'r>>,
) -> rusqlite::Result<()> {
    for (index, value_ref) in value_refs.into_iter().enumerate() {
        statement.raw_bind_parameter(index + 1, parameter(value_ref))?;
    }
    Ok(())
}

/// Converts a value to an SQL parameter.
pub(super) fn parameter(value_ref: ValueRef<'_>) -> ToSqlOutput<'_> {
    match value_ref {
        ValueRef::Null => ToSqlOutput::from(types::Null),
        ValueRef::Integer(number) => ToSqlOutput::from(number),
        ValueRef::Real(number) => ToSqlOutput::from(number),
        ValueRef::Text(text) => ToSqlOutput::Borrowed(types::ValueRef::Text(text)),
        ValueRef::Blob(bytes) => ToSqlOutput::from(bytes),
    }
}

fn is_taken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(ffi::SQLITE_CONSTRAINT_UNIQUE) || is_key_taken(error)
}

fn is_key_taken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID)
    )
}
