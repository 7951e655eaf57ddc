//! What a database tells of its tables to somebody who does not know it.

use super::{
    Database, Triggers,
    module::{Keeps, VirtualTable},
    quoted,
    rows::value,
    schema::ROWIDS,
    words::Words,
};
use crate::core::{
    error::Result,
    record::{Table, Value},
};

/// What can be seen of one ordinary table.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing to be seen"
)]
pub(crate) struct Look {
    pub(crate) table: Table,
    /// The column that is the whole primary key and an integer: most often the rowid under another name.
    pub(crate) integer_key: Option<String>,
    /// Whether it never gives a number twice.
    pub(crate) autoincrement: bool,
    /// The name of its rowid, if it has one that can be reached.
    pub(crate) rowid: Option<&'static str>,
    /// Whether rows of other tables refer to its rows.
    pub(crate) is_referred_to: bool,
    /// Whether a trigger refuses to change or delete its rows.
    pub(crate) is_guarded: bool,
    /// What may go by its rowid, which no column holds.
    pub(crate) by_rowid: Option<ByRowid>,
    /// Some of its rows, the newest first.
    pub(crate) sample: Vec<Vec<Value>>,
}

/// What may go by the rowid of a table that no column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ByRowid {
    /// A full-text index whose texts are in the table.
    Index,
    /// A trigger or a view that names both.
    Statement,
    /// A virtual table, of this name, whose rows have only a rowid to say what they are about.
    Virtual(String),
    /// A column of another table.
    Column(String, String),
}

impl Look {
    /// What the sample has in a column.
    pub(crate) fn values<'a>(&'a self, column: &str) -> impl Iterator<Item = &'a Value> {
        let index = self.table.column(column);
        self.sample
            .iter()
            .filter_map(move |row| row.get(index?))
            .filter(|value| **value != Value::Null)
    }
}

impl Database {
    /// Looks at every ordinary table, by name.
    pub(crate) fn look(&self) -> Result<Vec<Look>> {
        let virtual_tables = self.virtual_tables()?;
        let is_virtual = |name: &String| {
            virtual_tables
                .iter()
                .any(|table| table.name == *name || table.is_behind(name))
        };
        let names = self.table_names()?.into_iter();
        let mut looks = Vec::new();
        for name in names.filter(|name| !is_virtual(name)) {
            if let Some(table) = self.table(&name)? {
                looks.push(self.look_at(table, &virtual_tables)?);
            }
        }
        Ok(looks)
    }

    fn look_at(&self, table: Table, virtual_tables: &[VirtualTable]) -> Result<Look> {
        let name = table.name.clone();
        let rowid = self.rowid_name(&name)?;
        let integer_key = if rowid.is_some() {
            self.integer_key(&table)?
        } else {
            None
        };
        let references = self.foreign_keys()?;
        let is_child = |child: &str| child.eq_ignore_ascii_case(&name);
        let triggers = self.triggers()?;
        let by_rowid = if rowid.is_some() && !self.is_rowid(&table)? {
            self.by_rowid(&name, virtual_tables, &triggers)?
        } else {
            None
        };
        Ok(Look {
            autoincrement: self.has_sequence(&name)?,
            is_referred_to: references.iter().any(|reference| {
                reference.parent.eq_ignore_ascii_case(&name) && !is_child(&reference.child)
            }),
            is_guarded: triggers.refuse_changes_of(&name),
            sample: self.sample(&table, rowid)?,
            table,
            integer_key,
            rowid,
            by_rowid,
        })
    }

    /// What may go by the rowid of a table.
    fn by_rowid(
        &self,
        name: &str,
        virtual_tables: &[VirtualTable],
        triggers: &Triggers,
    ) -> Result<Option<ByRowid>> {
        let is_of = |content: &str| content.eq_ignore_ascii_case(name);
        let mut indexes = virtual_tables.iter().map(VirtualTable::keeps);
        if indexes.any(|keeps| matches!(keeps, Keeps::IndexOf(content) if is_of(&content))) {
            return Ok(Some(ByRowid::Index));
        }
        if triggers.use_rowid_of(name) || self.views_use_rowid_of(name)? {
            return Ok(Some(ByRowid::Statement));
        }
        // One that a trigger feeds is about the table of that trigger.
        let is_free = |table: &&VirtualTable| {
            matches!(table.keeps(), Keeps::Rows | Keeps::Terms | Keeps::Unknown)
                && triggers.upon(&table.name).is_empty()
        };
        if let Some(table) = virtual_tables.iter().find(is_free) {
            return Ok(Some(ByRowid::Virtual(table.name.clone())));
        }
        let sql = "SELECT other.name, info.name
            FROM sqlite_schema AS other, pragma_table_info(other.name) AS info
            WHERE other.type = 'table' AND other.sql NOT LIKE 'CREATE VIRTUAL %'
                AND info.name LIKE '%rowid%' ORDER BY other.rowid, info.cid";
        let columns = self.strings(sql, [])?;
        let mut others = columns
            .into_iter()
            .filter(|(other, _)| !virtual_tables.iter().any(|table| table.is_behind(other)));
        Ok(others
            .next()
            .map(|(other, column)| ByRowid::Column(other, column)))
    }

    /// Whether a view names a table and the rowid of something.
    fn views_use_rowid_of(&self, name: &str) -> Result<bool> {
        let name = name.to_lowercase();
        let views = self.strings(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'view'",
            [],
        )?;
        let uses = |sql: &str| {
            let words: Vec<String> = Words::of(sql).map(|word| word.to_lowercase()).collect();
            words.contains(&name) && words.iter().any(|word| ROWIDS.contains(&word.as_str()))
        };
        Ok(views.iter().any(|(_, sql)| uses(sql)))
    }

    /// The column that is the whole primary key and an integer.
    fn integer_key(&self, table: &Table) -> Result<Option<String>> {
        let [key] = table.key[..] else {
            return Ok(None);
        };
        let column = &table.columns[key];
        let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2 AND type = 'INTEGER' COLLATE NOCASE";
        let is_integer = self.number(sql, [&table.name, column])? > Some(0);
        Ok(is_integer.then(|| column.clone()))
    }

    /// Whether it never gives a number twice.
    pub(super) fn has_sequence(&self, table: &str) -> Result<bool> {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE AND sql LIKE '%AUTOINCREMENT%'";
        Ok(self.number(sql, [table])? > Some(0))
    }

    fn sample(&self, table: &Table, rowid: Option<&str>) -> Result<Vec<Vec<Value>>> {
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

    /// The virtual tables that nobody can read here, since their module is not built in.
    pub(crate) fn unreadable(&self) -> Result<Vec<VirtualTable>> {
        let mut tables = self.virtual_tables()?;
        tables.retain(|table| table.keeps() == Keeps::Unknown);
        Ok(tables)
    }
}
