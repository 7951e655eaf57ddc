//! The screens: each is state, what changes it, and how it is drawn. The list of snapshots with its
//! preview is always there; others are opened over it. What a screen cannot do itself it returns as a
//! [`ScreenCommand`].

mod changes;
mod diff;
mod events;
mod history;
mod preview;
mod rows;
mod search;
mod snapshots;
mod timeline;

pub use super::widget::DrawContext;
pub use changes::ChangesScreen;
pub use diff::DiffScreen;
pub use events::{EventsScreen, Slider};
pub use history::HistoryScreen;
pub use preview::{Counted, Preview, Subject};
pub use rows::RowsScreen;
pub use search::SearchScreen;
pub use snapshots::{Around, EventLog, Kinds, ListOrder, SnapshotList};
pub use timeline::Timeline;

use std::fmt::Debug;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    browser::{Panes, Phase},
    keymap::{Action, Context},
    marks::Marking,
    task::{Reply, ShownSide, Task},
    widget::Input,
};
use crate::core::{Anchor, Progress, RestoreOptions, Snapshot};

/// What a screen has the app do.
#[derive(Debug)]
pub enum ScreenCommand {
    /// Open another screen over it.
    Open(Box<dyn Screen>),
    /// Close it.
    Close,
    /// Run a task; the screen's last one is cancelled.
    Run(Task),
    /// Cancel the screen's task.
    Cancel,
    /// Copy a text to the clipboard.
    Copy(String),
    /// Ask where to write a table of a side.
    Export(ShownSide, String),
    /// Plan a restore and ask whether to apply it.
    Restore(Box<Snapshot>, RestoreOptions),
    /// Plan to restore the marked rows; without marks, do this instead.
    RestoreMarked(Option<Box<Self>>),
    /// Say why a key did nothing.
    Say(&'static str),
    /// Mark rows, or unmark one.
    Mark(Marking),
    /// Plan a restore to just after an event of a side, and ask whether to apply it.
    RestoreMoment(i64, Anchor),
}

/// A screen that is opened over the list.
pub trait Screen: Debug {
    /// The context in which keys are looked up while it is on top.
    fn context(&self) -> Context;

    fn resize(&mut self, area: Rect);

    /// Reads what has come into sight because its area or its panes changed.
    fn follow_resize(&mut self) -> Option<ScreenCommand> {
        None
    }

    /// The list and the detail pane, if it has both.
    fn panes(&mut self) -> Option<&mut Panes> {
        None
    }

    /// Reads what it shows, unless it has read it.
    fn load(&mut self) -> Option<ScreenCommand>;

    /// Reads it anew: the user has changed live.
    fn reload(&mut self) -> Option<ScreenCommand> {
        self.load()
    }

    /// The state of what it shows.
    fn phase(&mut self) -> Option<&mut Phase> {
        None
    }

    /// Marks what it shows of live as outdated.
    fn live_changed(&mut self) {
        self.phase().into_iter().for_each(Phase::live_changed);
    }

    /// Reads it again if the last read failed: the cause may be gone.
    fn read_again(&mut self) -> Option<ScreenCommand> {
        match self.phase()? {
            Phase::Failed(_) => self.reload(),
            _ => None,
        }
    }

    /// How many rows below the selected one the row at a place on the screen is.
    fn row_at(&self, at: Position) -> Option<isize>;

    /// Does what a key stands for.
    fn act(&mut self, action: Action) -> Option<ScreenCommand>;

    /// The line that is being typed, if there is one: it takes the keys that are not bound.
    fn input(&mut self) -> Option<&mut Input>;

    /// Follows an edit of that line.
    fn edited(&mut self) -> Option<ScreenCommand> {
        None
    }

    /// Takes the progress of its task.
    fn set_progress(&mut self, progress: Progress) {
        if let Some(phase) = self.phase() {
            phase.set_progress(progress);
        }
    }

    /// Takes a reply to its task.
    fn receive(&mut self, reply: Reply) -> Option<ScreenCommand>;

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>);
}

impl dyn Screen + '_ {
    /// Types into its line, if one is being typed.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) -> Option<ScreenCommand> {
        edit(self.input()?);
        self.edited()
    }
}
