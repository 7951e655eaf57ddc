//! A restore from its key to its result, one state after the other:
//!
//! ```text
//! (find the rewind) → plan → ask → apply → result
//!                       ↑_____↓______↓ with other options, or because live changed under the plan
//! ```

use super::App;
use crate::{
    core::{
        AnewPlan, Answer, Error, Existing, Newer, Operation, PassedOver, RestoreOptions,
        RestorePlan, Result, RewindSearch, Scope, TableChanges, UndoStep, rewinds,
    },
    text,
    tui::{
        dialog::{Confirm, Dialog, Intent, Notice, RestorePurpose},
        keymap::{Action, Context},
        live::RestoreDone,
        task::{Planning, Restorable, Slot, Task},
        theme::Role,
        widget::Text,
    },
};

#[derive(Debug, Default)]
pub(super) enum RestoreFlow {
    #[default]
    Idle,
    FindingRewind,
    Planning(Intent),
    /// What is undone or redone next is found and planned; with the changes in the outdated plan.
    PlanningStep(Option<Vec<TableChanges>>),
    /// The plan is shown, or why there is none.
    Asking(Intent),
    Applying(Intent),
}

impl RestoreFlow {
    fn intent(self) -> Option<Intent> {
        match self {
            Self::Planning(intent) | Self::Asking(intent) | Self::Applying(intent) => Some(intent),
            Self::Idle | Self::FindingRewind | Self::PlanningStep(_) => None,
        }
    }
}

impl App {
    /// Plans what changes live, in the list and in the preview beside it.
    pub(super) fn plan_from_list(&mut self, action: Action) {
        match action {
            Action::Recover => self.recover(),
            Action::Undo => self.plan_step(Operation::Undo, None),
            Action::Redo => self.plan_step(Operation::Redo, None),
            _ => self.restore_selected(),
        }
    }

    fn restore_selected(&mut self) {
        if let Some(snapshot) = self.snapshots.selected().cloned() {
            let source = Restorable::Snapshot(Box::new(snapshot));
            self.plan(Intent::new(RestorePurpose::Restore, source));
        }
    }

    /// Recovers from the last rewind once it is found.
    fn recover(&mut self) {
        self.restore = RestoreFlow::FindingRewind;
        if self.running.contains_key(&Slot::Rewind) {
            // This cancels the search for the banner, which is then repeated.
            self.rewind.searched_for = None;
        }
        let rewinds = rewinds(self.snapshots.all());
        self.run("Finding the last rewind", Task::FindRewind(rewinds));
    }

    /// Whether the user waits for the rewind to be found.
    pub(super) fn is_recovering(&self) -> bool {
        matches!(self.restore, RestoreFlow::FindingRewind)
    }

    /// Takes the rewind that was searched for, on the user's request or for the banner.
    pub(super) fn found_rewind(&mut self, search: Result<RewindSearch>) {
        let is_recovering = self.is_recovering();
        let (rewind, passed_over) = match search {
            Ok(search) => (Ok(search.rewind), search.passed_over),
            Err(error) => (Err(error), Vec::new()),
        };
        match rewind {
            Ok(found) if !is_recovering => {
                if let (Some(rewind), false) = (&found, self.touched) {
                    self.snapshots.select(&rewind.snapshot.path);
                }
                self.rewind.found = found;
            }
            Ok(Some(rewind)) if rewind.is_settled => {
                let time = text::time(rewind.snapshot.taken_at(), self.zone);
                let sentence = format!(
                    "Live was restored since the rewind of {time}. To go back before it all the same, restore that snapshot."
                );
                let mut lines = vec![Text::of(sentence, Role::Text)];
                lines.extend(damaged(&passed_over));
                self.end_restore(Notice::new("There is nothing more to recover", lines));
            }
            Ok(Some(rewind)) => {
                let source = Restorable::Snapshot(Box::new(rewind.snapshot));
                self.plan(Intent {
                    passed_over,
                    ..Intent::new(RestorePurpose::Recover, source)
                });
            }
            // The user still waits for an answer: the search for the banner must not replace it.
            Ok(None) => {
                self.rewind.passed_over = passed_over;
                self.start(Task::CountRewound);
            }
            Err(error) if is_recovering => {
                self.end_restore(Notice::error("The last rewind cannot be found", &error));
            }
            // The user did not ask; the list shows what is wrong with a snapshot.
            Err(_) => self.rewind.found = None,
        }
    }

    /// Explains why there is nothing to recover.
    pub(super) fn nothing_to_recover(&mut self, rewound: Result<u64>) {
        let notice = match rewound {
            Ok(rewound) => {
                let key = self.setup.keys.key(Context::Snapshots, Action::Events);
                let sentence = text::only_in_log(rewound, self.snapshots.all().len()).map_or_else(
                    || "Live has every event of every rewind snapshot.".to_owned(),
                    |sentence| format!("{sentence}: `{key}` shows them").replacen('n', "N", 1),
                );
                let mut lines = vec![Text::of(sentence, Role::Text)];
                lines.extend(damaged(&self.rewind.passed_over));
                Notice::new("There is nothing to recover", lines)
            }
            Err(error) => Notice::error("The last rewind cannot be found", &error),
        };
        self.end_restore(notice);
    }

    pub(super) fn plan(&mut self, intent: Intent) {
        let name = intent.name(self.zone);
        // What the user has seen is planned as asked.
        let how = match intent.purpose {
            RestorePurpose::Recover if intent.is_first => Planning::Suggested,
            _ => Planning::AsAsked,
        };
        let task = Task::Plan(intent.source.clone(), intent.options.clone(), how);
        self.restore = RestoreFlow::Planning(intent);
        self.run(format!("Planning to restore {name}"), task);
    }

    /// Plans the undo of the last restore that is in force, or the redo of what was undone last.
    pub(super) fn plan_step(&mut self, operation: Operation, outdated: Option<Vec<TableChanges>>) {
        let doing = match operation {
            Operation::Redo => "Planning to redo what was undone",
            _ => "Planning to undo the last restore",
        };
        self.restore = RestoreFlow::PlanningStep(outdated);
        self.run(doing, Task::PlanStep(operation));
    }

    /// Plans the same restore with other options.
    pub(super) fn plan_with(&mut self, action: Action) {
        let mut intent = match std::mem::take(&mut self.restore) {
            // An undo has no options.
            RestoreFlow::Asking(intent) if intent.step.is_none() => intent,
            flow => {
                self.restore = flow;
                return;
            }
        };
        let RestoreOptions {
            scope,
            newer,
            existing,
            ..
        } = &mut intent.options;
        match action {
            Action::Scope => {
                *scope = match scope {
                    Scope::Full => Scope::Tables,
                    Scope::Tables => Scope::Full,
                };
            }
            Action::MissingOnly if *existing == Existing::Keep => *existing = Existing::Replace,
            Action::MissingOnly => (*existing, *newer) = (Existing::Keep, Newer::Drop),
            _ if *newer == Newer::Keep => *newer = Newer::Drop,
            // Both sides are merged whole.
            _ => (*newer, *scope, *existing) = (Newer::Keep, Scope::Full, Existing::Replace),
        }
        if *scope == Scope::Tables {
            *newer = Newer::Drop;
        }
        intent.outdated = None;
        self.plan(intent);
    }

    /// Plans the same merge with these decisions about its conflicts.
    pub(super) fn plan_with_answers(&mut self, answers: Vec<Answer>) {
        if let Some(mut intent) = std::mem::take(&mut self.restore).intent() {
            intent.options.answers.each.extend(answers);
            intent.outdated = None;
            self.plan(intent);
        }
    }

    /// Shows the plan and asks, or explains why there is no plan.
    pub(super) fn planned(&mut self, plan: Result<Box<RestorePlan>>) {
        if let RestoreFlow::Planning(intent) = std::mem::take(&mut self.restore) {
            self.ask_to_restore(plan, intent);
        }
    }

    /// If live cannot be restored into, offers to make it anew if the user chose the snapshot.
    pub(super) fn planned_anew(&mut self, gone: &Error, plan: Box<AnewPlan>) {
        let RestoreFlow::Planning(intent) = std::mem::take(&mut self.restore) else {
            return;
        };
        self.dialog = Some(if intent.purpose == RestorePurpose::Restore {
            Dialog::Confirm(Confirm::anew(gone, plan, self.draw_context()))
        } else {
            Dialog::Notice(Notice::error("This snapshot cannot be restored", gone))
        });
    }

    /// Shows the plan of an undo or a redo.
    pub(super) fn planned_step(
        &mut self,
        operation: Operation,
        planned: Result<(Box<UndoStep>, Box<RestorePlan>)>,
    ) {
        let RestoreFlow::PlanningStep(outdated) = std::mem::take(&mut self.restore) else {
            return;
        };
        match planned {
            Ok((step, plan)) => {
                let intent = Intent {
                    outdated,
                    ..Intent::of_step(*step)
                };
                self.ask_to_restore(Ok(plan), intent);
            }
            Err(Error::Cancelled) => self.dialog = None,
            Err(error) => {
                let title = match operation {
                    Operation::Redo => "Not redone",
                    _ => "Not undone",
                };
                self.show_notice(match error {
                    Error::Undo { what } => Notice::new(title, vec![Text::of(what, Role::Text)]),
                    error => Notice::error(title, &error),
                });
            }
        }
    }

    fn ask_to_restore(&mut self, plan: Result<Box<RestorePlan>>, mut intent: Intent) {
        intent.is_first = false;
        if let Ok(plan) = &plan {
            intent.options.newer = plan.options.newer;
        }
        let plan = plan.map(|plan| match intent.purpose {
            RestorePurpose::Recover => Box::new(plan.recovering(intent.passed_over.clone())),
            _ => plan,
        });
        let context = self.draw_context();
        let confirm = match plan {
            Ok(plan) => Ok(Confirm::restore(plan, &intent, context)),
            Err(error) => match text::concession(&intent.options, &error) {
                Some(way) => Ok(Confirm::concession(&error, way, &intent, context)),
                None => Err(error),
            },
        };
        self.dialog = match confirm {
            Ok(confirm) => {
                self.restore = RestoreFlow::Asking(intent);
                Some(Dialog::Confirm(confirm))
            }
            Err(Error::Cancelled) => None,
            Err(error) => {
                let title = match error {
                    Error::TableChoice { .. } if intent.options.is_of_rows() => {
                        "These rows cannot be restored"
                    }
                    Error::TableChoice { .. } => "These tables cannot be restored alone",
                    _ if matches!(intent.source, Restorable::Moment(..)) => {
                        "This moment cannot be restored"
                    }
                    _ => "This snapshot cannot be restored",
                };
                Some(Dialog::Notice(Notice::error(title, &error)))
            }
        };
    }

    /// Applies the plan that the user said yes to.
    pub(super) fn apply(&mut self, plan: Box<RestorePlan>) {
        if let Some(mut intent) = std::mem::take(&mut self.restore).intent() {
            // If live changes meanwhile, the next plan shows how.
            intent.outdated = Some(plan.changes());
            self.restore = RestoreFlow::Applying(intent);
        }
        let name = text::snapshot(&plan.source(), self.zone);
        self.run(format!("Restoring {name}"), Task::Restore(plan));
    }

    /// Shows what was restored. If live changed between the plan and its application, plans anew and
    /// asks again.
    pub(super) fn restored(&mut self, restored: Result<Box<RestoreDone>>) {
        let intent = std::mem::take(&mut self.restore).intent();
        if let Err(Error::Stale { .. }) = restored {
            if let Some(intent) = intent {
                match &intent.step {
                    Some(step) => self.plan_step(step.operation, intent.outdated),
                    None => self.plan(intent),
                }
            }
            return;
        }
        self.rewind.searched_for = None;
        if restored.is_ok() {
            if let Some(intent) = &intent {
                self.unmark_restored(&intent.options);
            }
            self.reload_screens();
        }
        let (zone, keys) = (self.zone, self.setup.keys.clone());
        self.acted(restored, "Not restored", |restored| {
            Notice::restored(restored, zone, &keys)
        });
    }

    pub(super) fn close_question(&mut self) {
        self.dialog = None;
        if let RestoreFlow::Asking(_) = self.restore {
            self.restore = RestoreFlow::Idle;
        }
    }

    fn end_restore(&mut self, notice: Notice) {
        self.restore = RestoreFlow::Idle;
        self.show_notice(notice);
    }
}

/// A warning for each snapshot that was passed over.
fn damaged(passed_over: &[PassedOver]) -> impl Iterator<Item = Text> {
    let points = passed_over.iter().map(text::passed_over);
    points.map(|point| Text::of(format!("! {}", point.sentence), Role::Warning))
}
