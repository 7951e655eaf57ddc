//! The events of an event history in a few bytes each: ids and rows as runs of consecutive numbers, and what many
//! events share as a class.

use std::{collections::HashMap, ops::Range};

use super::EventEntry;
use crate::core::base::event::EventStatus;

/// Entries in the order of their ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    runs: Vec<Run>,
    /// The class of each entry.
    classes: Vec<u16>,
    known: Vec<Class>,
    numbers: HashMap<Class, u16>,
}

/// Entries whose ids, and rows if they have any, are consecutive.
#[derive(Clone, Copy, Debug)]
struct Run {
    place: usize,
    id: i64,
    row: Option<u32>,
}

/// What many entries share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Class {
    pub(super) live: Option<EventStatus>,
    pub(super) snapshot: Option<EventStatus>,
    pub(super) is_newer: bool,
    pub(super) kind: u16,
    pub(super) branch: u16,
}

impl Entries {
    /// Beyond this number of classes, kinds and branches are dropped.
    const MOST_CLASSES: usize = 65_000;

    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }

    /// Appends an entry.
    pub(super) fn push(&mut self, entry: EventEntry) {
        let row = entry.class.snapshot.is_some().then_some(entry.row);
        let place = self.len();
        let continues = self.runs.last().is_some_and(|run| {
            let (id, expected) = run.at(place);
            entry.id == id && row == expected
        });
        if !continues {
            let id = entry.id;
            self.runs.push(Run { place, id, row });
        }
        let class = self.class(entry.class);
        self.classes.push(class);
    }

    /// Returns the number of a class.
    fn class(&mut self, class: Class) -> u16 {
        if let Some(number) = self.numbers.get(&class) {
            return *number;
        }
        let class = if self.known.len() < Self::MOST_CLASSES {
            class
        } else {
            let (kind, branch) = (u16::MAX, u16::MAX);
            Class {
                kind,
                branch,
                ..class
            }
        };
        let next = u16::try_from(self.known.len()).unwrap_or(u16::MAX);
        let known = &mut self.known;
        *self.numbers.entry(class).or_insert_with(|| {
            known.push(class);
            next
        })
    }

    /// Returns the entry at an index.
    pub(super) fn get(&self, place: usize) -> Option<EventEntry> {
        let class = self.known[usize::from(*self.classes.get(place)?)];
        let run = self.runs.partition_point(|run| run.place <= place);
        let (id, row) = self.runs[run.checked_sub(1)?].at(place);
        Some(EventEntry {
            id,
            row: row.unwrap_or(0),
            class,
        })
    }

    /// Returns the index of the first entry with this id or a greater one.
    pub(super) fn place_of(&self, id: i64) -> usize {
        let next = self.runs.partition_point(|run| run.id < id);
        let end = self.runs.get(next).map_or(self.len(), |run| run.place);
        let before = next.checked_sub(1).map(|before| self.runs[before]);
        let within = before.and_then(|run| {
            let offset = usize::try_from(id.abs_diff(run.id)).ok()?;
            run.place.checked_add(offset)
        });
        within.map_or(end, |place| place.min(end))
    }

    /// Returns the number of entries of each class.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Class, u64)> {
        let mut counts = vec![0; self.known.len()];
        for class in &self.classes {
            counts[usize::from(*class)] += 1;
        }
        self.known.iter().copied().zip(counts)
    }

    /// Returns the indices of the entries of some classes.
    pub(super) fn places(&self, wanted: impl FnMut(&Class) -> bool) -> Vec<u32> {
        let wanted: Vec<bool> = self.known.iter().map(wanted).collect();
        let places = self.classes.iter().zip(0..);
        let places = places.filter(|(class, _)| wanted[usize::from(**class)]);
        places.map(|(_, place)| place).collect()
    }

    /// Returns the entries at some indices.
    pub(super) fn range(&self, places: Range<usize>) -> impl Iterator<Item = EventEntry> {
        places.filter_map(|place| self.get(place))
    }
}

impl Run {
    /// Returns the id and the row of the entry at an index, as the run continues them.
    fn at(self, place: usize) -> (i64, Option<u32>) {
        let offset = place - self.place;
        let id = self.id.wrapping_add_unsigned(offset as u64);
        let add = |row: u32| row.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
        (id, self.row.map(add))
    }
}
