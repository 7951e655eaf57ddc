//! Splits SQL into words, to read what SQLite stores only as text.

/// The words of a statement: names and texts without their quotes, and symbols. Comments are
/// skipped.
pub(super) struct SqlTokens<'a> {
    rest: &'a str,
}

impl<'a> SqlTokens<'a> {
    pub(super) fn of(sql: &'a str) -> Self {
        Self { rest: sql }
    }

    /// Returns the text after the last word.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }
}

impl Iterator for SqlTokens<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("--") {
                self.rest = comment.split_once('\n')?.1;
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/")?.1;
            } else {
                break;
            }
        }
        let length = token_length(self.rest)?;
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(unquoted(word))
    }
}

/// Returns the length of the first token, in bytes.
fn token_length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if let Some(end) = closing(first) {
        return Some(quoted_length(text, end));
    }
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let length = text.find(|c| !is_name(c)).unwrap_or(text.len());
    Some(length.max(first.len_utf8()))
}

/// Returns the length of a quoted text, in bytes; a doubled closing quote is part of it.
fn quoted_length(text: &str, end: char) -> usize {
    let mut quotes = text
        .char_indices()
        .skip(1)
        .filter(|(_, c)| *c == end)
        .peekable();
    while let Some((at, _)) = quotes.next() {
        let after = at + end.len_utf8();
        if end != ']' && quotes.next_if(|(next, _)| *next == after).is_some() {
            continue;
        }
        return after;
    }
    text.len()
}

/// Returns the quote that closes this one.
fn closing(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '[' => Some(']'),
        _ => None,
    }
}

/// Removes the quotes of a name or a value.
pub(super) fn unquoted(text: &str) -> String {
    let quotes = text
        .chars()
        .next()
        .and_then(|open| Some((open, closing(open)?)));
    let Some((_, end)) = quotes.filter(|(_, end)| text.len() > 1 && text.ends_with(*end)) else {
        return text.to_owned();
    };
    let inner = &text[1..text.len() - 1];
    let doubled: String = [end, end].iter().collect();
    if end == ']' {
        inner.to_owned()
    } else {
        inner.replace(&doubled, &end.to_string())
    }
}

/// Splits a module's arguments at commas outside quotes and parentheses.
pub(super) fn split(arguments: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut rest, mut depth) = (arguments, 0_u32);
    while let Some(first) = rest.chars().next() {
        let length = closing(first).map_or(first.len_utf8(), |end| quoted_length(rest, end));
        match first {
            ',' if depth == 0 => parts.push(String::new()),
            _ => {
                depth = match first {
                    '(' => depth + 1,
                    ')' => depth.saturating_sub(1),
                    _ => depth,
                };
                if let Some(last) = parts.last_mut() {
                    last.push_str(&rest[..length]);
                }
            }
        }
        rest = &rest[length..];
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}
