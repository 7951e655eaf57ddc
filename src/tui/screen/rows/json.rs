//! JSON on several lines, its parts coloured. Keys stay in their order and numbers as they are
//! written.

use serde::de::IgnoredAny;

use crate::tui::{
    theme::Role,
    widget::{Text, visible},
};

/// What is nested deeper is not set: there would be more indentation than text.
const DEEPEST: usize = 60;

/// The lines of a JSON object or array; `None` if the text is neither.
pub(super) fn formatted(text: &str) -> Option<Vec<Text>> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    let mut formatter = Formatter::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '{' | '[' | '}' | ']' | ',' | ':' => 1,
            _ => rest
                .find(|c: char| c.is_whitespace() || ",:]}".contains(c))
                .unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(length);
        rest = behind.trim_start();
        formatter.push(token, rest);
        if formatter.depth > DEEPEST {
            return None;
        }
    }
    Some(formatter.finish())
}

/// The length of the string that a text begins with, with its quotes.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Tokens to lines.
#[derive(Default)]
struct Formatter {
    lines: Vec<Text>,
    line: Text,
    depth: usize,
}

impl Formatter {
    /// Takes a token; `rest` is what follows it.
    fn push(&mut self, token: &str, rest: &str) {
        match token {
            "{" | "[" => {
                self.add(token, Role::Faint);
                self.depth += 1;
                // Empty ones stay on their line.
                if !rest.starts_with(['}', ']']) {
                    self.end_line();
                }
            }
            "}" | "]" => {
                self.depth = self.depth.saturating_sub(1);
                if !self.ends_with_opening() {
                    self.end_line();
                }
                self.add(token, Role::Faint);
            }
            "," => {
                self.add(",", Role::Faint);
                self.end_line();
            }
            ":" => self.add(": ", Role::Faint),
            _ if token.starts_with('"') => {
                let role = if rest.starts_with(':') {
                    Role::Accent
                } else {
                    Role::Text
                };
                self.add(&readable(token), role);
            }
            _ => self.add(token, Role::Strong),
        }
    }

    fn ends_with_opening(&self) -> bool {
        self.line.text().ends_with(['{', '['])
    }

    fn add(&mut self, text: &str, role: Role) {
        self.line = std::mem::take(&mut self.line).and(text, role);
    }

    fn end_line(&mut self) {
        let indent = Text::of("  ".repeat(self.depth), Role::Text);
        self.lines.push(std::mem::replace(&mut self.line, indent));
    }

    fn finish(mut self) -> Vec<Text> {
        self.lines.push(self.line);
        self.lines
    }
}

/// A JSON string with the escapes that it needs, and no other.
fn readable(token: &str) -> String {
    let text: Option<String> = serde_json::from_str(token).ok();
    let text = text.and_then(|text| serde_json::to_string(&text).ok());
    let text = text.unwrap_or_else(|| token.to_owned());
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::formatted;

    fn set(text: &str) -> Option<String> {
        let lines = formatted(text)?;
        Some(lines.iter().map(|line| line.text() + "\n").collect())
    }

    #[test]
    fn json_is_set_over_lines_in_its_own_order_and_with_its_own_numbers() {
        let text =
            r#" {"b":[1.50,{},[ ],12345678901234567890123],"a":{"x":"\u00e9 \"\n"},"c":null}"#;
        let expected = "{\n  \"b\": [\n    1.50,\n    {},\n    [],\n    12345678901234567890123\n  ],\n  \"a\": {\n    \"x\": \"é \\\"\\n\"\n  },\n  \"c\": null\n}\n";
        assert_eq!(set(text).as_deref(), Some(expected));
        assert_eq!(set("[]").as_deref(), Some("[]\n"));
    }

    #[test]
    fn what_is_no_object_or_array_stays_as_it_is() {
        for text in ["", "7", "\"a\"", "{", "[1,]", "{\"a\":1} x"] {
            assert_eq!(set(text), None, "{text}");
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(set(&deep).is_none());
    }
}
