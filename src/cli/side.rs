//! A side that a command names: `live`, or a snapshot.

use std::path::Path;

use super::output;
use crate::{
    core::{Contents, Database, OnProgress, Result, Side},
    workspace::Workspace,
};

/// How a side is named, for the help.
pub(super) const VALUE_NAME: &str = "SNAPSHOT|live";

/// An opened side.
pub(super) enum OpenedSide {
    Live(Database),
    Snapshot(Contents),
}

impl OpenedSide {
    /// Opens what is called `name`, to show it: what is known of a snapshot need not be found out again.
    pub(super) fn to_show(name: &str, workplace: &Workspace) -> anyhow::Result<Self> {
        Self::of(name, workplace, |path, on| {
            workplace.cache.open_whole(path, on)
        })
    }

    /// Opens what is called `name`, to go on working with its rows: a damaged snapshot is refused.
    pub(super) fn to_use(name: &str, workplace: &Workspace) -> anyhow::Result<Self> {
        Self::of(name, workplace, Contents::open_trusted)
    }

    fn of(
        name: &str,
        workplace: &Workspace,
        open: impl FnOnce(&Path, OnProgress<'_>) -> Result<Contents>,
    ) -> anyhow::Result<Self> {
        if name == "live" {
            return Ok(Self::Live(workplace.database()?));
        }
        let snapshot = workplace.find(name)?;
        let contents = output::with_progress(|on| open(&snapshot.path, on))?;
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
    pub(super) fn tables(&self, workplace: &Workspace) -> anyhow::Result<Vec<String>> {
        Ok(match self {
            Self::Live(database) => database.tables(&workplace.profile)?,
            Self::Snapshot(contents) => {
                contents.tables().map(|(name, _)| name.to_owned()).collect()
            }
        })
    }
}
