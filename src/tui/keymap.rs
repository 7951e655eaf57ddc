//! The keys: one table for dispatch, the footer, the help, the palette and the user's own keys.

mod action;
mod key;
mod own;

use serde::{Deserialize, Serialize};

pub use action::Action;
pub use key::{Arrows, Key};
pub use own::{Keymap, Line, name};

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
    /// A question with the plan of a prune; what holds in every question holds in it, too.
    Prune,
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
            Self::Restore | Self::Prune => Some(Self::Confirm),
            Self::Diff | Self::Changes | Self::Detail | Self::Search => Some(Self::Screen),
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

/// One line of the key table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys, by their names; the first is the one that is shown.
    pub keys: &'static [&'static str],
    /// What they do.
    pub action: Action,
    /// That in a word or two.
    pub says: &'static str,
}

const fn binding(
    context: Context,
    keys: &'static [&'static str],
    action: Action,
    says: &'static str,
) -> Binding {
    Binding {
        context,
        keys,
        action,
        says,
    }
}

/// The key table; within a context what matters most comes first.
pub const BINDINGS: &[Binding] = &[
    binding(Context::Snapshots, &["t"], Action::Take, "take"),
    binding(Context::Snapshots, &["r"], Action::Restore, "restore"),
    binding(Context::Snapshots, &["R"], Action::Recover, "recover"),
    binding(Context::Snapshots, &["u"], Action::Undo, "undo"),
    binding(Context::Snapshots, &["p"], Action::Prune, "prune"),
    binding(
        Context::Snapshots,
        &["x", "delete"],
        Action::Delete,
        "delete",
    ),
    binding(Context::Snapshots, &["d"], Action::Diff, "difference"),
    binding(Context::Snapshots, &["s"], Action::Search, "search"),
    binding(Context::Snapshots, &["n"], Action::Label, "label"),
    binding(Context::Snapshots, &["P"], Action::Pin, "pin"),
    binding(Context::Snapshots, &["V"], Action::Verify, "verify"),
    binding(Context::Snapshots, &["space"], Action::Mark, "mark"),
    binding(Context::Snapshots, &["/", "f"], Action::Filter, "filter"),
    binding(Context::Snapshots, &["o"], Action::NextOrder, "order"),
    binding(Context::Snapshots, &["tab"], Action::NextKinds, "kind"),
    binding(
        Context::Snapshots,
        &["shift-tab"],
        Action::PrevKinds,
        "kind before",
    ),
    binding(Context::Snapshots, &["v"], Action::MarkRange, "mark range"),
    binding(
        Context::Snapshots,
        &["a", "ctrl-a"],
        Action::MarkAll,
        "mark all",
    ),
    binding(
        Context::Snapshots,
        &["O"],
        Action::ReverseOrder,
        "turn order",
    ),
    binding(Context::Snapshots, &["q", "esc"], Action::Back, "quit"),
    binding(Context::Snapshots, &["down", "j"], Action::Down, "down"),
    binding(Context::Snapshots, &["up", "k"], Action::Up, "up"),
    binding(
        Context::Snapshots,
        &["pgdn", "ctrl-f"],
        Action::PageDown,
        "page down",
    ),
    binding(
        Context::Snapshots,
        &["pgup", "ctrl-b"],
        Action::PageUp,
        "page up",
    ),
    binding(Context::Snapshots, &["g", "home"], Action::First, "newest"),
    binding(Context::Snapshots, &["G", "end"], Action::Last, "oldest"),
    binding(Context::Confirm, &["n", "esc", "q"], Action::No, "no"),
    binding(Context::Confirm, &["y"], Action::Yes, "yes"),
    binding(
        Context::Confirm,
        &["tab", "shift-tab", "left", "right", "h", "l"],
        Action::OtherAnswer,
        "other answer",
    ),
    binding(Context::Confirm, &["enter"], Action::Answer, "answer"),
    binding(Context::Restore, &["s"], Action::Scope, "scope"),
    binding(Context::Restore, &["e"], Action::Newer, "newer events"),
    binding(Context::Restore, &["d"], Action::Diff, "difference"),
    binding(Context::Prune, &["+", "="], Action::KeepMore, "keep more"),
    binding(Context::Prune, &["-"], Action::KeepFewer, "keep fewer"),
    binding(Context::Prune, &["p"], Action::OtherNumber, "other kind"),
    binding(Context::Confirm, &["down", "j"], Action::Down, "down"),
    binding(Context::Confirm, &["up", "k"], Action::Up, "up"),
    binding(Context::Confirm, &["pgdn"], Action::PageDown, "page down"),
    binding(Context::Confirm, &["pgup"], Action::PageUp, "page up"),
    binding(Context::Confirm, &["ctrl-c"], Action::Quit, "quit"),
    binding(Context::Kind, &["enter"], Action::Answer, "take it"),
    binding(
        Context::Kind,
        &["tab", "shift-tab", "down", "up", "j", "k"],
        Action::OtherAnswer,
        "other kind",
    ),
    binding(
        Context::Kind,
        &["esc", "q", "n"],
        Action::No,
        "do not take one",
    ),
    binding(Context::Kind, &["ctrl-c"], Action::Quit, "quit"),
    binding(
        Context::Running,
        &["esc", "q", "ctrl-c"],
        Action::Cancel,
        "cancel",
    ),
    binding(
        Context::Message,
        &["enter", "esc", "q", "space", "?"],
        Action::Back,
        "close",
    ),
    binding(Context::Message, &["down", "j"], Action::Down, "down"),
    binding(Context::Message, &["up", "k"], Action::Up, "up"),
    binding(Context::Message, &["pgdn"], Action::PageDown, "page down"),
    binding(Context::Message, &["pgup"], Action::PageUp, "page up"),
    binding(Context::Message, &["ctrl-c"], Action::Quit, "quit"),
    binding(Context::Diff, &["enter"], Action::Open, "rows"),
    binding(Context::Diff, &["r"], Action::Restore, "restore table"),
    binding(Context::Diff, &["space"], Action::Mark, "mark"),
    binding(Context::Diff, &["/"], Action::Find, "find table"),
    binding(Context::Changes, &["enter"], Action::Open, "read"),
    binding(Context::Changes, &["r"], Action::Restore, "restore table"),
    binding(Context::Changes, &["tab"], Action::NextKinds, "kind"),
    binding(Context::Changes, &["/"], Action::Find, "find"),
    binding(Context::Changes, &["n"], Action::FindNext, "next"),
    binding(Context::Changes, &["N"], Action::FindPrevious, "previous"),
    binding(Context::Search, &["r"], Action::Restore, "bring it back"),
    binding(Context::Search, &["/", "i"], Action::Find, "edit text"),
    binding(Context::Search, &["tab"], Action::NextKinds, "kind"),
    binding(
        Context::Search,
        &["shift-tab"],
        Action::PrevKinds,
        "kind before",
    ),
    binding(
        Context::Search,
        &["t", "ctrl-t"],
        Action::NextTable,
        "table",
    ),
    binding(Context::Search, &["ctrl-r"], Action::Regex, "regex"),
    binding(Context::Screen, &["esc", "q"], Action::Back, "back"),
    binding(Context::Screen, &["down", "j"], Action::Down, "down"),
    binding(Context::Screen, &["up", "k"], Action::Up, "up"),
    binding(
        Context::Screen,
        &["pgdn", "ctrl-f"],
        Action::PageDown,
        "page down",
    ),
    binding(
        Context::Screen,
        &["pgup", "ctrl-b"],
        Action::PageUp,
        "page up",
    ),
    binding(Context::Screen, &["g", "home"], Action::First, "first"),
    binding(Context::Screen, &["G", "end"], Action::Last, "last"),
    binding(Context::Everywhere, &["?", "f1"], Action::Help, "help"),
    binding(Context::Everywhere, &[":"], Action::Palette, "commands"),
    binding(Context::Everywhere, &["L"], Action::Messages, "messages"),
    binding(Context::Everywhere, &["T"], Action::NextTheme, "theme"),
    binding(Context::Everywhere, &["M"], Action::Mouse, "mouse"),
    binding(
        Context::Everywhere,
        &["f5", "ctrl-l"],
        Action::Reload,
        "reload",
    ),
    binding(Context::Everywhere, &["ctrl-c"], Action::Quit, "quit"),
    binding(Context::Palette, &["enter"], Action::Answer, "do it"),
    binding(Context::Palette, &["esc"], Action::Back, "close"),
    binding(
        Context::Palette,
        &["down", "ctrl-n", "tab"],
        Action::Down,
        "down",
    ),
    binding(
        Context::Palette,
        &["up", "ctrl-p", "shift-tab"],
        Action::Up,
        "up",
    ),
    binding(Context::Palette, &["ctrl-c"], Action::Quit, "quit"),
    binding(
        Context::SearchLine,
        &["enter"],
        Action::Answer,
        "to the rows",
    ),
    binding(Context::SearchLine, &["esc"], Action::Back, "back"),
    binding(Context::SearchLine, &["tab"], Action::NextKinds, "kind"),
    binding(
        Context::SearchLine,
        &["shift-tab"],
        Action::PrevKinds,
        "kind before",
    ),
    binding(Context::SearchLine, &["ctrl-t"], Action::NextTable, "table"),
    binding(Context::SearchLine, &["ctrl-r"], Action::Regex, "regex"),
    binding(Context::SearchLine, &["down"], Action::Down, "down"),
    binding(Context::SearchLine, &["up"], Action::Up, "up"),
    binding(
        Context::SearchLine,
        &["pgdn", "ctrl-f"],
        Action::PageDown,
        "page down",
    ),
    binding(
        Context::SearchLine,
        &["pgup", "ctrl-b"],
        Action::PageUp,
        "page up",
    ),
    binding(Context::SearchLine, &["ctrl-c"], Action::Quit, "quit"),
    binding(Context::Input, &["enter"], Action::Answer, "done"),
    binding(Context::Input, &["esc"], Action::Back, "forget it"),
    binding(Context::Input, &["ctrl-c"], Action::Quit, "quit"),
];
