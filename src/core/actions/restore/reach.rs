//! Which tables a restore brings to one point in time, and what the application's next start then has to
//! replay.

use super::{RestoreOptions, target::Target, versions::SchemaVersion};
use crate::core::{
    base::{error::Result, profile::Profile, row::Table},
    compare::schema_diff::Shape,
    store::cold_load::{active_after, active_in_file},
};

/// Which tables a restore brings to one point in time, as far as the application's next start
/// depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All, and the event log.
    All,
    /// All but the event log.
    Tables,
    /// Some of them, with or without the event log.
    Some { log: bool },
}

impl Reach {
    /// Returns the reach of a restore that changes only some rows of the tables.
    pub(super) fn of_rows(self, profile: &Profile) -> Self {
        match self {
            Self::Some { log } => Self::Some { log },
            Self::All => Self::Some {
                log: profile.log.is_some(),
            },
            Self::Tables => Self::Some { log: false },
        }
    }
}

impl Target<'_> {
    /// Counts the active events that the next start has to replay over the snapshot's tables.
    pub(super) fn replays(&self, reach: Reach, ends_at: i64) -> Result<u64> {
        let Self {
            database,
            profile,
            contents,
            ..
        } = *self;
        let Some(log) = profile.log.as_ref().filter(|_| profile.replays_on_start) else {
            return Ok(0);
        };
        let (after, own_end) = (contents.last_event_id(), contents.ends_at(profile)?);
        let of_live = |after| active_after(database, profile, log, after);
        match reach {
            Reach::Tables => of_live(after.min(ends_at)),
            Reach::All if after < own_end => active_in_file(contents, log, after),
            Reach::All | Reach::Some { .. } => Ok(0),
        }
    }

    /// Classifies these tables.
    pub(super) fn reach(&self, shapes: &[Shape]) -> Result<Reach> {
        let is_restored = |table: &Table| shapes.iter().any(|shape| shape.table.name == table.name);
        let mut all = true;
        for table in self.schema.present() {
            let is_left = self.profile.is_log(&table.name)
                || self.database.is_view(&table.name)?
                || self.stays(table, &RestoreOptions::default())?;
            all = all && (is_left || is_restored(table));
        }
        let log = self.schema.log.as_ref().is_some_and(is_restored);
        Ok(match (all, log || self.profile.log.is_none()) {
            (true, true) => Reach::All,
            (true, false) => Reach::Tables,
            (false, _) => Reach::Some { log },
        })
    }

    /// Returns whether a restore makes live exactly equal to the snapshot.
    pub(super) fn becomes_exactly(
        &self,
        options: &RestoreOptions,
        shapes: &[Shape],
        versions: &[SchemaVersion],
    ) -> bool {
        let is_held = |version: &&SchemaVersion| self.schema.table(&version.table).is_some();
        *options
            == RestoreOptions {
                missing: options.missing,
                dangling: options.dangling,
                unwritable: options.unwritable,
                ..RestoreOptions::default()
            }
            && shapes.len() + versions.iter().filter(is_held).count()
                == self.schema.present().count()
            && versions.iter().all(|version| !version.differs)
            && shapes.iter().all(|shape| shape.schema_diff.is_empty())
    }
}
