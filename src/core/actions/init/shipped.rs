//! Recognizes, by tables and their columns, the stores whose profiles come with Unrewind.

use super::{LogCandidate, Reasoned};
use crate::core::{
    base::profile::{Log, Profile, Tables},
    db::Introspection,
};

/// A profile that comes with Unrewind, and the tables by which a database is recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShippedProfile {
    /// What keeps these tables, such as "LangGraph's checkpointer".
    pub name: String,
    /// The tables that a database must have.
    pub required: Vec<TableShape>,
    /// More tables that belong to it where a database has them.
    pub optional: Vec<TableShape>,
    /// Tables to leave out, each with the reason.
    pub excluded: Vec<Reasoned>,
    /// What a user of it should know, a line each.
    pub notes: Vec<String>,
    /// Its log, its tables and their rowids, and whether it replays; not its policies.
    pub profile: Profile,
}

/// A table's name and the columns that it must have; it may have more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    /// The table.
    pub table: String,
    /// The columns.
    pub columns: Vec<String>,
}

/// A shipped profile that fits a database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recognized {
    /// What keeps the tables.
    pub name: String,
    /// The tables by which it was recognized.
    pub by: Vec<String>,
    /// All its tables in this database.
    pub tables: Vec<String>,
    /// What a user of it should know, a line each.
    pub notes: Vec<String>,
    profile: Profile,
    excluded: Vec<Reasoned>,
}

impl TableShape {
    fn fits(&self, facts: &Introspection) -> bool {
        let mut columns = self.columns.iter();
        facts.table.name.eq_ignore_ascii_case(&self.table)
            && columns.all(|column| facts.table.column(column).is_some())
    }
}

impl ShippedProfile {
    /// Returns the tables of a database that belong to it, if all required ones do.
    pub(super) fn recognize(&self, tables: &[Introspection]) -> Option<Recognized> {
        let found = |shape: &TableShape| tables.iter().find(|facts| shape.fits(facts));
        let name = |facts: &Introspection| facts.table.name.clone();
        let required = self.required.iter();
        let by: Vec<String> = required
            .map(|shape| found(shape).map(name))
            .collect::<Option<_>>()?;
        let optional = self.optional.iter().filter_map(found).map(name);
        let mut logs = tables.iter();
        if let Some(log) = &self.profile.log
            && !logs.any(|facts| is_log(log, facts))
        {
            return None;
        }
        Some(Recognized {
            name: self.name.clone(),
            tables: by.iter().cloned().chain(optional).collect(),
            by,
            notes: self.notes.clone(),
            profile: self.profile.clone(),
            excluded: self.excluded.clone(),
        })
    }
}

impl Recognized {
    /// Returns whether a table belongs to it.
    pub(super) fn has(&self, table: &str) -> bool {
        let mut tables = self.tables.iter();
        tables.any(|name| name.eq_ignore_ascii_case(table))
    }

    /// Returns its event log, if the table is that.
    pub(super) fn candidate(&self, facts: &Introspection) -> Option<LogCandidate> {
        /// As much as a name that is typical of an event log.
        const KNOWN: i32 = 4;
        let log = self.profile.log.as_ref()?;
        let candidate = LogCandidate::of(facts).filter(|_| is_log(log, facts))?;
        Some(LogCandidate {
            log: Log {
                table: facts.table.name.clone(),
                ..log.clone()
            },
            likeness: candidate.likeness + KNOWN,
            reasons: vec![format!("it is the event log of {}", self.name)],
            ..candidate
        })
    }

    /// Returns the reason to leave a table out, if there is one.
    pub(super) fn exclusion(&self, facts: &Introspection) -> Option<Reasoned> {
        let mut excluded = self.excluded.iter();
        let name = &facts.table.name;
        let found = excluded.find(|excluded| excluded.table.eq_ignore_ascii_case(name))?;
        Some(Reasoned {
            table: name.clone(),
            why: found.why.clone(),
        })
    }

    /// Returns the reason to keep a table's rowids, if there is one.
    pub(super) fn keeps_rowid(&self, facts: &Introspection) -> Option<Reasoned> {
        let table = facts.table.name.clone();
        let is_hidden = facts.rowid.is_some() && facts.integer_key.is_none();
        let why = format!("{} uses its rowid, which no column holds", self.name);
        (is_hidden && self.profile.keeps_rowid(&table)).then_some(Reasoned { table, why })
    }

    /// Returns whether its event log is this table.
    pub(super) fn logs_in(&self, table: &str) -> bool {
        self.profile.is_log(table)
    }

    pub(super) fn replays_on_start(&self) -> bool {
        self.profile.replays_on_start
    }

    /// Returns its tables in the order of its own snapshots, if they have one.
    pub(super) fn order(&self) -> Option<&[String]> {
        match &self.profile.tables {
            Tables::Named(tables) => Some(tables),
            Tables::Auto { .. } => None,
        }
    }
}

/// Returns whether a table is this log: it has the columns, and the id is an ascending integer.
fn is_log(log: &Log, facts: &Introspection) -> bool {
    let mut columns = log.meanings().map(|(_, column)| column);
    let is_key = |key: &str| key.eq_ignore_ascii_case(&log.id);
    facts.table.name.eq_ignore_ascii_case(&log.table)
        && (facts.integer_key.as_deref().is_some_and(is_key) || facts.rowid.is_some_and(is_key))
        && columns.all(|column| *column == *log.id || facts.table.column(column).is_some())
}
