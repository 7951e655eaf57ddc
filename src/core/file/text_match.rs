//! A text that is looked for in rows as it is typed.

use memchr::{memchr2_iter, memmem};

use crate::core::{
    base::record::{Record, Value},
    file::json::text_in_base64,
};

/// A text to find in the values of a row. Without a capital letter it stands for capitals, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMatch {
    text: String,
    any_case: bool,
    /// The place of its rarest letter, by which it is looked for.
    rarest: usize,
}

impl TextMatch {
    /// What is seldom in text comes first.
    const RARE_FIRST: &[u8] = b"zqxjkvbpygfwmucldrhsnioate ";

    /// The needle of a text; one that is empty is in every text.
    pub fn new(text: &str) -> Self {
        let rank = |byte: &u8| {
            let lower = byte.to_ascii_lowercase();
            Self::RARE_FIRST.iter().position(|&known| known == lower)
        };
        let bytes = text.as_bytes().iter().enumerate();
        let rarest = bytes.min_by_key(|(_, byte)| rank(byte));
        Self {
            text: text.to_owned(),
            any_case: !text.chars().any(char::is_uppercase),
            rarest: rarest.map_or(0, |(place, _)| place),
        }
    }

    /// The text as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is in a text.
    pub fn is_in(&self, text: &str) -> bool {
        if !self.any_case {
            text.contains(&self.text)
        } else if self.text.is_ascii() {
            self.is_in_any_case(text.as_bytes())
        } else {
            text.to_lowercase().contains(&self.text)
        }
    }

    /// Whether it, which is ASCII, is in a text in whatever case.
    fn is_in_any_case(&self, text: &[u8]) -> bool {
        let needle = self.text.as_bytes();
        let Some(&rarest) = needle.get(self.rarest) else {
            return true;
        };
        let (lower, upper) = (rarest.to_ascii_lowercase(), rarest.to_ascii_uppercase());
        memchr2_iter(lower, upper, text).any(|at| {
            let start = at.checked_sub(self.rarest);
            let part = start.and_then(|start| text.get(start..start + needle.len()));
            part.is_some_and(|part| part.eq_ignore_ascii_case(needle))
        })
    }

    /// Whether it is in a value as it is shown: in NULL and in a blob that is no JSON nothing is.
    pub fn is_in_value(&self, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Integer(_) | Value::Real(_) => self.is_in(&value.to_string()),
            other => other.readable().is_some_and(|text| self.is_in(&text)),
        }
    }

    /// The first of a row's values that it is in.
    pub fn column(&self, record: &Record) -> Option<usize> {
        let mut values = record.values.iter();
        values.position(|value| self.is_in_value(value))
    }

    /// Whether it can be in a row that stands like this in a snapshot. Most rows without it are told
    /// by their bytes alone.
    pub(crate) fn can_be_in(&self, row: &[u8]) -> bool {
        // Numbers may be written in another way than they are shown, and so may what has to be escaped.
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
        // Writers may escape what need not be escaped.
        let hides = [b"\\u00".as_slice(), b"\\/"];
        is_there
            || hides.iter().any(|part| memmem::find(row, part).is_some())
            || text_in_base64(row).is_some()
    }
}
