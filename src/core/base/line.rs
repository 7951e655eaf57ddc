//! Untrusted text on one line: names of tables, columns, kinds, files and processes may hold anything,
//! and must neither begin a line of their own, nor steer a terminal, nor turn or hide what is beside
//! them.

use std::{borrow::Cow, fmt::Write};

/// Whether a character may stand in a line as it is. Control characters, line separators, what changes
/// the direction of text and what cannot be seen may not; the joiners may, which emoji and some scripts
/// are written with.
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

/// A text with everything written out that may not stand in a line as it is, as `\n` or `\u{202e}`.
pub fn one_line(text: &str) -> Cow<'_, str> {
    written_out(text, is_plain)
}

/// A text with every character written out that `is_kept` does not keep.
pub fn written_out(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&is_kept) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_kept(character) {
            written.push(character);
        } else {
            // A String takes whatever is written to it.
            let _ = write!(written, "{}", character.escape_default());
        }
    }
    Cow::Owned(written)
}
