//! The keys and what they do in which context. One table (`keymap/table.rs`) serves
//! dispatch, the footer, the help, the palette, the dialogs, the documentation and the user's own keys.

mod action;
mod key;
mod overrides;
mod table;

use serde::{Deserialize, Serialize};

pub use action::Action;
pub use key::{Arrows, KeyPress};
pub use overrides::{KeyLine, Keymap, name};
use table::{BINDINGS, Binding};

/// The place in which a key is pressed; [`Context::place`] describes each.
#[expect(missing_docs, reason = "`Context::place` describes each")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    Always,
    Everywhere,
    #[serde(rename = "list")]
    Snapshots,
    Dialog,
    Sheet,
    Confirm,
    Restore,
    RestoreRows,
    RestoreMoment,
    Prune,
    Kind,
    Running,
    Message,
    Screen,
    Diff,
    Changes,
    History,
    Tables,
    Rows,
    Value,
    Detail,
    Events,
    Search,
    SearchLine,
    Palette,
    Marked,
    Moments,
    Conflicts,
    Input,
}

impl Context {
    /// The heading of its keys in the help.
    pub fn place(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::Everywhere => "In the list and every screen",
            Self::Dialog => "In every dialog",
            Self::Sheet => "In a plan or a message",
            Self::Snapshots => "In the list",
            Self::Confirm => "Under a plan",
            Self::Restore => "Under the plan of a restore",
            Self::RestoreRows => "Under the plan of a restore of tables or rows",
            Self::RestoreMoment => "Under the plan of a restore to an event",
            Self::Prune => "Under the plan of a prune",
            Self::Kind => "Taking a snapshot",
            Self::Running => "While an operation runs",
            Self::Message => "In a message",
            Self::Screen => "In every screen",
            Self::Diff => "In the difference",
            Self::Tables => "In the tables of the preview",
            Self::Rows => "In the rows of a table",
            Self::Value => "While reading a value",
            Self::Changes => "In the rows that differ",
            Self::History => "In the history of a row",
            Self::Detail => "While reading a row",
            Self::Events => "Among the events",
            Self::Search => "In a search",
            Self::SearchLine => "While a search text is typed",
            Self::Palette => "In the list of all commands",
            Self::Marked => "In the list of marked rows",
            Self::Moments => "In the list of moments",
            Self::Conflicts => "In the conflicts of a merge",
            Self::Input => "While a line is typed",
        }
    }

    /// The context whose keys also work in this one.
    pub fn general(self) -> Option<Self> {
        match self {
            Self::Restore | Self::RestoreRows | Self::RestoreMoment | Self::Prune => {
                Some(Self::Confirm)
            }
            Self::Diff
            | Self::Changes
            | Self::History
            | Self::Tables
            | Self::Rows
            | Self::Value
            | Self::Detail
            | Self::Events
            | Self::Search => Some(Self::Screen),
            Self::Screen | Self::Snapshots => Some(Self::Everywhere),
            Self::Confirm | Self::Message => Some(Self::Sheet),
            Self::Kind | Self::Sheet | Self::Marked | Self::Moments | Self::Conflicts => {
                Some(Self::Dialog)
            }
            Self::Dialog | Self::Everywhere | Self::Palette | Self::SearchLine | Self::Input => {
                Some(Self::Always)
            }
            // Ctrl-C only stops what is under way.
            Self::Running | Self::Always => None,
        }
    }

    /// Whether its keys work in many places, not in one kind of place.
    pub fn is_everywhere(self) -> bool {
        matches!(self, Self::Always | Self::Everywhere | Self::Dialog)
    }

    /// Whether the keys of a context work in this one.
    pub fn holds(self, context: Self) -> bool {
        let mut here = std::iter::successors(Some(self), |place| place.general());
        here.any(|place| place == context)
    }
}
