//! JSON stored as bytes: its text, or SQLite's binary form (JSONB).

use std::{borrow::Cow, fmt::Write};

use serde::de::IgnoredAny;

/// Deeper nesting is not real JSON.
const DEEPEST: usize = 500;

/// Returns the JSON object or array in these bytes, as text; `None` if they are something else.
pub(super) fn json(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Ok(text) = str::from_utf8(bytes)
        && text.trim_ascii_start().starts_with(['{', '['])
        && is_json(text)
    {
        return Some(Cow::Borrowed(text));
    }
    let text = Binary { bytes }.document()?;
    is_json(&text).then_some(Cow::Owned(text))
}

/// Returns the beginning of JSON text in bytes that may be cut off.
pub(super) fn beginning_of_json(bytes: &[u8]) -> Option<&str> {
    /// An incomplete character has at most this many bytes.
    const CUT: usize = 3;
    let text = bytes.utf8_chunks().next()?.valid();
    if bytes.len() - text.len() > CUT || !text.trim_ascii_start().starts_with(['{', '[']) {
        return None;
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Err(error) => error.is_eof().then_some(text),
        Ok(_) => Some(text),
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The unread part of JSONB.
struct Binary<'b> {
    bytes: &'b [u8],
}

impl<'b> Binary<'b> {
    /// Returns the text of an object or array that takes all of the bytes.
    fn document(mut self) -> Option<String> {
        /// Fewer bytes could be anything.
        const SHORTEST: usize = 4;
        if self.bytes.len() < SHORTEST || !matches!(self.bytes[0] & 15, 11 | 12) {
            return None;
        }
        let mut text = String::new();
        self.element(&mut text, 0)?;
        self.bytes.is_empty().then_some(text)
    }

    /// Reads the type of the next element, and its payload.
    fn next(&mut self) -> Option<(u8, &'b [u8])> {
        let (&first, rest) = self.bytes.split_first()?;
        let length = match first >> 4 {
            small @ 0..=11 => {
                self.bytes = rest;
                usize::from(small)
            }
            large => {
                let (size, rest) = rest.split_at_checked(1 << (large - 12))?;
                self.bytes = rest;
                let size = size.iter().try_fold(0_usize, |size, &byte| {
                    size.checked_mul(256)?.checked_add(byte.into())
                });
                size?
            }
        };
        let (payload, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some((first & 15, payload))
    }

    fn element(&mut self, text: &mut String, depth: usize) -> Option<()> {
        let (kind, payload) = self.next()?;
        let words = || str::from_utf8(payload).ok();
        match kind {
            0 => text.push_str("null"),
            1 => text.push_str("true"),
            2 => text.push_str("false"),
            3..=6 => text.push_str(words()?),
            7 | 8 => write!(text, "\"{}\"", words()?).ok()?,
            9 | 10 => text.push_str(&serde_json::to_string(words()?).ok()?),
            11 | 12 if depth < DEEPEST => {
                let is_object = kind == 12;
                text.push(if is_object { '{' } else { '[' });
                let mut inner = Binary { bytes: payload };
                let mut is_first = true;
                while !inner.bytes.is_empty() {
                    if !is_first {
                        text.push(',');
                    }
                    is_first = false;
                    inner.element(text, depth + 1)?;
                    if is_object {
                        text.push(':');
                        inner.element(text, depth + 1)?;
                    }
                }
                text.push(if is_object { '}' } else { ']' });
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::json;

    fn text(bytes: &[u8]) -> Option<String> {
        json(bytes).map(std::borrow::Cow::into_owned)
    }

    #[test]
    fn sqlites_binary_json_reads_as_sqlite_reads_it() {
        let connection = Connection::open_in_memory().unwrap();
        let long = format!(r#"{{"a":"{}"}}"#, "é".repeat(50_000));
        for source in [
            r#"{"text":"hello","n":[1,-2.5,1e9,true,false,null],"deep":{"a":{"b":[]}}}"#,
            r#"["a \"quoted\" \\ line\n","\u00e9","",{}]"#,
            "[[[[[[1]]]]]]",
            &long,
        ] {
            let bytes: Vec<u8> = connection
                .query_row("SELECT jsonb(?1)", [source], |row| row.get(0))
                .unwrap();
            let sqlites: String = connection
                .query_row("SELECT json(?1)", [&bytes], |row| row.get(0))
                .unwrap();
            assert_eq!(text(&bytes), Some(sqlites));
        }
    }

    #[test]
    fn other_bytes_are_no_json() {
        for bytes in [
            &b""[..],
            b"\x0c",
            b"\x0b",
            b"{\"a\": 1",
            b"[1, 2]]",
            b"plain",
            b"7",
            b"\xcb\xff\x00\x00\x00",
            b"\x4c\x17a\x13",
            b"\x89PNG\r\n\x1a\n",
        ] {
            assert_eq!(text(bytes), None, "{bytes:?}");
        }
        assert_eq!(text(b" {\"a\": 1}").as_deref(), Some(" {\"a\": 1}"));
        let deep = [&[0xfb_u8][..], &[0xff; 100]].concat();
        assert_eq!(text(&deep), None);
    }
}
