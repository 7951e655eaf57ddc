//! The keys: where they are pressed and what they do. One table tells them for dispatch, the footer,
//! the help, the palette and the user's own keys.

mod key;
mod own;
mod table;

use serde::{Deserialize, Serialize};

pub use key::{Arrows, Key};
pub use own::{Keymap, Line, name};
pub use table::{BINDINGS, Binding};

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// The list of snapshots, and every screen that was opened over it.
    Everywhere,
    /// The list of snapshots.
    #[serde(rename = "list")]
    Snapshots,
    /// A question with a plan.
    Confirm,
    /// A question with the plan of a restore; what holds in every question holds in it, too.
    Restore,
    /// The choice of a kind to take.
    Kind,
    /// An operation under way.
    Running,
    /// A message, or the help.
    Message,
    /// Every screen that was opened over the list; what holds here holds in each of them.
    Screen,
    /// What differs, table by table.
    Diff,
    /// The rows of a table that differ.
    Changes,
    /// The tables in the preview.
    Tables,
    /// The rows of a table.
    Rows,
    /// One value of a row.
    Value,
    /// Something long that has the focus of its screen.
    Detail,
    /// The rows that hold a text.
    Search,
    /// The text that is looked for while it is typed: what is not bound here is put into it.
    SearchLine,
    /// The choice of something to do.
    Palette,
    /// A line that is being typed: what is not bound here is put into it.
    Input,
}

impl Context {
    /// The context whose bindings hold in this one, too.
    pub fn general(self) -> Option<Self> {
        match self {
            Self::Restore => Some(Self::Confirm),
            Self::Diff
            | Self::Changes
            | Self::Tables
            | Self::Rows
            | Self::Value
            | Self::Detail
            | Self::Search => Some(Self::Screen),
            Self::Screen | Self::Snapshots => Some(Self::Everywhere),
            _ => None,
        }
    }

    /// Whether the bindings of a context hold in this one.
    pub fn holds(self, context: Self) -> bool {
        let mut here = std::iter::successors(Some(self), |place| place.general());
        here.any(|place| place == context)
    }
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// One up.
    Up,
    /// One down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// Show the next choice of kinds.
    NextKinds,
    /// Show the choice of kinds before.
    PrevKinds,
    /// Sort by the next column.
    NextOrder,
    /// Sort the other way round.
    ReverseOrder,
    /// Show only what fits.
    Filter,
    /// Mark or unmark.
    Mark,
    /// Begin a range of marks, or end it.
    MarkRange,
    /// Mark everything, or unmark it.
    MarkAll,
    /// Take a snapshot.
    Take,
    /// Restore the selected snapshot, or what is selected of it.
    Restore,
    /// Show what differs.
    Diff,
    /// Look for a text.
    Find,
    /// Go to what has a number.
    Jump,
    /// Show the same of the other side.
    OtherSide,
    /// Put what is selected on the clipboard.
    Copy,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// To the first column.
    FirstColumn,
    /// To the last column.
    LastColumn,
    /// To the next place that has it.
    FindNext,
    /// To the place before that has it.
    FindPrevious,
    /// Look into what is selected.
    Open,
    /// Look for a text in live and in every snapshot.
    Search,
    /// Look for a regular expression, or for a text again.
    Regex,
    /// Show the next choice of tables.
    NextTable,
    /// Take back the last rewind.
    Recover,
    /// Undo the last restore.
    Undo,
    /// Prune by policy.
    Prune,
    /// Delete the marked or the selected.
    Delete,
    /// Read everything again.
    Reload,
    /// Change how everything looks.
    NextTheme,
    /// Give the mouse to the terminal, or take it back.
    Mouse,
    /// Explain the keys.
    Help,
    /// Show everything that can be done here.
    Palette,
    /// Read again what was told.
    Messages,
    /// Go back, or quit.
    Back,
    /// Quit.
    Quit,
    /// To the other answer.
    OtherAnswer,
    /// Give the answer that has the focus.
    Answer,
    /// Answer yes.
    Yes,
    /// Answer no.
    No,
    /// Change how much is restored.
    Scope,
    /// Keep or drop the events newer than the snapshot.
    Newer,
    /// Stop what is under way.
    Cancel,
}
