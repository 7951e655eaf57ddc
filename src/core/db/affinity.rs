//! Which values a column holds as they are given: SQLite converts others to the column's type, and some
//! it refuses.

use super::Database;
use crate::core::base::{
    error::Result,
    record::{Record, Table, Value},
};

/// What the columns of a table take as it is.
pub(crate) struct Takes(Vec<ColumnAffinity>);

#[derive(Clone, Copy)]
struct ColumnAffinity {
    kind: Affinity,
    null: bool,
}

/// What SQLite makes of a declared type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Any,
    Text,
    Real,
    /// Integers and numbers: text that looks like a number becomes one, 1.0 becomes 1.
    Number,
    /// A column of a STRICT table, which refuses what is not of its type.
    Strict(Type),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Integer,
    Real,
    Text,
    Blob,
    Any,
}

impl Database {
    /// What the columns of a table take as it is.
    pub(crate) fn takes(&self, table: &Table) -> Result<Takes> {
        let strict = "SELECT strict FROM pragma_table_list(?1) WHERE schema = 'main'";
        let is_strict = self.number(strict, [&table.name])? == Some(1);
        let sql = "SELECT name, type || iif(\"notnull\", '!', '') FROM pragma_table_xinfo(?1)";
        let declared = self.strings(sql, [&table.name])?;
        let column = |name: &String| {
            let declared = declared
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            // A rowid is always a number that was given.
            let kind = declared.map_or("", |(_, kind)| kind.as_str());
            ColumnAffinity {
                kind: Affinity::of(kind.trim_end_matches('!'), is_strict),
                null: !kind.ends_with('!'),
            }
        };
        Ok(Takes(table.columns.iter().map(column).collect()))
    }
}

impl Database {
    /// Whether the columns of one table, each with one of another, compare values alike: as numbers, as
    /// text, or as they are, and by no collation of their own.
    pub(super) fn compare_alike(
        &self,
        tables: [&str; 2],
        columns: &[(String, String)],
    ) -> Result<bool> {
        let sql = "SELECT count(*) FROM sqlite_schema
            WHERE name COLLATE NOCASE IN (?1, ?2) AND sql LIKE '%collate%'";
        if self.number(sql, tables)? != Some(0) {
            return Ok(false);
        }
        let declared = |table: &str| {
            let sql = "SELECT lower(name), type FROM pragma_table_xinfo(?1)";
            self.strings(sql, [table])
        };
        let (one, other) = (declared(tables[0])?, declared(tables[1])?);
        let class = |declared: &[(String, String)], column: &str| {
            let name = column.to_lowercase();
            let found = declared.iter().find(|(known, _)| *known == name);
            // What is no column is a rowid.
            found.map_or(Affinity::Number, |(_, kind)| {
                Affinity::of(kind, false).class()
            })
        };
        let mut columns = columns.iter();
        Ok(columns.all(|(of_one, of_other)| class(&one, of_one) == class(&other, of_other)))
    }
}

impl Takes {
    /// Whether a row is surely held as it is.
    pub(crate) fn surely(&self, record: &Record) -> bool {
        let mut cells = self.0.iter().zip(&record.values);
        cells.all(|(column, value)| match value {
            Value::Null => column.null,
            value => column.kind.surely(value),
        })
    }
}

impl Affinity {
    /// By the rules of SQLite for a declared type.
    fn of(declared: &str, is_strict: bool) -> Self {
        let declared = declared.to_ascii_uppercase();
        if is_strict {
            return Self::Strict(match declared.as_str() {
                "INT" | "INTEGER" => Type::Integer,
                "REAL" => Type::Real,
                "TEXT" => Type::Text,
                "BLOB" => Type::Blob,
                _ => Type::Any,
            });
        }
        let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
        if has(&["INT"]) {
            Self::Number
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if has(&["BLOB"]) || declared.is_empty() {
            Self::Any
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Number
        }
    }

    /// The one that compares values as this one does.
    fn class(self) -> Self {
        match self {
            Self::Real => Self::Number,
            other => other,
        }
    }

    fn surely(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::Integer(_) | Value::Real(_)) | (Self::Real, Value::Integer(_)) => {
                false
            }
            (Self::Real | Self::Number, Value::Text(text)) => !may_be_number(text.as_bytes()),
            (Self::Real | Self::Number, Value::BrokenText(bytes)) => !may_be_number(bytes),
            (Self::Number, Value::Real(number)) => number.fract() != 0.0 || !number.is_finite(),
            (Self::Strict(kind), value) => matches!(
                (kind, value),
                (Type::Any, _)
                    | (Type::Integer, Value::Integer(_))
                    | (Type::Real, Value::Real(_))
                    | (Type::Text, Value::Text(_) | Value::BrokenText(_))
                    | (Type::Blob, Value::Blob(_))
            ),
            _ => true,
        }
    }
}

/// Whether a text may be taken for a number.
fn may_be_number(text: &[u8]) -> bool {
    let first = text.trim_ascii_start().first();
    first.is_some_and(|first| first.is_ascii_digit() || b"+-.".contains(first))
}
