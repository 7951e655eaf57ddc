//! Encodes rows exactly as Python's `json.dumps` writes them with its default settings.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{background_writer::BackgroundWriter, escape::text};
use crate::core::base::{
    error::Result,
    row::{Row, ValueRef},
};

/// Bytes collected before they go to the file.
const CHUNK: usize = 256 * 1024;

/// Writes one snapshot, table by table and row by row.
pub(crate) struct Writer<'p> {
    out: BackgroundWriter<'p>,
    buffer: Vec<u8>,
    written: u64,
    separator: &'static [u8],
}

impl<'p> Writer<'p> {
    /// Begins a snapshot.
    pub(crate) fn new(out: BackgroundWriter<'p>, last_event_id: i64) -> Self {
        let mut buffer = Vec::with_capacity(CHUNK + CHUNK / 4);
        buffer.extend(b"{\"last_event_id\": ");
        integer(&mut buffer, last_event_id);
        Self {
            out,
            buffer,
            written: 0,
            separator: b"",
        }
    }

    /// Begins a table.
    pub(crate) fn begin_table(&mut self, name: &str) {
        self.buffer.extend(b", ");
        key(&mut self.buffer, name);
        self.buffer.push(b'[');
        self.separator = b"";
    }

    /// Adds the row that `append` appends; returns false, and adds nothing, if `append` has no more
    /// rows.
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

    /// Adds a row.
    pub(crate) fn push(&mut self, encoder: &RowEncoder, row: &Row) -> Result<()> {
        let row = self.row(|buffer| {
            encoder.row(buffer, row);
            Ok(true)
        });
        row.map(drop)
    }

    /// Adds rows that are encoded already, or a part of them.
    pub(crate) fn encoded(&mut self, rows: &[u8]) -> Result<()> {
        self.buffer.extend(rows);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    /// Ends a table.
    pub(crate) fn end_table(&mut self) {
        self.buffer.push(b']');
    }

    /// Ends the snapshot.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.buffer.push(b'}');
        self.flush()
    }

    /// Returns how many bytes were written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn flush(&mut self) -> Result<()> {
        self.written += self.buffer.len() as u64;
        self.out.write(&mut self.buffer)
    }
}

/// Encodes the rows of one table; the text before each value is built once.
pub(crate) struct RowEncoder {
    before: Vec<Vec<u8>>,
}

impl RowEncoder {
    /// Creates an encoder for rows with these columns.
    pub(crate) fn new(columns: &[String]) -> Self {
        let before = columns.iter().enumerate().map(|(index, column)| {
            let mut bytes = if index == 0 {
                b"{".to_vec()
            } else {
                b", ".to_vec()
            };
            key(&mut bytes, column);
            bytes
        });
        Self {
            before: before.collect(),
        }
    }

    /// Appends one row; `value_ref` returns its values by index.
    pub(crate) fn encode<'a>(
        &self,
        out: &mut Vec<u8>,
        mut value_ref: impl FnMut(usize) -> ValueRef<'a>,
    ) {
        for (index, before) in self.before.iter().enumerate() {
            out.extend_from_slice(before);
            value(out, value_ref(index));
        }
        out.push(b'}');
    }

    /// Appends one row.
    pub(crate) fn row(&self, out: &mut Vec<u8>, row: &Row) {
        self.encode(out, |index| row.values[index].value_ref());
    }
}

fn value(out: &mut Vec<u8>, value_ref: ValueRef<'_>) {
    match value_ref {
        ValueRef::Null => out.extend(b"null"),
        ValueRef::Integer(number) => integer(out, number),
        ValueRef::Real(number) => real(out, number),
        ValueRef::Text(bytes) => {
            let start = out.len();
            if text(out, bytes).is_err() {
                out.truncate(start);
                base64(out, b"$text", bytes);
            }
        }
        ValueRef::Blob(bytes) => base64(out, b"$blob", bytes),
    }
}

/// Writes bytes that no JSON string can hold as base64 in an object; `name` says what they are.
fn base64(out: &mut Vec<u8>, name: &[u8], bytes: &[u8]) {
    out.extend(b"{\"");
    out.extend(name);
    out.extend(b"\": \"");
    out.extend(STANDARD.encode(bytes).into_bytes());
    out.extend(b"\"}");
}

/// Writes a name as a key of an object.
fn key(out: &mut Vec<u8>, name: &str) {
    text(out, name.as_bytes()).expect("a name is UTF-8");
    out.extend(b": ");
}

fn integer(out: &mut Vec<u8>, number: i64) {
    out.extend(itoa::Buffer::new().format(number).as_bytes());
}

/// Writes the shortest digits that read back as the same double (the even one of two), formatted
/// like Python's `repr`: plain from 1e-4 to 1e16, else with an exponent of at least two digits.
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

/// Writes a small plain number with an exponent: `0.000015` as `1.5e-05`.
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
