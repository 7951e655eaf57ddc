//! Full-text indexes: what they index, whether they are intact, and rebuilding them.

use super::{
    Database, message,
    module::{Keeps, VirtualTable},
    quoted,
};
use crate::core::base::{error::Result, row::is_among};

/// A full-text index.
#[derive(Clone, Debug)]
pub(crate) struct FullText {
    pub(crate) table: VirtualTable,
    keeps: Keeps,
    /// Whether it indexes a view, so that any table's changes may affect it.
    of_view: bool,
}

impl FullText {
    /// Returns whether this is its name, ignoring case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.table.name.eq_ignore_ascii_case(name)
    }

    /// Returns whether these tables include it or the shadow tables that store it.
    pub(crate) fn is_held(&self, tables: &[String]) -> bool {
        tables
            .iter()
            .any(|table| self.is(table) || self.table.is_behind(table))
    }

    /// Returns whether it indexes one of these tables.
    pub(crate) fn is_of(&self, tables: &[String]) -> bool {
        let Keeps::IndexOf(content) = &self.keeps else {
            return false;
        };
        self.of_view || is_among(tables, content)
    }

    /// Returns whether it can be rebuilt from what it indexes.
    pub(crate) fn can_be_rebuilt(&self) -> bool {
        matches!(self.keeps, Keeps::IndexOf(_))
    }

    fn is_fts5(&self) -> bool {
        self.table.module == "fts5"
    }
}

impl Database {
    /// Lists every full-text index, by name.
    pub(crate) fn full_text(&self) -> Result<Vec<FullText>> {
        let mut tables = self.virtual_tables()?;
        tables.retain(VirtualTable::is_full_text);
        let views =
            self.lower_names("SELECT lower(name) FROM sqlite_schema WHERE type = 'view'")?;
        let full_text = |table: VirtualTable| {
            let keeps = table.keeps();
            let of_view = match &keeps {
                Keeps::IndexOf(content) => views.contains(&content.to_ascii_lowercase()),
                _ => false,
            };
            FullText {
                table,
                keeps,
                of_view,
            }
        };
        Ok(tables.into_iter().map(full_text).collect())
    }

    /// Checks an index by itself; the error describes the problem.
    pub(crate) fn full_text_check_itself(
        &self,
        index: &FullText,
    ) -> std::result::Result<(), String> {
        // The older modules can check only against the table.
        if !index.is_fts5() && index.can_be_rebuilt() {
            return Ok(());
        }
        self.full_text_command(index, "'integrity-check'")
    }

    /// Checks an index against its table; the error describes the problem.
    pub(crate) fn full_text_check(&self, index: &FullText) -> std::result::Result<(), String> {
        if !index.is_fts5() || !index.can_be_rebuilt() {
            return self.full_text_command(index, "'integrity-check'");
        }
        let name = quoted(&index.table.name);
        self.full_text_run(&format!(
            "INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)"
        ))
    }

    /// Rebuilds an index from its table.
    pub(crate) fn full_text_rebuild(&self, index: &FullText) -> std::result::Result<(), String> {
        self.full_text_command(index, "'rebuild'")
    }

    fn full_text_command(
        &self,
        index: &FullText,
        command: &str,
    ) -> std::result::Result<(), String> {
        let name = quoted(&index.table.name);
        self.full_text_run(&format!("INSERT INTO {name} ({name}) VALUES ({command})"))
    }

    fn full_text_run(&self, sql: &str) -> std::result::Result<(), String> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| message(&error))
    }
}
