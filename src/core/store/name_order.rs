//! The order of names in a snapshot folder: the service loads the last one, and what Unrewind writes must
//! come last.

use std::{ffi::OsString, fs, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::{EXTENSION, Store};
use crate::core::{
    base::error::{Error, Result},
    file::snapshot::{Id, Kind, Origin, Stamp},
};

/// A name whose time is ahead of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StampAhead {
    /// The name.
    pub name: Id,
    /// The snapshot it must sort after.
    pub forced_by: Id,
}

impl Store {
    /// Returns files in the periodic folder that are no snapshots, but end with `.json` and sort
    /// after every snapshot: the service, which loads the last name, would load such a file. Fails
    /// if the folder cannot be read.
    pub fn shadowing(&self) -> Result<Vec<PathBuf>> {
        let folder = self.folder(Kind::Periodic);
        let newest = self.newest_in_place(Kind::Periodic)?;
        let newest = newest.map_or_else(String::new, |id| format!("{}.{EXTENSION}", id.name()));
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let is_shadow = |name: &OsString| {
            let is_snapshot = |stem| Id::named(Kind::Periodic, stem).is_ok();
            let stem = name.to_str().and_then(|name| name.strip_suffix(".json"));
            name.as_encoded_bytes().ends_with(b".json")
                && !stem.is_some_and(is_snapshot)
                && *name > *newest
        };
        let mut shadows: Vec<PathBuf> = entries
            .map(|entry| entry.file_name())
            .filter(is_shadow)
            .map(|name| folder.join(name))
            .collect();
        shadows.sort();
        Ok(shadows)
    }

    /// Returns the newest of a kind that the service sees.
    pub(super) fn newest_in_place(&self, kind: Kind) -> Result<Option<Id>> {
        let names = self.names(kind)?.into_iter();
        Ok(names
            .filter(|(_, files)| files.in_place)
            .map(|(id, _)| id)
            .max_by_key(|id| id.order()))
    }

    /// Returns the name for a safety snapshot or a checkpoint written at `now`: that time, or if
    /// another of its kind is not older, the first later name. A pin without its snapshot counts
    /// too.
    pub(crate) fn next_own(&self, kind: Kind, now: Stamp) -> Result<Id> {
        self.next_own_and_newest(kind, now).map(|(id, _)| id)
    }

    /// Returns the first stamp, not before `at`, whose plain name comes after every other of its kind, and the
    /// snapshot that forces a later one.
    pub(crate) fn next_plain(&self, kind: Kind, at: Stamp) -> Result<(Stamp, Option<Id>)> {
        let newest = self.names(kind)?.into_keys().max_by_key(|id| id.order());
        let forcing = newest.filter(|newest| newest.order() >= Id::plain(kind, at).order());
        let stamp = forcing.map_or(Ok(at), |newest| self.stamp_after(newest))?;
        Ok((stamp, forcing))
    }

    fn next_own_and_newest(&self, kind: Kind, now: Stamp) -> Result<(Id, Option<Id>)> {
        let newest = self.names(kind)?.into_keys().max_by_key(|id| id.order());
        let id = Id::own(kind, now);
        let id = match newest {
            Some(newest) if newest.order() >= id.order() => {
                // Within one second, Unrewind's own names sort after the service's.
                let stamp = if newest.origin == Origin::Plain {
                    newest.stamp
                } else {
                    self.stamp_after(newest)?
                };
                Id::own(kind, stamp)
            }
            _ => id,
        };
        Ok((id, newest))
    }

    /// Returns the stamp after a snapshot's; an error after the last that fits a name.
    pub(super) fn stamp_after(&self, newest: Id) -> Result<Stamp> {
        newest.stamp.next().ok_or_else(|| {
            let path = self.path(newest);
            let path = path.display();
            let what = format!("no snapshot's name can sort after {newest}: move {path} elsewhere");
            Error::Selection { what }
        })
    }

    /// Returns the name that a safety snapshot or a checkpoint would get now, and the snapshot that
    /// forces it, if it is ahead of the clock by more than a series of restores explains.
    pub(crate) fn ahead(&self, kind: Kind, now: DateTime<Utc>) -> Result<Option<StampAhead>> {
        const AHEAD: TimeDelta = TimeDelta::minutes(1);
        let (name, newest) = self.next_own_and_newest(kind, Stamp::at(now))?;
        let forced_by = newest.filter(|_| name.stamp.time() - now > AHEAD);
        Ok(forced_by.map(|forced_by| StampAhead { name, forced_by }))
    }
}
