//! Untrusted text on one line. Names of tables, columns, kinds, files and processes may hold
//! anything; they must not begin a new line, steer a terminal, or reorder or hide the text beside
//! them.

use std::{borrow::Cow, fmt::Write};

/// Returns whether a character may appear in a line unescaped. Control characters, line separators,
/// characters that change the direction of text and invisible ones may not; joiners may, which
/// emoji and some scripts need.
pub fn is_plain(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    !matches!(character,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Escapes each character of a text that may not appear in a line, as `\n` or `\u{202e}`.
pub fn one_line(text: &str) -> Cow<'_, str> {
    written_out(text, is_plain)
}

/// Escapes each character of a text for which `is_kept` returns false.
pub fn written_out(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&is_kept) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_kept(character) {
            written.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(written, "{}", character.escape_default());
        }
    }
    Cow::Owned(written)
}
