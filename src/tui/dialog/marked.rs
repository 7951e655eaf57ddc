//! The list of the marked rows.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use unicode_width::UnicodeWidthStr;

use super::{lines::SheetLines, sheet::Sheet};
use crate::{
    text,
    tui::{
        keymap::{Action, Context},
        marks::Marks,
        screen::DrawContext,
        theme::Role,
        widget::{Align, Text, Window, cell, fit, row_style},
    },
};

/// Which of them are in sight, and which is selected.
#[derive(Debug)]
pub struct MarkedList {
    pub window: Window,
}

impl MarkedList {
    /// The frame, and the keys below a blank.
    const AROUND: u16 = 4;

    pub fn new(marks: &Marks, area: Rect) -> Self {
        let mut list = Self {
            window: Window::default(),
        };
        list.resize(area);
        list.window.set_len(marks.rows().len());
        list
    }

    pub fn resize(&mut self, area: Rect) {
        let rows = area.height.saturating_sub(Self::AROUND);
        self.window.resize(rows.into());
    }

    /// How many rows below the selected one the row at a place is; the selected one has nothing to open.
    pub(super) fn row_at(
        &self,
        at: Position,
        area: Rect,
        context: DrawContext<'_>,
    ) -> Option<isize> {
        let lines = self.lines(area, context);
        let (line, _) = Self::sheet(&lines, context).line_at(at, area)?;
        self.window.row_in(line).filter(|by| *by != 0)
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        Self::sheet(&self.lines(area, context), context).draw(frame, area, context);
    }

    fn lines(&self, area: Rect, context: DrawContext<'_>) -> SheetLines {
        let room = Sheet::room(area);
        let rows = context.marks.rows();
        let tables = rows.map(|it| text::name(&it.row.table).width());
        let widest = tables.max().unwrap_or(0).min(room / 3);
        let in_sight = self.window.rows();
        let shown = context.marks.rows().enumerate();
        let shown = shown.skip(in_sight.start).take(in_sight.len());
        let lines = shown.map(|(place, row)| {
            let (bar, role) = row_style(place == self.window.selected());
            let table = cell(&text::name(&row.row.table), widest, Align::Left);
            let line = bar.and(format!("{table}  "), role(Role::Faint));
            let left = room.saturating_sub(line.width());
            let label = cell(&fit(&text::one_line(&row.label), left), left, Align::Left);
            line.and(label, role(Role::Text))
        });
        lines.collect::<Vec<Text>>().into()
    }

    fn sheet<'l>(lines: &'l SheetLines, context: DrawContext<'_>) -> Sheet<'l> {
        let of = context.marks.snapshot().map_or(String::new(), |snapshot| {
            format!(", of {}", text::snapshot(&snapshot.name(), context.zone))
        });
        let title = context.marks.sentence().unwrap_or_default() + &of;
        let actions = [Action::Restore, Action::Mark, Action::MarkAll, Action::Back];
        let keys = context.keys.hints(Context::Marked, &actions);
        let bottom = Text::of(keys, Role::Faint);
        Sheet::new(title, lines, bottom)
    }
}
