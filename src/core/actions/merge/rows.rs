//! Merges the rows of both sides, where no replay makes them: what one side changed since the common base
//! is taken, and what both changed differently is a conflict.

mod parents;

use std::collections::{BTreeMap, HashMap};

use super::{Clash, Conflict, MergeAnswers, Prefer};
use crate::core::{
    actions::composed::Sources,
    base::{
        error::{Error, Result},
        progress::OnProgress,
        row::{Key, Row, Table, is_among},
    },
    compare::{
        cursor::{Live, RowCursor},
        diff::{Join, Joined, SideOrder},
        schema_diff::Shape,
    },
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
    /// How many rows of each table are removed or changed because of a row that a clash removes.
    pub(super) bereft: BTreeMap<String, u64>,
    /// The rows that clashes keep, with their tables.
    kept: Vec<(String, Row)>,
    pub(super) conflicts: Vec<Conflict>,
}

/// One table.
struct MergedTable {
    table: Table,
    order: SideOrder,
    /// Whether the snapshot has it; otherwise live's rows stay.
    is_held: bool,
    /// The indices of its columns.
    columns: Vec<usize>,
    /// Those of the columns that the base has, too.
    of_base: Vec<usize>,
    /// Rows that one side has and the merged table lacks, and the side that has them.
    dropped: Vec<(Key, Row, Prefer)>,
}

/// What the examination of a table finds.
#[derive(Default)]
struct TableFindings {
    conflicts: Vec<Conflict>,
    dropped: Vec<(Key, Row, Prefer)>,
}

/// What becomes of the rows of one key.
enum KeyOutcome {
    Absent,
    Live,
    Snapshot,
    Mixed(Row),
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
            bereft: BTreeMap::new(),
            kept: Vec::new(),
            conflicts: Vec::new(),
        }
    }

    /// Decides what becomes of every row; of rows that clash, only one of each two stays.
    pub(super) fn decide(&mut self, clashes: &[Clash], on: OnProgress<'_>) -> Result<()> {
        let Sources {
            schema, database, ..
        } = self.sources;
        for own in schema.tables.iter().filter_map(|(_, own)| own.as_ref()) {
            let table = Shape::to_restore(own, self.snapshot, database)?.table;
            let of_base = self.base.map(|base| base.columns(&own.name)).transpose()?;
            let of_base = of_base.flatten().unwrap_or_default();
            let columns: Vec<usize> = (0..table.columns.len()).collect();
            let is_of_base = |column: &usize| is_among(&of_base, &table.columns[*column]);
            self.tables.push(MergedTable {
                order: SideOrder::ByKey,
                is_held: self.snapshot.reader(&own.name).is_some(),
                of_base: columns.iter().copied().filter(is_of_base).collect(),
                columns,
                table,
                dropped: Vec::new(),
            });
        }
        if !clashes.is_empty() {
            // Only an examination shows how the keys of a table are compared.
            self.examine(on)?;
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
            let side = conflict.answer.unwrap_or(Prefer::Live);
            for row in [&clash.row, &clash.rival] {
                let forced = self.forced.entry(clash.table.clone()).or_default();
                forced.insert(Key::of(row, table), side);
            }
            let kept = match side {
                Prefer::Live => &clash.rival,
                Prefer::Snapshot => &clash.row,
            };
            self.kept.push((clash.table.clone(), kept.clone()));
            of_clashes.push(conflict);
        }
        let references = database.foreign_keys()?;
        loop {
            self.examine(on)?;
            if !self.settle_references(&references, on)? {
                self.conflicts.extend(of_clashes);
                return Ok(());
            }
        }
    }

    /// Examines every row once: finds the conflicts and the rows that are dropped.
    fn examine(&mut self, on: OnProgress<'_>) -> Result<()> {
        let mut tables = std::mem::take(&mut self.tables);
        self.conflicts.clear();
        for merged in &mut tables {
            let findings = loop {
                match self.findings_of(merged, on)? {
                    Ok(findings) => break findings,
                    Err(_) if merged.order == SideOrder::ByKey => merged.order = SideOrder::Any,
                    // SQLite now considers two keys equal, but did not when the snapshot was taken.
                    Err(_) if !merged.table.rules.is_empty() => merged.table.rules.clear(),
                    Err(key) => {
                        let table = merged.table.name.clone();
                        return Err(Error::RepeatedKey { table, key });
                    }
                }
            };
            self.conflicts.extend(findings.conflicts);
            merged.dropped = findings.dropped;
        }
        self.tables = tables;
        Ok(())
    }

    /// Examines every row of a table; returns the key of one that is out of order, if there is one.
    fn findings_of(
        &self,
        merged: &MergedTable,
        on: OnProgress<'_>,
    ) -> Result<std::result::Result<TableFindings, String>> {
        let mut findings = TableFindings::default();
        let out_of_order = self.join(merged).run(on, &mut |mut joined| {
            let outcome = self.outcome(merged, &mut joined, &mut findings.conflicts)?;
            if matches!(outcome, KeyOutcome::Absent) {
                let sides = [
                    (joined.live, Prefer::Live),
                    (joined.snapshot, Prefer::Snapshot),
                ];
                for (row, side) in sides {
                    if let Some(row) = row {
                        findings
                            .dropped
                            .push((joined.key.clone(), row.row()?, side));
                    }
                }
            }
            Ok(())
        })?;
        Ok(out_of_order.map_or(Ok(findings), Err))
    }

    /// Calls `each` for every row of a merged table.
    fn each_row(
        &self,
        merged: &MergedTable,
        on: OnProgress<'_>,
        each: &mut dyn FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        self.join(merged).each(on, &mut |mut joined| {
            let outcome = self.outcome(merged, &mut joined, &mut Vec::new())?;
            let row = match outcome {
                KeyOutcome::Absent => None,
                KeyOutcome::Live => joined.live.map(RowCursor::row).transpose()?,
                KeyOutcome::Snapshot => joined.snapshot.map(RowCursor::row).transpose()?,
                KeyOutcome::Mixed(row) => Some(row),
            };
            row.as_ref().map_or(Ok(()), &mut *each)
        })
    }

    /// Writes every table.
    pub(super) fn write(&self, writer: &mut Writer<'_>, on: OnProgress<'_>) -> Result<()> {
        for merged in &self.tables {
            let table = &merged.table;
            writer.begin_table(&table.name);
            let encoder = RowEncoder::new(&table.columns);
            self.join(merged).each(on, &mut |mut joined| {
                let outcome = self.outcome(merged, &mut joined, &mut Vec::new())?;
                let row = match &outcome {
                    KeyOutcome::Absent => None,
                    KeyOutcome::Live => joined.live,
                    KeyOutcome::Snapshot => joined.snapshot,
                    KeyOutcome::Mixed(row) => {
                        writer.push(&encoder, row)?;
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

    fn join<'s>(&'s self, merged: &'s MergedTable) -> Join<'s> {
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
            table: &merged.table,
            order: merged.order,
            stop: self.sources.database.stop(),
        }
    }

    /// Decides what becomes of the rows of one key.
    fn outcome(
        &self,
        merged: &MergedTable,
        joined: &mut Joined<'_, '_>,
        conflicts: &mut Vec<Conflict>,
    ) -> Result<KeyOutcome> {
        let table = &merged.table;
        let (live, snapshot, base) = (
            joined.live.as_deref(),
            joined.snapshot.as_deref(),
            joined.base.as_deref(),
        );
        if !merged.is_held || is_same(live, snapshot, &merged.columns) {
            return Ok(if live.is_some() {
                KeyOutcome::Live
            } else {
                KeyOutcome::Absent
            });
        }
        let forced = self.forced.get(&table.name);
        if let Some(side) = forced.and_then(|forced| forced.get(joined.key)) {
            return Ok(all_of(*side, live, snapshot));
        }
        let has_base = self.base.is_some();
        let one = match (live, snapshot) {
            _ if has_base && is_same(live, base, &merged.of_base) => Some(Prefer::Snapshot),
            _ if has_base && is_same(snapshot, base, &merged.of_base) => Some(Prefer::Live),
            (None, _) if !has_base => Some(Prefer::Snapshot),
            (_, None) if !has_base => Some(Prefer::Live),
            _ => None,
        };
        if let Some(side) = one {
            return Ok(all_of(side, live, snapshot));
        }
        let read = |row: &mut Option<&mut RowCursor<'_>>| {
            row.as_deref_mut().map(RowCursor::row).transpose()
        };
        let rows = [
            read(&mut joined.live)?,
            read(&mut joined.snapshot)?,
            read(&mut joined.base)?,
        ];
        Ok(of_both_changed(rows, merged, self.answers, conflicts))
    }
}

/// Decides about the rows of one key, which both sides changed: live's, the snapshot's, the base's.
fn of_both_changed(
    rows: [Option<Row>; 3],
    merged: &MergedTable,
    answers: &MergeAnswers,
    conflicts: &mut Vec<Conflict>,
) -> KeyOutcome {
    let table = &merged.table;
    let [Some(live), Some(snapshot), Some(base)] = &rows else {
        let conflict = Conflict::of_row(table, rows, answers);
        let outcome = match (conflict.answer, &conflict.live, &conflict.snapshot) {
            (Some(Prefer::Snapshot), _, Some(_)) => KeyOutcome::Snapshot,
            (Some(Prefer::Snapshot), ..) | (_, None, _) => KeyOutcome::Absent,
            _ => KeyOutcome::Live,
        };
        conflicts.push(conflict);
        return outcome;
    };
    let mut mixed = live.clone();
    for (column, value) in mixed.values.iter_mut().enumerate() {
        let [of_live, of_snapshot, of_base] = [live, snapshot, base].map(|row| &row.values[column]);
        let is_known = merged.of_base.contains(&column);
        if of_live.same(of_snapshot) || (is_known && of_snapshot.same(of_base)) {
            continue;
        }
        if !is_known || !of_live.same(of_base) {
            let conflict = Conflict::of_column(table, column, [live, snapshot, base], answers);
            let is_taken = conflict.answer == Some(Prefer::Snapshot);
            conflicts.push(conflict);
            if !is_taken {
                continue;
            }
        }
        *value = of_snapshot.clone();
    }
    KeyOutcome::Mixed(mixed)
}

fn all_of(
    side: Prefer,
    live: Option<&RowCursor<'_>>,
    snapshot: Option<&RowCursor<'_>>,
) -> KeyOutcome {
    match side {
        Prefer::Live if live.is_some() => KeyOutcome::Live,
        Prefer::Snapshot if snapshot.is_some() => KeyOutcome::Snapshot,
        _ => KeyOutcome::Absent,
    }
}

/// Returns whether both sides lack a row, or have one with the same values in these columns.
fn is_same(one: Option<&RowCursor<'_>>, other: Option<&RowCursor<'_>>, columns: &[usize]) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            let mut columns = columns.iter();
            columns.all(|&column| one.value_ref(column).same(other.value_ref(column)))
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}
