//! The operations for an application that stays connected to its database while they run, such as the Python
//! module.

use std::path::Path;

use super::Workspace;
use crate::core::{
    actions::{
        restore::{OnStatement, RestoreOptions, statements},
        take::{Taken, capture},
    },
    base::error::Result,
    compare::exclusive_rows::ExclusiveRows,
    db::{Access, Database},
    file::snapshot::{Kind, Snapshot},
};

impl Workspace {
    /// Takes a snapshot of the live database, or of a copy of it with changes that are not committed there, and
    /// prunes nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::take`].
    pub fn take_only(&self, kind: Kind, copy: Option<&Path>) -> Result<Taken> {
        let (profile, on) = (&self.profile, &mut self.on());
        let database = match copy {
            // An interrupted restore is of the live database.
            Some(copy) => {
                let copy = Database::open(copy, Access::Read, profile.busy_timeout)?;
                copy.stopped_by(&self.cancellation)?
            }
            None => self.own_database()?,
        };
        let (snapshot, ahead) = capture(&database, profile, &self.store, kind, self.now(), on)?;
        Ok(Taken {
            snapshot,
            pruned: Vec::new(),
            lost: ExclusiveRows::default(),
            ahead,
        })
    }

    /// Passes to `each` the statements that make the database equal to a snapshot, in the scope and the tables of the
    /// options and in the order in which they have to run, for a program that runs them on its own connection.
    /// Returns the event after which the application's replay begins.
    ///
    /// # Errors
    ///
    /// If the snapshot is damaged, or has tables or columns that the database lacks and the options do not leave
    /// out.
    pub fn restore_statements(
        &self,
        snapshot: &Snapshot,
        options: &RestoreOptions,
        each: OnStatement<'_>,
    ) -> Result<i64> {
        let (database, on) = (self.database()?, &mut self.on());
        let keys = database.keys(&self.profile);
        let contents = self.store.open(snapshot, &keys, on)?;
        statements(&database, &self.profile, &contents, options, each, on)?;
        Ok(contents.last_event_id())
    }
}
