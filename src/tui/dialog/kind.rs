//! The choice of the kind of snapshot to take, with what taking it will delete.

use ratatui::{Frame, layout::Rect};

use super::{lines::Lines, pruning::verdict_line, read_delay::ReadDelay, sheet::Sheet};
use crate::{
    core::{Kind, PrunePlan},
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
    /// A choice between the kinds; `pruned` is what the policy deletes after a periodic snapshot.
    pub fn new(keep_rewind: &str, pruned: &PrunePlan, context: DrawContext<'_>) -> Self {
        let rewind = vec![Text::of(
            format!("kept for {keep_rewind}; nothing is deleted"),
            Role::Text,
        )];
        let mut periodic = vec![Text::of(
            "where the application starts from the next time",
            Role::Text,
        )];
        let deleted = pruned
            .deleted()
            .map(|verdict| verdict_line(verdict, context.zone, context.now));
        periodic.extend(deleted);
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

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let (mut lines, mut focus) = (Lines::default(), 0);
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
        let actions = [Action::Answer, Action::OtherAnswer, Action::No];
        let bottom = Text::of(context.keys.hints(Context::Kind, &actions), Role::Faint);
        Sheet {
            // On a small screen the selected kind stays in sight.
            scroll: focus,
            ..Sheet::new("Take a snapshot of live", &lines, bottom)
        }
        .draw(frame, area, context);
    }
}
