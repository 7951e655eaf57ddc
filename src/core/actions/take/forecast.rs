//! Estimates the size of a snapshot from the rows so far, for its progress.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The expected and actual sizes of the tables.
#[derive(Default)]
pub(super) struct Forecast {
    /// The rows before the current table, and the bytes.
    rows: u64,
    bytes: u64,
    /// An upper bound of the rows of the current table and of those after it; 0 if unknown.
    current: u64,
    rest: u64,
    total: Arc<AtomicU64>,
}

impl Forecast {
    /// Starts with the estimated numbers of rows of all tables.
    pub(super) fn new(rows: &[u64]) -> Self {
        Self {
            rest: rows.iter().copied().fold(0, u64::saturating_add),
            ..Self::default()
        }
    }

    /// Returns a handle that reads the estimate, perhaps on another thread.
    pub(super) fn steady(&self) -> SteadyTotal {
        SteadyTotal {
            total: Arc::clone(&self.total),
            last: None,
        }
    }

    /// Starts a table with about this many rows, after this many bytes.
    pub(super) fn begin_table(&mut self, estimate: u64, bytes: u64) {
        self.bytes = bytes;
        self.current = estimate;
        self.rest = self.rest.saturating_sub(estimate);
    }

    /// Updates the estimate after this many rows of the current table and bytes in all. The rest of
    /// the table is assumed to be like its rows so far, and later tables like all rows so far.
    pub(super) fn update(&self, rows: u64, bytes: u64) {
        let left = self.current.saturating_sub(rows);
        let current = scaled(bytes - self.bytes, left, rows);
        let rest = scaled(bytes, self.rest, self.rows + rows);
        let total = bytes.saturating_add(current).saturating_add(rest);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Ends a table of this many rows.
    pub(super) fn end_table(&mut self, rows: u64) {
        self.rows += rows;
    }
}

/// The newest estimate, adjusted so that the finished share never shrinks.
pub(super) struct SteadyTotal {
    total: Arc<AtomicU64>,
    /// The last finished bytes and total.
    last: Option<(u64, u64)>,
}

impl SteadyTotal {
    /// Returns the total for this many finished bytes.
    pub(super) fn total(&mut self, done: u64) -> u64 {
        let most = self.last.map(|(before, all)| scaled(all, done, before));
        let total = self.total.load(Ordering::Relaxed);
        let total = most.map_or(total, |most| total.min(most)).max(done);
        self.last = Some((done, total));
        total
    }
}

fn scaled(number: u64, to: u64, from: u64) -> u64 {
    let scaled = u128::from(number) * u128::from(to) / u128::from(from.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}
