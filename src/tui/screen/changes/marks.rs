//! Marking rows that differ, to restore them.

use std::ops::ControlFlow;

use super::{ChangesScreen, ScreenCommand};
use crate::{
    core::{Change, ChangeKind},
    tui::marks::{MarkHow, MarkedRow, Marking, ONLY_LIVE},
};

impl ChangesScreen {
    /// Marks the selected row or unmarks it.
    pub(super) fn mark(&mut self) -> Option<ScreenCommand> {
        let (snapshot, _) = self.restores.as_ref()?;
        let line = self.pages.get(self.window.selected())?;
        if line.kind == self.only_live() {
            self.warning = Some(ONLY_LIVE);
            return None;
        }
        let table = &self.rows.diff.table.name;
        let row = MarkedRow::new(table, line.row.clone(), &[&line.key, &line.label]);
        Some(ScreenCommand::Mark(Marking::of(
            snapshot,
            vec![row],
            MarkHow::Toggle,
        )))
    }

    /// Begins a range of rows, or marks those from its beginning to the selected one.
    pub(super) fn mark_range(&mut self, how: MarkHow) -> Option<ScreenCommand> {
        let (snapshot, _) = self.restores.as_ref()?;
        let here = self.window.selected();
        let Some(from) = self.range_from.take() else {
            self.range_from = Some(here);
            return None;
        };
        let (only_live, diff) = (self.only_live(), &self.rows.diff);
        let (first, last) = (from.min(here) as u64, from.max(here) as u64);
        let mut rows = Vec::new();
        let read = diff.each_from(self.rows.kind, first, |place, change| {
            if place > last {
                return Ok(ControlFlow::Break(()));
            }
            let is_only_live = match &change {
                Change::Added(_) => only_live == ChangeKind::Added,
                Change::Removed(_) => only_live == ChangeKind::Removed,
                Change::Changed { .. } => false,
            };
            if !is_only_live {
                rows.push(MarkedRow::of(change.newest(), &diff.table));
            }
            Ok(ControlFlow::Continue(()))
        });
        match read {
            Err(error) => self.failed = Some(error.to_string()),
            Ok(()) if rows.is_empty() => self.warning = Some(ONLY_LIVE),
            Ok(()) => return Some(ScreenCommand::Mark(Marking::of(snapshot, rows, how))),
        }
        None
    }

    /// The kind of the rows that only live has.
    fn only_live(&self) -> ChangeKind {
        if self.sides.0 == "live" {
            ChangeKind::Removed
        } else {
            ChangeKind::Added
        }
    }
}
