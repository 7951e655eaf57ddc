//! The rows of both sides, where no replay makes them: what one side changed since the common base is
//! taken, and what both changed differently is a conflict.

use std::collections::{BTreeMap, HashMap};

use super::{Clash, Conflict, MergeAnswers, Prefer};
use crate::core::{
    actions::composed::Sources,
    base::{
        error::Result,
        progress::OnProgress,
        record::{Key, Record, Table, Value},
    },
    compare::{
        cursor::{Live, RowCursor},
        diff::{Join, Joined, RowOrder},
        schema_diff::Shape,
    },
    db::Reference,
    file::{
        json::{RowEncoder, Writer},
        snapshot::Contents,
    },
};

/// The tables of live and a snapshot, and what to do with their rows.
pub(super) struct RowsMerge<'a> {
    sources: Sources<'a>,
    snapshot: &'a Contents,
    base: Option<&'a Contents>,
    answers: &'a MergeAnswers,
    tables: Vec<MergedTable>,
    /// Rows that are taken from one side whatever the base has.
    forced: BTreeMap<String, HashMap<Key, Prefer>>,
    /// How many rows of each table stay or come back because others refer to them.
    pub(super) referred: BTreeMap<String, u64>,
    pub(super) conflicts: Vec<Conflict>,
}

/// One table.
struct MergedTable {
    table: Table,
    order: RowOrder,
    /// Whether the snapshot has it; otherwise live's rows stay.
    is_held: bool,
    /// Rows that one side has and the merged table lacks, and the side that has them.
    dropped: Vec<(Key, Record, Prefer)>,
}

/// What becomes of the rows of one key.
enum Outcome {
    Absent,
    Live,
    Snapshot,
    Mixed(Record),
}

impl<'a> RowsMerge<'a> {
    pub(super) fn of(
        sources: Sources<'a>,
        (snapshot, base): (&'a Contents, Option<&'a Contents>),
        answers: &'a MergeAnswers,
    ) -> Self {
        Self {
            sources,
            snapshot,
            base,
            answers,
            tables: Vec::new(),
            forced: BTreeMap::new(),
            referred: BTreeMap::new(),
            conflicts: Vec::new(),
        }
    }

    /// Decides what becomes of every row; of rows that clash, only one of each two stays.
    pub(super) fn decide(&mut self, clashes: &[Clash], on: OnProgress<'_>) -> Result<()> {
        let Sources {
            schema, database, ..
        } = self.sources;
        for own in schema.tables.iter().filter_map(|(_, own)| own.as_ref()) {
            self.tables.push(MergedTable {
                table: Shape::to_restore(own, self.snapshot, database)?.table,
                order: RowOrder::ByKey,
                is_held: self.snapshot.reader(&own.name).is_some(),
                dropped: Vec::new(),
            });
        }
        let mut of_clashes = Vec::new();
        for clash in clashes {
            let table = self
                .tables
                .iter()
                .find(|merged| merged.table.name == clash.table);
            let Some(MergedTable { table, .. }) = table else {
                continue;
            };
            let conflict = clash.conflict(table, self.answers);
            let (row, side) = match conflict.answer {
                Some(Prefer::Snapshot) => (&clash.rival, Prefer::Snapshot),
                _ => (&clash.row, Prefer::Live),
            };
            let forced = self.forced.entry(clash.table.clone()).or_default();
            forced.insert(Key::of(row, table), side);
            of_clashes.push(conflict);
        }
        let references = database.foreign_keys()?;
        loop {
            self.look(on)?;
            if !self.bring_parents(&references, on)? {
                self.conflicts.extend(of_clashes);
                return Ok(());
            }
        }
    }

    /// Looks at every row once: finds the conflicts and the rows that are dropped.
    fn look(&mut self, on: OnProgress<'_>) -> Result<()> {
        let mut tables = std::mem::take(&mut self.tables);
        self.conflicts.clear();
        for merged in tables.iter_mut().filter(|merged| merged.is_held) {
            loop {
                let (mut conflicts, mut dropped) = (Vec::new(), Vec::new());
                let table = &merged.table;
                let whole = self.join(table, merged.order).run(on, &mut |mut joined| {
                    let outcome = self.outcome(table, &mut joined, &mut conflicts)?;
                    if matches!(outcome, Outcome::Absent) {
                        let sides = [
                            (joined.live, Prefer::Live),
                            (joined.snapshot, Prefer::Snapshot),
                        ];
                        for (row, side) in sides {
                            if let Some(row) = row {
                                dropped.push((joined.key.clone(), row.record()?, side));
                            }
                        }
                    }
                    Ok(())
                })?;
                if whole {
                    self.conflicts.extend(conflicts);
                    merged.dropped = dropped;
                    break;
                }
                merged.order = RowOrder::Any;
            }
        }
        self.tables = tables;
        Ok(())
    }

    /// Finds the dropped rows to which merged ones refer, and keeps them; returns whether there are
    /// any.
    fn bring_parents(&mut self, references: &[Reference], on: OnProgress<'_>) -> Result<bool> {
        let mut brought = Vec::new();
        for reference in references {
            let named = |name: &str| {
                let mut tables = self.tables.iter();
                tables.find(|merged| merged.table.name.eq_ignore_ascii_case(name))
            };
            let (Some(parent), Some(child)) = (named(reference.parent()), named(&reference.child))
            else {
                continue;
            };
            let mut gone: HashMap<Vec<u8>, (&Key, Prefer)> = HashMap::new();
            for (key, row, side) in &parent.dropped {
                if let Some(target) = reference.target_in(&parent.table, row) {
                    gone.insert(bytes(target), (key, *side));
                }
            }
            if gone.is_empty() {
                continue;
            }
            self.each_row(child, on, &mut |row| {
                if let Some(target) = reference.target_of(&child.table, row)
                    && let Some((key, side)) = gone.remove(&bytes(target))
                {
                    brought.push((parent.table.name.clone(), key.clone(), side));
                }
                Ok(())
            })?;
        }
        let mut are_any = false;
        for (table, key, side) in brought {
            are_any = true;
            *self.referred.entry(table.clone()).or_default() += 1;
            self.forced.entry(table).or_default().insert(key, side);
        }
        Ok(are_any)
    }

    /// Calls `each` for every row of a merged table.
    fn each_row(
        &self,
        merged: &MergedTable,
        on: OnProgress<'_>,
        each: &mut dyn FnMut(&Record) -> Result<()>,
    ) -> Result<()> {
        let table = &merged.table;
        self.join(table, merged.order).run(on, &mut |mut joined| {
            let outcome = self.outcome_of(merged, &mut joined)?;
            let row = match outcome {
                Outcome::Absent => None,
                Outcome::Live => joined.live.map(RowCursor::record).transpose()?,
                Outcome::Snapshot => joined.snapshot.map(RowCursor::record).transpose()?,
                Outcome::Mixed(row) => Some(row),
            };
            row.as_ref().map_or(Ok(()), &mut *each)
        })?;
        Ok(())
    }

    /// Writes every table.
    pub(super) fn write(&self, writer: &mut Writer<'_>, on: OnProgress<'_>) -> Result<()> {
        for merged in &self.tables {
            let table = &merged.table;
            writer.begin_table(&table.name);
            let encoder = RowEncoder::new(&table.columns);
            self.join(table, merged.order).run(on, &mut |mut joined| {
                let outcome = self.outcome_of(merged, &mut joined)?;
                let row = match &outcome {
                    Outcome::Absent => None,
                    Outcome::Live => joined.live,
                    Outcome::Snapshot => joined.snapshot,
                    Outcome::Mixed(row) => {
                        writer.row(|buffer| {
                            encoder.record(buffer, row);
                            Ok(true)
                        })?;
                        None
                    }
                };
                if let Some(row) = row {
                    let encoded = row.encoded()?;
                    writer.row(|buffer| {
                        buffer.extend_from_slice(encoded);
                        Ok(true)
                    })?;
                }
                Ok(())
            })?;
            writer.end_table();
        }
        Ok(())
    }

    fn join<'s>(&'s self, table: &'s Table, order: RowOrder) -> Join<'s> {
        Join {
            live: Live {
                database: self.sources.database,
                profile: self.sources.profile,
                schema: self.sources.schema,
                after: None,
                up_to: None,
            },
            snapshot: self.snapshot,
            base: self.base,
            table,
            order,
            stop: self.sources.database.stop(),
        }
    }

    fn outcome_of(&self, merged: &MergedTable, joined: &mut Joined<'_, '_>) -> Result<Outcome> {
        if !merged.is_held {
            let is_live = joined.live.is_some();
            return Ok(if is_live {
                Outcome::Live
            } else {
                Outcome::Absent
            });
        }
        self.outcome(&merged.table, joined, &mut Vec::new())
    }

    /// Decides what becomes of the rows of one key.
    fn outcome(
        &self,
        table: &Table,
        joined: &mut Joined<'_, '_>,
        conflicts: &mut Vec<Conflict>,
    ) -> Result<Outcome> {
        let (live, snapshot, base) = (
            joined.live.as_deref(),
            joined.snapshot.as_deref(),
            joined.base.as_deref(),
        );
        if is_same(live, snapshot) {
            return Ok(if live.is_some() {
                Outcome::Live
            } else {
                Outcome::Absent
            });
        }
        let forced = self.forced.get(&table.name);
        if let Some(side) = forced.and_then(|forced| forced.get(joined.key)) {
            return Ok(all_of(*side, live, snapshot));
        }
        let has_base = self.base.is_some();
        let one = match (live, snapshot) {
            _ if has_base && is_same(live, base) => Some(Prefer::Snapshot),
            _ if has_base && is_same(snapshot, base) => Some(Prefer::Live),
            (None, _) if !has_base => Some(Prefer::Snapshot),
            (_, None) if !has_base => Some(Prefer::Live),
            _ => None,
        };
        if let Some(side) = one {
            return Ok(all_of(side, live, snapshot));
        }
        let record = |row: &mut Option<&mut RowCursor<'_>>| {
            row.as_deref_mut().map(RowCursor::record).transpose()
        };
        let rows = [
            record(&mut joined.live)?,
            record(&mut joined.snapshot)?,
            record(&mut joined.base)?,
        ];
        Ok(of_both_changed(rows, table, self.answers, conflicts))
    }
}

/// Decides about the rows of one key, which both sides changed: live's, the snapshot's, the base's.
fn of_both_changed(
    rows: [Option<Record>; 3],
    table: &Table,
    answers: &MergeAnswers,
    conflicts: &mut Vec<Conflict>,
) -> Outcome {
    let [Some(live), Some(snapshot), Some(base)] = &rows else {
        let conflict = Conflict::of_row(table, rows, answers);
        let outcome = match (conflict.answer, &conflict.live, &conflict.snapshot) {
            (Some(Prefer::Snapshot), _, Some(_)) => Outcome::Snapshot,
            (Some(Prefer::Snapshot), ..) | (_, None, _) => Outcome::Absent,
            _ => Outcome::Live,
        };
        conflicts.push(conflict);
        return outcome;
    };
    let mut mixed = live.clone();
    for (column, value) in mixed.values.iter_mut().enumerate() {
        let [of_live, of_snapshot, of_base] = [live, snapshot, base].map(|row| &row.values[column]);
        if of_live.same(of_snapshot) || of_snapshot.same(of_base) {
            continue;
        }
        if !of_live.same(of_base) {
            let conflict = Conflict::of_column(table, column, [live, snapshot, base], answers);
            let is_taken = conflict.answer == Some(Prefer::Snapshot);
            conflicts.push(conflict);
            if !is_taken {
                continue;
            }
        }
        *value = of_snapshot.clone();
    }
    Outcome::Mixed(mixed)
}

fn all_of(side: Prefer, live: Option<&RowCursor<'_>>, snapshot: Option<&RowCursor<'_>>) -> Outcome {
    match side {
        Prefer::Live if live.is_some() => Outcome::Live,
        Prefer::Snapshot if snapshot.is_some() => Outcome::Snapshot,
        _ => Outcome::Absent,
    }
}

fn is_same(one: Option<&RowCursor<'_>>, other: Option<&RowCursor<'_>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.equals(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Returns values as bytes that are equal where SQLite's foreign keys compare them as equal.
fn bytes(values: Vec<Value>) -> Vec<u8> {
    let table = Table::keyless("", Vec::new());
    let record = Record { values };
    Key::of(&record, &table).as_bytes().to_vec()
}
