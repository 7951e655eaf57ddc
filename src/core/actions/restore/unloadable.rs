//! Which tables of a checkpoint the application cannot start from: its service inserts each value as JSON
//! has it, and a BLOB or broken text is an object there, which SQLite does not take.

use super::target::Target;
use crate::core::{base::error::Result, compare::schema_diff::Shape};

impl Target<'_> {
    /// The tables that will hold such values; those of these shapes as the snapshot has them, the others as
    /// live has them.
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
