//! What the core knows of an application: its event log, its projected tables, and its snapshot
//! policies.

use std::time::Duration;

use super::{event::Event, row::Table};

/// The description of one application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The event log, if the application keeps one.
    pub log: Option<Log>,
    /// The projected tables.
    pub tables: Tables,
    /// Tables that no snapshot is meant to hold, as patterns, where `tables` is a list.
    pub outside: Vec<String>,
    /// Tables whose rowid is part of a row: a snapshot holds it as the first column and the key.
    pub rowids: Vec<String>,
    /// Whether the application's start loads the newest periodic snapshot and replays the active events
    /// after its `last_event_id`.
    pub replays_on_start: bool,
    /// The user's command that applies events to a database.
    pub replay: Option<ReplayCommand>,
    /// When a periodic snapshot is due, and how many are kept.
    pub periodic: PeriodicPolicy,
    /// How long rewind snapshots are kept.
    pub rewind: RewindPolicy,
    /// How long to wait for another process's lock on the database.
    pub busy_timeout: Duration,
}

impl Default for Profile {
    /// Returns the chat service's profile.
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let column = |name: &str| Some(name.to_owned());
        Self {
            log: Some(Log {
                table: "event_log".to_owned(),
                columns: names(&[
                    "id",
                    "branch_id",
                    "ts",
                    "kind",
                    "payload_json",
                    "superseded_by",
                    "hidden",
                ]),
                id: "id".to_owned(),
                time: column("ts"),
                branch: column("branch_id"),
                kind: column("kind"),
                payload: column("payload_json"),
                superseded_by: column("superseded_by"),
                hidden: column("hidden"),
                active: None,
                rewind_kinds: names(&["rewind"]),
                person_kinds: names(&["message_sent"]),
            }),
            tables: Tables::Named(names(&[
                "bots",
                "you_entity",
                "edges",
                "memories",
                "chats",
                "chat_state",
                "containers",
                "scenes",
                "activity",
                "classifier_failures",
            ])),
            outside: Vec::new(),
            rowids: Vec::new(),
            replays_on_start: true,
            replay: None,
            periodic: PeriodicPolicy {
                keep: 5,
                due_events: 100,
                due_age: Duration::from_mins(30),
            },
            rewind: RewindPolicy {
                keep_within: Duration::from_hours(336),
            },
            busy_timeout: Duration::from_secs(5),
        }
    }
}

/// Which tables are projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tables {
    /// These, in the order of a snapshot.
    Named(Vec<String>),
    /// All tables that hold rows of the application, by name: every table but the log, and every
    /// virtual table that stores rows of its own.
    Auto {
        /// Patterns of tables to leave out: `*` is any text, `?` one character, `[ab]` one of
        /// these; case does not matter.
        exclude: Vec<String>,
    },
}

impl Profile {
    /// Returns whether the application starts from the newest periodic snapshot, as far as the profile says.
    pub fn starts_from_snapshots(&self) -> bool {
        self.log.is_some() && self.replays_on_start
    }

    /// Returns the tables that no snapshot is meant to hold, as patterns.
    pub(crate) fn excluded(&self) -> &[String] {
        match &self.tables {
            Tables::Auto { exclude } => exclude,
            Tables::Named(_) => &self.outside,
        }
    }

    /// Returns whether a table is the event log.
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
    /// The columns with which a snapshot's rows begin, in this order; the others follow in the
    /// table's order.
    pub columns: Vec<String>,
    /// The column that holds the ascending integer id of an event, or `rowid`.
    pub id: String,
    /// The column of the event's time, if any.
    pub time: Option<String>,
    /// The column of the event's branch, if any.
    pub branch: Option<String>,
    /// The column of the event's kind, if any.
    pub kind: Option<String>,
    /// The column of the event's JSON payload, if any.
    pub payload: Option<String>,
    /// The column that is not NULL in a rewound event, if any.
    pub superseded_by: Option<String>,
    /// The column that is not 0 in a hidden event, if any.
    pub hidden: Option<String>,
    /// The column that is 0 in a rewound event, if any; NULL and any other value mean active.
    pub active: Option<String>,
    /// The kinds of event that only rewind others.
    pub rewind_kinds: Vec<String>,
    /// The kinds of event that a person writes; if empty, every kind.
    pub person_kinds: Vec<String>,
}

impl Log {
    /// Returns whether a person writes events of this kind.
    pub fn is_by_person(&self, kind: &str) -> bool {
        self.person_kinds.is_empty() || self.person_kinds.iter().any(|known| known == kind)
    }

    /// Returns whether a person wrote an event. Rewinds do not count: nobody would miss one.
    pub(crate) fn was_written(&self, event: &Event) -> bool {
        let kind = event.kind.as_deref().unwrap_or_default();
        self.is_by_person(kind) && !self.is_rewind(event)
    }

    /// Returns whether an event only rewinds others.
    pub(crate) fn is_rewind(&self, event: &Event) -> bool {
        let kind = event.kind.as_ref();
        kind.is_some_and(|kind| self.rewind_kinds.contains(kind))
    }

    /// Returns the flags: the columns that only say whether an event counts.
    pub(crate) fn flags(&self) -> impl Iterator<Item = &String> {
        let flags = [&self.superseded_by, &self.hidden, &self.active];
        flags.into_iter().flatten()
    }

    /// Returns the columns with a meaning, each after its meaning.
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

    /// Returns the columns with a meaning that the log's table lacks.
    pub(crate) fn lacking_in(&self, table: &Table) -> Vec<(&'static str, String)> {
        let lacking = self.meanings();
        let lacking = lacking.filter(|(_, column)| table.column(column).is_none());
        lacking
            .map(|(meaning, column)| (meaning, column.to_owned()))
            .collect()
    }
}

/// A command that applies the active events of a database's log above an id, in their order. It is
/// called with two more arguments, the database and that id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayCommand {
    /// The program: an absolute path, or a name to find in `PATH`.
    pub program: String,
    /// The arguments before those two.
    pub arguments: Vec<String>,
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
