//! The snapshot folders: what is in them, a new snapshot that appears whole or not at all, and
//! deleting one.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use tempfile::NamedTempFile;

use super::{
    error::{Error, Result},
    note::Note,
    snapshot::{Id, Kind, Snapshot, Stamp},
};

const EXTENSION: &str = "json";
const DRAFT_SUFFIX: &str = ".tmp";

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
        let mut snapshots = Vec::new();
        for &kind in kinds {
            let (stamps, noted) = self.names(kind)?;
            for stamp in stamps {
                let id = Id { kind, stamp };
                let mut snapshot = match Snapshot::look(self.path(id), Some(id)) {
                    Ok(snapshot) => snapshot,
                    Err(Error::NoFile { .. }) => continue,
                    Err(error) => return Err(error),
                };
                if noted.contains(&stamp) {
                    snapshot.note = Note::read(&snapshot.path);
                }
                snapshots.push(snapshot);
            }
        }
        snapshots.sort_by_cached_key(Snapshot::newest_first);
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
            Some((kind, stamp)) if !path.exists() => self.beginning_with(stamp, &[kind]),
            None if !text.contains(std::path::is_separator) && !path.exists() => {
                self.beginning_with(text, &Kind::ALL)
            }
            _ => self.at_path(path),
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

    fn beginning_with(&self, beginning: &str, kinds: &[Kind]) -> Result<Snapshot> {
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

    /// Begins a snapshot, and clears away what writers that died left in its folder.
    pub(crate) fn draft(&self, kind: Kind) -> Result<Draft> {
        let folder = self.folder(kind);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        tidy(&folder);
        let file = draft_in(&folder).map_err(Error::io("write in", &folder))?;
        Ok(Draft {
            file,
            kind,
            store: self.clone(),
        })
    }

    /// Deletes a snapshot and its note; that it is gone already is no error.
    pub(crate) fn delete(snapshot: &Path) -> Result<()> {
        for path in [snapshot, &Note::path(snapshot)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("delete", path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A snapshot being written. It is not there before it is published, and gone if it is dropped.
pub(crate) struct Draft {
    file: NamedTempFile,
    kind: Kind,
    store: Store,
}

impl Draft {
    /// Names the finished file `stamp`, or the next second that is free and has come.
    pub(crate) fn publish(self, mut stamp: Stamp) -> Result<Snapshot> {
        let Self {
            mut file,
            kind,
            store,
        } = self;
        let path = file.path().to_owned();
        file.as_file()
            .sync_all()
            .map_err(Error::io("write", &path))?;
        loop {
            let id = Id { kind, stamp };
            match file.persist_noclobber(store.path(id)) {
                Ok(_) => {
                    sync_folder(&store.folder(kind))?;
                    return Snapshot::look(store.path(id), Some(id));
                }
                Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = refused.file;
                    stamp = stamp.next();
                    thread::sleep(Duration::from_secs(1));
                }
                Err(refused) => return Err(Error::io("create", store.path(id))(refused.error)),
            }
        }
    }

    /// The file that is not there yet.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A new file that is locked for as long as its writer lives.
fn draft_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(Note::DRAFT_PREFIX).suffix(DRAFT_SUFFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    loop {
        let file = builder.tempfile_in(folder)?;
        // Where the file system knows no locks nobody can take the file for a dead writer's.
        let _ = file.as_file().try_lock();
        // Before it was locked another writer may have cleared it away.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// Deletes the drafts of writers that are no more: nobody holds their lock. A draft that cannot be
/// deleted harms nobody.
fn tidy(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_draft = name.to_str().is_some_and(|name| {
            name.starts_with(Note::DRAFT_PREFIX) && name.ends_with(DRAFT_SUFFIX)
        });
        if is_draft && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes a new name in a folder last beyond a power failure.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(Error::io("write", folder))?;
    }
    Ok(())
}
