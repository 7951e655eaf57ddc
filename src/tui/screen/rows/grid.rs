//! The table itself: which columns are in sight, how wide they are, and the rows in them.
//!
//! Widths come from rows all over the table and then stay, so that nothing jumps while the user scrolls.

use unicode_width::UnicodeWidthStr;

use crate::{
    text,
    tui::{
        keymap::Action,
        task::BriefRow,
        theme::Role,
        widget::{Align, Text, ValueText, cell},
    },
};

#[derive(Debug, Default)]
pub(super) struct Grid {
    names: Vec<String>,
    /// Empty until there are rows.
    widths: Vec<usize>,
    /// The width of the last row's number.
    number: usize,
    first: usize,
    selected: usize,
    /// The name of the column to select once the columns are known.
    begins_at: Option<String>,
    room: usize,
}

impl Grid {
    /// The widest column, except the last, which takes what is left.
    const WIDEST: usize = 40;
    /// A column is left out if less of it fits.
    const NARROWEST: usize = 8;
    /// The part of a wider column that is enough to read it.
    const READABLE: usize = 24;
    const GAP: usize = 2;
    /// The bar of the selected row.
    const BAR: usize = 1;

    pub(super) fn set_names(&mut self, names: &[String]) {
        let names: Vec<String> = names.iter().map(|name| text::name(name)).collect();
        if self.names != names {
            self.names = names;
            self.widths.clear();
            let wanted = self.begins_at.take();
            let column =
                wanted.and_then(|wanted| self.names.iter().position(|name| *name == wanted));
            self.select(column.unwrap_or(self.selected));
        }
    }

    pub(super) fn begin_at(&mut self, column: &str) {
        self.begins_at = Some(text::name(column));
    }

    pub(super) fn measure(&mut self, lines: &[BriefRow]) {
        self.widen(lines, |_| true);
    }

    /// Makes columns as wide as the numbers in these rows need: a number that is cut would be another.
    pub(super) fn measure_numbers(&mut self, lines: &[BriefRow]) {
        self.widen(lines, |shown| shown.align == Align::Right);
    }

    fn widen(&mut self, lines: &[BriefRow], counts: impl Fn(&ValueText) -> bool) {
        if self.widths.is_empty() {
            self.widths = self.names.iter().map(|name| name.width().max(3)).collect();
        }
        for (index, width) in self.widths.iter_mut().enumerate() {
            let cells = lines.iter().filter_map(|line| line.get(index));
            let shown = cells.map(|brief| ValueText::of(&brief.value, brief.cut_from));
            let widest = shown.filter(&counts).map(|shown| shown.text.width()).max();
            *width = widest.unwrap_or(0).max(*width).min(Self::WIDEST);
        }
        self.keep_in_sight();
    }

    /// Makes room for the numbers of this many rows.
    pub(super) fn set_count(&mut self, count: u64) {
        self.number = self.number.max(count.to_string().len());
        self.keep_in_sight();
    }

    pub(super) fn resize(&mut self, width: usize) {
        self.room = width;
        self.keep_in_sight();
    }

    pub(super) fn selected(&self) -> usize {
        self.selected
    }

    pub(super) fn name(&self) -> &str {
        self.names.get(self.selected).map_or("", String::as_str)
    }

    pub(super) fn select(&mut self, column: usize) {
        self.selected = column.min(self.names.len().saturating_sub(1));
        self.keep_in_sight();
    }

    /// Selects another column; whether the action was to select one.
    pub(super) fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Left => self.select(self.selected.saturating_sub(1)),
            Action::Right => self.select(self.selected + 1),
            Action::FirstColumn => self.select(0),
            Action::LastColumn => self.select(usize::MAX),
            _ => return false,
        }
        true
    }

    fn keep_in_sight(&mut self) {
        self.first = self.first.min(self.selected);
        while self.first < self.selected && !self.shows(self.selected) {
            self.first += 1;
        }
    }

    /// Whether enough of a column is in sight to read it: the value is in the detail pane, and what is
    /// to the left identifies the row.
    fn shows(&self, column: usize) -> bool {
        let mut columns = self.in_sight().into_iter();
        columns.any(|(index, width)| {
            index == column && width >= self.widths[index].min(Self::READABLE)
        })
    }

    /// The columns in sight and how wide each is: as many as fit, the last of them with what is left.
    fn in_sight(&self) -> Vec<(usize, usize)> {
        let mut left = self.room.saturating_sub(Self::BAR + self.number);
        let mut columns: Vec<(usize, usize)> = Vec::new();
        for (index, &width) in self.widths.iter().enumerate().skip(self.first) {
            let room = left.saturating_sub(Self::GAP);
            if room == 0 || (room < width.min(Self::NARROWEST) && index > self.first) {
                break;
            }
            columns.push((index, width.min(room)));
            left = room - width.min(room);
        }
        if let Some((_, width)) = columns.last_mut() {
            *width += left;
        }
        columns
    }

    /// Columns out of sight on the left and on the right.
    pub(super) fn out_of_sight(&self) -> (usize, usize) {
        let shown = self.in_sight().len();
        (
            self.first,
            self.names.len().saturating_sub(self.first + shown),
        )
    }

    pub(super) fn heading(&self) -> Text {
        let gap = " ".repeat(Self::BAR + self.number);
        let mut line = Text::of(gap, Role::Text);
        for (index, width) in self.in_sight() {
            let role = if index == self.selected {
                Role::Accent
            } else {
                Role::Faint
            };
            let name = cell(&self.names[index], width, Align::Left);
            line = line.and(" ".repeat(Self::GAP), Role::Text).and(name, role);
        }
        line
    }

    /// A row that is known, or not yet.
    pub(super) fn row(
        &self,
        number: u64,
        line: Option<&BriefRow>,
        [is_selected, is_marked]: [bool; 2],
    ) -> Text {
        let bar = if is_selected { "▌" } else { " " };
        let number = cell(&(number + 1).to_string(), self.number, Align::Right);
        let mut text = Text::of(bar, Role::Accent).and(number, Role::Faint);
        let Some(line) = line else {
            return text.and("  …", Role::Faint);
        };
        let mut gap = if is_marked { "● " } else { "  " };
        for (index, width) in self.in_sight() {
            let Some(brief) = line.get(index) else {
                break;
            };
            let shown = ValueText::of(&brief.value, brief.cut_from);
            let role = if is_selected && index == self.selected {
                Role::Selected
            } else {
                shown.role
            };
            let shown = cell(&shown.text, width, shown.align);
            text = text.and(gap, Role::Warning).and(shown, role);
            gap = "  ";
        }
        text
    }
}
