//! A snapshot's bytes: its JSON, the snapshot file, its note and its pin, and how a file is written
//! whole or not at all. It knows no database.

pub(super) mod atomic_file;
pub(super) mod checksum;
pub(super) mod json;
pub(super) mod label;
pub(super) mod note;
pub(super) mod pin;
pub(super) mod snapshot;
pub(super) mod text_match;
