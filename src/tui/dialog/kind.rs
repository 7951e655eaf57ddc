//! The choice of the kind of snapshot to take, with what taking it will delete.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{lines::SheetLines, pruning::verdict_line, read_delay::ReadDelay, sheet::Sheet};
use crate::{
    core::{Kind, Profile, PrunePlan},
    text,
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        theme::Role,
        widget::Text,
    },
};

#[derive(Debug)]
pub struct KindChoice {
    pub kind: Kind,
    pub read_delay: ReadDelay,
    lines: Vec<(Kind, Vec<Text>)>,
}

impl KindChoice {
    /// A choice between the kinds of an application with this profile; `pruned` is what the policy deletes after a
    /// periodic snapshot.
    pub fn new(profile: &Profile, pruned: &PrunePlan, context: DrawContext<'_>) -> Self {
        let keep = text::duration(profile.rewind.keep_within);
        let rewind = vec![Text::of(
            format!("kept for {keep}; nothing is deleted"),
            Role::Text,
        )];
        let mut periodic = Vec::new();
        if profile.starts_from_snapshots() {
            let starts = "the application starts from it the next time";
            periodic.push(Text::of(starts, Role::Text));
        }
        let deleted = pruned
            .deleted()
            .map(|verdict| verdict_line(verdict, context.zone, context.now));
        periodic.extend(deleted);
        if periodic.is_empty() {
            periodic.push(Text::of("nothing is deleted", Role::Text));
        }
        Self {
            kind: Kind::Rewind,
            read_delay: ReadDelay::default(),
            lines: vec![(Kind::Rewind, rewind), (Kind::Periodic, periodic)],
        }
    }

    pub fn other(&mut self) {
        self.kind = match self.kind {
            Kind::Rewind => Kind::Periodic,
            Kind::Periodic => Kind::Rewind,
        };
    }

    /// A click on the selected kind takes it, one on the other selects that.
    pub(super) fn action_at(
        &self,
        at: Position,
        area: Rect,
        context: DrawContext<'_>,
    ) -> Option<Action> {
        let (lines, focus) = self.lines(area, context);
        let (line, _) = Self::sheet(&lines, focus, context).line_at(at, area)?;
        let mut end = 0;
        let found = self.lines.iter().find(|(_, sentence)| {
            end += sentence.len() + 2;
            line < end
        });
        found.map(|(kind, _)| {
            if *kind == self.kind {
                Action::Answer
            } else {
                Action::OtherAnswer
            }
        })
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let (lines, focus) = self.lines(area, context);
        Self::sheet(&lines, focus, context).draw(frame, area, context);
    }

    /// The kinds with their sentences, and the row of the selected one.
    fn lines(&self, area: Rect, context: DrawContext<'_>) -> (SheetLines, usize) {
        let (mut lines, mut focus) = (SheetLines::default(), 0);
        for (kind, sentence) in &self.lines {
            if lines.len() > 0 {
                lines.extend([Text::default()]);
            }
            let has_focus = *kind == self.kind;
            // It is not highlighted while an answer does not count yet.
            let role = if has_focus && self.read_delay.takes_yes_now(context.steady) {
                Role::Selected
            } else {
                Role::Strong
            };
            if has_focus {
                focus = Sheet::rows(&lines, lines.len(), area);
            }
            let bar = if has_focus { "▌" } else { " " };
            lines.extend([Text::of(bar, Role::Accent).and(format!(" {kind} "), role)]);
            lines.extend(
                sentence
                    .iter()
                    .map(|line| Text::of("    ", Role::Text).joined(line.clone())),
            );
        }
        (lines, focus)
    }

    fn sheet<'l>(lines: &'l SheetLines, focus: usize, context: DrawContext<'_>) -> Sheet<'l> {
        let actions = [Action::Answer, Action::OtherAnswer, Action::No];
        let bottom = Text::of(context.keys.hints(Context::Kind, &actions), Role::Faint);
        Sheet {
            // On a small screen the selected kind stays in sight.
            scroll: focus,
            ..Sheet::new("Take a snapshot of live", lines, bottom)
        }
    }
}
