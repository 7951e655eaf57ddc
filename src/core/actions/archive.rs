//! Adding the snapshots of a data folder to its archive: which it lacks, and how each is trusted first.

use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::snapshot::{Contents, Keys, Snapshot},
    store::archive::{Added, Archive, ArchivedSnapshot},
};

/// Returns the snapshots that an archive lacks, or has with another note, oldest first.
pub fn not_archived(snapshots: &[Snapshot], archived: &[ArchivedSnapshot]) -> Vec<Snapshot> {
    let lacks = |snapshot: &&Snapshot| !archived.iter().any(|one| one.is_same(snapshot));
    let named = snapshots
        .iter()
        .rev()
        .filter(|snapshot| snapshot.id.is_some());
    named.filter(lacks).cloned().collect()
}

/// Adds a snapshot to the archive, unless it is there with the same bytes and note; then returns `None`. A copy
/// with the same bytes and another note is replaced, except in an append-only archive.
///
/// # Errors
///
/// [`Error::Damaged`] and the errors of its parts if the snapshot cannot be trusted: nothing damaged is
/// archived.
pub(crate) fn add_to_archive(
    archive: &mut Archive,
    archived: &[ArchivedSnapshot],
    snapshot: &Snapshot,
    keys: &Keys,
    on: OnProgress<'_>,
) -> Result<Option<Added>> {
    if archived.iter().any(|one| one.is_same(snapshot)) {
        return Ok(None);
    }
    if snapshot.note.unreadable {
        return Err(Error::Note {
            path: crate::core::file::note::Note::path(&snapshot.path),
        });
    }
    let checksum = match snapshot.note.checksum {
        // The bytes are compared with it while they are added.
        Some(checksum) => checksum,
        None => Contents::open_trusted(&snapshot.path, keys, on)?.checksum(on)?,
    };
    let added = archive.add(snapshot, checksum, on)?;
    let is_copy =
        |one: &&ArchivedSnapshot| Some(one.id) == snapshot.id && one.checksum == Some(checksum);
    let copies: Vec<_> = archived.iter().filter(is_copy).cloned().collect();
    if !copies.is_empty()
        && let Err(error) = archive.remove_copies(&copies)
    {
        // Of two copies the newest counts.
        log::info!(
            "the archive keeps an older copy of {}: {error}",
            snapshot.name()
        );
    }
    Ok(Some(added))
}
