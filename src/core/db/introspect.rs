//! Introspection: facts about a database's tables for a user who does not know it.

use std::collections::HashSet;

use super::{
    Database, Triggers,
    module::{Keeps, ShadowTables, VirtualTable},
    quoted,
    rows::value,
    schema::ROWIDS,
    sql_tokens::SqlTokens,
};
use crate::core::base::{
    error::Result,
    row::{Table, Value},
};

/// The facts about one ordinary table.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the table, and no two make a state"
)]
pub(crate) struct Introspection {
    pub(crate) table: Table,
    /// The integer column that is the whole primary key: usually an alias of the rowid.
    pub(crate) integer_key: Option<String>,
    /// Whether it never reuses a number (AUTOINCREMENT).
    pub(crate) autoincrement: bool,
    /// The name of its rowid, if it can be addressed.
    pub(crate) rowid: Option<&'static str>,
    /// Whether rows of other tables refer to its rows.
    pub(crate) is_referred_to: bool,
    /// Whether a trigger refuses to change or delete its rows.
    pub(crate) is_guarded: bool,
    /// What may use its rowid, which no column holds.
    pub(crate) by_rowid: Option<ByRowid>,
    /// Whether a migration tool records the schema's version in it.
    pub(crate) is_schema_version: bool,
    /// Some of its rows, newest first.
    pub(crate) sample: Vec<Vec<Value>>,
}

/// What may use a table's rowid that no column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ByRowid {
    /// A full-text index of the table.
    Index,
    /// A trigger or a view that names the table and its rowid.
    Statement,
    /// The named virtual table, whose rows have only a rowid to link them.
    Virtual(String),
    /// A column of another table.
    Column(String, String),
}

impl Introspection {
    /// Returns the sample's values in a column, without NULL.
    pub(crate) fn values<'a>(&'a self, column: &str) -> impl Iterator<Item = &'a Value> {
        let index = self.table.column(column);
        self.sample
            .iter()
            .filter_map(move |row| row.get(index?))
            .filter(|value| **value != Value::Null)
    }
}

/// Facts about all tables together; names are in lower case.
struct SchemaIndex {
    virtual_tables: ShadowTables,
    triggers: Triggers,
    /// Tables referred to by rows of other tables.
    referred_to: HashSet<String>,
    /// Tables with a full-text index.
    indexed: HashSet<String>,
    /// The words of each view that names a rowid.
    views_of_rowids: Vec<HashSet<String>>,
    /// A virtual table that no trigger feeds, whose rows may be about any table's.
    free_virtual_table: Option<String>,
    /// A column whose name contains `rowid`, with its table.
    rowid_column: Option<(String, String)>,
}

impl SchemaIndex {
    fn of(database: &Database, virtual_tables: &[VirtualTable]) -> Result<Self> {
        let references = database.foreign_keys()?.into_iter();
        let names = references.map(|one| {
            (
                one.child.to_ascii_lowercase(),
                one.parent.to_ascii_lowercase(),
            )
        });
        let of_others = names.filter(|(child, parent)| child != parent);
        let indexed = virtual_tables
            .iter()
            .filter_map(|table| match table.keeps() {
                Keeps::IndexOf(content) => Some(content.to_ascii_lowercase()),
                _ => None,
            });
        let (behind, triggers) = (ShadowTables::of(virtual_tables), database.triggers()?);
        // A virtual table that a trigger feeds belongs to that trigger's table.
        let is_free = |table: &&VirtualTable| {
            matches!(table.keeps(), Keeps::Rows | Keeps::Terms | Keeps::Unknown)
                && triggers.naming(&table.name).is_empty()
        };
        let free = virtual_tables.iter().find(is_free);
        Ok(Self {
            free_virtual_table: free.map(|table| table.name.clone()),
            views_of_rowids: database.views_of_rowids()?,
            rowid_column: database.rowid_column(&behind)?,
            virtual_tables: behind,
            triggers,
            referred_to: of_others.map(|(_, parent)| parent).collect(),
            indexed: indexed.collect(),
        })
    }

    /// Returns what may use the rowid of a table.
    fn by_rowid(&self, name: &str) -> Option<ByRowid> {
        if self.indexed.contains(&name.to_ascii_lowercase()) {
            return Some(ByRowid::Index);
        }
        let lower = name.to_lowercase();
        let mut views = self.views_of_rowids.iter();
        if self.triggers.use_rowid_of(name) || views.any(|words| words.contains(&lower)) {
            return Some(ByRowid::Statement);
        }
        if let Some(table) = &self.free_virtual_table {
            return Some(ByRowid::Virtual(table.clone()));
        }
        let column = self.rowid_column.as_ref();
        column.map(|(other, column)| ByRowid::Column(other.clone(), column.clone()))
    }

    fn is_virtual(&self, name: &str) -> bool {
        let tables = &self.virtual_tables;
        tables.itself(name).or(tables.behind(name)).is_some()
    }
}

impl Database {
    /// Returns the facts about every ordinary table, by name.
    pub(crate) fn introspect(&self) -> Result<Vec<Introspection>> {
        let virtual_tables = self.virtual_tables()?;
        let known = SchemaIndex::of(self, &virtual_tables)?;
        let names = self.table_names()?.into_iter();
        let mut found = Vec::new();
        for name in names.filter(|name| !known.is_virtual(name)) {
            if let Some(table) = self.table(&name)? {
                found.push(self.introspect_table(table, &known)?);
            }
        }
        Ok(found)
    }

    fn introspect_table(&self, table: Table, known: &SchemaIndex) -> Result<Introspection> {
        let name = table.name.clone();
        let rowid = self.rowid_name(&name)?;
        let integer_key = if rowid.is_some() {
            self.integer_key(&table)?
        } else {
            None
        };
        let by_rowid = if rowid.is_some() && !self.is_rowid(&table)? {
            known.by_rowid(&name)
        } else {
            None
        };
        Ok(Introspection {
            autoincrement: self.table_kind(&name)?.autoincrement,
            is_referred_to: known.referred_to.contains(&name.to_ascii_lowercase()),
            is_guarded: known.triggers.refuse_changes_of(&name),
            is_schema_version: self.is_schema_version(&table)?,
            sample: self.sample(&table, rowid)?,
            table,
            integer_key,
            rowid,
            by_rowid,
        })
    }

    /// Returns the words of each view that names a rowid, in lower case.
    fn views_of_rowids(&self) -> Result<Vec<HashSet<String>>> {
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'view'";
        let views = self.strings(sql, [])?.into_iter();
        let words = views.map(|(_, sql)| -> HashSet<String> {
            SqlTokens::of(&sql)
                .map(|word| word.to_lowercase())
                .collect()
        });
        let names_one = |words: &HashSet<String>| ROWIDS.iter().any(|rowid| words.contains(*rowid));
        Ok(words.filter(names_one).collect())
    }

    /// Returns the first column whose name contains `rowid`, with its table.
    fn rowid_column(&self, virtual_tables: &ShadowTables) -> Result<Option<(String, String)>> {
        let sql = "SELECT other.name, info.name
            FROM sqlite_schema AS other, pragma_table_info(other.name) AS info
            WHERE other.type = 'table' AND other.sql NOT LIKE 'CREATE VIRTUAL %'
                AND info.name LIKE '%rowid%' ORDER BY other.rowid, info.cid";
        let columns = self.strings(sql, [])?;
        let is_ordinary = |(other, _): &(String, String)| virtual_tables.behind(other).is_none();
        Ok(columns.into_iter().find(is_ordinary))
    }

    /// Returns the integer column that is the whole primary key.
    fn integer_key(&self, table: &Table) -> Result<Option<String>> {
        let [key] = table.key[..] else {
            return Ok(None);
        };
        let column = &table.columns[key];
        let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2 AND type = 'INTEGER' COLLATE NOCASE";
        let is_integer = self.number(sql, [&table.name, column])? > Some(0);
        Ok(is_integer.then(|| column.clone()))
    }

    /// Returns some rows of a table, newest first.
    pub(super) fn sample(&self, table: &Table, rowid: Option<&str>) -> Result<Vec<Vec<Value>>> {
        const ROWS: usize = 20;
        let failed = self.failed("read");
        let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
        let order = rowid.map(|rowid| format!(" ORDER BY {rowid} DESC"));
        let order = order.unwrap_or_default();
        let sql = format!(
            "SELECT {} FROM {}{order} LIMIT {ROWS}",
            columns.join(", "),
            quoted(&table.name)
        );
        let mut statement = self.connection.prepare(&sql).map_err(&failed)?;
        let width = columns.len();
        let row =
            |row: &rusqlite::Row<'_>| (0..width).map(|index| value(row.get_ref(index)?)).collect();
        let rows = statement.query_map([], row).map_err(&failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(&failed)
    }

    /// Lists the virtual tables that cannot be read because their module is not built in.
    pub(crate) fn unreadable(&self) -> Result<Vec<VirtualTable>> {
        let mut tables = self.virtual_tables()?;
        tables.retain(|table| table.keeps() == Keeps::Unknown);
        Ok(tables)
    }
}
