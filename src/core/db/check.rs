//! What must hold after a change: foreign keys, and full-text indexes that agree with their tables.

use std::collections::{BTreeMap, BTreeSet};

use super::{Database, message, quoted};
use crate::core::{
    error::Result,
    record::{Record, Table, Value},
};

/// A row whose foreign key refers to nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// The table the row is in.
    pub(crate) table: String,
    /// The row's rowid; nothing in a table without rowids.
    pub(crate) rowid: Option<i64>,
    /// The table it refers to.
    pub(crate) parent: String,
    /// Which of the table's foreign keys.
    foreign_key: i64,
}

impl Database {
    /// Every row whose foreign key refers to nothing, and how often: rows without a rowid look alike.
    /// Looked at are the tables that a change of these can concern.
    pub(crate) fn foreign_key_violations(
        &self,
        tables: &[String],
    ) -> Result<BTreeMap<Violation, u64>> {
        let failed = self.failed("check");
        let all = self.has_triggers_beyond_full_text(tables)?;
        let is_one =
            |name: &str| all || tables.iter().any(|table| table.eq_ignore_ascii_case(name));
        let references = self.foreign_keys()?.into_iter();
        let touched =
            references.filter(|reference| is_one(&reference.child) || is_one(&reference.parent));
        let children: BTreeSet<String> = touched.map(|reference| reference.child).collect();
        let mut found = BTreeMap::new();
        for child in children {
            let sql = format!("PRAGMA foreign_key_check({})", quoted(&child));
            let mut statement = self.connection.prepare(&sql).map_err(&failed)?;
            let violation = |row: &rusqlite::Row<'_>| {
                Ok(Violation {
                    table: row.get(0)?,
                    rowid: row.get(1)?,
                    parent: row.get(2)?,
                    foreign_key: row.get(3)?,
                })
            };
            for row in statement.query_map([], violation).map_err(&failed)? {
                *found.entry(row.map_err(&failed)?).or_default() += 1;
            }
        }
        Ok(found)
    }

    /// The full-text indexes of the database.
    pub(crate) fn full_text_tables(&self) -> Result<Vec<String>> {
        let failed = self.failed("read");
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING%FTS5%' ORDER BY name";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let names = statement.query_map([], |row| row.get(0)).map_err(&failed)?;
        names.collect::<rusqlite::Result<_>>().map_err(&failed)
    }

    /// Checks a full-text index against its table; what is wrong with it.
    pub(crate) fn full_text_check(&self, name: &str) -> std::result::Result<(), String> {
        let name = quoted(name);
        self.full_text_command(&format!(
            "INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)"
        ))
    }

    /// Makes a full-text index anew from its table.
    pub(crate) fn full_text_rebuild(&self, name: &str) -> std::result::Result<(), String> {
        let name = quoted(name);
        self.full_text_command(&format!("INSERT INTO {name} ({name}) VALUES ('rebuild')"))
    }

    fn full_text_command(&self, sql: &str) -> std::result::Result<(), String> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| message(&error))
    }

    /// Whether a trigger on one of these tables does more than keep a full-text index in step.
    fn has_triggers_beyond_full_text(&self, tables: &[String]) -> Result<bool> {
        let failed = self.failed("read");
        let full_text = self.full_text_tables()?;
        let sql = "SELECT tbl_name, sql FROM sqlite_schema WHERE type = 'trigger'";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let triggers = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(&failed)?;
        let triggers: Vec<(String, String)> =
            triggers.collect::<rusqlite::Result<_>>().map_err(&failed)?;
        let mut own = triggers
            .iter()
            .filter(|(table, _)| tables.iter().any(|own| own.eq_ignore_ascii_case(table)));
        Ok(own.any(|(_, sql)| !is_for_full_text(sql, &full_text)))
    }

    /// The triggers that name a table in what they do.
    pub(crate) fn triggers_upon(&self, table: &str) -> Result<Vec<String>> {
        let failed = self.failed("read");
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let triggers = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(&failed)?;
        let triggers: Vec<(String, String)> =
            triggers.collect::<rusqlite::Result<_>>().map_err(&failed)?;
        let does = |sql: &str| {
            sql.to_lowercase()
                .split_once("begin")
                .map(|(_, body)| body.to_owned())
        };
        let names_table =
            |sql: &str| does(sql).is_some_and(|body| body.contains(&table.to_lowercase()));
        Ok(triggers
            .into_iter()
            .filter(|(_, sql)| names_table(sql))
            .map(|(name, _)| name)
            .collect())
    }
}

/// A foreign key from one table to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The table whose rows refer.
    pub(crate) child: String,
    /// The table they refer to.
    pub(crate) parent: String,
    /// The columns of the child and of the parent that must be the same.
    columns: Vec<(String, String)>,
}

impl Reference {
    /// Whether two versions of a row of the parent can be referred to by the same rows.
    pub(crate) fn same_target(&self, table: &Table, one: &Record, other: &Record) -> bool {
        let mut columns = self
            .columns
            .iter()
            .filter_map(|(_, parent)| table.column(parent));
        columns.all(|index| one.values[index].same(&other.values[index]))
    }
}

impl Database {
    /// Every foreign key of the database.
    pub(crate) fn foreign_keys(&self) -> Result<Vec<Reference>> {
        let failed = self.failed("read");
        let sql = "SELECT child.name, list.\"table\", list.id, list.\"from\", list.\"to\", list.seq \
                   FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS list \
                   WHERE child.type = 'table' ORDER BY child.name, list.id, list.seq";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        let mut references: Vec<Reference> = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let read = || -> rusqlite::Result<(String, String, String, Option<String>, usize)> {
                let place: i64 = row.get(5)?;
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(3)?,
                    row.get(4)?,
                    usize::try_from(place).unwrap_or(0),
                ))
            };
            let (child, parent, from, to, place) = read().map_err(&failed)?;
            // A key that names no columns of the parent means its primary key.
            let to = match to {
                Some(to) => to,
                None => self.key_column(&parent, place)?,
            };
            match references.last_mut() {
                Some(last) if place > 0 => last.columns.push((from, to)),
                _ => references.push(Reference {
                    child,
                    parent,
                    columns: vec![(from, to)],
                }),
            }
        }
        Ok(references)
    }

    fn key_column(&self, table: &str, place: usize) -> Result<String> {
        let table = self.table(table)?;
        let column = table.and_then(|table| Some(table.columns[*table.key.get(place)?].clone()));
        Ok(column.unwrap_or_else(|| "rowid".to_owned()))
    }

    /// Whether a row that comes (`comes`, a child's) would refer to nothing in this database, or one
    /// that goes (a parent's) is referred to in it.
    pub(crate) fn would_dangle(
        &self,
        reference: &Reference,
        comes: bool,
        table: &Table,
        record: &Record,
    ) -> Result<bool> {
        let Reference {
            child,
            parent,
            columns,
        } = reference;
        let (other, pairs): (&str, Vec<(&str, &str)>) = if comes {
            (
                parent,
                columns
                    .iter()
                    .map(|(child, parent)| (child.as_str(), parent.as_str()))
                    .collect(),
            )
        } else {
            (
                child,
                columns
                    .iter()
                    .map(|(child, parent)| (parent.as_str(), child.as_str()))
                    .collect(),
            )
        };
        let mut terms = Vec::new();
        let mut values = Vec::new();
        for (here, there) in pairs {
            let Some(value) = table.column(here).map(|index| &record.values[index]) else {
                return Ok(false);
            };
            // A key that is NULL in part refers to nothing, and may.
            if *value == Value::Null {
                return Ok(false);
            }
            terms.push(format!("{} = ?", quoted(there)));
            values.push(super::change::parameter(value.cell()));
        }
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE {})",
            quoted(other),
            terms.join(" AND ")
        );
        let found = self.number(&sql, rusqlite::params_from_iter(values))? == Some(1);
        Ok(found != comes)
    }
}

/// Whether every statement of a trigger writes one of these full-text indexes, plainly written.
fn is_for_full_text(trigger: &str, full_text: &[String]) -> bool {
    let trigger = trigger.to_lowercase();
    let Some((_, body)) = trigger.split_once("begin") else {
        return false;
    };
    let body = body.trim_end().strip_suffix("end").unwrap_or(body);
    let statements = body.split(';').map(str::trim);
    let writes = |statement: &str| {
        let mut words = statement.split(|c: char| c.is_whitespace() || c == '(' || c == '"');
        let mut words = words.by_ref().filter(|word| !word.is_empty());
        let is_insert = words.next() == Some("insert") && words.next() == Some("into");
        is_insert
            && words.next().is_some_and(|name| {
                full_text
                    .iter()
                    .any(|table| table.eq_ignore_ascii_case(name))
            })
    };
    // A text with a semicolon in it only makes the check a longer one.
    statements
        .filter(|statement| !statement.is_empty())
        .all(writes)
}
