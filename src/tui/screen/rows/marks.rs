//! Marking rows of a snapshot, to restore them, and restoring the whole.

use std::{ops::Range, sync::Arc};

use super::{RowsReading, RowsScreen, RowsState, RowsStatus, ScreenCommand};
use crate::{
    core::{RestoreOptions, Row, RowKey, Table},
    tui::{
        keymap::Action,
        marks::{MarkHow, MarkedRow, Marking, Marks},
        task::{BriefRow, RowsWanted, ShownSide},
        theme::Role,
    },
};

/// The columns of a table, and which of them are its key.
#[derive(Debug)]
pub(super) struct RowKeys {
    table: Table,
}

impl RowKeys {
    pub(super) fn new(table: &str, columns: Vec<String>, key: &[String]) -> Self {
        let table = Table::keyless(table, columns);
        let key = key.iter().map(|column| table.column(column));
        let key = key.collect::<Option<Vec<usize>>>().unwrap_or_default();
        Self {
            table: Table { key, ..table },
        }
    }

    /// The row; `None` if its key is not held whole.
    fn row(&self, line: &BriefRow) -> Option<MarkedRow> {
        if line.len() != self.table.columns.len() {
            return None;
        }
        let values = line.iter().map(|brief| brief.value.clone()).collect();
        let row = Row { values };
        let is_cut = |column: usize| line[column].cut_from.is_some();
        // Without a key, or with NULL in it, all values are the key.
        let is_keyed = RowKey::of(&row, &self.table).columns() == self.table.key.len();
        let cut = if is_keyed {
            self.table.key.iter().any(|&column| is_cut(column))
        } else {
            (0..line.len()).any(is_cut)
        };
        (!cut).then(|| MarkedRow::of(&row, &self.table))
    }
}

impl RowsScreen {
    /// The most rows that are marked at once.
    const MOST: usize = 100_000;

    /// Restores the snapshot whose rows they are.
    pub(super) fn restore(&mut self) -> Option<ScreenCommand> {
        if self.refuses_live() {
            return None;
        }
        let ShownSide::Snapshot(snapshot) = &self.origin else {
            return None;
        };
        let options = RestoreOptions::default();
        Some(ScreenCommand::Restore(snapshot.clone(), options))
    }

    /// Whether these are live's rows, of which none can be restored: then it says so.
    pub(super) fn refuses_live(&mut self) -> bool {
        if self.origin != ShownSide::Live {
            return false;
        }
        self.status = Some(match self.beside {
            Some(_) => RowsStatus::Key(
                "these are live's rows: ",
                Action::OtherSide,
                " shows the snapshot's",
            ),
            None => RowsStatus::Text("these are live's rows".to_owned(), Role::Warning),
        });
        true
    }

    /// Marks the selected row or unmarks it.
    pub(super) fn mark(&mut self) -> Option<ScreenCommand> {
        let line = self.pages.get(self.window.selected())?.clone();
        self.marked(&[line], MarkHow::Toggle)
    }

    /// Begins a range of rows, or reads those from its beginning to the selected one to mark them.
    pub(super) fn mark_range(&mut self, how: MarkHow) -> Option<ScreenCommand> {
        if self.refuses_live() {
            return None;
        }
        let here = self.window.selected();
        let Some(from) = self.range_from.take() else {
            self.range_from = Some(here);
            return None;
        };
        let places: Range<usize> = from.min(here)..from.max(here) + 1;
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        if places.len() > Self::MOST {
            self.warn("too many rows to mark: restore the table from the difference");
            return None;
        }
        let wanted = RowsWanted::Rows(Arc::clone(survey), self.selection.numbers(places));
        Some(self.read(RowsReading::Marking(how), wanted))
    }

    /// Marks these rows of the snapshot.
    pub(super) fn marked(&mut self, lines: &[BriefRow], how: MarkHow) -> Option<ScreenCommand> {
        if self.refuses_live() {
            return None;
        }
        let ShownSide::Snapshot(snapshot) = &self.origin else {
            return None;
        };
        let keys = self.keys.as_ref()?;
        let rows: Option<Vec<MarkedRow>> = lines.iter().map(|line| keys.row(line)).collect();
        let Some(rows) = rows else {
            self.warn("not marked: a row without a key and with a value this long can be marked only in the difference");
            return None;
        };
        Some(ScreenCommand::Mark(Marking::of(snapshot, rows, how)))
    }

    /// Whether a row in sight is marked.
    pub(super) fn is_marked(&self, line: Option<&BriefRow>, marks: &Marks) -> bool {
        let row = match (&self.origin, &self.keys, line) {
            (ShownSide::Snapshot(snapshot), Some(keys), Some(line)) if marks.are_of(snapshot) => {
                keys.row(line)
            }
            _ => None,
        };
        row.is_some_and(|it| marks.has(&it.row.table, &it.row.key))
    }

    fn warn(&mut self, sentence: &str) {
        self.status = Some(RowsStatus::Text(sentence.to_owned(), Role::Warning));
    }
}
