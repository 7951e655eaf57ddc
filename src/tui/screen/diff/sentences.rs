//! What the difference sentence besides its table: the title, the sentences above, and the line below.

use super::{DiffScreen, Restores};
use crate::{
    core::TableDiff,
    text::{self, Zone},
    tui::{
        browser::Phase,
        keymap::Context,
        screen::{DrawContext, ShownSide},
        theme::Role,
        widget::{Text, fit},
    },
};

impl DiffScreen {
    pub(super) fn title(&self, zone: Zone) -> Text {
        let sentence = |origin: &ShownSide| match origin {
            ShownSide::Live => "live".to_owned(),
            ShownSide::Snapshot(snapshot) => text::snapshot(&snapshot.name(), zone),
        };
        let to = match &self.restores {
            Restores::Composed(name) => name.clone(),
            Restores::Tables(_) => sentence(&self.to),
        };
        let sides = format!("  from {} to {to}", sentence(&self.from));
        Text::of("Difference", Role::Accent).and(sides, Role::Text)
    }

    /// What happened to the events, in sentences, and a blank line below. It takes no less room before
    /// it is known, so that the tables stay where they are.
    pub(super) fn story(&self, width: usize) -> Vec<Text> {
        const USUAL: usize = 2;
        let (from, to) = self.briefly();
        let points = self.log.iter();
        let points = points.flat_map(|log| text::difference_of_logs(log, from, to));
        let mut lines: Vec<Text> = points
            .map(|point| {
                let sentence = fit(&point.sentence, width.saturating_sub(3));
                Text::of(" • ", Role::Accent).and(sentence, Role::Strong)
            })
            .collect();
        match &self.state {
            Phase::Reading(_) if lines.is_empty() => {
                lines.push(Text::of(" comparing …", Role::Faint));
            }
            Phase::Failed(reason) => {
                let reason = Text::of(format!(" ✗ {reason}"), Role::Bad);
                lines.extend(reason.wrapped(width.max(1)));
            }
            Phase::Done | Phase::Outdated if self.is_empty() => {
                lines.push(Text::of(" Both sides are the same.", Role::Strong));
            }
            _ => {}
        }
        lines.resize(lines.len().max(USUAL) + 1, Text::default());
        lines
    }

    /// How many tables are not listed: those in which nothing differs, and those not yet compared.
    pub(super) fn folded(&self) -> Option<Text> {
        if self.finds() {
            return None;
        }
        let known = self.tables.iter().filter(|table| table.diff.is_some());
        let known = known.count();
        let mut parts = Vec::new();
        if known > self.shown.len() {
            parts.push(text::no_difference(known - self.shown.len()));
        }
        if known < self.tables.len() {
            let left = text::counted((self.tables.len() - known) as u64, "table");
            parts.push(format!("{left} not compared yet"));
        }
        let sentence = format!("   {}", parts.join(", "));
        (!parts.is_empty()).then(|| Text::of(sentence, Role::Faint))
    }

    pub(super) fn is_empty(&self) -> bool {
        let mut known = self.tables.iter().filter_map(|table| table.diff.as_ref());
        known.all(TableDiff::is_empty)
    }

    pub(super) fn briefly(&self) -> (&'static str, &'static str) {
        match (&self.from, &self.to) {
            _ if matches!(self.restores, Restores::Composed(_)) => ("live", "the result"),
            (ShownSide::Snapshot(_), ShownSide::Snapshot(_)) => ("the first", "the second"),
            (ShownSide::Live, _) => ("live", "the snapshot"),
            (_, ShownSide::Live) => ("the snapshot", "live"),
        }
    }

    /// How far it is, or what the signs mean.
    pub(super) fn bottom(&self, width: usize, context: DrawContext<'_>) -> Text {
        if let Some(line) = self
            .state
            .line(width, (Context::Diff, "compares again"), context)
        {
            return line;
        }
        match (&self.state, &self.status) {
            (Phase::Done, Some(sentence)) => {
                Text::of(fit(&format!(" {sentence} "), width), Role::Strong)
            }
            (Phase::Done, None) => {
                let (from, to) = self.briefly();
                let sentence = format!(" + only in {to}  ~ changed  - only in {from} ");
                Text::of(fit(&sentence, width), Role::Faint)
            }
            _ => Text::default(),
        }
    }

    pub(super) fn find_line(&self, width: usize) -> Text {
        let label = " table: ";
        self.prompt.line(|()| label, width).unwrap_or_else(|| {
            let text = fit(self.prompt.text(), width.saturating_sub(label.len()));
            Text::of(label, Role::Accent).and(text, Role::Strong)
        })
    }
}
