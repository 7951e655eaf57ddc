//! Something to read: what was done, what went wrong, the keys.

use std::{borrow::Cow, fmt::Display, path::Path};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{lines::SheetLines, reader::SheetReader, sheet::Sheet};
use crate::{
    core::{AnewPlan, Error, MadeAnew, Operation, Repaired, Result, Snapshot, Taken, Verification},
    text::{self, Zone},
    tui::{
        keymap::{Action, Context, Keymap},
        live::RestoreDone,
        screen::DrawContext,
        theme::Role,
        widget::Text,
    },
};

#[derive(Debug)]
pub struct Notice {
    title: Text,
    pub(super) lines: SheetLines,
    pub reader: SheetReader,
}

impl Notice {
    pub fn new(title: impl Into<String>, lines: Vec<Text>) -> Self {
        Self {
            title: Text::of(title, Role::Accent),
            lines: lines.into(),
            reader: SheetReader::default(),
        }
    }

    /// A warning in one sentence.
    pub fn warning(title: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self::new(title, vec![Text::of(sentence, Role::Warning)])
    }

    /// The title and what follows it.
    pub fn text(&self) -> Vec<Text> {
        let title = std::iter::once(self.title.clone());
        title
            .chain(self.lines.iter().map(Cow::into_owned))
            .collect()
    }

    pub fn deleted(count: usize, freed: u64) -> Self {
        let count = text::counted(count as u64, "snapshot");
        let freed = format!("{} are free again", text::size(freed));
        Self::new(
            format!("✓ {count} deleted"),
            vec![Text::of(freed, Role::Text)],
        )
    }

    pub fn exported(path: &Path, rows: u64) -> Self {
        let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let sentence = format!("{} in ", text::counted(rows, "row"));
        let line = Text::of(sentence, Role::Text).and(text::path(&place), Role::Strong);
        Self::new("✓ Exported", vec![line])
    }

    pub fn deletion_cancelled(deleted: usize, left: usize) -> Self {
        let sentence = match deleted {
            0 => "Nothing was deleted.".to_owned(),
            _ => format!(
                "{} deleted before that; the other {} stay.",
                text::counted(deleted as u64, "snapshot"),
                text::count(left as u64)
            ),
        };
        Self::new("Cancelled", vec![Text::of(sentence, Role::Text)])
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
            lines: lines.into(),
            reader: SheetReader::default(),
        }
    }

    pub fn made_anew(plan: &AnewPlan, made: &MadeAnew, zone: Zone) -> Self {
        let name = text::snapshot(&plan.snapshot.name(), zone);
        let made_of = format!("{} from the {name}", text::path(&plan.database));
        let mut lines = vec![Text::of(made_of, Role::Strong)];
        let sentence = text::made_anew(made, zone);
        lines.extend(sentence.into_iter().map(|line| Text::of(line, Role::Text)));
        Self::new("✓ Made anew", lines)
    }

    /// How interrupted restores were repaired.
    pub fn repaired(repaired: &[Repaired]) -> Self {
        let line = |repaired| Text::of(text::repaired(repaired), Role::Text);
        Self::new(
            "An interrupted restore",
            repaired.iter().map(line).collect(),
        )
    }

    pub fn taken(taken: &Taken, zone: Zone) -> Self {
        let Taken {
            snapshot,
            pruned,
            lost,
            ahead,
        } = taken;
        let (name, size, last) = (
            text::snapshot(&snapshot.name(), zone),
            text::size(snapshot.size),
            text::last_event_point(snapshot.ends_at()),
        );
        let mut lines = vec![Text::of(format!("{name}: {size}{last}"), Role::Text)];
        let deleted = pruned.len();
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
        if !lost.is_empty() {
            lines.push(warning(text::unique(lost, deleted)));
        }
        let warnings = [
            text::unwritten_note(snapshot),
            text::unloadable(snapshot),
            ahead.as_ref().map(text::taken_ahead),
        ];
        lines.extend(warnings.into_iter().flatten().map(warning));
        Self::new("✓ Snapshot taken", lines)
    }

    /// The result of verifying each snapshot.
    pub fn verified(found: &[(Snapshot, Result<Verification>)], zone: Zone) -> Self {
        let mut sound = 0;
        let mut lines = Vec::new();
        for (snapshot, found) in found {
            let name = text::snapshot(&snapshot.name(), zone);
            let (mark, role, sentence) = match found {
                Ok(found) if found.problem.is_none() => {
                    sound += 1;
                    ("✓", Role::Text, text::verification(found))
                }
                Ok(found) => {
                    let word = text::soundness(found.problem.as_ref());
                    let sentence = format!("{word}: {}", text::verification(found));
                    ("✗", Role::Bad, sentence)
                }
                Err(error) => ("✗", Role::Bad, format!("not verified: {error}")),
            };
            lines.push(Text::of(format!("{mark} {name}"), Role::Strong));
            lines.push(Text::of(format!("  {sentence}"), role));
        }
        let title = if sound == found.len() {
            "✓ Sound"
        } else {
            "✗ Not all are sound"
        };
        Self::new(title, lines)
    }

    pub fn restored(done: &RestoreDone, zone: Zone, keys: &Keymap) -> Self {
        let RestoreDone {
            restored,
            database,
            shadows,
        } = done;
        let rows = restored
            .tables
            .iter()
            .map(|table| table.added + table.changed + table.removed)
            .sum();
        let changed = format!("{} changed", text::counted(rows, "row"));
        let changed = match restored.last_event_id {
            0 => changed,
            last => format!("{changed}; last event {}", text::event_id(last)),
        };
        let mut lines: Vec<Text> = text::came_back(restored)
            .into_iter()
            .chain([changed])
            .map(|sentence| Text::of(sentence, Role::Strong))
            .collect();
        lines.push(Text::of("in ", Role::Faint).and(text::path(database), Role::Text));
        if let Some(safety_snapshot) = &restored.safety_snapshot {
            let way_back = match text::way_back(safety_snapshot) {
                Operation::Redo => Action::Redo,
                _ => Action::Undo,
            };
            let sentence = format!(
                "The {} holds the database as it was before; {} in the list brings that back.",
                text::snapshot(&safety_snapshot.name(), zone),
                keys.key(Context::Snapshots, way_back)
            );
            lines.push(Text::of(sentence, Role::Text));
        }
        if let Some(checkpoint) = &restored.checkpoint {
            let checkpoint = text::snapshot(&checkpoint.name(), zone);
            let sentence = if restored.starts_from_checkpoint {
                format!("The application starts from the {checkpoint}.")
            } else {
                format!("The {checkpoint} holds the restored state.")
            };
            lines.push(Text::of(sentence, Role::Text));
        }
        lines.extend(text::left_by(restored).into_iter().map(warning));
        lines.extend(text::shadowed(shadows).map(warning));
        let next = match restored.replays {
            0 => "Restart the application if it is running, so that it sees the restored state."
                .to_owned(),
            events => format!("{}.", text::capitalized(&text::awaited_now(events))),
        };
        lines.push(Text::of(next, Role::Text));
        let title = match restored.operation() {
            Some(Operation::Undo) => "✓ Undone",
            Some(Operation::Redo) => "✓ Redone",
            _ => "✓ Restored",
        };
        Self::new(title, lines)
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        self.sheet(area).draw(frame, area, context);
    }

    /// What closes it, at a place on the screen.
    pub(super) fn action_at(&self, at: Position, area: Rect) -> Option<Action> {
        let sheet = self.sheet(area);
        let column = sheet.column_at(at, area)?;
        let closes = column < sheet.bottom.width() && !self.reader.prompt.is_typing();
        closes.then_some(Action::Back)
    }

    fn sheet(&self, area: Rect) -> Sheet<'_> {
        let close = || Text::of(" Close ", Role::Selected);
        let bottom = self.reader.line(Sheet::room(area)).unwrap_or_else(close);
        Sheet {
            title: self.title.clone(),
            scroll: self.reader.scroll,
            found: self.reader.found,
            ..Sheet::new("", &self.lines, bottom)
        }
    }
}

fn warning(sentence: impl Display) -> Text {
    Text::of(format!("! {sentence}"), Role::Warning)
}
