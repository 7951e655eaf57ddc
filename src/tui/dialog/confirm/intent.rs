//! What a restore is wanted for, from a key to its result.

use crate::{
    core::{Operation, PassedOver, RestoreOptions, Snapshot, TableChanges, UndoStep},
    text,
    tui::screen::DrawContext,
};

/// A restore on its way from a key to its result.
#[derive(Clone, Debug)]
pub struct Intent {
    /// What for.
    pub purpose: RestorePurpose,
    /// The snapshot to restore.
    pub snapshot: Snapshot,
    /// What of it, and how.
    pub options: RestoreOptions,
    /// What the plan said that live has changed under.
    pub outdated: Option<Vec<TableChanges>>,
    /// What is undone or redone.
    pub step: Option<Box<UndoStep>>,
    /// Damaged snapshots that were passed over for this one.
    pub passed_over: Vec<PassedOver>,
}

/// What a restore is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestorePurpose {
    /// The user chose the snapshot.
    Restore,
    /// To undo the last restore that is in force.
    Undo,
    /// To redo what was undone last.
    Redo,
    /// To recover from the last rewind.
    Recover,
}

impl Intent {
    /// A restore of everything in a snapshot.
    pub fn new(purpose: RestorePurpose, snapshot: Snapshot) -> Self {
        Self {
            purpose,
            snapshot,
            options: RestoreOptions::default(),
            outdated: None,
            step: None,
            passed_over: Vec::new(),
        }
    }

    /// The undo or redo of a restore.
    pub fn of_step(step: UndoStep) -> Self {
        let purpose = match step.operation {
            Operation::Redo => RestorePurpose::Redo,
            _ => RestorePurpose::Undo,
        };
        Self {
            step: Some(Box::new(step.clone())),
            ..Self::new(purpose, step.snapshot)
        }
    }

    pub(super) fn title(&self, context: DrawContext<'_>) -> String {
        let snapshot = &self.snapshot;
        let (time, ago) = (
            text::time(snapshot.taken_at(), context.zone),
            text::ago(snapshot.taken_at(), context.now),
        );
        match self.purpose {
            RestorePurpose::Restore => {
                format!("Restore {}", text::snapshot(&snapshot.name(), context.zone))
            }
            RestorePurpose::Undo | RestorePurpose::Redo => {
                let is_redo = self.purpose == RestorePurpose::Redo;
                let verb = if is_redo { "Redo" } else { "Undo" };
                let of = self.step.as_ref().map_or("", |step| &step.of);
                format!("{verb} the restore of {}", text::snapshot(of, context.zone))
            }
            RestorePurpose::Recover => format!("Recover from the rewind of {time}, {ago}"),
        }
    }
}
