//! An event of the log as a person reads it: its time, kind and text, from the columns that the
//! profile names, and whether it counts.

mod identity;
mod time;

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use crate::core::base::{
    profile::Log,
    row::{Row, Table, ValueRef},
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
    pub(crate) fn of(row: &Row, table: &Table, log: &Log) -> Self {
        EventColumns::of(table, log).status(|column| row.value_ref(column))
    }
}

impl Event {
    /// Reads an event from a row of the log.
    pub fn of(row: &Row, table: &Table, log: &Log) -> Self {
        let mut event = EventColumns::of(table, log).raw_event(|column| row.value_ref(column));
        event.extract_text();
        event
    }

    /// Replaces the payload in `text` by its readable part.
    fn extract_text(&mut self) {
        let payload = self.text.as_deref();
        let json = payload.and_then(|payload| serde_json::from_str(payload).ok());
        self.extract_text_of(json.as_ref());
    }

    /// Replaces the payload in `text` by its readable part; `payload` is that JSON, parsed.
    fn extract_text_of(&mut self, payload: Option<&Json>) {
        if let Some(Json::Object(fields)) = payload {
            self.text = payload_text(fields).map(str::to_owned);
        }
    }
}

/// The columns of the log to which the profile gives a meaning, by index.
#[derive(Clone, Debug)]
pub(crate) struct EventColumns {
    id: Option<usize>,
    time: Option<usize>,
    pub(crate) kind: Option<usize>,
    pub(crate) payload: Option<usize>,
    pub(crate) superseded_by: Option<usize>,
    hidden: Option<usize>,
    active: Option<usize>,
}

impl EventColumns {
    /// Finds the columns in this table.
    pub(crate) fn of(table: &Table, log: &Log) -> Self {
        let place = |column: &Option<String>| table.column(column.as_ref()?);
        Self {
            id: table.column(&log.id),
            time: place(&log.time),
            kind: place(&log.kind),
            payload: place(&log.payload),
            superseded_by: place(&log.superseded_by),
            hidden: place(&log.hidden),
            active: place(&log.active),
        }
    }

    /// Returns whether an event counts; `value_ref` returns the values of its row.
    pub(crate) fn status<'c>(&self, value_ref: impl Fn(usize) -> ValueRef<'c>) -> EventStatus {
        let [superseded_by, hidden, active] =
            [self.superseded_by, self.hidden, self.active].map(|column| column.map(&value_ref));
        if superseded_by.is_some_and(|by| by != ValueRef::Null)
            || active == Some(ValueRef::Integer(0))
        {
            EventStatus::Rewound
        } else if hidden
            .is_some_and(|hidden| ![ValueRef::Null, ValueRef::Integer(0)].contains(&hidden))
        {
            EventStatus::Hidden
        } else {
            EventStatus::Active
        }
    }

    /// Returns an event's id; `value_ref` returns the values of its row.
    pub(crate) fn id_of<'c>(&self, value_ref: impl Fn(usize) -> ValueRef<'c>) -> Option<i64> {
        match self.id.map(value_ref) {
            Some(ValueRef::Integer(id)) => Some(id),
            _ => None,
        }
    }

    /// Returns an event's kind.
    pub(crate) fn kind<'r>(&self, row: &'r Row) -> Option<Cow<'r, str>> {
        row.values.get(self.kind?)?.readable()
    }

    /// Returns an event's payload, if it is JSON.
    pub(crate) fn json(&self, row: &Row) -> Option<Json> {
        let payload = row.values.get(self.payload?)?.readable()?;
        serde_json::from_str(&payload).ok()
    }

    /// Reads an event whose payload is already parsed; `None` if it is not JSON.
    pub(crate) fn event(&self, row: &Row, payload: Option<&Json>) -> Event {
        let mut event = self.raw_event(|column| row.value_ref(column));
        event.extract_text_of(payload);
        event
    }

    /// Reads an event whose text is the whole payload; `value_ref` returns the values of its row.
    pub(crate) fn raw_event<'c>(&self, value_ref: impl Fn(usize) -> ValueRef<'c>) -> Event {
        let text = |column: Option<usize>| column.and_then(|column| plain(value_ref(column)));
        Event {
            id: self.id_of(&value_ref).unwrap_or(0),
            time: text(self.time),
            kind: text(self.kind),
            text: text(self.payload),
            status: self.status(&value_ref),
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

fn plain(value_ref: ValueRef<'_>) -> Option<String> {
    match value_ref {
        ValueRef::Null => None,
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        // Many logs store their JSON as bytes.
        ValueRef::Blob(bytes) => {
            let value = value_ref.to_value();
            match (value.readable(), str::from_utf8(bytes)) {
                (Some(json), _) => Some(json.into_owned()),
                (None, Ok(text)) if !text.contains(char::is_control) => Some(text.to_owned()),
                _ => Some(value.to_string()),
            }
        }
        other => Some(other.to_value().to_string()),
    }
}

/// Returns the readable part of a payload that is a JSON object: its text, which may be in parts, or else its
/// longest string.
fn payload_text(fields: &Map<String, Json>) -> Option<&str> {
    let longest = || {
        let texts = fields.values().filter_map(Json::as_str);
        texts.max_by_key(|text| text.len())
    };
    named_text(fields).or_else(longest)
}

/// Returns the text of an object: a member whose name says so, or the first text in it.
fn named_text(fields: &Map<String, Json>) -> Option<&str> {
    let known = [
        "text", "content", "message", "body", "title", "name", "parts",
    ];
    known.iter().find_map(|name| match fields.get(*name)? {
        Json::String(text) => Some(text.as_str()),
        Json::Object(fields) => named_text(fields),
        Json::Array(parts) => parts
            .iter()
            .find_map(|part| part.as_object().and_then(named_text)),
        _ => None,
    })
}

/// Some events: their number, and the first and last few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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

    /// Replaces the payload of each event by its readable part.
    pub(crate) fn extract_texts(&mut self) {
        let events = self.first.iter_mut().chain(&mut self.last);
        events.for_each(Event::extract_text);
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
