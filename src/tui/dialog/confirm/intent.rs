//! What a restore is for, from its key to its result.

use crate::{
    core::{Operation, PassedOver, RestoreOptions, Snapshot, TableChanges, UndoStep},
    text,
    tui::screen::DrawContext,
};

#[derive(Clone, Debug)]
pub struct Intent {
    pub purpose: RestorePurpose,
    pub snapshot: Snapshot,
    pub options: RestoreOptions,
    /// The changes in the plan that is outdated because live has changed.
    pub outdated: Option<Vec<TableChanges>>,
    pub step: Option<Box<UndoStep>>,
    /// Damaged snapshots that were passed over for this one.
    pub passed_over: Vec<PassedOver>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestorePurpose {
    /// The user chose the snapshot.
    Restore,
    Undo,
    Redo,
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
