//! Which part of an archive a watch checked last, and whether it was damaged: a file beside the snapshots, so that
//! it survives a restart and a cleared cache. Machines that share a repository begin with different parts.

use std::{io::Write, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ArchiveFlaw, FolderId, folder_id::readable};
use crate::core::{
    base::{
        error::{Error, Result},
        regular::{Links, read_file},
    },
    file::atomic_file::AtomicFile,
};

/// The last check of a part of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastCheck {
    checked: DateTime<Utc>,
    part: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
}

impl LastCheck {
    const FILE: &str = ".unrewind-check";
    /// How many parts an archive has: with a part a day, every byte is read in as many days.
    pub(crate) const PARTS: u32 = 30;

    /// Reads the last check of the snapshots in `root`; `None` if there is none, or it cannot be read.
    pub(crate) fn read(root: &Path) -> Option<Self> {
        let bytes = read_file(&root.join(Self::FILE), Links::Refuse, 1024).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Returns when the part was checked.
    pub(crate) fn time(self) -> DateTime<Utc> {
        self.checked
    }

    /// Returns whether it found damage.
    pub(crate) fn is_damaged(self) -> bool {
        self.damaged
    }

    /// Returns the check with what it found.
    pub(crate) fn found(self, flaws: &[ArchiveFlaw]) -> Self {
        Self {
            damaged: flaws.iter().any(|flaw| flaw.is_severe),
            ..self
        }
    }

    /// Returns the check that follows the last one: of the next part, or of the same while it is damaged.
    pub(crate) fn next(last: Option<Self>, folder: Option<&FolderId>, now: DateTime<Utc>) -> Self {
        let last = last.map_or_else(
            || folder.map_or(0, FolderId::number),
            |last| u64::from(last.part).saturating_sub(last.damaged.into()),
        );
        let part = u32::try_from(last % u64::from(Self::PARTS)).unwrap_or_default() + 1;
        Self {
            checked: now,
            part,
            damaged: false,
        }
    }

    /// Returns which part of how many is checked.
    pub(crate) fn part(self) -> (u32, u32) {
        (self.part, Self::PARTS)
    }

    /// Notes that the damage which the last check found is over.
    pub(super) fn end_damage(root: &Path) {
        let damaged = Self::read(root).filter(|last| last.damaged);
        if let Some(Err(error)) = damaged.map(|last| last.found(&[]).write(root)) {
            log::info!("the damaged part of the archive is checked again: {error}");
        }
    }

    /// Writes it beside the snapshots in `root`.
    pub(crate) fn write(self, root: &Path) -> Result<()> {
        let path = root.join(Self::FILE);
        let draft = AtomicFile::new(root, AtomicFile::PLAIN)?;
        serde_json::to_writer(draft.file(), &self)
            .map_err(std::io::Error::from)
            .and_then(|()| draft.file().write_all(b"\n"))
            .map_err(Error::io("write", &path))?;
        readable(&draft, root);
        draft.replace(&path)
    }
}
