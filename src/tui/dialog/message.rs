//! Something to read: what was done, what went wrong, the keys.

use std::path::PathBuf;

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::{Error, Restored, Result, Snapshot, Taken, Verification},
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
        (Context::Diff, Action::Restore) => {
            return "restore just the selected table: shows the plan first";
        }
        (Context::Diff, Action::Find) => return "look for a table by its name",
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
        Action::Mark => "mark or unmark, for x, d, P and V",
        Action::Take => "take a snapshot of live",
        Action::Diff => "what differs between the selected and live, or between two marked",
        Action::Find => "look for a text",
        Action::Restore => "restore the selected snapshot: shows the plan first",
        Action::Recover => "take back the last rewind: shows the plan first",
        Action::Undo => "undo the last restore: shows the plan first",
        Action::Prune => "delete what the policies no longer keep: shows the plan first",
        Action::Delete => "delete the marked or the selected: asks first",
        Action::Label => "put a line of text on the selected",
        Action::Pin => "keep the marked or the selected from every pruning, or no longer",
        Action::Verify => "check that the marked or the selected are whole and sound",
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
