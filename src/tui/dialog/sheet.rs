//! The form of every dialog: a framed sheet in the middle of the screen.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    widgets::{Block, Clear, Paragraph},
};

use super::lines::SheetLines;
use crate::{
    text,
    tui::{
        screen::DrawContext,
        theme::Role,
        widget::{Text, centered, frame},
    },
};

/// A framed sheet: lines that scroll, and below them one that always stays.
pub struct Sheet<'a> {
    pub(super) title: Text,
    pub(super) lines: &'a SheetLines,
    pub(super) scroll: usize,
    pub(super) found: Option<usize>,
    pub(super) bottom: Text,
    /// At the right end of the bottom line.
    pub(super) beside: Text,
}

impl<'a> Sheet<'a> {
    /// A sheet from its first line on.
    pub(super) fn new(title: impl Into<String>, lines: &'a SheetLines, bottom: Text) -> Self {
        Self {
            title: Text::of(title, Role::Accent),
            lines,
            scroll: 0,
            found: None,
            bottom,
            beside: Text::default(),
        }
    }

    const WIDEST: u16 = 84;
    /// The frame, the line that always stays, and a blank above it.
    const AROUND: u16 = 4;

    /// The last scroll position.
    pub(super) fn last_scroll(lines: &SheetLines, area: Rect) -> usize {
        let visible = area.height.saturating_sub(Self::AROUND).max(1);
        Self::rows(lines, lines.len(), area).saturating_sub(visible.into())
    }

    /// How many rows the first `count` lines take.
    pub(super) fn rows(lines: &SheetLines, count: usize, area: Rect) -> usize {
        lines.rows(count, Self::room(area).max(1))
    }

    /// Whether both answers of a question and a line of what it asks fit.
    pub(super) fn has_room_to_ask(area: Rect) -> bool {
        Self::room(area) >= " No, go back    Restore ".len() && area.height > Self::AROUND
    }

    fn widest(area: Rect) -> u16 {
        Self::WIDEST.min(area.width)
    }

    /// The columns of its lines.
    pub fn room(area: Rect) -> usize {
        usize::from(Self::widest(area)).saturating_sub(4)
    }

    /// Its own area, that of its lines, and that of the line that always stays.
    fn areas(&self, area: Rect) -> [Rect; 3] {
        let (widest, room) = (Self::widest(area), Self::room(area));
        let around = [&self.bottom, &self.title].map(|line| line.width_within(room));
        let needed = (0..self.lines.len())
            .map(|index| self.lines.width(index, room))
            .chain(around)
            .max()
            .unwrap_or(0);
        let needed = needed
            .max(self.bottom.width() + self.beside.width() + 4)
            .max(40)
            .min(room);
        let width = u16::try_from(needed + 4).unwrap_or(widest);
        let rows = Self::rows(self.lines, self.lines.len(), area);
        let height = u16::try_from(rows + usize::from(Self::AROUND)).unwrap_or(u16::MAX);
        let area = centered(area, width, height);
        let inner = Block::bordered().inner(area);
        let [_, inner, _] = Layout::horizontal([
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(1),
        ])
        .areas(inner);
        let [body, _, bottom] = Layout::vertical([
            Constraint::Min(0),
            // On a tiny screen, the text is worth more than the blank.
            Constraint::Length(u16::from(inner.height > 2)),
            Constraint::Length(1),
        ])
        .areas(inner);
        [area, body, bottom]
    }

    /// The column of the line that always stays, at a place on the screen.
    pub(super) fn column_at(&self, at: Position, area: Rect) -> Option<usize> {
        let [_, _, bottom] = self.areas(area);
        bottom.contains(at).then(|| usize::from(at.x - bottom.x))
    }

    /// The line at a place on the screen, and the column in it; `None` for the rows that a long line takes
    /// below its first.
    pub(super) fn line_at(&self, at: Position, area: Rect) -> Option<(usize, usize)> {
        let (rows, room) = (
            Self::rows(self.lines, self.lines.len(), area),
            Self::room(area),
        );
        let [_, body, _] = self.areas(area);
        let scroll = self.scroll.min(rows.saturating_sub(body.height.into()));
        let row = body
            .contains(at)
            .then(|| usize::from(at.y - body.y) + scroll)?;
        let mut above = 0;
        for index in 0..self.lines.len() {
            if above == row {
                return Some((index, usize::from(at.x - body.x)));
            }
            above += self.lines.height(index, room.max(1));
        }
        None
    }

    pub(super) fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let room = Self::room(area);
        let rows = Self::rows(self.lines, self.lines.len(), area);
        let [area, body, bottom] = self.areas(area);
        screen.render_widget(Clear, area);
        let block = frame(self.title.clone(), Role::Accent, context.theme);
        screen.render_widget(block, area);
        let visible = usize::from(body.height);
        let scroll = self.scroll.min(rows.saturating_sub(visible));
        let shown = self.visible(room.max(1), scroll, visible);
        let shown: Vec<_> = shown.iter().map(|line| line.line(context.theme)).collect();
        screen.render_widget(Paragraph::new(shown), body);
        let hidden = rows.saturating_sub(visible + scroll);
        let beside = self.beside(hidden, usize::from(bottom.width));
        let gap = usize::from(bottom.width).saturating_sub(self.bottom.width() + beside.width());
        let line = self
            .bottom
            .clone()
            .and(" ".repeat(gap), Role::Text)
            .joined(beside);
        screen.render_widget(Paragraph::new(line.line(context.theme)), bottom);
    }

    /// The rows in sight: only lines that are in sight are wrapped, since there may be thousands.
    fn visible(&self, room: usize, scroll: usize, height: usize) -> Vec<Text> {
        let (mut above, mut shown) = (0, Vec::new());
        for index in 0..self.lines.len() {
            let rows = self.lines.height(index, room);
            if above + rows > scroll {
                let line = self.lines.line(index).into_owned();
                let line = match self.found {
                    Some(found) if found == index => Text::of(line.text(), Role::Selected),
                    _ => line,
                };
                let wrapped = line.wrapped(room).into_iter().take(rows);
                shown.extend(wrapped.skip(scroll.saturating_sub(above)));
            }
            above += rows;
            if above >= scroll + height {
                break;
            }
        }
        shown.truncate(height);
        shown
    }

    /// How many lines are hidden, and the keys if there is room for both.
    fn beside(&self, hidden: usize, width: usize) -> Text {
        let more = |text: String| match hidden {
            0 => Text::default(),
            _ => Text::of(format!("↓ {text}"), Role::Warning),
        };
        let gap = if hidden == 0 { "" } else { "  " };
        let whole = more(text::counted(hidden as u64, "more line"));
        let choices = [
            whole
                .clone()
                .and(gap, Role::Text)
                .joined(self.beside.clone()),
            whole,
            more(text::count(hidden as u64)),
        ];
        let fits = |choice: &Text| self.bottom.width() + 2 + choice.width() <= width;
        choices.into_iter().find(fits).unwrap_or_default()
    }
}
