//! Folds what the sides hold of a row into its versions.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{Decoded, EventPart, FoundVersion, HistoryEvent, HistoryStep, RowOnSide, SideEvents};
use crate::core::{
    actions::search::Place,
    base::{error::Error, row::Value},
    file::{json::PartFindings, snapshot::Snapshot},
};

/// A row as consecutive sides hold it, or its absence on them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RowVersion {
    /// The sides, oldest first; never empty.
    pub places: Vec<Place>,
    /// The row on the newest of them; `None` if they lack it.
    pub row: Option<Arc<FoundVersion>>,
    /// The row's index in the table of the newest snapshot among them, from 0.
    pub number: u64,
    /// The row of the last version before it that has one.
    pub before: Option<Arc<FoundVersion>>,
    /// The columns in which the row differs from that.
    pub changed: Vec<String>,
    /// Whether the row was gone in between.
    pub is_back: bool,
    /// The rewinds between the version before and this one.
    pub rewinds: Vec<Arc<HistoryEvent>>,
    /// The events that name the row, as far as no older side has them.
    pub events: Vec<Arc<HistoryEvent>>,
}

impl RowVersion {
    /// Returns the snapshots, oldest first, as indices into the list of snapshots.
    pub fn snapshots(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.places.iter().filter_map(|place| match place {
            Place::Live => None,
            Place::Snapshot(index) => Some(*index),
        })
    }

    /// Returns whether live is among the sides.
    pub fn is_live(&self) -> bool {
        self.places.last() == Some(&Place::Live)
    }
}

/// What was read of a row so far.
#[derive(Clone, Debug)]
pub struct RowHistory {
    snapshots: Arc<[Snapshot]>,
    sides: BTreeMap<Age, RowOnSide>,
    failed: Vec<(Place, String)>,
    /// Each event and the oldest side that has it.
    events: Vec<Option<(Age, Arc<HistoryEvent>)>>,
    /// The parts of the log that sides share, by their addresses, and the oldest side that has each.
    parts: HashMap<usize, (Age, PartFindings<Decoded>)>,
}

/// The order of the sides: snapshots by their indices, then live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Age(usize);

impl Age {
    fn of(place: Place) -> Self {
        match place {
            Place::Live => Self(usize::MAX),
            Place::Snapshot(index) => Self(index),
        }
    }
}

impl RowHistory {
    /// Creates the history of a row before any side is read; the snapshots are those of the scope.
    pub fn of(snapshots: Arc<[Snapshot]>) -> Self {
        Self {
            snapshots,
            sides: BTreeMap::new(),
            failed: Vec::new(),
            events: Vec::new(),
            parts: HashMap::new(),
        }
    }

    /// Returns the snapshots, to which each [`Place::Snapshot`] refers by its index.
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// Adds what was read of a side.
    pub fn add(&mut self, step: HistoryStep) {
        match step {
            HistoryStep::Read(mut side) => {
                // Live is read twice, and only the second attempt may succeed.
                self.failed.retain(|(known, _)| *known != side.place);
                let age = Age::of(side.place);
                self.add_events(age, std::mem::take(&mut side.events));
                self.sides.insert(age, side);
            }
            HistoryStep::Failed(place, error) => {
                self.sides.remove(&Age::of(place));
                self.failed.retain(|(known, _)| *known != place);
                let reason = match error {
                    // `place` names the file.
                    Error::Damaged { damage, .. } => damage,
                    other => other.to_string(),
                };
                self.failed.push((place, reason));
            }
        }
    }

    fn add_events(&mut self, age: Age, events: SideEvents) {
        for event in &events.events {
            self.add_event(age, event);
        }
        for part in events.shared {
            // Nearly every part was read on an older side. Parts that are kept have different addresses.
            let address = Arc::as_ptr(&part).addr();
            let known = self.parts.get(&address);
            if known.is_none_or(|(known, _)| age < *known) {
                let events = part.iter().filter_map(|(_, found)| found.event.as_ref());
                events.for_each(|event| self.add_event(age, event));
                self.parts.insert(address, (age, part));
            }
        }
    }

    fn add_event(&mut self, age: Age, event: &Arc<HistoryEvent>) {
        if self.events.len() <= event.number {
            self.events.resize(event.number + 1, None);
        }
        let known = &mut self.events[event.number];
        if known.as_ref().is_none_or(|(known, _)| age < *known) {
            *known = Some((age, Arc::clone(event)));
        }
    }

    /// Returns the sides that could not be read, and why.
    pub fn failed(&self) -> &[(Place, String)] {
        &self.failed
    }

    /// Returns how many sides were read.
    pub fn len(&self) -> usize {
        self.sides.len()
    }

    /// Returns whether none was read.
    pub fn is_empty(&self) -> bool {
        self.sides.is_empty()
    }

    /// Returns the row's table; `None` if no side holds the row.
    pub fn table(&self) -> Option<&str> {
        Some(&self.newest()?.table.name)
    }

    /// Returns the key's columns and values; empty if no side holds the row.
    pub fn key(&self) -> Vec<(String, Value)> {
        let Some(row) = self.newest() else {
            return Vec::new();
        };
        let named = row.row.key_columns(&row.table);
        named
            .map(|(column, value)| (column.to_owned(), value.clone()))
            .collect()
    }

    fn newest(&self) -> Option<&FoundVersion> {
        let mut sides = self.sides.values().rev();
        sides.find_map(|side| side.row.as_deref())
    }

    /// Returns the versions, oldest first, from the first side that holds the row. An absence after
    /// that is a version too.
    pub fn versions(&self) -> Vec<RowVersion> {
        let mut versions: Vec<RowVersion> = Vec::new();
        let mut starts = Vec::new();
        let is_absent = |side: &&RowOnSide| side.row.is_none();
        for side in self.sides.values().skip_while(is_absent) {
            match versions.last_mut() {
                Some(version) if is_same(version.row.as_deref(), side.row.as_deref()) => {
                    version.places.push(side.place);
                    version.row.clone_from(&side.row);
                    if side.place != Place::Live {
                        version.number = side.number;
                    }
                }
                _ => {
                    starts.push(Age::of(side.place));
                    let mut earlier = versions.iter().rev();
                    let before = earlier.find_map(|version| version.row.clone());
                    let changed = match (&before, &side.row) {
                        (Some(before), Some(row)) => {
                            differing(before, row).map(str::to_owned).collect()
                        }
                        _ => Vec::new(),
                    };
                    versions.push(RowVersion {
                        places: vec![side.place],
                        row: side.row.clone(),
                        number: side.number,
                        is_back: before.is_some()
                            && versions.last().is_some_and(|it| it.row.is_none()),
                        before,
                        changed,
                        rewinds: Vec::new(),
                        events: Vec::new(),
                    });
                }
            }
        }
        self.explain(&mut versions, &starts);
        versions
    }

    /// Adds the events to the versions, which start at these sides.
    fn explain(&self, versions: &mut [RowVersion], starts: &[Age]) {
        let mut events: Vec<_> = self.events.iter().flatten().collect();
        events.sort_by_key(|(_, event)| (event.event.id, event.number));
        for (age, event) in events {
            let behind = starts.partition_point(|start| start <= age);
            // The first version begins with the first side that holds the row, whatever happened since the
            // side before.
            let Some(place) = behind.checked_sub(1) else {
                continue;
            };
            let begins_here = starts[place] == *age;
            match event.part {
                EventPart::Rewind if begins_here && place > 0 => {
                    versions[place].rewinds.push(Arc::clone(event));
                }
                EventPart::Rewind => {}
                EventPart::Names => versions[place].events.push(Arc::clone(event)),
            }
        }
    }
}

/// Returns the columns of both rows whose values differ. Columns that only one side has do not count.
fn differing<'r>(before: &'r FoundVersion, row: &'r FoundVersion) -> impl Iterator<Item = &'r str> {
    let columns = row.table.columns.iter().zip(&row.row.values);
    let differs = |(column, value): (&'r String, &Value)| {
        let same = before.value(column)?.same(value);
        (!same).then_some(column.as_str())
    };
    columns.filter_map(differs)
}

fn is_same(before: Option<&FoundVersion>, row: Option<&FoundVersion>) -> bool {
    match (before, row) {
        (None, None) => true,
        (Some(before), Some(row)) => {
            std::ptr::eq(before, row) || differing(before, row).next().is_none()
        }
        _ => false,
    }
}
