//! Bytes that a row with a key contains, however its JSON is written: other rows are never decoded.

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memmem::Finder;

use crate::core::{
    actions::prefilter::{Prefilters, escaped_plain},
    base::record::Value,
    file::json::text_in_base64,
};

/// What to find in the bytes of a row.
#[derive(Debug)]
pub(super) enum Needle {
    /// Nothing is certain: every row may hold the value.
    Any,
    /// A text or the base64 of bytes.
    Text(Prefilters),
    /// The digits of an integer as the value of a member.
    Integer {
        digits: Box<Finder<'static>>,
        /// The member's name; `None` for any.
        name: Option<String>,
    },
}

/// The values of a key that must all be found: the rarest first.
#[derive(Debug)]
pub(super) struct Needles(Vec<Needle>);

impl Needles {
    /// The needles of a row that holds these values in these columns, if their names are known.
    pub(super) fn of_columns(columns: &[String], values: &[Value]) -> Self {
        let name = |place: usize| columns.get(place).cloned();
        let needles = values.iter().enumerate();
        Self::rarest_first(needles.map(|(place, value)| Needle::new(value, name(place))))
    }

    /// The needles of a row that holds these values anywhere, also within JSON.
    pub(super) fn of_values(values: &[Value]) -> Self {
        Self::rarest_first(values.iter().map(|value| Needle::new(value, None)))
    }

    /// The needles of a row that holds this text.
    pub(super) fn of_text(text: &str) -> Self {
        Self(vec![Needle::Text(Prefilters::of_text(text))])
    }

    fn rarest_first(needles: impl Iterator<Item = (Needle, usize)>) -> Self {
        let mut needles: Vec<_> = needles.collect();
        needles.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
        Self(needles.into_iter().map(|(needle, _)| needle).collect())
    }

    /// Returns the first index where the rarest value may begin.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        self.0.first().map_or(Some(0), |needle| needle.find(bytes))
    }

    /// Returns whether a row's bytes may hold all values.
    pub(super) fn are_in(&self, row: &[u8]) -> bool {
        self.0.iter().all(|needle| needle.find(row).is_some())
    }
}

impl Needle {
    /// Returns the needle of a value, and how many bytes it has.
    fn new(value: &Value, name: Option<String>) -> (Self, usize) {
        match value {
            Value::Integer(number) => {
                let digits = number.unsigned_abs().to_string();
                let length = digits.len();
                let digits = Box::new(Finder::new(digits.as_bytes()).into_owned());
                (Self::Integer { digits, name }, length)
            }
            // Their text depends on the writer.
            Value::Real(_) | Value::Null => (Self::Any, 0),
            Value::Text(text) => Self::text(text),
            Value::BrokenText(bytes) | Value::Blob(bytes) => Self::text(&STANDARD.encode(bytes)),
        }
    }

    fn text(text: &str) -> (Self, usize) {
        match Prefilters::of_text(text) {
            Prefilters::None => (Self::Any, 0),
            found @ Prefilters::OneOf(_) => (Self::Text(found), text.len()),
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Any => Some(0),
            Self::Text(text) => text.find(bytes),
            Self::Integer { digits, name } => {
                let length = digits.needle().len();
                let mut places = digits.find_iter(bytes);
                let found = places.find(|&at| {
                    !bytes.get(at + length).is_some_and(u8::is_ascii_digit)
                        && is_member(&bytes[..at], name.as_deref())
                });
                let before = found.map_or(bytes, |at| &bytes[..at]);
                match name {
                    // A text of these digits may be escaped.
                    Some(_) => escaped_plain(before),
                    None => text_in_base64(before),
                }
                .or(found)
            }
        }
    }
}

/// Returns whether a number or a text that follows these bytes may be the value of a member with this
/// name.
fn is_member(before: &[u8], name: Option<&str>) -> bool {
    let before = before.strip_suffix(b"-").unwrap_or(before);
    let before = before.strip_suffix(b"\"").unwrap_or(before);
    let before = before.strip_suffix(b"\\").unwrap_or(before);
    let Some(before) = before.trim_ascii_end().strip_suffix(b":") else {
        return false;
    };
    let Some(name) = name else {
        return true;
    };
    let Some(before) = before.trim_ascii_end().strip_suffix(b"\"") else {
        return false;
    };
    // Within a string the quotation mark would be escaped.
    let escapes = before.iter().rev().take_while(|&&byte| byte == b'\\');
    if escapes.count() % 2 == 1 {
        return false;
    }
    let opening = memchr::memrchr(b'"', before).map_or(0, |at| at + 1);
    let written = &before[opening..];
    // An escape may stand for anything.
    written == name.as_bytes() || written.contains(&b'\\')
}
