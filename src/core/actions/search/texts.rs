//! The texts within a value. Text that is JSON contains further texts: its strings, at any depth,
//! unescaped.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// Returns the first result of `find` for the texts of a value.
///
/// Of a JSON object, such as an event's payload, only the strings are searched: names and
/// punctuation are not content.
pub(super) fn find_in_cell<T>(text: &str, find: &mut impl FnMut(&str) -> Option<T>) -> Option<T> {
    match container(text) {
        Some('{') => find_in_strings(text, find),
        Some(_) => find(text).or_else(|| find_in_strings(text, find)),
        None => find(text),
    }
}

/// Searches the strings of JSON text, without the names of objects.
fn find_in_strings<T>(json: &str, find: &mut impl FnMut(&str) -> Option<T>) -> Option<T> {
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (inside, behind) = string(&rest[start + 1..]);
        rest = behind;
        if behind.trim_start().starts_with(':') {
            continue;
        }
        let text = unescaped(inside);
        if let Some(found) = find(&text) {
            return Some(found);
        }
        if container(&text).is_some()
            && let Some(found) = find_in_strings(&text, find)
        {
            return Some(found);
        }
    }
    None
}

/// Returns the opening bracket of text that is a JSON object or array.
fn container(text: &str) -> Option<char> {
    let bracket = text.trim_ascii_start().chars().next()?;
    let is_json = || serde_json::from_str::<IgnoredAny>(text).is_ok();
    (matches!(bracket, '{' | '[') && is_json()).then_some(bracket)
}

/// Splits after the quotation mark that ends a string: its content, and the rest.
fn string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let end = end.unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

/// Unescapes a string of valid JSON. A lone surrogate, which programs write that cut an emoji in
/// two, becomes the replacement character.
fn unescaped(string: &str) -> Cow<'_, str> {
    if !string.contains('\\') {
        return Cow::Borrowed(string);
    }
    let mut text = String::with_capacity(string.len());
    let mut rest = string;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let units: Vec<u16> = units(rest).collect();
        if units.is_empty() {
            let mut characters = rest[1..].chars();
            text.extend(characters.next().map(escaped));
            rest = characters.as_str();
        } else {
            rest = &rest[units.len() * 6..];
            text.push_str(&String::from_utf16_lossy(&units));
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Returns the character for a letter after a backslash.
fn escaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        itself => itself,
    }
}

/// Returns the leading UTF-16 units of a text, each written as `\uXXXX`.
fn units(text: &str) -> impl Iterator<Item = u16> {
    let escapes = text.as_bytes().chunks_exact(6);
    escapes.map_while(|escape| {
        let digits = str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    })
}
