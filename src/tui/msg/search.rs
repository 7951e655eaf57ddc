//! What the search screen asks for, and what it is told.

use std::sync::Arc;

use crate::core::{Finding, Kind, Place, Snapshot, Syntax};

/// What is looked for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The text, or the regular expression.
    pub text: String,
    /// Which of both it is.
    pub syntax: Syntax,
    /// In snapshots of which kind; nothing means both.
    pub kind: Option<Kind>,
    /// In which table; nothing means all.
    pub table: Option<String>,
}

/// What was found so far.
#[derive(Clone, Debug)]
pub struct Found {
    /// The snapshots that are searched, newest first.
    pub snapshots: Arc<[Snapshot]>,
    /// The rows that hold the text.
    pub rows: Vec<Finding>,
    /// Whether there are more rows than are kept.
    pub has_more: bool,
    /// The sides that could not be searched, and why.
    pub failed: Vec<(Place, String)>,
}
