//! Something to read: what was done, what went wrong, the keys.

use std::path::PathBuf;

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::{Error, Restored, Result, Snapshot, Taken, Verification},
    text::{self, Zone},
    tui::{
        keymap::{Action, Context, Keymap, Line},
        screen::Look,
        theme::Role,
        widget::{Align, Text, cell},
    },
};

/// Something to read.
#[derive(Debug)]
pub struct Message {
    title: Text,
    pub(super) lines: Vec<Text>,
    /// Lines above the visible ones.
    pub scroll: usize,
}

impl Message {
    /// Something that was done.
    pub fn new(title: impl Into<String>, lines: Vec<Text>) -> Self {
        Self {
            title: Text::of(title, Role::Accent),
            lines,
            scroll: 0,
        }
    }

    /// The title and what follows it.
    pub fn text(&self) -> Vec<Text> {
        let title = std::iter::once(self.title.clone());
        title.chain(self.lines.iter().cloned()).collect()
    }

    /// What was deleted.
    pub fn deleted(count: usize, freed: u64) -> Self {
        let count = text::counted(count as u64, "snapshot");
        let freed = format!("{} are free again", text::size(freed));
        Self::new(
            format!("✓ {count} deleted"),
            vec![Text::of(freed, Role::Text)],
        )
    }

    /// A deletion that was stopped.
    pub fn deletion_cancelled(deleted: usize, left: usize) -> Self {
        let says = match deleted {
            0 => "Nothing was deleted.".to_owned(),
            _ => format!(
                "{} deleted before that; the other {} stay.",
                text::counted(deleted as u64, "snapshot"),
                text::count(left as u64)
            ),
        };
        Self::new("Cancelled", vec![Text::of(says, Role::Text)])
    }

    /// What went wrong, and what to do about it.
    pub fn error(title: &str, error: &Error) -> Self {
        let mut lines = vec![Text::of(error.to_string(), Role::Text)];
        if let Some(hint) = text::hint(error) {
            lines.push(Text::default());
            lines.push(Text::of("What to do: ", Role::Strong).and(hint, Role::Text));
        }
        Self {
            title: Text::of(format!("✗ {title}"), Role::Bad),
            lines,
            scroll: 0,
        }
    }

    /// The keys that work here, then those of other places.
    pub fn help(keys: &Keymap, here: Context) -> Self {
        let mut lines: Vec<Text> = keys.here(here).map(explanation).collect();
        let mut others: Vec<Context> = Vec::new();
        for line in keys.lines().filter(|line| !here.holds(line.context)) {
            if !others.contains(&line.context) {
                others.push(line.context);
            }
        }
        for other in others {
            lines.push(Text::default());
            lines.push(Text::of(place(other), Role::Strong));
            let there = keys.lines().filter(|line| line.context == other);
            lines.extend(there.map(explanation));
        }
        Self::new(format!("Keys {}", place_here(here)), lines)
    }

    /// What a take did.
    pub fn taken(taken: &Taken, zone: Zone) -> Self {
        let Taken { snapshot, pruned } = taken;
        let (name, size, last) = (
            text::snapshot(&snapshot.name(), zone),
            text::size(snapshot.size),
            text::last_event(snapshot),
        );
        let mut lines = vec![Text::of(
            format!("{name}: {size}, last event {last}"),
            Role::Text,
        )];
        let pruned = pruned.iter().map(|path| {
            let name = path.with_extension("");
            let mut parts = name.iter().rev().map(|part| part.to_string_lossy());
            let (stamp, kind) = (parts.next().unwrap_or_default(), parts.next());
            let name = format!("{}/{stamp}", kind.unwrap_or_default());
            Text::of(
                format!("pruned {}", text::snapshot(&name, zone)),
                Role::Faint,
            )
        });
        lines.extend(pruned);
        Self::new("✓ Snapshot taken", lines)
    }

    /// What a verification found of each snapshot, and of those that could not be verified why.
    pub fn verified(found: &[(Snapshot, Result<Verification>)], zone: Zone) -> Self {
        let mut sound = 0;
        let mut lines = Vec::new();
        for (snapshot, found) in found {
            let name = text::snapshot(&snapshot.name(), zone);
            let (mark, role, says) = match found {
                Ok(found) if found.flaw.is_none() => {
                    sound += 1;
                    ("✓", Role::Text, text::verification(found))
                }
                Ok(found) => {
                    let word = text::soundness(found.flaw.as_ref());
                    let says = format!("{word}: {}", text::verification(found));
                    ("✗", Role::Bad, says)
                }
                Err(error) => ("✗", Role::Bad, format!("not verified: {error}")),
            };
            lines.push(Text::of(format!("{mark} {name}"), Role::Strong));
            lines.push(Text::of(format!("  {says}"), role));
        }
        let title = if sound == found.len() {
            "✓ Sound"
        } else {
            "✗ Not all are sound"
        };
        Self::new(title, lines)
    }

    /// What a restore did.
    pub fn restored(
        (restored, shadows): &(Restored, Vec<PathBuf>),
        zone: Zone,
        keys: &Keymap,
    ) -> Self {
        let rows = restored
            .tables
            .iter()
            .map(|table| table.added + table.changed + table.removed)
            .sum();
        let last = text::event_id(restored.last_event_id);
        let mut lines = vec![Text::of(
            format!("{} changed; last event {last}", text::counted(rows, "row")),
            Role::Strong,
        )];
        if let Some(guard) = &restored.guard {
            let says = format!(
                "The {} holds the database as it was before; {} in the list brings that back.",
                text::snapshot(&guard.name(), zone),
                keys.key(Context::Snapshots, Action::Undo)
            );
            lines.push(Text::of(says, Role::Text));
        }
        if let Some(checkpoint) = &restored.checkpoint {
            let says = format!(
                "The application starts from the {}.",
                text::snapshot(&checkpoint.name(), zone)
            );
            lines.push(Text::of(says, Role::Text));
        }
        lines.extend(
            text::shadowed(shadows).map(|warning| Text::of(format!("! {warning}"), Role::Warning)),
        );
        lines.push(Text::of(
            "Restart the application if it is running, so that it sees the restored state.",
            Role::Text,
        ));
        Self::new("✓ Restored", lines)
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let bottom = Text::of(" Close ", Role::Selected);
        Sheet {
            title: self.title.clone(),
            lines: &self.lines,
            scroll: self.scroll,
            bottom,
            beside: Text::default(),
        }
        .draw(frame, area, look);
    }
}

/// Where the keys of a context work.
fn place(context: Context) -> &'static str {
    match context {
        Context::Everywhere => "In the list and every screen",
        Context::Snapshots => "In the list",
        Context::Confirm => "Under a plan",
        Context::Restore => "Under the plan of a restore",
        Context::Prune => "Under the plan of a prune",
        Context::Kind => "Taking a snapshot",
        Context::Running => "While something is under way",
        Context::Message => "In a message",
        Context::Screen => "In every screen",
        Context::Diff => "In the difference",
        Context::Tables => "In the tables of the preview",
        Context::Rows => "In the rows of a table",
        Context::Value => "In a value that is read",
        Context::Changes => "In the rows that differ",
        Context::Detail => "In a row that is read",
        Context::Events => "Among the events",
        Context::Search => "In a search",
        Context::SearchLine => "While a text is typed that is looked for everywhere",
        Context::Palette => "In the list of all commands",
        Context::Input => "While a line is typed",
    }
}

fn place_here(context: Context) -> String {
    let place = place(context);
    place[..1].to_lowercase() + &place[1..]
}

fn explanation(line: &Line) -> Text {
    let keys = cell(&line.labels.join(", "), 27, Align::Left);
    Text::of(keys, Role::Accent).and(explained(line.context, line.action), Role::Text)
}

/// What an action does, in a sentence.
pub fn explained(context: Context, action: Action) -> &'static str {
    explained_there(context, action).unwrap_or_else(|| explained_anywhere(action))
}

/// What an action does where it means something of its own.
fn explained_there(context: Context, action: Action) -> Option<&'static str> {
    let says = match (context, action) {
        (Context::Kind, Action::Answer) => "take one of the kind that has the focus",
        (Context::Kind, Action::OtherAnswer) => "to the other kind",
        (Context::Kind, Action::No) => "go back and take none",
        (Context::Message, Action::Back) => "close it",
        (Context::Restore, Action::Diff) => "what would change, table by table and row by row",
        (Context::Diff, Action::Open) => "the rows of the selected table that differ",
        (Context::Changes, Action::Open) => "read the selected row: the keys that move move in it",
        (Context::Changes, Action::NextKinds) => "show all, only added, changed or removed rows",
        (Context::Diff, Action::Mark) => "mark or unmark the table, for r",
        (Context::Diff, Action::Restore) => {
            "restore just the selected table or the marked: shows the plan first"
        }
        (Context::Events, Action::NextKinds) => {
            "show all, only lost, only newer … events, as far as there are any"
        }
        (Context::Events, Action::Find) => "show events by words that name a kind or a branch",
        (Context::Events, Action::Restore) => "restore the snapshot: shows the plan first",
        (Context::Changes, Action::Restore) => "restore just this table: shows the plan first",
        (Context::Diff, Action::Find) => "look for a table by its name",
        (Context::Snapshots, Action::Open) => "choose a table in the preview",
        (Context::Tables, Action::Open) => "the rows of the table",
        (Context::Tables, Action::OtherSide) => "the rows of the table in live",
        (Context::Tables, Action::Left) => "back to the list",
        (Context::Rows, Action::Filter) => "show only rows that have a text",
        (Context::Rows, Action::Open) => "read the selected value: the keys that move move in it",
        (Context::Value, Action::Open) => "back to the rows",
        (Context::Rows, Action::Restore) => {
            "restore the snapshot whose rows they are: shows the plan first"
        }
        (Context::Search, Action::Open) => {
            "the row where it counts: in live, else in the newest snapshot"
        }
        (Context::Search, Action::Restore) => {
            "restore the newest snapshot that brings the row back: shows the plan first"
        }
        (Context::Search, Action::Find) => "edit the text",
        (Context::Search | Context::SearchLine, Action::NextKinds) => {
            "search all, only rewind, only periodic snapshots"
        }
        (Context::SearchLine, Action::Answer) => "to the rows that were found",
        (Context::SearchLine, Action::Back) => "to the rows that were found, or back",
        (Context::Screen, Action::First) => "to the first",
        (Context::Screen, Action::Last) => "to the last",
        (Context::Screen, Action::Back) => "back to where it was opened",
        (Context::Palette, Action::Answer) => "do what is selected",
        (Context::Palette, Action::Back) => "close it and do nothing",
        (Context::Input, Action::Answer) => "done: keep what was typed",
        (Context::Input, Action::Back) => "forget what was typed",
        _ => return None,
    };
    Some(says)
}

fn explained_anywhere(action: Action) -> &'static str {
    match action {
        Action::Up => "one up",
        Action::Down => "one down",
        Action::PageUp => "one page up",
        Action::PageDown => "one page down",
        Action::First => "to the newest",
        Action::Last => "to the oldest",
        Action::NextKinds => "show all, only rewind, only periodic snapshots",
        Action::PrevKinds => "the same, the other way",
        Action::Mark => "mark or unmark, for x, d, P and V",
        Action::NextOrder => "sort by the next column; so does a click on its heading",
        Action::ReverseOrder => "sort the other way round",
        Action::Filter => "show only what fits: kind, age, event or text",
        Action::MarkRange => "mark from here on as the selection moves; again ends it",
        Action::MarkAll => "mark everything that is shown, or unmark it",
        Action::Take => "take a snapshot of live",
        Action::Search => "find a text in live and in every snapshot",
        Action::Regex => "the text is a regular expression, or a text again",
        Action::NextTable => "search all tables, or the next one",
        Action::Diff => "what differs between the selected and live, or between two marked",
        Action::Events => "the events of the selected and of live, and what became of them",
        Action::GoTo => "go to the event of a number",
        Action::Find => "look for a text",
        Action::Jump => "go to a row by its number",
        Action::OtherSide => "the same table in live, and back",
        Action::Copy => "copy the selected value to the clipboard",
        Action::Left => "one column to the left",
        Action::Right => "one column to the right",
        Action::FirstColumn => "to the first column",
        Action::LastColumn => "to the last column",
        Action::FindNext => "to the next row that has it",
        Action::FindPrevious => "to the row before that has it",
        Action::Open => "look into what is selected",
        Action::Restore => "restore the selected snapshot: shows the plan first",
        Action::Recover => "take back the last rewind: shows the plan first",
        Action::Undo => "undo the last restore, or redo what was undone: shows the plan first",
        Action::Prune => "delete what the policies no longer keep: shows the plan first",
        Action::Delete => "delete the marked or the selected: asks first",
        Action::Label => "label the selected with a line of text",
        Action::Pin => "pin, so that no pruning touches it, or unpin",
        Action::Verify => "verify: check that it is whole and sound",
        Action::Reload => "read everything again",
        Action::NextTheme => "the next theme: dark, light, sixteen colours, high contrast, plain",
        Action::Mouse => {
            "leave the mouse to the terminal, to select text, or take it back; Shift and dragging selects, too"
        }
        Action::Palette => "everything that can be done here, found by typing",
        Action::Messages => "read again what was told: results, errors and warnings",
        Action::Help => "the keys that work here, and those of other places",
        Action::Clear => "forget the marks, then the filter; it never quits",
        Action::Back => "back: forget the marks and the filter, or quit",
        Action::Quit => "quit",
        Action::OtherAnswer => "to the other answer",
        Action::Answer => "give the answer that has the focus",
        Action::Yes => "yes: do what the plan says",
        Action::No => "no: go back, and leave everything as it is",
        Action::Scope => "restore the log too, or the tables only",
        Action::Newer => "keep or drop the events newer than the snapshot",
        Action::KeepMore => "keep one more, or a day longer; for this prune only",
        Action::KeepFewer => "keep one fewer, or a day less; for this prune only",
        Action::OtherNumber => "to the other kind's number",
        Action::Cancel => "stop, and leave everything as it was",
    }
}
