//! What was found, by row: the same row of several sides is one finding.

use std::{collections::HashMap, ops::Range};

use super::{Excerpt, Hit, Place, Sighting};
use crate::core::base::{
    event::Standing,
    record::{Key, Value},
};

/// A row that holds the text, and where.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The table.
    pub table: String,
    /// The key's columns and their values; the whole row where there is no key.
    pub key: Vec<(String, Value)>,
    /// The text as the first side that holds it has it: live, else the newest snapshot.
    pub excerpt: Excerpt,
    /// Where that is: the side, and the row's place in its table.
    pub seen: (Place, u64),
    /// Whether it counts in live; nothing where live does not hold it.
    pub live: Option<Standing>,
    /// The snapshots that hold it, newest first, as runs of places in the list of snapshots.
    runs: Vec<Range<usize>>,
    counts_in: Option<(usize, u64)>,
}

impl Finding {
    /// The snapshots that hold it, newest first, as places in the list of snapshots.
    pub fn snapshots(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.runs.iter().flat_map(Clone::clone)
    }

    /// How many snapshots hold it.
    pub fn count(&self) -> usize {
        self.runs.iter().map(ExactSizeIterator::len).sum()
    }

    /// The newest snapshot that holds it as a row that counts, and the row's place in its table:
    /// restoring that snapshot brings the row back.
    pub fn counts_in(&self) -> Option<(usize, u64)> {
        self.counts_in
    }

    /// Whether live holds it as a row that counts.
    pub fn is_in_live(&self) -> bool {
        self.live == Some(Standing::Current)
    }

    fn see(&mut self, (place, row): (Place, u64), standing: Standing) {
        let index = match place {
            Place::Live => {
                self.live = Some(standing);
                return;
            }
            Place::Snapshot(index) => index,
        };
        match self.runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            // A table without a primary key may hold a row twice.
            Some(run) if run.contains(&index) => {}
            _ => self.runs.push(index..index + 1),
        }
        if standing == Standing::Current && self.counts_in.is_none() {
            self.counts_in = Some((index, row));
        }
    }

    /// Forgets the snapshot that was seen last.
    fn forget(&mut self, index: usize) {
        if let Some(run) = self.runs.last_mut()
            && run.end == index + 1
        {
            run.end -= 1;
            if run.start == run.end {
                self.runs.pop();
            }
        }
        self.counts_in = self.counts_in.filter(|&(counts_in, _)| counts_in != index);
    }
}

/// What a search has found so far, in the order in which it was found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    rows: Vec<Finding>,
    by_key: HashMap<(String, Key), usize>,
    failed: Vec<(Place, String)>,
    most: usize,
    /// The side in which there were first more rows than are kept.
    more_in: Option<Place>,
}

impl Findings {
    /// No findings yet, and never more rows than these.
    pub fn at_most(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// Takes what a search has come upon.
    pub fn add(&mut self, sighting: Sighting) {
        match sighting {
            Sighting::Hit(hit) => self.add_hit(hit),
            Sighting::Failed(place, error) => {
                self.forget(place);
                self.failed.push((place, error.to_string()));
            }
        }
    }

    /// The rows, in the order in which they were found: those of live first.
    pub fn rows(&self) -> &[Finding] {
        &self.rows
    }

    /// Whether there are more rows than are kept.
    pub fn has_more(&self) -> bool {
        self.more_in.is_some()
    }

    /// The sides that could not be searched, and why.
    pub fn failed(&self) -> &[(Place, String)] {
        &self.failed
    }

    fn add_hit(&mut self, hit: Hit) {
        let (key, seen) = ((hit.table, hit.key), (hit.place, hit.row));
        if let Some(&known) = self.by_key.get(&key) {
            self.rows[known].see(seen, hit.standing);
            return;
        }
        if self.rows.len() >= self.most {
            self.more_in.get_or_insert(hit.place);
            return;
        }
        let mut finding = Finding {
            table: key.0.clone(),
            key: hit.named,
            excerpt: hit.excerpt,
            seen,
            live: None,
            runs: Vec::new(),
            counts_in: None,
        };
        finding.see(seen, hit.standing);
        self.by_key.insert(key, self.rows.len());
        self.rows.push(finding);
    }

    /// Forgets what was found in a side, which is the one that was searched last.
    fn forget(&mut self, place: Place) {
        for finding in &mut self.rows {
            match place {
                Place::Live => finding.live = None,
                Place::Snapshot(index) => finding.forget(index),
            }
        }
        let holds = |finding: &Finding| finding.live.is_some() || finding.count() > 0;
        let kept = self.rows.iter().rposition(holds).map_or(0, |last| last + 1);
        self.rows.truncate(kept);
        self.by_key.retain(|_, index| *index < kept);
        self.more_in = self.more_in.filter(|&more_in| more_in != place);
    }
}
