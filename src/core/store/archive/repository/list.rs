//! Lists a repository's snapshots, without the damaged ones, which it names, and measures the repository.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{MutexGuard, PoisonError},
};

use rustic_core::{
    FileType, LsOptions, RusticResult,
    repofile::{Metadata, Node, NodeType, SnapshotFile, SnapshotId},
};

use super::{
    super::{
        ArchiveSize, ArchivedSnapshot,
        record::{Stored, named},
    },
    Indexed, Repository, add,
    failure::{is_absent, unreadable},
    from_jiff,
    sentence::is_damage,
};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage},
    },
    file::note::Note,
};

impl Repository {
    /// Lists the snapshots that Unrewind or restic added, in no order.
    pub(in crate::core::store::archive) fn snapshots(
        &self,
        on: OnProgress<'_>,
    ) -> Result<Vec<ArchivedSnapshot>> {
        self.attend(on, Stage::Listing, || {
            let files = self.files()?;
            let (mut found, mut others) = (Vec::with_capacity(files.len()), Vec::new());
            for file in files {
                let stored = stored(&file);
                match stored.ours() {
                    Some(one) => found.push(one),
                    // A probe stays where nothing can be deleted.
                    None if stored.tags.iter().any(|tag| tag == add::PROBE) => {}
                    None => others.push((file, stored)),
                }
            }
            if !others.is_empty() {
                let indexed = self.again()?.to_indexed().map_err(self.failed())?;
                for (file, stored) in others {
                    match walk(&indexed, &file, &stored) {
                        Ok(more) => found.extend(more),
                        Err(error) if is_damage(&error) => self.leave_out(&file.id),
                        Err(error) => return Err(self.failed()(error)),
                    }
                }
            }
            Ok(found)
        })
    }

    /// Returns an error that names the damaged snapshots which the last list left out.
    pub(in crate::core::store::archive) fn left_out(&self) -> Option<Error> {
        let ids = self.unreadable();
        (!ids.is_empty()).then(|| unreadable(&ids, &self.location))
    }

    pub(super) fn unreadable(&self) -> MutexGuard<'_, Vec<String>> {
        let ids = self.unreadable.lock();
        ids.unwrap_or_else(PoisonError::into_inner)
    }

    fn leave_out(&self, id: &SnapshotId) {
        self.unreadable().push(id.to_string());
    }

    /// Reads the list of snapshots.
    pub(super) fn files(&self) -> Result<Vec<SnapshotFile>> {
        self.unreadable().clear();
        match self.open.get_all_snapshots() {
            Err(error) if is_damage(&error) || is_absent(&error) => {
                let ids = self.open.list().map_err(self.failed())?;
                self.readable(&ids.collect::<Vec<_>>())
            }
            files => files.map_err(self.failed()),
        }
    }

    /// Reads those of the snapshots that are not damaged: splits them in halves until each damaged one is alone.
    fn readable(&self, ids: &[SnapshotId]) -> Result<Vec<SnapshotFile>> {
        let names: Vec<String> = ids.iter().map(|id| id.to_hex().to_string()).collect();
        match (self.open.get_snapshots(&names), ids) {
            (Ok(files), _) => Ok(files),
            (Err(error), [id]) if is_damage(&error) => {
                self.leave_out(id);
                Ok(Vec::new())
            }
            // It was removed meanwhile.
            (Err(error), [_]) if is_absent(&error) => Ok(Vec::new()),
            (Err(error), _) if is_damage(&error) || is_absent(&error) => {
                let (one, other) = ids.split_at(ids.len() / 2);
                let mut files = self.readable(one)?;
                files.extend(self.readable(other)?);
                Ok(files)
            }
            (Err(error), _) => Err(self.failed()(error)),
        }
    }

    /// Returns how large the repository is.
    pub(in crate::core::store::archive) fn size(&self, on: OnProgress<'_>) -> Result<ArchiveSize> {
        let infos = self.attend(on, Stage::Listing, || {
            self.open.infos_files().map_err(self.failed())
        })?;
        let of = |kind| infos.repo.iter().filter(move |info| info.tpe == kind);
        Ok(ArchiveSize {
            bytes: infos.repo.iter().map(|info| info.size).sum(),
            snapshots: of(FileType::Snapshot).map(|info| info.count).sum(),
        })
    }
}

/// The largest note that Unrewind reads from a repository, in bytes.
const LARGEST_NOTE: u64 = 1024 * 1024;

/// Finds the files of snapshots in what restic backed up, or in what Unrewind added and restic stripped of its
/// description.
fn walk(
    indexed: &Indexed,
    file: &SnapshotFile,
    stored: &Stored,
) -> RusticResult<Vec<ArchivedSnapshot>> {
    let root = Node::new_node("".as_ref(), NodeType::Dir, Metadata::default());
    let root = Node {
        subtree: Some(file.tree),
        ..root
    };
    let (mut snapshots, mut notes) = (Vec::new(), HashMap::new());
    for node in indexed.ls(&root, &LsOptions::default())? {
        let (path, node) = node?;
        let path = Path::new("/").join(path);
        if node.is_file() && named(&path).is_some() {
            snapshots.push((path, node));
        } else if stored.is_ours() && node.is_file() && node.meta.size <= LARGEST_NOTE {
            notes.insert(path, node);
        }
    }
    let found = snapshots.into_iter().filter_map(|(path, node)| {
        let time = node.meta.mtime;
        let written = time.map_or(stored.added, |time| from_jiff(&time));
        let note = notes.get(&path.with_extension(Note::EXTENSION));
        let note = note.and_then(|note| {
            let mut bytes = Vec::new();
            // A note that cannot be read does not fail the list.
            indexed.dump(note, &mut bytes).ok().map(|()| bytes)
        });
        stored.found(path, node.meta.size, written, note.as_deref())
    });
    Ok(found.collect())
}

fn stored(file: &SnapshotFile) -> Stored {
    let began = file
        .summary
        .as_ref()
        .map(|summary| summary.backup_start.timestamp());
    Stored {
        restic_id: file.id.to_string(),
        description: file.description.clone(),
        tags: file.tags.iter().cloned().collect(),
        paths: file.paths.iter().map(PathBuf::from).collect(),
        host: file.hostname.clone(),
        bytes: file
            .summary
            .as_ref()
            .map(|summary| summary.total_bytes_processed),
        added: from_jiff(&began.unwrap_or_else(|| file.time.timestamp())),
    }
}
