//! A window on a long list: which rows are in sight, and which of them is selected. Only rows in
//! sight are ever drawn, so a list may be of any length.

use std::ops::Range;

use crate::tui::keymap::Action;

/// The part of a list that is in sight, and the selected row, which always is.
#[derive(Clone, Debug, Default)]
pub struct Window {
    len: usize,
    height: usize,
    offset: usize,
    selected: usize,
}

impl Window {
    /// The selected row; of an empty list, 0.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// The rows in sight.
    pub fn rows(&self) -> Range<usize> {
        self.offset..(self.offset + self.height).min(self.len)
    }

    /// Whether rows are out of sight.
    pub fn is_longer(&self) -> bool {
        self.len > self.height
    }

    /// Takes the number of rows that there are.
    pub fn set_len(&mut self, len: usize) {
        self.len = len;
        self.select(self.selected);
    }

    /// Takes the number of rows that there is room for.
    pub fn resize(&mut self, height: usize) {
        self.height = height;
        self.select(self.selected);
    }

    /// Selects a row, or the last if there is none such, and keeps it in sight.
    pub fn select(&mut self, row: usize) {
        self.selected = row.min(self.len.saturating_sub(1));
        let last_offset = self.len.saturating_sub(self.height);
        let lowest = (self.selected + 1).saturating_sub(self.height);
        self.offset = self
            .offset
            .clamp(lowest, self.selected.max(lowest))
            .min(last_offset);
    }

    /// Moves the selection as an action says, and stops at the ends; whether it was such an action.
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
