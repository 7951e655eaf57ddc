//! The selected version whole: what happened before it, and its row with what changed.

use crate::{
    core::{Change, FoundVersion, HistoryEvent, Row, RowVersion},
    text,
    tui::{screen::changes::change_lines, theme::Role, widget::Text},
};

/// The most events that are listed.
const MOST: usize = 200;

/// The lines of a version.
pub(super) fn of_version(version: &RowVersion) -> Vec<Text> {
    let rewinds = version.rewinds.iter();
    let mut lines: Vec<Text> = rewinds
        .map(|event| event_line(event, Role::Warning))
        .collect();
    if !lines.is_empty() {
        lines.insert(0, Text::of("after the version before:", Role::Faint));
        lines.push(Text::default());
    }
    let shape = version.row.as_ref().or(version.before.as_ref());
    if let Some(shape) = shape {
        lines.extend(change_lines(&change(version, shape), &shape.table));
    }
    if !version.events.is_empty() {
        let count = text::counted(version.events.len() as u64, "event");
        let names = if version.events.len() == 1 {
            "names"
        } else {
            "name"
        };
        lines.push(Text::default());
        lines.push(Text::of(format!("{count} {names} this row:"), Role::Faint));
    }
    let events = version.events.iter().rev().take(MOST);
    lines.extend(events.map(|event| event_line(event, Role::Text)));
    lines
}

/// The lines of a side that could not be read.
pub(super) fn of_failure(reason: &str) -> Vec<Text> {
    vec![Text::of(format!("not readable: {reason}"), Role::Bad)]
}

/// Returns the change from the version before, in the columns of one of both.
fn change(version: &RowVersion, shape: &FoundVersion) -> Change {
    match (&version.before, &version.row) {
        (None, _) => Change::Added(shape.row.clone()),
        (Some(before), None) => Change::Removed(before.row.clone()),
        (Some(before), Some(row)) => {
            let columns = row.table.columns.iter().zip(&row.row.values);
            // A column that came later did not change.
            let values = columns.map(|(name, value)| before.value(name).unwrap_or(value).clone());
            Change::Changed {
                from: Row {
                    values: values.collect(),
                },
                to: row.row.clone(),
            }
        }
    }
}

fn event_line(event: &HistoryEvent, role: Role) -> Text {
    let id = text::event_id(event.event.id);
    let kind = event.event.kind.as_deref().unwrap_or("event");
    let time = event.event.time.as_deref().unwrap_or_default();
    let about = text::on_one_line(&format!("{kind}  {time}"));
    let line = Text::of(format!("event {id}  "), Role::Faint).and(about, role);
    match &event.event.text {
        Some(text) => line.and(format!("  {}", text::on_one_line(text)), Role::Faint),
        None => line,
    }
}
