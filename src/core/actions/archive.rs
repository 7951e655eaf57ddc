//! Adding the snapshots of a data folder to its archive: which it lacks, how each is trusted first, and proving
//! that it came in before a prune deletes it.

use std::path::PathBuf;

use crate::core::{
    actions::prune::{PrunePlan, Reason},
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::snapshot::{Contents, Keys, Snapshot},
    store::archive::{Added, Archive, ArchivedSnapshot},
};

/// Returns the snapshots that an archive lacks, or has with another note, oldest first.
pub fn not_archived(snapshots: &[Snapshot], archived: &[ArchivedSnapshot]) -> Vec<Snapshot> {
    let lacks = |snapshot: &&Snapshot| held(archived, snapshot).is_none();
    let named = snapshots
        .iter()
        .rev()
        .filter(|snapshot| snapshot.id.is_some());
    named.filter(lacks).cloned().collect()
}

/// Returns the copy with the same bytes and note that an archive holds of a snapshot. Of several copies the newest
/// counts.
fn held<'a>(archived: &'a [ArchivedSnapshot], snapshot: &Snapshot) -> Option<&'a ArchivedSnapshot> {
    let newest = archived.iter().find(|one| one.has_bytes_of(snapshot));
    newest.filter(|one| one.is_same(snapshot))
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
    if held(archived, snapshot).is_some() {
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

/// Adds a snapshot unless it is there, and reads it back from the archive.
///
/// # Errors
///
/// As [`add_to_archive`], or if the archive does not return the bytes of the snapshot.
pub(crate) fn prove_archived(
    archive: &mut Archive,
    archived: &[ArchivedSnapshot],
    snapshot: &Snapshot,
    keys: &Keys,
    on: OnProgress<'_>,
) -> Result<()> {
    if let Some(one) = held(archived, snapshot) {
        return archive.prove(one, on);
    }
    add_to_archive(archive, archived, snapshot, keys, on)?;
    let archived = archive.list()?;
    let added = held(&archived, snapshot).ok_or(Error::Archive {
        what: format!("the archive does not list {}", snapshot.name()),
        hint: "`unrewind archive check` finds out whether it is whole",
    });
    archive.prove(added?, on)
}

/// What a prune leaves because it is not proven to be in the archive.
#[derive(Debug)]
pub(crate) struct Unproven {
    pub(crate) left: Vec<PathBuf>,
    pub(crate) why: Error,
}

/// Archives and reads back what a plan deletes by policy, oldest first; what fails stays, and is returned with
/// the first reason. Those that the user chose are not archived first.
pub(crate) fn prove_before(
    plan: &mut PrunePlan,
    opened: Result<Archive>,
    keys: &Keys,
    on: OnProgress<'_>,
) -> Result<Option<Unproven>> {
    let going = plan.deleted().filter(|one| one.reason != Reason::Chosen);
    let going: Vec<Snapshot> = going.rev().map(|one| one.snapshot.clone()).collect();
    if going.is_empty() {
        return Ok(None);
    }
    let (mut proven, mut left, mut failed) = (Vec::new(), Vec::new(), None);
    match opened.and_then(|archive| Ok((archive.list()?, archive))) {
        Err(error) => failed = Some(error),
        Ok((archived, mut archive)) => {
            for snapshot in &going {
                match prove_archived(&mut archive, &archived, snapshot, keys, on) {
                    Ok(()) => proven.push(&snapshot.path),
                    Err(error @ Error::Cancelled) => return Err(error),
                    Err(_) if !snapshot.path.exists() => proven.push(&snapshot.path),
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
        }
    }
    plan.keep_unarchived(|one| going.contains(one) && !proven.contains(&&one.path));
    let Some(why) = failed else {
        return Ok(None);
    };
    left.extend(going.iter().filter(|one| !proven.contains(&&one.path)));
    let names: Vec<String> = left.iter().map(|one: &&Snapshot| one.name()).collect();
    let (what, hint) = match why {
        Error::Archive { what, hint } => (what, hint),
        other => (other.to_string(), ""),
    };
    let stay = if names.len() == 1 { "stays" } else { "stay" };
    let what = format!(
        "{} {stay}, not being in the archive: {what}",
        names.join(", ")
    );
    let left = left.into_iter().map(|one| one.path.clone()).collect();
    let why = Error::Archive { what, hint };
    Ok(Some(Unproven { left, why }))
}
