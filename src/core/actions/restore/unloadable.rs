//! Finds the tables of a checkpoint that the application cannot load: its service inserts each
//! value as JSON has it, and a BLOB or invalid text is a JSON object, which SQLite does not accept.

use super::target::Target;
use crate::core::{base::error::Result, compare::schema_diff::Shape};

impl Target<'_> {
    /// Returns the tables that will hold such values: restored tables as in the snapshot, the
    /// others as in live.
    pub(super) fn unloadable(&self, restored: &[Shape]) -> Result<Vec<String>> {
        let mut unloadable = Vec::new();
        if !self.profile.replays_on_start {
            return Ok(unloadable);
        }
        for table in self.schema.present() {
            if self.profile.is_log(&table.name) {
                continue;
            }
            let is_restored = restored.iter().any(|shape| shape.table.name == table.name);
            let holds = if is_restored {
                self.contents.holds_objects(&table.name)?
            } else {
                self.database.holds_blobs(table)?
            };
            if holds {
                unloadable.push(table.name.clone());
            }
        }
        Ok(unloadable)
    }
}
