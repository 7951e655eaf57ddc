//! Escapes text as a JSON string of ASCII, as Python's `json.dumps` does.

use wide::u8x16;

/// The text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotUtf8;

/// The character after the backslash for each ASCII character: `u` if its code follows, 0 if it
/// needs no escape.
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

/// Bytes checked together.
pub(super) const LANES: usize = 16;

/// Appends text with its quotes. Invalid UTF-8 is detected in the same pass.
pub(super) fn text(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), NotUtf8> {
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut rest = bytes;
    // A whole chunk is copied, then truncated at the first byte that needs an escape.
    while let Some((chunk, behind)) = rest.split_first_chunk::<LANES>() {
        out.extend_from_slice(chunk);
        if let Some(plain) = special(*chunk) {
            out.truncate(out.len() - (LANES - plain));
            rest = character(out, &rest[plain..])?;
        } else {
            rest = behind;
        }
    }
    while !rest.is_empty() {
        rest = character(out, rest)?;
    }
    out.push(b'"');
    Ok(())
}

/// Returns the index of the first byte that needs an escape: all but space to tilde, and the
/// quotation mark and the backslash.
pub(super) fn special(chunk: [u8; LANES]) -> Option<usize> {
    let lanes = u8x16::new(chunk);
    let control = lanes.min(u8x16::splat(b' ' - 1)).simd_eq(lanes);
    let special = control
        | lanes.simd_eq(u8x16::splat(b'"'))
        | lanes.simd_eq(u8x16::splat(b'\\'))
        | lanes.simd_eq(u8x16::splat(0x7f))
        // The mask is of the highest bits, which bytes beyond ASCII have set.
        | lanes;
    let mask = special.to_bitmask();
    (mask != 0).then(|| mask.trailing_zeros() as usize)
}

/// Appends the first character, or all leading non-ASCII ones; returns the rest.
#[inline]
fn character<'b>(out: &mut Vec<u8>, bytes: &'b [u8]) -> Result<&'b [u8], NotUtf8> {
    let byte = bytes[0];
    if !byte.is_ascii() {
        return beyond_ascii(out, bytes);
    }
    match ESCAPES[usize::from(byte)] {
        0 => out.push(byte),
        b'u' => out.extend_from_slice(&number(byte.into())),
        letter => out.extend_from_slice(&[b'\\', letter]),
    }
    Ok(&bytes[1..])
}

/// Appends leading non-ASCII characters, decoded here as in RFC 3629, since such short runs are not
/// worth a call.
fn beyond_ascii<'b>(out: &mut Vec<u8>, bytes: &'b [u8]) -> Result<&'b [u8], NotUtf8> {
    let mut rest = bytes;
    while let [first @ 0x80..=0xff, ..] = *rest {
        let (least, code, behind) = match *rest {
            [_, a, ref behind @ ..] if first < 0xe0 => {
                (0x80, u32::from(first & 0x1f) << 6 | low(a)?, behind)
            }
            [_, a, b, ref behind @ ..] if first < 0xf0 => {
                let code = u32::from(first & 0x0f) << 12 | low(a)? << 6 | low(b)?;
                (0x800, code, behind)
            }
            [_, a, b, c, ref behind @ ..] if first < 0xf8 => {
                let high = u32::from(first & 0x07) << 18 | low(a)? << 12;
                (0x1_0000, high | low(b)? << 6 | low(c)?, behind)
            }
            _ => return Err(NotUtf8),
        };
        // Surrogates, codes above the maximum and overlong forms are invalid.
        let character = char::from_u32(code).filter(|_| first >= 0xc0 && code >= least);
        let mut units = [0; 2];
        for unit in character.ok_or(NotUtf8)?.encode_utf16(&mut units) {
            out.extend_from_slice(&number(*unit));
        }
        rest = behind;
    }
    Ok(rest)
}

/// Returns the payload bits of a continuation byte.
fn low(byte: u8) -> Result<u32, NotUtf8> {
    match byte {
        0x80..=0xbf => Ok(u32::from(byte & 0x3f)),
        _ => Err(NotUtf8),
    }
}

/// Writes the escape of a UTF-16 code unit.
fn number(unit: u16) -> [u8; 6] {
    let digit = |shift: u16| b"0123456789abcdef"[usize::from(unit >> shift & 15)];
    [b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::text;

    /// Escapes character by character, as the documentation of `json.dumps` describes.
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

    #[test]
    fn of_all_beginnings_of_a_character_those_of_utf_8_are_text() {
        const ENDS: [u8; 6] = [b'a', 0x7f, 0x80, 0x9f, 0xbf, 0xc0];
        let check = |bytes: &[u8]| {
            let escaped = text(&mut Vec::new(), bytes).is_ok();
            assert_eq!(escaped, str::from_utf8(bytes).is_ok(), "{bytes:02x?}");
        };
        for (first, second) in (0x80..=0xff).flat_map(|first| (0..=0xff).map(move |b| (first, b))) {
            check(&[first, second]);
            for third in ENDS {
                check(&[first, second, third]);
                for fourth in ENDS {
                    check(&[first, second, third, fourth]);
                }
            }
        }
    }
}
