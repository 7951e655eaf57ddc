//! The event log as of a moment: what came later is left out, and what was rewound later counts
//! again.

use std::collections::{BTreeMap, BTreeSet};

use super::{Anchor, Moment};
use crate::core::{
    actions::composed::{ScratchSnapshot, Sources, for_each_event},
    base::{
        error::Result,
        event::{Event, EventIdentity, Events},
        profile::Log,
        progress::OnProgress,
        row::{Row, Table, Value},
    },
    compare::diff::Side,
    file::{
        json::RowEncoder,
        snapshot::{Contents, Kind},
    },
};

/// The columns of a log whose values change as time goes on, by index.
struct LogFlags {
    superseded_by: Option<usize>,
    hidden: Option<usize>,
    active: Option<usize>,
}

impl LogFlags {
    fn of(table: &Table, log: &Log) -> Self {
        let column = |name: &Option<String>| table.column(name.as_ref()?);
        Self {
            superseded_by: column(&log.superseded_by),
            hidden: column(&log.hidden),
            active: column(&log.active),
        }
    }

    /// Returns whether an event no longer counts, but may have counted at the moment.
    fn is_revived(&self, row: &Row, last: i64) -> bool {
        let later = |index: usize| matches!(row.values[index], Value::Integer(by) if by > last);
        self.superseded_by.is_some_and(later) || self.is_inactive(row)
    }

    /// Returns whether an event is marked as inactive, which does not show since when.
    fn is_inactive(&self, row: &Row) -> bool {
        self.active
            .is_some_and(|index| row.values[index] == Value::Integer(0))
    }

    /// Sets the flags that a snapshot shows; without one, makes an event count again, visible.
    fn revive(&self, row: &mut Row, shown: Option<&ShownFlags>) {
        if let Some(index) = self.superseded_by {
            let shown = shown.and_then(|shown| shown.superseded_by.clone());
            row.values[index] = shown.unwrap_or(Value::Null);
        }
        if let Some(index) = self.hidden {
            let visible = match row.values[index] {
                Value::Null => Value::Null,
                _ => Value::Integer(0),
            };
            row.values[index] = shown
                .and_then(|shown| shown.hidden.clone())
                .unwrap_or(visible);
        }
        if let Some(index) = self.active {
            let active = Value::Integer(1);
            row.values[index] = shown
                .and_then(|shown| shown.active.clone())
                .unwrap_or(active);
        }
    }
}

/// The flags of an event, as a snapshot has them.
struct ShownFlags {
    superseded_by: Option<Value>,
    hidden: Option<Value>,
    active: Option<Value>,
}

impl Sources<'_> {
    /// Writes the log as of a moment; also returns how many events count again, and those for which no
    /// snapshot shows whether they were hidden.
    pub(super) fn log_as_of(
        self,
        moment: &Moment,
        on: OnProgress<'_>,
    ) -> Result<(ScratchSnapshot, usize, Events)> {
        let opened;
        let side = match &moment.anchor {
            Anchor::Live => Side::Live(self.database),
            Anchor::Snapshot(snapshot) => {
                let keys = self.database.keys(self.profile);
                opened = self.store.open(snapshot, &keys, on)?;
                Side::Snapshot(&opened)
            }
        };
        let ids = i64::MIN..moment.event;
        let mut revived = BTreeSet::new();
        for_each_event(side, self.profile, ids.clone(), on, |id, table, row| {
            if LogFlags::of(table, self.log).is_revived(&row, moment.event) {
                revived.insert(id);
            }
            Ok(())
        })?;
        let shown = self.shown_flags(moment, &revived, on)?;
        let mut uncertain = Events::default();
        let has_others = self.log.hidden.is_some() || self.log.active.is_some();
        let scratch = self.scratch(0, |writer| {
            writer.begin_table(&self.log.table);
            let mut encoder = None;
            for_each_event(side, self.profile, ids, on, |id, table, mut row| {
                let flags = LogFlags::of(table, self.log);
                if flags.is_revived(&row, moment.event) {
                    let shown = shown.get(&id);
                    flags.revive(&mut row, shown);
                    if has_others && shown.is_none() {
                        uncertain.push(Event::of(&row, table, self.log));
                    }
                }
                let encoder = encoder.get_or_insert_with(|| RowEncoder::new(&table.columns));
                writer.push(encoder, &row)
            })?;
            writer.end_table();
            Ok(())
        })?;
        Ok((scratch, revived.len(), uncertain))
    }

    /// Finds the flags of events that were rewound after the moment: each in the snapshot of this
    /// history that ends first at or after the moment and in which the event is as it was before. It
    /// may have been rewound before, too: a later rewind overwrites the id of an earlier one.
    fn shown_flags(
        self,
        moment: &Moment,
        revived: &BTreeSet<i64>,
        on: OnProgress<'_>,
    ) -> Result<BTreeMap<i64, ShownFlags>> {
        let mut shown = BTreeMap::new();
        let (Some(&first), Some(&last)) = (revived.first(), revived.last()) else {
            return Ok(shown);
        };
        self.of_the_history(moment, on, &mut |contents, on| {
            let (side, ids) = (Side::Snapshot(contents), first.saturating_sub(1)..last);
            for_each_event(side, self.profile, ids, on, |id, table, row| {
                let flags = LogFlags::of(table, self.log);
                if revived.contains(&id) && !flags.is_revived(&row, moment.event) {
                    let value = |index: Option<usize>| index.map(|index| row.values[index].clone());
                    shown.entry(id).or_insert_with(|| ShownFlags {
                        superseded_by: value(flags.superseded_by),
                        hidden: value(flags.hidden),
                        active: value(flags.active),
                    });
                }
                Ok(())
            })?;
            Ok(shown.len() == revived.len())
        })?;
        Ok(shown)
    }

    /// Passes to `is_done` the snapshots that hold the moment's event, in the order of their ends, until it
    /// returns true.
    fn of_the_history(
        self,
        moment: &Moment,
        on: OnProgress<'_>,
        is_done: &mut dyn FnMut(&Contents, OnProgress<'_>) -> Result<bool>,
    ) -> Result<()> {
        let keys = self.database.keys(self.profile);
        let event = match &moment.anchor {
            Anchor::Live => self.identity(moment, Side::Live(self.database), on)?,
            Anchor::Snapshot(snapshot) => {
                let contents = self.store.open(snapshot, &keys, on)?;
                self.identity(moment, Side::Snapshot(&contents), on)?
            }
        };
        let mut candidates = self.store.list_all(&Kind::ALL)?.snapshots;
        candidates.retain(|one| one.ends_at().is_none_or(|end| end >= moment.event));
        candidates.sort_by_key(|one| std::cmp::Reverse(one.ends_at()));
        // A log may end later than the first bytes of its file show: such snapshots wait for their turn.
        let mut opened: Vec<(i64, Contents)> = Vec::new();
        loop {
            let next = candidates
                .last()
                .map(|one| one.ends_at().unwrap_or(i64::MIN));
            let first = opened.iter().enumerate().min_by_key(|(_, (end, _))| *end);
            let first = first.filter(|(_, (end, _))| next.is_none_or(|next| *end <= next));
            if let Some((index, _)) = first {
                if is_done(&opened.swap_remove(index).1, on)? {
                    return Ok(());
                }
                continue;
            }
            let Some(snapshot) = candidates.pop() else {
                return Ok(());
            };
            let Some(contents) = self.store.open_candidate(&snapshot, &keys, on)? else {
                continue;
            };
            let end = contents.ends_at(self.profile)?;
            // The snapshot may have another event under this id.
            let here = self.identity(moment, Side::Snapshot(&contents), on)?;
            if end >= moment.event && here.is_some() && here == event {
                opened.push((end, contents));
            }
        }
    }

    /// Returns the identity of the event that a side has under the moment's id.
    fn identity(self, moment: &Moment, side: Side<'_>, on: OnProgress<'_>) -> Result<Option<u64>> {
        let (id, mut found) = (moment.event, None);
        let ids = id.saturating_sub(1)..id;
        for_each_event(side, self.profile, ids, on, |_, table, row| {
            found = Some(EventIdentity::of(table, self.log, &[]).hash(&row));
            Ok(())
        })?;
        Ok(found)
    }
}
