//! Marking rows on any screen, the list of those that are marked, and restoring them.

use super::{App, areas::Areas};
use crate::{
    core::RestoreOptions,
    text,
    tui::{
        dialog::{Dialog, MarkedList},
        keymap::{Action, Context},
        marks::{MarkHow, Marking},
        screen::ScreenCommand,
    },
};

impl App {
    /// Marks rows for the screen on top, or says why some are not marked.
    pub(super) fn mark(&mut self, place: usize, marking: Marking) {
        let (how, rows) = (marking.how, marking.rows.len());
        let profile = &self.profile;
        let left_out = self.marks.take(marking, |table| profile.is_log(table));
        let key = self.setup.keys.key(Context::Everywhere, Action::Marks);
        if left_out.mixed > 0 {
            let sentence = format!(
                "not marked: events and rows cannot be restored together ({key} shows what is marked)"
            );
            self.flash = Some(sentence);
        } else if let (1.., Some(snapshot)) = (left_out.not_held, self.marks.snapshot()) {
            let name = text::snapshot(&snapshot.name(), self.zone);
            let sentence = format!("not marked: the marked rows are of {name} ({key} shows them)");
            self.flash = Some(sentence);
        }
        let is_any = left_out.all() < rows;
        match how {
            MarkHow::Toggle if is_any => self.act_in_screen(Action::Down),
            MarkHow::AddAndRestore if is_any => self.restore_marked(place, None),
            MarkHow::AddAndRestore | MarkHow::Toggle | MarkHow::Add => {}
        }
    }

    /// Plans to restore the marked rows; without marks, does what the screen returned instead.
    pub(super) fn restore_marked(&mut self, place: usize, otherwise: Option<ScreenCommand>) {
        let marked = self.marks.restored_by();
        let marked = marked.map(|(snapshot, options)| ScreenCommand::Restore(snapshot, options));
        self.carry_out(place, marked.or(otherwise));
    }

    /// Removes the marks of rows that were restored.
    pub(super) fn unmark_restored(&mut self, options: &RestoreOptions) {
        let marked = self.marks.restored_by();
        if marked.is_some_and(|(_, marked)| marked.rows == options.rows) {
            self.marks.clear();
        }
    }

    pub(super) fn open_marked(&mut self) {
        if self.marks.is_empty() {
            let key = self.setup.keys.key(Context::Changes, Action::Mark);
            let sentence = format!(
                "no row is marked: {key} marks rows in the difference, in a table, and in a search"
            );
            self.flash = Some(sentence);
            return;
        }
        let area = Areas::of(self.area).dialog;
        self.dialog = Some(Dialog::Marked(MarkedList::new(&self.marks, area)));
    }

    /// What keys do in the list of marked rows.
    pub(super) fn act_in_marked(&mut self, action: Action) {
        let Some(Dialog::Marked(list)) = &mut self.dialog else {
            return;
        };
        if list.window.act(action) {
            return;
        }
        match action {
            Action::Mark => self.marks.unmark(list.window.selected()),
            Action::MarkAll => self.marks.clear(),
            Action::Restore => {
                self.dialog = None;
                let place = self.screens.len().saturating_sub(1);
                return self.restore_marked(place, None);
            }
            Action::Back => self.dialog = None,
            _ => {}
        }
        match &mut self.dialog {
            Some(Dialog::Marked(_)) if self.marks.is_empty() => self.dialog = None,
            Some(Dialog::Marked(list)) => list.window.set_len(self.marks.rows().len()),
            _ => {}
        }
    }
}
