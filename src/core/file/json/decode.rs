//! Bytes to values. Accepts what Python's `json.dumps` can write for a row, and reports the byte
//! offset of anything else.

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memchr2;

use crate::core::base::record::Value;

/// No SQLite table can have more.
const MOST_COLUMNS: usize = 32_767;

/// What is wrong, and at which byte of the row.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) at: usize,
    pub(crate) what: String,
}

type Result<T> = std::result::Result<T, Wrong>;

/// Decodes the rows of one table: every row must have the first row's columns.
#[derive(Default)]
pub(crate) struct RowDecoder {
    columns: Vec<String>,
    /// Each column's name as written in the first row, with its quotes.
    written: Vec<Vec<u8>>,
}

impl RowDecoder {
    /// A decoder for rows with these columns.
    pub(crate) fn of(columns: &[String]) -> Self {
        Self {
            columns: columns.to_vec(),
            written: Vec::new(),
        }
    }

    /// The columns in the order of the first row; empty before it.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Decodes a row into values in the order of [`Self::columns`].
    pub(crate) fn decode(&mut self, row: &[u8]) -> Result<Vec<Value>> {
        let first = self.columns.is_empty();
        let mut parser = Parser { bytes: row, at: 0 };
        let mut values: Vec<Option<Value>> = vec![None; self.columns.len()];
        let mut next = 0;
        parser.take(b'{')?;
        let mut more = !parser.take_if(b'}');
        while more {
            let at = parser.space();
            let index = match self.written.get(next) {
                Some(written) if row[at..].starts_with(written) => {
                    parser.at += written.len();
                    next
                }
                _ => self.place(&mut parser, next, first)?,
            };
            parser.take(b':')?;
            let value = Some(parser.value()?);
            match values.get_mut(index) {
                Some(known) => *known = value,
                None => values.push(value),
            }
            next = index + 1;
            more = parser.take_if(b',');
            if !more {
                parser.take(b'}')?;
            }
        }
        if parser.at < row.len() {
            return Err(parser.wrong("unexpected data after the row"));
        }
        if self.columns.is_empty() {
            return Err(Wrong {
                at: 0,
                what: "the row has no columns".to_owned(),
            });
        }
        self.complete(values)
    }

    /// Reads a column's name and returns its index. The first row adds its columns.
    fn place(&mut self, parser: &mut Parser<'_>, guess: usize, first: bool) -> Result<usize> {
        let at = parser.at;
        let name = parser.string()?;
        let is_guess = self.columns.get(guess).is_some_and(|known| *known == name);
        let known = is_guess.then_some(guess);
        let place = known.or_else(|| self.columns.iter().position(|column| *column == name));
        let Some(place) = place.or(first.then_some(self.columns.len())) else {
            return Err(Wrong {
                at,
                what: format!("column {name:?} is not in the table's first row"),
            });
        };
        // Rows nearly always have the first row's order and spelling of names.
        if place == self.written.len() {
            self.written.push(parser.bytes[at..parser.at].to_vec());
        }
        if place == self.columns.len() {
            if place == MOST_COLUMNS {
                let what = format!("the row has more than {MOST_COLUMNS} columns");
                return Err(Wrong { at, what });
            }
            self.columns.push(name);
        }
        Ok(place)
    }

    fn complete(&self, values: Vec<Option<Value>>) -> Result<Vec<Value>> {
        let named = values.into_iter().zip(&self.columns);
        let whole = named.map(|(value, column)| {
            value.ok_or_else(|| Wrong {
                at: 0,
                what: format!("column {column:?} of the table's first row is missing"),
            })
        });
        whole.collect()
    }
}

/// Decodes a JSON string, given with its quotes.
pub(super) fn string(bytes: &[u8]) -> Result<String> {
    Parser { bytes, at: 0 }.string()
}

/// Decodes a JSON scalar.
pub(super) fn scalar(bytes: &[u8]) -> Result<Value> {
    Parser { bytes, at: 0 }.scalar()
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn wrong(&self, what: impl Into<String>) -> Wrong {
        Wrong {
            at: self.at,
            what: what.into(),
        }
    }

    fn space(&mut self) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.at
    }

    fn take_if(&mut self, expected: u8) -> bool {
        self.space();
        let found = self.bytes.get(self.at) == Some(&expected);
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, expected: u8) -> Result<()> {
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

    fn value(&mut self) -> Result<Value> {
        self.space();
        match self.bytes.get(self.at) {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'{') => self.bytes(),
            Some(b'[') => Err(self.wrong("a value is an array, which no column can hold")),
            _ => self.scalar(),
        }
    }

    /// Decodes `{"$blob": "<base64>"}`, or `{"$text": "<base64>"}` for text that is not UTF-8.
    fn bytes(&mut self) -> Result<Value> {
        let at = self.at;
        let nested = |_| Wrong {
            at,
            what: "a value is an object other than {\"$blob\": \"…\"} and {\"$text\": \"…\"}"
                .to_owned(),
        };
        self.take(b'{')?;
        self.space();
        let name = self.string().map_err(nested)?;
        let value = match name.as_str() {
            "$blob" => Value::Blob,
            "$text" => Value::text,
            _ => return Err(nested(self.wrong(""))),
        };
        self.take(b':').map_err(nested)?;
        self.space();
        let text = self.string().map_err(nested)?;
        self.take(b'}').map_err(nested)?;
        let bytes = STANDARD.decode(text).map_err(|_| Wrong {
            at,
            what: format!("a {name} is not base64"),
        })?;
        Ok(value(bytes))
    }

    fn scalar(&mut self) -> Result<Value> {
        let ends = |byte: &u8| {
            matches!(byte, b',' | b'}' | b']' | b':' | b'"' | b'{' | b'[')
                || byte.is_ascii_whitespace()
        };
        let rest = &self.bytes[self.at..];
        let token = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
        let value = match token {
            b"null" | b"NaN" => Value::Null,
            b"true" => Value::Integer(1),
            b"false" => Value::Integer(0),
            b"Infinity" => Value::Real(f64::INFINITY),
            b"-Infinity" => Value::Real(f64::NEG_INFINITY),
            _ => self.number(token)?,
        };
        self.at += token.len();
        Ok(value)
    }

    fn number(&self, token: &[u8]) -> Result<Value> {
        let text = str::from_utf8(token).unwrap_or_default();
        let number = match number_form(token) {
            Some(Form::Integer) => text.parse().map(Value::Integer).ok(),
            Some(Form::Real) => text.parse().map(Value::Real).ok(),
            None => None,
        };
        number.ok_or_else(|| self.no_number(token))
    }

    fn no_number(&self, token: &[u8]) -> Wrong {
        let shown = String::from_utf8_lossy(token);
        self.wrong(match number_form(token) {
            Some(Form::Integer) => format!("the integer {shown:.40} does not fit into 64 bits"),
            _ if token.is_empty() => format!("expected a value, found {}", self.found()),
            _ => format!("{shown:.40} is not a value"),
        })
    }

    fn string(&mut self) -> Result<String> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.wrong(format!("expected a string, found {}", self.found())));
        }
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.bytes[self.at..];
            let Some(length) = memchr2(b'"', b'\\', rest) else {
                return Err(self.wrong("a string does not end"));
            };
            let run = &rest[..length];
            // Both searches are vectorized, so they are quicker than one loop over all bytes.
            if let Some(index) = control_character(run) {
                self.at += index;
                let byte = run[index];
                return Err(self.wrong(format!("control character {byte:#04x} in a string")));
            }
            text.push_str(str::from_utf8(run).map_err(|error| Wrong {
                at: self.at + error.valid_up_to(),
                what: "a string is not UTF-8".to_owned(),
            })?);
            self.at += length;
            if rest[length] == b'"' {
                self.at += 1;
                return Ok(text);
            }
            text.push(self.escape()?);
        }
    }

    /// Decodes an escape, from the backslash to its end.
    fn escape(&mut self) -> Result<char> {
        let character = match self.bytes.get(self.at + 1) {
            Some(b'u') => return self.unicode_escape(),
            Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            _ => return Err(self.wrong("an unknown escape in a string")),
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char> {
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
    fn unit(&mut self) -> Result<u16> {
        let digits = self
            .bytes
            .get(self.at + 2..self.at + 6)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit =
            digits.and_then(|digits| u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("\\u without four hexadecimal digits"))?;
        self.at += 6;
        Ok(unit)
    }
}

/// Returns the index of the first byte that JSON does not allow in a string.
fn control_character(run: &[u8]) -> Option<usize> {
    // Without an early exit the compiler vectorizes the loop.
    let lowest = run.iter().fold(u8::MAX, |lowest, &byte| lowest.min(byte));
    if lowest >= b' ' {
        return None;
    }
    run.iter().position(|&byte| byte < b' ')
}

enum Form {
    Integer,
    Real,
}

/// Classifies a token by JSON's grammar of numbers.
fn number_form(token: &[u8]) -> Option<Form> {
    let digits = |bytes: &[u8]| {
        bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut rest = token.strip_prefix(b"-").unwrap_or(token);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return None;
    }
    rest = &rest[whole..];
    if rest.is_empty() {
        return Some(Form::Integer);
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return None;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent
            .strip_prefix(b"-")
            .or(exponent.strip_prefix(b"+"))
            .unwrap_or(exponent);
        let length = digits(exponent);
        if length == 0 {
            return None;
        }
        rest = &exponent[length..];
    }
    rest.is_empty().then_some(Form::Real)
}
