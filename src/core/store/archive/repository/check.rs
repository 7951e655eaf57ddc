//! Checking a repository.

use rustic_core::{CheckOptions, CheckResults, ReadSubsetOption};

use super::{
    Repository,
    sentence::{flaw, is_damage, sentence},
};
use crate::core::base::{
    error::Result,
    progress::{OnProgress, Stage},
    worker::caught,
};

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveFlaw {
    /// What is wrong.
    pub what: String,
    /// Whether snapshots may be lost, rather than only room.
    pub is_severe: bool,
}

impl ArchiveFlaw {
    fn severe(what: String) -> Self {
        let is_severe = true;
        Self { what, is_severe }
    }
}

impl Repository {
    /// Checks the repository, and the bytes of a part of its packs.
    pub(in crate::core::store::archive) fn check(
        &self,
        part: Option<(u32, u32)>,
        on: OnProgress<'_>,
    ) -> Result<Vec<ArchiveFlaw>> {
        let mut options = CheckOptions::default().read_data(part.is_some());
        options.read_data_subset = part.map_or(ReadSubsetOption::All, ReadSubsetOption::IdSubSet);
        self.attend(on, Stage::Verifying, || {
            let files = self.files()?;
            let trees = files.into_iter().map(|file| file.tree).collect();
            let unreadable = self.unreadable().clone().into_iter();
            let mut flaws: Vec<_> = unreadable
                .map(|id| ArchiveFlaw::severe(format!("the restic snapshot {id} is damaged")))
                .collect();
            // At some damage rustic panics.
            match caught(|| self.open.check_with_trees(options, trees)) {
                Some(Ok(found)) => flaws.extend(found.0.into_iter().map(|found| ArchiveFlaw {
                    what: flaw(&found.1),
                    is_severe: CheckResults(vec![found]).is_ok().is_err(),
                })),
                Some(Err(error)) if !is_damage(&error) => return Err(self.failed()(error)),
                Some(Err(error)) => {
                    flaws.push(ArchiveFlaw::severe(sentence(&error)));
                }
                None => {
                    let what = "the check stopped at damaged data";
                    flaws.push(ArchiveFlaw::severe(what.to_owned()));
                }
            }
            Ok(flaws)
        })
    }
}
