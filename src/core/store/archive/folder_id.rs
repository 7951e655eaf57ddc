//! The id of a data folder: by which an archive knows its snapshots among those of other folders, also after
//! the folder was moved.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    io::Write,
    path::Path,
};

use crate::core::{
    base::{
        error::{Error, Result},
        owner::{follow_folder, make_folder},
        regular::{Links, read_file},
    },
    file::atomic_file::AtomicFile,
};

/// The id of a data folder: 16 hexadecimal digits in a file beside the snapshot folders.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FolderId(String);

impl FolderId {
    const FILE: &str = ".unrewind-id";
    const TAG: &str = "folder-";
    const DIGITS: usize = 16;

    /// Returns the id of the snapshots in `root`, if they have one.
    pub(super) fn find(root: &Path) -> Result<Option<Self>> {
        let path = root.join(Self::FILE);
        match read_file(&path, Links::Refuse, 1024) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                let what = format!(
                    "{} does not hold the id of a data folder: restore or delete it",
                    path.display()
                );
                Self::parse(text.trim())
                    .map(Some)
                    .ok_or(Error::Invalid { what })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }

    /// Returns the id of the snapshots in `root`, and gives them one if they have none.
    pub(super) fn of(root: &Path) -> Result<Self> {
        loop {
            if let Some(id) = Self::find(root)? {
                return Ok(id);
            }
            let path = root.join(Self::FILE);
            make_folder(root).map_err(Error::io("create", root))?;
            let mut draft = AtomicFile::new(root, AtomicFile::PLAIN)?;
            // A hasher of the standard library starts from the system's random numbers.
            let id = format!("{:016x}\n", RandomState::new().hash_one(root));
            draft
                .write_all(id.as_bytes())
                .map_err(Error::io("write", &path))?;
            readable(&draft, root);
            // Another process may have given it one meanwhile.
            draft.name(&path)?;
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == Self::DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| Self(text.to_owned()))
    }

    /// Returns the tag of its snapshots in a repository.
    pub fn tag(&self) -> String {
        format!("{}{}", Self::TAG, self.0)
    }

    /// Returns a number that differs between folders.
    pub(super) fn number(&self) -> u64 {
        u64::from_str_radix(&self.0, 16).unwrap_or_default()
    }

    /// Returns the id that a tag means.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        Self::parse(tag.strip_prefix(Self::TAG)?)
    }
}

/// Lets everybody who may read the folder read a file in it that holds no secret.
pub(super) fn readable(draft: &AtomicFile, root: &Path) {
    let _ = follow_folder(draft.file(), root);
    #[cfg(unix)]
    if let Ok(folder) = std::fs::metadata(root) {
        use std::{fs, os::unix::fs::PermissionsExt};
        let mode = 0o600 | (folder.permissions().mode() & 0o044);
        let _ = draft
            .file()
            .set_permissions(fs::Permissions::from_mode(mode));
    }
}

impl fmt::Display for FolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
