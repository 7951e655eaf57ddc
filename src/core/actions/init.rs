//! A profile for a database that nobody has described yet: which table looks like its event log, which
//! tables are projected from it, and why.

mod candidate;
mod flags;

use std::path::Path;

use crate::core::{
    base::{
        error::{Error, Result},
        profile::{Profile, Tables},
    },
    db::{ByRowid, Database, Introspection, VirtualTable},
};

pub use candidate::LogCandidate;

/// Which table is proposed as the event log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The one that looks most like it, if one does.
    #[default]
    Likeliest,
    /// This one.
    Table(String),
    /// None.
    NoLog,
}

/// A profile that a database suggests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The event log; nothing where no table looks like one, or several do.
    pub log: Option<LogCandidate>,
    /// Other tables that look like one, the likeliest first.
    pub others: Vec<LogCandidate>,
    /// Whether several tables look so much like one that a person has to choose.
    pub is_open: bool,
    /// Tables to leave out, each with the reason.
    pub excluded: Vec<Reasoned>,
    /// Tables of which only a person can say whether to leave them out, each with the reason. Until then
    /// they are not.
    pub doubtful: Vec<Reasoned>,
    /// Tables whose rows are to keep their rowid, each with the reason.
    pub rowids: Vec<Reasoned>,
    /// The tables that a snapshot then holds besides the event log.
    pub tables: Vec<String>,
}

/// A table and why something is proposed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasoned {
    /// The table.
    pub table: String,
    /// The reason.
    pub why: String,
}

impl Proposal {
    /// Looks at a database and proposes how to describe it; `defaults` gives the policies.
    pub fn of(database: &Database, choice: &Choice, defaults: &Profile) -> Result<Self> {
        database.reading(|| {
            let looks = database.look()?;
            let mut proposal = Self::by_looks(database.path(), &looks, choice)?;
            let unreadable = database.unreadable()?;
            proposal.excluded.extend(unreadable.iter().map(no_module));
            let schema = database.schema(&proposal.profile(defaults))?;
            proposal.tables = schema.tables.into_iter().map(|(name, _)| name).collect();
            if proposal.tables.is_empty() && proposal.log.is_none() && !proposal.is_open {
                let what = "there is no table to take a snapshot of".to_owned();
                return Err(database.unfitting(what));
            }
            Ok(proposal)
        })
    }

    fn by_looks(path: &Path, looks: &[Introspection], choice: &Choice) -> Result<Self> {
        let mut others: Vec<LogCandidate> = looks.iter().filter_map(LogCandidate::of).collect();
        others.sort_by_key(|candidate| -candidate.likeness);
        let mut is_open = false;
        let log = match choice {
            Choice::NoLog => None,
            Choice::Table(name) => Some(LogCandidate::chosen(path, looks, name)?),
            Choice::Likeliest => {
                others.retain(LogCandidate::is_likely);
                is_open = matches!(&others[..], [first, second, ..] if second.rivals(first));
                others.first().filter(|_| !is_open).cloned()
            }
        };
        others.retain(|candidate| {
            candidate.is_likely()
                && log
                    .as_ref()
                    .is_none_or(|log| log.log.table != candidate.log.table)
        });
        let is_log = |look: &&Introspection| {
            log.as_ref()
                .is_some_and(|log| log.log.table == look.table.name)
        };
        let projected = || looks.iter().filter(|look| !is_log(look));
        Ok(Self {
            excluded: projected().filter_map(leave_out).collect(),
            doubtful: projected().filter_map(doubt).collect(),
            rowids: projected().filter_map(keep_rowid).collect(),
            log,
            others,
            is_open,
            tables: Vec::new(),
        })
    }

    /// Leaves out a doubtful table.
    pub fn leave_out(&mut self, table: &str) {
        let place = self.doubtful.iter().position(|one| one.table == table);
        if let Some(place) = place {
            self.excluded.push(self.doubtful.remove(place));
            self.tables.retain(|name| name != table);
        }
    }

    /// The profile that is proposed, with the policies of another.
    pub fn profile(&self, policies: &Profile) -> Profile {
        let names = |reasoned: &[Reasoned]| {
            reasoned
                .iter()
                .map(|reasoned| reasoned.table.clone())
                .collect()
        };
        Profile {
            log: self.log.as_ref().map(|candidate| candidate.log.clone()),
            tables: Tables::Auto {
                exclude: self.patterns(),
            },
            outside: self.patterns(),
            rowids: names(&self.rowids),
            replays_on_start: false,
            ..policies.clone()
        }
    }

    /// The excluded tables as patterns that fit no other.
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

/// A table that is no state of the application to go back to, whatever its name.
fn leave_out(look: &Introspection) -> Option<Reasoned> {
    look.is_schema_version.then(|| Reasoned {
        table: look.table.name.clone(),
        why: "schema version: a restore leaves the schema as it is, and so this table".to_owned(),
    })
}

/// A table with rows whose name says that they may be no state to go back to. Often it is wrong:
/// "sessions" are what chat programs call conversations, and a "cache" may be all that there is.
fn doubt(look: &Introspection) -> Option<Reasoned> {
    let table = look.table.name.clone();
    let words = words(&table);
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    let why = if look.sample.is_empty() {
        return None;
    } else if has(&["session", "sessions"]) {
        "its name says that it may hold who is signed in"
    } else if has(&["cache", "caches", "cached"]) {
        "its name says that it may hold what can be computed again"
    } else if has(&["tmp", "temp", "lock", "locks"]) {
        "its name says that it may hold nothing that lasts"
    } else {
        return None;
    };
    let why = why.to_owned();
    Some(Reasoned { table, why })
}

fn keep_rowid(look: &Introspection) -> Option<Reasoned> {
    let goes = match look.by_rowid.as_ref()? {
        ByRowid::Index => "a full-text index goes".to_owned(),
        ByRowid::Statement => "a trigger or a view goes".to_owned(),
        ByRowid::Virtual(table) => format!("rows of {table} may go"),
        ByRowid::Column(table, column) => format!("{table}.{column} may go"),
    };
    Some(Reasoned {
        table: look.table.name.clone(),
        why: format!("{goes} by its rowid, which no column holds"),
    })
}

fn no_module(table: &VirtualTable) -> Reasoned {
    Reasoned {
        table: table.name.clone(),
        why: format!(
            "this SQLite lacks its module {}; tables in which that keeps its data are taken",
            table.module
        ),
    }
}

/// The words of a name such as `event_log` or `StoredEvents`, in lower case.
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

/// The table of this name, in whatever case.
fn find<'l>(path: &Path, looks: &'l [Introspection], name: &str) -> Result<&'l Introspection> {
    let mut found = looks
        .iter()
        .filter(|look| look.table.name.eq_ignore_ascii_case(name));
    found.next().ok_or_else(|| Error::NoEventLog {
        path: path.to_owned(),
        table: name.to_owned(),
    })
}
