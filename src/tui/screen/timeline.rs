//! The timeline above the list: events on one axis, the snapshots on it, what rewinds superseded, and
//! where no snapshot is near. Where it has no lines of its own it is the list's lower edge.
//!
//! ```text
//!        ◂╮       ▼        ╭──◂──╮
//!  ○┄┄┄┄┄┄┄◇──────○─────○──○─○┄┄┄┄┄┄┄○─────○──◇○
//!  event 1                                1,485
//! ```

use ratatui::{Frame, layout::Rect, widgets::Paragraph};
use unicode_width::UnicodeWidthStr;

use super::DrawContext;
use crate::{
    core::{Kind, RewoundRange, Snapshot},
    text,
    tui::{theme::Role, widget::Text},
};

#[derive(Debug)]
pub struct Timeline<'a> {
    /// Newest first.
    pub snapshots: &'a [Snapshot],
    pub selected: Option<&'a Snapshot>,
    /// The event to point at, instead of the end of the selected snapshot.
    pub event: Option<i64>,
    /// The last event on any side.
    pub last: i64,
    /// The events that each rewind superseded.
    pub rewound_ranges: &'a [RewoundRange],
    /// The events of the last rewind that live lacks.
    pub lost: Option<RewoundRange>,
    /// More events than this without a snapshot are a gap.
    pub gap: u64,
}

/// A glyph and a role for each column.
struct TimelineRow(Vec<(&'static str, Role)>);

impl TimelineRow {
    fn of(glyph: &'static str, role: Role, width: usize) -> Self {
        Self(vec![(glyph, role); width])
    }

    fn set(&mut self, column: usize, glyph: &'static str, role: Role) {
        if let Some(cell) = self.0.get_mut(column) {
            *cell = (glyph, role);
        }
    }

    fn text(self) -> Text {
        let mut line = Text::default();
        for run in self.0.chunk_by(|(_, left), (_, right)| left == right) {
            let glyphs: String = run.iter().map(|(glyph, _)| *glyph).collect();
            line = line.and(glyphs, run[0].1);
        }
        line
    }
}

impl Timeline<'_> {
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let width = usize::from(area.width).saturating_sub(2);
        if area.height < 3 || width < 2 || self.last < 1 {
            return;
        }
        let lines = [
            self.above(width).text(),
            self.axis(width).text(),
            self.below(width),
        ];
        let indented = |line| Text::of(" ", Role::Text).joined(line).line(context.theme);
        let lines: Vec<_> = lines.into_iter().map(indented).collect();
        frame.render_widget(Paragraph::new(lines), area);
    }

    /// The timeline in one line, if it fits.
    pub fn edge(&self, width: usize) -> Option<Text> {
        const LEAST: usize = 56;
        if width < LEAST || self.last < 1 || self.snapshots.is_empty() {
            return None;
        }
        let (first, last) = (" event 1 ", format!(" {} ", text::event_id(self.last)));
        let room = width - 2 - first.width() - last.width();
        let mut axis = self.axis(room);
        for (index, (glyph, role)) in self.above(room).0.into_iter().enumerate() {
            // Of an arc, only the end that it leads to fits.
            if matches!(glyph, "◂" | "▼") {
                axis.set(index, glyph, role);
            }
        }
        let line = Text::of("─", Role::Edge).and(first, Role::Faint);
        Some(line.joined(axis.text()).and(last, Role::Faint))
    }

    fn column(&self, event: i64, width: usize) -> usize {
        let last = i128::from(self.last);
        let event = i128::from(event).clamp(0, last);
        let right = i128::try_from(width - 1).unwrap_or(0);
        usize::try_from(event * right / last.max(1)).unwrap_or(0)
    }

    /// The rewound events, and the selected snapshot.
    fn above(&self, width: usize) -> TimelineRow {
        let mut row = TimelineRow::of(" ", Role::Text, width);
        let mut arcs = self.went_back();
        // A longer one is drawn first, so that shorter ones stay visible.
        arcs.sort_unstable_by_key(|arc| arc.first - arc.last);
        let arcs = arcs.into_iter().map(|arc| (arc, Role::Faint));
        for (arc, role) in arcs.chain(self.lost.map(|lost| (lost, Role::Warning))) {
            let right = self.column(arc.last, width).max(1);
            let left = self.column(arc.first, width).min(right - 1);
            for column in left..=right {
                row.set(column, "─", role);
            }
            row.set(left, "╭", role);
            row.set(usize::midpoint(left, right), "◂", role);
            row.set(right, "╮", role);
        }
        let end = || self.selected.and_then(|snapshot| snapshot.last_event_id);
        if let Some(event) = self.event.or_else(end) {
            row.set(self.column(event, width), "▼", Role::Accent);
        }
        row
    }

    /// The rewound events in the log, and between snapshots of which the newer ends before the
    /// older.
    fn went_back(&self) -> Vec<RewoundRange> {
        let ends = self.snapshots.iter().filter_map(|one| one.last_event_id);
        let ends: Vec<i64> = ends.collect();
        let back = ends.windows(2).filter(|pair| pair[0] < pair[1]);
        let back = back.map(|pair| RewoundRange {
            first: pair[0],
            last: pair[1],
        });
        back.chain(self.rewound_ranges.iter().copied()).collect()
    }

    fn axis(&self, width: usize) -> TimelineRow {
        let mut row = TimelineRow::of("─", Role::Faint, width);
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
        // A rewind snapshot is rarer, and covers a periodic one.
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
        row
    }

    fn below(&self, width: usize) -> Text {
        const LEGEND: &str = "○ periodic   ◇ rewind   ┄ no snapshot near   ◂ rewound";
        let (first, last) = ("event 1", text::event_id(self.last));
        let room = width.saturating_sub(first.width() + last.width() + LEGEND.width());
        let (left, right) = (room / 2, room - room / 2);
        Text::of(first, Role::Faint)
            .and(" ".repeat(left), Role::Text)
            .and(LEGEND, Role::Faint)
            .and(" ".repeat(right), Role::Text)
            .and(last, Role::Faint)
    }
}

fn glyph(kind: Kind) -> &'static str {
    match kind {
        Kind::Rewind => "◇",
        Kind::Periodic => "○",
    }
}
