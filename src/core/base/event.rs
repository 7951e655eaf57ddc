//! An event of the log as a person reads it: its time, kind and text, from the columns that the
//! profile names, and whether it counts.

mod identity;
mod time;

use serde_json::Value as Json;

use crate::core::base::{
    profile::Log,
    record::{Record, Table, Value},
};

pub(crate) use identity::EventIdentity;
pub(crate) use time::instant;

/// One event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: i64,
    /// Its time, as the log stores it.
    pub time: Option<String>,
    /// Its kind.
    pub kind: Option<String>,
    /// The text of its payload, if it has any.
    pub text: Option<String>,
    /// Whether it is active, rewound or hidden.
    pub status: EventStatus,
}

/// Whether an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventStatus {
    /// It counts.
    Active,
    /// A rewind superseded it.
    Rewound,
    /// The application hides it.
    Hidden,
}

impl EventStatus {
    /// Returns whether the event in a row of the log counts.
    pub(crate) fn of(record: &Record, table: &Table, log: &Log) -> Self {
        let is_set = |column: Option<&String>, unset: &[Value]| {
            let index = column.and_then(|column| table.column(column));
            index.is_some_and(|index| !unset.contains(&record.values[index]))
        };
        let is_zero = |column: Option<&String>| {
            let index = column.and_then(|column| table.column(column));
            index.is_some_and(|index| record.values[index] == Value::Integer(0))
        };
        if is_set(log.superseded_by.as_ref(), &[Value::Null]) || is_zero(log.active.as_ref()) {
            Self::Rewound
        } else if is_set(log.hidden.as_ref(), &[Value::Null, Value::Integer(0)]) {
            Self::Hidden
        } else {
            Self::Active
        }
    }
}

impl Event {
    /// Reads an event from a row of the log.
    pub fn of(record: &Record, table: &Table, log: &Log) -> Self {
        let value =
            |column: Option<&String>| table.column(column?).map(|index| &record.values[index]);
        let text = |column: Option<&String>| value(column).and_then(plain);
        let id = match value(Some(&log.id)) {
            Some(Value::Integer(id)) => *id,
            _ => 0,
        };
        let readable = text(log.payload.as_ref()).and_then(|payload| payload_text(&payload));
        Self {
            id,
            time: text(log.time.as_ref()),
            kind: text(log.kind.as_ref()),
            text: readable,
            status: EventStatus::of(record, table, log),
        }
    }
}

impl Event {
    /// Returns one line that describes it: its text, else its kind.
    pub fn summary(&self) -> &str {
        self.text
            .as_deref()
            .or(self.kind.as_deref())
            .unwrap_or("an event")
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.clone()),
        Value::BrokenText(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        // Many logs store their JSON as bytes.
        Value::Blob(bytes) => match (value.readable(), str::from_utf8(bytes)) {
            (Some(json), _) => Some(json.into_owned()),
            (None, Ok(text)) if !text.contains(char::is_control) => Some(text.to_owned()),
            _ => Some(value.to_string()),
        },
        other => Some(other.to_string()),
    }
}

/// Returns the readable part of a payload: its text, else its longest string; a payload that is not
/// a JSON object whole.
fn payload_text(payload: &str) -> Option<String> {
    let Ok(Json::Object(fields)) = serde_json::from_str(payload) else {
        return Some(payload.to_owned());
    };
    let known = ["text", "content", "message", "body", "title", "name"];
    let named = known
        .into_iter()
        .find_map(|name| fields.get(name)?.as_str());
    let longest = || {
        fields
            .values()
            .filter_map(Json::as_str)
            .max_by_key(|text| text.len())
    };
    named.or_else(longest).map(str::to_owned)
}

/// Some events: their number, and the first and last few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Their number.
    pub count: u64,
    /// The first few.
    pub first: Vec<Event>,
    /// The last few that are not among the first.
    pub last: Vec<Event>,
}

impl Events {
    const SHOWN: usize = 3;

    /// Returns the last event.
    pub(crate) fn latest(&self) -> Option<&Event> {
        self.last.last().or(self.first.last())
    }

    /// Appends an event.
    pub(crate) fn push(&mut self, event: Event) {
        self.count += 1;
        if self.first.len() < Self::SHOWN {
            self.first.push(event);
            return;
        }
        if self.last.len() == Self::SHOWN {
            self.last.remove(0);
        }
        self.last.push(event);
    }
}
