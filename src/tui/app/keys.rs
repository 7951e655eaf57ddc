//! What keys do: in the list, and in the dialog that stands over it.

use super::App;
use crate::{
    core::{Kind, PrunePlan, Retention, Scope, Snapshot},
    text,
    tui::{
        dialog::{Act, Confirm, Dialog, KindChoice, Message},
        keymap::{Action, Context},
        msg::{Effect, Job, Purpose},
    },
};

impl App {
    pub(super) fn act_in_list(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Up => self.snapshots.move_by(-1),
            Action::Down => self.snapshots.move_by(1),
            Action::PageUp => self.snapshots.page_by(-1),
            Action::PageDown => self.snapshots.page_by(1),
            Action::First => self.snapshots.select_end(false),
            Action::Last => self.snapshots.select_end(true),
            Action::NextKinds => self.snapshots.next_kinds(),
            Action::Mark => self.snapshots.mark(),
            Action::Take => self.choose_kind(),
            Action::Restore => return self.plan_restore(Scope::Full),
            Action::Prune => {
                let plan = PrunePlan::by_policy(self.snapshots.all(), &self.profile, self.now);
                self.dialog = Some(Dialog::Confirm(Confirm::delete(
                    plan,
                    "Prune by policy",
                    self.look(),
                )));
            }
            Action::Delete => {
                let chosen = self.snapshots.chosen();
                if !chosen.is_empty() {
                    let confirm =
                        Confirm::delete(PrunePlan::of_chosen(chosen), "Delete", self.look());
                    self.dialog = Some(Dialog::Confirm(confirm));
                }
            }
            Action::Reload => return vec![self.start(Job::Look)],
            Action::Help => self.say(Message::help(Context::Snapshots)),
            Action::Back if self.snapshots.unmark() => {}
            Action::Back => return self.leave(),
            _ => {}
        }
        Vec::new()
    }

    fn choose_kind(&mut self) {
        let retention = Retention::of(Kind::Periodic, &self.profile);
        let pruned =
            PrunePlan::after_taking(self.snapshots.all(), Kind::Periodic, retention, self.now);
        let keep = text::duration(self.profile.rewind.keep_within);
        self.dialog = Some(Dialog::Kind(KindChoice::new(&keep, &pruned, self.look())));
    }

    fn plan_restore(&mut self, scope: Scope) -> Vec<Effect> {
        let Some(snapshot) = self.snapshots.selected().cloned() else {
            return Vec::new();
        };
        self.plan(snapshot, scope)
    }

    fn plan(&mut self, snapshot: Snapshot, scope: Scope) -> Vec<Effect> {
        self.dialog = Some(Dialog::running(format!(
            "Planning to restore {}",
            snapshot.name()
        )));
        vec![self.start(Job::Plan(Box::new(snapshot), scope))]
    }

    pub(super) fn act_in_dialog(&mut self, action: Action) -> Vec<Effect> {
        let page = isize::try_from(self.area.height / 2).unwrap_or(1);
        let Some(dialog) = &mut self.dialog else {
            return Vec::new();
        };
        match (action, dialog) {
            (Action::Up, dialog) => dialog.scroll_by(-1),
            (Action::Down, dialog) => dialog.scroll_by(1),
            (Action::PageUp, dialog) => dialog.scroll_by(-page),
            (Action::PageDown, dialog) => dialog.scroll_by(page),
            (Action::OtherAnswer, Dialog::Confirm(confirm)) => {
                confirm.yes_has_focus = !confirm.yes_has_focus;
            }
            (Action::OtherAnswer, Dialog::Kind(choice)) => choice.other(),
            (Action::Answer, Dialog::Kind(choice)) => {
                let kind = choice.kind;
                self.dialog = Some(Dialog::running(format!("Taking a {kind} snapshot")));
                return vec![self.start(Job::Take(kind))];
            }
            (Action::Answer, Dialog::Confirm(confirm)) if !confirm.yes_has_focus => {
                self.dialog = None;
            }
            (Action::Answer | Action::Yes, Dialog::Confirm(_)) => return self.confirmed(),
            (
                Action::Scope,
                Dialog::Confirm(Confirm {
                    act: Act::Restore(plan),
                    ..
                }),
            ) => {
                let scope = match plan.scope {
                    Scope::Full => Scope::Tables,
                    Scope::Tables => Scope::Full,
                };
                let snapshot = plan.snapshot.clone();
                return self.plan(snapshot, scope);
            }
            (Action::Cancel, Dialog::Running(_)) => return self.cancel(),
            (Action::No | Action::Back, _) => self.dialog = None,
            _ => {}
        }
        Vec::new()
    }

    fn confirmed(&mut self) -> Vec<Effect> {
        let Some(Dialog::Confirm(confirm)) = self.dialog.take() else {
            return Vec::new();
        };
        let (title, job) = match confirm.act {
            Act::Restore(plan) => (
                format!("Restoring {}", plan.snapshot.name()),
                Job::Restore(plan),
            ),
            Act::Delete(plan) => ("Deleting".to_owned(), Job::Delete(plan)),
            Act::Nothing => return Vec::new(),
        };
        self.dialog = Some(Dialog::running(title));
        vec![self.start(job)]
    }

    pub(super) fn cancel(&mut self) -> Vec<Effect> {
        if self.running.contains_key(&Purpose::Act) {
            if let Some(Dialog::Running(running)) = &mut self.dialog {
                running.cancelled = true;
            }
            return vec![Effect::Cancel(Purpose::Act)];
        }
        self.dialog = None;
        self.running.remove(&Purpose::Plan);
        vec![Effect::Cancel(Purpose::Plan)]
    }
}
