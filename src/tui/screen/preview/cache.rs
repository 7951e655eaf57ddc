//! The snapshots that were read for the preview: their rows and their last events.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use crate::core::{Counts, Event, Progress, Snapshot};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    Counting(Option<Progress>),
    Known(Counts),
    Failed(String),
}

#[derive(Debug)]
enum LastEvents {
    Unread,
    Reading,
    Known(Vec<Event>),
}

/// Changes if the file is written again.
type SnapshotVersion = (u64, DateTime<Utc>);

fn version(snapshot: &Snapshot) -> SnapshotVersion {
    (snapshot.size, snapshot.modified)
}

#[derive(Debug)]
struct CacheEntry {
    version: SnapshotVersion,
    counted: Counted,
    ending: LastEvents,
}

/// The rows and last events of snapshots, by path.
#[derive(Debug, Default)]
pub struct PreviewCache {
    entries: HashMap<PathBuf, CacheEntry>,
    reading: Option<PathBuf>,
    /// Those that were requested though they are not selected.
    requested: HashMap<PathBuf, SnapshotVersion>,
}

impl PreviewCache {
    /// How many of the newest snapshots are read besides the selected one.
    pub(super) const MOST: usize = 200;

    fn entry(&self, snapshot: &Snapshot) -> Option<&CacheEntry> {
        let entry = self.entries.get(&snapshot.path)?;
        (entry.version == version(snapshot)).then_some(entry)
    }

    /// Whether a snapshot has to be read; if so, it counts as being read.
    pub fn start_reading(&mut self, snapshot: &Snapshot) -> bool {
        let known = self.entry(snapshot);
        if known.is_some_and(|entry| !matches!(entry.ending, LastEvents::Unread)) {
            return false;
        }
        let entry = CacheEntry {
            version: version(snapshot),
            counted: known.map_or(Counted::Counting(None), |entry| entry.counted.clone()),
            ending: LastEvents::Reading,
        };
        self.stop_reading(None);
        self.entries.insert(snapshot.path.clone(), entry);
        self.reading = Some(snapshot.path.clone());
        true
    }

    /// Whether another snapshot than the selected one is being read; if so, it no longer counts as that.
    pub fn stop_reading(&mut self, selected: Option<&Snapshot>) -> bool {
        let is_other = |path: &mut PathBuf| selected.is_none_or(|selected| *path != selected.path);
        let Some(left) = self.reading.take_if(is_other) else {
            return false;
        };
        if let Some(entry) = self.entries.get_mut(&left) {
            entry.ending = LastEvents::Unread;
            if let Counted::Counting(_) = entry.counted {
                self.entries.remove(&left);
            }
        }
        true
    }

    /// Those of the newest snapshots whose rows were not requested; they count as requested from now on.
    pub fn unknown(&mut self, snapshots: &[Snapshot]) -> Vec<Snapshot> {
        let newest = snapshots.iter().take(Self::MOST);
        let intact = newest.filter(|snapshot| snapshot.is_intact());
        let unknown: Vec<Snapshot> = intact
            .filter(|snapshot| {
                self.entry(snapshot).is_none()
                    && self.requested.get(&snapshot.path) != Some(&version(snapshot))
            })
            .cloned()
            .collect();
        let requested = unknown.iter();
        self.requested
            .extend(requested.map(|snapshot| (snapshot.path.clone(), version(snapshot))));
        unknown
    }

    pub fn set_progress(&mut self, progress: Progress) {
        for entry in self.entries.values_mut() {
            if let Counted::Counting(known) = &mut entry.counted {
                *known = Some(progress);
            }
        }
    }

    pub fn set(&mut self, path: &Path, counted: Counted) {
        if let Counted::Failed(_) = counted {
            self.reading = None;
        }
        if let Some(entry) = self.entries.get_mut(path) {
            entry.counted = counted;
        }
    }

    pub fn set_last(&mut self, path: &Path, events: Vec<Event>) {
        self.reading = None;
        if let Some(entry) = self.entries.get_mut(path) {
            entry.ending = LastEvents::Known(events);
        }
    }

    pub fn set_cached(&mut self, snapshot: &Snapshot, counts: Counts) {
        let (version, counted) = (version(snapshot), Counted::Known(counts));
        match self.entries.get_mut(&snapshot.path) {
            Some(entry) if entry.version == version => entry.counted = counted,
            _ => {
                let entry = CacheEntry {
                    version,
                    counted,
                    ending: LastEvents::Unread,
                };
                self.entries.insert(snapshot.path.clone(), entry);
            }
        }
    }

    pub(super) fn counted(&self, snapshot: &Snapshot) -> Option<&Counted> {
        Some(&self.entry(snapshot)?.counted)
    }

    pub(super) fn counts(&self, snapshot: &Snapshot) -> Option<&Counts> {
        match self.counted(snapshot)? {
            Counted::Known(counts) => Some(counts),
            Counted::Counting(_) | Counted::Failed(_) => None,
        }
    }

    pub(super) fn last_events(&self, snapshot: &Snapshot) -> Option<&[Event]> {
        match &self.entry(snapshot)?.ending {
            LastEvents::Known(events) => Some(events),
            LastEvents::Unread | LastEvents::Reading => None,
        }
    }
}
