//! The tables in the preview if a line each does not fit: one after the other, those that
//! differ from live first.

use unicode_width::UnicodeWidthStr;

use super::table_line::TableLine;
use crate::{
    text,
    tui::{theme::Role, widget::Text},
};

const BETWEEN: &str = " · ";

/// The tables in this many columns and lines.
pub(super) fn lines(rows: &[TableLine], (width, height): (usize, usize)) -> Vec<Text> {
    let (differing, same): (Vec<&TableLine>, Vec<&TableLine>) =
        rows.iter().partition(|row| row.differs);
    let differing = differing.into_iter().map(|row| {
        let [(rows, plain), _, (difference, role)] = &row.numbers[..] else {
            unreachable!("what differs stands beside live");
        };
        Text::of(format!("{} ", text::name(&row.name)), Role::Text)
            .and(format!("{rows} "), *plain)
            .and(difference.as_str(), *role)
    });
    let same = same.into_iter().map(|row| {
        Text::of(
            format!("{} {}", text::name(&row.name), row.numbers[0].0),
            Role::Faint,
        )
    });
    flowing(differing.chain(same).collect(), width, height)
}

/// One after the other, and how many there was no room for.
fn flowing(entries: Vec<Text>, width: usize, height: usize) -> Vec<Text> {
    let mut lines: Vec<Text> = Vec::new();
    let mut left = entries.len();
    for entry in entries {
        let more = Text::of(format!("{BETWEEN}… {left} more"), Role::Faint);
        let is_last = lines.len() == height;
        let kept = if is_last && left > 1 { more.width() } else { 0 };
        match lines.last_mut() {
            Some(line) if line.width() + BETWEEN.width() + entry.width() + kept <= width => {
                *line = line.clone().and(BETWEEN, Role::Faint).joined(entry);
            }
            Some(line) if is_last => {
                *line = line.clone().joined(more);
                break;
            }
            _ => lines.push(entry),
        }
        left -= 1;
    }
    lines.truncate(height);
    lines
}
