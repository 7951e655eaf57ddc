//! The rows that a list of any length holds: those near the rows in sight.

use std::ops::Range;

/// Rows by their places in the list.
#[derive(Debug)]
pub struct PageCache<T> {
    from: usize,
    rows: Vec<T>,
    /// The places that are held, or will be once a request is answered.
    covered: Range<usize>,
    is_waiting: bool,
}

impl<T> Default for PageCache<T> {
    fn default() -> Self {
        Self {
            from: 0,
            rows: Vec::new(),
            covered: 0..0,
            is_waiting: false,
        }
    }
}

impl<T> PageCache<T> {
    /// How far beyond the rows in sight rows are held, in screenfuls.
    const BEYOND: usize = 3;
    const FEWEST: usize = 50;

    pub fn get(&self, place: usize) -> Option<&T> {
        self.rows.get(place.checked_sub(self.from)?)
    }

    /// The places to request in a list of this length: none while a screenful beyond the rows in sight
    /// is covered both ways.
    pub fn missing(&self, visible: &Range<usize>, len: usize) -> Option<Range<usize>> {
        let around =
            |more: usize| visible.start.saturating_sub(more)..(visible.end + more).min(len);
        let near = around(visible.len());
        if near.is_empty() || (self.covered.start <= near.start && near.end <= self.covered.end) {
            return None;
        }
        Some(around((visible.len() * Self::BEYOND).max(Self::FEWEST)))
    }

    /// Notes that the rows at these places were requested.
    pub fn request(&mut self, places: Range<usize>) {
        self.covered = places;
        self.is_waiting = true;
    }

    /// Notes that another request replaces the one that is not answered yet.
    pub fn cancel_request(&mut self) {
        if self.is_waiting {
            self.covered = 0..0;
            self.is_waiting = false;
        }
    }

    pub fn requested(&self) -> Range<usize> {
        self.covered.clone()
    }

    /// Takes the requested rows, or other rows from a place on.
    pub fn set(&mut self, from: usize, rows: Vec<T>) {
        self.from = from;
        self.rows = rows;
        self.is_waiting = false;
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
