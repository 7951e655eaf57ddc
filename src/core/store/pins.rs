//! Pins and unpins snapshots.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{EXTENSION, Store, own};
use crate::core::{
    base::{
        error::{Error, Result},
        held::patiently,
        profile::Profile,
        progress::{OnProgress, unattended},
    },
    db::Database,
    file::{
        checksum::Checksum,
        note::{Note, Problem, Verified},
        pin,
        snapshot::{Contents, Keys, Kind, Snapshot},
    },
};

impl Store {
    /// Pins a snapshot, so that no pruning deletes its bytes, not even the service's; a pinned one
    /// stays pinned. Fails if it is damaged; `live` provides the keys of its tables to check.
    pub fn pin(
        &self,
        snapshot: &Snapshot,
        profile: &Profile,
        live: Option<&Database>,
        on: OnProgress<'_>,
    ) -> Result<()> {
        let id = own(snapshot)?;
        let keys = live.map_or_else(|| Keys::of_log(profile), |live| live.keys(profile));
        let pin = pin::path(&snapshot.path);
        let seen = pin.with_extension(EXTENSION);
        let path = if seen.exists() { &seen } else { &pin };
        let contents = Contents::open_trusted(path, &keys, on);
        let pinned = pin.exists().then(|| sum(&pin));
        match (pinned, contents) {
            (None, contents) => contents?.pin(on)?,
            (Some(Ok(pinned)), Ok(contents)) if pinned == contents.checksum(on)? => return Ok(()),
            // Without a noted checksum neither is known to be the one that was pinned.
            (Some(Ok(_)), Ok(_)) if snapshot.note.checksum.is_none() => {
                return Err(different(&seen, &pin));
            }
            (Some(Err(error)), Ok(_)) if !error.is_damage() => return Err(error),
            // The snapshot is as it was written, and its pin is not.
            (Some(_), Ok(contents)) => {
                patiently(|| fs::remove_file(&pin)).map_err(Error::io("delete", &pin))?;
                contents.pin(on)?;
                forget_damaged_pin(snapshot);
            }
            (Some(Ok(_)), Err(_)) => return Ok(()),
            (Some(Err(error)), Err(_)) => return Err(error),
        }
        log::info!("pinned {id}");
        Ok(())
    }

    /// Returns the snapshots whose pins could not replace them.
    pub(crate) fn with_damaged_pins(&self) -> Result<Vec<Snapshot>> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            for (id, files) in self.names(kind)? {
                if files.pinned && files.in_place {
                    found.push(self.inspect(id, files)?);
                }
            }
        }
        found.retain(|snapshot| snapshot.pin_damage.is_some());
        Ok(found)
    }

    /// Unpins a snapshot. One that the service has deleted is put back. Fails if the application's next
    /// start would then load it, or the pin cannot be removed.
    pub fn unpin(&self, snapshot: &Snapshot) -> Result<()> {
        let id = own(snapshot)?;
        if snapshot.note.unreadable {
            return Err(Error::Note {
                path: Note::path(&snapshot.path),
            });
        }
        let is_gone = !self.path(id).exists();
        let newest = self.newest_in_place(id.kind)?;
        if is_gone
            && id.kind == Kind::Periodic
            && newest.is_none_or(|newest| newest.order() < id.order())
        {
            return Err(Error::Unpin {
                name: snapshot.name(),
            });
        }
        pin::clear(&to_keep(snapshot)?)?;
        log::info!("unpinned {id}");
        Ok(())
    }
}

/// Returns which file of a pinned snapshot counts: the service's, or its pin if only that is whole.
/// Where they differ the service may be writing another snapshot over its own.
pub(super) fn chosen(seen: Snapshot, pin: Option<Snapshot>) -> Snapshot {
    match pin {
        Some(pin) if pin.is_intact() && (!seen.is_intact() || pin.size != seen.size) => pin,
        pin => Snapshot {
            pin_damage: pin.and_then(|pin| pin.damage),
            ..seen
        },
    }
}

/// Returns the checksum of a file in which every row decodes.
fn sum(path: &Path) -> Result<Checksum> {
    let contents = Contents::open_decoding(path, &mut |_, _, _| Ok(()), &mut unattended)?;
    contents.checksum(&mut unattended)
}

fn different(seen: &Path, pin: &Path) -> Error {
    Error::Selection {
        what: format!(
            "{} and {} hold different snapshots: move one of them elsewhere, then try again",
            seen.display(),
            pin.display()
        ),
    }
}

/// Returns which of a pinned snapshot's two files stays when it is unpinned: the pin if the other
/// is damaged. Refuses if the two are different snapshots.
fn to_keep(snapshot: &Snapshot) -> Result<PathBuf> {
    let pin = pin::path(&snapshot.path);
    let seen = pin.with_extension(EXTENSION);
    if !seen.exists() || !pin.exists() {
        return Ok(snapshot.path.clone());
    }
    match (sum(&pin), sum(&seen)) {
        (Ok(pinned), Ok(other)) if pinned != other => Err(different(&seen, &pin)),
        (Ok(_), Err(_)) => Ok(pin),
        _ => Ok(seen),
    }
}

/// Removes the result of a verification that found the pin damaged. A failure is only logged.
fn forget_damaged_pin(snapshot: &Snapshot) {
    let is_of_pin = |found: &Verified| matches!(found.problem, Some(Problem::Companion(_)));
    if !snapshot.note.verified.as_ref().is_some_and(is_of_pin) {
        return;
    }
    let forget = |note: &mut Note| {
        note.verified.take_if(|found| is_of_pin(found));
    };
    if let Err(error) = Note::change(&snapshot.path, forget) {
        let name = snapshot.name();
        log::warn!("the note on {name} still says that its pin is damaged: {error}");
    }
}
