//! What the first and the last bytes of a file show.

use memchr::memchr2;

use super::source::BYTE_ORDER_MARK;

/// What the first bytes of a file show.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// It begins as the service's snapshots do: with the last event's id.
    LastEventId(i64),
    /// It may be a snapshot.
    Object,
    /// It is not a snapshot, for this reason.
    Wrong(&'static str),
}

/// Classifies a file by its first bytes.
pub(crate) fn head(bytes: &[u8]) -> Head {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let text = text.trim_ascii_start();
    let Some(object) = text.strip_prefix(b"{") else {
        return Head::Wrong(if text.is_empty() {
            "the file is empty"
        } else {
            "not a snapshot: it does not begin with {"
        });
    };
    let Some(id) = object.trim_ascii_start().strip_prefix(b"\"last_event_id\"") else {
        return Head::Object;
    };
    let Some(id) = id.trim_ascii_start().strip_prefix(b":") else {
        return Head::Wrong("cut short");
    };
    id_before(id.trim_ascii_start(), b",}").map_or(Head::Object, Head::LastEventId)
}

fn id_before(bytes: &[u8], ends: &[u8]) -> Option<i64> {
    let length = bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit() && *byte != b'-')?;
    let next = bytes[length..].trim_ascii_start().first()?;
    let id = str::from_utf8(&bytes[..length]).ok()?.parse().ok()?;
    ends.contains(next).then_some(id)
}

/// What the last bytes of a file show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// They end a snapshot, however they are read.
    Whole,
    /// They may end a snapshot; more bytes could decide.
    Perhaps,
    /// They do not end a snapshot.
    CutShort,
}

/// Classifies a file by its last bytes.
///
/// The bytes may begin outside a string, inside one, or after the backslash of an escape; all three
/// are tried, and readings that are not JSON are dropped. Both a row and the snapshot end with a
/// brace: the snapshot's follows the bracket of a table, which follows a row's brace or another
/// bracket, or it follows the value of `last_event_id`.
pub(crate) fn tail(bytes: &[u8]) -> Tail {
    // White space may follow a snapshot.
    if bytes.trim_ascii().is_empty() {
        return Tail::Perhaps;
    }
    let inside = |bytes| match closing_quote(bytes) {
        Some(at) => ends_as_snapshot(&bytes[at + 1..]),
        None => Some(false),
    };
    let escaped = bytes.get(1..).map_or(Some(false), inside);
    let readings = [ends_as_snapshot(bytes), inside(bytes), escaped];
    let mut readings = readings.into_iter().flatten();
    match (
        readings.clone().all(|whole| whole),
        readings.any(|whole| whole),
    ) {
        (true, true) => Tail::Whole,
        (false, true) => Tail::Perhaps,
        (_, false) => Tail::CutShort,
    }
}

fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Token<'a> {
    Mark(u8),
    Text(&'a [u8]),
    Scalar,
}

/// Returns whether bytes that begin outside a string end a snapshot; `None` if they are not JSON.
fn ends_as_snapshot(bytes: &[u8]) -> Option<bool> {
    use Token::{Mark, Scalar, Text};
    let mut last = [None; 4];
    let mut rest = bytes.trim_ascii_start();
    while let Some(&byte) = rest.first() {
        let (token, length) = match byte {
            b'{' | b'}' | b'[' | b']' | b':' | b',' => (Token::Mark(byte), 1),
            b'"' => match closing_quote(&rest[1..]) {
                Some(length) => (Token::Text(&rest[1..=length]), length + 2),
                None => return Some(false),
            },
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'+' | b'.' => {
                let scalar = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-+.".contains(byte);
                (Token::Scalar, rest.iter().take_while(scalar).count())
            }
            _ => return None,
        };
        let is_value = |token| matches!(token, Token::Text(_) | Token::Scalar);
        if is_value(token) && last[3].is_some_and(is_value) {
            return None;
        }
        last = [last[1], last[2], last[3], Some(token)];
        rest = rest[length..].trim_ascii_start();
    }
    Some(match last {
        [None, None, Some(Mark(b'{')), Some(Mark(b'}'))]
        | [
            _,
            Some(Mark(b'[' | b'}')),
            Some(Mark(b']')),
            Some(Mark(b'}')),
        ] => true,
        [
            Some(Text(key)),
            Some(Mark(b':')),
            Some(Scalar),
            Some(Mark(b'}')),
        ] => key == b"last_event_id",
        _ => false,
    })
}
