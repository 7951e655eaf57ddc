//! Base64 values in a file that may contain text.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Returns the index of the first base64 value in the bytes of rows that may hold readable text:
/// text that is not UTF-8, or a blob that begins like JSON, as text or in SQLite's binary form.
pub(crate) fn text_in_base64(bytes: &[u8]) -> Option<usize> {
    static KEY: LazyLock<Finder> = LazyLock::new(|| Finder::new(b"\"$"));
    let mut keys = KEY.find_iter(bytes);
    keys.find(|&at| {
        let key = &bytes[at..];
        let blob = key.strip_prefix(b"\"$blob\"");
        key.starts_with(b"\"$text\"") || blob.is_some_and(may_be_json)
    })
}

/// Returns whether the base64 after a key, which may be incomplete, begins like JSON.
fn may_be_json(behind: &[u8]) -> bool {
    let value = behind
        .iter()
        .position(|byte| !matches!(byte, b':' | b' ' | b'"'));
    let digits = value.and_then(|start| behind.get(start..start + 2));
    let Some(&[first, second]) = digits else {
        return true;
    };
    let Some((first, second)) = digit(first).zip(digit(second)) else {
        return false;
    };
    let byte = first << 2 | second >> 4;
    matches!(byte, b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t') || matches!(byte & 15, 11 | 12)
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::text_in_base64;

    #[test]
    fn a_blob_that_begins_as_json_is_found() {
        let at = |text: &str| text_in_base64(text.as_bytes());
        // {"a":1}, [1], JSONB of {"a":1}, and a PNG.
        assert_eq!(at(r#"{"a": {"$blob": "eyJhIjoxfQ=="}}"#), Some(6 + 1));
        assert_eq!(at(r#"{"a": {"$blob":"WzFd"}}"#), Some(7));
        assert_eq!(at(r#"{"a": {"$blob": "TBdhEzE="}}"#), Some(7));
        assert_eq!(at(r#"{"a": {"$blob": "iVBORw0KGgo="}}"#), None);
        assert_eq!(
            at(r#"{"a": {"$blob": ""}, "b": {"$blob": "eyJhIjoxfQ=="}}"#),
            Some(27)
        );
        assert_eq!(at(r#"{"a": {"$text": "w3g="}}"#), Some(7));
        assert_eq!(at(r#"{"a": {"$blob""#), Some(7));
        assert_eq!(at("{}"), None);
    }
}
