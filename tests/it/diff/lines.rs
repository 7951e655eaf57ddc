//! A difference as text, for comparison with what a test expects.

use std::fmt;

use unrewind::core::{Change, Difference, Row, Value};

/// A row that differs: its text on either side, and the columns that differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub table: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub columns: Vec<String>,
}

impl Line {
    pub fn reversed(self) -> Self {
        Self {
            from: self.to,
            to: self.from,
            ..self
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => {
                let columns = self.columns.join(", ");
                write!(f, "{} ~ {from} > {to} in {columns}", self.table)
            }
            (Some(from), None) => write!(f, "{} - {from}", self.table),
            (None, to) => write!(f, "{} + {}", self.table, to.as_deref().unwrap_or_default()),
        }
    }
}

/// The values of a row, written as [`Sandbox::rows`] writes them.
fn values(row: &Row) -> String {
    let value = |value: &Value| match value {
        Value::Text(text) => format!("'{}'", text.as_bytes().escape_ascii()),
        Value::Blob(bytes) => format!("x{bytes:02x?}"),
        other => other.to_string(),
    };
    row.values.iter().map(value).collect::<Vec<_>>().join(" | ")
}

/// Every change of a difference, sorted. Asserts that the counts of each table agree.
#[track_caller]
pub fn lines(difference: &mut Difference) -> Vec<Line> {
    let mut lines = Vec::new();
    for diff in &mut difference.tables {
        let (table, mut counted) = (diff.table.clone(), (0, 0, 0));
        let each = |change| {
            let (from, to) = match &change {
                Change::Added(to) => (None, Some(to)),
                Change::Removed(from) => (Some(from), None),
                Change::Changed { from, to } => (Some(from), Some(to)),
            };
            let columns = match (from, to) {
                (Some(from), Some(to)) => from.changed_columns(to).collect(),
                _ => Vec::new(),
            };
            match change {
                Change::Added(_) => counted.0 += 1,
                Change::Changed { .. } => counted.1 += 1,
                Change::Removed(_) => counted.2 += 1,
            }
            lines.push(Line {
                table: table.name.clone(),
                from: from.map(values),
                to: to.map(values),
                columns: columns
                    .into_iter()
                    .map(|index| table.columns[index].clone())
                    .collect(),
            });
            Ok(())
        };
        diff.for_each(each).unwrap();
        assert_eq!((diff.added, diff.changed, diff.removed), counted);
    }
    lines.sort();
    lines
}

/// The changes as text, sorted.
pub fn strings(lines: &[Line]) -> Vec<String> {
    let mut strings: Vec<String> = lines.iter().map(Line::to_string).collect();
    strings.sort();
    strings
}
