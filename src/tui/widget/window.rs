//! A window on a long list: which rows are in sight, and which of them is selected. Only rows in
//! sight are ever drawn, so a list may be of any length.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use crate::tui::keymap::Action;

/// The rows in sight, and the selected row among them.
#[derive(Clone, Debug, Default)]
pub struct Window {
    len: usize,
    height: usize,
    offset: usize,
    selected: usize,
}

impl Window {
    /// The selected row; 0 in an empty list.
    pub fn selected(&self) -> usize {
        self.selected
    }

    pub fn rows(&self) -> Range<usize> {
        self.offset..(self.offset + self.height).min(self.len)
    }

    pub fn is_longer(&self) -> bool {
        self.len > self.height
    }

    pub fn set_len(&mut self, len: usize) {
        self.len = len;
        self.select(self.selected);
    }

    pub fn resize(&mut self, height: usize) {
        self.height = height;
        self.select(self.selected);
    }

    /// Selects a row, or the last if there is no such row, and keeps it in sight.
    pub fn select(&mut self, row: usize) {
        self.selected = row.min(self.len.saturating_sub(1));
        let last_offset = self.len.saturating_sub(self.height);
        let lowest = (self.selected + 1).saturating_sub(self.height);
        self.offset = self
            .offset
            .clamp(lowest, self.selected.max(lowest))
            .min(last_offset);
    }

    /// How many rows below the selected one the row at a place is; `area` begins with the first row in
    /// sight.
    pub fn row_at(&self, at: Position, area: Rect) -> Option<isize> {
        let line = area.contains(at).then(|| usize::from(at.y - area.y))?;
        self.row_in(line)
    }

    /// The same for a line of those in sight.
    pub fn row_in(&self, line: usize) -> Option<isize> {
        let row = self.rows().nth(line)?;
        Some(row.cast_signed() - self.selected.cast_signed())
    }

    /// Moves the selection, and stops at the ends; whether the action was to move it.
    pub fn act(&mut self, action: Action) -> bool {
        let page = self.height.saturating_sub(1).max(1);
        let row = match action {
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => self.selected + 1,
            Action::PageUp => self.selected.saturating_sub(page),
            Action::PageDown => self.selected + page,
            Action::First => 0,
            Action::Last => usize::MAX,
            _ => return false,
        };
        self.select(row);
        true
    }
}
