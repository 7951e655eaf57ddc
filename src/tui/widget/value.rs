//! A value as a cell shows it: on one line, without control and bidirectional characters, and never
//! to be taken for a value of another kind.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::Align;
use crate::{
    core::{Value, escaped, is_plain},
    text,
    tui::theme::Role,
};

/// A value as a cell shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueText {
    pub text: String,
    pub role: Role,
    pub align: Align,
}

impl ValueText {
    /// A value, or the beginning of one with `cut_from` bytes.
    pub fn of(value: &Value, cut_from: Option<usize>) -> Self {
        let (text, role, align) = match value {
            Value::Null => ("NULL".to_owned(), Role::Faint, Align::Left),
            Value::Blob(_) if let Some(json) = json(value, cut_from) => {
                let line: String = json.chars().map(visible).collect();
                (format!("blob {line}"), Role::Text, Align::Left)
            }
            Value::Blob(bytes) => {
                let length = cut_from.unwrap_or(bytes.len());
                let sentence = format!("blob, {}", text::size(length as u64));
                (sentence, Role::Faint, Align::Left)
            }
            Value::Text(text) => (one_line(text), Role::Text, Align::Left),
            Value::BrokenText(bytes) => (broken(bytes), Role::Text, Align::Left),
            number => (number.to_string(), Role::Text, Align::Right),
        };
        Self { text, role, align }
    }
}

/// The JSON that a blob is, or the beginning of it.
fn json(value: &Value, cut_from: Option<usize>) -> Option<Cow<'_, str>> {
    match cut_from {
        None => value.readable(),
        Some(_) => value.beginning_of_json().map(Cow::Borrowed),
    }
}

/// A text on one line, in quotation marks if it could be taken for something else.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(visible).collect();
    let is_ambiguous = text.is_empty()
        || text == "NULL"
        || text.starts_with(['\'', ' '])
        || text.ends_with(' ')
        || text.starts_with("blob, ")
        || text.starts_with("blob {")
        || text.starts_with("blob [")
        || text.parse::<f64>().is_ok();
    if is_ambiguous {
        format!("'{line}'")
    } else {
        line
    }
}

/// A text that is not UTF-8, on one line.
fn broken(bytes: &[u8]) -> String {
    format!("'{}'", escaped(bytes))
}

/// A value as another program takes it from the clipboard: a blob as its base64, NULL as nothing.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::BrokenText(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Blob(bytes) => STANDARD.encode(bytes),
        number => number.to_string(),
    }
}

/// A character as it is shown: itself, or a sign for one that would control the terminal.
pub fn visible(character: char) -> char {
    match character {
        '\n' => '↵',
        '\t' => '⇥',
        // The pictures of the control characters are in the same order.
        '\0'..' ' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '␡',
        plain if is_plain(plain) => plain,
        _ => '\u{fffd}',
    }
}

#[cfg(test)]
mod tests {
    use super::{Align, Value, ValueText};

    fn shown(value: &Value) -> String {
        let ValueText { text, align, .. } = ValueText::of(value, None);
        assert!(!text.chars().any(char::is_control), "{text:?}");
        match align {
            Align::Left => text,
            Align::Right => format!("> {text}"),
        }
    }

    #[test]
    fn no_two_kinds_of_values_look_the_same() {
        let text = |text: &str| shown(&Value::Text(text.to_owned()));
        assert_eq!(shown(&Value::Null), "NULL");
        assert_eq!(text("NULL"), "'NULL'");
        assert_eq!(text(""), "''");
        assert_eq!(text("''"), "''''");
        assert_eq!(text(" a"), "' a'");
        assert_eq!(shown(&Value::Integer(7)), "> 7");
        assert_eq!(shown(&Value::Real(7.0)), "> 7.0");
        assert_eq!(text("7"), "'7'");
        assert_eq!(text("1e3"), "'1e3'");
        assert_eq!(shown(&Value::Blob(vec![0; 12])), "blob, 12 B");
        assert_eq!(text("blob, 12 B"), "'blob, 12 B'");
        assert_eq!(
            shown(&Value::Blob(b"{\"a\": 1}".to_vec())),
            "blob {\"a\": 1}"
        );
        assert_eq!(text("blob {\"a\": 1}"), "'blob {\"a\": 1}'");
        let cut = Value::Blob("[\"café".as_bytes()[..6].to_vec());
        assert_eq!(ValueText::of(&cut, Some(2000)).text, "blob [\"caf");
        assert_eq!(text("seven"), "seven");
        assert_eq!(
            shown(&Value::BrokenText(b"se\xc3\n".to_vec())),
            "'se\\xc3\\n'"
        );
    }

    #[test]
    fn nothing_moves_the_cursor_or_turns_the_writing() {
        let text = |text: &str| shown(&Value::Text(text.to_owned()));
        assert_eq!(text("a\nb\tc\r"), "a↵b⇥c␍");
        assert_eq!(text("\u{1b}[31m\0\u{7f}\u{9b}"), "␛[31m␀␡\u{fffd}");
        assert_eq!(text("a\u{202e}b\u{feff}"), "a\u{fffd}b\u{fffd}");
        assert_eq!(text("日本 👨‍👩‍👧"), "日本 👨‍👩‍👧");
    }
}
