//! What keys do: every action, whose name in the user's configuration is its name here.

use serde::{Deserialize, Serialize};

/// What a key does; the key table explains each.
#[expect(missing_docs, reason = "the key table explains each")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    NextKinds,
    PrevKinds,
    NextOrder,
    ReverseOrder,
    Filter,
    Mark,
    MarkRange,
    MarkAll,
    Marks,
    Take,
    Restore,
    Diff,
    Events,
    Moment,
    History,
    GoTo,
    Earlier,
    Later,
    Find,
    Jump,
    OtherSide,
    Copy,
    Export,
    Left,
    Right,
    FirstColumn,
    LastColumn,
    FindNext,
    FindPrevious,
    Open,
    Search,
    Regex,
    NextTable,
    Missing,
    Recover,
    Undo,
    Redo,
    Prune,
    Delete,
    Label,
    Pin,
    Verify,
    Reload,
    NextTheme,
    Mouse,
    Zoom,
    Help,
    Palette,
    Messages,
    Clear,
    Back,
    Quit,
    Repaint,
    Suspend,
    OtherAnswer,
    Answer,
    Yes,
    No,
    Scope,
    Merge,
    MissingOnly,
    Conflicts,
    TakeLive,
    TakeSnapshot,
    ShowWhole,
    KeepMore,
    KeepFewer,
    OtherNumber,
    Cancel,
}

impl Action {
    /// Whether it only moves the selection or scrolls.
    pub fn moves(self) -> bool {
        matches!(
            self,
            Self::Up
                | Self::Down
                | Self::PageUp
                | Self::PageDown
                | Self::First
                | Self::Last
                | Self::FirstColumn
                | Self::LastColumn
        )
    }

    /// Other words by which a user may search for it, apart from its label and its help.
    pub fn synonyms(self) -> &'static str {
        match self {
            Self::MissingOnly => "insert add lost",
            Self::Merge => "both sides keep newer",
            Self::Restore => "revert rollback bring back",
            Self::Recover => "bring back undo rewind",
            Self::Diff => "compare difference changes",
            Self::Events => "history log timeline",
            Self::Moment => "time ago minutes hour earlier state at go back restore",
            Self::History => "versions before edited older changes log",
            Self::Take => "save copy backup create new",
            Self::Pin => "protect keep lock",
            Self::Delete => "remove erase",
            Self::Prune => "clean up delete old",
            Self::Label => "name note rename comment",
            Self::Verify => "check checksum damaged",
            Self::Open => "show browse read export",
            Self::Copy => "clipboard yank",
            Self::Export => "save write file csv json",
            Self::Missing => "lost lacking only",
            Self::Mark | Self::Marks | Self::MarkAll => "select selection choose rows",
            Self::Find | Self::Search => "find grep look",
            Self::Filter => "only hide",
            Self::Jump | Self::GoTo => "go to number",
            Self::Earlier | Self::Later => "slider timeline person wrote",
            Self::NextOrder => "sort",
            Self::Zoom => "enlarge maximize whole screen pane",
            Self::NextTheme => "colours colors dark light",
            Self::Messages => "log errors warnings",
            Self::Reload => "refresh",
            Self::Help => "keys shortcuts",
            Self::Back | Self::Quit => "exit leave close",
            _ => "",
        }
    }
}
