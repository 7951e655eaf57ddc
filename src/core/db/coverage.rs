//! Tables that no snapshot holds because the profile does not name them, and tables and columns that
//! the profile names but the database lacks.

use super::{
    Database,
    module::{Keeps, ShadowTables},
};
use crate::core::base::{
    error::{Error, Result},
    profile::Profile,
};

/// The mismatch between the profile's tables and the database's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Tables with data of their own that the profile neither names nor excludes.
    pub outside: Vec<String>,
    /// Tables that the profile names but the database lacks.
    pub lacking: Vec<String>,
    /// Columns that the profile names but the event log lacks, each after its meaning.
    pub columns: Vec<(&'static str, String)>,
}

impl Coverage {
    /// Returns whether snapshots hold every table that they should, and events can be understood.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }
}

impl Database {
    /// Returns which tables of this database no snapshot holds, and which of the profile's it
    /// lacks. Fails if the schema cannot be read.
    pub fn coverage(&self, profile: &Profile) -> Result<Coverage> {
        let schema = self.schema(profile)?;
        let lacking = schema.tables.iter().filter(|(_, table)| table.is_none());
        let log = profile.log.as_ref().zip(schema.log.as_ref());
        let columns = log.map(|(log, table)| log.lacking_in(table));
        Ok(Coverage {
            outside: self.outside(profile)?,
            lacking: lacking.map(|(name, _)| name.clone()).collect(),
            columns: columns.unwrap_or_default(),
        })
    }

    /// Lists the tables with their own data that the profile neither names nor excludes, by name.
    /// Schema-version tables are left out of snapshots on purpose.
    pub(crate) fn outside(&self, profile: &Profile) -> Result<Vec<String>> {
        let (schema, virtual_tables) = (self.schema(profile)?, self.virtual_tables()?);
        let places = ShadowTables::of(&virtual_tables);
        let mut outside = Vec::new();
        for name in self.table_names()? {
            let itself = places.itself(&name).map(|place| &virtual_tables[place]);
            let behind = places.behind(&name).map(|place| &virtual_tables[place]);
            let holds_data = match (itself, behind) {
                (Some(table), _) => matches!(table.keeps(), Keeps::Rows | Keeps::Unknown),
                (None, Some(table)) => table.keeps() == Keeps::Terms,
                (None, None) => true,
            };
            if holds_data
                && schema.table(&name).is_none()
                && !self.is_excluded(&name, profile.excluded())?
                && !(itself.is_none() && self.is_named_schema_version(&name)?)
            {
                outside.push(name);
            }
        }
        Ok(outside)
    }

    /// Deletes every row of the profile's tables, ignoring triggers and references; returns the
    /// tables that cannot be written here, each with the reason. Only for private copies.
    pub(crate) fn empty(&self, profile: &Profile) -> Result<Vec<(String, String)>> {
        use super::trigger::Firing;
        let schema = self.schema(profile)?;
        self.set_triggers(Firing::None)?;
        let mut unwritable = Vec::new();
        self.writing(|| {
            for table in schema.present() {
                if self.is_view(&table.name)? {
                    continue;
                }
                match self.empty_one(&table.name) {
                    Err(Error::Unwritable { table, message }) => unwritable.push((table, message)),
                    emptied => emptied?,
                }
            }
            // One that cannot be rebuilt is reported when its table is restored.
            for index in self.full_text()? {
                if index.can_be_rebuilt() {
                    let _ = self.full_text_rebuild(&index);
                }
            }
            Ok(())
        })?;
        Ok(unwritable)
    }

    fn empty_one(&self, table: &str) -> Result<()> {
        let emptied = self
            .connection
            .execute(&format!("DELETE FROM {}", super::quoted(table)), []);
        emptied.map(|_| ()).map_err(|error| {
            if super::change::is_lacking(&error) {
                return Error::Unwritable {
                    table: table.to_owned(),
                    message: super::message(&error),
                };
            }
            self.failed("write")(error)
        })
    }
}
