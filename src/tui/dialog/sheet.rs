//! The form that every dialog has: a framed sheet in the middle of the screen.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    widgets::{Clear, Paragraph},
};

use crate::tui::{
    screen::DrawContext,
    theme::Role,
    widget::{Text, centered, frame},
};

/// A framed sheet in the middle of the screen: lines, and below them one that always stays.
pub(super) struct Sheet<'a> {
    pub(super) title: Text,
    pub(super) lines: &'a [Text],
    pub(super) scroll: usize,
    /// The line that was found.
    pub(super) found: Option<usize>,
    pub(super) bottom: Text,
    /// At the right end of the bottom line.
    pub(super) beside: Text,
}

impl Sheet<'_> {
    const WIDEST: u16 = 84;
    /// The frame, the line that always stays, and a blank above it.
    const AROUND: u16 = 4;

    /// How many of these lines can be above the visible ones.
    pub(super) fn last_scroll(lines: &[Text], area: Rect) -> usize {
        let visible = area.height.saturating_sub(Self::AROUND).max(1);
        Self::rows(lines, area).saturating_sub(visible.into())
    }

    /// How many rows these lines take.
    pub(super) fn rows(lines: &[Text], area: Rect) -> usize {
        wrapped(lines, Self::room(area)).len()
    }

    fn widest(area: Rect) -> u16 {
        Self::WIDEST.min(area.width)
    }

    /// Columns for text.
    pub(super) fn room(area: Rect) -> usize {
        usize::from(Self::widest(area)).saturating_sub(4)
    }

    pub(super) fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let (widest, room) = (Self::widest(area), Self::room(area));
        let lines = self.wrapped(room);
        let needed = lines
            .iter()
            .chain([&self.bottom, &self.title])
            .map(Text::width)
            .max()
            .unwrap_or(0);
        let needed = needed
            .max(self.bottom.width() + self.beside.width() + 4)
            .max(40)
            .min(room);
        let width = u16::try_from(needed + 4).unwrap_or(widest);
        let height = lines.len() + usize::from(Self::AROUND);
        let height = u16::try_from(height).unwrap_or(u16::MAX);
        let area = centered(area, width, height);
        screen.render_widget(Clear, area);
        let block = frame(self.title.clone(), Role::Accent, context.theme);
        let inner = block.inner(area);
        screen.render_widget(block, area);
        let [_, inner, _] = Layout::horizontal([
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(1),
        ])
        .areas(inner);
        let [body, _, bottom] = Layout::vertical([
            Constraint::Min(0),
            // Where there is hardly any room, the text is worth more than the blank.
            Constraint::Length(u16::from(inner.height > 2)),
            Constraint::Length(1),
        ])
        .areas(inner);
        let visible = usize::from(body.height);
        let scroll = self.scroll.min(lines.len().saturating_sub(visible));
        let shown = lines
            .iter()
            .skip(scroll)
            .take(visible)
            .map(|line| line.line(context.theme))
            .collect::<Vec<_>>();
        screen.render_widget(Paragraph::new(shown), body);
        let hidden = lines.len().saturating_sub(visible + scroll);
        let beside = self.beside(hidden, usize::from(bottom.width));
        let gap = usize::from(bottom.width).saturating_sub(self.bottom.width() + beside.width());
        let line = self
            .bottom
            .clone()
            .and(" ".repeat(gap), Role::Text)
            .joined(beside);
        screen.render_widget(Paragraph::new(line.line(context.theme)), bottom);
    }

    fn wrapped(&self, room: usize) -> Vec<Text> {
        let Some(found) = self.found.filter(|&found| found < self.lines.len()) else {
            return wrapped(self.lines, room);
        };
        let mut lines = wrapped(&self.lines[..found], room);
        let line = Text::of(self.lines[found].text(), Role::Selected);
        lines.extend(line.wrapped(room.max(1)));
        lines.extend(wrapped(&self.lines[found + 1..], room));
        lines
    }

    /// How many lines are hidden, and the keys if there is room for both.
    fn beside(&self, hidden: usize, width: usize) -> Text {
        let hides = |words: &str| match hidden {
            0 => Text::default(),
            _ => Text::of(format!("↓ {hidden}{words}"), Role::Warning),
        };
        let gap = if hidden == 0 { "" } else { "  " };
        let whole = hides(" more lines");
        let tellings = [
            whole
                .clone()
                .and(gap, Role::Text)
                .joined(self.beside.clone()),
            whole,
            hides(""),
        ];
        let fits = |telling: &Text| self.bottom.width() + 2 + telling.width() <= width;
        tellings.into_iter().find(fits).unwrap_or_default()
    }
}

fn wrapped(lines: &[Text], width: usize) -> Vec<Text> {
    let lines = lines.iter();
    lines.flat_map(|line| line.wrapped(width.max(1))).collect()
}
