//! Collects the findings of a search by row: the same row of several sides is one finding.

use std::{collections::HashMap, ops::Range};

use super::{Excerpt, Hit, Place, SearchEvent};
use crate::core::base::{event::EventStatus, row::Value};

/// A row that contains the text, and the sides that hold it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The table.
    pub table: String,
    /// The key's columns and values; the whole row if there is no key.
    pub key: Vec<(String, Value)>,
    /// The text on the first side that holds it: live, else the newest snapshot.
    pub excerpt: Excerpt,
    /// That side, and the row's index in its table.
    pub seen: (Place, u64),
    /// The row's status in live; `None` if live lacks it.
    pub live: Option<EventStatus>,
    /// The snapshots that hold it, newest first, as ranges of indices into the list of snapshots.
    runs: Vec<Range<usize>>,
    counts_in: Option<(usize, u64)>,
}

impl Finding {
    /// Returns the snapshots that hold it, newest first, as indices into the list of snapshots.
    pub fn snapshots(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.runs.iter().flat_map(Clone::clone)
    }

    /// Returns how many snapshots hold it.
    pub fn count(&self) -> usize {
        self.runs.iter().map(ExactSizeIterator::len).sum()
    }

    /// Returns the newest snapshot in which the row is active, and the row's index in its table:
    /// restoring that snapshot brings the row back.
    pub fn counts_in(&self) -> Option<(usize, u64)> {
        self.counts_in
    }

    /// Returns whether the row is active in live.
    pub fn is_in_live(&self) -> bool {
        self.live == Some(EventStatus::Active)
    }

    fn see(&mut self, (place, row): (Place, u64), status: EventStatus) {
        let index = match place {
            Place::Live => {
                self.live = Some(status);
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
        if status == EventStatus::Active && self.counts_in.is_none() {
            self.counts_in = Some((index, row));
        }
    }

    /// Removes the snapshot that was added last.
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

/// The findings of a search so far, in order.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    rows: Vec<Finding>,
    by_key: HashMap<u128, usize>,
    failed: Vec<(Place, String)>,
    most: usize,
    /// The first side with more rows than are kept.
    more_in: Option<Place>,
}

impl Findings {
    /// Creates an empty collection that keeps at most this many rows.
    pub fn at_most(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// Adds a search result.
    pub fn add(&mut self, event: SearchEvent) {
        match event {
            SearchEvent::Hit(hit) => self.add_hit(hit),
            SearchEvent::Failed(place, error) => {
                self.forget(place);
                self.failed.push((place, error.to_string()));
            }
        }
    }

    /// Returns the rows in the order in which they were found: live's first.
    pub fn rows(&self) -> &[Finding] {
        &self.rows
    }

    /// Returns whether there are more rows than are kept.
    pub fn has_more(&self) -> bool {
        self.more_in.is_some()
    }

    /// Returns the sides that could not be searched, and why.
    pub fn failed(&self) -> &[(Place, String)] {
        &self.failed
    }

    fn add_hit(&mut self, hit: Hit) {
        let seen = (hit.place, hit.row);
        if let Some(&known) = self.by_key.get(&hit.key) {
            self.rows[known].see(seen, hit.status);
            return;
        }
        let Some(found) = hit.found.filter(|_| self.rows.len() < self.most) else {
            self.more_in.get_or_insert(hit.place);
            return;
        };
        let mut finding = Finding {
            table: found.table,
            key: found.key,
            excerpt: found.excerpt,
            seen,
            live: None,
            runs: Vec::new(),
            counts_in: None,
        };
        finding.see(seen, hit.status);
        self.by_key.insert(hit.key, self.rows.len());
        self.rows.push(finding);
    }

    /// Removes what was found in a side, which is the one searched last.
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
