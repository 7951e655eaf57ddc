//! Bytes to values. Accepts what Python's `json.dumps` can write for a row, and reports the byte
//! offset of anything else.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::escape::special;
use crate::core::base::row::{ValueBuffer, ValueRef};

/// What is wrong, and at which byte of the row.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) at: usize,
    pub(crate) what: String,
}

pub(super) type ParseResult<T> = std::result::Result<T, Wrong>;

/// A position in a row.
pub(super) struct Parser<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// About how many bytes of a text are kept; the others are only checked.
    pub(super) most: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            most: usize::MAX,
        }
    }

    pub(super) fn wrong(&self, what: impl Into<String>) -> Wrong {
        Wrong {
            at: self.at,
            what: what.into(),
        }
    }

    #[inline]
    pub(super) fn space(&mut self) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.at
    }

    #[inline]
    pub(super) fn take_if(&mut self, expected: u8) -> bool {
        self.space();
        let found = self.bytes.get(self.at) == Some(&expected);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(super) fn take(&mut self, expected: u8) -> ParseResult<()> {
        if self.take_if(expected) {
            return Ok(());
        }
        Err(self.wrong(format!(
            "expected {:?}, found {}",
            char::from(expected),
            self.found()
        )))
    }

    fn found(&self) -> String {
        self.bytes
            .get(self.at)
            .map_or("the end".to_owned(), |&byte| {
                format!("{:?}", char::from(byte))
            })
    }

    /// Decodes a value and appends it.
    pub(super) fn value(&mut self, value_refs: &mut ValueBuffer) -> ParseResult<()> {
        self.space();
        match self.bytes.get(self.at) {
            Some(b'"') => value_refs.push_text(|out| self.string(out)),
            Some(b'{') => self.base64(value_refs),
            Some(b'[') => Err(self.wrong("a value is an array, which no column can hold")),
            _ => self.scalar().map(|value_ref| value_refs.push(value_ref)),
        }
    }

    /// Decodes `{"$blob": "<base64>"}`, or `{"$text": "<base64>"}` for text that is not UTF-8.
    fn base64(&mut self, value_refs: &mut ValueBuffer) -> ParseResult<()> {
        let at = self.at;
        let nested = |_| Wrong {
            at,
            what: "a value is an object other than {\"$blob\": \"…\"} and {\"$text\": \"…\"}"
                .to_owned(),
        };
        self.take(b'{')?;
        self.space();
        let name = self.text().map_err(nested)?;
        if name != "$blob" && name != "$text" {
            return Err(nested(self.wrong("")));
        }
        self.take(b':').map_err(nested)?;
        self.space();
        let text = self.text().map_err(nested)?;
        self.take(b'}').map_err(nested)?;
        let bytes = STANDARD.decode(text).map_err(|_| Wrong {
            at,
            what: format!("a {name} is not base64"),
        })?;
        value_refs.push(if name == "$blob" {
            ValueRef::Blob(&bytes)
        } else {
            ValueRef::Text(&bytes)
        });
        Ok(())
    }

    pub(super) fn scalar(&mut self) -> ParseResult<ValueRef<'static>> {
        let rest = &self.bytes[self.at..];
        if let Some((number, length)) = short_integer(rest) {
            self.at += length;
            return Ok(ValueRef::Integer(number));
        }
        let ends = |byte: &u8| {
            matches!(byte, b',' | b'}' | b']' | b':' | b'"' | b'{' | b'[')
                || byte.is_ascii_whitespace()
        };
        let token = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
        let value = match token {
            b"null" | b"NaN" => ValueRef::Null,
            b"true" => ValueRef::Integer(1),
            b"false" => ValueRef::Integer(0),
            b"Infinity" => ValueRef::Real(f64::INFINITY),
            b"-Infinity" => ValueRef::Real(f64::NEG_INFINITY),
            _ => self.number(token)?,
        };
        self.at += token.len();
        Ok(value)
    }

    fn number(&self, token: &[u8]) -> ParseResult<ValueRef<'static>> {
        let text = str::from_utf8(token).ok().filter(|_| is_number(token));
        let text = text.unwrap_or_default();
        if let Ok(number) = text.parse() {
            return Ok(ValueRef::Integer(number));
        }
        let is_integer = !text.contains(['.', 'e', 'E']);
        Err(self.wrong(match text.parse() {
            Ok(number) if !is_integer => return Ok(ValueRef::Real(number)),
            Ok(_) => format!("the integer {text:.40} does not fit into 64 bits"),
            Err(_) if token.is_empty() => format!("expected a value, found {}", self.found()),
            Err(_) => format!("{:.40} is not a value", String::from_utf8_lossy(token)),
        }))
    }

    pub(super) fn text(&mut self) -> ParseResult<String> {
        let mut text = Vec::new();
        let most = std::mem::replace(&mut self.most, usize::MAX);
        self.string(&mut text)?;
        self.most = most;
        Ok(String::from_utf8(text).expect("it was decoded as UTF-8"))
    }

    /// Decodes a string and appends it as UTF-8.
    fn string(&mut self, out: &mut Vec<u8>) -> ParseResult<()> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.wrong(format!("expected a string, found {}", self.found())));
        }
        self.at += 1;
        let start = out.len();
        let most = start.saturating_add(self.most);
        loop {
            // A whole chunk is copied, then truncated at the first byte that is not plain.
            while let Some((chunk, _)) = self.bytes[self.at..].split_first_chunk() {
                if out.len() > most {
                    out.truncate(start);
                }
                out.extend_from_slice(chunk);
                let Some(plain) = special(*chunk) else {
                    self.at += chunk.len();
                    continue;
                };
                out.truncate(out.len() - (chunk.len() - plain));
                self.at += plain;
                break;
            }
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(out)?,
                Some(&byte @ b' '..=0x7f) => {
                    out.push(byte);
                    self.at += 1;
                }
                Some(0x80..) => self.beyond_ascii(out)?,
                Some(byte) => {
                    let what = format!("control character {byte:#04x} in a string");
                    return Err(self.wrong(what));
                }
                None => return Err(self.wrong("a string does not end")),
            }
        }
    }

    /// Copies leading bytes that are not ASCII.
    fn beyond_ascii(&mut self, out: &mut Vec<u8>) -> ParseResult<()> {
        let rest = &self.bytes[self.at..];
        let run = &rest[..rest.iter().position(u8::is_ascii).unwrap_or(rest.len())];
        let text = str::from_utf8(run).map_err(|error| Wrong {
            at: self.at + error.valid_up_to(),
            what: "a string is not UTF-8".to_owned(),
        })?;
        out.extend_from_slice(text.as_bytes());
        self.at += run.len();
        Ok(())
    }

    /// Decodes an escape, from the backslash to its end.
    fn escape(&mut self, out: &mut Vec<u8>) -> ParseResult<()> {
        let byte = match self.bytes.get(self.at + 1) {
            Some(b'u') => {
                let character = self.unicode_escape()?;
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'b') => 8,
            Some(b'f') => 12,
            _ => return Err(self.wrong("an unknown escape in a string")),
        };
        out.push(byte);
        self.at += 2;
        Ok(())
    }

    fn unicode_escape(&mut self) -> ParseResult<char> {
        let at = self.at;
        let lone = || Wrong {
            at,
            what: "a lone surrogate, which no text can hold".to_owned(),
        };
        let first = self.unit()?;
        let low = match first {
            0xd800..0xdc00 if self.bytes[self.at..].starts_with(b"\\u") => Some(self.unit()?),
            _ => None,
        };
        let units = std::iter::once(first).chain(low);
        let mut characters = char::decode_utf16(units);
        match (characters.next(), characters.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(lone()),
        }
    }

    /// Decodes one `\uXXXX`.
    fn unit(&mut self) -> ParseResult<u16> {
        let digits = self.bytes[self.at + 2..].first_chunk::<4>();
        let unit = digits.and_then(|digits| {
            let digits = digits.map(|digit| char::from(digit).to_digit(16));
            digits
                .into_iter()
                .try_fold(0, |unit, digit| Some(unit << 4 | digit?))
        });
        let unit = unit.and_then(|unit| u16::try_from(unit).ok());
        let unit = unit.ok_or_else(|| self.wrong("\\u without four hexadecimal digits"))?;
        self.at += 6;
        Ok(unit)
    }
}

/// Reads an integer of few digits that a comma or a brace follows; returns its length too.
#[inline]
fn short_integer(bytes: &[u8]) -> Option<(i64, usize)> {
    const DIGITS: usize = 18;
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (mut number, mut length) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = digits.get(length).filter(|_| length < DIGITS) {
        number = number * 10 + i64::from(digit - b'0');
        length += 1;
    }
    let ends = matches!(digits.get(length), Some(b',' | b'}'));
    let is_negative = digits.len() < bytes.len();
    (ends && (length == 1 || length > 1 && digits[0] != b'0')).then(|| {
        let number = if is_negative { -number } else { number };
        (number, length + usize::from(is_negative))
    })
}

/// Returns whether JSON allows a number that Rust can read.
fn is_number(token: &[u8]) -> bool {
    let number = token.strip_prefix(b"-").unwrap_or(token);
    let is_digit = |at: usize| number.get(at).is_some_and(u8::is_ascii_digit);
    let point = number.iter().position(|&byte| byte == b'.');
    is_digit(0)
        && !(number[0] == b'0' && is_digit(1))
        && point.is_none_or(|point| is_digit(point + 1))
}
