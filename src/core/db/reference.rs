//! Foreign keys: which rows refer to which, and whether a change would leave one that refers to none.

use super::{Database, change::parameter, quoted};
use crate::core::base::{
    error::Result,
    row::{Key, KeyRule, Row, Table, Value},
};

/// A foreign key from one table to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The table whose rows refer.
    pub(crate) child: String,
    /// The table they refer to.
    pub(crate) parent: String,
    /// The column pairs, child and parent, that must be equal.
    columns: Vec<(String, String)>,
    /// How SQLite compares each pair: as the parent's column does.
    rules: Vec<KeyRule>,
}

impl Reference {
    /// Returns the table they refer to.
    pub(crate) fn parent(&self) -> &str {
        &self.parent
    }

    /// Returns the SQL condition that a row of the parent has these key values.
    pub(super) fn parent_is(&self) -> String {
        are(self.columns.iter().map(|(_, parent)| parent))
    }

    /// Returns the SQL condition that a row of the child refers to the parent's row with these key
    /// values, if both compare alike.
    pub(super) fn child_is(&self) -> String {
        are(self.columns.iter().map(|(child, _)| child))
    }

    /// Returns the values by which a row of the child refers; `None` if one is NULL or unknown.
    pub(crate) fn target_of(&self, table: &Table, child: &Row) -> Option<Vec<Value>> {
        values(table, child, self.columns.iter().map(|(child, _)| child))
    }

    /// Returns the values by which a row of the parent is referred to.
    pub(crate) fn target_in(&self, table: &Table, parent: &Row) -> Option<Vec<Value>> {
        values(table, parent, self.columns.iter().map(|(_, parent)| parent))
    }

    /// Returns the key by which a row of the child refers to its parent: the same for all values that SQLite
    /// considers equal.
    pub(crate) fn link_of(&self, table: &Table, child: &Row) -> Option<Key> {
        self.target_of(table, child)
            .map(|values| self.link(&values))
    }

    /// Returns the key by which rows of the child refer to a row of the parent.
    pub(crate) fn link_in(&self, table: &Table, parent: &Row) -> Option<Key> {
        self.target_in(table, parent)
            .map(|values| self.link(&values))
    }

    fn link(&self, values: &[Value]) -> Key {
        let pairs = self.rules.iter().zip(values);
        let values = pairs.map(|(rule, value)| rule.folded(value));
        let row = Row {
            values: values.collect(),
        };
        Key::of(&row, &Table::keyless("", Vec::new()))
    }

    /// Returns a child's table with only the columns that refer and those of its key, if it has one.
    pub(crate) fn narrowed(&self, child: &Table) -> Table {
        let is_needed = |(index, name): (usize, &String)| {
            let mut columns = self.columns.iter();
            child.key.contains(&index) || columns.any(|(own, _)| own.eq_ignore_ascii_case(name))
        };
        let mut narrow = child.clone();
        if !child.key.is_empty() {
            let mut places = 0..;
            narrow
                .columns
                .retain(|name| is_needed((places.next().unwrap_or(0), name)));
            let place = |&index: &usize| narrow.column(&child.columns[index]);
            narrow.key = child.key.iter().filter_map(place).collect();
        }
        narrow
    }

    /// Returns whether the same rows refer to both versions of a row of the parent.
    pub(crate) fn same_target(&self, table: &Table, one: &Row, other: &Row) -> bool {
        let mut columns = self
            .columns
            .iter()
            .filter_map(|(_, parent)| table.column(parent));
        columns.all(|index| one.values[index].same(&other.values[index]))
    }
}

impl Database {
    /// Returns whether both ends of a reference can be compared: neither has a collation that only the
    /// application has.
    pub(super) fn can_compare(&self, reference: &Reference) -> Result<bool> {
        Ok(self.has_known_order(&reference.child)? && self.has_known_order(&reference.parent)?)
    }

    /// Returns whether a row of the parent finds its children by an index. SQLite compares a foreign
    /// key as the parent's column does, but looks up rows of the child as the child's column does.
    pub(crate) fn finds_children(&self, reference: &Reference) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info
                WHERE NOT list.partial AND info.seqno = 0 AND info.name = ?2 COLLATE NOCASE)
            OR EXISTS (SELECT 1 FROM pragma_table_info(?1)
                WHERE pk = 1 AND name = ?2 COLLATE NOCASE)";
        let first = reference.columns.first().map_or("", |(child, _)| child);
        let is_indexed = self.number(sql, [reference.child.as_str(), first])? == Some(1);
        let ends = [reference.child.as_str(), &reference.parent];
        Ok(is_indexed && self.compare_alike(ends, &reference.columns)?)
    }

    /// Returns whether a foreign key is enforced: one to columns that are not unique is not.
    pub(crate) fn binds(&self, reference: &Reference) -> Result<bool> {
        if !self.can_compare(reference)? {
            return Ok(false);
        }
        let Some(parent) = self.table(&reference.parent)? else {
            return Ok(true);
        };
        let mut columns: Vec<String> = reference
            .columns
            .iter()
            .map(|(_, to)| to.to_lowercase())
            .collect();
        columns.sort();
        let key: Vec<String> = parent
            .key
            .iter()
            .map(|&index| parent.columns[index].to_lowercase())
            .collect();
        if key == columns && self.is_keyed_by_rowid(&parent)? {
            return Ok(true);
        }
        let sql = "SELECT list.name, lower(info.name)
            FROM pragma_index_list(?1) AS list, pragma_index_xinfo(list.name) AS info
            WHERE list.\"unique\" AND NOT list.partial AND info.key AND info.name IS NOT NULL ORDER BY 1, 2";
        let terms = self.strings(sql, [&parent.name])?;
        let mut indexes = terms.chunk_by(|(one, _), (other, _)| one == other);
        Ok(indexes.any(|index| index.iter().map(|(_, column)| column).eq(columns.iter())))
    }

    /// Lists every foreign key of the database.
    pub(crate) fn foreign_keys(&self) -> Result<Vec<Reference>> {
        let failed = self.failed("read");
        let sql = "SELECT child.name, list.\"table\", list.id, list.\"from\", list.\"to\", list.seq \
                   FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS list \
                   WHERE child.type = 'table' AND child.sql NOT LIKE 'CREATE VIRTUAL %' \
                   ORDER BY child.name, list.id, list.seq";
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
            // A key without columns of the parent refers to its primary key.
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
                    rules: Vec::new(),
                }),
            }
        }
        for reference in &mut references {
            let columns = reference.columns.iter().map(|(_, to)| to);
            let rules = self.key_rules(&reference.parent, columns)?;
            reference.rules = rules.into_iter().map(|(_, rule)| rule).collect();
        }
        Ok(references)
    }

    fn key_column(&self, table: &str, place: usize) -> Result<String> {
        let table = self.table(table)?;
        let column = table.and_then(|table| Some(table.columns[*table.key.get(place)?].clone()));
        Ok(column.unwrap_or_else(|| "rowid".to_owned()))
    }

    /// Returns whether inserting a row (`inserts`, a child's) would leave it referring to no row, or
    /// deleting one (a parent's) would leave rows referring to it.
    pub(crate) fn would_dangle(
        &self,
        reference: &Reference,
        inserts: bool,
        table: &Table,
        row: &Row,
    ) -> Result<bool> {
        let (other, condition, values) = if inserts {
            let values = reference.target_of(table, row);
            (&reference.parent, reference.parent_is(), values)
        } else {
            let values = reference.target_in(table, row);
            (&reference.child, reference.child_is(), values)
        };
        // A key that is partly NULL refers to nothing, which is allowed.
        let Some(values) = values else {
            return Ok(false);
        };
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE {condition})",
            quoted(other)
        );
        let value_refs = values.iter().map(|value| parameter(value.value_ref()));
        let found = self.number(&sql, rusqlite::params_from_iter(value_refs))? == Some(1);
        Ok(found != inserts)
    }
}

/// Returns the SQL condition that the columns equal the parameters, in this order.
fn are<'n>(columns: impl Iterator<Item = &'n String>) -> String {
    let is = |(index, column): (usize, &String)| format!("{} = ?{}", quoted(column), index + 1);
    columns
        .enumerate()
        .map(is)
        .collect::<Vec<_>>()
        .join(" AND ")
}

/// Returns the values of some columns, if none is NULL.
fn values<'n>(
    table: &Table,
    row: &Row,
    columns: impl Iterator<Item = &'n String>,
) -> Option<Vec<Value>> {
    let value = |column: &String| {
        let value = row.values.get(table.column(column)?)?;
        (*value != Value::Null).then(|| value.clone())
    };
    columns.map(value).collect()
}
