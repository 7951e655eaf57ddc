//! Virtual tables: the module of each, and where its rows are stored.

use std::collections::HashMap;

use super::{
    Database,
    sql_tokens::{SqlTokens, split, unquoted},
};
use crate::core::base::error::{Error, Result};

/// A virtual table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VirtualTable {
    pub(crate) name: String,
    /// The module in lower case.
    pub(crate) module: String,
    arguments: Vec<String>,
}

/// Where the rows of a virtual table are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// In the virtual table itself: its rows are data like any other table's.
    Rows,
    /// In this other table, which it indexes for full-text search.
    IndexOf(String),
    /// Nowhere: it is a full-text index whose texts or locales cannot be read, so only its shadow
    /// tables hold the data.
    Terms,
    /// In other tables: it only shows them.
    Nothing,
    /// Unknown: this SQLite lacks the module.
    Unknown,
}

impl VirtualTable {
    /// Parses the statement that created it.
    fn parse(name: &str, sql: &str) -> Option<Self> {
        let mut words = SqlTokens::of(sql);
        while !words.next()?.eq_ignore_ascii_case("table") {}
        // The name is known; a name that is a keyword is quoted, so the next `using` is the clause.
        words.next()?;
        while !words.next()?.eq_ignore_ascii_case("using") {}
        let module = words.next()?.to_ascii_lowercase();
        let arguments = words.rest().trim().strip_prefix('(').unwrap_or_default();
        let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
        Some(Self {
            name: name.to_owned(),
            module,
            arguments: split(arguments),
        })
    }

    /// Returns where its rows are stored.
    pub(crate) fn keeps(&self) -> Keeps {
        match self.module.as_str() {
            "fts4" | "fts5" => match self.option("content") {
                None if self.option("locale").is_some_and(|on| on == "1") => Keeps::Terms,
                None => Keeps::Rows,
                Some(content) if content.is_empty() => Keeps::Terms,
                Some(content) => Keeps::IndexOf(content),
            },
            "fts3" | "rtree" | "rtree_i32" => Keeps::Rows,
            "fts5vocab" | "fts4aux" | "fts3tokenize" | "dbstat" => Keeps::Nothing,
            _ => Keeps::Unknown,
        }
    }

    /// Returns whether it is a full-text index.
    pub(crate) fn is_full_text(&self) -> bool {
        matches!(self.module.as_str(), "fts3" | "fts4" | "fts5")
    }

    /// Returns the hidden column for the language of each text, if there is one.
    pub(crate) fn language(&self) -> Option<String> {
        self.option("languageid").filter(|_| self.module == "fts4")
    }

    /// Returns whether `table` is one of its shadow tables.
    pub(crate) fn is_behind(&self, table: &str) -> bool {
        let (table, name) = (table.to_ascii_lowercase(), self.name.to_ascii_lowercase());
        let part = table
            .strip_prefix(&name)
            .and_then(|rest| rest.strip_prefix('_'));
        part.is_some_and(|part| self.parts().contains(&part))
    }

    /// Returns the name suffixes of its shadow tables.
    fn parts(&self) -> &'static [&'static str] {
        match self.module.as_str() {
            "fts5" => &["data", "idx", "content", "docsize", "config"],
            "fts3" | "fts4" => &["content", "segments", "segdir", "docsize", "stat"],
            "rtree" | "rtree_i32" => &["node", "parent", "rowid"],
            _ => &[],
        }
    }

    /// Returns the value of an argument `key = value`, without its quotes.
    fn option(&self, key: &str) -> Option<String> {
        self.arguments.iter().find_map(|argument| {
            let (name, value) = argument.split_once('=')?;
            let is_it = name.trim().eq_ignore_ascii_case(key);
            is_it.then(|| unquoted(value.trim()))
        })
    }
}

/// Virtual tables and their shadow tables, by name.
#[derive(Debug)]
pub(super) struct ShadowTables {
    /// Lower-case names to indices of the virtual tables.
    themselves: HashMap<String, usize>,
    behind: HashMap<String, usize>,
}

impl ShadowTables {
    pub(super) fn of(tables: &[VirtualTable]) -> Self {
        let (mut themselves, mut behind) = (HashMap::new(), HashMap::new());
        for (place, table) in tables.iter().enumerate() {
            let name = table.name.to_ascii_lowercase();
            for part in table.parts() {
                behind.entry(format!("{name}_{part}")).or_insert(place);
            }
            themselves.insert(name, place);
        }
        Self { themselves, behind }
    }

    /// Returns the index of the virtual table of this name.
    pub(super) fn itself(&self, table: &str) -> Option<usize> {
        self.themselves.get(&table.to_ascii_lowercase()).copied()
    }

    /// Returns the index of the virtual table that owns this shadow table.
    pub(super) fn behind(&self, table: &str) -> Option<usize> {
        self.behind.get(&table.to_ascii_lowercase()).copied()
    }
}

impl Database {
    /// Lists every virtual table, by name.
    pub(crate) fn virtual_tables(&self) -> Result<Vec<VirtualTable>> {
        let failed = self.failed("read");
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL %' ORDER BY name";
        let mut statement = self.connection.prepare_cached(sql).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        let mut tables = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let read = || -> rusqlite::Result<(String, String)> { Ok((row.get(0)?, row.get(1)?)) };
            let (name, sql) = read().map_err(&failed)?;
            tables.extend(VirtualTable::parse(&name, &sql));
        }
        Ok(tables)
    }

    /// Lists the names of a virtual table's shadow tables.
    pub(crate) fn tables_behind(&self, table: &VirtualTable) -> Result<Vec<String>> {
        let mut names = self.table_names()?;
        names.retain(|name| table.is_behind(name));
        Ok(names)
    }

    /// Returns the error that explains why a virtual table cannot be in a snapshot.
    pub(crate) fn unfit(&self, table: &VirtualTable) -> Result<Error> {
        let VirtualTable { name, module, .. } = table;
        let what = match table.keeps() {
            Keeps::IndexOf(content) => format!(
                "table {name} is a full-text index of {content} and has no rows of its own: name {content} instead"
            ),
            Keeps::Terms => format!(
                "table {name} is a full-text index that cannot be read as rows: name its shadow tables instead: {}",
                self.tables_behind(table)?.join(", ")
            ),
            Keeps::Nothing => {
                format!("table {name} shows what other tables hold and has no rows of its own")
            }
            Keeps::Rows | Keeps::Unknown => format!(
                "table {name} is made by the module {module}, which this SQLite lacks, so it cannot be read"
            ),
        };
        Ok(self.unfitting(what))
    }

    /// Creates the error that the profile does not fit this database.
    pub(crate) fn unfitting(&self, what: String) -> Error {
        Error::Profile {
            path: self.path.clone(),
            what,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Keeps, VirtualTable};

    fn keeps(sql: &str) -> Keeps {
        VirtualTable::parse("x", sql).unwrap().keeps()
    }

    #[test]
    fn what_a_virtual_table_keeps_is_read_from_its_statement() {
        let index_of = |content: &str| Keeps::IndexOf(content.to_owned());
        let cases = [
            ("USING fts5(a, b)", Keeps::Rows),
            ("USING FTS5 (a, content = '')", Keeps::Terms),
            (
                "USING fts5(a, content=\"\", contentless_delete=1)",
                Keeps::Terms,
            ),
            ("USING fts5(a, content=t, content_rowid=id)", index_of("t")),
            (
                "USING fts5(\"a, content=no\", tokenize = 'porter ascii', content='my ''t'', x')",
                index_of("my 't', x"),
            ),
            ("USING fts5(a, locale = 1)", Keeps::Terms),
            ("USING fts5(a, locale=0)", Keeps::Rows),
            ("USING [fts4](content=\"t\", a)", index_of("t")),
            ("/* using */ USING -- fts5\n fts4(a)", Keeps::Rows),
            ("USING fts3(a, content=t)", Keeps::Rows),
            ("USING fts5vocab(f, row)", Keeps::Nothing),
            ("using rtree_i32(id, x0, x1)", Keeps::Rows),
            ("USING spatialindex", Keeps::Unknown),
        ];
        for (sql, expected) in cases {
            for name in ["x", "\"using \"\"fts5(\"", "[a ] ", "`using`"] {
                let sql = format!("CREATE VIRTUAL TABLE {} {sql}", name.trim());
                assert_eq!(keeps(&sql), expected, "{sql}");
            }
        }
    }
}
