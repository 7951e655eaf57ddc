//! The rows that are marked to be restored: one selection over all tables and screens, of one snapshot.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    core::{RestoreOptions, Row, RowKey, RowOf, Snapshot, Table, Value},
    text::{self, main_text},
};

/// The marked rows.
#[derive(Debug, Default)]
pub struct Marks {
    /// The snapshot that they are restored from; `None` without marks.
    snapshot: Option<Box<Snapshot>>,
    /// By their tables and keys.
    rows: BTreeMap<(String, String), MarkedRow>,
}

/// A marked row.
#[derive(Clone, Debug)]
pub struct MarkedRow {
    pub row: RowOf,
    /// Its key and what identifies it for a person.
    pub label: String,
}

/// Rows that a screen marks.
#[derive(Debug)]
pub struct Marking {
    pub how: MarkHow,
    /// The snapshots that hold some of the rows, the one to prefer first.
    pub snapshots: Arc<[Snapshot]>,
    /// The rows, each with the snapshots that hold it, as indices.
    pub rows: Vec<(MarkedRow, Vec<usize>)>,
}

/// How rows are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkHow {
    /// A row that is marked is unmarked.
    Toggle,
    Add,
    /// And then the marked rows are restored.
    AddAndRestore,
}

/// How many rows were not marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotMarked {
    /// Events beside rows of other tables, or the other way round.
    pub mixed: usize,
    /// Those that the snapshot of the others does not hold.
    pub not_held: usize,
}

impl NotMarked {
    pub fn all(self) -> usize {
        self.mixed + self.not_held
    }
}

/// Why a row of live alone is not marked.
pub const ONLY_LIVE: &str = "a row that only live has cannot be restored";

impl MarkedRow {
    pub fn of(row: &Row, table: &Table) -> Self {
        let said = main_text(row, table).map(|column| &row.values[column]);
        let said = match said {
            Some(Value::Text(text)) => format!("“{}”", text::one_line(text)),
            _ => String::new(),
        };
        let key = row.key_text(table);
        let label = [&*text::one_line(&key), &said];
        Self::new(&table.name, RowKey::of(row, table), &label)
    }

    /// The row of a table with this key, and the parts of its label.
    pub fn new(table: &str, key: RowKey, label: &[impl AsRef<str>]) -> Self {
        let parts = label.iter().map(AsRef::as_ref);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        Self {
            row: RowOf {
                table: table.to_owned(),
                key,
            },
            label: parts.join("  "),
        }
    }

    fn id(&self) -> (String, String) {
        (self.row.table.clone(), self.row.key.to_string())
    }
}

impl Marking {
    /// Marks rows of one snapshot.
    pub fn of(snapshot: &Snapshot, rows: Vec<MarkedRow>, how: MarkHow) -> Self {
        Self {
            how,
            snapshots: [snapshot.clone()].into(),
            rows: rows.into_iter().map(|row| (row, vec![0])).collect(),
        }
    }

    /// The first snapshot that holds all rows, else the first of the first row.
    fn best(&self) -> Option<usize> {
        let (_, first) = self.rows.first()?;
        let holds_all = |index: &&usize| self.rows.iter().all(|(_, held)| held.contains(index));
        first.iter().find(holds_all).or(first.first()).copied()
    }
}

impl Marks {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_deref()
    }

    /// Whether this snapshot is the one that they are of.
    pub fn are_of(&self, snapshot: &Snapshot) -> bool {
        let known = self.snapshot();
        known.is_some_and(|known| known.path == snapshot.path)
    }

    pub fn has(&self, table: &str, key: &RowKey) -> bool {
        let id = (table.to_owned(), key.to_string());
        !self.is_empty() && self.rows.contains_key(&id)
    }

    /// By table and key.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &MarkedRow> {
        self.rows.values()
    }

    pub fn count_in(&self, table: &str) -> usize {
        self.rows().filter(|it| it.row.table == table).count()
    }

    /// How many there are and where, if there are any.
    pub fn sentence(&self) -> Option<String> {
        let rows = text::counted(self.rows.len() as u64, "row");
        let mut tables: Vec<&str> = self.rows().map(|it| &*it.row.table).collect();
        tables.dedup();
        match &tables[..] {
            [] => None,
            [table] => Some(format!("{rows} marked in {}", text::name(table))),
            some => Some(format!("{rows} marked in {} tables", some.len())),
        }
    }

    /// Takes these rows, or unmarks one. All must be of the event log or none, and the snapshot that
    /// the others are of must hold them.
    pub fn take(&mut self, mut marking: Marking, is_log: impl Fn(&str) -> bool) -> NotMarked {
        if let (MarkHow::Toggle, [(row, _)]) = (marking.how, &marking.rows[..])
            && self.rows.contains_key(&row.id())
        {
            self.remove(&row.id());
            return NotMarked::default();
        }
        let all = marking.rows.len();
        let is_event = |row: &MarkedRow| is_log(&row.row.table);
        let first = marking.rows.first().map(|(row, _)| row);
        let are_events = self.rows().next().or(first).is_some_and(is_event);
        marking.rows.retain(|(row, _)| is_event(row) == are_events);
        let mixed = all - marking.rows.len();
        let same = |known: &Snapshot| {
            let mut snapshots = marking.snapshots.iter();
            snapshots.position(|one| one.path == known.path)
        };
        let chosen = match self.snapshot() {
            Some(known) => same(known),
            None => marking.best(),
        };
        let Some(chosen) = chosen else {
            let not_held = marking.rows.len();
            return NotMarked { mixed, not_held };
        };
        let held = marking
            .rows
            .into_iter()
            .filter(|(_, held)| held.contains(&chosen));
        let mut taken = 0;
        for (row, _) in held {
            self.rows.insert(row.id(), row);
            taken += 1;
        }
        if taken > 0 && self.snapshot.is_none() {
            self.snapshot = marking.snapshots.get(chosen).cloned().map(Box::new);
        }
        let not_held = all - mixed - taken;
        NotMarked { mixed, not_held }
    }

    /// Unmarks the row at a place in their order.
    pub fn unmark(&mut self, place: usize) {
        if let Some(id) = self.rows.keys().nth(place).cloned() {
            self.remove(&id);
        }
    }

    fn remove(&mut self, id: &(String, String)) {
        self.rows.remove(id);
        if self.rows.is_empty() {
            self.clear();
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The snapshot, and how just these rows are restored from it.
    pub fn restored_by(&self) -> Option<(Box<Snapshot>, RestoreOptions)> {
        let options = RestoreOptions {
            rows: self.rows().map(|it| it.row.clone()).collect(),
            ..RestoreOptions::default()
        };
        Some((self.snapshot.clone()?, options))
    }
}
