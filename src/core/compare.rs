//! The difference between two sides: rows, events and schemas. It changes nothing.

pub(super) mod change_spool;
pub(super) mod cursor;
pub(super) mod diff;
pub(super) mod event_diff;
pub(super) mod exclusive_rows;
pub(super) mod known_rows;
pub(super) mod rewound_ranges;
pub(super) mod schema_diff;
