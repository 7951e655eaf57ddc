//! Pinning snapshots and taking the pins from them.

use std::path::{Path, PathBuf};

use super::{EXTENSION, Store, own};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, unattended},
    },
    file::{
        checksum::Checksum,
        note::Note,
        pin,
        snapshot::{Contents, Kind, Snapshot},
    },
};

impl Store {
    /// Keeps a snapshot's bytes from every pruning, the service's included. A damaged one is refused, and
    /// one that is pinned already stays so.
    pub fn pin(&self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<()> {
        let id = own(snapshot)?;
        if pin::path(&snapshot.path).exists() {
            return Ok(());
        }
        Contents::open_trusted(&snapshot.path, on)?.pin(on)?;
        log::info!("pinned {id}");
        Ok(())
    }

    /// Leaves a snapshot to the policies again. One that the service has deleted is put back, unless
    /// the next cold load would then start from it.
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

/// Which of the two files of a pinned snapshot stays when the pin is taken from it: the pin if the
/// other is damaged. Where each holds a snapshot of its own neither may go.
fn to_keep(snapshot: &Snapshot) -> Result<PathBuf> {
    let pin = pin::path(&snapshot.path);
    let seen = pin.with_extension(EXTENSION);
    let sum = |path: &Path| -> Result<Checksum> {
        let contents = Contents::open_unchecked(path, &mut unattended, &mut |_, _| Ok(()))?;
        contents.each_row(&mut unattended, &mut |_, _, _| Ok(()))?;
        contents.checksum(&mut unattended)
    };
    if !seen.exists() || !pin.exists() {
        return Ok(snapshot.path.clone());
    }
    match (sum(&pin), sum(&seen)) {
        (Ok(pinned), Ok(other)) if pinned != other => Err(Error::Selection {
            what: format!(
                "{} and {} hold different snapshots: move one of them elsewhere, then unpin",
                seen.display(),
                pin.display()
            ),
        }),
        (Ok(_), Err(_)) => Ok(pin),
        _ => Ok(seen),
    }
}
