//! The conflicts of a merge: what both sides changed differently, and the decisions about it.

use crate::core::base::row::{Row, RowKey, Table, Value};

/// A row, or a column of one, that live and the snapshot both changed since their common base, each in
/// its own way; or two rows of which only one can stay.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Conflict {
    /// The table.
    pub table: String,
    /// The row's key.
    pub key: RowKey,
    /// The row's key as `column = value`.
    pub row: String,
    /// The columns of the rows.
    pub columns: Vec<String>,
    /// The index of the column that differs; `None` if whole rows conflict.
    pub at: Option<usize>,
    /// The row as the common base has it; `None` if it has no such row.
    pub base: Option<Row>,
    /// The row as live has it; `None` if it has no such row.
    pub live: Option<Row>,
    /// The row as the snapshot has it; `None` if it has no such row.
    pub snapshot: Option<Row>,
    /// Whether all sides have numbers, which the application may compute: a counter is wrong on both
    /// sides.
    pub may_be_computed: bool,
    /// Why both rows cannot stay, if their contents do not say it.
    pub why: Option<String>,
    /// Which side is taken; `None` if that is not decided.
    pub answer: Option<Prefer>,
}

/// A side of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefer {
    /// As live has it.
    Live,
    /// As the snapshot has it.
    Snapshot,
}

/// A decision about one conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The conflict's table.
    pub table: String,
    /// Its row.
    pub key: RowKey,
    /// Its column; `None` for the whole row.
    pub column: Option<String>,
    /// The side to take.
    pub prefer: Prefer,
}

/// The decisions about conflicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeAnswers {
    /// The side to take where nothing else is decided; `None` leaves the conflict undecided.
    pub prefer: Option<Prefer>,
    /// Decisions about single conflicts.
    pub each: Vec<Answer>,
}

/// Two rows of a merged table of which only one can stay: they have the same unique values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clash {
    pub(crate) table: String,
    /// The row that would be added or changed.
    pub(crate) row: Row,
    /// The row that has the same unique values.
    pub(crate) rival: Row,
}

impl Clash {
    pub(super) fn conflict(&self, table: &Table, answers: &MergeAnswers) -> Conflict {
        let rows = [Some(self.rival.clone()), Some(self.row.clone()), None];
        let key = RowKey::of(&self.row, table);
        Conflict {
            row: self.row.key_text(table),
            answer: answers.of(&table.name, &key, None),
            key,
            why: Some(format!(
                "the row with {} has the same unique values",
                self.rival.key_text(table)
            )),
            ..Conflict::of_row(table, rows, answers)
        }
    }
}

impl MergeAnswers {
    pub(super) fn of(&self, table: &str, key: &RowKey, column: Option<&str>) -> Option<Prefer> {
        let is_it = |answer: &&Answer| {
            answer.table == table && answer.key == *key && answer.column.as_deref() == column
        };
        let decided = self.each.iter().rfind(is_it);
        decided.map(|answer| answer.prefer).or(self.prefer)
    }
}

impl Conflict {
    /// Returns the conflict of two whole rows of one key.
    pub(super) fn of_row(
        table: &Table,
        [live, snapshot, base]: [Option<Row>; 3],
        answers: &MergeAnswers,
    ) -> Self {
        let any = [&live, &snapshot].into_iter().flatten().next();
        let any = any.cloned().unwrap_or_default();
        let key = RowKey::of(&any, table);
        Self {
            table: table.name.clone(),
            row: any.key_text(table),
            columns: table.columns.clone(),
            at: None,
            answer: answers.of(&table.name, &key, None),
            key,
            base,
            live,
            snapshot,
            may_be_computed: false,
            why: None,
        }
    }

    /// Returns the conflict in one column of a row that all sides have.
    pub(super) fn of_column(
        table: &Table,
        column: usize,
        [live, snapshot, base]: [&Row; 3],
        answers: &MergeAnswers,
    ) -> Self {
        let is_number =
            |row: &Row| matches!(row.values[column], Value::Integer(_) | Value::Real(_));
        let (key, name) = (RowKey::of(live, table), &table.columns[column]);
        Self {
            table: table.name.clone(),
            row: live.key_text(table),
            columns: table.columns.clone(),
            at: Some(column),
            answer: answers.of(&table.name, &key, Some(name)),
            key,
            base: Some(base.clone()),
            live: Some(live.clone()),
            snapshot: Some(snapshot.clone()),
            may_be_computed: [live, snapshot, base].into_iter().all(is_number),
            why: None,
        }
    }

    /// Returns its column; `None` if it is about whole rows.
    pub fn column(&self) -> Option<&str> {
        self.at.map(|at| &*self.columns[at])
    }

    /// Returns the decision to take a side.
    pub fn answered(&self, prefer: Prefer) -> Answer {
        Answer {
            table: self.table.clone(),
            key: self.key.clone(),
            column: self.column().map(str::to_owned),
            prefer,
        }
    }
}
