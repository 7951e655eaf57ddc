//! Rows to bytes. Every byte is the one that Python's `json.dumps` with its default settings writes.

use std::{io::Write, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::core::{
    error::{Error, Result},
    record::Cell,
};

/// Bytes are handed on to the file when this many have gathered.
const CHUNK: usize = 256 * 1024;

/// Writes one snapshot, table by table and row by row.
pub(crate) struct Writer<W> {
    out: W,
    /// The file that errors name.
    path: PathBuf,
    buffer: Vec<u8>,
    written: u64,
    separator: &'static [u8],
}

impl<W: Write> Writer<W> {
    /// Begins a snapshot.
    pub(crate) fn new(out: W, path: PathBuf, last_event_id: i64) -> Self {
        let mut buffer = Vec::with_capacity(CHUNK + CHUNK / 4);
        buffer.extend(b"{\"last_event_id\": ");
        integer(&mut buffer, last_event_id);
        Self {
            out,
            path,
            buffer,
            written: 0,
            separator: b"",
        }
    }

    /// Begins a table.
    pub(crate) fn begin_table(&mut self, name: &str) {
        self.buffer.extend(b", ");
        text(&mut self.buffer, name);
        self.buffer.extend(b": [");
        self.separator = b"";
    }

    /// Adds the row that `append` appends; without one it appends nothing and says so.
    pub(crate) fn row(
        &mut self,
        append: impl FnOnce(&mut Vec<u8>) -> Result<bool>,
    ) -> Result<bool> {
        let before = self.buffer.len();
        self.buffer.extend(self.separator);
        let more = append(&mut self.buffer)?;
        if more {
            self.separator = b", ";
        } else {
            self.buffer.truncate(before);
        }
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(more)
    }

    /// Ends a table.
    pub(crate) fn end_table(&mut self) {
        self.buffer.push(b']');
    }

    /// Ends the snapshot and gives back what it was written to.
    pub(crate) fn finish(mut self) -> Result<W> {
        self.buffer.push(b'}');
        self.flush()?;
        Ok(self.out)
    }

    /// How many bytes there are so far.
    pub(crate) fn written(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn flush(&mut self) -> Result<()> {
        self.out
            .write_all(&self.buffer)
            .map_err(Error::io("write", &self.path))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

/// Encodes the rows of one table: what stands before each value is made once.
pub(crate) struct RowEncoder {
    before: Vec<Vec<u8>>,
}

impl RowEncoder {
    /// An encoder for rows with these columns.
    pub(crate) fn new(columns: &[String]) -> Self {
        let before = columns.iter().enumerate().map(|(index, column)| {
            let mut bytes = if index == 0 {
                b"{".to_vec()
            } else {
                b", ".to_vec()
            };
            text(&mut bytes, column);
            bytes.extend(b": ");
            bytes
        });
        Self {
            before: before.collect(),
        }
    }

    /// Appends one row, whose values `cell` gives by index.
    pub(crate) fn encode<'a>(
        &self,
        out: &mut Vec<u8>,
        mut cell: impl FnMut(usize) -> Result<Cell<'a>>,
    ) -> Result<()> {
        for (index, before) in self.before.iter().enumerate() {
            out.extend_from_slice(before);
            value(out, cell(index)?);
        }
        out.push(b'}');
        Ok(())
    }
}

fn value(out: &mut Vec<u8>, cell: Cell<'_>) {
    match cell {
        Cell::Null => out.extend(b"null"),
        Cell::Integer(number) => integer(out, number),
        Cell::Real(number) => real(out, number),
        Cell::Text(string) => text(out, string),
        Cell::Blob(bytes) => {
            out.extend(b"{\"$blob\": \"");
            out.extend(STANDARD.encode(bytes).into_bytes());
            out.extend(b"\"}");
        }
    }
}

fn integer(out: &mut Vec<u8>, number: i64) {
    out.extend(itoa::Buffer::new().format(number).as_bytes());
}

/// The shortest digits that read back as the same double, of two such the even one, set as Python's
/// `repr` sets them: plain from 1e-4 up to 1e16, with an exponent of at least two digits beyond.
pub(crate) fn real(out: &mut Vec<u8>, number: f64) {
    if number.is_infinite() {
        out.extend(if number < 0.0 {
            b"-Infinity".as_slice()
        } else {
            b"Infinity"
        });
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(number);
    if let Some((mantissa, exponent)) = text.split_once('e') {
        let exponent: i32 = exponent.parse().expect("an exponent is an integer");
        with_exponent(out, mantissa, exponent);
    } else if number != 0.0 && number.abs() < 1e-4 {
        scientific(out, text);
    } else {
        out.extend(text.as_bytes());
    }
}

/// Sets a small plain number with an exponent: `0.000015` as `1.5e-05`.
fn scientific(out: &mut Vec<u8>, plain: &str) {
    let (sign, fraction) = plain.split_once("0.").expect("it is below 1");
    let digits = fraction.trim_start_matches('0');
    let zeros = i32::try_from(fraction.len() - digits.len()).expect("a double has few digits");
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    with_exponent(out, &format!("{sign}{first}{point}{rest}"), -zeros - 1);
}

fn with_exponent(out: &mut Vec<u8>, mantissa: &str, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    out.extend(format!("{mantissa}e{sign}{:02}", exponent.abs()).into_bytes());
}

fn text(out: &mut Vec<u8>, string: &str) {
    let bytes = string.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut at = 0;
    while at < bytes.len() {
        let length = plain_prefix(&bytes[at..]);
        out.extend_from_slice(&bytes[at..at + length]);
        at += length;
        if let Some(&byte) = bytes.get(at) {
            match short_escape(byte) {
                Some(short) => {
                    out.extend_from_slice(&[b'\\', short]);
                    at += 1;
                }
                None => at += long_escape(out, &string[at..]),
            }
        }
    }
    out.push(b'"');
}

/// How many bytes at the beginning stand for themselves within a JSON string of ASCII: those from
/// space to tilde but for the quotation mark and the backslash.
fn plain_prefix(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // Eight bytes at a time, the high bit of each telling: of the bytes up to the first that is
    // zero, or below another, the usual trick is exact.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let is = |word: u64, byte: u8| zero(word ^ (ONES * u64::from(byte)));
    let below_space = |word: u64| word.wrapping_sub(ONES * u64::from(b' ')) & !word & HIGH;
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let special =
            (word & HIGH) | below_space(word) | is(word, b'"') | is(word, b'\\') | is(word, 0x7f);
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_plain = |byte: &u8| (b' '..=b'~').contains(byte) && !matches!(byte, b'"' | b'\\');
    at + bytes[at..].iter().take_while(|byte| is_plain(byte)).count()
}

fn short_escape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        8 => b'b',
        12 => b'f',
        _ => return None,
    })
}

/// Escapes the first character by its number in UTF-16; how many bytes it took of the text.
fn long_escape(out: &mut Vec<u8>, text: &str) -> usize {
    let Some(character) = text.chars().next() else {
        return 0;
    };
    for unit in character.encode_utf16(&mut [0; 2]) {
        unit_escape(out, *unit);
    }
    character.len_utf8()
}

fn unit_escape(out: &mut Vec<u8>, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(DIGITS[usize::from(unit >> shift & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::real;

    #[test]
    fn reals_are_written_as_python_writes_them() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5e-05"),
            (-1e-5, "-1e-05"),
            (9.999e-5, "9.999e-05"),
            (1_375_775_985_938_872.2, "1375775985938872.2"),
            (1e-7, "1e-07"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (number, expected) in cases {
            let mut out = Vec::new();
            real(&mut out, number);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
