//! Something to read: what was done, what went wrong, the keys.

use std::path::PathBuf;

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::{Error, Restored, Taken},
    text::{self, Zone},
    tui::{
        keymap::{self, Action, Binding, Context, bindings},
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

    /// The keys of every place, from the key table.
    pub fn help() -> Self {
        let mut lines: Vec<Text> = bindings(Context::Snapshots).map(explanation).collect();
        for (place, context) in [
            ("Under a plan", Context::Restore),
            ("Taking a snapshot", Context::Kind),
            ("While something is under way", Context::Running),
            ("In a message", Context::Message),
            ("In the difference", Context::Diff),
            ("In the rows that differ", Context::Changes),
            ("In a row that is read", Context::Detail),
            ("While a line is typed", Context::Input),
        ] {
            lines.push(Text::default());
            lines.push(Text::of(place, Role::Strong));
            lines.extend(bindings(context).map(explanation));
        }
        Self::new("Keys", lines)
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

    /// What a restore did.
    pub fn restored((restored, shadows): &(Restored, Vec<PathBuf>), zone: Zone) -> Self {
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
                "Guard: {} holds the database as it was before; u brings that back.",
                text::snapshot(&guard.name(), zone)
            );
            lines.push(Text::of(says, Role::Text));
        }
        if let Some(checkpoint) = &restored.checkpoint {
            let says = format!(
                "Checkpoint: the application starts from {}.",
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

fn explanation(binding: &Binding) -> Text {
    let keys: Vec<&str> = binding.keys.iter().map(|key| keymap::label(key)).collect();
    let keys = cell(&keys.join(", "), 25, Align::Left);
    Text::of(keys, Role::Accent).and(explained(binding), Role::Text)
}

/// What an action does, in a sentence.
fn explained(binding: &Binding) -> &'static str {
    match (binding.context, binding.action) {
        (Context::Kind, Action::Answer) => return "take one of the kind that has the focus",
        (Context::Kind, Action::OtherAnswer) => return "to the other kind",
        (Context::Kind, Action::No) => return "go back and take none",
        (Context::Message, Action::Back) => return "close it",
        (Context::Restore, Action::Diff) => {
            return "what would change, table by table and row by row";
        }
        (Context::Diff, Action::Open) => return "the rows of the selected table that differ",
        (Context::Changes, Action::Open) => {
            return "read the selected row: the keys that move move in it";
        }
        (Context::Changes, Action::NextKinds) => {
            return "show all, only added, changed or removed rows";
        }
        (Context::Diff, Action::Mark) => return "mark or unmark the table, for r",
        (Context::Diff, Action::Restore) => {
            return "restore just the selected table or the marked: shows the plan first";
        }
        (Context::Changes, Action::Restore) => {
            return "restore just this table: shows the plan first";
        }
        (Context::Diff, Action::Find) => return "look for a table by its name",
        (Context::Snapshots, Action::Open) => return "choose a table in the preview",
        (Context::Tables, Action::Open) => return "the rows of the table",
        (Context::Tables, Action::OtherSide) => return "the rows of the table in live",
        (Context::Tables, Action::Left) => return "back to the list",
        (Context::Rows, Action::Open) => {
            return "read the selected value: the keys that move move in it";
        }
        (Context::Value, Action::Open) => return "back to the rows",
        (Context::Screen, Action::First) => return "to the first",
        (Context::Screen, Action::Last) => return "to the last",
        (Context::Screen, Action::Back) => return "back to where it was opened",
        (Context::Input, Action::Answer) => return "done: keep what was typed",
        (Context::Input, Action::Back) => return "forget what was typed",
        _ => {}
    }
    match binding.action {
        Action::Up => "one up",
        Action::Down => "one down",
        Action::PageUp => "one page up",
        Action::PageDown => "one page down",
        Action::First => "to the newest",
        Action::Last => "to the oldest",
        Action::NextKinds => "show all, only rewind, only periodic snapshots",
        Action::Mark => "mark or unmark, for x and d",
        Action::Take => "take a snapshot of live",
        Action::Diff => "what differs between the selected and live, or between two marked",
        Action::Find => "look for a text",
        Action::Filter => "show only rows that have a text",
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
        Action::Undo => "undo the last restore: shows the plan first",
        Action::Prune => "delete what the policies no longer keep: shows the plan first",
        Action::Delete => "delete the marked or the selected: asks first",
        Action::Reload => "read everything again",
        Action::NextTheme => "the next theme: dark, light, sixteen colours, high contrast, plain",
        Action::Help => "this help",
        Action::Back => "back: forget the marks, or quit",
        Action::Quit => "quit",
        Action::OtherAnswer => "to the other answer",
        Action::Answer => "give the answer that has the focus",
        Action::Yes => "yes: do what the plan says",
        Action::No => "no: go back, and leave everything as it is",
        Action::Scope => "restore the log too, or the tables only",
        Action::Newer => "keep or drop the events newer than the snapshot",
        Action::Cancel => "stop, and leave everything as it was",
    }
}
