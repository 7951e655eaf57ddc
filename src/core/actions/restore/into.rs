//! Restores a snapshot into a new database and leaves live alone: into a copy of live, or if live
//! is lost into a database with a schema that live once had.

use std::{cell::Cell, path::Path, time::SystemTime};

use super::{
    Dangling, Missing, RestoreOptions, RestoreSource, Restored, Unwritable, Unwritten,
    proof::Checks,
};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::OnProgress,
    },
    db::{Access, Database},
    file::{
        atomic_file::{AtomicFile, Named, remove_companions},
        snapshot::Snapshot,
    },
    store::{KeptSchema, ScratchFolder, Store},
};

/// What a new database starts as.
#[derive(Clone, Copy)]
enum Base<'a> {
    /// A copy of live.
    Live(&'a Database),
    /// A copy of live without the rows that a snapshot can hold.
    Emptied(&'a Database),
    /// An empty database with this schema.
    Schema(&'a KeptSchema),
}

/// A database that was created without live.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remade {
    /// What was restored into it.
    pub restored: Restored,
    /// When its schema was first seen.
    pub schema_seen: SystemTime,
    /// The tables of the schema that the snapshot lacks, which are empty.
    pub empty: Vec<String>,
    /// Parts of the schema that could not be created, each with its reason.
    pub left_out: Vec<String>,
}

/// Creates `path`, which must not exist, as a copy of live with a snapshot or a moment restored. It
/// appears whole or not at all. Fails if it exists, or if the snapshot is damaged or does not fit live.
pub fn restore_into(
    path: &Path,
    live: &Database,
    profile: &Profile,
    source: impl Into<RestoreSource>,
    options: impl Into<RestoreOptions>,
    on: OnProgress<'_>,
) -> Result<Restored> {
    let source = source.into();
    let new = NewDatabase::beside(path, profile, &source, options.into())?;
    let (draft, restored, _) = new.draft(Base::Live(live), on)?;
    draft.follow(live.path())?;
    named(draft, path).map(|()| restored)
}

/// Creates `path`, which must not exist, with a schema that live once had, and restores a snapshot or
/// a moment: the snapshot's own schema if known, else the last one that fits. Fails if `path` exists,
/// if no saved schema fits, or if the snapshot is damaged.
pub fn restore_without_live(
    path: &Path,
    store: &Store,
    profile: &Profile,
    source: impl Into<RestoreSource>,
    options: impl Into<RestoreOptions>,
    on: OnProgress<'_>,
) -> Result<Remade> {
    let source = source.into();
    if matches!(source, RestoreSource::Merge(..)) {
        let what = "there is no live database to merge with: restore the snapshot alone";
        return Err(Error::TableChoice {
            what: what.to_owned(),
            missing: Vec::new(),
        });
    }
    let new = NewDatabase::beside(path, profile, &source, options.into())?;
    let (draft, remade) = new.of_a_schema(store, on)?;
    if let Some(snapshot) = source.snapshot() {
        draft.follow(&snapshot.path)?;
    }
    named(draft, path).map(|()| remade)
}

/// Gives a finished database its name.
pub(super) fn named(draft: AtomicFile, path: &Path) -> Result<()> {
    match draft.name(path)? {
        Named::Done => Ok(()),
        Named::Taken(_) => Err(Error::Exists {
            path: path.to_owned(),
        }),
    }
}

/// Restores a snapshot into a temporary copy of live without its rows; returns how many rows refer
/// to missing ones, and the tables that could not be restored here.
pub(crate) fn restore_scratch(
    folder: &Path,
    live: &Database,
    profile: &Profile,
    snapshot: &Snapshot,
    on: OnProgress<'_>,
) -> Result<(u64, Vec<Unwritten>)> {
    let options = RestoreOptions {
        dangling: Dangling::Keep,
        unwritable: Unwritable::LeaveOutLacking,
        ..RestoreOptions::default()
    };
    let new = NewDatabase {
        folder,
        profile,
        source: &snapshot.into(),
        options,
    };
    let (draft, restored, _) = new.draft(Base::Emptied(live), on)?;
    let tables: Vec<String> = restored
        .tables
        .into_iter()
        .map(|table| table.name)
        .collect();
    let _tidy = Tidy(draft.path());
    let copy = Database::open(draft.path(), Access::Read, profile.busy_timeout)?;
    let dangling = copy.foreign_key_violations(&tables)?.into_values().sum();
    Ok((dangling, restored.unwritten))
}

/// A private copy of live with a snapshot restored. It is deleted on drop.
pub(crate) struct ScratchDatabase {
    file: AtomicFile,
    _folder: ScratchFolder,
}

impl ScratchDatabase {
    /// Creates one in a folder. Rows that refer to nothing are restored; tables that cannot be written here
    /// are not left out.
    pub(crate) fn of(
        folder: ScratchFolder,
        live: &Database,
        profile: &Profile,
        snapshot: &Snapshot,
        missing: Missing,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let options = RestoreOptions {
            dangling: Dangling::Keep,
            missing,
            ..RestoreOptions::default()
        };
        let new = NewDatabase {
            folder: folder.path(),
            profile,
            source: &snapshot.into(),
            options,
        };
        let (file, _, _) = new.draft(Base::Live(live), on)?;
        Ok(Self {
            file,
            _folder: folder,
        })
    }

    /// Returns its path.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Opens it.
    pub(crate) fn open(&self, profile: &Profile) -> Result<Database> {
        Database::open(self.path(), Access::Read, profile.busy_timeout)
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        remove_companions(self.path());
    }
}

/// Deletes the files that SQLite keeps beside a database, once no connection is open.
struct Tidy<'p>(&'p Path);

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        remove_companions(self.0);
    }
}

/// A database to be created.
pub(super) struct NewDatabase<'a> {
    /// The folder to create it in.
    pub(super) folder: &'a Path,
    pub(super) profile: &'a Profile,
    pub(super) source: &'a RestoreSource,
    pub(super) options: RestoreOptions,
}

impl<'a> NewDatabase<'a> {
    /// Prepares a database with this name, which must be free.
    fn beside(
        path: &'a Path,
        profile: &'a Profile,
        source: &'a RestoreSource,
        options: RestoreOptions,
    ) -> Result<Self> {
        if path.exists() {
            return Err(Error::Exists {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            folder: path.parent().unwrap_or(Path::new(".")),
            profile,
            source,
            options,
        })
    }

    /// Creates an unnamed file with a saved schema of live, and restores the snapshot into it.
    pub(super) fn of_a_schema(
        &self,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<(AtomicFile, Remade)> {
        let snapshot = self.source.snapshot();
        let noted = snapshot.and_then(|snapshot| snapshot.note.schema.as_deref());
        let mut refused = None;
        for schema in store.kept_schemas(noted) {
            match self.draft(Base::Schema(&schema), on) {
                Ok((draft, restored, left_out)) => {
                    let empty = self.empty_tables(&draft, &restored)?;
                    let remade = Remade {
                        restored,
                        schema_seen: schema.seen,
                        empty,
                        left_out,
                    };
                    return Ok((draft, remade));
                }
                // Live had other tables then.
                Err(error @ (Error::SchemaDrift { .. } | Error::NoEventLog { .. })) => {
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or_else(|| Error::NoSchema {
            folder: store.root().to_owned(),
        }))
    }

    /// Returns the tables that are empty because the snapshot lacks them.
    fn empty_tables(&self, draft: &AtomicFile, restored: &Restored) -> Result<Vec<String>> {
        let _tidy = Tidy(draft.path());
        let made = Database::open(draft.path(), Access::Read, self.profile.busy_timeout)?;
        let mut outside = made.outside(self.profile)?;
        let is_restored = |name: &String| restored.tables.iter().any(|table| table.name == *name);
        outside.retain(|name| !is_restored(name));
        Ok(outside)
    }

    /// Creates an unnamed file from `base` with the snapshot restored; returns also the parts that
    /// could not be created.
    fn draft(
        &self,
        base: Base<'_>,
        on: OnProgress<'_>,
    ) -> Result<(AtomicFile, Restored, Vec<String>)> {
        let live = match base {
            Base::Live(live) | Base::Emptied(live) => Some(live),
            Base::Schema(_) => None,
        };
        // What is wrong with live is reported for live, not for the copy.
        live.map(|live| live.schema(self.profile)).transpose()?;
        AtomicFile::clear_abandoned(self.folder, &mut |scratch| {
            remove_companions(scratch.path());
        });
        let draft = AtomicFile::new(self.folder, AtomicFile::PLAIN)?;
        let restored = self.restore(draft.path(), base, on);
        remove_companions(draft.path());
        let (restored, left_out) = restored.map_err(|error| match (error, live) {
            // The copy is as damaged as live is.
            (Error::NotADatabase { message, .. }, Some(live)) => Error::NotADatabase {
                path: live.path().to_owned(),
                message,
            },
            // A copy whose commit is uncertain is deleted.
            (Error::Uncertain { source }, _) => *source,
            (error, _) => error,
        })?;
        Ok((draft, restored, left_out))
    }

    /// Fills a file from `base` and restores the snapshot, leaving everything in that one file.
    fn restore(
        &self,
        path: &Path,
        base: Base<'_>,
        on: OnProgress<'_>,
    ) -> Result<(Restored, Vec<String>)> {
        let timeout = self.profile.busy_timeout;
        let left_out = match base {
            Base::Live(live) | Base::Emptied(live) => {
                // Copying within one read keeps writers from restarting the copy again and again.
                live.reading(|| live.copy_to(path, on))?;
                Vec::new()
            }
            Base::Schema(schema) => schema.script.run(path)?,
        };
        let full = match base {
            Base::Emptied(_) => {
                Database::open(path, Access::Write, timeout)?.empty(self.profile)?
            }
            _ => Vec::new(),
        };
        let copy = Database::open(path, Access::Read, timeout)?;
        let plan = self
            .source
            .plan(copy, self.profile, self.options.clone(), on)?;
        let mut restored = plan.restored();
        let copy = Database::open(path, Access::Write, timeout)?;
        plan.transact(&copy, &Checks::Here, &Cell::new(false), on)?;
        copy.checkpoint_wal()?;
        for (table, why) in full {
            if restored.unwritten.iter().all(|known| known.table != table) {
                restored.unwritten.push(Unwritten { table, why });
            }
        }
        Ok((restored, left_out))
    }
}
