//! What is known of the snapshots that were looked at: their rows, and how each ended.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use crate::core::{Counts, Event, Progress, Snapshot};

/// The rows of one snapshot, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// They are being counted.
    Counting(Option<Progress>),
    /// They are known.
    Known(Counts),
    /// They cannot be counted, for this reason.
    Failed(String),
}

/// How a snapshot ended.
#[derive(Debug)]
enum Ending {
    Unread,
    Reading,
    Known(Vec<Event>),
}

/// A file that was written since is another.
type FileVersion = (u64, DateTime<Utc>);

fn version(snapshot: &Snapshot) -> FileVersion {
    (snapshot.size, snapshot.modified)
}

#[derive(Debug)]
struct KnownEntry {
    version: FileVersion,
    counted: Counted,
    ending: Ending,
}

/// What is known of snapshots, by their paths.
#[derive(Debug, Default)]
pub(super) struct KnownSnapshots {
    entries: HashMap<PathBuf, KnownEntry>,
    /// The one that is being read.
    reading: Option<PathBuf>,
    /// Those that were asked for though they are not selected.
    asked: HashMap<PathBuf, FileVersion>,
}

impl KnownSnapshots {
    /// How many snapshots are looked at besides the selected one: the newest.
    pub(super) const MOST: usize = 200;

    fn entry(&self, snapshot: &Snapshot) -> Option<&KnownEntry> {
        let entry = self.entries.get(&snapshot.path)?;
        (entry.version == version(snapshot)).then_some(entry)
    }

    /// Whether a snapshot is to be read; if so it counts as being read.
    pub(super) fn start_reading(&mut self, snapshot: &Snapshot) -> bool {
        let known = self.entry(snapshot);
        if known.is_some_and(|entry| !matches!(entry.ending, Ending::Unread)) {
            return false;
        }
        let entry = KnownEntry {
            version: version(snapshot),
            counted: known.map_or(Counted::Counting(None), |entry| entry.counted.clone()),
            ending: Ending::Reading,
        };
        self.stop_reading(None);
        self.entries.insert(snapshot.path.clone(), entry);
        self.reading = Some(snapshot.path.clone());
        true
    }

    /// Whether another than the selected snapshot is being read; if so it is not any more.
    pub(super) fn stop_reading(&mut self, selected: Option<&Snapshot>) -> bool {
        let is_other = |path: &mut PathBuf| selected.is_none_or(|selected| *path != selected.path);
        let Some(left) = self.reading.take_if(is_other) else {
            return false;
        };
        if let Some(entry) = self.entries.get_mut(&left) {
            entry.ending = Ending::Unread;
            if let Counted::Counting(_) = entry.counted {
                self.entries.remove(&left);
            }
        }
        true
    }

    /// Those of the newest snapshots whose rows are not known and were not asked for; they are now.
    pub(super) fn unknown(&mut self, snapshots: &[Snapshot]) -> Vec<Snapshot> {
        let newest = snapshots.iter().take(Self::MOST);
        let intact = newest.filter(|snapshot| snapshot.is_intact());
        let unknown: Vec<Snapshot> = intact
            .filter(|snapshot| {
                self.entry(snapshot).is_none()
                    && self.asked.get(&snapshot.path) != Some(&version(snapshot))
            })
            .cloned()
            .collect();
        let asked = unknown.iter();
        self.asked
            .extend(asked.map(|snapshot| (snapshot.path.clone(), version(snapshot))));
        unknown
    }

    /// Takes how far the counting is.
    pub(super) fn set_progress(&mut self, progress: Progress) {
        for entry in self.entries.values_mut() {
            if let Counted::Counting(known) = &mut entry.counted {
                *known = Some(progress);
            }
        }
    }

    /// Takes what the counting came to.
    pub(super) fn set(&mut self, path: &Path, counted: Counted) {
        if let Counted::Failed(_) = counted {
            self.reading = None;
        }
        if let Some(entry) = self.entries.get_mut(path) {
            entry.counted = counted;
        }
    }

    /// Takes the last events.
    pub(super) fn set_last(&mut self, path: &Path, events: Vec<Event>) {
        self.reading = None;
        if let Some(entry) = self.entries.get_mut(path) {
            entry.ending = Ending::Known(events);
        }
    }

    /// Takes the rows of a snapshot that is not selected.
    pub(super) fn set_cached(&mut self, snapshot: &Snapshot, counts: Counts) {
        let (version, counted) = (version(snapshot), Counted::Known(counts));
        match self.entries.get_mut(&snapshot.path) {
            Some(entry) if entry.version == version => entry.counted = counted,
            _ => {
                let entry = KnownEntry {
                    version,
                    counted,
                    ending: Ending::Unread,
                };
                self.entries.insert(snapshot.path.clone(), entry);
            }
        }
    }

    /// The rows of a snapshot as far as they are known.
    pub(super) fn counted(&self, snapshot: &Snapshot) -> Option<&Counted> {
        Some(&self.entry(snapshot)?.counted)
    }

    /// The rows of a snapshot.
    pub(super) fn counts(&self, snapshot: &Snapshot) -> Option<&Counts> {
        match self.counted(snapshot)? {
            Counted::Known(counts) => Some(counts),
            Counted::Counting(_) | Counted::Failed(_) => None,
        }
    }

    /// The last events of a snapshot.
    pub(super) fn last_events(&self, snapshot: &Snapshot) -> Option<&[Event]> {
        match &self.entry(snapshot)?.ending {
            Ending::Known(events) => Some(events),
            Ending::Unread | Ending::Reading => None,
        }
    }
}
