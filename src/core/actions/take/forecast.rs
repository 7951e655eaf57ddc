//! How large a snapshot will be, as far as the rows so far tell: what its progress is measured by.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What is expected of the tables, and what came of them.
#[derive(Default)]
pub(super) struct Forecast {
    /// The rows and the bytes of the tables before this one.
    rows: u64,
    bytes: u64,
    /// How many rows this table and those behind it may have; 0 where that is not known.
    here: u64,
    behind: u64,
    total: Arc<AtomicU64>,
}

impl Forecast {
    /// Begins with tables of about so many rows.
    pub(super) fn new(rows: &[u64]) -> Self {
        Self {
            behind: rows.iter().copied().fold(0, u64::saturating_add),
            ..Self::default()
        }
    }

    /// What tells, maybe on another thread, how much there is.
    pub(super) fn steady(&self) -> Steady {
        Steady {
            total: Arc::clone(&self.total),
            last: None,
        }
    }

    /// Comes to a table of about so many rows, behind so many bytes.
    pub(super) fn enter(&mut self, about: u64, bytes: u64) {
        self.bytes = bytes;
        self.here = about;
        self.behind = self.behind.saturating_sub(about);
    }

    /// Hears that there are so many rows of this table, and so many bytes. The rest of the table is
    /// taken for what its rows so far are like, and the tables behind it for what all are like.
    pub(super) fn heed(&self, rows: u64, bytes: u64) {
        let left = self.here.saturating_sub(rows);
        let here = scaled(bytes - self.bytes, left, rows);
        let behind = scaled(bytes, self.behind, self.rows + rows);
        let total = bytes.saturating_add(here).saturating_add(behind);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Leaves a table of so many rows.
    pub(super) fn leave(&mut self, rows: u64) {
        self.rows += rows;
    }
}

/// The newest forecast, except that the part that is done never shrinks.
pub(super) struct Steady {
    total: Arc<AtomicU64>,
    /// What was done of how much last.
    last: Option<(u64, u64)>,
}

impl Steady {
    /// How many bytes there are when so many are done.
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
