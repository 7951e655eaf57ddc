//! The position in a dialog that is longer than the screen, and the text to find in it.

use ratatui::layout::Rect;

use super::{lines::SheetLines, sheet::Sheet};
use crate::{
    core::{Direction, TextMatch},
    tui::{browser::Prompt, theme::Role, widget::Text},
};

/// The position in some lines.
#[derive(Debug, Default)]
pub struct SheetReader {
    /// The number of lines above the visible ones.
    pub scroll: usize,
    pub found: Option<usize>,
    pub prompt: Prompt<()>,
}

impl SheetReader {
    /// Scrolls by a number of lines, and stops at the ends.
    pub fn scroll_by(&mut self, by: isize, lines: &SheetLines, area: Rect) {
        let last = Sheet::last_scroll(lines, area);
        // A larger screen may have made the last position smaller.
        self.scroll = self.scroll.min(last).saturating_add_signed(by).min(last);
    }

    /// Finds what was typed, or after an empty line the same text again.
    pub fn finish_typing(&mut self, lines: &SheetLines, area: Rect) {
        let last = self.prompt.text().to_owned();
        if self.prompt.finish().is_some() {
            if self.prompt.text().is_empty() {
                self.prompt.set_text(last);
            }
            self.find(Direction::Down, lines, area);
        }
    }

    /// Goes to the next line that has the text; after the last comes the first.
    pub fn find(&mut self, direction: Direction, lines: &SheetLines, area: Rect) {
        if self.prompt.text().is_empty() {
            return;
        }
        let text = TextMatch::new(self.prompt.text());
        let count = lines.len();
        let from = match (self.found, direction) {
            (Some(found), Direction::Down) => found + 1,
            (Some(found), Direction::Up) => found + count.saturating_sub(1),
            (None, _) => 0,
        };
        let place = |step: usize| match direction {
            Direction::Down => (from + step) % count,
            Direction::Up => (from + count - step) % count,
        };
        let mut places = (0..count).map(place);
        self.found = places.find(|&place| text.is_in(&lines.line(place).text()));
        if let Some(found) = self.found {
            self.scroll = Sheet::rows(lines, found, area);
            self.scroll_by(0, lines, area);
        }
    }

    /// The line while it is typed, or that the text was not found.
    pub fn line(&self, room: usize) -> Option<Text> {
        self.prompt.line(|()| "find: ", room).or_else(|| {
            let text = self.prompt.text();
            let not_found = !text.is_empty() && self.found.is_none();
            not_found.then(|| Text::of(format!("! no “{text}”"), Role::Warning))
        })
    }
}
