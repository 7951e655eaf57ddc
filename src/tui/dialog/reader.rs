//! Where somebody is in a dialog that is longer than the screen, and what is looked for in it.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::sheet::Sheet;
use crate::{
    core::TextMatch,
    tui::{
        theme::Role,
        widget::{Input, Text},
    },
};

/// Where somebody is in some lines.
#[derive(Debug, Default)]
pub struct Reader {
    /// Lines above the visible ones.
    pub scroll: usize,
    /// The line that was found.
    pub found: Option<usize>,
    typing: Option<Input>,
    sought: String,
}

impl Reader {
    /// Whether a text to find is being typed.
    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// Moves by so many lines; it stops at the ends.
    pub fn scroll_by(&mut self, by: isize, lines: &[Text], area: Rect) {
        let last = Sheet::last_scroll(lines, area);
        // A larger screen may have made the last one smaller.
        self.scroll = self.scroll.min(last).saturating_add_signed(by).min(last);
    }

    /// Begins to type a text to find.
    pub fn type_text(&mut self) {
        self.typing = Some(Input::default());
    }

    /// Ends the typing.
    pub fn stop_typing(&mut self) {
        self.typing = None;
    }

    /// Takes a key that is typed.
    pub fn type_key(&mut self, key: KeyEvent) {
        self.typing.iter_mut().for_each(|input| input.key(key));
    }

    /// Takes a text that is pasted.
    pub fn paste(&mut self, text: &str) {
        self.typing.iter_mut().for_each(|input| input.paste(text));
    }

    /// Takes what was typed, if anything was, and finds it.
    pub fn end_typing(&mut self, lines: &[Text], area: Rect) {
        if let Some(input) = self.typing.take() {
            let text = input.text();
            if !text.is_empty() {
                self.sought = text;
            }
            self.find(FindDirection::Down, lines, area);
        }
    }

    /// Goes to the next line that has the text; after the last comes the first.
    pub fn find(&mut self, way: FindDirection, lines: &[Text], area: Rect) {
        if self.sought.is_empty() {
            return;
        }
        let needle = TextMatch::new(&self.sought);
        let count = lines.len();
        let from = match (self.found, way) {
            (Some(found), FindDirection::Down) => found + 1,
            (Some(found), FindDirection::Up) => found + count.saturating_sub(1),
            (None, _) => 0,
        };
        let place = |step: usize| match way {
            FindDirection::Down => (from + step) % count,
            FindDirection::Up => (from + count - step) % count,
        };
        let mut places = (0..count).map(place);
        self.found = places.find(|&place| needle.is_in(&lines[place].text()));
        if let Some(found) = self.found {
            self.scroll = Sheet::rows(&lines[..found], area);
            self.scroll_by(0, lines, area);
        }
    }

    /// The line that is being typed, or that what was looked for is nowhere.
    pub fn line(&self, room: usize) -> Option<Text> {
        if let Some(input) = &self.typing {
            let label = Text::of("find: ", Role::Accent);
            let room = room.saturating_sub(label.width());
            return Some(label.joined(input.line(room)));
        }
        let is_nowhere = !self.sought.is_empty() && self.found.is_none();
        is_nowhere.then(|| Text::of(format!("! no “{}”", self.sought), Role::Warning))
    }
}

/// In which direction a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindDirection {
    /// Towards the end.
    Down,
    /// Towards the beginning.
    Up,
}
