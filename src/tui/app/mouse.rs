//! What the mouse does: a click selects or sorts, a double click opens, the wheel moves, and the edge
//! between the list and the preview can be dragged.

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{App, areas::Areas};
use crate::tui::{keymap::Action, message::Effect};

#[derive(Debug, Default)]
pub(super) struct Mouse {
    /// The place and time of the last click on a row.
    clicked: Option<(Position, Duration)>,
    /// Whether the edge of the list is being dragged.
    drags: bool,
}

/// Two clicks within this time are a double click.
const DOUBLE: Duration = Duration::from_millis(500);
/// Rows a notch of the wheel.
const NOTCH: isize = 3;

impl App {
    pub(super) fn mouse(&mut self, event: MouseEvent) {
        self.touched = true;
        let at = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollDown => self.wheel(NOTCH),
            MouseEventKind::ScrollUp => self.wheel(-NOTCH),
            _ if self.overlay.is_some() || self.dialog.is_some() || !self.screens.is_empty() => {}
            MouseEventKind::Down(MouseButton::Left) => self.press(at),
            MouseEventKind::Drag(MouseButton::Left) if self.mouse.drags => {
                self.split = self.areas().split_at(at, self.split);
                self.resize(self.area.width, self.area.height);
            }
            MouseEventKind::Up(_) => self.mouse.drags = false,
            _ => {}
        }
    }

    fn wheel(&mut self, rows: isize) {
        let area = Areas::of(self.area).dialog;
        if let Some(dialog) = self.overlay.as_mut().or(self.dialog.as_mut()) {
            dialog.scroll_by(rows, area);
        } else if self.screens.is_empty() {
            self.snapshots.wheel(rows);
        } else {
            let action = if rows > 0 { Action::Down } else { Action::Up };
            for _ in 0..rows.unsigned_abs() {
                self.act_in_screen(action);
            }
        }
    }

    fn press(&mut self, at: Position) {
        let areas = self.areas();
        if areas.is_edge(at) {
            self.mouse.drags = true;
            return;
        }
        if !areas.list.contains(at) || !self.snapshots.click(areas.list, at) {
            return;
        }
        self.preview.unfocus();
        let twice = self.mouse.clicked.is_some_and(|(place, time)| {
            place.y == at.y && self.steady.saturating_sub(time) <= DOUBLE
        });
        self.mouse.clicked = (!twice).then_some((at, self.steady));
        if twice {
            self.act_in_list(Action::Diff);
        }
    }

    /// Gives the mouse to the terminal, so that it can select text, or takes it back.
    pub(super) fn switch_mouse(&mut self) {
        self.setup.mouse = self.setup.mouse.other();
        self.effects.push(Effect::Mouse(self.setup.mouse));
    }
}
