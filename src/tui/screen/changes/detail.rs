//! One row that differs, whole: each column with its old and its new value, long text word by word.

use crate::{
    core::{Change, Row, Table, Value},
    text::{self, WordPiece},
    tui::{theme::Role, widget::Text},
};

/// The most bytes of a text that are shown.
const MOST: usize = 64 * 1024;

/// The lines of a row that differs: the changed columns first.
pub(in crate::tui::screen) fn lines(change: &Change, table: &Table) -> Vec<Text> {
    match change {
        Change::Added(row) => whole(row, table, Role::Added),
        Change::Removed(row) => whole(row, table, Role::Removed),
        Change::Changed { from, to } => {
            let changed: Vec<usize> = from.changed_columns(to).collect();
            let mut lines = Vec::new();
            for &index in &changed {
                let column = &table.columns[index];
                lines.extend(changed_value(
                    column,
                    &from.values[index],
                    &to.values[index],
                ));
            }
            lines.push(Text::default());
            let same = (0..table.columns.len()).filter(|index| !changed.contains(index));
            lines.extend(
                same.flat_map(|index| value(&table.columns[index], &to.values[index], Role::Faint)),
            );
            lines
        }
    }
}

fn whole(row: &Row, table: &Table, role: Role) -> Vec<Text> {
    let named = table.columns.iter().zip(&row.values);
    named
        .flat_map(|(column, found)| value(column, found, role))
        .collect()
}

fn value(column: &str, found: &Value, role: Role) -> Vec<Text> {
    let name = Text::of(text::name(column) + "  ", Role::Strong);
    match found.readable() {
        Some(text) if !matches!(found, Value::BrokenText(_)) => {
            let (shown, more) = cut(&text);
            let mut lines = broken(name, vec![(shown.to_owned(), role)]);
            lines.extend(more);
            lines
        }
        _ => vec![name.and(found.to_string(), role)],
    }
}

fn changed_value(column: &str, from: &Value, to: &Value) -> Vec<Text> {
    let name = Text::of(text::name(column) + "  ", Role::Strong);
    let is_same_kind = std::mem::discriminant(from) == std::mem::discriminant(to);
    let is_whole = |value: &Value| !matches!(value, Value::BrokenText(_));
    let texts = match (from.readable(), to.readable()) {
        (Some(one), Some(other)) if is_same_kind && is_whole(from) => Some((one, other)),
        _ => None,
    };
    let Some((from, to)) = texts else {
        let line = name
            .and(plain(from), Role::Removed)
            .and(" → ", Role::Faint)
            .and(plain(to), Role::Added);
        return vec![line];
    };
    let ((from, more_from), (to, more_to)) = (cut(&from), cut(&to));
    let styled = text::word_diff(from, to)
        .into_iter()
        .map(|piece| match piece {
            WordPiece::Same(text) => (text, Role::Text),
            WordPiece::Removed(text) => (format!("[-{text}-]"), Role::Removed),
            WordPiece::Added(text) => (format!("{{+{text}+}}"), Role::Added),
        });
    let mut lines = broken(name, styled.collect());
    lines.extend(more_from.or(more_to));
    lines
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("“{}”", cut(text).0),
        other => other.to_string(),
    }
}

/// Lines of pieces, broken at their line ends.
fn broken(first: Text, pieces: Vec<(String, Role)>) -> Vec<Text> {
    let mut lines = vec![first];
    for (text, role) in pieces {
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                lines.push(Text::of("  ", Role::Text));
            }
            let shown = text::on_one_line(part);
            let line = lines.pop().unwrap_or_default();
            lines.push(line.and(shown, role));
        }
    }
    lines
}

/// The beginning of a text, and a line with the size of the rest.
fn cut(text: &str) -> (&str, Option<Text>) {
    let shown = text::beginning(text, MOST);
    if shown.len() == text.len() {
        return (text, None);
    }
    let more = text::size((text.len() - shown.len()) as u64);
    let sentence = format!("… {more} more, not shown");
    (shown, Some(Text::of(sentence, Role::Warning)))
}
