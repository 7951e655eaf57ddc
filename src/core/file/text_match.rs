//! A text to find in rows while it is typed.

use memchr::{memchr2_iter, memmem};

use crate::core::{
    base::row::{Row, Value},
    file::json::text_in_base64,
};

/// A text to find in the values of a row. Without a capital letter it matches any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMatch {
    text: String,
    any_case: bool,
    /// The index of its rarest letter, which is searched for first.
    rarest: usize,
}

/// Returns whether a text to find matches any case: the smart-case rule of every find and search. The
/// letters are those that match themselves, not those of a pattern's syntax.
pub(crate) fn ignores_case(mut letters: impl Iterator<Item = char>) -> bool {
    !letters.any(char::is_uppercase)
}

impl TextMatch {
    /// From rare to frequent letters.
    const RARE_FIRST: &[u8] = b"zqxjkvbpygfwmucldrhsnioate ";

    /// Creates the match for a text; an empty text matches everything.
    pub fn new(text: &str) -> Self {
        let rank = |byte: &u8| {
            let lower = byte.to_ascii_lowercase();
            Self::RARE_FIRST.iter().position(|&known| known == lower)
        };
        let bytes = text.as_bytes().iter().enumerate();
        let rarest = bytes.min_by_key(|(_, byte)| rank(byte));
        Self {
            text: text.to_owned(),
            any_case: ignores_case(text.chars()),
            rarest: rarest.map_or(0, |(place, _)| place),
        }
    }

    /// Returns the text as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether a text contains it.
    pub fn is_in(&self, text: &str) -> bool {
        if !self.any_case {
            text.contains(&self.text)
        } else if self.text.is_ascii() {
            self.is_in_any_case(text.as_bytes())
        } else {
            text.to_lowercase().contains(&self.text)
        }
    }

    /// Returns whether a text contains it, which is ASCII, in any case.
    fn is_in_any_case(&self, text: &[u8]) -> bool {
        let pattern = self.text.as_bytes();
        let Some(&rarest) = pattern.get(self.rarest) else {
            return true;
        };
        let (lower, upper) = (rarest.to_ascii_lowercase(), rarest.to_ascii_uppercase());
        memchr2_iter(lower, upper, text).any(|at| {
            let start = at.checked_sub(self.rarest);
            let part = start.and_then(|start| text.get(start..start + pattern.len()));
            part.is_some_and(|part| part.eq_ignore_ascii_case(pattern))
        })
    }

    /// Returns whether a value as shown contains it: NULL and a blob that is not JSON contain
    /// nothing.
    pub fn is_in_value(&self, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Integer(_) | Value::Real(_) => self.is_in(&value.to_string()),
            other => other.readable().is_some_and(|text| self.is_in(&text)),
        }
    }

    /// Returns the index of the first value in a row that contains it.
    pub fn column(&self, row: &Row) -> Option<usize> {
        let mut values = row.values.iter();
        values.position(|value| self.is_in_value(value))
    }

    /// Returns whether a row in a snapshot's bytes may contain it. This rules out most rows without
    /// decoding them.
    pub(crate) fn can_be_in(&self, row: &[u8]) -> bool {
        // Numbers and escaped characters may be written differently than they are shown.
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        let is_number = |byte: u8| byte.is_ascii_digit() || b".e+-".contains(&byte);
        let bytes = self.text.as_bytes();
        if !bytes.iter().all(|&byte| is_plain(byte)) || bytes.iter().all(|&byte| is_number(byte)) {
            return true;
        }
        let is_there = if self.any_case {
            self.is_in_any_case(row)
        } else {
            memmem::find(row, bytes).is_some()
        };
        // JSON writers may escape any character as `\u00XX`, and `/` as `\/`, so a plain search can
        // miss it.
        let hides = [b"\\u00".as_slice(), b"\\/"];
        is_there
            || hides.iter().any(|part| memmem::find(row, part).is_some())
            || text_in_base64(row).is_some()
    }
}
