//! A side that a command names: `live`, or a snapshot.

use super::output;
use crate::{
    core::{Contents, Database, Side},
    workplace::Workplace,
};

/// How a side is named, for the help.
pub(super) const VALUE_NAME: &str = "SNAPSHOT|live";

/// An opened side.
pub(super) enum Opened {
    Live(Database),
    Snapshot(Contents),
}

impl Opened {
    /// Opens what is called `name`.
    pub(super) fn of(name: &str, workplace: &Workplace) -> anyhow::Result<Self> {
        if name == "live" {
            return Ok(Self::Live(workplace.database()?));
        }
        let snapshot = workplace.store.find(name)?;
        let contents = output::with_progress(|on| Contents::open(&snapshot.path, on))?;
        Ok(Self::Snapshot(contents))
    }

    /// The side.
    pub(super) fn side(&self) -> Side<'_> {
        match self {
            Self::Live(database) => Side::Live(database),
            Self::Snapshot(contents) => Side::Snapshot(contents),
        }
    }

    /// Its tables, in its own order.
    pub(super) fn tables(&self, workplace: &Workplace) -> anyhow::Result<Vec<String>> {
        Ok(match self {
            Self::Live(database) => database.tables(&workplace.profile)?,
            Self::Snapshot(contents) => {
                contents.tables().map(|(name, _)| name.to_owned()).collect()
            }
        })
    }
}
