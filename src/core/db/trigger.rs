//! Triggers: what the application does when a row changes. A restore gives rows back their old
//! values, and the effects of the change are in the snapshot too; so only triggers run that
//! maintain full-text indexes which the snapshot does not hold.

use rusqlite::config::DbConfig;

use super::{Database, FullText, schema::ROWIDS, sql_tokens::SqlTokens};
use crate::core::base::error::Result;

/// Whether a table's triggers run while it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Firing {
    /// They run.
    All,
    /// They do not run.
    None,
}

/// The triggers of a database.
#[derive(Debug)]
pub(crate) struct Triggers {
    all: Vec<Trigger>,
    full_text: Vec<FullText>,
}

#[derive(Debug)]
struct Trigger {
    name: String,
    table: String,
    /// The words before BEGIN, in lower case.
    when: Vec<String>,
    /// The statements after BEGIN, in lower case.
    does: Vec<Vec<String>>,
}

impl Trigger {
    fn parse(name: String, table: String, sql: &str) -> Self {
        let mut words = SqlTokens::of(sql).map(|word| word.to_lowercase());
        let when = words.by_ref().take_while(|word| word != "begin").collect();
        let words: Vec<String> = words.collect();
        let statements = words.split(|word| word == ";").map(<[String]>::to_vec);
        let is_end = |statement: &Vec<String>| statement.is_empty() || *statement == ["end"];
        let does = statements.filter(|statement| !is_end(statement)).collect();
        Self {
            name,
            table,
            when,
            does,
        }
    }

    fn is_on(&self, table: &str) -> bool {
        self.table.eq_ignore_ascii_case(table)
    }

    fn names(&self, table: &str) -> bool {
        let table = table.to_lowercase();
        self.does.iter().flatten().any(|word| *word == table)
    }

    fn is_conditional(&self) -> bool {
        self.when.iter().any(|word| word == "when")
    }

    /// Returns whether its statements write only these tables.
    fn writes_only(&self, is_one: impl Fn(&str) -> bool) -> bool {
        self.does
            .iter()
            .all(|statement| written(statement).is_some_and(&is_one))
    }
}

/// Returns the table that a statement writes, if it is a plain write.
fn written(statement: &[String]) -> Option<&str> {
    let words: Vec<&str> = statement.iter().map(String::as_str).collect();
    match words[..] {
        ["insert", "or", _, "into", table, ..]
        | ["insert" | "replace", "into", table, ..]
        | ["delete", "from", table, ..]
        | ["update", "or", _, table, ..]
        | ["update", table, ..] => Some(table),
        _ => None,
    }
}

impl Triggers {
    /// Returns whether the triggers of `table` run while the tables of `restored` are restored.
    pub(crate) fn firing(&self, table: &str, restored: &[String]) -> Firing {
        if self.write_only_indexes(table, restored) || self.have_to_run(table, restored) {
            Firing::All
        } else {
            Firing::None
        }
    }

    /// Returns whether triggers of `table` have to run while the tables of `restored` are restored, because they
    /// maintain an index that cannot be rebuilt. What else they do, and whether they refuse, then shows only when
    /// they run.
    pub(crate) fn have_to_run(&self, table: &str, restored: &[String]) -> bool {
        let own = || self.all.iter().filter(|trigger| trigger.is_on(table));
        self.kept(restored).any(|index| {
            let feeds = own().any(|trigger| trigger.names(&index.table.name));
            feeds && !(index.can_be_rebuilt() && self.is_whole(index))
        })
    }

    /// Returns the full-text indexes of `table` that can be rebuilt instead of running its triggers:
    /// these only keep such indexes up to date, and no other table's triggers do.
    pub(crate) fn instead(&self, table: &str, restored: &[String]) -> Vec<String> {
        let is_own = |trigger: &Trigger| trigger.is_on(table);
        let feeding = |index: &FullText| {
            let name = index.table.name.clone();
            self.all.iter().filter(move |trigger| trigger.names(&name))
        };
        let kept = self.kept(restored);
        let (fed, mut names) = (kept.filter(|index| feeding(index).any(is_own)), Vec::new());
        for index in fed {
            let is_whole = index.is_of(&[table.to_owned()]) && self.is_whole(index);
            if !is_whole || !feeding(index).all(is_own) {
                return Vec::new();
            }
            names.push(index.table.name.clone());
        }
        names.retain(|_| self.write_only_indexes(table, restored));
        names
    }

    /// Returns whether changing `table` during that restore changes no rows of `restored` but its
    /// own.
    pub(crate) fn leave_alone(&self, table: &str, restored: &[String]) -> bool {
        self.firing(table, restored) == Firing::None || self.write_only_indexes(table, restored)
    }

    /// Returns whether the triggers of `table` write only full-text indexes that are not among
    /// `restored`.
    fn write_only_indexes(&self, table: &str, restored: &[String]) -> bool {
        let is_kept = |name: &str| self.kept(restored).any(|index| index.is(name));
        let mut own = self.all.iter().filter(|trigger| trigger.is_on(table));
        own.all(|trigger| trigger.writes_only(is_kept))
    }

    /// Returns the full-text indexes that are not among `restored`.
    fn kept<'t>(&'t self, restored: &'t [String]) -> impl Iterator<Item = &'t FullText> {
        self.full_text
            .iter()
            .filter(|index| !index.is_held(restored))
    }

    /// Returns whether an index covers every row of its table: no trigger that feeds it has a
    /// condition.
    pub(crate) fn is_whole(&self, index: &FullText) -> bool {
        let mut feeding = self
            .all
            .iter()
            .filter(|trigger| trigger.names(&index.table.name));
        !feeding.any(Trigger::is_conditional)
    }

    /// Returns the full-text indexes that a change of these tables may have changed.
    pub(crate) fn touched(&self, changed: &[String]) -> impl Iterator<Item = &FullText> {
        let feeds = move |index: &FullText| {
            let mut on_changed = self
                .all
                .iter()
                .filter(|trigger| changed.iter().any(|table| trigger.is_on(table)));
            on_changed.any(|trigger| trigger.names(&index.table.name))
        };
        self.full_text
            .iter()
            .filter(move |index| index.is_held(changed) || index.is_of(changed) || feeds(index))
    }

    /// Returns whether a trigger on one of these tables writes anything but full-text indexes.
    pub(crate) fn may_change_others(&self, tables: &[String]) -> bool {
        let is_index = |name: &str| self.full_text.iter().any(|index| index.is(name));
        let mut own = self
            .all
            .iter()
            .filter(|trigger| tables.iter().any(|table| trigger.is_on(table)));
        own.any(|trigger| !trigger.writes_only(is_index))
    }

    /// Returns whether a trigger on a table, or one that names it, uses a rowid.
    pub(crate) fn use_rowid_of(&self, table: &str) -> bool {
        let mut concerned = self.all.iter();
        concerned.any(|trigger| {
            let uses_rowid = ROWIDS.iter().any(|rowid| trigger.names(rowid));
            uses_rowid && (trigger.is_on(table) || trigger.names(table))
        })
    }

    /// Returns whether a trigger refuses to change or delete the rows of a table.
    pub(crate) fn refuse_changes_of(&self, table: &str) -> bool {
        let mut own = self.all.iter().filter(|trigger| trigger.is_on(table));
        own.any(|trigger| {
            let on = |word: &str| trigger.when.iter().any(|when| when == word);
            (on("update") || on("delete")) && trigger.names("raise")
        })
    }

    /// Returns the names of the triggers whose statements name a table.
    pub(crate) fn naming(&self, table: &str) -> Vec<&str> {
        let names = self.all.iter().filter(|trigger| trigger.names(table));
        names.map(|trigger| trigger.name.as_str()).collect()
    }
}

impl Database {
    /// Reads every trigger, by name, and the full-text indexes.
    pub(crate) fn triggers(&self) -> Result<Triggers> {
        let failed = self.failed("read");
        let sql =
            "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name";
        let mut statement = self.connection.prepare(sql).map_err(&failed)?;
        let trigger = |row: &rusqlite::Row<'_>| {
            let sql: String = row.get(2)?;
            Ok(Trigger::parse(row.get(0)?, row.get(1)?, &sql))
        };
        let all = statement.query_map([], trigger).map_err(&failed)?;
        Ok(Triggers {
            all: all.collect::<rusqlite::Result<_>>().map_err(&failed)?,
            full_text: self.full_text()?,
        })
    }

    /// Enables or disables triggers.
    pub(crate) fn set_triggers(&self, firing: Firing) -> Result<()> {
        let (option, run) = (
            DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
            firing == Firing::All,
        );
        let failed = self.failed("write");
        // Setting the option recompiles every statement, even if it does not change.
        if self.connection.db_config(option).map_err(&failed)? != run {
            let option = DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER;
            self.connection
                .set_db_config(option, run)
                .map_err(&failed)?;
        }
        Ok(())
    }
}
