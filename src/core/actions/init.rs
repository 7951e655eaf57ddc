//! Proposes a profile for a database without one: which table looks like its event log, which
//! tables are projected from it, and why.

mod candidate;
mod flags;
mod shipped;

use std::path::Path;

use crate::core::{
    base::{
        error::{Error, Result},
        profile::{Profile, Tables},
    },
    db::{ByRowid, Database, Introspection, LAST_EVENT_ID, VirtualTable},
};

pub use candidate::LogCandidate;
pub use shipped::{Recognized, ShippedProfile, TableShape};

/// Which table to propose as the event log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The likeliest one, if any.
    #[default]
    Likeliest,
    /// This one.
    Table(String),
    /// None.
    NoLog,
}

/// A profile that a database suggests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proposal {
    /// The shipped profiles that fit.
    pub recognized: Vec<Recognized>,
    /// The event log; `None` if no table looks like one, or several do.
    pub log: Option<LogCandidate>,
    /// Other tables that look like one, likeliest first.
    pub others: Vec<LogCandidate>,
    /// Whether several tables look so similar that the user must choose.
    pub is_open: bool,
    /// Tables to leave out, each with the reason.
    pub excluded: Vec<Reasoned>,
    /// Tables that only the user can decide to leave out, each with the reason. Until then they
    /// stay.
    pub doubtful: Vec<Reasoned>,
    /// Tables whose rows are to keep their rowid, each with the reason.
    pub rowids: Vec<Reasoned>,
    /// The tables that a snapshot then holds besides the event log.
    pub tables: Vec<String>,
    /// The order of the tables in a snapshot, if the application has one of its own.
    pub order: Option<Vec<String>>,
    /// Whether the application replays its log when it starts.
    pub replays_on_start: bool,
}

/// A table and why something is proposed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reasoned {
    /// The table.
    pub table: String,
    /// The reason.
    pub why: String,
}

impl Proposal {
    /// Inspects a database and proposes a profile; `shipped` are the profiles to recognize, and
    /// `defaults` provides the policies. Fails if the database cannot be read, or has no such table.
    pub fn of(
        database: &Database,
        choice: &Choice,
        shipped: &[ShippedProfile],
        defaults: &Profile,
    ) -> Result<Self> {
        database.reading(|| {
            let tables = database.introspect()?;
            let known = shipped.iter();
            let known = known.filter_map(|known| known.recognize(&tables)).collect();
            let mut proposal = Self::from_tables(database.path(), &tables, choice, known)?;
            let unreadable = database.unreadable()?;
            proposal.excluded.extend(unreadable.iter().map(no_module));
            let schema = database.schema(&proposal.profile(defaults))?;
            proposal.tables = schema.tables.into_iter().map(|(name, _)| name).collect();
            if proposal.tables.is_empty() && proposal.log.is_none() && !proposal.is_open {
                let what = "there is no table to take a snapshot of".to_owned();
                return Err(database.unfitting(what));
            }
            proposal.follow_application();
            Ok(proposal)
        })
    }

    fn from_tables(
        path: &Path,
        tables: &[Introspection],
        choice: &Choice,
        recognized: Vec<Recognized>,
    ) -> Result<Self> {
        let owner = |facts: &Introspection| {
            let mut owners = recognized.iter();
            owners.find(|owner| owner.has(&facts.table.name))
        };
        let candidate = |facts: &Introspection| match owner(facts) {
            Some(owner) => owner.candidate(facts),
            None => LogCandidate::of(facts),
        };
        let mut others: Vec<LogCandidate> = tables.iter().filter_map(candidate).collect();
        others.sort_by_key(|candidate| -candidate.likeness);
        let mut is_open = false;
        let log = match choice {
            Choice::NoLog => None,
            Choice::Table(name) => {
                let facts = find(path, tables, name)?;
                Some(LogCandidate::chosen(path, facts, candidate(facts))?)
            }
            Choice::Likeliest => {
                others.retain(LogCandidate::is_likely);
                is_open = matches!(&others[..], [first, second, ..] if second.is_close_to(first));
                others.first().filter(|_| !is_open).cloned()
            }
        };
        others.retain(|candidate| {
            candidate.is_likely()
                && log
                    .as_ref()
                    .is_none_or(|log| log.log.table != candidate.log.table)
        });
        let is_log = |facts: &&Introspection| {
            log.as_ref()
                .is_some_and(|log| log.log.table == facts.table.name)
        };
        let projected = || tables.iter().filter(|facts| !is_log(facts));
        let excluded = |facts: &Introspection| {
            let known = owner(facts).and_then(|owner| owner.exclusion(facts));
            known.or_else(|| leave_out(facts))
        };
        let doubtful = |facts: &Introspection| doubt(facts).filter(|_| owner(facts).is_none());
        let rowid = |facts: &Introspection| {
            let known = owner(facts).and_then(|owner| owner.keeps_rowid(facts));
            known.or_else(|| keep_rowid(facts))
        };
        Ok(Self {
            excluded: projected().filter_map(excluded).collect(),
            doubtful: projected().filter_map(doubtful).collect(),
            rowids: projected().filter_map(rowid).collect(),
            log,
            others,
            is_open,
            tables: Vec::new(),
            order: None,
            replays_on_start: false,
            recognized,
        })
    }

    /// Adopts what the application that owns the log does with its snapshots: whether it loads them
    /// when it starts, and the order of the tables in them.
    fn follow_application(&mut self) {
        let Some(LogCandidate { log, .. }) = &self.log else {
            return;
        };
        let mut known = self.recognized.iter();
        let Some(known) = known.find(|known| known.logs_in(&log.table)) else {
            return;
        };
        self.replays_on_start = known.replays_on_start();
        self.order = known.order().map(|order| {
            let is_new = |table: &&String| !order.iter().any(|one| one.eq_ignore_ascii_case(table));
            let others = self.tables.iter().filter(is_new);
            order.iter().chain(others).cloned().collect()
        });
    }

    /// Leaves out a doubtful table.
    pub fn leave_out(&mut self, table: &str) {
        let place = self.doubtful.iter().position(|one| one.table == table);
        if let Some(place) = place {
            self.excluded.push(self.doubtful.remove(place));
            self.tables.retain(|name| name != table);
            if let Some(order) = &mut self.order {
                order.retain(|name| name != table);
            }
        }
    }

    /// Returns the proposed profile, with the policies of another.
    pub fn profile(&self, policies: &Profile) -> Profile {
        let names = |reasoned: &[Reasoned]| {
            reasoned
                .iter()
                .map(|reasoned| reasoned.table.clone())
                .collect()
        };
        Profile {
            log: self.log.as_ref().map(|candidate| candidate.log.clone()),
            tables: match &self.order {
                Some(order) => Tables::Named(order.clone()),
                None => Tables::Auto {
                    exclude: self.patterns(),
                },
            },
            outside: self.patterns(),
            rowids: names(&self.rowids),
            replays_on_start: self.replays_on_start,
            ..policies.clone()
        }
    }

    /// Returns the excluded tables as patterns that match no other name.
    pub fn patterns(&self) -> Vec<String> {
        let pattern = |excluded: &Reasoned| {
            let special = |c: char| match c {
                '*' | '?' | '[' => format!("[{c}]"),
                c => c.to_string(),
            };
            excluded.table.chars().map(special).collect()
        };
        self.excluded.iter().map(pattern).collect()
    }
}

/// Excludes a table that is never part of the application's state.
fn leave_out(facts: &Introspection) -> Option<Reasoned> {
    let table = facts.table.name.clone();
    let why = if facts.is_schema_version {
        "schema version: a restore does not change the schema"
    } else if table == LAST_EVENT_ID {
        "a snapshot's own first key has its name, so no snapshot can hold it"
    } else {
        return None;
    };
    let why = why.to_owned();
    Some(Reasoned { table, why })
}

/// Marks a table whose name suggests that it is not state to restore. The name is often misleading:
/// chat programs call conversations "sessions", and a "cache" may be the only copy.
fn doubt(facts: &Introspection) -> Option<Reasoned> {
    let table = facts.table.name.clone();
    let words = words(&table);
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    let why = if facts.sample.is_empty() {
        return None;
    } else if has(&["session", "sessions"]) {
        "by its name, it may hold login sessions"
    } else if has(&["cache", "caches", "cached"]) {
        "by its name, it may hold data that can be recomputed"
    } else if has(&["tmp", "temp", "lock", "locks"]) {
        "by its name, it may hold temporary data"
    } else {
        return None;
    };
    let why = why.to_owned();
    Some(Reasoned { table, why })
}

fn keep_rowid(facts: &Introspection) -> Option<Reasoned> {
    let user = match facts.by_rowid.as_ref()? {
        ByRowid::Index => "a full-text index uses".to_owned(),
        ByRowid::Statement => "a trigger or a view uses".to_owned(),
        ByRowid::Virtual(table) => format!("rows of {table} may use"),
        ByRowid::Column(table, column) => format!("{table}.{column} may use"),
    };
    Some(Reasoned {
        table: facts.table.name.clone(),
        why: format!("{user} its rowid, which no column holds"),
    })
}

fn no_module(table: &VirtualTable) -> Reasoned {
    Reasoned {
        table: table.name.clone(),
        why: format!(
            "this SQLite lacks its module {}; its shadow tables are included instead",
            table.module
        ),
    }
}

/// Splits a name such as `event_log` or `StoredEvents` into words, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        let ends = !c.is_alphanumeric() || (c.is_uppercase() && was_small);
        if ends {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        was_small = c.is_lowercase();
    }
    words
}

/// Finds the table of this name, ignoring case.
fn find<'l>(path: &Path, tables: &'l [Introspection], name: &str) -> Result<&'l Introspection> {
    let mut found = tables
        .iter()
        .filter(|facts| facts.table.name.eq_ignore_ascii_case(name));
    found.next().ok_or_else(|| Error::NoEventLog {
        path: path.to_owned(),
        table: name.to_owned(),
    })
}
