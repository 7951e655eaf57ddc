//! The screens that are opened over the list: opening and closing them, keys and replies for them, and
//! the commands that they return.

use super::{App, Covered, OpenedScreen, areas::Areas};
use crate::{
    core::{Snapshot, Tables},
    tui::{
        dialog::{Dialog, Exporting, Intent, Notice, RestorePurpose},
        keymap::{Action, Context},
        message::Effect,
        screen::{DiffScreen, Screen, ScreenCommand, SearchScreen},
        task::{Reply, Restorable, ShownSide, Slot},
        theme::Role,
        widget::{Input, Text},
    },
};

impl App {
    /// Opens a screen over what is open; closing it brings an open dialog back.
    pub(super) fn open(&mut self, mut screen: Box<dyn Screen>) {
        screen.resize(Areas::of(self.area).screen);
        let command = screen.load();
        let restore = &mut self.restore;
        let over = self.dialog.take().map(|dialog| Covered {
            dialog,
            restore: std::mem::take(restore),
        });
        self.screens.push(OpenedScreen { screen, over });
        self.carry_out(self.screens.len() - 1, command);
    }

    /// Compares the selected snapshot with live, or the two that are marked with each other.
    pub(super) fn open_difference(&mut self) {
        let marked: Vec<_> = self.snapshots.marked().cloned().collect();
        let snapshot = |snapshot: &Snapshot| ShownSide::Snapshot(Box::new(snapshot.clone()));
        let (from, to) = match (&marked[..], self.snapshots.selected()) {
            ([newer, older], _) => (snapshot(older), snapshot(newer)),
            ([only], _) => (ShownSide::Live, snapshot(only)),
            ([], Some(selected)) => (ShownSide::Live, snapshot(selected)),
            ([], None) => return,
            _ => {
                let mark = self.setup.keys.key(Context::Snapshots, Action::Mark);
                let sentence = format!(
                    "Mark two of them with {mark}, or none to compare the selected with live."
                );
                let lines = vec![Text::of(sentence, Role::Text)];
                self.show_notice(Notice::new("More than two snapshots are marked", lines));
                return;
            }
        };
        let names = self.tables();
        self.open(Box::new(DiffScreen::new(from, to, names)));
    }

    /// The tables that the profile names, the event log first; if it names none, live's.
    fn tables(&self) -> Vec<String> {
        let log = self.profile.log.iter().map(|log| log.table.clone());
        match (&self.profile.tables, &self.live) {
            (Tables::Named(tables), _) => log.chain(tables.iter().cloned()).collect(),
            (Tables::Auto { .. }, Some(Ok(live))) => {
                let tables = live.counts.tables.iter();
                tables.map(|(name, _)| name.clone()).collect()
            }
            (Tables::Auto { .. }, _) => log.collect(),
        }
    }

    pub(super) fn open_search(&mut self) {
        self.open(Box::new(SearchScreen::new()));
    }

    pub(super) fn act_in_screen(&mut self, action: Action) {
        self.in_top(|screen| screen.act(action));
    }

    /// Types into the line that is being typed, if there is one.
    pub(super) fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        match self.overlay.as_mut().or(self.dialog.as_mut()) {
            Some(dialog) => dialog.type_with(edit),
            None if self.screens.is_empty() => self.snapshots.type_with(edit),
            None => self.in_top(|screen| screen.type_with(edit)),
        }
    }

    fn in_top(&mut self, change: impl FnOnce(&mut dyn Screen) -> Option<ScreenCommand>) {
        if let Some(opened) = self.screens.last_mut() {
            let command = change(&mut *opened.screen);
            self.carry_out(self.screens.len() - 1, command);
        }
    }

    pub(super) fn receive_in_screen(&mut self, place: usize, reply: Reply) {
        let opened = self.screens.get_mut(place);
        match (reply, opened) {
            (Reply::Ended, _) => drop(self.running.remove(&Slot::Screen(place))),
            (Reply::Progress(progress), Some(opened)) => opened.screen.set_progress(progress),
            (reply, Some(opened)) => {
                let command = opened.screen.receive(reply);
                self.carry_out(place, command);
            }
            (_, None) => {}
        }
    }

    /// Has every screen read anew what the user has changed; earlier plans are outdated.
    pub(super) fn reload_screens(&mut self) {
        self.reloaded = true;
        for place in 0..self.screens.len() {
            if let Some(opened) = self.screens.get_mut(place) {
                opened.over = None;
                let command = opened.screen.reload();
                self.carry_out(place, command);
            }
        }
    }

    /// Reads again what could not be read.
    pub(super) fn read_screens_again(&mut self) {
        for place in 0..self.screens.len() {
            let opened = self.screens.get_mut(place);
            let command = opened.and_then(|opened| opened.screen.read_again());
            self.carry_out(place, command);
        }
    }

    /// Carries out what the screen at this place returned.
    pub(super) fn carry_out(&mut self, place: usize, command: Option<ScreenCommand>) {
        match command {
            None => {}
            Some(ScreenCommand::Open(screen)) => self.open(screen),
            Some(ScreenCommand::Close) => self.close_from(place),
            Some(ScreenCommand::Cancel) => self.cancel_task(Slot::Screen(place)),
            Some(ScreenCommand::Export(origin, table)) => {
                self.dialog = Some(Dialog::Export(Exporting::new(origin, table)));
            }
            Some(ScreenCommand::Say(sentence)) => self.flash = Some(sentence.to_owned()),
            Some(ScreenCommand::Mark(marking)) => self.mark(place, marking),
            Some(ScreenCommand::RestoreMarked(otherwise)) => {
                self.restore_marked(place, otherwise.map(|it| *it));
            }
            Some(ScreenCommand::Copy(text)) => self.effects.push(Effect::Copy(text)),
            Some(ScreenCommand::Run(task)) => self.start_in(Slot::Screen(place), task),
            Some(ScreenCommand::Restore(snapshot, options)) => self.plan(Intent {
                options,
                ..Intent::new(RestorePurpose::Restore, Restorable::Snapshot(snapshot))
            }),
            Some(ScreenCommand::RestoreMoment(event, side)) => {
                let source = Restorable::Moment(event, side);
                self.plan(Intent::new(RestorePurpose::Restore, source));
            }
        }
    }

    /// Closes the screen at this place and what was opened over it; what they read is cancelled.
    fn close_from(&mut self, place: usize) {
        let closed: Vec<OpenedScreen> = self.screens.drain(place..).collect();
        for closed in place..place + closed.len() {
            self.cancel_task(Slot::Screen(closed));
        }
        let covered = closed.into_iter().next().and_then(|opened| opened.over);
        if let Some(Covered { dialog, restore }) = covered {
            (self.dialog, self.restore) = (Some(dialog), restore);
            self.ask_again();
        }
    }
}
