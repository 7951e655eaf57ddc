//! Exports rows for other programs: as lines of CSV or JSON, or as tables of a new SQLite database.
//! Every value is exact, except as documented for each form.

mod database;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memchr;

use crate::core::{
    actions::rows::Rows,
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage, report},
        row::{Row, Table, ValueRef},
    },
    file::{
        atomic_file::{AtomicFile, Named},
        json::{self as file, RowEncoder},
    },
};

pub use database::{Exported, ExportedColumns, export_database};

/// A form with one record per row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFormat {
    /// RFC 4180, with a header. Text is quoted; a BLOB is quoted base64; numbers are not quoted;
    /// NULL is an empty field without quotes.
    Csv,
    /// The same, with an apostrophe before each text that a spreadsheet would run as a formula.
    SafeCsv,
    /// One JSON object per line, as a snapshot stores the row; but infinity, which JSON lacks,
    /// becomes the string `Infinity` or `-Infinity`.
    Json,
}

/// Writes rows to `out`, which errors call `path`; returns their number. Fails if a row cannot be read or
/// written.
pub fn export(
    rows: &Rows<'_>,
    lines: RowFormat,
    out: &mut dyn Write,
    path: &Path,
    on: OnProgress<'_>,
) -> Result<u64> {
    let mut writer = LineWriter::new(rows, lines, out, path);
    let (total, mut written) = (rows.count()?, 0);
    writer.begin()?;
    rows.each(&mut |number, row| {
        written = number + 1;
        report(on, Stage::Exporting, number, total)?;
        row.load()?;
        writer.row(|column| row.value_ref(column))
    })?;
    writer.flush()?;
    Ok(written)
}

/// Writes rows into a new file, which appears whole or not at all; returns their number. Fails if the
/// file exists or cannot be written, or a row cannot be read.
pub fn export_file(
    rows: &Rows<'_>,
    lines: RowFormat,
    path: &Path,
    on: OnProgress<'_>,
) -> Result<u64> {
    let mut draft = draft(path)?;
    draft.follow(rows.file())?;
    let written = export(rows, lines, &mut draft, path, on)?;
    name(draft, path)?;
    Ok(written)
}

/// Writes a row as [`RowFormat::Json`] does, without the line's end.
pub fn json_row(table: &Table, row: &Row) -> String {
    let mut line = Vec::new();
    let encoder = RowEncoder::new(&table.columns);
    encoder.encode(&mut line, |column| finite(row.values[column].value_ref()));
    String::from_utf8(line).expect("the encoder writes ASCII")
}

/// Creates a draft of a file that must not exist.
fn draft(path: &Path) -> Result<AtomicFile> {
    if path.exists() {
        return Err(Error::Exists {
            path: path.to_owned(),
        });
    }
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    AtomicFile::clear_abandoned(folder, &mut drop);
    AtomicFile::new(folder, AtomicFile::PLAIN)
}

fn name(draft: AtomicFile, path: &Path) -> Result<()> {
    match draft.name(path)? {
        Named::Done => Ok(()),
        Named::Taken(_) => Err(Error::Exists {
            path: path.to_owned(),
        }),
    }
}

/// Writes rows as lines, through a buffer.
struct LineWriter<'w> {
    lines: RowFormat,
    columns: Vec<String>,
    encoder: RowEncoder,
    buffer: Vec<u8>,
    out: &'w mut dyn Write,
    path: PathBuf,
}

impl<'w> LineWriter<'w> {
    const GATHERED: usize = 64 * 1024;

    fn new(rows: &Rows<'_>, lines: RowFormat, out: &'w mut dyn Write, path: &Path) -> Self {
        let columns = rows.table().columns.clone();
        Self {
            lines,
            encoder: RowEncoder::new(&columns),
            columns,
            buffer: Vec::new(),
            out,
            path: path.to_owned(),
        }
    }

    fn begin(&mut self) -> Result<()> {
        if self.lines != RowFormat::Json && !self.columns.is_empty() {
            let (columns, name) = (&self.columns, |column: usize| {
                ValueRef::Text(self.columns[column].as_bytes())
            });
            csv(&mut self.buffer, self.lines, columns.len(), name);
        }
        self.flush()
    }

    /// Writes the row of which `value_ref` returns the values.
    fn row<'c>(&mut self, value_ref: impl Fn(usize) -> ValueRef<'c>) -> Result<()> {
        match self.lines {
            RowFormat::Csv | RowFormat::SafeCsv => {
                csv(&mut self.buffer, self.lines, self.columns.len(), value_ref);
            }
            RowFormat::Json => {
                let finite = |column| finite(value_ref(column));
                self.encoder.encode(&mut self.buffer, finite);
                self.buffer.push(b'\n');
            }
        }
        if self.buffer.len() < Self::GATHERED {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<()> {
        self.out
            .write_all(&self.buffer)
            .and_then(|()| self.out.flush())
            .map_err(Error::io("write", &self.path))?;
        self.buffer.clear();
        Ok(())
    }
}

/// Replaces infinity by text, for strict JSON readers.
fn finite(value_ref: ValueRef<'_>) -> ValueRef<'_> {
    match value_ref {
        ValueRef::Real(f64::INFINITY) => ValueRef::Text(b"Infinity"),
        ValueRef::Real(f64::NEG_INFINITY) => ValueRef::Text(b"-Infinity"),
        value_ref => value_ref,
    }
}

/// Appends a line. CSV crates cannot distinguish NULL from an empty text.
fn csv<'c>(
    out: &mut Vec<u8>,
    lines: RowFormat,
    columns: usize,
    value_ref: impl Fn(usize) -> ValueRef<'c>,
) {
    for column in 0..columns {
        if column > 0 {
            out.push(b',');
        }
        match value_ref(column) {
            // Many readers skip an empty line.
            ValueRef::Null if columns == 1 => quoted(out, lines, b""),
            ValueRef::Null => {}
            ValueRef::Integer(number) => out.extend(itoa::Buffer::new().format(number).as_bytes()),
            ValueRef::Real(number) => file::real(out, number),
            ValueRef::Text(text) => quoted(out, lines, text),
            ValueRef::Blob(bytes) => quoted(out, lines, STANDARD.encode(bytes).as_bytes()),
        }
    }
    out.extend(b"\r\n");
}

fn quoted(out: &mut Vec<u8>, lines: RowFormat, text: &[u8]) {
    out.push(b'"');
    if lines == RowFormat::SafeCsv && is_formula(text) {
        out.push(b'\'');
    }
    let mut rest = text;
    while let Some(quote) = memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=quote]);
        out.push(b'"');
        rest = &rest[quote + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Returns whether a spreadsheet may read a text as a formula: spreadsheets check its first character,
/// some also its full-width form or what follows a tab or line break.
fn is_formula(text: &[u8]) -> bool {
    const BEGINNINGS: [&str; 11] = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}",
    ];
    BEGINNINGS
        .iter()
        .any(|beginning| text.starts_with(beginning.as_bytes()))
}
