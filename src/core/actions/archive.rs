//! Adds snapshots to the archive: finds those that it lacks, checks each one first, and proves that it is in the
//! archive before a prune deletes it.

use std::path::PathBuf;

use crate::core::{
    actions::{
        events::LogEnding,
        prune::{PrunePlan, Reason},
        show::Cache,
    },
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::OnProgress,
    },
    file::snapshot::{Contents, Keys, Snapshot},
    store::archive::{Added, Archive, ArchivedSnapshot, is_lost},
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
pub(crate) fn held<'a>(
    archived: &'a [ArchivedSnapshot],
    snapshot: &Snapshot,
) -> Option<&'a ArchivedSnapshot> {
    let newest = archived.iter().find(|one| one.has_bytes_of(snapshot));
    newest.filter(|one| one.is_same(snapshot))
}

/// What it takes to check and to describe a snapshot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) profile: &'a Profile,
    pub(crate) cache: &'a Cache,
}

impl Known<'_> {
    /// How much of a sentence is archived with a snapshot, in bytes: as much as a list shows.
    const SENTENCE: usize = 240;

    /// Returns the beginning of a snapshot's last sentence, if that can be read.
    fn sentence(self, contents: &Contents, on: OnProgress<'_>) -> Result<Option<String>> {
        let ending = match LogEnding::of(contents, self.profile, on) {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            ending => ending.ok().flatten(),
        };
        let sentence = ending.and_then(|ending| ending.sentence);
        Ok(sentence.map(|mut sentence| {
            sentence.truncate(sentence.floor_char_boundary(Self::SENTENCE));
            sentence
        }))
    }
}

/// Adds a snapshot to the archive; returns `None` if the archive already has it with the same bytes and note. A
/// copy with the same bytes and another note is replaced, except in an append-only archive.
///
/// # Errors
///
/// [`Error::Damaged`] and the errors of its parts if the snapshot cannot be trusted: nothing damaged is
/// archived.
pub(crate) fn add_to_archive(
    archive: &mut Archive,
    archived: &[ArchivedSnapshot],
    snapshot: &Snapshot,
    known: Known<'_>,
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
    let contents = match snapshot.note.checksum {
        // The bytes are compared with it while they are added.
        Some(_) => known.cache.open(&snapshot.path, on)?,
        None => Contents::open_trusted(&snapshot.path, known.keys, on)?,
    };
    let checksum = match snapshot.note.checksum {
        Some(checksum) => checksum,
        None => contents.checksum(on)?,
    };
    let described = Snapshot {
        sentence: known.sentence(&contents, on)?,
        ..snapshot.clone()
    };
    let added = archive.add(&described, checksum, on)?;
    let is_copy =
        |one: &&ArchivedSnapshot| Some(one.id) == snapshot.id && one.checksum == Some(checksum);
    let copies: Vec<_> = archived.iter().filter(is_copy).cloned().collect();
    if !copies.is_empty()
        && let Err(error) = archive.remove_copies(&copies, on)
    {
        // Of two copies the newest counts.
        log::info!(
            "the archive keeps an older copy of {}: {error}",
            snapshot.name()
        );
    }
    Ok(Some(added))
}

/// Adds a snapshot unless the archive has it, and reads it back from the archive.
///
/// # Errors
///
/// As [`add_to_archive`], or if the archive does not return the bytes of the snapshot.
pub(crate) fn prove_archived(
    archive: &mut Archive,
    archived: &[ArchivedSnapshot],
    snapshot: &Snapshot,
    known: Known<'_>,
    on: OnProgress<'_>,
) -> Result<()> {
    if let Some(one) = held(archived, snapshot) {
        return archive.prove(one, on);
    }
    add_to_archive(archive, archived, snapshot, known, on)?;
    let archived = archive.list(on)?;
    let added = held(&archived, snapshot).ok_or(Error::Archive {
        what: format!("the archive does not list {}", snapshot.name()),
        hint: "`unrewind archive check` checks whether it is whole",
    });
    archive.prove(added?, on)
}

/// The snapshots that a prune keeps because they are not proven to be in the archive.
#[derive(Debug)]
pub(crate) struct Unproven {
    pub(crate) left: Vec<PathBuf>,
    pub(crate) why: Error,
}

/// Archives and reads back what a plan deletes by policy, oldest first; what fails stays, and is returned with
/// the first reason. Those that the user chose are not archived first.
pub(crate) fn prove_before(
    plan: &mut PrunePlan,
    open: impl FnOnce(OnProgress<'_>) -> Result<Archive>,
    known: Known<'_>,
    on: OnProgress<'_>,
) -> Result<Option<Unproven>> {
    let going = plan.deleted().filter(|one| one.reason != Reason::Chosen);
    let going: Vec<Snapshot> = going.rev().map(|one| one.snapshot.clone()).collect();
    if going.is_empty() {
        return Ok(None);
    }
    let (mut proven, mut failed) = (Vec::new(), None);
    match open(on).and_then(|archive| Ok((archive.list(on)?, archive))) {
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => failed = Some(error),
        Ok((archived, mut archive)) => {
            for snapshot in &going {
                match prove_archived(&mut archive, &archived, snapshot, known, on) {
                    Ok(()) => proven.push(&snapshot.path),
                    Err(Error::Cancelled) => return Err(Error::Cancelled),
                    Err(_) if !snapshot.path.exists() => proven.push(&snapshot.path),
                    Err(error) => {
                        let is_lost = is_lost(&error);
                        failed = failed.or(Some(error));
                        if is_lost {
                            break;
                        }
                    }
                }
            }
        }
    }
    let is_left = |one: &Snapshot| going.contains(one) && !proven.contains(&&one.path);
    plan.keep_unarchived(is_left);
    Ok(failed.map(|why| {
        let left: Vec<&Snapshot> = going.iter().filter(|one| is_left(one)).collect();
        let names: Vec<String> = left.iter().map(|one| one.name()).collect();
        let (what, hint) = match why {
            Error::Archive { what, hint } => (what, hint),
            other => (other.to_string(), ""),
        };
        let kept = match &names[..] {
            [name] => format!("{name} was kept: it is not in the archive"),
            _ => format!(
                "{} were kept: they are not in the archive",
                names.join(", ")
            ),
        };
        let what = format!("{kept}: {what}");
        let left = left.into_iter().map(|one| one.path.clone()).collect();
        Unproven {
            left,
            why: Error::Archive { what, hint },
        }
    }))
}

impl Unproven {
    /// Returns the error of a prune that left these and, perhaps, failed to delete others.
    pub(crate) fn and(self, applied: Result<Vec<PathBuf>>) -> Error {
        let (deleted, mut left, source) = match applied {
            Ok(deleted) => (deleted, Vec::new(), None),
            Err(Error::Delete {
                deleted,
                left,
                source,
            }) => (deleted, left, Some(*source)),
            Err(error) => return error,
        };
        left.extend(self.left);
        let source = match (source, self.why) {
            (None, why) => why,
            (Some(Error::Cancelled), _) => Error::Cancelled,
            (Some(source), Error::Archive { what, hint }) => Error::Archive {
                what: format!("{source}; {what}"),
                hint,
            },
            (Some(source), _) => source,
        };
        Error::Delete {
            deleted,
            left,
            source: Box::new(source),
        }
    }
}
