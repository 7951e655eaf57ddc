//! The snapshot folders: what is in them, a new snapshot that appears whole or not at all, and
//! deleting one.

use std::{
    cmp::Reverse,
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    thread::{self, ScopedJoinHandle},
    time::Duration,
};

use super::{
    draft::{Draft, Named},
    error::{Error, Result},
    note::Note,
    snapshot::{Id, Kind, Snapshot, Stamp},
};

const EXTENSION: &str = "json";
/// How many threads look at the files of a list, and how many files are too few to be shared out.
const THREADS: usize = 4;
const LEAST_SHARE: usize = 64;
/// How the name of an unfinished checkpoint begins.
const CHECKPOINT: &str = ".snapback-checkpoint-";

/// The snapshots of one data folder.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The snapshots below `data_dir`; the folders need not be there.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            root: data_dir.join("snapshots"),
        }
    }

    /// The folder that holds a folder for each kind.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the snapshot of this name is or would be.
    pub fn path(&self, id: Id) -> PathBuf {
        self.folder(id.kind)
            .join(format!("{}.{EXTENSION}", id.stamp))
    }

    fn folder(&self, kind: Kind) -> PathBuf {
        self.root.join(kind.name())
    }

    /// Every snapshot of these kinds, newest first. Files that are not named as snapshots are not
    /// looked at; a file that goes meanwhile is left out.
    pub fn list(&self, kinds: &[Kind]) -> Result<Vec<Snapshot>> {
        let mut named = Vec::new();
        for &kind in kinds {
            let (stamps, noted) = self.names(kind)?;
            let named_so = |stamp| (Id { kind, stamp }, noted.contains(&stamp));
            named.extend(stamps.into_iter().map(named_so));
        }
        named.sort_unstable_by_key(|(id, _)| (Reverse(id.stamp), id.kind));
        let share = named.len().div_ceil(THREADS).max(LEAST_SHARE);
        let looks = thread::scope(|scope| {
            let shares = named.chunks(share);
            let threads: Vec<_> = shares
                .map(|share| scope.spawn(|| self.look_at_all(share)))
                .collect();
            let looks = threads.into_iter().map(ScopedJoinHandle::join);
            looks
                .map(|looks| looks.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect::<Result<Vec<_>>>()
        })?;
        Ok(looks.into_iter().flatten().collect())
    }

    fn look_at_all(&self, named: &[(Id, bool)]) -> Result<Vec<Snapshot>> {
        let mut snapshots = Vec::with_capacity(named.len());
        for &(id, is_noted) in named {
            let mut snapshot = match Snapshot::look(self.path(id), Some(id)) {
                Ok(snapshot) => snapshot,
                Err(Error::NoFile { .. }) => continue,
                Err(error) => return Err(error),
            };
            if is_noted {
                snapshot.note = Note::read(&snapshot.path);
            }
            snapshots.push(snapshot);
        }
        Ok(snapshots)
    }

    /// The stamps of a kind's snapshots, and those with a note.
    fn names(&self, kind: Kind) -> Result<(Vec<Stamp>, HashSet<Stamp>)> {
        let folder = self.folder(kind);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((Vec::new(), HashSet::new()));
            }
            Err(error) => return Err(Error::io("list", folder)(error)),
        };
        let mut stamps = Vec::new();
        let mut noted = HashSet::new();
        for entry in entries {
            let name = entry.map_err(Error::io("list", &folder))?.file_name();
            let Some((stem, extension)) = name.to_str().and_then(|name| name.split_once('.'))
            else {
                continue;
            };
            match (stem.parse(), extension) {
                (Ok(stamp), EXTENSION) => stamps.push(stamp),
                (Ok(stamp), Note::EXTENSION) => drop(noted.insert(stamp)),
                _ => {}
            }
        }
        Ok((stamps, noted))
    }

    /// Files in the periodic folder that are no snapshots by their name, but end with `.json` and sort
    /// behind every snapshot: the service, which goes by the last name, loads such a file instead.
    pub fn shadowing(&self) -> Result<Vec<PathBuf>> {
        let folder = self.folder(Kind::Periodic);
        let newest = self.names(Kind::Periodic)?.0.into_iter().max();
        let newest = newest.map_or_else(String::new, |stamp| format!("{stamp}.{EXTENSION}"));
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let is_shadow = |name: &String| {
            let stem = name.strip_suffix(".json");
            stem.is_some_and(|stem| stem.parse::<Stamp>().is_err()) && *name > newest
        };
        let mut shadows: Vec<PathBuf> = names
            .filter(is_shadow)
            .map(|name| folder.join(name))
            .collect();
        shadows.sort();
        Ok(shadows)
    }

    /// The snapshot that a user means: `latest`, `latest:kind`, a stamp or a unique beginning of one,
    /// `kind/stamp`, or a path.
    pub fn find(&self, text: &str) -> Result<Snapshot> {
        match text {
            "latest" => return self.latest(&Kind::ALL),
            "latest:rewind" => return self.latest(&[Kind::Rewind]),
            "latest:periodic" => return self.latest(&[Kind::Periodic]),
            _ => {}
        }
        let path = Path::new(text);
        let named = Kind::ALL
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(kind.name())?.strip_prefix('/')?)));
        match named {
            Some((kind, stamp)) => self.beginning_with(stamp, &[kind], path),
            None if !text.contains(std::path::is_separator) => {
                self.beginning_with(text, &Kind::ALL, path)
            }
            None => self.at_path(path),
        }
    }

    fn latest(&self, kinds: &[Kind]) -> Result<Snapshot> {
        let newest = self.list(kinds)?.into_iter().find(Snapshot::is_intact);
        newest.ok_or_else(|| {
            let kind = if let [kind] = kinds {
                format!("{kind} ")
            } else {
                String::new()
            };
            Error::Selection {
                what: format!(
                    "there is no intact {kind}snapshot in {}",
                    self.root.display()
                ),
            }
        })
    }

    /// The one snapshot whose stamp begins so; if there is none, the file at `path` if that is there.
    fn beginning_with(&self, beginning: &str, kinds: &[Kind], path: &Path) -> Result<Snapshot> {
        if beginning.is_empty() {
            let what = "a snapshot is named by its stamp or the beginning of one, not by nothing";
            return Err(Error::Selection {
                what: what.to_owned(),
            });
        }
        let mut found = Vec::new();
        for &kind in kinds {
            let stamps = self.names(kind)?.0.into_iter();
            found.extend(
                stamps
                    .filter(|stamp| stamp.to_string().starts_with(beginning))
                    .map(|stamp| Id { kind, stamp }),
            );
        }
        match found[..] {
            [id] => self.look(id),
            [] if path.exists() => self.at_path(path),
            [] => Err(Error::Selection {
                what: format!(
                    "there is no snapshot {beginning} in {}",
                    self.root.display()
                ),
            }),
            _ => {
                found.sort_by_key(|id| id.stamp);
                let shown: Vec<String> = found.iter().take(5).map(Id::to_string).collect();
                let more = if found.len() > shown.len() {
                    ", …"
                } else {
                    ""
                };
                let what = format!(
                    "{} snapshots begin with {beginning}: {}{more}",
                    found.len(),
                    shown.join(", ")
                );
                Err(Error::Selection { what })
            }
        }
    }

    fn at_path(&self, path: &Path) -> Result<Snapshot> {
        let same_folder = |kind: &Kind| {
            let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
            folder.is_some() && folder == self.folder(*kind).canonicalize().ok()
        };
        let stamp = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        let id = stamp.and_then(|stamp| {
            Some(Id {
                kind: Kind::ALL.into_iter().find(same_folder)?,
                stamp,
            })
        });
        let mut snapshot = Snapshot::look(path.to_owned(), id)?;
        snapshot.note = Note::read(path);
        Ok(snapshot)
    }

    fn look(&self, id: Id) -> Result<Snapshot> {
        let mut snapshot = Snapshot::look(self.path(id), Some(id))?;
        snapshot.note = Note::read(&snapshot.path);
        Ok(snapshot)
    }

    /// Begins a snapshot, and clears away what writers that died left.
    pub(crate) fn draft(&self, kind: Kind) -> Result<SnapshotDraft> {
        self.clear_drafts();
        self.begin(kind, Draft::PLAIN)
    }

    /// Begins the checkpoint of a restore with this guard, which its name tells.
    pub(crate) fn checkpoint_draft(&self, guard: Option<Stamp>) -> Result<SnapshotDraft> {
        let guard = guard.map_or(String::new(), |guard| format!("{guard}-"));
        self.begin(Kind::Periodic, &format!("{CHECKPOINT}{guard}"))
    }

    fn begin(&self, kind: Kind, prefix: &str) -> Result<SnapshotDraft> {
        let folder = self.folder(kind);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        Ok(SnapshotDraft {
            draft: Draft::new(&folder, prefix)?,
            kind,
            store: self.clone(),
        })
    }

    /// Clears away the drafts of writers that died. One that cannot be cleared away harms nobody.
    pub(crate) fn clear_drafts(&self) {
        for kind in Kind::ALL {
            drop(Draft::abandoned(&self.folder(kind), Draft::PLAIN));
        }
    }

    /// The checkpoints of restores that died before they named them. Those not published are deleted.
    pub(crate) fn abandoned_checkpoints(&self) -> Vec<SnapshotDraft> {
        let kind = Kind::Periodic;
        let drafts = Draft::abandoned(&self.folder(kind), CHECKPOINT).into_iter();
        drafts
            .map(|draft| SnapshotDraft {
                draft,
                kind,
                store: self.clone(),
            })
            .collect()
    }

    /// Deletes a snapshot and its note; that it is gone already is no error.
    pub(crate) fn delete(snapshot: &Path) -> Result<()> {
        for path in [snapshot, &Note::path(snapshot)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("delete", path)(error));
                }
                Ok(()) => log::info!("deleted {}", path.display()),
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// A snapshot being written. It is not there before it is published, and gone if it is dropped.
pub(crate) struct SnapshotDraft {
    draft: Draft,
    kind: Kind,
    store: Store,
}

impl SnapshotDraft {
    /// Names the finished file `stamp`, or the next second that is free and has come.
    pub(crate) fn publish(self, mut stamp: Stamp) -> Result<Snapshot> {
        let Self {
            mut draft,
            kind,
            store,
        } = self;
        loop {
            let id = Id { kind, stamp };
            match draft.name(&store.path(id))? {
                Named::Done => {
                    let snapshot = Snapshot::look(store.path(id), Some(id))?;
                    log::info!("wrote {id}, {} bytes", snapshot.size);
                    return Ok(snapshot);
                }
                Named::Taken(unnamed) => {
                    draft = unnamed;
                    stamp = stamp.next();
                    thread::sleep(Duration::from_secs(1));
                }
            }
        }
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &File {
        self.draft.file()
    }

    /// Makes what was written last beyond a power failure.
    pub(crate) fn sync(&self) -> Result<()> {
        self.draft.sync()
    }

    /// The file that has no name yet.
    pub(crate) fn path(&self) -> &Path {
        self.draft.path()
    }

    /// The guard of the restore whose checkpoint it is, if it has one.
    pub(crate) fn guard(&self) -> Option<PathBuf> {
        let name = self
            .path()
            .file_name()?
            .to_str()?
            .strip_prefix(CHECKPOINT)?;
        let stamp = name.split_once('-')?.0.parse().ok()?;
        let kind = Kind::Rewind;
        Some(self.store.path(Id { kind, stamp }))
    }

    /// Leaves the file without a name, as if its writer had died.
    pub(crate) fn leave(self) {
        self.draft.leave();
    }
}
