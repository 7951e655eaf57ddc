//! The line in which a snapshot's label is typed.

use crossterm::event::KeyEvent;
use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::{Label, Snapshot},
    text,
    tui::{
        screen::Look,
        theme::Role,
        widget::{Input, Text},
    },
};

/// A label that is being typed.
#[derive(Debug)]
pub struct Labelling {
    /// The snapshot it is for.
    pub snapshot: Snapshot,
    input: Input,
    /// Why what was typed is no label.
    wrong: Option<String>,
}

impl Labelling {
    /// Begins with the label that the snapshot has.
    pub fn new(snapshot: Snapshot) -> Self {
        let label = snapshot.note.label.as_ref();
        let input = label.map_or_else(Input::default, |label| Input::of(label.as_str()));
        Self {
            snapshot,
            input,
            wrong: None,
        }
    }

    /// Takes a key that means nothing but itself.
    pub fn type_key(&mut self, key: KeyEvent) {
        self.wrong = None;
        self.input.key(key);
    }

    /// Takes a text.
    pub fn paste(&mut self, text: &str) {
        self.wrong = None;
        self.input.paste(text);
    }

    /// What was typed, as a label or, of an empty line, as none. If it is neither the dialog says why.
    pub fn label(&mut self) -> Option<Option<Label>> {
        let text = self.input.text();
        if text.trim().is_empty() {
            return Some(None);
        }
        match text.parse() {
            Ok(label) => Some(Some(label)),
            Err(error) => {
                self.wrong = Some(error.to_string());
                None
            }
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        const WIDEST: usize = 60;
        let name = text::snapshot(&self.snapshot.name(), look.zone);
        let width = WIDEST.min(usize::from(area.width).saturating_sub(6));
        let line = self.input.line(width);
        let blank = " ".repeat(width.saturating_sub(line.width()));
        let wrong = self.wrong.as_deref().map(|wrong| format!("✗ {wrong}"));
        let lines = [
            Text::of("› ", Role::Accent)
                .joined(line)
                .and(blank, Role::Text),
            Text::of(wrong.unwrap_or_default(), Role::Bad),
        ];
        Sheet {
            title: Text::of(format!("Label {name}"), Role::Accent),
            lines: &lines,
            scroll: 0,
            bottom: Text::of(
                "Enter done  Esc forget it  an empty line: no label",
                Role::Faint,
            ),
            beside: Text::default(),
        }
        .draw(frame, area, look);
    }
}
