//! A changed row on one line.

use std::iter;

use crate::core::{Change, Row, Table, Value};

/// Formats a change: a row with its columns, or of a row that both sides have its key and the columns
/// that differ.
pub fn row_change(change: &Change, table: &Table) -> String {
    match change {
        Change::Added(row) => format!("+ {}", whole(row, table)),
        Change::Removed(row) => format!("- {}", whole(row, table)),
        Change::Changed { from, to } => {
            let cells = from.changed_columns(to).map(|index| {
                let [from, to] = near_difference(&from.values[index], &to.values[index]);
                format!("{}: {from} → {to}", table.columns[index])
            });
            let cells: Vec<String> = cells.collect();
            format!("~ {}: {}", from.key_text(table), cells.join("; "))
        }
    }
}

/// Returns the column that says most about a row: its text or name, else its longest text.
pub fn main_text(row: &Row, table: &Table) -> Option<usize> {
    const NAMES: [&str; 8] = [
        "text",
        "content",
        "message",
        "body",
        "title",
        "name",
        "summary",
        "description",
    ];
    let length = |column: usize| match &row.values[column] {
        Value::Text(text) if !table.key.contains(&column) => Some(text.len()),
        _ => None,
    };
    let known = NAMES.iter().filter_map(|name| table.column(name));
    let known = known.filter(|column| length(*column).is_some());
    let texts = (0..row.values.len()).filter(|column| length(*column).is_some());
    let longest = texts.max_by_key(|column| length(*column));
    known.chain(longest).next()
}

fn whole(row: &Row, table: &Table) -> String {
    let named = table.columns.iter().zip(&row.values);
    let named = named.map(|(column, value)| format!("{column} = {value}"));
    named.collect::<Vec<_>>().join(", ")
}

/// Returns two values; of long texts that begin alike, only what is near the difference.
pub fn near_difference(from: &Value, to: &Value) -> [Value; 2] {
    /// The characters before the difference, where there are twice as many.
    const BEFORE: usize = 20;
    let both = [from, to];
    let [Some(one), Some(other)] = both.map(Value::readable) else {
        return both.map(Value::clone);
    };
    let alike = (one.chars().zip(other.chars())).take_while(|(one, other)| one == other);
    match alike.count().checked_sub(2 * BEFORE) {
        Some(more) => [one, other].map(|text| {
            let rest = text.chars().skip(more + BEFORE);
            Value::Text(iter::once('…').chain(rest).collect())
        }),
        None => both.map(Value::clone),
    }
}
