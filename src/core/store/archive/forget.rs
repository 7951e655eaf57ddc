//! What is removed from an archive: snapshots that a policy does not keep or a person names, and older copies.
//! Everything that deletes in an archive goes through here, and nothing does where it is append-only.

use chrono::{DateTime, Utc};

use super::{Archive, ArchiveRetention, ArchivedSnapshot, Judged};
use crate::core::base::{
    error::{Error, Result},
    progress::OnProgress,
};

impl Archive {
    fn refuse_append_only(&self) -> Result<()> {
        if self.append_only {
            return Err(Error::Archive {
                what: format!("the archive {} is append-only", self.location()),
                hint: "with append_only in [archive] of your configuration Unrewind deletes nothing in it",
            });
        }
        Ok(())
    }

    /// Removes snapshots with their copies, such as those that a newer one replaces; the bytes that only they need
    /// stay until the next call of [`Self::forget`].
    ///
    /// # Errors
    ///
    /// [`Error::Archive`] if the archive is append-only or the repository refuses it.
    pub fn remove_copies(&mut self, copies: &[ArchivedSnapshot], on: OnProgress<'_>) -> Result<()> {
        self.refuse_append_only()?;
        let ids = copies.iter().flat_map(ArchivedSnapshot::restic_ids);
        self.repository.remove(&ids.collect(), on)
    }

    /// Judges each snapshot of the data folder by a policy, newest first.
    ///
    /// # Errors
    ///
    /// If the repository cannot be read.
    pub fn judge(
        &self,
        keep: &ArchiveRetention,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Vec<Judged>> {
        self.repository.judge(self.list(on)?, keep, now, on)
    }

    /// Removes snapshots, the older copies of those that stay, and the bytes that no other one needs. Where another
    /// machine may be adding, the bytes are removed by the first call a day later.
    ///
    /// # Errors
    ///
    /// [`Error::Archive`] if the archive is append-only or cannot be written.
    pub fn forget(&mut self, gone: &[ArchivedSnapshot], on: OnProgress<'_>) -> Result<()> {
        self.refuse_append_only()?;
        if let Some(other) = gone.iter().find(|one| !one.is_own()) {
            return Err(Error::Archive {
                what: format!("restic added {}, perhaps with other files", other.id),
                hint: "remove it with `restic forget`",
            });
        }
        let listed = self.list(on)?;
        let copies = listed.iter().filter(|one| one.is_own());
        let copies = copies.flat_map(|one| one.copies.iter().map(String::as_str));
        let ids = gone.iter().flat_map(ArchivedSnapshot::restic_ids);
        self.repository.forget(&ids.chain(copies).collect(), on)
    }
}
