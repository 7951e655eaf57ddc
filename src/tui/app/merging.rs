//! Deciding the conflicts of a merge, between its plan and the plan made anew.

use super::{App, areas::Areas};
use crate::{
    core::{Conflict, RestorePlan},
    tui::dialog::{Act, ConflictList, Dialog},
};

impl App {
    /// Opens the conflicts of the plan that is shown.
    pub(super) fn open_conflicts(&mut self) {
        if let Some(Dialog::Confirm(confirm)) = &self.dialog
            && let Act::Restore(plan) = &confirm.act
        {
            let conflicts = conflicts(plan);
            self.list_conflicts(conflicts);
        }
    }

    /// Opens the conflicts of a plan that cannot be applied before they are decided.
    pub(super) fn decide_conflicts(&mut self, plan: &RestorePlan) {
        self.list_conflicts(conflicts(plan));
    }

    fn list_conflicts(&mut self, conflicts: Vec<Conflict>) {
        if !conflicts.is_empty() {
            let area = Areas::of(self.area).dialog;
            self.dialog = Some(Dialog::Conflicts(ConflictList::new(conflicts, area)));
        }
    }

    /// Plans anew with what was decided.
    pub(super) fn close_conflicts(&mut self) {
        if let Some(Dialog::Conflicts(list)) = self.dialog.take() {
            self.plan_with_answers(list.answers);
        }
    }
}

fn conflicts(plan: &RestorePlan) -> Vec<Conflict> {
    let merge = plan.merge.as_ref();
    merge.map_or(Vec::new(), |merge| merge.conflicts.clone())
}
