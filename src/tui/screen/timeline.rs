//! The timeline above the list: events on one axis, the snapshots on it, what the last rewind took
//! back, and where no snapshot is near.
//!
//! ```text
//!                        ▾               ╭──◂──╮
//!  ●┄┄┄┄┄┄┄┄◆──────●─────●──●─●┄┄┄┄┄┄┄●─────●──◆●
//!  event 1                                       1,485
//! ```

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::Look;
use crate::{
    core::{Kind, Snapshot},
    text,
    tui::{theme::Role, widget::Text},
};

/// What stands on the timeline.
#[derive(Debug)]
pub struct Timeline<'a> {
    /// The snapshots.
    pub snapshots: &'a [Snapshot],
    /// The one that is selected.
    pub selected: Option<&'a Snapshot>,
    /// The last event of live.
    pub last: i64,
    /// The first event that the last rewind took back, and the last before it.
    pub rewind: Option<(i64, i64)>,
    /// So many events without a snapshot are a gap.
    pub gap: u64,
}

/// One row of it, a glyph and a role for each column.
struct Row(Vec<(&'static str, Role)>);

impl Row {
    fn set(&mut self, column: usize, glyph: &'static str, role: Role) {
        if let Some(cell) = self.0.get_mut(column) {
            *cell = (glyph, role);
        }
    }

    fn text(self) -> Text {
        let start = Text::of(" ", Role::Text);
        let cells = self.0.into_iter();
        cells.fold(start, |line, (glyph, role)| line.and(glyph, role))
    }
}

impl Timeline<'_> {
    /// Draws it in three rows.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let width = usize::from(area.width).saturating_sub(2);
        if area.height < 3 || width < 2 || self.last < 1 {
            return;
        }
        let lines = [self.above(width), self.axis(width), self.below(width)];
        let lines: Vec<_> = lines.iter().map(|line| line.line(look.theme)).collect();
        frame.render_widget(Paragraph::new(lines), area);
    }

    /// The column of an event.
    fn column(&self, event: i64, width: usize) -> usize {
        let last = i128::from(self.last);
        let event = i128::from(event).clamp(0, last);
        let right = i128::try_from(width - 1).unwrap_or(0);
        usize::try_from(event * right / last.max(1)).unwrap_or(0)
    }

    /// What the last rewind took back, and the selected snapshot.
    fn above(&self, width: usize) -> Text {
        let mut row = Row(vec![(" ", Role::Text); width]);
        if let Some((first, last)) = self.rewind {
            let (left, right) = (self.column(first, width), self.column(last, width));
            for column in left..=right {
                row.set(column, "─", Role::Warning);
            }
            row.set(usize::midpoint(left, right), "◂", Role::Warning);
            row.set(right, "╮", Role::Warning);
            row.set(left, "╭", Role::Warning);
        }
        if let Some(event) = self.selected.and_then(|snapshot| snapshot.last_event_id) {
            row.set(self.column(event, width), "▾", Role::Accent);
        }
        row.text()
    }

    fn axis(&self, width: usize) -> Text {
        let mut row = Row(vec![("─", Role::Faint); width]);
        let events = self
            .snapshots
            .iter()
            .filter_map(|snapshot| snapshot.last_event_id);
        let mut stops: Vec<i64> = events.chain([0, self.last]).collect();
        stops.sort_unstable();
        for pair in stops
            .windows(2)
            .filter(|pair| pair[1].abs_diff(pair[0]) > self.gap)
        {
            for column in self.column(pair[0], width)..self.column(pair[1], width) {
                row.set(column, "┄", Role::Faint);
            }
        }
        // A rewind snapshot is rarer, and is seen over a periodic one.
        for kind in [Kind::Periodic, Kind::Rewind] {
            let of_kind = |snapshot: &&Snapshot| snapshot.kind() == Some(kind);
            for snapshot in self.snapshots.iter().filter(of_kind) {
                if let Some(event) = snapshot.last_event_id {
                    let glyph = glyph(kind);
                    row.set(self.column(event, width), glyph, Role::Text);
                }
            }
        }
        if let Some((kind, event)) = self
            .selected
            .and_then(|one| Some((one.kind()?, one.last_event_id?)))
        {
            row.set(self.column(event, width), glyph(kind), Role::Accent);
        }
        row.text()
    }

    fn below(&self, width: usize) -> Text {
        const LEGEND: &str = "● periodic   ◆ rewind   ┄ no snapshot near   ◂ taken back";
        let (first, last) = ("event 1", text::event_id(self.last));
        let room = width.saturating_sub(first.len() + last.len() + LEGEND.chars().count());
        let (left, right) = (room / 2, room - room / 2);
        Text::of(format!(" {first}"), Role::Faint)
            .and(" ".repeat(left), Role::Text)
            .and(LEGEND, Role::Faint)
            .and(" ".repeat(right), Role::Text)
            .and(last, Role::Faint)
    }
}

fn glyph(kind: Kind) -> &'static str {
    match kind {
        Kind::Rewind => "◆",
        Kind::Periodic => "●",
    }
}
