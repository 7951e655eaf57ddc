//! A text that is looked for in rows as it is typed.

use super::record::{Record, Value};

/// A text to find in the values of a row. Without a capital letter it stands for capitals, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    text: String,
    any_case: bool,
}

impl Needle {
    /// The needle of a text; nothing can be told from an empty one, which is in every row.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            any_case: !text.chars().any(char::is_uppercase),
        }
    }

    /// The text as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is in a text.
    pub fn is_in(&self, text: &str) -> bool {
        if !self.any_case {
            return text.contains(&self.text);
        }
        if self.text.is_ascii() {
            let needle = self.text.as_bytes();
            return needle.is_empty()
                || starts(text.as_bytes(), needle[0])
                    .any(|rest| rest[..needle.len().min(rest.len())].eq_ignore_ascii_case(needle));
        }
        text.to_lowercase().contains(&self.text)
    }

    /// Whether it is in a value as it is shown: of a blob nothing is, nor of NULL.
    pub fn is_in_value(&self, value: &Value) -> bool {
        match value {
            Value::Null | Value::Blob(_) => false,
            Value::Text(text) => self.is_in(text),
            number => self.is_in(&number.to_string()),
        }
    }

    /// The first of a row's values that it is in.
    pub fn column(&self, record: &Record) -> Option<usize> {
        let mut values = record.values.iter();
        values.position(|value| self.is_in_value(value))
    }
}

/// The text from each place on at which it has this letter in either case.
fn starts(text: &[u8], letter: u8) -> impl Iterator<Item = &[u8]> {
    let (lower, upper) = (letter.to_ascii_lowercase(), letter.to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, text).map(|at| &text[at..])
}
