//! What an empty list shows: why it is empty, and what to do.

use super::{Around, Kinds, SnapshotList};
use crate::tui::{
    keymap::{Action, Context},
    screen::DrawContext,
    theme::Role,
    widget::Text,
};

/// What to do if the error has no hint.
const NAME_IT: &str = "name the application's folder with --data-dir, or its database with --db";

impl SnapshotList {
    pub(super) fn empty(
        &self,
        around: Around<'_>,
        context: DrawContext<'_>,
        width: usize,
    ) -> Vec<Text> {
        let (sentence, to_do) = self.why_empty(around, context);
        let lines = [
            Text::of(sentence, Role::Strong),
            Text::of(to_do, Role::Text),
        ];
        let indented = |line: Text| Text::of("  ", Role::Text).joined(line);
        let wrapped = lines
            .iter()
            .flat_map(|line| line.wrapped(width.saturating_sub(3).max(1)));
        wrapped.map(indented).collect()
    }

    fn why_empty(&self, around: Around<'_>, context: DrawContext<'_>) -> (String, String) {
        let key = |action| context.keys.key(Context::Snapshots, action);
        match (self.kinds, around.unseen) {
            _ if !self.prompt.text().is_empty() => (
                "No snapshot fits the filter.".to_owned(),
                format!("{} removes the filter.", key(Action::Clear)),
            ),
            (Kinds::Only(kind), _) => (
                format!("There are no {kind} snapshots."),
                format!("{} shows the others.", key(Action::NextKinds)),
            ),
            (Kinds::All, None) => (
                "There are no snapshots yet.".to_owned(),
                format!(
                    "Press {} to take the first one: it holds everything as it is now. {} looks into the tables of live.",
                    key(Action::Take),
                    key(Action::Open)
                ),
            ),
            (Kinds::All, Some(unseen)) => (
                "There are no snapshots, and no database to take one of.".to_owned(),
                format!(
                    "Quit with {}, then {}.",
                    key(Action::Back),
                    unseen.hint.as_deref().unwrap_or(NAME_IT)
                ),
            ),
        }
    }
}
