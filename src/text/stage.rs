//! The words for the steps of an operation, and how far it is.

use crate::core::Stage;

/// Says what an operation is doing.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Reading => "reading the snapshot",
        Stage::Checking => "checking every row",
        Stage::Summing => "comparing the checksum",
        Stage::Counting => "counting rows",
        Stage::Finding => "searching the rows",
        Stage::Comparing => "comparing with live",
        Stage::Copying => "copying the database",
        Stage::SafetySnapshot => "writing the safety snapshot",
        Stage::Writing => "writing the snapshot",
        Stage::Exporting => "writing rows",
        Stage::Waiting => "waiting for another process that is writing to the database",
        Stage::Applying => "changing rows",
        Stage::Proving => "proving the result",
        Stage::Checkpoint => "writing the checkpoint",
        Stage::Archiving => "adding to the archive",
        Stage::Unpacking => "reading from the archive",
        Stage::Opening => "opening the archive",
        Stage::Listing => "listing the archive",
        Stage::Verifying => "checking the archive",
        Stage::Deleting => "deleting",
        Stage::Searching => "searching",
        Stage::Replaying => "waiting for the replay command",
    }
}

/// Returns the finished share in percent; never 100, since the total may be an estimate.
pub fn percent(done: u64, total: u64) -> u64 {
    if total == 0 {
        0
    } else {
        (u128::from(done) * 100 / u128::from(total)).min(99) as u64
    }
}
