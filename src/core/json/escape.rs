//! Text to a JSON string of ASCII, as Python's `json.dumps` writes it.

use crate::core::record::NotUtf8;

/// What stands behind the backslash for a character of ASCII: `u` where its number follows, and 0
/// where the character stands for itself.
const ESCAPES: [u8; 128] = {
    let mut escapes = [0; 128];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = b'u';
        control += 1;
    }
    escapes[0x7f] = b'u';
    escapes[0x08] = b'b';
    escapes[0x0c] = b'f';
    escapes[b'\n' as usize] = b'n';
    escapes[b'\r' as usize] = b'r';
    escapes[b'\t' as usize] = b't';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};

/// Appends text with its quotes. It is found not to be UTF-8 on the way, in one pass over its bytes.
pub(super) fn text(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), NotUtf8> {
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut at = 0;
    // Eight bytes are copied at a time, and those from the first that is to be escaped taken back.
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        out.extend_from_slice(chunk);
        let special = special(*chunk);
        if special == 0 {
            at += 8;
        } else {
            let plain = special.trailing_zeros() as usize / 8;
            out.truncate(out.len() - (8 - plain));
            at += plain;
            at += character(out, &bytes[at..])?;
        }
    }
    while at < bytes.len() {
        at += character(out, &bytes[at..])?;
    }
    out.push(b'"');
    Ok(())
}

/// Sets the high bit of the first byte that does not stand for itself, and of none before it: space
/// to tilde do, but for the quotation mark and the backslash.
fn special(chunk: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // The usual trick is exact for the bytes up to the first that is below another.
    let below = |word: u64, byte: u8| word.wrapping_sub(ONES * u64::from(byte)) & !word & HIGH;
    let word = u64::from_le_bytes(chunk);
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (word & HIGH) | below(word, b' ') | is(b'"') | is(b'\\') | is(0x7f)
}

/// Appends the first character, or all that are beyond ASCII at the beginning; how many bytes they have.
#[inline]
fn character(out: &mut Vec<u8>, bytes: &[u8]) -> Result<usize, NotUtf8> {
    let byte = bytes[0];
    if !byte.is_ascii() {
        return beyond_ascii(out, bytes);
    }
    match ESCAPES[usize::from(byte)] {
        0 => out.push(byte),
        b'u' => out.extend_from_slice(&number(byte.into())),
        letter => out.extend_from_slice(&[b'\\', letter]),
    }
    Ok(1)
}

/// A text is UTF-8 if every part of it is that stands between characters of ASCII.
fn beyond_ascii(out: &mut Vec<u8>, bytes: &[u8]) -> Result<usize, NotUtf8> {
    let end = bytes.iter().position(u8::is_ascii);
    let length = end.unwrap_or(bytes.len());
    let text = str::from_utf8(&bytes[..length]).map_err(|_| NotUtf8)?;
    for unit in text.encode_utf16() {
        out.extend_from_slice(&number(unit));
    }
    Ok(length)
}

/// A character, or half of one, by its number in UTF-16.
fn number(unit: u16) -> [u8; 6] {
    let digit = |shift: u16| b"0123456789abcdef"[usize::from(unit >> shift & 15)];
    [b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::text;

    /// Character by character, as `json.dumps` has it in its documentation.
    fn plainly(string: &str) -> String {
        let escaped = string.chars().map(|character| match character {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            ' '..='~' => character.to_string(),
            _ => character
                .encode_utf16(&mut [0; 2])
                .iter()
                .fold(String::new(), |text, unit| text + &format!("\\u{unit:04x}")),
        });
        format!("\"{}\"", escaped.collect::<String>())
    }

    proptest! {
        #[test]
        fn a_text_is_escaped_as_its_characters_are(
            string in prop_oneof!["\\PC{0,40}", "[ -~]{0,40}", "(?s-u:[\\x00-\\x7f]){0,40}", any::<String>()],
        ) {
            let mut out = Vec::new();
            prop_assert!(text(&mut out, string.as_bytes()).is_ok());
            prop_assert_eq!(String::from_utf8(out).unwrap(), plainly(&string));
        }

        #[test]
        fn what_is_not_utf_8_is_no_text(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x20..0x7f_u8, 0x80..0xf8_u8], 0..24),
        ) {
            let is_text = str::from_utf8(&bytes).is_ok();
            prop_assert_eq!(text(&mut Vec::new(), &bytes).is_ok(), is_text);
        }
    }
}
