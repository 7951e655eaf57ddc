//! Marking rows that were found, to restore them.

use std::ops::Range;

use super::{ScreenCommand, SearchScreen};
use crate::{
    core::{Finding, Row, RowKey, Table},
    text,
    tui::marks::{MarkHow, MarkedRow, Marking, ONLY_LIVE},
};

impl SearchScreen {
    /// Marks the selected row or unmarks it.
    pub(super) fn mark(&mut self) -> Option<ScreenCommand> {
        let here = self.window.selected();
        self.marking(here..here + 1, MarkHow::Toggle)
    }

    /// Begins a range of rows, or marks those from its beginning to the selected one.
    pub(super) fn mark_range(&mut self, how: MarkHow) -> Option<ScreenCommand> {
        let here = self.window.selected();
        let Some(from) = self.range_from.take() else {
            self.range_from = (!self.rows().is_empty()).then_some(here);
            return None;
        };
        self.marking(from.min(here)..from.max(here) + 1, how)
    }

    fn marking(&mut self, places: Range<usize>, how: MarkHow) -> Option<ScreenCommand> {
        let rows = self.rows().get(places)?.iter();
        let rows: Vec<(MarkedRow, Vec<usize>)> = rows
            .map(|finding| (marked(finding), held_by(finding)))
            .filter(|(_, held)| !held.is_empty())
            .collect();
        if rows.is_empty() {
            self.status = Some(ONLY_LIVE);
            return None;
        }
        let snapshots = self.found.as_ref()?.snapshots.clone();
        Some(ScreenCommand::Mark(Marking {
            how,
            snapshots,
            rows,
        }))
    }
}

/// The key of a row that was found.
pub(super) fn key(finding: &Finding) -> RowKey {
    let (columns, values) = finding.key.iter().cloned().unzip();
    let table = Table::keyless(&*finding.table, columns);
    RowKey::of(&Row { values }, &table)
}

fn marked(finding: &Finding) -> MarkedRow {
    let excerpt = &finding.excerpt;
    let said = format!("{}{}{}", excerpt.before, excerpt.found, excerpt.behind);
    let said = format!("“{}”", text::one_line(&said));
    let label = [super::drawing::key(finding), said];
    MarkedRow::new(&finding.table, key(finding), &label)
}

/// The snapshots that hold a row, as indices: the newest in which it is active first.
fn held_by(finding: &Finding) -> Vec<usize> {
    let active = finding.counts_in().map(|(index, _)| index);
    active.into_iter().chain(finding.snapshots()).collect()
}
