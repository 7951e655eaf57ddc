//! Rebuilds live where it is missing or damaged: existing files are moved aside, never deleted, and
//! a database with a schema that live once had takes their place, with the snapshot restored.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{
    RestoreOptions, checkpoint,
    into::{NewDatabase, Remade, named},
};
use crate::core::{
    actions::take::Dump,
    base::{
        error::{Error, Result},
        held::patiently,
        process::having_open,
        profile::Profile,
        progress::{OnProgress, Stage},
    },
    db::{Access, Database},
    file::{
        atomic_file::{COMPANIONS, remove_companions, sync_folder},
        note::Note,
        snapshot::{Kind, Snapshot, Stamp},
    },
    store::{SnapshotDraft, Store},
};

/// The plan to rebuild live.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnewPlan {
    /// The database, which is missing or damaged.
    pub database: PathBuf,
    /// What is restored into the new one.
    pub snapshot: Snapshot,
    /// The existing files, which are moved aside.
    pub moved: Vec<PathBuf>,
    /// Whether the application's next start loads the newest periodic snapshot, as its profile says.
    pub starts_from_snapshots: bool,
}

impl AnewPlan {
    /// Plans to rebuild `database`. Fails if it is intact, if a process has it open, or if no schema of it
    /// is saved.
    pub fn compute(
        database: &Path,
        store: &Store,
        profile: &Profile,
        snapshot: &Snapshot,
    ) -> Result<Self> {
        refuse_sound(database, profile)?;
        if store
            .kept_schemas(snapshot.note.schema.as_deref())
            .is_empty()
        {
            return Err(Error::NoSchema {
                folder: store.root().to_owned(),
            });
        }
        Ok(Self {
            database: database.to_owned(),
            snapshot: snapshot.clone(),
            moved: companions(database)
                .filter(|file| fs::symlink_metadata(file).is_ok())
                .collect(),
            starts_from_snapshots: profile.starts_from_snapshots(),
        })
    }
}

/// Returns the paths of a database and of the files that SQLite keeps beside it.
fn companions(database: &Path) -> impl Iterator<Item = PathBuf> {
    [""].into_iter()
        .chain(COMPANIONS)
        .map(|ending| with(database, ending))
}

/// A live database that was rebuilt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MadeAnew {
    /// What was created and restored.
    pub remade: Remade,
    /// The previous files, under their new names.
    pub aside: Vec<PathBuf>,
    /// The periodic snapshot of the new database.
    pub checkpoint: Option<Snapshot>,
}

/// Fails unless live can be rebuilt: it must be missing or not a valid database, and no process may
/// have it open. A valid one is restored in place instead.
fn refuse_sound(path: &Path, profile: &Profile) -> Result<()> {
    let checked = Database::open(path, Access::Read, profile.busy_timeout).and_then(|live| {
        live.refuse_empty()?;
        live.refuse_corrupt()?;
        // It may belong to another application, so it stays.
        live.schema(profile).map(drop)
    });
    match checked {
        Ok(()) => Err(Error::Sound {
            path: path.to_owned(),
        }),
        // A folder or a device belongs to something else.
        Err(error) if path.exists() && !path.is_file() => Err(error),
        Err(Error::NoDatabase { .. } | Error::NotADatabase { .. }) => {
            match having_open(path).first() {
                Some(process) => Err(Error::InUse {
                    path: path.to_owned(),
                    process: format!("{} (process {})", process.name, process.pid),
                }),
                None => Ok(()),
            }
        }
        Err(error) => Err(error),
    }
}

/// Rebuilds `path` with the snapshot restored. The new database is complete before the old one is
/// moved, and the checkpoint is named before the new database is, so that after a failure at any
/// point a retry finds what it needs. Fails as [`AnewPlan::compute`] does, and if the snapshot is
/// damaged or fits no saved schema.
pub fn make_anew(
    path: &Path,
    store: &Store,
    profile: &Profile,
    snapshot: &Snapshot,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Result<MadeAnew> {
    refuse_sound(path, profile)?;
    let new = NewDatabase {
        folder: path.parent().unwrap_or(Path::new(".")),
        profile,
        source: &snapshot.into(),
        options: RestoreOptions::default(),
    };
    let (draft, remade) = new.of_a_schema(store, on)?;
    draft.follow(if path.exists() { path } else { &snapshot.path })?;
    let made = Database::open(draft.path(), Access::Read, profile.busy_timeout)?;
    let checkpoint = write_checkpoint(&made, profile, store, remade.restored.begins, on)?;
    drop(made);
    remove_companions(draft.path());
    let note = Note {
        off_log: snapshot.off_log,
        ..checkpoint::note_of_file(checkpoint.path(), profile, path)?
    };
    let checkpoint = checkpoint.publish_own(Stamp::at(now), &note)?;
    let aside = move_aside(path, Stamp::at(now))?;
    named(draft, path)?;
    log::info!("rebuilt {} from {}", path.display(), snapshot.name());
    Ok(MadeAnew {
        remade,
        aside,
        checkpoint: Some(checkpoint),
    })
}

fn write_checkpoint(
    made: &Database,
    profile: &Profile,
    store: &Store,
    last_event_id: i64,
    on: OnProgress<'_>,
) -> Result<SnapshotDraft> {
    let dump = Dump {
        database: made,
        profile,
        last_event_id,
        stage: Stage::Checkpoint,
    };
    let draft = store.draft(Kind::Periodic)?;
    draft.follow(made.path())?;
    let draft = made.reading(|| dump.write(draft, on))?;
    draft.sync()?;
    Ok(draft)
}

/// Moves a database and the files that SQLite keeps beside it aside; returns the new names. The
/// database is moved last: files left beside the new one would be taken for part of it.
fn move_aside(path: &Path, stamp: Stamp) -> Result<Vec<PathBuf>> {
    let aside = free_name(path, stamp);
    let mut moved = Vec::new();
    for ending in COMPANIONS.into_iter().chain([""]) {
        let (from, to) = (with(path, ending), with(&aside, ending));
        if fs::symlink_metadata(&from).is_ok() {
            patiently(|| fs::rename(&from, &to)).map_err(Error::io("move aside", &from))?;
            moved.push(to);
        }
    }
    sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    moved.reverse();
    Ok(moved)
}

/// Returns a name beside the database's that is free, also with the suffixes of SQLite's files.
fn free_name(path: &Path, stamp: Stamp) -> PathBuf {
    let is_free = |name: &PathBuf| {
        let mut endings = COMPANIONS.into_iter().chain([""]);
        endings.all(|ending| fs::symlink_metadata(with(name, ending)).is_err())
    };
    let mut names = (1..).map(|number| match number {
        1 => with(path, &format!("-{stamp}.bak")),
        _ => with(path, &format!("-{stamp}-{number}.bak")),
    });
    names.find(is_free).expect("numbers do not end")
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
