//! The screens: each is state, what changes it, and how it is drawn. The list of snapshots with its
//! preview is always there; others are opened over it. What a screen wants done that is not its own
//! it asks of the app.

mod changes;
mod diff;
mod events;
mod preview;
mod rows;
mod search;
mod snapshots;
mod timeline;

pub use changes::Changes;
pub use diff::Diff;
pub use events::Events;
pub use preview::{Counted, Preview, Subject};
pub use rows::Rows;
pub use search::Search;
pub use snapshots::{Around, Kinds, ListOrder, Snapshots};
pub use timeline::Timeline;

use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;
use ratatui::{Frame, layout::Rect};

use super::{
    keymap::{Action, Context, Keymap},
    msg::{News, Read},
    theme::Theme,
};
use crate::{
    core::{RestoreOptions, Snapshot},
    text::Zone,
};

/// What every drawing needs to know besides its own state.
#[derive(Clone, Copy, Debug)]
pub struct DrawContext<'a> {
    /// How things look.
    pub theme: &'a Theme,
    /// What time it is.
    pub now: DateTime<Utc>,
    /// The time on the steady clock.
    pub steady: Duration,
    /// In which zone times are told.
    pub zone: Zone,
    /// What the keys do.
    pub keys: &'a Keymap,
}

impl DrawContext<'_> {
    /// That live has changed under what is shown, and the key that reads it again.
    fn outdated(self, context: Context, does: &str) -> String {
        let key = self.keys.key(context, Action::Reload);
        format!(" ! live has changed since: {key} {does} ")
    }
}

/// A screen that is opened over the list.
#[derive(Debug)]
pub enum Screen {
    /// What differs, table by table.
    Diff(Diff),
    /// The rows of a table that differ.
    Changes(Changes),
    /// The events of a snapshot and of live.
    Events(Events),
    /// The rows of a table.
    Rows(Box<Rows>),
    /// Where a text is.
    Search(Box<Search>),
}

/// What a screen asks of the app.
#[derive(Debug)]
pub enum Ask {
    /// To open another screen over it.
    Open(Box<Screen>),
    /// To go back to where it was opened.
    Close,
    /// To read; what was being read for it is cancelled.
    Read(Read),
    /// To cancel what is being read for it.
    Stop,
    /// To put a text on the clipboard.
    Copy(String),
    /// To plan a restore and to ask about it.
    Restore(Box<Snapshot>, RestoreOptions),
}

impl Screen {
    /// Where keys are looked up while it is on top.
    pub fn context(&self) -> Context {
        match self {
            Self::Diff(diff) => diff.context(),
            Self::Changes(changes) => changes.context(),
            Self::Events(events) => events.context(),
            Self::Rows(rows) => rows.context(),
            Self::Search(search) => search.context(),
        }
    }

    /// Takes the area it will be drawn in.
    pub fn resize(&mut self, area: Rect) {
        match self {
            Self::Diff(diff) => diff.resize(area),
            Self::Changes(changes) => changes.resize(area),
            Self::Events(events) => events.resize(area),
            Self::Rows(rows) => rows.resize(area),
            Self::Search(search) => search.resize(area),
        }
    }

    /// Reads what it shows, if it is not known yet.
    pub fn load(&mut self) -> Option<Ask> {
        match self {
            Self::Diff(diff) => diff.load(),
            Self::Changes(changes) => Some(changes.load()),
            Self::Events(events) => Some(events.reload()),
            Self::Rows(rows) => Some(rows.load()),
            Self::Search(search) => search.load(),
        }
    }

    /// Reads it anew: live was changed by what the user did.
    pub fn reload(&mut self) -> Option<Ask> {
        match self {
            Self::Diff(diff) => Some(diff.reload()),
            // What it shows is no more; the difference below is compared anew.
            Self::Changes(_) => Some(Ask::Close),
            Self::Events(events) => Some(events.reload()),
            Self::Rows(rows) => Some(rows.load()),
            Self::Search(search) => search.load(),
        }
    }

    /// Hears that live has changed by itself.
    pub fn live_changed(&mut self) {
        match self {
            Self::Diff(diff) => diff.live_changed(),
            Self::Changes(_) => {}
            Self::Events(events) => events.live_changed(),
            Self::Rows(rows) => rows.live_changed(),
            Self::Search(search) => search.live_changed(),
        }
    }

    /// Takes what a key means.
    pub fn act(&mut self, action: Action) -> Option<Ask> {
        match self {
            Self::Diff(diff) => diff.act(action),
            Self::Changes(changes) => changes.act(action),
            Self::Events(events) => events.act(action),
            Self::Rows(rows) => rows.act(action),
            Self::Search(search) => search.act(action),
        }
    }

    /// Takes a key that means nothing but itself, while a line is being typed.
    pub fn type_key(&mut self, key: KeyEvent) -> Option<Ask> {
        match self {
            Self::Diff(diff) => diff.type_key(key),
            Self::Changes(changes) => changes.type_key(key),
            Self::Events(events) => events.type_key(key),
            Self::Rows(rows) => rows.type_key(key),
            Self::Search(search) => return search.type_key(key),
        }
        None
    }

    /// Takes a text, while a line is being typed.
    pub fn paste(&mut self, text: &str) -> Option<Ask> {
        match self {
            Self::Diff(diff) => diff.paste(text),
            Self::Changes(changes) => changes.paste(text),
            Self::Events(events) => events.paste(text),
            Self::Rows(rows) => rows.paste(text),
            Self::Search(search) => return search.paste(text),
        }
        None
    }

    /// Takes what its read tells.
    pub fn hear(&mut self, news: News) -> Option<Ask> {
        match self {
            Self::Diff(diff) => {
                diff.hear(news);
                None
            }
            Self::Changes(changes) => changes.hear(news),
            Self::Events(events) => events.hear(news),
            Self::Rows(rows) => rows.hear(news),
            Self::Search(search) => {
                search.hear(news);
                None
            }
        }
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        match self {
            Self::Diff(diff) => diff.draw(frame, area, context),
            Self::Changes(changes) => changes.draw(frame, area, context),
            Self::Events(events) => events.draw(frame, area, context),
            Self::Rows(rows) => rows.draw(frame, area, context),
            Self::Search(search) => search.draw(frame, area, context),
        }
    }
}
