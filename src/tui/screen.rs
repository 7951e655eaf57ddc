//! The screens: each is state, what changes it, and how it is drawn. The list of snapshots with its
//! preview is always there; others are opened over it. What a screen wants done that is not its own
//! it asks of the app.

mod diff;
mod preview;
mod snapshots;

pub use diff::Diff;
pub use preview::{Counted, Preview};
pub use snapshots::{Around, Kinds, Snapshots};

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
pub struct Look<'a> {
    /// How things look.
    pub theme: &'a Theme,
    /// What time it is.
    pub now: DateTime<Utc>,
    /// In which zone times are told.
    pub zone: Zone,
    /// What the keys do.
    pub keys: &'a Keymap,
}

/// A screen that is opened over the list.
#[derive(Debug)]
pub enum Screen {
    /// What differs.
    Diff(Diff),
}

/// What a screen asks of the app.
#[derive(Debug)]
pub enum Ask {
    /// To go back to where it was opened.
    Close,
    /// To read; what was being read for it is cancelled.
    Read(Read),
    /// To plan a restore and to ask about it.
    Restore(Box<Snapshot>, RestoreOptions),
}

impl Screen {
    /// Where keys are looked up while it is on top.
    pub fn context(&self) -> Context {
        match self {
            Self::Diff(diff) => diff.context(),
        }
    }

    /// Takes the area it will be drawn in.
    pub fn resize(&mut self, area: Rect) {
        match self {
            Self::Diff(diff) => diff.resize(area),
        }
    }

    /// Reads what it shows: when it is opened, and again when that may have changed.
    pub fn load(&mut self) -> Ask {
        match self {
            Self::Diff(diff) => diff.load(),
        }
    }

    /// Takes what a key means.
    pub fn act(&mut self, action: Action) -> Option<Ask> {
        match self {
            Self::Diff(diff) => diff.act(action),
        }
    }

    /// Takes a key that means nothing but itself, while a line is being typed.
    pub fn type_key(&mut self, key: KeyEvent) -> Option<Ask> {
        match self {
            Self::Diff(diff) => diff.type_key(key),
        }
    }

    /// Takes a text, while a line is being typed.
    pub fn paste(&mut self, text: &str) -> Option<Ask> {
        match self {
            Self::Diff(diff) => diff.paste(text),
        }
    }

    /// Takes what its read tells.
    pub fn hear(&mut self, news: News) -> Option<Ask> {
        match self {
            Self::Diff(diff) => diff.hear(news),
        }
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        match self {
            Self::Diff(diff) => diff.draw(frame, area, look),
        }
    }
}
