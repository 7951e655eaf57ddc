//! The part of a safety snapshot's note about the restore it was taken for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A restore, as recorded in the note on its safety snapshot. A restore made without a safety
/// snapshot writes no such note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RestoreNote {
    /// Its number, counted from 1: undo follows these and not clocks.
    pub sequence: u64,
    /// How far it got.
    pub state: RestoreState,
    /// The operation that the user asked for.
    pub operation: Operation,
    /// The name of the snapshot that was restored.
    pub of: String,
    /// For an undo or redo, the number of the restore that it reverses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// Whether the event log took part.
    pub log: bool,
    /// Whether it leaves tables that differ from those that the event log produces.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off_log: bool,
    /// The tables that it changed, if the log took no part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// The keys of the rows that it changed, by their tables, if it changed only some rows: one value
    /// each, or an array where a key has several columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<String, Vec<serde_json::Value>>,
    /// The file name of the checkpoint's draft; `None` without a checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Whether it was made without a safety snapshot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_safety: bool,
}

/// How far a restore got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RestoreState {
    /// Its safety snapshot is on disk; it may or may not be committed.
    Prepared,
    /// It is committed, and so in force until undone.
    Done,
}

/// The operation that a restore belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// The restore of a named snapshot.
    #[default]
    Restore,
    /// The restore of what the last rewind removed.
    Recover,
    /// The undo of a restore.
    Undo,
    /// The redo of a restore that was undone.
    Redo,
}

impl RestoreNote {
    /// Returns whether the restore is in force, or was until it was undone.
    pub fn is_done(&self) -> bool {
        self.state == RestoreState::Done
    }
}
