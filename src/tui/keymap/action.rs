//! What keys do: every action, whose name in the user's configuration is its name here.

use serde::{Deserialize, Serialize};

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
    /// Show the events.
    Events,
    /// Go to an event by its id.
    GoTo,
    /// Find a text.
    Find,
    /// Go to a row by its number.
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
    /// Recover from the last rewind.
    Recover,
    /// Undo the last restore that is in force.
    Undo,
    /// Redo what was undone last.
    Redo,
    /// Prune by policy.
    Prune,
    /// Delete the marked or the selected.
    Delete,
    /// Label the selected.
    Label,
    /// Pin the marked or the selected, or unpin them.
    Pin,
    /// Verify the marked or the selected.
    Verify,
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
    /// Forget the marks, or the filter.
    Clear,
    /// Go back, or quit.
    Back,
    /// Quit.
    Quit,
    /// Draw all of the screen again.
    Repaint,
    /// Stop the program, for the shell to continue it.
    Suspend,
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
    /// Keep more, for this prune.
    KeepMore,
    /// Keep fewer, for this prune.
    KeepFewer,
    /// To the other number that a prune goes by.
    OtherNumber,
    /// Stop what is under way.
    Cancel,
}
