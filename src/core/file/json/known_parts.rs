//! What was found in parts of tables, by a hash of their bytes: consecutive snapshots share most of
//! them, so many files are searched in little more than the time of reading them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use twox_hash::XxHash3_128;

use super::row_ends::SkippedRows;

/// The known parts of many files; `F` is what is found in a row.
#[derive(Debug)]
pub(crate) struct KnownParts<F>(Mutex<Parts<F>>);

#[derive(Debug)]
struct Parts<F> {
    by_key: HashMap<PartKey, Arc<KnownPart<F>>>,
    /// The parts and all that was found in them.
    entries: usize,
}

/// The bytes of a part, and what was searched for in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PartKey(u128);

/// What was found in consecutive rows.
#[derive(Debug)]
pub(super) struct KnownPart<F> {
    /// The rows.
    pub(super) skipped: SkippedRows,
    /// How many bytes from its beginning were searched; they may reach into the row after it.
    pub(super) clear: u64,
    /// Whether a match may begin there.
    pub(super) ends_in_match: bool,
    pub(super) found: PartFindings<F>,
}

/// What was found in the rows of a part, by the index of a row in the part.
pub(crate) type PartFindings<F> = Arc<[(u64, F)]>;

impl<F> Default for KnownParts<F> {
    fn default() -> Self {
        Self(Mutex::new(Parts {
            by_key: HashMap::new(),
            entries: 0,
        }))
    }
}

impl PartKey {
    pub(super) fn of(seed: u64, bytes: &[u8]) -> Self {
        Self(XxHash3_128::oneshot_with_seed(seed, bytes))
    }
}

impl<F> KnownParts<F> {
    /// The most entries that are remembered, at about 64 bytes each.
    const MOST: usize = 500_000;

    pub(super) fn recall(&self, key: PartKey) -> Option<Arc<KnownPart<F>>> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.by_key.get(&key).map(Arc::clone)
    }

    pub(super) fn remember(&self, key: PartKey, part: KnownPart<F>) {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = 1 + part.found.len();
        if parts.entries + entries <= Self::MOST {
            parts.entries += entries;
            parts.by_key.insert(key, Arc::new(part));
        }
    }
}
