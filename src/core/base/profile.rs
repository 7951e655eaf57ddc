//! What the core has to know of an application: its event log, its projected tables, and the
//! policies of its snapshots.

use std::time::Duration;

/// One application as Unrewind sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The event log, if the application keeps one.
    pub log: Option<Log>,
    /// The projected tables.
    pub tables: Tables,
    /// Tables beside a list of them that no snapshot is meant to hold, as patterns.
    pub outside: Vec<String>,
    /// Tables whose rows keep their rowid, which a snapshot then holds as their first column and key.
    pub rowids: Vec<String>,
    /// Whether the application's start loads the newest periodic snapshot and replays the active events
    /// after its `last_event_id`.
    pub replays_on_start: bool,
    /// When a periodic snapshot is due, and how many stay.
    pub periodic: PeriodicPolicy,
    /// How long rewind snapshots stay.
    pub rewind: RewindPolicy,
    /// How long a lock of another process on the database is waited for.
    pub busy_timeout: Duration,
}

/// Which tables are projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tables {
    /// These, in the order in which a snapshot holds them.
    Named(Vec<String>),
    /// All that hold rows of the application, by name: every table but the log, and every virtual table
    /// that keeps rows of its own.
    Auto {
        /// Those that are left out, as patterns in which `*` is any text, `?` one character and `[ab]` one
        /// of these; upper and lower case are the same.
        exclude: Vec<String>,
    },
}

impl Profile {
    /// The tables that no snapshot is meant to hold, as patterns.
    pub(crate) fn excluded(&self) -> &[String] {
        match &self.tables {
            Tables::Auto { exclude } => exclude,
            Tables::Named(_) => &self.outside,
        }
    }

    /// Whether a table is the event log.
    pub fn is_log(&self, table: &str) -> bool {
        self.log
            .as_ref()
            .is_some_and(|log| log.table.eq_ignore_ascii_case(table))
    }

    pub(crate) fn keeps_rowid(&self, table: &str) -> bool {
        self.rowids
            .iter()
            .any(|name| name.eq_ignore_ascii_case(table))
    }
}

/// The event log's table and what its columns mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The table.
    pub table: String,
    /// The columns a snapshot begins with, in this order; others follow as they stand in the table.
    pub columns: Vec<String>,
    /// The ascending integer that names an event: a column, or `rowid`.
    pub id: String,
    /// Where the event's time is, if anywhere.
    pub time: Option<String>,
    /// Where the event's branch is, if anywhere.
    pub branch: Option<String>,
    /// Where the event's kind is, if anywhere.
    pub kind: Option<String>,
    /// Where the event's JSON payload is, if anywhere.
    pub payload: Option<String>,
    /// The column that is not NULL in an event that a rewind took back, if there is one.
    pub superseded_by: Option<String>,
    /// The column that is not 0 in an event that is hidden, if there is one.
    pub hidden: Option<String>,
    /// The column that is 0 in an event that a rewind took back, if there is one; NULL and anything else
    /// mean that it counts.
    pub active: Option<String>,
    /// The kinds of event that do nothing but take others back.
    pub rewind_kinds: Vec<String>,
}

impl Log {
    /// The columns that say whether an event counts, and nothing of what it is.
    pub(crate) fn flags(&self) -> impl Iterator<Item = &String> {
        let flags = [&self.superseded_by, &self.hidden, &self.active];
        flags.into_iter().flatten()
    }

    /// The columns that mean something, each with what it means.
    pub(crate) fn meanings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let optional = [
            ("time", &self.time),
            ("branch", &self.branch),
            ("kind", &self.kind),
            ("payload", &self.payload),
            ("superseded_by", &self.superseded_by),
            ("hidden", &self.hidden),
            ("active", &self.active),
        ];
        let named = optional
            .into_iter()
            .filter_map(|(meaning, column)| Some((meaning, column.as_deref()?)));
        std::iter::once(("id", self.id.as_str())).chain(named)
    }
}

/// The policy of periodic snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodicPolicy {
    /// How many of the newest are kept.
    pub keep: usize,
    /// One is due after this many new events.
    pub due_events: u64,
    /// One is due at this age of the newest.
    pub due_age: Duration,
}

/// The policy of rewind snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RewindPolicy {
    /// How long one is kept.
    pub keep_within: Duration,
}
