//! A file that appears whole or not at all: written under a temporary name, synced, then renamed
//! without replacing anything.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use tempfile::{NamedTempFile, PersistError, TempPath};

use crate::core::base::{
    error::{Error, Result},
    held::{hold, patiently, take_over},
    owner, regular,
};

const SUFFIX: &str = ".tmp";

/// The suffixes of the files that SQLite keeps beside a database.
pub(crate) const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A draft: a file being written, private until it follows another file's permissions. It is
/// deleted on drop; while it exists, its writer holds it.
pub(crate) struct AtomicFile {
    file: NamedTempFile,
    durability: Durability,
}

/// What a power failure may do to a file that has its final name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durability {
    /// Nothing: it is synced first.
    Synced,
    /// Anything: it can be made again, and its reader notices damage.
    Cached,
}

/// The result of giving a draft its final name.
pub(crate) enum Named {
    /// The file has its name.
    Done,
    /// Another file has the name.
    Taken(AtomicFile),
}

impl AtomicFile {
    /// The prefix of a draft that is useless once its writer is gone.
    pub(crate) const PLAIN: &str = ".unrewind-draft-";

    /// Creates a draft in a folder; `prefix` says what it will become.
    pub(crate) fn new(folder: &Path, prefix: &str) -> Result<Self> {
        loop {
            let file = builder(prefix)
                .tempfile_in(folder)
                .map_err(Error::io("write in", folder))?;
            // Until it is held, another process may delete it as abandoned.
            if hold(file.as_file()) && file.path().exists() {
                let durability = Durability::Synced;
                return Ok(Self { file, durability });
            }
        }
    }

    /// Creates a draft of a file that is not synced.
    pub(crate) fn cached(folder: &Path, prefix: &str) -> Result<Self> {
        Ok(Self {
            durability: Durability::Cached,
            ..Self::new(folder, prefix)?
        })
    }

    /// Passes to `found` the drafts in a folder whose writers are gone: no process holds them.
    /// Returns the first error, after all that can be opened were passed.
    pub(crate) fn abandoned(
        folder: &Path,
        prefix: &str,
        found: &mut dyn FnMut(Self),
    ) -> Result<()> {
        let folder = this_if_empty(folder);
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(Error::io("list", folder))?,
        };
        let mut failed = Ok(());
        for entry in entries {
            let path = match entry {
                Ok(entry) if is_draft(&entry.file_name(), prefix) => entry.path(),
                Ok(_) => continue,
                Err(error) => return Err(Error::io("list", folder)(error)),
            };
            match Self::opened(&path) {
                Ok(Some(draft)) => found(draft),
                // It belongs to a live writer, or is gone.
                Ok(None) | Err(Error::NoFile { .. }) => {}
                Err(error) => failed = failed.and(Err(error)),
            }
        }
        failed
    }

    /// Passes to `found`, which drops them, the drafts that are useless once their writers are gone.
    /// A failure is only logged.
    pub(crate) fn clear_abandoned(folder: &Path, found: &mut dyn FnMut(Self)) {
        if let Err(error) = Self::abandoned(folder, Self::PLAIN, found) {
            log::info!("drafts may be left: {error}");
        }
    }

    /// Opens a draft; returns `None` if its writer lives, or if it is not a regular file.
    fn opened(path: &Path) -> Result<Option<Self>> {
        let is_other = |file: fs::Metadata| !file.is_file();
        if fs::symlink_metadata(path).is_ok_and(is_other) {
            return Ok(None);
        }
        let Some(file) = take_over(path).map_err(Error::io("open", path))? else {
            return Ok(None);
        };
        let path = TempPath::try_from_path(path).map_err(Error::io("open", path))?;
        let file = NamedTempFile::from_parts(file, path);
        let durability = Durability::Synced;
        Ok(Some(Self { file, durability }))
    }

    /// Returns its current, temporary path.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Returns the open file.
    pub(crate) fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Gives it the owner, group and mode of the file that its content comes from.
    pub(crate) fn follow(&self, like: &Path) -> Result<()> {
        owner::follow(self.file(), like).map_err(Error::io("write", self.path()))
    }

    /// Syncs the file, so that it survives a power failure.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file
            .as_file()
            .sync_all()
            .map_err(Error::io("write", self.path()))
    }

    /// Keeps the draft when it is dropped, so that another process finds it abandoned.
    pub(crate) fn keep_on_drop(&mut self) {
        self.file.disable_cleanup(true);
    }

    /// Deletes the draft, even after [`Self::keep_on_drop`].
    pub(crate) fn delete(mut self) {
        self.file.disable_cleanup(false);
    }

    /// Syncs the file and gives it its final name, unless another file has it.
    pub(crate) fn name(self, path: &Path) -> Result<Named> {
        let durability = self.durability;
        if durability == Durability::Synced {
            self.sync()?;
        }
        match self.renamed(|file| file.persist_noclobber(path)) {
            Ok(()) => {
                durability.sync_folder_of(path)?;
                Ok(Named::Done)
            }
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                let file = refused.file;
                Ok(Named::Taken(Self { file, durability }))
            }
            Err(refused) => Err(Error::io("create", path)(refused.error)),
        }
    }

    /// Syncs the file and gives it its final name, replacing any other file.
    pub(crate) fn replace(self, path: &Path) -> Result<()> {
        let durability = self.durability;
        if durability == Durability::Synced {
            self.sync()?;
        }
        self.renamed(|file| file.persist(path))
            .map_err(|refused| Error::io("write", path)(refused.error))?;
        durability.sync_folder_of(path)
    }

    /// Renames the file, whose descriptor it closes.
    fn renamed(
        self,
        rename: impl Fn(NamedTempFile) -> std::result::Result<File, PersistError>,
    ) -> std::result::Result<(), PersistError> {
        let mut file = Some(self.file);
        let renamed = patiently(|| {
            let Some(draft) = file.take() else {
                return Ok(());
            };
            let refused = rename(draft).err();
            refused.map_or(Ok(()), |PersistError { error, file: draft }| {
                file = Some(draft);
                Err(error)
            })
        });
        match (renamed, file) {
            (Err(error), Some(file)) => Err(PersistError { error, file }),
            _ => Ok(()),
        }
    }
}

impl Durability {
    fn sync_folder_of(self, path: &Path) -> Result<()> {
        match self {
            // The file is whole and has its name, which a power failure may still undo.
            Self::Synced => {
                let folder = path.parent().unwrap_or(Path::new("."));
                regular::sync_folder(this_if_empty(folder))
                    .map_err(Error::io("sync the folder of the new file", path))
            }
            Self::Cached => Ok(()),
        }
    }
}

fn is_draft(name: &OsStr, prefix: &str) -> bool {
    let name = name.to_str();
    name.is_some_and(|name| name.starts_with(prefix) && name.ends_with(SUFFIX))
}

fn builder(prefix: &str) -> tempfile::Builder<'_, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(SUFFIX);
    builder
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Syncs a folder, so that a new name in it survives a power failure.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    regular::sync_folder(this_if_empty(folder)).map_err(Error::io("sync", folder))
}

/// Returns the folder, which is empty as the parent of a bare file name.
fn this_if_empty(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// Deletes the files that SQLite keeps beside a database that is a draft, once no connection is
/// open.
pub(crate) fn remove_companions(database: &Path) {
    for ending in COMPANIONS {
        let mut companion = database.as_os_str().to_owned();
        companion.push(ending);
        // Usually there is none.
        let _ = fs::remove_file(companion);
    }
}
