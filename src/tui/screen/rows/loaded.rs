//! The rows that are held: those about what is in sight, and which were asked for.

use std::{collections::BTreeMap, ops::Range};

use crate::tui::task::NumberedRow;

/// Rows by their numbers.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    lines: BTreeMap<u64, NumberedRow>,
    /// The places in the list whose rows were asked for.
    asked: Range<usize>,
}

impl Loaded {
    /// How far beyond what is in sight rows are held, in screenfuls.
    const BEYOND: usize = 3;
    const FEWEST: usize = 50;

    /// A row, if it is held.
    pub(super) fn line(&self, number: u64) -> Option<&NumberedRow> {
        self.lines.get(&number)
    }

    /// The places to ask for, of so many, now that some are in sight: none as long as there is a
    /// screenful more on either side.
    pub(super) fn wanted(&self, sight: &Range<usize>, count: usize) -> Option<Range<usize>> {
        let about = |more: usize| sight.start.saturating_sub(more)..(sight.end + more).min(count);
        let near = about(sight.len());
        if near.is_empty() || (self.asked.start <= near.start && near.end <= self.asked.end) {
            return None;
        }
        Some(about((sight.len() * Self::BEYOND).max(Self::FEWEST)))
    }

    /// Takes it that the rows at these places will come.
    pub(super) fn ask(&mut self, places: Range<usize>) {
        self.asked = places;
    }

    /// How many rows were asked for.
    pub(super) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// What was asked for will not come.
    pub(super) fn unask(&mut self) {
        self.asked = 0..0;
    }

    /// Holds these rows and no others.
    pub(super) fn take(&mut self, lines: Vec<NumberedRow>) {
        let numbered = lines.into_iter().map(|line| (line.number, line));
        self.lines = numbered.collect();
    }

    /// Holds nothing.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
