//! Which values a column stores unchanged: SQLite converts others to the column's type, or refuses
//! them. Also how it compares the values of a key.

use super::Database;
use crate::core::base::{
    error::Result,
    row::{Affinity, Collation, KeyRule, Row, Table, Value, is_among},
};

/// The values that the columns of a table store unchanged.
pub(crate) struct ColumnTypes(Vec<ColumnAffinity>);

#[derive(Clone, Copy)]
struct ColumnAffinity {
    kind: Storage,
    null: bool,
}

/// What SQLite does with values for a declared type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Storage {
    Any,
    Text,
    Real,
    /// Integers and numbers: text that looks like a number becomes one, and 1.0 becomes 1.
    Number,
    /// A column of a STRICT table, which refuses values of other types.
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
    /// Determines which values the columns of a table store unchanged.
    pub(crate) fn column_types(&self, table: &Table) -> Result<ColumnTypes> {
        let is_strict = self.table_kind(&table.name)?.strict;
        let sql = "SELECT name, type || iif(\"notnull\", '!', '') FROM pragma_table_xinfo(?1)";
        let declared = self.strings(sql, [&table.name])?;
        let column = |name: &String| {
            let declared = declared
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            // A rowid is always an integer.
            let kind = declared.map_or("", |(_, kind)| kind.as_str());
            ColumnAffinity {
                kind: Storage::of(kind.trim_end_matches('!'), is_strict),
                null: !kind.ends_with('!'),
            }
        };
        Ok(ColumnTypes(table.columns.iter().map(column).collect()))
    }
}

impl Database {
    /// Returns how SQLite compares the columns of a key, by their names. A collation is that of a unique
    /// index of exactly these columns; one that only the application has counts as none.
    pub(super) fn key_rules<'n>(
        &self,
        table: &str,
        columns: impl Iterator<Item = &'n String>,
    ) -> Result<Vec<(String, KeyRule)>> {
        let columns: Vec<String> = columns.cloned().collect();
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let is_strict = self.table_kind(table)?.strict;
        let sql = "SELECT name, type FROM pragma_table_xinfo(?1)";
        let declared = self.strings(sql, [table])?;
        let sql = "SELECT list.origin || list.name, info.name || ' ' || info.coll
            FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info
            WHERE list.\"unique\" AND NOT list.partial AND info.key AND info.name IS NOT NULL
            ORDER BY list.origin <> 'pk', 1";
        let terms = self.strings(sql, [table])?;
        let terms: Vec<(&str, Option<(&str, &str)>)> = terms
            .iter()
            .map(|(index, term)| (&**index, term.rsplit_once(' ')))
            .collect();
        let mut indexes = terms.chunk_by(|(one, _), (other, _)| one == other);
        let index = indexes.find(|index| {
            let mut terms = index.iter().filter_map(|(_, term)| *term);
            index.len() == columns.len() && terms.all(|(name, _)| is_among(&columns, name))
        });
        let rule = |column: String| {
            let is_it = |name: &str| name.eq_ignore_ascii_case(&column);
            let kind = declared.iter().find(|(name, _)| is_it(name));
            let mut terms = index.into_iter().flatten().filter_map(|(_, term)| *term);
            let collation = terms.find(|(name, _)| is_it(name));
            let rule = KeyRule {
                // A name that is not a column is a rowid.
                affinity: kind.map_or(Affinity::Number, |(_, kind)| {
                    Storage::of(kind, is_strict).affinity()
                }),
                collation: collation.map_or(Collation::Binary, |(_, name)| Collation::named(name)),
            };
            (column, rule)
        };
        Ok(columns.into_iter().map(rule).collect())
    }

    /// Returns whether the paired columns of two tables compare values alike: all as numbers, as
    /// text, or unconverted, and without a collation of their own.
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
            // A name that is not a column is a rowid.
            found.map_or(Affinity::Number, |(_, kind)| {
                match Storage::of(kind, false).affinity() {
                    Affinity::Real => Affinity::Number,
                    other => other,
                }
            })
        };
        let mut columns = columns.iter();
        Ok(columns.all(|(of_one, of_other)| class(&one, of_one) == class(&other, of_other)))
    }
}

impl ColumnTypes {
    /// Returns whether a row is certain to be stored unchanged.
    pub(crate) fn stores_unchanged(&self, row: &Row) -> bool {
        let mut value_refs = self.0.iter().zip(&row.values);
        value_refs.all(|(column, value)| match value {
            Value::Null => column.null,
            value => column.kind.stores_unchanged(value),
        })
    }
}

impl Storage {
    /// Applies SQLite's rules for a declared type.
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

    /// Returns what it converts values to before it compares them.
    fn affinity(self) -> Affinity {
        match self {
            Self::Any | Self::Strict(Type::Any | Type::Blob) => Affinity::Any,
            Self::Text | Self::Strict(Type::Text) => Affinity::Text,
            Self::Real | Self::Strict(Type::Real) => Affinity::Real,
            Self::Number | Self::Strict(Type::Integer) => Affinity::Number,
        }
    }

    fn stores_unchanged(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::Integer(_) | Value::Real(_)) | (Self::Real, Value::Integer(_)) => {
                false
            }
            (Self::Real | Self::Number, Value::Text(text)) => !may_be_number(text.as_bytes()),
            (Self::Real | Self::Number, Value::BrokenText(bytes)) => !may_be_number(bytes),
            (Self::Number, Value::Real(number)) => number.fract() != 0.0 || !number.is_finite(),
            // -0.0 becomes 0.0.
            (Self::Real | Self::Strict(Type::Real), Value::Real(number)) => {
                *number != 0.0 || number.is_sign_positive()
            }
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

/// Returns whether SQLite may convert a text to a number.
fn may_be_number(text: &[u8]) -> bool {
    let first = text.trim_ascii_start().first();
    first.is_some_and(|first| first.is_ascii_digit() || b"+-.".contains(first))
}
