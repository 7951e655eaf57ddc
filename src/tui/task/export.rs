//! Writing a table to a file, as CSV or JSON lines.

use std::path::PathBuf;

use super::ShownSide;
use crate::core::{OnProgress, Result, RowFormat, Rows, Side, Workspace, export_file};

/// Which table to write, and where.
#[derive(Debug)]
pub struct ExportRequest {
    /// The side that holds it.
    pub origin: ShownSide,
    /// The table.
    pub table: String,
    /// The form of each row.
    pub lines: RowFormat,
    /// The file, which must not exist.
    pub path: PathBuf,
}

impl ExportRequest {
    /// Writes the file; returns its path and the number of rows.
    pub(super) fn write(self, workspace: &Workspace, on: OnProgress<'_>) -> Result<(PathBuf, u64)> {
        workspace.refuse_own_file(&self.path)?;
        let write = |side: Side<'_>, on: OnProgress<'_>| {
            let rows = Rows::of(side, &workspace.profile, &self.table)?;
            export_file(&rows, self.lines, &self.path, on)
        };
        let count = match &self.origin {
            ShownSide::Live => write(Side::Live(&workspace.database()?), on)?,
            ShownSide::Snapshot(snapshot) => {
                let keys = workspace.keys();
                let contents = workspace.store.open(snapshot, &keys, on)?;
                write(Side::Snapshot(&contents), on)?
            }
        };
        Ok((self.path, count))
    }
}
