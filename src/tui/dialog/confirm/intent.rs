//! What a restore is for, from its key to its result.

use crate::{
    core::{Anchor, Operation, PassedOver, RestoreOptions, TableChanges, UndoStep},
    text::{self, Zone},
    tui::{screen::DrawContext, task::Restorable},
};

#[derive(Clone, Debug)]
pub struct Intent {
    pub purpose: RestorePurpose,
    pub source: Restorable,
    pub options: RestoreOptions,
    /// Whether no plan of it was shown yet.
    pub is_first: bool,
    /// The changes in the plan that is outdated because live has changed.
    pub outdated: Option<Vec<TableChanges>>,
    pub step: Option<Box<UndoStep>>,
    /// Damaged snapshots that were passed over for this one.
    pub passed_over: Vec<PassedOver>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestorePurpose {
    /// The user chose what to restore.
    Restore,
    Undo,
    Redo,
    Recover,
}

impl RestorePurpose {
    /// The verb of the answer that means yes.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Restore | Self::Recover => "Restore",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
        }
    }
}

impl Intent {
    /// A restore of everything.
    pub fn new(purpose: RestorePurpose, source: Restorable) -> Self {
        Self {
            purpose,
            source,
            options: RestoreOptions::default(),
            is_first: true,
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
            ..Self::new(purpose, Restorable::Snapshot(Box::new(step.snapshot)))
        }
    }

    pub(super) fn title(&self, context: DrawContext<'_>) -> String {
        match self.purpose {
            RestorePurpose::Restore => format!("Restore {}", self.name(context.zone)),
            RestorePurpose::Undo | RestorePurpose::Redo => {
                let verb = self.purpose.verb();
                let of = self.step.as_ref().map_or("", |step| &step.of);
                format!("{verb} the restore of {}", text::snapshot(of, context.zone))
            }
            RestorePurpose::Recover => {
                let Restorable::Snapshot(snapshot) = &self.source else {
                    return "Recover from the last rewind".to_owned();
                };
                let time = text::time(snapshot.taken_at(), context.zone);
                let ago = text::ago(snapshot.taken_at(), context.now);
                format!("Recover from the rewind of {time}, {ago}")
            }
        }
    }

    /// What is restored, in words.
    pub fn name(&self, zone: Zone) -> String {
        match &self.source {
            Restorable::Snapshot(snapshot) => text::snapshot(&snapshot.name(), zone),
            Restorable::Moment(event, side) => {
                let of = match side {
                    Anchor::Live => "live".to_owned(),
                    Anchor::Snapshot(snapshot) => text::snapshot(&snapshot.name(), zone),
                };
                format!("to just after event {} of {of}", text::event_id(*event))
            }
        }
    }
}
