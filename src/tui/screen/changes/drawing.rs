//! Drawing the rows that differ: a line each, and the selected one beside them or below.

use ratatui::{Frame, layout::Rect};
use unicode_width::UnicodeWidthStr;

use super::{ChangesScreen, FindState};
use crate::{
    core::{Change, ChangeKind},
    text,
    tui::{
        browser::{Focus, FramedList, progress_line},
        screen::DrawContext,
        task::ChangeLine,
        theme::Role,
        widget::{Align, Text, cell, fit, frame, row_style},
    },
};

impl ChangesScreen {
    pub(super) fn draw_rows(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let width = usize::from(area.width.saturating_sub(2));
        let rows = || self.window.rows();
        let key = rows().filter_map(|place| Some(self.pages.get(place)?.key.width()));
        let key = key.max().unwrap_or(0).min(width / 3);
        let marks = context.marks;
        let is_here = self
            .restores
            .as_ref()
            .is_some_and(|(it, _)| marks.are_of(it));
        let table = &self.rows.diff.table.name;
        let line = |place| {
            let is_selected = place == self.window.selected();
            let line = self.pages.get(place);
            let is_marked = is_here && line.is_some_and(|line| marks.has(table, &line.row));
            row_line(line, [is_selected, is_marked], key, width)
        };
        let lines = rows().map(line).collect();
        let list = FramedList {
            title: self.title(if is_here { marks.count_in(table) } else { 0 }),
            bottom: self.bottom(width),
            lines,
        };
        list.draw(screen, area, context);
    }

    fn title(&self, marked: usize) -> Text {
        let count = self.count() as u64;
        let what = match self.rows.kind {
            None => "differ",
            Some(ChangeKind::Added) => "added",
            Some(ChangeKind::Changed) => "changed",
            Some(ChangeKind::Removed) => "removed",
        };
        let place = if self.window.is_longer() {
            format!("  row {}", text::count(self.window.selected() as u64 + 1))
        } else {
            String::new()
        };
        let rows = format!("  {} {what}{place}", text::counted(count, "row"));
        let title =
            Text::of(text::name(&self.rows.diff.table.name), Role::Accent).and(rows, Role::Text);
        let marked = match (marked, self.range_from.is_some()) {
            (0, false) => return title,
            (marked, false) => format!("  ● {marked} marked"),
            (marked, true) => format!("  ● {marked} marked, and a range started"),
        };
        title.and(marked, Role::Warning)
    }

    /// The line to find with, its result, or what the signs mean.
    fn bottom(&self, width: usize) -> Text {
        if let Some(failed) = &self.failed {
            return Text::of(fit(&format!(" ✗ {failed} "), width), Role::Bad);
        }
        let room = width.saturating_sub(1);
        if let Some(line) = self.prompt.line(|()| " find: ", room) {
            return line.and(" ", Role::Text);
        }
        if let Some(warning) = self.warning {
            return Text::of(fit(&format!(" ! {warning} "), width), Role::Warning);
        }
        let text = self.prompt.text();
        match &self.find {
            FindState::Searching(progress) => {
                let label = format!(" finding “{text}” ");
                progress_line(&label, *progress, " ", width)
            }
            FindState::NotFound => {
                let sentence = format!(" ! “{text}” is in none of these rows ");
                Text::of(fit(&sentence, width), Role::Warning)
            }
            FindState::Idle => {
                let (from, to) = self.sides;
                let signs = format!(" + only in {to}  ~ changed  - only in {from} ");
                Text::of(fit(&signs, width), Role::Faint)
            }
        }
    }

    pub(super) fn draw_detail(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let role = match self.panes.focus {
            Focus::List => Role::Edge,
            Focus::Detail => Role::Text,
        };
        let title = self.selected.as_ref().map(|change| {
            let (Change::Added(row) | Change::Removed(row) | Change::Changed { to: row, .. }) =
                change;
            let key = row.key_text(&self.rows.diff.table);
            fit(
                &text::one_line(&key),
                usize::from(area.width.saturating_sub(6)),
            )
        });
        let title = Text::of(title.unwrap_or_default(), Role::Accent);
        let mut block = frame(title, role, context.theme);
        if let Some(more) = self.detail.more() {
            block = block.title_bottom(more.line(context.theme));
        }
        self.detail.draw(screen, area, block, context);
    }
}

fn row_line(
    line: Option<&ChangeLine>,
    [is_selected, is_marked]: [bool; 2],
    key: usize,
    width: usize,
) -> Text {
    let (text, role) = row_style(is_selected);
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
    let text = text.and(if is_marked { "●" } else { " " }, role(Role::Warning));
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
