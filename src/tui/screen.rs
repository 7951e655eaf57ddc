//! The screens: each is state, what changes it, and how it is drawn. The list of snapshots with its
//! preview is always there; others are opened over it. What a screen wants done that is not its own
//! it asks of the app.

mod changes;
mod diff;
mod events;
mod fetch;
mod interim;
mod preview;
mod rows;
mod search;
mod snapshots;
mod timeline;

pub use super::widget::DrawContext;
pub use changes::{Changes, ChangesRequest};
pub use diff::{Diff, DiffReply, DiffRequest};
pub use events::{Events, EventsRequest};
pub use fetch::{Reply, Request};
use interim::Tell;
pub use interim::{Interim, Origin};
pub use preview::{Counted, Preview, Subject};
pub use rows::{At, Brief, NumberedRow, Rows, RowsRead, RowsRequest, RowsWanted};
pub use search::{Search, SearchRequest};
pub use snapshots::{Around, Kinds, ListOrder, Snapshots};
pub use timeline::Timeline;

use std::fmt::Debug;

use crossterm::event::KeyEvent;
use ratatui::{Frame, layout::Rect};

use super::{
    keymap::{Action, Context},
    widget::Input,
};
use crate::core::{Progress, RestoreOptions, Snapshot};

/// What a screen asks of the app.
#[derive(Debug)]
pub enum Ask {
    /// To open another screen over it.
    Open(Box<dyn Screen>),
    /// To go back to where it was opened.
    Close,
    /// To read; what was being read for it is cancelled.
    Read(Request),
    /// To cancel what is being read for it.
    Stop,
    /// To put a text on the clipboard.
    Copy(String),
    /// To plan a restore and to ask about it.
    Restore(Box<Snapshot>, RestoreOptions),
}

/// A screen that is opened over the list.
pub trait Screen: Debug {
    /// Where keys are looked up while it is on top.
    fn context(&self) -> Context;

    /// Takes the area it will be drawn in.
    fn resize(&mut self, area: Rect);

    /// Reads what it shows, if it is not known yet.
    fn load(&mut self) -> Option<Ask>;

    /// Reads it anew: live was changed by what the user did.
    fn reload(&mut self) -> Option<Ask> {
        self.load()
    }

    /// Hears that live has changed by itself.
    fn live_changed(&mut self) {}

    /// Reads it again where the last read failed: what stood in its way may be gone.
    fn read_again(&mut self) -> Option<Ask>;

    /// Takes what a key means.
    fn act(&mut self, action: Action) -> Option<Ask>;

    /// The line that is being typed, if there is one: it takes the keys that mean nothing but themselves.
    fn input(&mut self) -> Option<&mut Input>;

    /// Takes it that the line is another.
    fn edited(&mut self) -> Option<Ask> {
        None
    }

    /// Takes how far its reading is.
    fn heed(&mut self, progress: Progress);

    /// Takes what it has read.
    fn hear(&mut self, reply: Reply) -> Option<Ask>;

    /// Draws it.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>);
}

impl dyn Screen + '_ {
    /// Takes a key, while a line is being typed.
    pub fn type_key(&mut self, key: KeyEvent) -> Option<Ask> {
        self.input()?.key(key);
        self.edited()
    }

    /// Takes a text, while a line is being typed.
    pub fn paste(&mut self, text: &str) -> Option<Ask> {
        self.input()?.paste(text);
        self.edited()
    }
}
