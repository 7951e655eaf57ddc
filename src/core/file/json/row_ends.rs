//! Where rows end in the raw bytes of a table, as far as that is certain without reading their values.

use memchr::memchr_iter;

/// Whole rows that were skipped.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SkippedRows {
    pub(super) rows: u64,
    pub(super) bytes: usize,
}

/// Returns the rows from the beginning of these bytes to the last row that surely begins within them, in the
/// same table.
pub(super) fn rows_in(bytes: &[u8]) -> SkippedRows {
    let mut brackets = memchr_iter(b']', bytes);
    let end = brackets.find(|&bracket| may_end_table(bytes, bracket));
    let before = &bytes[..end.unwrap_or(bytes.len())];
    let mut skipped = SkippedRows::default();
    for brace in memchr_iter(b'{', before).filter(|&brace| brace > 0) {
        if is_between_rows(before, brace) {
            skipped.rows += 1;
            skipped.bytes = brace;
        } else if ends_row(&before[..brace]) {
            break;
        }
    }
    skipped
}

/// Returns whether this brace begins a row as `json.dumps` writes it. A string cannot contain a
/// plain quotation mark, and what follows a string's closing one is never a column's name.
fn is_between_rows(bytes: &[u8], brace: usize) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    bytes[..brace].ends_with(b"}, ")
        && bytes.get(brace + 1) == Some(&b'"')
        && bytes.get(brace + 2).is_some_and(is_name)
}

/// Returns whether this bracket may end a table: it follows a row, and no quotation mark or backslash
/// follows it, as in a string of JSON.
fn may_end_table(bytes: &[u8], bracket: usize) -> bool {
    let follows_row = bytes[..bracket].trim_ascii_end().ends_with(b"}");
    follows_row && !matches!(bytes.get(bracket + 1), Some(b'"' | b'\\'))
}

/// Returns whether a row may end with these bytes, so that another follows.
fn ends_row(bytes: &[u8]) -> bool {
    let before_comma = bytes.trim_ascii_end().strip_suffix(b",");
    before_comma.is_some_and(|bytes| bytes.trim_ascii_end().ends_with(b"}"))
}
