//! Filters the rows of a snapshot: those whose bytes may hold the key are decoded, rows of the same bytes
//! only once.

use std::{ops::ControlFlow, sync::Arc};

use twox_hash::XxHash3_128;

use super::{
    Decoded, FoundVersion, RowOnSide, SideEvents,
    key_prefilter::KeyPrefilter,
    side::{SideLog, Wanted},
};
use crate::core::{
    actions::search::Place,
    base::{
        error::{Error, Result},
        row::{Row, Table},
    },
    file::json::{FilteredRow, KnownParts, PartFindings, Recalled, RowFilter},
};

/// What was read of a snapshot so far.
pub(super) struct SideFilter<'w> {
    wanted: &'w Wanted<'w>,
    role: Role,
    /// The current table, once a row of it was decoded.
    table: Option<Arc<Table>>,
    has_table: bool,
    /// Its columns, if it is the log.
    log: Option<SideLog>,
    hash: u128,
    passed: u64,
    /// The reading of the key that the row found so far fits.
    reading: usize,
    side: RowOnSide,
}

/// What is searched for in the rows of a table.
#[derive(Clone, Copy, Default)]
struct Role {
    /// The row itself.
    row: bool,
    /// Events.
    events: bool,
}

impl Role {
    /// Returns a seed that distinguishes the hashes of bytes with this role from those with another.
    fn seed(self) -> u64 {
        u64::from(self.row) << 1 | u64::from(self.events)
    }

    fn hash(self, row: &[u8]) -> u128 {
        XxHash3_128::oneshot_with_seed(self.seed(), row)
    }
}

/// Returns the hash under which a row of the log and what was found in it are remembered.
pub(super) fn event_hash(row: &[u8]) -> u128 {
    let role = Role {
        row: false,
        events: true,
    };
    role.hash(row)
}

impl<'w> SideFilter<'w> {
    pub(super) fn new(wanted: &'w Wanted<'w>, place: Place) -> Self {
        Self {
            wanted,
            role: Role::default(),
            table: None,
            has_table: false,
            log: None,
            hash: 0,
            passed: 0,
            reading: usize::MAX,
            side: RowOnSide {
                place,
                row: None,
                number: 0,
                events: SideEvents::default(),
            },
        }
    }

    /// Returns what was read.
    pub(super) fn side(self) -> RowOnSide {
        self.side
    }

    fn prefilters(&self) -> impl Iterator<Item = &KeyPrefilter> {
        let readings = self.wanted.readings.iter().filter(|_| self.role.row);
        let events = self.wanted.log.iter().filter(|_| self.role.events);
        let events = events.flat_map(|wanted| &wanted.prefilters);
        readings.map(|(_, prefilter)| prefilter).chain(events)
    }
}

impl RowFilter for SideFilter<'_> {
    type Found = Decoded;

    fn enters(&mut self, table: &str) -> bool {
        self.wanted.known.reading.enter(table);
        (self.table, self.has_table) = (None, false);
        self.role = Role {
            row: table.eq_ignore_ascii_case(self.wanted.table),
            events: self.wanted.profile.is_log(table),
        };
        self.role.row || self.role.events
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let mut before = bytes;
        let mut first = None;
        for prefilter in self.prefilters() {
            if let Some(at) = prefilter.find(before) {
                first = Some(at);
                before = &bytes[..at];
            }
        }
        first
    }

    fn known_parts(&self) -> Option<(&KnownParts<Decoded>, u64)> {
        Some((self.wanted.known.reading.parts(), self.role.seed()))
    }

    fn recall(&mut self, bytes: &[u8]) -> Recalled<Decoded> {
        if !self.prefilters().any(|prefilter| prefilter.are_in(bytes)) {
            return Recalled::Nothing;
        }
        self.hash = self.role.hash(bytes);
        self.wanted.known.reading.recall(self.hash)
    }

    fn take(&mut self, filtered: FilteredRow<'_>) -> Result<Option<Decoded>> {
        if !std::mem::replace(&mut self.has_table, true) {
            let table = self.wanted.table(filtered.table, filtered.columns);
            self.table = table.map(Arc::new);
            let log = Table::keyless(filtered.table, filtered.columns.to_vec());
            self.log = self.wanted.side_log(&log);
        }
        let row = Row {
            values: filtered.values,
        };
        let fits = self
            .role
            .row
            .then(|| self.wanted.fitting(self.table.as_ref(), &row));
        let mut decoded = Decoded::default();
        if let (Some(reading), Some(table)) = (fits.flatten(), &self.table) {
            let (table, row) = (Arc::clone(table), row.clone());
            decoded.row = Some((reading, Arc::new(FoundVersion { table, row })));
        }
        if let Some(log) = &self.log {
            decoded.event = self.wanted.event(log, &row);
        }
        let found = (!decoded.is_empty()).then_some(decoded);
        let reading = &self.wanted.known.reading;
        reading.remember(self.hash, found.clone());
        if let Some(decoded) = &found {
            self.repeat(filtered.number, decoded.clone())?;
        }
        Ok(found)
    }

    fn repeat(&mut self, number: u64, decoded: Decoded) -> Result<()> {
        if let Some((reading, row)) = decoded.row
            && reading < self.reading
        {
            self.reading = reading;
            self.side.number = number;
            self.side.row = Some(row);
        }
        self.side.events.events.extend(decoded.event);
        Ok(())
    }

    fn repeat_part(&mut self, first: u64, found: &PartFindings<Decoded>) -> Result<()> {
        if self.role.row {
            let mut found = found.iter();
            return found.try_for_each(|(row, found)| self.repeat(first + row, found.clone()));
        }
        if !found.is_empty() {
            self.side.events.shared.push(Arc::clone(found));
        }
        Ok(())
    }

    fn pass(&mut self, offset: u64) -> Result<()> {
        let bytes = offset.saturating_sub(std::mem::replace(&mut self.passed, offset));
        match self.wanted.known.reading.pass(bytes) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}
