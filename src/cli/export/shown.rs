//! CSV on a terminal: no field can steer the terminal or begin a line.

use std::io::{self, Write};

use crate::core::{is_plain, written_out};

/// Writes CSV to a terminal and escapes whatever would steer it. Input must be split between lines,
/// so that no character is split.
pub(super) struct TerminalCsv<W> {
    out: W,
    is_quoted: bool,
}

impl<W: Write> TerminalCsv<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            is_quoted: false,
        }
    }

    /// Formats text; bytes that are not UTF-8 are escaped.
    fn shown(&mut self, bytes: &[u8]) -> String {
        let mut shown = String::new();
        for chunk in bytes.utf8_chunks() {
            // A line ends only outside a field.
            let parts = chunk.valid().split_inclusive('"');
            for part in parts {
                if self.is_quoted {
                    shown += &written_out(part, is_plain);
                } else {
                    let lines = part.replace("\r\n", "\n");
                    shown += &written_out(&lines, |kept| is_plain(kept) || kept == '\n');
                }
                self.is_quoted ^= part.ends_with('"');
            }
            for byte in chunk.invalid() {
                shown += &format!("\\x{byte:02x}");
            }
        }
        shown
    }
}

impl<W: Write> Write for TerminalCsv<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let shown = self.shown(bytes);
        self.out.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::TerminalCsv;

    #[test]
    fn no_field_steers_the_terminal_or_begins_a_line() {
        let mut out = Vec::new();
        let mut shown = TerminalCsv::new(&mut out);
        shown.write_all(b"\"name\",\"a \"\"b\"\"\"\r\n").unwrap();
        let row = "\"one\r\ntwo\",\"\u{1b}[2J\u{9b}\u{202e}\",7,,\"\"\r\n";
        shown.write_all(row.as_bytes()).unwrap();
        shown.write_all(b"\"half \xff\"\r\n").unwrap();
        let expected = "\"name\",\"a \"\"b\"\"\"\n\"one\\r\\ntwo\",\"\\u{1b}[2J\\u{9b}\\u{202e}\",7,,\"\"\n\"half \\xff\"\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
