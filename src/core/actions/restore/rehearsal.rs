//! Finds out, before anything changes, what would go wrong when a plan is applied: statements that
//! this SQLite cannot compile, rows that their table refuses or alters, and rows that would refer
//! to missing ones.

use std::{collections::HashSet, mem, path::Path};

use super::{RestoreOptions, Unwritable, target::Target, trial_copy::TrialCopy};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
        row::{Key, Row, Value},
    },
    compare::{
        change_spool::{Change, ChangeKind},
        diff::TableDiff,
    },
    db::{Changer, KeyLookup, Trial},
};

/// A table of the snapshot that cannot be written, and is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unwritten {
    /// The table.
    pub table: String,
    /// The reason, as a sentence.
    pub why: String,
}

/// A row that cannot be inserted beside those of live, and that is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedRow {
    /// The table.
    pub table: String,
    /// The row's key as `column = value`.
    pub key_text: String,
    /// The reason, as a sentence.
    pub why: String,
    pub(super) key: Key,
    pub(super) row: Row,
    /// The row of live with which it conflicts, if that is the reason.
    pub(super) rival: Option<Row>,
}

impl Eq for RefusedRow {}

impl RefusedRow {
    /// Returns the error of a restore that cannot leave it out.
    pub(super) fn error(&self) -> Error {
        Error::Row {
            table: self.table.clone(),
            // Only the key contains row values: the log omits the key.
            key: format!("{}: {}", self.key_text, self.why),
            message: "UNIQUE constraint failed".to_owned(),
        }
    }
}

/// A plan's changes, and a connection to try them on.
pub(super) struct Rehearsal<'a> {
    pub(super) target: Target<'a>,
    pub(super) trial: Trial,
    pub(super) options: &'a RestoreOptions,
    unwritten: Vec<Unwritten>,
    /// The rows to leave out; `None` if one is an error.
    refused: Option<Vec<RefusedRow>>,
}

impl<'a> Rehearsal<'a> {
    pub(super) fn new(target: Target<'a>, options: &'a RestoreOptions) -> Result<Self> {
        Ok(Self {
            target,
            trial: target.database.trial()?,
            options,
            unwritten: Vec::new(),
            refused: options.leaves_rows_out().then(Vec::new),
        })
    }

    /// Returns the rows that would conflict with others, if they are to be left out.
    pub(super) fn refused(&mut self) -> Vec<RefusedRow> {
        self.refused.take().unwrap_or_default()
    }

    /// Returns the tables that cannot be written, each with its reason; fails at the first unless
    /// they are to be left out.
    pub(super) fn unwritten(
        &mut self,
        tables: &[TableDiff],
        on: OnProgress<'_>,
    ) -> Result<Vec<Unwritten>> {
        let mut doubted = Vec::new();
        for diff in tables.iter().filter(|diff| !diff.is_empty()) {
            let compiled = self.compile(diff, tables);
            if self.taken(diff, compiled, Unwritable::LeaveOutLacking)? == Some(true) {
                doubted.push(diff);
            }
        }
        for diff in tables.iter().filter(|diff| diff.added > 0) {
            let unique = self.refuse_repeated(diff);
            self.taken(diff, unique, Unwritable::LeaveOut)?;
        }
        for diff in doubted {
            let tried = self.try_rows(diff);
            self.taken(diff, tried, Unwritable::LeaveOut)?;
        }
        self.run_triggers(tables, on)?;
        Ok(mem::take(&mut self.unwritten))
    }

    /// Makes the changes on a copy of live if triggers have to run: only this shows whether they refuse.
    fn run_triggers(&mut self, tables: &[TableDiff], on: OnProgress<'_>) -> Result<()> {
        let Target {
            database, contents, ..
        } = self.target;
        let triggers = database.triggers()?;
        let names: Vec<String> = tables.iter().map(|diff| diff.table.name.clone()).collect();
        let mut changed = tables.iter().filter(|diff| !diff.is_empty());
        if !changed.any(|diff| triggers.have_to_run(&diff.table.name, &names)) {
            return Ok(());
        }
        let folder = contents.path().parent().unwrap_or(Path::new("."));
        let copy = match TrialCopy::of(self.target, folder, on) {
            Ok(copy) => copy,
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // Where nothing can be written, nothing is restored either.
            Err(_) => return Ok(()),
        };
        loop {
            let is_written = |diff: &&TableDiff| {
                let mut unwritten = self.unwritten.iter();
                !diff.is_empty() && unwritten.all(|left_out| left_out.table != diff.table.name)
            };
            let written: Vec<&TableDiff> = tables.iter().filter(is_written).collect();
            let Err(error) = copy.change(&written, on) else {
                return Ok(());
            };
            let is_of = |diff: &&&TableDiff| table_of(&error) == Some(&*diff.table.name);
            let Some(diff) = written.iter().find(is_of) else {
                return Err(error);
            };
            self.taken::<()>(diff, Err(error), Unwritable::LeaveOut)?;
        }
    }

    /// Returns the result of trying a table; `None` if it cannot be written and is left out, which
    /// `least` must allow.
    fn taken<T>(
        &mut self,
        diff: &TableDiff,
        tried: Result<T>,
        least: Unwritable,
    ) -> Result<Option<T>> {
        match tried {
            Ok(tried) => Ok(Some(tried)),
            Err(error) if self.options.unwritable >= least && is_of_table(&error) => {
                let why = error.to_string();
                let why = why.strip_suffix("; nothing was changed").unwrap_or(&why);
                self.unwritten.push(Unwritten {
                    table: diff.table.name.clone(),
                    why: why.to_owned(),
                });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Compiles every statement that a table's changes need, and records which rows are deleted, and
    /// the keys of inserted ones. Returns whether an inserted row may be refused, altered, or conflict
    /// with another.
    fn compile(&self, diff: &TableDiff, tables: &[TableDiff]) -> Result<bool> {
        let (live, table) = (self.trial.database(), &diff.table);
        let names: Vec<String> = tables.iter().map(|diff| diff.table.name.clone()).collect();
        let triggers = live.triggers()?;
        live.set_triggers(triggers.firing(&table.name, &names))?;
        self.trial.keeps_order(table)?;
        let changed = [table.name.clone()];
        for index in triggers.touched(&changed) {
            self.trial.uses(index)?;
        }
        let (changer, types) = (Changer::new(live, table)?, live.column_types(table)?);
        let references = self.target.database.foreign_keys()?;
        let is_it = |name: &str| name.eq_ignore_ascii_case(&table.name);
        let is_parent = references.iter().any(|one| is_it(one.parent()));
        let can_conflict = self.trial.can_conflict(table)?;
        let notes_gone =
            can_conflict || is_parent || references.iter().any(|one| is_it(&one.child));
        // Columns that only live has get values by their own rules in a new row.
        let is_partly_new = diff.added > 0 && !diff.schema_diff.only_from.is_empty();
        let mut is_doubtful = is_partly_new
            || (diff.added + diff.changed > 0 && (can_conflict || self.trial.computes(table)?));
        let notes_keys = is_parent && !is_doubtful && !table.key.is_empty();
        let keys = notes_keys
            .then(|| self.trial.copy_of_keys(table))
            .transpose()?;
        let keys = keys.as_ref().map(|keys| Changer::new(live, keys));
        let (keys, mut compiled) = (keys.transpose()?, Compiled::default());
        diff.for_each(|change| {
            if compiled.is_new(&change) {
                compile(&changer, &change)?;
            }
            let (goes, comes) = ends(&change);
            if let (Some(goes), true) = (goes, notes_gone) {
                self.trial
                    .record_deleted(&table.name, &Key::of(goes, table))?;
            }
            let Some(comes) = comes.filter(|_| !is_doubtful) else {
                return Ok(());
            };
            is_doubtful = !types.stores_unchanged(comes);
            match &keys {
                Some(keys) if !is_doubtful => keys.insert(&Row {
                    values: table
                        .key
                        .iter()
                        .map(|&key| comes.values[key].clone())
                        .collect(),
                }),
                _ => Ok(()),
            }
        })?;
        Ok(is_doubtful)
    }

    /// Leaves out or refuses a new row with a key that live has: the snapshot holds the key twice, since it
    /// was not yet a key when the snapshot was taken.
    fn refuse_repeated(&mut self, diff: &TableDiff) -> Result<()> {
        let table = &diff.table;
        let live = self.target.database;
        if table.key.is_empty() || live.is_empty(&table.name)? {
            return Ok(());
        }
        let (known, lookup) = (live.key_range(table)?, KeyLookup::new(live, table));
        diff.each_of(ChangeKind::Added, |change| {
            let row = change.newest();
            let key: Vec<Value> = row.key_columns(table).map(|(_, key)| key.clone()).collect();
            let is_new = match (&known, &key[..]) {
                (Some(known), [Value::Integer(key)]) => !known.contains(key),
                _ => !Key::of(row, table).is_unique(),
            };
            let rival = if is_new { None } else { lookup.row(&key)? };
            if rival.is_none() {
                return Ok(());
            }
            if let Some(refused) = &mut self.refused {
                refused.push(RefusedRow {
                    table: table.name.clone(),
                    key_text: row.key_text(table),
                    why: "live has another row with this key".to_owned(),
                    key: Key::of(row, table),
                    row: row.clone(),
                    rival,
                });
                return Ok(());
            }
            Err(Error::Row {
                table: table.name.clone(),
                key: format!(
                    "{}, of which the snapshot holds several rows",
                    row.key_text(table)
                ),
                message: "the live database allows one".to_owned(),
            })
        })
    }

    /// Inserts every new row into a copy of its table.
    fn try_rows(&mut self, diff: &TableDiff) -> Result<()> {
        let mut refused = self.refused.take();
        let tried = self.try_rows_leaving_out(diff, &mut refused);
        self.refused = refused;
        tried
    }

    fn try_rows_leaving_out(
        &self,
        diff: &TableDiff,
        refused: &mut Option<Vec<RefusedRow>>,
    ) -> Result<()> {
        let (table, others) = (&diff.table, &diff.schema_diff.only_from);
        let Some(copy) = self.trial.copy(table)? else {
            return Ok(());
        };
        // On the trial's connection the copy has the table's name.
        let live = Changer::new(self.target.database, table)?;
        diff.for_each(|change| {
            let (mut row, others) = match change {
                Change::Removed(_) => return Ok(()),
                Change::Added(row) => (row, &[][..]),
                Change::Changed { from, mut to } => {
                    if !others.is_empty() {
                        to.values.extend(live.others_of(&from, others)?);
                    }
                    (to, &others[..])
                }
            };
            let mut rivals = Vec::new();
            copy.add(&row, others, |rival| rivals.push(rival))?;
            row.values.truncate(table.columns.len());
            // A row does not conflict with itself.
            let own = Key::of(&row, table);
            rivals.retain(|rival| !own.is_unique() || Key::of(rival, table) != own);
            for rival in rivals {
                if self.trial.deleted(&table.name, &Key::of(&rival, table))? == 0 {
                    if let Some(refused) = refused {
                        refused.push(RefusedRow {
                            table: table.name.clone(),
                            key_text: row.key_text(table),
                            why: format!(
                                "the row with {} has the same unique values",
                                rival.key_text(table)
                            ),
                            key: own,
                            row,
                            rival: Some(rival),
                        });
                        return Ok(());
                    }
                    return Err(Error::Row {
                        table: table.name.clone(),
                        // Only the key contains row values: the log omits the key.
                        key: format!(
                            "{}, beside the row with {}, which has the same unique values",
                            row.key_text(table),
                            rival.key_text(table)
                        ),
                        message: "UNIQUE constraint failed".to_owned(),
                    });
                }
            }
            Ok(())
        })
    }
}

/// The statements that are compiled already.
#[derive(Default)]
struct Compiled {
    added: bool,
    removed: bool,
    updates: HashSet<Vec<usize>>,
}

impl Compiled {
    /// Returns whether a change needs a new statement.
    fn is_new(&mut self, change: &Change) -> bool {
        match change {
            Change::Added(_) => !mem::replace(&mut self.added, true),
            Change::Removed(_) => !mem::replace(&mut self.removed, true),
            Change::Changed { from, to } => self.updates.insert(from.changed_columns(to).collect()),
        }
    }
}

fn compile(changer: &Changer<'_>, change: &Change) -> Result<()> {
    match change {
        Change::Added(_) => changer.compile_insert(),
        Change::Removed(row) => changer.compile_remove(row),
        Change::Changed { from, to } => changer.compile_update(from, to),
    }
}

/// Returns the row before and the row after.
pub(super) fn ends(change: &Change) -> (Option<&Row>, Option<&Row>) {
    match change {
        Change::Added(to) => (None, Some(to)),
        Change::Removed(from) => (Some(from), None),
        Change::Changed { from, to } => (Some(from), Some(to)),
    }
}

/// Returns whether an error is about one table, so that the others can be restored without it.
fn is_of_table(error: &Error) -> bool {
    matches!(
        error,
        Error::Unwritable { .. }
            | Error::Row { .. }
            | Error::Unequal { .. }
            | Error::RepeatedKey { .. }
            | Error::FullText { .. }
    )
}

/// Returns the table that such an error is about.
fn table_of(error: &Error) -> Option<&str> {
    match error {
        Error::Unwritable { table, .. }
        | Error::Row { table, .. }
        | Error::Unequal { table, .. }
        | Error::RepeatedKey { table, .. } => Some(table),
        Error::FullText { table, .. } => Some(table.strip_prefix("of ").unwrap_or(table)),
        _ => None,
    }
}
