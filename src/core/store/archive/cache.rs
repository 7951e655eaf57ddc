//! The user's cache of an archive: the catalogue of a data folder's snapshots in it, so that a list need not open
//! the repository, and the snapshots that were unpacked last.

mod unpacked;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{
    Archive, ArchivePassword, ArchiveSettings, ArchivedSnapshot, FolderId, location::folder_of,
};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, unattended},
        regular::{Links, read_file},
    },
    file::{
        atomic_file::AtomicFile,
        checksum::Checksum,
        note::Note,
        snapshot::{Snapshot, StoredIn},
    },
};

pub use unpacked::Unpacked;
use unpacked::UnpackedFiles;

/// The archive of one data folder as far as the user's cache knows it.
#[derive(Debug)]
pub(crate) struct ArchiveCache {
    settings: ArchiveSettings,
    data_dir: PathBuf,
    folder: CacheFolder,
    /// The repository, once it was opened.
    opened: Mutex<Option<Arc<Archive>>>,
    /// What was unpacked, and is known to be undamaged.
    unpacked: Mutex<UnpackedFiles>,
}

/// Where the catalogue and the unpacked snapshots are.
#[derive(Debug)]
enum CacheFolder {
    /// In a folder of the user's cache.
    Kept(PathBuf),
    /// In a folder that is deleted with the workspace.
    Temporary(OnceLock<TempDir>),
}

/// The snapshots of a data folder in its archive.
#[derive(Debug, Default)]
pub(crate) struct Catalogued {
    /// Those that are known, newest first.
    pub(crate) snapshots: Vec<ArchivedSnapshot>,
    /// Why they may not be all.
    pub(crate) trouble: Option<Error>,
}

impl Catalogued {
    /// Nothing is known, and what the catalogue lists can no longer be read.
    fn none(trouble: Error) -> Self {
        Self {
            snapshots: Vec::new(),
            trouble: Some(trouble),
        }
    }
}

/// The catalogue as a file.
#[derive(Debug, Serialize, Deserialize)]
struct Catalogue {
    version: u32,
    location: String,
    /// The data folder's id, by which the snapshots were chosen.
    folder: Option<String>,
    /// A checksum of the names in the repository's list of snapshots, where that is a folder.
    listed: Option<Checksum>,
    snapshots: Vec<ArchivedSnapshot>,
    /// The sentence about the damaged snapshots that the list leaves out.
    #[serde(default)]
    left_out: Option<String>,
}

impl Catalogue {
    fn catalogued(self) -> Catalogued {
        let trouble = self.left_out.map(|what| Error::Archive {
            what,
            hint: "`unrewind archive check` shows what is damaged",
        });
        Catalogued {
            snapshots: self.snapshots,
            trouble,
        }
    }
}

impl ArchiveCache {
    const VERSION: u32 = 1;
    const CATALOGUE: &str = "catalogue.json";
    /// A catalogue is never larger, in bytes.
    const LARGEST: u64 = 256 * 1024 * 1024;

    /// Keeps what is known of a data folder's archive in a folder of `cache`; without one only as long as this
    /// value lives.
    pub(crate) fn new(settings: ArchiveSettings, data_dir: &Path, cache: Option<&Path>) -> Self {
        let root = super::absolute(data_dir);
        let location = settings.location(&root);
        let named = format!("{location}\0{}", root.display());
        let name = Checksum::of(named.as_bytes()).digits();
        let folder = cache.map_or_else(
            || CacheFolder::Temporary(OnceLock::new()),
            |cache| CacheFolder::Kept(cache.join("archive").join(name)),
        );
        Self {
            settings,
            data_dir: root,
            folder,
            opened: Mutex::default(),
            unpacked: Mutex::default(),
        }
    }

    /// Returns whether there is an archive, as far as can be seen without opening it.
    pub(crate) fn is_there(&self) -> bool {
        self.settings.is_there(&self.data_dir)
    }

    /// Returns whether there is an archive, or there was one, or the configuration names one.
    pub(crate) fn is_expected(&self) -> bool {
        self.settings.repository.is_some() || self.is_there() || self.remembered().is_some()
    }

    /// Returns an error if there was an archive that no setting names, and it is gone.
    pub(crate) fn gone(&self) -> Option<Error> {
        if self.settings.repository.is_some() || self.is_there() {
            return None;
        }
        let (place, catalogue) = (self.settings.shown(&self.data_dir), self.remembered()?);
        Some(Error::Archive {
            what: format!(
                "the archive {place} is gone: the list of what it held is in {}",
                catalogue.display()
            ),
            hint: "put it back, or begin a new one with `unrewind archive init`; to go on without an archive, delete that list",
        })
    }

    /// Returns the path of the catalogue that remembers an archive.
    fn remembered(&self) -> Option<PathBuf> {
        let catalogue = self.place()?.join(Self::CATALOGUE);
        catalogue.is_file().then_some(catalogue)
    }

    /// Returns whether the archive is on another machine.
    pub(crate) fn is_remote(&self) -> bool {
        folder_of(&self.settings.location(&self.data_dir)).is_none()
    }

    /// Returns whether it can be opened without asking a person: it is on this machine, and no command is run
    /// for its password.
    pub(crate) fn opens_unasked(&self) -> bool {
        !self.is_remote() && !matches!(self.settings.password, ArchivePassword::Command(_))
    }

    /// Lists the snapshots in the archive. The repository is opened only if it is a folder that has changed
    /// since, and its password is known without a command.
    pub(crate) fn list(&self) -> Catalogued {
        let found = self.catalogued();
        self.know(&found.snapshots);
        found
    }

    /// Lists the snapshots in the archive, which is opened if it may have changed.
    pub(crate) fn list_anew(&self, on: OnProgress<'_>) -> Result<Catalogued> {
        if let Some(gone) = self.gone() {
            return Ok(Catalogued::none(gone));
        }
        let known = self.read();
        let is_current = |known: &Catalogue| !self.is_remote() && self.is_current(known);
        let found = match known {
            Some(known) if is_current(&known) => known.catalogued(),
            known => self.relisted(known, on)?,
        };
        self.know(&found.snapshots);
        Ok(found)
    }

    fn catalogued(&self) -> Catalogued {
        if let Some(gone) = self.gone() {
            return Catalogued::none(gone);
        }
        let known = match self.read() {
            Some(known) if self.is_current(&known) => return known.catalogued(),
            known => known,
        };
        if self.opens_unasked() || !self.is_there() {
            return self.relisted(known, &mut unattended).unwrap_or_default();
        }
        Catalogued {
            snapshots: known.map_or_else(Vec::new, |known| known.snapshots),
            trouble: Some(Error::Archive {
                what: format!(
                    "the archive {} has not been read since it changed",
                    self.settings.shown(&self.data_dir)
                ),
                hint: "`unrewind archive list` reads it",
            }),
        }
    }

    /// Lists what is in the repository, or else what was known of it; an error only if it was cancelled.
    fn relisted(&self, known: Option<Catalogue>, on: OnProgress<'_>) -> Result<Catalogued> {
        let listed = self.archive(on).and_then(|archive| {
            let (snapshots, trouble) = (self.refresh(&archive, on)?, archive.left_out());
            Ok(Catalogued { snapshots, trouble })
        });
        match listed {
            Ok(listed) => Ok(listed),
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error) => Ok(Catalogued {
                snapshots: known.map_or_else(Vec::new, |known| known.snapshots),
                trouble: Some(error),
            }),
        }
    }

    /// Lists what is in the archive, and keeps the list as far as possible.
    pub(crate) fn refresh(
        &self,
        archive: &Archive,
        on: OnProgress<'_>,
    ) -> Result<Vec<ArchivedSnapshot>> {
        // Read before the list, so that the list is outdated if something is added meanwhile.
        let (folder, listed) = (self.folder_id(), self.listed());
        let catalogue = Catalogue {
            version: Self::VERSION,
            location: self.settings.shown(&self.data_dir),
            folder,
            listed,
            snapshots: archive.list(on)?,
            left_out: archive.left_out().map(|error| error.to_string()),
        };
        if let Err(error) = self.write(&catalogue) {
            log::info!("the catalogue of the archive is not kept: {error}");
        }
        Ok(catalogue.snapshots)
    }

    fn write(&self, catalogue: &Catalogue) -> Result<()> {
        let folder = self.folder()?;
        let path = folder.join(Self::CATALOGUE);
        let draft = AtomicFile::new(&folder, AtomicFile::PLAIN)?;
        let written = serde_json::to_vec(catalogue).map_err(io::Error::from);
        written
            .and_then(|bytes| draft.file().write_all(&bytes))
            .map_err(Error::io("write", &path))?;
        draft.replace(&path)
    }

    /// Describes an archived snapshot as a snapshot whose file is where it will be unpacked.
    pub(crate) fn snapshot(&self, archived: &ArchivedSnapshot) -> Snapshot {
        Snapshot {
            id: Some(archived.id),
            path: self.path(archived.id),
            size: archived.size.unwrap_or_default(),
            modified: archived.modified,
            last_event_id: archived.last_event_id,
            damage: None,
            pinned: archived.pinned,
            pin_damage: None,
            off_log: archived.note.off_log,
            note: Note {
                checksum: archived.checksum.or(archived.note.checksum),
                ..archived.note.clone()
            },
            stored_in: StoredIn::Archive,
            sentence: archived.sentence.clone(),
        }
    }

    /// Returns the repository, which stays open.
    fn archive(&self, on: OnProgress<'_>) -> Result<Arc<Archive>> {
        if let Some(gone) = self.gone() {
            return Err(gone);
        }
        let is_of_folder =
            |archive: &&Arc<Archive>| archive.folder().map(ToString::to_string) == self.folder_id();
        let opened = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(archive) = opened().as_ref().filter(is_of_folder) {
            return Ok(Arc::clone(archive));
        }
        let archive = Arc::new(Archive::open(&self.settings, &self.data_dir, on)?);
        *opened() = Some(Arc::clone(&archive));
        Ok(archive)
    }

    fn read(&self) -> Option<Catalogue> {
        let path = self.place()?.join(Self::CATALOGUE);
        let bytes = read_file(&path, Links::Refuse, Self::LARGEST).ok()?;
        let known: Catalogue = serde_json::from_slice(&bytes).ok()?;
        let is_ours = known.version == Self::VERSION
            && known.location == self.settings.shown(&self.data_dir)
            && known.folder == self.folder_id();
        is_ours.then_some(known)
    }

    /// Returns whether a catalogue lists what is in the repository now, as far as can be seen.
    fn is_current(&self, known: &Catalogue) -> bool {
        self.is_remote() || (known.listed.is_some() && known.listed == self.listed())
    }

    fn folder_id(&self) -> Option<String> {
        let root = self.data_dir.join("snapshots");
        FolderId::find(&root)
            .ok()
            .flatten()
            .map(|id| id.to_string())
    }

    /// Returns a checksum of the names in the repository's list of snapshots.
    fn listed(&self) -> Option<Checksum> {
        let location = self.settings.location(&self.data_dir);
        let entries = fs::read_dir(folder_of(&location)?.join("snapshots")).ok()?;
        let names = entries.map(|entry| Some(entry.ok()?.file_name().into_encoded_bytes()));
        let mut names = names.collect::<Option<Vec<_>>>()?;
        names.sort_unstable();
        Some(Checksum::of(&names.join(&b'\n')))
    }

    /// Returns the cache's folder if it has one.
    fn place(&self) -> Option<&Path> {
        match &self.folder {
            CacheFolder::Kept(folder) => Some(folder),
            CacheFolder::Temporary(folder) => folder.get().map(TempDir::path),
        }
    }

    /// Returns the cache's folder, private to the user, and creates it if it is missing.
    fn folder(&self) -> Result<PathBuf> {
        match &self.folder {
            CacheFolder::Kept(folder) => make_private(folder).map(|()| folder.clone()),
            CacheFolder::Temporary(folder) => {
                if let Some(folder) = folder.get() {
                    return Ok(folder.path().to_owned());
                }
                let made = tempfile::Builder::new().prefix("unrewind-").tempdir();
                let made = made.map_err(Error::io("create", Path::new("a temporary folder")))?;
                Ok(folder.get_or_init(|| made).path().to_owned())
            }
        }
    }
}

/// Creates a folder that only the user can read.
fn make_private(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Error::io("create", folder))
}
