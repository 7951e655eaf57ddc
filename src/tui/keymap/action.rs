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
    /// Show the previous choice of kinds.
    PrevKinds,
    /// Sort by the next column.
    NextOrder,
    /// Reverse the order.
    ReverseOrder,
    /// Show only what matches.
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
    /// Show the same table of the other side.
    OtherSide,
    /// Copy what is selected to the clipboard.
    Copy,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// To the first column.
    FirstColumn,
    /// To the last column.
    LastColumn,
    /// To the next match.
    FindNext,
    /// To the previous match.
    FindPrevious,
    /// Open what is selected.
    Open,
    /// Search live and every snapshot for a text.
    Search,
    /// Search for a regular expression, or for a text again.
    Regex,
    /// Show the next choice of tables.
    NextTable,
    /// Recover from the last rewind.
    Recover,
    /// Undo the last restore that is in force.
    Undo,
    /// Redo the last undo.
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
    /// Switch to the next theme.
    NextTheme,
    /// Give the mouse to the terminal, or take it back.
    Mouse,
    /// Explain the keys.
    Help,
    /// Open the palette.
    Palette,
    /// Show the notices of this run.
    Messages,
    /// Remove the marks, or the filter.
    Clear,
    /// Go back, or quit.
    Back,
    /// Quit.
    Quit,
    /// Draw the whole screen again.
    Repaint,
    /// Suspend the program.
    Suspend,
    /// To the other answer.
    OtherAnswer,
    /// Give the selected answer.
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
