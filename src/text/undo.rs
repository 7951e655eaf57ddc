//! Sentences about undo, redo and interrupted restores.

use super::runnable;
use crate::core::{Operation, Repaired, Snapshot, UndoStep};

/// Describes an undo or redo, and how many more are possible.
pub fn undo_step(step: &UndoStep) -> String {
    let verb = match step.operation {
        Operation::Redo => "redo",
        _ => "undo",
    };
    format!("{verb} the restore of {} ({})", step.of, undo_left(step))
}

/// Says how many restores can be undone or redone after this one.
pub fn undo_left(step: &UndoStep) -> String {
    let undone = match step.operation {
        Operation::Redo => "redone",
        _ => "undone",
    };
    match step.left {
        0 => format!("no other restore can be {undone} after it"),
        1 => format!("1 more restore can be {undone} after it"),
        left => format!("{left} more restores can be {undone} after it"),
    }
}

/// The operation that brings back what a safety snapshot of a restore holds.
pub fn way_back(safety_snapshot: &Snapshot) -> Operation {
    match &safety_snapshot.note.restore {
        Some(restore) if restore.operation == Operation::Undo => Operation::Redo,
        _ => Operation::Undo,
    }
}

/// Says what happened to an interrupted restore.
pub fn repaired(repaired: &Repaired) -> String {
    match repaired {
        Repaired::Finished { of, checkpoint } => {
            let checkpoint = checkpoint.as_ref().map_or_else(
                || "it has no checkpoint".to_owned(),
                |checkpoint| format!("its checkpoint is {}", Snapshot::name(checkpoint)),
            );
            format!(
                "a restore of {of} was interrupted after it had changed the database; it is done now, and {checkpoint}"
            )
        }
        Repaired::Cleared { of, safety } => {
            let safety = safety.map_or_else(String::new, |safety| {
                format!("; its safety snapshot {safety} is kept")
            });
            format!(
                "a restore of {of} was interrupted before it changed the database; nothing was changed{safety}"
            )
        }
        Repaired::Unfinished { of, why } => {
            let what = of.as_ref().map_or_else(
                || "cannot find out whether a restore was interrupted".to_owned(),
                |of| format!("a restore of {of} was interrupted, and cannot be finished or cleaned up now"),
            );
            let hint = runnable("run `unrewind status` before the application starts");
            format!("{what}: {why}; {hint}")
        }
    }
}
