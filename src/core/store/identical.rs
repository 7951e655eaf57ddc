//! Archived snapshots that are the same as their neighbour in a list.

use crate::core::file::snapshot::Snapshot;

/// A snapshot in a list, and those that are folded into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fold<'s> {
    /// The first of them.
    pub first: &'s Snapshot,
    /// The last of them; the first again if it is alone.
    pub last: &'s Snapshot,
    /// How many are identical to the first.
    pub identical: usize,
}

/// Folds each snapshot that only the archive holds into the one before it in the list, if both have the same
/// kind and checksum, and it has neither label nor pin.
pub fn fold_identical<'s>(listed: impl IntoIterator<Item = &'s Snapshot>) -> Vec<Fold<'s>> {
    let mut folds: Vec<Fold<'s>> = Vec::new();
    for snapshot in listed {
        match folds
            .last_mut()
            .filter(|fold| is_folded(fold.last, snapshot))
        {
            Some(fold) => {
                fold.last = snapshot;
                fold.identical += 1;
            }
            None => folds.push(Fold {
                first: snapshot,
                last: snapshot,
                identical: 0,
            }),
        }
    }
    folds
}

fn is_folded(before: &Snapshot, snapshot: &Snapshot) -> bool {
    let checksum = snapshot.note.checksum;
    snapshot.is_only_archived()
        && checksum.is_some()
        && checksum == before.note.checksum
        && snapshot.kind() == before.kind()
        && before.is_intact()
        && !(snapshot.pinned || snapshot.is_safety_snapshot() || snapshot.note.label.is_some())
}
