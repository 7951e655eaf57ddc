//! A file that appears whole or not at all: written under a name that nobody looks at, made to last,
//! then named without replacing anything.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::Path,
};

use tempfile::{NamedTempFile, TempPath};

use crate::core::base::{
    error::{Error, Result},
    owner,
    regular::{Links, open_file},
};

const SUFFIX: &str = ".tmp";

/// How the files are called behind a database's name that SQLite keeps beside it.
pub(crate) const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A file being written, for its writer alone until it follows another file. It is gone if it is
/// dropped, and its lock tells that its writer lives.
pub(crate) struct AtomicFile {
    file: NamedTempFile,
}

/// What became of naming a draft.
pub(crate) enum Named {
    /// The file is there.
    Done,
    /// Another file has the name.
    Taken(AtomicFile),
}

impl AtomicFile {
    /// How the name of a draft begins that is of no use once its writer is gone.
    pub(crate) const PLAIN: &str = ".unrewind-draft-";

    /// A draft in a folder; `prefix` tells what it is to become.
    pub(crate) fn new(folder: &Path, prefix: &str) -> Result<Self> {
        loop {
            let file = builder(prefix)
                .tempfile_in(folder)
                .map_err(Error::io("write in", folder))?;
            // Before it is locked another process may take it for abandoned. Where the file system knows
            // no locks nobody can.
            let taken = matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock));
            if !taken && file.path().exists() {
                return Ok(Self { file });
            }
        }
    }

    /// The drafts in a folder whose writers are no more: nobody holds their lock.
    pub(crate) fn abandoned(folder: &Path, prefix: &str) -> Vec<Self> {
        let mut drafts = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let is_draft = name
                .to_str()
                .is_some_and(|name| name.starts_with(prefix) && name.ends_with(SUFFIX));
            if !is_draft {
                continue;
            }
            let opened = open_file(&entry.path(), Links::Refuse)
                .and_then(|file| Ok((file, TempPath::try_from_path(entry.path())?)));
            match opened {
                Ok((file, path)) if file.try_lock().is_ok() => drafts.push(Self {
                    file: NamedTempFile::from_parts(file, path),
                }),
                // It is another's, and stays.
                Ok((_, path)) => drop(path.keep()),
                Err(_) => {}
            }
        }
        drafts
    }

    /// The file under the name it has meanwhile.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Gives it the owner, the group and the mode of the file that its content comes from.
    pub(crate) fn follow(&self, like: &Path) -> Result<()> {
        owner::follow(self.file(), like).map_err(Error::io("write", self.path()))
    }

    /// Makes what was written last beyond a power failure.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file
            .as_file()
            .sync_all()
            .map_err(Error::io("write", self.path()))
    }

    /// Leaves the file as it is, for another to find that its writer is no more.
    pub(crate) fn leave(self) {
        // What cannot be left is deleted.
        let _ = self.file.keep();
    }

    /// Gives the finished file its name, if no other has it.
    pub(crate) fn name(self, path: &Path) -> Result<Named> {
        self.sync()?;
        match self.file.persist_noclobber(path) {
            Ok(_) => {
                sync_folder(path.parent().unwrap_or(Path::new(".")))?;
                Ok(Named::Done)
            }
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Named::Taken(Self { file: refused.file }))
            }
            Err(refused) => Err(Error::io("create", path)(refused.error)),
        }
    }

    /// Gives the finished file its name, also where another has it, which is then gone.
    pub(crate) fn replace(self, path: &Path) -> Result<()> {
        self.sync()?;
        self.file
            .persist(path)
            .map_err(|refused| Error::io("write", path)(refused.error))?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))
    }
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

/// Makes a new name in a folder last beyond a power failure.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    // The folder of a bare file name.
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(Error::io("write", folder))?;
    }
    Ok(())
}

/// Removes what SQLite keeps beside a draft that is a database in use, once nobody uses it.
pub(crate) fn remove_companions(database: &Path) {
    for ending in COMPANIONS {
        let mut companion = database.as_os_str().to_owned();
        companion.push(ending);
        // Mostly there is none.
        let _ = fs::remove_file(companion);
    }
}
