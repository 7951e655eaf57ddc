//! The rows that are marked to be restored.

use std::{collections::BTreeMap, ops::ControlFlow};

use super::{Changes, Command};
use crate::{
    core::{Change, ChangeKind, RestoreOptions, RowKey, RowOf},
    tui::keymap::Action,
};

/// The marked rows by their keys.
#[derive(Debug, Default)]
pub(super) struct Marks {
    rows: BTreeMap<String, RowKey>,
    /// Where a range of rows to mark begins.
    range_from: Option<usize>,
    /// Why the last row was not marked.
    pub(super) warning: Option<&'static str>,
}

impl Marks {
    /// Returns whether a row is marked.
    pub(super) fn has(&self, row: &RowKey) -> bool {
        self.rows.contains_key(&row.to_string())
    }

    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether a range of rows has begun.
    pub(super) fn is_range(&self) -> bool {
        self.range_from.is_some()
    }

    /// Removes all marks; returns false if there was none.
    pub(super) fn clear(&mut self) -> bool {
        let had = !self.rows.is_empty() || self.range_from.is_some();
        *self = Self::default();
        had
    }

    /// Returns the options of a restore of the marked rows, or without marks these.
    pub(super) fn narrow(&self, options: RestoreOptions, table: &str) -> RestoreOptions {
        if self.rows.is_empty() {
            return options;
        }
        let row = |key: &RowKey| RowOf {
            table: table.to_owned(),
            key: key.clone(),
        };
        RestoreOptions {
            tables: Vec::new(),
            rows: self.rows.values().map(row).collect(),
            ..options
        }
    }

    fn toggle(&mut self, row: &RowKey) {
        let name = row.to_string();
        if self.rows.remove(&name).is_none() {
            self.rows.insert(name, row.clone());
        }
    }
}

impl Changes {
    const ONLY_LIVE: &str = "a row that only live has cannot be restored";

    /// Marks the selected row or unmarks it, and goes to the next.
    pub(super) fn mark(&mut self) -> Option<Command> {
        self.restores.as_ref()?;
        let line = self.pages.get(self.window.selected())?;
        if line.kind == self.only_live() {
            self.marks.warning = Some(Self::ONLY_LIVE);
            return None;
        }
        self.marks.toggle(&line.row);
        self.window.act(Action::Down);
        Some(self.read())
    }

    /// Begins a range of rows, or marks those from its beginning to the selected one.
    pub(super) fn mark_range(&mut self) -> Option<Command> {
        self.restores.as_ref()?;
        let here = self.window.selected();
        let Some(from) = self.marks.range_from.take() else {
            self.marks.range_from = Some(here);
            return None;
        };
        let (only_live, diff) = (self.only_live(), &self.rows.diff);
        let (first, last) = (from.min(here) as u64, from.max(here) as u64);
        let rows = &mut self.marks.rows;
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
                let key = RowKey::of(change.newest(), &diff.table);
                rows.insert(key.to_string(), key);
            }
            Ok(ControlFlow::Continue(()))
        });
        match read {
            Err(error) => self.failed = Some(error.to_string()),
            Ok(()) if self.marks.rows.is_empty() => self.marks.warning = Some(Self::ONLY_LIVE),
            Ok(()) => {}
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
