//! Applies the archive's policy without a person who checks it first, so it guards against a clock that jumps and a
//! mistake in the policy.

use chrono::{DateTime, Utc};

use super::work::{ArchiveStep, Upkeep};
use crate::core::{
    base::{error::Result, progress::OnProgress},
    file::snapshot::Snapshot,
    store::archive::{Archive, ArchiveRetention},
};

/// Removes what the policy does not keep, but neither what the data folder still holds, which would be added
/// again, nor more than half of all at once. The space is freed once a day.
pub(super) fn forget(
    archive: &mut Archive,
    (keep, upkeep): (&ArchiveRetention, Upkeep),
    here: &[Snapshot],
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Result<Option<ArchiveStep>> {
    let judged = archive.judge(keep, now, on)?;
    let of = judged.len();
    let gone = judged.into_iter().filter(|one| !one.keep);
    let mut gone: Vec<_> = gone.map(|one| one.snapshot).collect();
    gone.retain(|one| !here.iter().any(|snapshot| snapshot.id == Some(one.id)));
    if gone.len() * 2 > of {
        let gone = gone.len();
        return Ok((upkeep == Upkeep::Daily).then_some(ArchiveStep::Spared { gone, of }));
    }
    if upkeep == Upkeep::Daily {
        archive.forget(&gone, on)?;
    } else if !gone.is_empty() {
        archive.remove_copies(&gone, on)?;
    }
    Ok((!gone.is_empty()).then_some(ArchiveStep::Forgot(gone)))
}
