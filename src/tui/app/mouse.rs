//! What the mouse does: a click selects, sorts, answers or does what the footer says, a second one
//! opens, the wheel moves, and the edge between the list and the preview can be dragged.

use std::time::Duration;

use crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{App, areas::Areas};
use crate::tui::{
    browser::Focus, dialog::Dialog, keymap::Action, message::Effect, status_bar::Footer,
};

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
    pub(super) fn mouse(&mut self, event: MouseEvent, used: Duration) {
        self.touched = true;
        self.typed = used;
        let at = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollDown => self.wheel(NOTCH),
            MouseEventKind::ScrollUp => self.wheel(-NOTCH),
            MouseEventKind::Down(MouseButton::Left) if self.areas().footer.contains(at) => {
                self.press_footer(at);
            }
            MouseEventKind::Down(MouseButton::Left) if self.top_dialog().is_some() => {
                self.press_dialog(at);
            }
            MouseEventKind::Down(MouseButton::Left) if !self.screens.is_empty() => {
                self.press_screen(at);
            }
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

    /// Does what the footer says at a place.
    fn press_footer(&mut self, at: Position) {
        let footer = Footer {
            sentence: self.flash.as_deref(),
            place: self.context(),
            idle: &self.idle(),
            keys: &self.setup.keys,
        };
        if let Some(action) = footer.action_at(at.x, self.area.width) {
            self.flash = None;
            self.act(action);
        }
    }

    /// Gives the answer at a place of the dialog on top.
    fn press_dialog(&mut self, at: Position) {
        let (area, context) = (self.areas().dialog, self.draw_context());
        let dialog = self.top_dialog();
        let answer = dialog.and_then(|dialog| dialog.action_at(at, area, context));
        let row = dialog.and_then(|dialog| dialog.row_at(at, area, context));
        match (answer, row) {
            (Some(action), _) => self.act(action),
            (None, Some(by)) => self.press_row(by),
            (None, None) => {}
        }
    }

    /// Selects the row at a place of the screen on top.
    fn press_screen(&mut self, at: Position) {
        let Some(opened) = self.screens.last_mut() else {
            return;
        };
        let screen = &mut opened.screen;
        if let Some(by) = screen.row_at(at) {
            if let Some(panes) = screen.panes() {
                panes.focus = Focus::List;
            }
            self.press_row(by);
        }
    }

    /// Selects the row that is so many below the selected one; a click on the selected one does what
    /// Enter does.
    fn press_row(&mut self, by: isize) {
        let enter = || {
            let keys = &self.setup.keys;
            keys.action(self.context(), KeyCode::Enter.into())
        };
        let action = match by {
            0 => enter(),
            1.. => Some(Action::Down),
            _ => Some(Action::Up),
        };
        for action in std::iter::repeat_n(action, by.unsigned_abs().max(1)).flatten() {
            self.act(action);
        }
    }

    fn top_dialog(&self) -> Option<&Dialog> {
        self.overlay.as_ref().or(self.dialog.as_ref())
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
