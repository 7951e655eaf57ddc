//! What is known of snapshots beyond what is listed: their last sentences, and how they compare to live.
//! It is read for the rows in sight only.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use crate::{
    core::{Fold, LogEnding, LogStanding, Snapshot},
    tui::task::{About, AboutRequest},
};

/// Changes if the file is written again, and with each change of live.
type ReadAs = (u64, DateTime<Utc>, u64);

#[derive(Debug)]
struct Entry {
    requested: ReadAs,
    about: About,
}

/// What was read, by path.
#[derive(Debug, Default)]
pub(super) struct Abouts {
    entries: HashMap<PathBuf, Entry>,
    /// How often live has changed.
    changes: u64,
    /// How many identical ones are folded into each.
    identical: HashMap<PathBuf, usize>,
}

impl Abouts {
    /// So few are read at once that a list that is scrolled waits for none out of sight.
    const AT_ONCE: usize = 8;

    fn version(&self, snapshot: &Snapshot) -> ReadAs {
        (snapshot.size, snapshot.modified, self.changes)
    }

    /// What is to be read of these snapshots next; it counts as requested from now on.
    pub(super) fn wanted<'s>(
        &mut self,
        visible: impl Iterator<Item = &'s Snapshot>,
    ) -> Vec<AboutRequest> {
        let mut wanted = Vec::new();
        for snapshot in visible.filter(|snapshot| snapshot.is_intact()) {
            let requested = self.version(snapshot);
            let known = self.entries.get(&snapshot.path);
            if known.is_some_and(|entry| entry.requested == requested) {
                continue;
            }
            let is_same_file = |entry: &&Entry| {
                (entry.requested.0, entry.requested.1) == (requested.0, requested.1)
            };
            // How it stood to live is shown until it is known anew.
            let about = known.filter(is_same_file).map(|entry| entry.about.clone());
            let about = about.unwrap_or_default();
            wanted.push(AboutRequest {
                snapshot: snapshot.clone(),
                ending: about.ending.clone(),
            });
            let entry = Entry { requested, about };
            self.entries.insert(snapshot.path.clone(), entry);
            if wanted.len() == Self::AT_ONCE {
                break;
            }
        }
        wanted
    }

    /// Takes which are folded.
    pub(super) fn fold(&mut self, folds: &[Fold<'_>]) {
        let folds = folds.iter().filter(|fold| fold.identical > 0);
        let counts = folds.map(|fold| (fold.first.path.clone(), fold.identical));
        self.identical = counts.collect();
    }

    /// How many identical ones are folded into it.
    pub(super) fn identical(&self, snapshot: &Snapshot) -> Option<usize> {
        self.identical.get(&snapshot.path).copied()
    }

    /// How many are folded.
    pub(super) fn folded(&self) -> usize {
        self.identical.values().sum()
    }

    pub(super) fn set(&mut self, path: &Path, about: About) {
        if let Some(entry) = self.entries.get_mut(path) {
            entry.about = about;
        }
    }

    /// Notes that live has changed: how each compares to it must be read again.
    pub(super) fn live_changed(&mut self) {
        self.changes += 1;
    }

    fn about(&self, snapshot: &Snapshot) -> Option<&About> {
        let entry = self.entries.get(&snapshot.path)?;
        let is_same = (entry.requested.0, entry.requested.1) == (snapshot.size, snapshot.modified);
        is_same.then_some(&entry.about)
    }

    /// Its last sentence, once it is read, or as the archive noted it.
    pub(super) fn sentence<'s>(&'s self, snapshot: &'s Snapshot) -> Option<&'s str> {
        let about = self.about(snapshot);
        let read = about.and_then(|about| about.ending.as_deref());
        let sentence = read.and_then(|ending: &LogEnding| ending.sentence.as_deref());
        sentence.or(snapshot.sentence.as_deref())
    }

    /// How its log compares to live's, once that is known.
    pub(super) fn standing(&self, snapshot: &Snapshot) -> Option<LogStanding> {
        self.about(snapshot)?.standing
    }
}
