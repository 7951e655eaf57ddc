//! The screens that are opened over the list: opening and closing them, what keys and jobs tell
//! them, and what they ask for.

use crossterm::event::KeyEvent;

use super::{App, Covered, OpenedScreen, areas::Areas};
use crate::{
    core::{Snapshot, Tables},
    tui::{
        dialog::{Intent, Message, RestorePurpose},
        keymap::{Action, Context},
        msg::{Effect, Job, News, Purpose},
        screen::{Ask, Diff, Origin, Screen, Search},
        theme::Role,
        widget::Text,
    },
};

impl App {
    /// Opens a screen over what is there; the dialog that is open comes back when it is closed.
    pub(super) fn open(&mut self, mut screen: Box<dyn Screen>) -> Vec<Effect> {
        screen.resize(Areas::of(self.area).screen);
        let ask = screen.load();
        let restore = &mut self.restore;
        let over = self.dialog.take().map(|dialog| Covered {
            dialog,
            restore: std::mem::take(restore),
        });
        self.screens.push(OpenedScreen { screen, over });
        self.answer(self.screens.len() - 1, ask)
    }

    /// Compares the selected snapshot with live, or the two that are marked with each other.
    pub(super) fn open_difference(&mut self) -> Vec<Effect> {
        let marked: Vec<_> = self.snapshots.marked().cloned().collect();
        let snapshot = |snapshot: &Snapshot| Origin::Snapshot(Box::new(snapshot.clone()));
        let (from, to) = match (&marked[..], self.snapshots.selected()) {
            ([newer, older], _) => (snapshot(older), snapshot(newer)),
            ([only], _) => (snapshot(only), Origin::Live),
            ([], Some(selected)) => (snapshot(selected), Origin::Live),
            ([], None) => return Vec::new(),
            _ => {
                let mark = self.setup.keys.key(Context::Snapshots, Action::Mark);
                let says = format!(
                    "Mark two of them with {mark}, or none to compare the selected with live."
                );
                let lines = vec![Text::of(says, Role::Text)];
                self.say(Message::new("More than two snapshots are marked", lines));
                return Vec::new();
            }
        };
        let names = self.tables();
        self.open(Box::new(Diff::new(from, to, names)))
    }

    /// The tables that the profile names, the event log first; if it names none, those that live has.
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

    /// Looks for a text.
    pub(super) fn open_search(&mut self) -> Vec<Effect> {
        self.open(Box::new(Search::new()))
    }

    pub(super) fn act_in_screen(&mut self, action: Action) -> Vec<Effect> {
        self.in_top(|screen| screen.act(action))
    }

    /// Takes a key that has no meaning here but itself.
    pub(super) fn type_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        match self.overlay.as_mut().or(self.dialog.as_mut()) {
            Some(dialog) => dialog.type_key(key),
            None if self.screens.is_empty() => self.snapshots.type_key(key),
            None => return self.in_top(|screen| screen.type_key(key)),
        }
        Vec::new()
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        match self.overlay.as_mut().or(self.dialog.as_mut()) {
            Some(dialog) => dialog.paste(text),
            None if self.screens.is_empty() => self.snapshots.paste(text),
            None => return self.in_top(|screen| screen.paste(text)),
        }
        Vec::new()
    }

    fn in_top(&mut self, tell: impl FnOnce(&mut dyn Screen) -> Option<Ask>) -> Vec<Effect> {
        let Some(opened) = self.screens.last_mut() else {
            return Vec::new();
        };
        let ask = tell(&mut *opened.screen);
        self.answer(self.screens.len() - 1, ask)
    }

    pub(super) fn hear_in_screen(&mut self, place: usize, news: News) -> Vec<Effect> {
        let opened = self.screens.get_mut(place);
        match (news, opened) {
            (News::Ended, _) => drop(self.running.remove(&Purpose::Screen(place))),
            (News::Progress(progress), Some(opened)) => opened.screen.heed(progress),
            (News::Screen(reply), Some(opened)) => {
                let ask = opened.screen.hear(reply);
                return self.answer(place, ask);
            }
            _ => {}
        }
        Vec::new()
    }

    /// Lets every screen read anew what the user has changed; what was planned before is no more.
    pub(super) fn reload_screens(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for place in 0..self.screens.len() {
            if let Some(opened) = self.screens.get_mut(place) {
                opened.over = None;
                let ask = opened.screen.reload();
                effects.extend(self.answer(place, ask));
            }
        }
        effects
    }

    /// Reads again what could not be read last.
    pub(super) fn read_screens_again(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for place in 0..self.screens.len() {
            let ask = self.screens[place].screen.read_again();
            effects.extend(self.answer(place, ask));
        }
        effects
    }

    /// Does what the screen at this place asks for.
    fn answer(&mut self, place: usize, ask: Option<Ask>) -> Vec<Effect> {
        match ask {
            None => Vec::new(),
            Some(Ask::Open(screen)) => self.open(screen),
            Some(Ask::Close) => self.close_from(place),
            Some(Ask::Stop) => {
                let purpose = Purpose::Screen(place);
                let running = self.running.remove(&purpose);
                running
                    .map(|_| Effect::Cancel(purpose))
                    .into_iter()
                    .collect()
            }
            Some(Ask::Copy(text)) => vec![Effect::Copy(text)],
            Some(Ask::Read(request)) => vec![self.start(Job::Read(place, request))],
            Some(Ask::Restore(snapshot, options)) => self.plan(Intent {
                options,
                ..Intent::new(RestorePurpose::Restore, *snapshot)
            }),
        }
    }

    /// Closes the screen at this place and what was opened over it; what they read is cancelled.
    fn close_from(&mut self, place: usize) -> Vec<Effect> {
        let closed: Vec<OpenedScreen> = self.screens.drain(place..).collect();
        let purposes = (place..place + closed.len()).map(Purpose::Screen);
        let covered = closed.into_iter().next().and_then(|opened| opened.over);
        if let Some(Covered { dialog, restore }) = covered {
            (self.dialog, self.restore) = (Some(dialog), restore);
            self.ask_again();
        }
        let running = purposes.filter(|purpose| self.running.remove(purpose).is_some());
        running.map(Effect::Cancel).collect()
    }
}
