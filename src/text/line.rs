//! Texts for little space: on one line, shortened to a number of columns or bytes, and without
//! characters that affect a terminal.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::core::{is_plain, one_line, written_out};

/// Escapes all characters of a text that affect a terminal, except line breaks.
pub fn safe(text: &str) -> Cow<'_, str> {
    written_out(text, |character| is_plain(character) || character == '\n')
}

/// Escapes all characters of a JSON document that affect a terminal as `\u202e`, which does not
/// change its meaning. Such characters occur only in strings, except for line breaks between
/// values.
pub fn safe_json(json: &str) -> Cow<'_, str> {
    let is_kept = |character: char| is_plain(character) || character == '\n';
    if json.chars().all(is_kept) {
        return Cow::Borrowed(json);
    }
    let mut written = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        if is_kept(character) {
            written.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                written += &format!("\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(written)
}

/// Returns the beginning of a text, of at most this many bytes.
pub fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Puts a text on one line: control characters, including line breaks, become spaces, and invisible
/// or reordering characters become a replacement sign.
pub fn on_one_line(text: &str) -> String {
    let shown = |character: char| match character {
        character if character.is_control() => ' ',
        character if is_plain(character) => character,
        _ => '\u{fffd}',
    };
    text.chars().map(shown).collect()
}

/// A name of a table or column for a line among others: escaped, and cut if it is very long.
pub fn name(name: &str) -> String {
    const LONGEST: usize = 60;
    fit(&one_line(name), LONGEST)
}

/// Puts a text on one line of at most `width` columns, with an ellipsis if it is cut; a
/// double-width character is never cut in half.
pub fn fit(text: &str, width: usize) -> String {
    let is_plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_control();
    if text.len() <= width && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    fill(text.graphemes(true), width).concat()
}

/// The same, cut at the beginning: the end of a path matters most.
pub fn fit_end(text: &str, width: usize) -> String {
    let mut kept = fill(text.graphemes(true).rev(), width);
    kept.reverse();
    kept.concat()
}

/// Takes as many graphemes as fit.
fn fill<'t>(graphemes: impl Iterator<Item = &'t str>, width: usize) -> Vec<Cow<'t, str>> {
    let (mut kept, mut used) = (Vec::new(), 0);
    for grapheme in graphemes {
        let shown = if grapheme.contains(|character| !is_plain(character)) {
            Cow::Owned(on_one_line(grapheme))
        } else {
            Cow::Borrowed(grapheme)
        };
        used += shown.width();
        kept.push(shown);
        if used > width {
            while used >= width.max(1) || kept.last().is_some_and(|last| last.trim().is_empty()) {
                let Some(last) = kept.pop() else { break };
                used -= last.width();
            }
            kept.extend((width > 0).then_some(Cow::Borrowed("…")));
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{fit, fit_end};

    #[test]
    fn a_text_is_cut_between_characters_however_wide_they_are() {
        assert_eq!(fit("lamp light", 10), "lamp light");
        assert_eq!(fit("lamp light", 6), "lamp…");
        assert_eq!(fit("灯の光が窓に", 12), "灯の光が窓に");
        assert_eq!(fit("灯の光が窓に", 11), "灯の光が窓…");
        assert_eq!(fit("灯の光が窓に", 10), "灯の光が…");
        assert_eq!(fit("a👨‍👩‍👧b", 3), "a…");
        assert_eq!(fit_end("灯の光が窓に", 6), "…窓に");
        assert_eq!(fit_end("/a/data/chat.db", 8), "…chat.db");
        assert_eq!(fit("lamp", 1), "…");
        assert_eq!(fit("lamp", 0), "");
    }

    #[test]
    fn it_stays_on_one_line() {
        assert_eq!(fit("one\r\ntwo\tthree", 20), "one  two three");
        assert_eq!(fit_end("one\ntwo", 20), "one two");
    }
}
