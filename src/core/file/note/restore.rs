//! What a safety snapshot's note says of the restore that it was taken for.

use serde::{Deserialize, Serialize};

/// A restore, as the note on its safety snapshot says. A restore made without a safety snapshot leaves the
/// note alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreNote {
    /// Which restore it is, counted from 1: undo goes by this and not by clocks.
    pub sequence: u64,
    /// How far it came.
    pub state: RestoreState,
    /// What it was asked for as.
    pub operation: Operation,
    /// The name of the snapshot that was restored.
    pub of: String,
    /// For an undo and a redo, the sequence number of what it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// Whether the event log took part.
    pub log: bool,
    /// Whether it leaves the tables not as the event log makes them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off_log: bool,
    /// Where the log took no part, the tables that it changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// The file name of the checkpoint's draft; nothing if there was to be no checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Whether it was made without a safety snapshot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_safety: bool,
}

/// How far a restore came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RestoreState {
    /// What makes it safe is on the disk; it may or may not be committed.
    Prepared,
    /// It is committed, and so in force until it is undone.
    Done,
}

/// What a restore was asked for as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// The restore of a snapshot that was named.
    #[default]
    Restore,
    /// The restore of what the last rewind took away.
    Recover,
    /// The undo of a restore.
    Undo,
    /// The redo of a restore that was undone.
    Redo,
}

impl RestoreNote {
    /// Whether the restore is in force, or was until it was undone.
    pub fn is_done(&self) -> bool {
        self.state == RestoreState::Done
    }
}
