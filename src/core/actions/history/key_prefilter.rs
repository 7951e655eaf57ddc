//! Bytes that a row with a key contains, however its JSON is written: other rows are never decoded.

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memmem::Finder;

use crate::core::{
    actions::prefilter::{Prefilters, escaped_plain},
    base::row::{Collation, KeyRule, Table, Value},
    file::json::text_in_base64,
};

/// What to find in the bytes of a row.
#[derive(Debug)]
pub(super) enum ValuePrefilter {
    /// Nothing is certain: every row may hold the value.
    Any,
    /// A text or the base64 of bytes.
    Text(Prefilters),
    /// The digits of a number, or of a text like one, as the value of a member.
    Integer {
        digits: Box<Finder<'static>>,
        member: Member,
    },
}

/// Which member holds a number.
#[derive(Debug)]
pub(super) enum Member {
    /// The one of this name.
    Named(String),
    /// Any: the key's columns are not known.
    Any,
    /// Any of JSON within a string.
    InString,
}

/// The values of a key that must all be found: the rarest first.
#[derive(Debug)]
pub(super) struct KeyPrefilter(Vec<ValuePrefilter>);

impl KeyPrefilter {
    /// Returns the prefilter of rows that hold these values in these columns, if they are known.
    pub(super) fn of_columns(key: Option<&Table>, values: &[Value]) -> Self {
        let prefilter = |(place, value): (usize, &Value)| {
            let name = key.and_then(|key| key.columns.get(place));
            let member = name.map_or(Member::Any, |name| Member::Named(name.clone()));
            match key.and_then(|key| key.rule(place)) {
                Some(rule) => ValuePrefilter::of_key(value, rule, member),
                None => ValuePrefilter::new(value, member),
            }
        };
        Self::rarest_first(values.iter().enumerate().map(prefilter))
    }

    /// Returns the prefilter of rows that hold these values in JSON within a string.
    pub(super) fn of_values(values: &[Value]) -> Self {
        Self::rarest_first(
            values
                .iter()
                .map(|value| ValuePrefilter::new(value, Member::InString)),
        )
    }

    /// Returns the prefilter of JSON that holds these values.
    pub(super) fn of_json(values: &[Value]) -> Self {
        Self::rarest_first(
            values
                .iter()
                .map(|value| ValuePrefilter::new(value, Member::Any)),
        )
    }

    /// Returns the prefilter of rows that hold this text.
    pub(super) fn of_text(text: &str) -> Self {
        Self(vec![ValuePrefilter::Text(Prefilters::of_text(text))])
    }

    fn rarest_first(prefilters: impl Iterator<Item = (ValuePrefilter, usize)>) -> Self {
        let mut prefilters: Vec<_> = prefilters.collect();
        prefilters.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
        Self(
            prefilters
                .into_iter()
                .map(|(prefilter, _)| prefilter)
                .collect(),
        )
    }

    /// Returns the first index where the rarest value may begin.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        self.0
            .first()
            .map_or(Some(0), |prefilter| prefilter.find(bytes))
    }

    /// Returns whether a row's bytes may hold all values.
    pub(super) fn are_in(&self, row: &[u8]) -> bool {
        self.0.iter().all(|prefilter| prefilter.find(row).is_some())
    }
}

impl ValuePrefilter {
    /// Returns the prefilter of a value, and how many bytes it has.
    fn new(value: &Value, member: Member) -> (Self, usize) {
        match value {
            Value::Integer(number) => Self::digits(&number.unsigned_abs().to_string(), member),
            // Up to this size they are written as an integer and a fraction.
            Value::Real(number) if number.fract() == 0.0 && number.abs() <= 9e15 => {
                Self::digits(&format!("{:.0}", number.abs()), member)
            }
            Value::Text(text) if is_number(text) => {
                Self::digits(text.trim_start_matches('-'), member)
            }
            // Their text depends on the writer.
            Value::Real(_) | Value::Null => (Self::Any, 0),
            Value::Text(text) => Self::text(text),
            Value::BrokenText(bytes) | Value::Blob(bytes) => Self::text(&STANDARD.encode(bytes)),
        }
    }

    /// Returns the prefilter of a value, and of those that SQLite considers equal.
    fn of_key(value: &Value, rule: KeyRule, member: Member) -> (Self, usize) {
        let folded = rule.folded(value);
        match (rule.collation, &folded) {
            (Collation::NoCase, Value::Text(text)) if !is_number(text) => {
                Self::among(Prefilters::of_any_case(text), text.len())
            }
            (Collation::Binary, _) => Self::new(&folded, member),
            (Collation::UniCase, Value::Text(_)) | (_, Value::BrokenText(_)) => (Self::Any, 0),
            _ => Self::new(&folded, member),
        }
    }

    fn digits(digits: &str, member: Member) -> (Self, usize) {
        let found = Box::new(Finder::new(digits.as_bytes()).into_owned());
        let prefilter = Self::Integer {
            digits: found,
            member,
        };
        (prefilter, digits.len())
    }

    fn text(text: &str) -> (Self, usize) {
        Self::among(Prefilters::of_text(text), text.len())
    }

    fn among(found: Prefilters, length: usize) -> (Self, usize) {
        match found {
            Prefilters::None => (Self::Any, 0),
            found @ Prefilters::OneOf(_) => (Self::Text(found), length),
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Any => Some(0),
            Self::Text(text) => text.find(bytes),
            Self::Integer { digits, member } => {
                let length = digits.needle().len();
                let mut places = digits.find_iter(bytes);
                let found = places.find(|&at| {
                    !bytes.get(at + length).is_some_and(u8::is_ascii_digit)
                        && is_member(&bytes[..at], member)
                });
                let before = found.map_or(bytes, |at| &bytes[..at]);
                match member {
                    Member::InString => text_in_base64(before),
                    // A text of these digits may be escaped.
                    _ => escaped_plain(before),
                }
                .or(found)
            }
        }
    }
}

/// Returns whether a text is written as an integer is.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether a number or a text that follows these bytes may be the value of such a member.
fn is_member(before: &[u8], member: &Member) -> bool {
    let before = before.strip_suffix(b"-").unwrap_or(before);
    let before = before.strip_suffix(b"\"").unwrap_or(before);
    let before = before.strip_suffix(b"\\").unwrap_or(before);
    let Some(before) = before.trim_ascii_end().strip_suffix(b":") else {
        return false;
    };
    let before = before.trim_ascii_end();
    let name = match member {
        Member::Named(name) => name,
        Member::Any => return true,
        // Quotation marks are escaped there.
        Member::InString => return before.ends_with(b"\\\"") || before.ends_with(b"\\u0022"),
    };
    let Some(before) = before.strip_suffix(b"\"") else {
        return false;
    };
    // Within a string the quotation mark would be escaped.
    let escapes = before.iter().rev().take_while(|&&byte| byte == b'\\');
    if escapes.count() % 2 == 1 {
        return false;
    }
    let opening = memchr::memrchr(b'"', before).map_or(0, |at| at + 1);
    let written = &before[opening..];
    // An escape may be any character.
    written == name.as_bytes() || written.contains(&b'\\')
}
