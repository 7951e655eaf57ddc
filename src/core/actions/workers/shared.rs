//! The state that threads share while they read several snapshots.

use std::{
    collections::{BTreeSet, HashMap},
    ops::ControlFlow,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use crate::core::{
    base::{error::Result, nearest::no_such_table},
    file::json::{KnownParts, Recalled},
};

/// Progress, the tables seen, and what was found in each row, a `T`.
#[derive(Debug)]
pub(in crate::core::actions) struct SharedReading<T> {
    /// The bytes read so far.
    done: AtomicU64,
    /// Whether to stop.
    stop: AtomicBool,
    /// The tables found so far.
    tables: Mutex<BTreeSet<String>>,
    /// What was found in rows, by a hash of their bytes: snapshots are nearly equal.
    rows: Mutex<HashMap<u128, Option<T>>>,
    /// What is found in parts of tables.
    parts: KnownParts<T>,
}

impl<T> Default for SharedReading<T> {
    fn default() -> Self {
        Self {
            done: AtomicU64::default(),
            stop: AtomicBool::default(),
            tables: Mutex::default(),
            rows: Mutex::default(),
            parts: KnownParts::default(),
        }
    }
}

impl<T: Clone> SharedReading<T> {
    /// The most rows that are remembered, at about 64 bytes each.
    const MOST: usize = 250_000;

    pub(in crate::core::actions) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Returns the flag that ends the threads.
    pub(in crate::core::actions) fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    pub(in crate::core::actions) fn parts(&self) -> &KnownParts<T> {
        &self.parts
    }

    /// Counts finished bytes; returns whether to continue.
    pub(in crate::core::actions) fn pass(&self, bytes: u64) -> ControlFlow<()> {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Records that a side has a table.
    pub(in crate::core::actions) fn enter(&self, table: &str) {
        let mut tables = lock(&self.tables);
        if !tables.contains(table) {
            tables.insert(table.to_owned());
        }
    }

    /// Fails if one of these tables exists on no side, unless no side could be read.
    pub(in crate::core::actions) fn check_tables(&self, wanted: &[String]) -> Result<()> {
        let tables = lock(&self.tables);
        let is_known = |name: &&String| tables.iter().any(|it| it.eq_ignore_ascii_case(name));
        match wanted.iter().find(|name| !is_known(name)) {
            Some(unknown) if !tables.is_empty() => {
                let names: Vec<&str> = tables.iter().map(String::as_str).collect();
                Err(no_such_table(unknown, "", &names))
            }
            _ => Ok(()),
        }
    }

    /// Returns what was found in a row of these bytes, if one was read before.
    pub(in crate::core::actions) fn recall(&self, row: u128) -> Recalled<T> {
        match lock(&self.rows).get(&row) {
            None => Recalled::Unknown,
            Some(None) => Recalled::Nothing,
            Some(Some(found)) => Recalled::Found(found.clone()),
        }
    }

    /// Remembers what was found in a row, if anything.
    pub(in crate::core::actions) fn remember(&self, row: u128, found: Option<T>) {
        let mut rows = lock(&self.rows);
        if rows.len() < Self::MOST {
            rows.insert(row, found);
        }
    }
}

/// Locks a mutex, even if a thread panicked while it held the lock.
pub(in crate::core::actions) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
