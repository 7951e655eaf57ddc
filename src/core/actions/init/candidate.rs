//! Rates a table as the event log: what its columns would mean, and the reasons for and against.

use std::path::Path;

use super::{flags::FlagColumns, words};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Log,
        row::Value,
    },
    db::Introspection,
};

/// A table that may be the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogCandidate {
    /// The event log that it would be.
    pub log: Log,
    /// The score: how much it looks like one.
    pub likeness: i32,
    /// The reasons for it, and against.
    pub reasons: Vec<String>,
    /// Whether new events may reuse the ids of deleted ones.
    pub reuses_ids: bool,
}

const LOG_NAMES: [&str; 6] = [
    "event",
    "events",
    "eventlog",
    "journal",
    "ledger",
    "eventstore",
];
const OTHER_NAMES: [&str; 16] = [
    "audit",
    "message",
    "messages",
    "responses",
    "turns",
    "changelog",
    "changes",
    "commits",
    "history",
    "log",
    "logs",
    "notification",
    "notifications",
    "outbox",
    "stream",
    "versions",
];
const TIMES: [&str; 19] = [
    "ts",
    "created_timestamp",
    "time_created",
    "datetime_utc",
    "sent_at",
    "datetime",
    "timestamp",
    "time",
    "occurred_at",
    "occurred_on",
    "recorded_at",
    "created_at",
    "created",
    "created_on",
    "inserted_at",
    "logged_at",
    "event_time",
    "date",
    "at",
];
const KINDS: [&str; 10] = [
    "kind",
    "event_type",
    "type",
    "topic",
    "event_name",
    "event_kind",
    "event",
    "action",
    "message_type",
    "role",
];
const PAYLOADS: [&str; 17] = [
    "payload_json",
    "payload",
    "event_data",
    "data",
    "body",
    "json",
    "state",
    "content",
    "object",
    "details",
    "args",
    "params",
    "event_body",
    "content_json",
    "message_data",
    "message",
    "text",
];
const STREAMS: [&str; 12] = [
    "aggregate_id",
    "aggregate",
    "stream_id",
    "stream",
    "originator_id",
    "entity_id",
    "version",
    "originator_version",
    "sequence",
    "seq",
    "position",
    "aggregate_version",
];
const BRANCHES: [&str; 3] = ["branch_id", "branch", "branch_name"];

impl LogCandidate {
    /// Rates a table; returns `None` without an ascending key.
    pub(super) fn of(facts: &Introspection) -> Option<Self> {
        let id = id(facts)?;
        let column = |names: &[&str]| {
            let named = names.iter().find_map(|name| facts.table.column(name));
            let column = named.map(|index| facts.table.columns[index].clone());
            column.filter(|column| *column != id)
        };
        let flags = FlagColumns::of(facts);
        let mut candidate = Self {
            log: Log {
                table: facts.table.name.clone(),
                columns: Vec::new(),
                time: column(&TIMES),
                branch: column(&BRANCHES),
                kind: column(&KINDS),
                payload: column(&PAYLOADS),
                superseded_by: flags.superseded_by,
                hidden: flags.hidden,
                active: flags.active,
                rewind_kinds: vec!["rewind".to_owned()],
                person_kinds: Vec::new(),
                id: id.clone(),
            },
            likeness: 0,
            reasons: Vec::new(),
            reuses_ids: !facts.autoincrement,
        };
        candidate.judge_name();
        candidate.judge_key(facts);
        candidate.judge_columns(facts, column(&STREAMS));
        candidate.judge_rest(facts);
        Some(candidate)
    }

    /// Describes the table that the user names: as `known`, if that is given, else by its columns.
    pub(super) fn chosen(path: &Path, facts: &Introspection, known: Option<Self>) -> Result<Self> {
        let candidate = known.or_else(|| Self::of(facts));
        let mut candidate = candidate.ok_or_else(|| Error::EventLog {
            path: path.to_owned(),
            table: facts.table.name.clone(),
            what: "it has neither rowids nor an integer as its key, so its events have no order"
                .to_owned(),
        })?;
        candidate.reasons = vec!["it was named".to_owned()];
        Ok(candidate)
    }

    /// Returns whether the score is that of an event log.
    pub(super) fn is_likely(&self) -> bool {
        const ENOUGH: i32 = 6;
        self.likeness >= ENOUGH
    }

    /// Returns whether the score is close to that of `other`.
    pub(super) fn is_close_to(&self, other: &Self) -> bool {
        self.likeness + 1 >= other.likeness
    }

    fn score(&mut self, points: i32, reason: impl Into<String>) {
        self.likeness += points;
        self.reasons.push(reason.into());
    }

    fn judge_name(&mut self) {
        let name = self.log.table.clone();
        let words = words(&name);
        let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
        if name.eq_ignore_ascii_case("django_admin_log") {
            self.score(-10, "it logs only what is done in Django's admin pages");
        } else if has(&LOG_NAMES) {
            self.score(4, "its name is typical of an event log");
        } else if has(&OTHER_NAMES) {
            self.score(2, "its name is possible for an event log");
        }
    }

    fn judge_key(&mut self, facts: &Introspection) {
        let id = self.log.id.clone();
        match (&facts.integer_key, facts.autoincrement) {
            (Some(_), true) => {
                self.score(3, format!("{id} ascends and never repeats"));
            }
            (Some(_), false) => self.score(2, format!("{id} is an ascending integer")),
            (None, _) => self.score(1, format!("no column is an ascending integer, but {id} is")),
        }
    }

    fn judge_columns(&mut self, facts: &Introspection, stream: Option<String>) {
        if let Some(kind) = self.log.kind.clone() {
            self.score(2, format!("{kind} may be the kind of event"));
        }
        if let Some(payload) = self.log.payload.clone() {
            let mut values = facts.values(&payload).peekable();
            if values.peek().is_some() && values.all(is_json) {
                self.score(3, format!("{payload} holds JSON"));
            } else {
                self.score(2, format!("{payload} may be the payload"));
            }
        }
        if let Some(time) = self.log.time.clone() {
            let times: Vec<&Value> = facts.values(&time).collect();
            if times.len() > 1 && times.is_sorted_by(|newer, older| !is_before(newer, older)) {
                self.score(2, format!("{time} ascends with {}", self.log.id));
            } else {
                self.score(1, format!("{time} may be the time of an event"));
            }
        }
        if let Some(stream) = stream {
            self.score(1, format!("{stream} may be the stream of an event"));
        }
        let flag = self.log.flags().next().cloned();
        if let Some(column) = flag {
            self.score(1, format!("{column} may mark events that no longer count"));
        }
    }

    fn judge_rest(&mut self, facts: &Introspection) {
        if facts.is_guarded {
            self.score(3, "a trigger refuses to change its rows");
        }
        if facts.is_referred_to {
            self.score(-3, "rows of other tables refer to its rows");
        }
    }
}

/// Returns the ascending integer that identifies a row: a column, or the rowid.
fn id(facts: &Introspection) -> Option<String> {
    if let Some(key) = &facts.integer_key {
        return Some(key.clone());
    }
    if let Some(rowid) = facts.rowid {
        return Some(rowid.to_owned());
    }
    let [key] = facts.table.key[..] else {
        return None;
    };
    let key = &facts.table.columns[key];
    let mut values = facts.values(key).peekable();
    let is_integer =
        values.peek().is_some() && values.all(|value| matches!(value, Value::Integer(_)));
    is_integer.then(|| key.clone())
}

fn is_json(value: &Value) -> bool {
    let text = value.readable().unwrap_or_default();
    text.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok()
}

fn is_before(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one < other,
        (Value::Real(one), Value::Real(other)) => one < other,
        (Value::Text(one), Value::Text(other)) => one < other,
        _ => true,
    }
}
