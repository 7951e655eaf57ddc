//! How the rows that differ are drawn: a line each, and the selected one beside them or below.

use ratatui::{Frame, layout::Rect};
use unicode_width::UnicodeWidthStr;

use super::{Changes, FindLine, FindResult};
use crate::{
    core::{Change, ChangeKind},
    text,
    tui::{
        browser::{Focus, FramedList, typed_line},
        screen::DrawContext,
        task::ChangeLine,
        theme::Role,
        widget::{Align, Text, cell, fit, frame},
    },
};

impl Changes {
    pub(super) fn draw_rows(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let width = usize::from(area.width.saturating_sub(2));
        let key = self.page.lines.iter().map(|line| line.key.width());
        let key = key.max().unwrap_or(0).min(width / 3);
        let lines = self
            .window
            .rows()
            .map(|row| {
                let is_selected = row == self.window.selected();
                let place = (row as u64).checked_sub(self.page.from);
                let place = place.and_then(|place| usize::try_from(place).ok());
                let line = place.and_then(|place| self.page.lines.get(place));
                row_line(line, is_selected, key, width)
            })
            .collect();
        let list = FramedList {
            title: self.title(),
            bottom: self.bottom(width),
            lines,
        };
        list.draw(screen, area, context);
    }

    fn title(&self) -> Text {
        let count = self.count() as u64;
        let what = match self.rows.kind {
            None => "differ",
            Some(ChangeKind::Added) => "added",
            Some(ChangeKind::Changed) => "changed",
            Some(ChangeKind::Removed) => "removed",
        };
        let place = if self.window.is_longer() {
            format!("{} of ", text::count(self.window.selected() as u64 + 1))
        } else {
            String::new()
        };
        let rows = format!("  {place}{} {what}", text::counted(count, "row"));
        Text::of(self.rows.diff.table.name.clone(), Role::Accent).and(rows, Role::Text)
    }

    /// What is looked for, or what the signs mean.
    fn bottom(&self, width: usize) -> Text {
        let FindLine {
            text,
            typing,
            state,
        } = &self.finding;
        if let Some(failed) = &self.failed {
            return Text::of(fit(&format!(" ✗ {failed} "), width), Role::Bad);
        }
        if let Some(input) = typing {
            let line = typed_line(" find: ", input, width.saturating_sub(1));
            return line.and(" ", Role::Text);
        }
        match state {
            FindResult::Looking(progress) => {
                let percent = progress.map_or(0, |at| text::percent(at.done, at.total));
                let says = format!(" looking for “{text}” … {percent} % ");
                Text::of(fit(&says, width), Role::Text)
            }
            FindResult::Nowhere => {
                let says = format!(" ! “{text}” is in none of these rows ");
                Text::of(fit(&says, width), Role::Warning)
            }
            FindResult::Idle => {
                let (from, to) = self.sides;
                let says = format!(" + only in {to}  ~ changed  - only in {from} ");
                Text::of(fit(&says, width), Role::Faint)
            }
        }
    }

    pub(super) fn draw_detail(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let role = match self.focus {
            Focus::List => Role::Edge,
            Focus::Detail => Role::Text,
        };
        let title = self.page.whole.as_ref().map(|(_, change)| {
            let (Change::Added(record)
            | Change::Removed(record)
            | Change::Changed { to: record, .. }) = change;
            let key = record.key_text(&self.rows.diff.table);
            fit(&key, usize::from(area.width.saturating_sub(6)))
        });
        let title = Text::of(title.unwrap_or_default(), Role::Accent);
        let mut block = frame(title, role, context.theme);
        if let Some(more) = self.detail.more() {
            block = block.title_bottom(more.line(context.theme));
        }
        self.detail.draw(screen, area, block, context);
    }
}

fn row_line(line: Option<&ChangeLine>, is_selected: bool, key: usize, width: usize) -> Text {
    let bar = if is_selected { "▌" } else { " " };
    let role = |role| if is_selected { Role::Selected } else { role };
    let text = Text::of(bar, Role::Accent);
    let Some(line) = line else {
        return text.and(
            cell("…", width.saturating_sub(1), Align::Left),
            role(Role::Faint),
        );
    };
    let (sign, meaning) = match line.kind {
        ChangeKind::Added => ("+ ", Role::Added),
        ChangeKind::Changed => ("~ ", Role::Warning),
        ChangeKind::Removed => ("- ", Role::Removed),
    };
    let gap = if key > 0 { "  " } else { "" };
    let text = text.and(sign, role(meaning)).and(
        format!("{}{gap}", cell(&line.key, key, Align::Left)),
        role(Role::Text),
    );
    let room = width.saturating_sub(text.width());
    let cells = fit(&line.cells, room);
    let text = text.and(cells.clone(), role(Role::Strong));
    let room = width.saturating_sub(text.width());
    let gap = if cells.is_empty() { "" } else { "  " };
    let label = cell(&format!("{gap}{}", line.label), room, Align::Left);
    text.and(label, role(Role::Text))
}
