//! What keys do in the list, and in the dialog over it.

use std::{collections::HashSet, ffi::OsStr, sync::Arc};

use super::{App, areas::Areas, restore_flow::RestoreFlow, subject};
use crate::{
    core::{Kind, PrunePlan, RestoreHistory, Retention, Snapshot, StoredIn},
    text,
    tui::{
        dialog::{Act, Confirm, Dialog, KindChoice, Labelling, Pruning},
        keymap::{Action, Context},
        message::Effect,
        screen::{DiffScreen, EventsScreen, Kinds, ListOrder, RowsScreen, Slider},
        task::{At, ShownSide, Slot, Task},
    },
};

impl App {
    /// The context in which keys are looked up.
    pub(super) fn context(&self) -> Context {
        let screen = self.screens.last();
        let list = if self.snapshots.is_typing() {
            Context::Input
        } else if self.preview.has_focus() {
            Context::Tables
        } else {
            Context::Snapshots
        };
        let below = screen.map_or(list, |opened| opened.screen.context());
        self.overlay
            .as_ref()
            .or(self.dialog.as_ref())
            .map_or(below, Dialog::context)
    }

    /// The actions of the list that have nothing to do.
    pub(super) fn idle(&self) -> Vec<Action> {
        if let Some(Dialog::Confirm(confirm)) = &self.dialog {
            return confirm.idle();
        }
        if !matches!(self.context(), Context::Snapshots | Context::Tables) {
            return Vec::new();
        }
        let history = RestoreHistory::among(&self.snapshots.in_folder());
        let is_searching = self.running.contains_key(&Slot::Rewind);
        let idle = [
            (
                Action::Recover,
                self.rewind.found.is_none() && !is_searching,
            ),
            (Action::Undo, history.in_force().next().is_none()),
            (Action::Redo, history.redo().is_err()),
        ];
        let idle = idle.into_iter().filter(|(_, is_idle)| *is_idle);
        idle.map(|(action, _)| action).collect()
    }

    pub(super) fn act_in_list(&mut self, action: Action) {
        if self.snapshots.is_typing() {
            self.snapshots.end_typing(action);
            return;
        }
        if self.preview.has_focus() && self.act_in_tables(action) {
            return;
        }
        if self.snapshots.act(action) || self.waits_for_list(action) {
            return;
        }
        match action {
            Action::Open => {
                let subject = subject(&self.snapshots, self.live.as_ref());
                self.preview.focus(subject);
                self.resize(self.area.width, self.area.height);
            }
            Action::NextKinds => self.snapshots.change_kinds(Kinds::next),
            Action::PrevKinds => self.snapshots.change_kinds(Kinds::prev),
            Action::NextOrder => self.snapshots.change_order(ListOrder::next),
            Action::ReverseOrder => self.snapshots.change_order(ListOrder::reversed),
            Action::Filter => self.snapshots.type_filter(),
            Action::Mark => self.snapshots.mark(),
            Action::MarkRange => self.snapshots.range(),
            Action::MarkAll => self.snapshots.mark_all(),
            Action::Take => self.choose_kind(),
            Action::Restore | Action::Recover | Action::Undo | Action::Redo => {
                self.plan_from_list(action);
            }
            Action::Diff => self.open_difference(),
            Action::Events => {
                let selected = self.snapshots.selected().cloned();
                let slider = Slider::new(self.snapshots.all(), &self.profile);
                self.open(Box::new(EventsScreen::new(selected, slider)));
            }
            Action::Search => self.open_search(),
            Action::Prune => {
                let kinds = [Kind::Periodic, Kind::Rewind];
                let retentions = kinds.map(|kind| (kind, Retention::of(kind, &self.profile)));
                let live = self.live.as_ref().and_then(|live| live.as_ref().ok());
                let archive = live.map(|live| live.archive.clone()).unwrap_or_default();
                let pruning = Pruning::new(self.snapshots.in_folder(), retentions, archive);
                self.ask_whether_to(Confirm::prune(pruning, self.draw_context()));
            }
            Action::Delete | Action::Label | Action::Pin
                if self
                    .snapshots
                    .chosen()
                    .iter()
                    .any(Snapshot::is_only_archived) =>
            {
                self.flash = Some(text::only_archived(&self.snapshots.chosen()));
            }
            Action::Delete => {
                let here = self.snapshots.in_folder();
                let plan = PrunePlan::of_chosen(self.snapshots.chosen(), &here);
                if !plan.verdicts.is_empty() {
                    let warning = text::deleted_start(&plan, &here, &self.profile);
                    self.ask_whether_to(Confirm::delete(plan, warning, self.draw_context()));
                }
            }
            Action::Label => {
                let selected = self.snapshots.selected().cloned();
                self.dialog = selected.map(|snapshot| Dialog::Label(Labelling::new(snapshot)));
            }
            Action::Pin => self.pin_or_unpin(),
            Action::Verify => self.verify(),
            Action::Reload => self.start(Task::Refresh),
            Action::Clear | Action::Back
                if self.snapshots.unmark() || self.snapshots.unfilter() => {}
            Action::Back => self.leave(),
            _ => {}
        }
    }

    /// Whether an action needs the snapshots before they were read. It is left undone: an answer would
    /// be about an empty list. If the last read failed, they are read again.
    fn waits_for_list(&mut self, action: Action) -> bool {
        let waits = !self.snapshots.are_read()
            && matches!(
                action,
                Action::Restore
                    | Action::Diff
                    | Action::Recover
                    | Action::Undo
                    | Action::Redo
                    | Action::Prune
            );
        // It does not keep the rewind from being selected either.
        self.touched &= !waits;
        if waits && !self.running.contains_key(&Slot::Refresh) {
            self.start(Task::Refresh);
        }
        waits
    }

    /// Pins the chosen snapshots, or unpins them if all are pinned.
    fn pin_or_unpin(&mut self) {
        let chosen = self.snapshots.chosen();
        let free: Vec<_> = chosen.iter().filter(|one| !one.pinned).cloned().collect();
        let (title, task) = match (chosen.is_empty(), free.is_empty()) {
            (true, _) => return,
            (_, true) => ("Unpinning", Task::Unpin(chosen)),
            (_, false) => ("Pinning", Task::Pin(free)),
        };
        self.run_briefly(title, task);
    }

    /// Runs a task with a dialog that shows its progress.
    pub(super) fn run(&mut self, title: impl Into<String>, task: Task) {
        self.dialog = Some(Dialog::running(title));
        self.start(task);
    }

    /// The same for one that has mostly ended before its dialog could be read.
    fn run_briefly(&mut self, title: &str, task: Task) {
        self.dialog = Some(Dialog::briefly(title));
        self.start(task);
    }

    fn verify(&mut self) {
        let chosen = self.snapshots.chosen();
        if chosen.is_empty() {
            return;
        }
        let title = match &chosen[..] {
            [one] => format!("Verifying {}", text::snapshot(&one.name(), self.zone)),
            some => format!("Verifying {} snapshots", some.len()),
        };
        self.run(title, Task::Verify(chosen));
    }

    /// Labels the snapshot with what was typed, if that is a label.
    fn labelled(&mut self) {
        if let Some(Dialog::Label(labelling)) = &mut self.dialog
            && let Some(task) = labelling.task()
        {
            self.run_briefly("Labelling", task);
        }
    }

    /// Chooses a table in the preview, and opens its rows.
    /// Acts in the preview; returns whether the action is one of its own.
    fn act_in_tables(&mut self, action: Action) -> bool {
        let subject = subject(&self.snapshots, self.live.as_ref());
        if self.preview.act(action, subject) {
            return true;
        }
        match action {
            Action::Open | Action::OtherSide => {
                let Some((table, rows)) = self.preview.chosen(subject) else {
                    return true;
                };
                let in_live = subject.live.and_then(|live| live.rows(&table)).unwrap_or(0);
                let here = subject
                    .snapshot
                    .map(|one| ShownSide::Snapshot(Box::new(one.clone())));
                let at = At::Row(0);
                let rows = match (here, rows.filter(|_| action == Action::Open)) {
                    (Some(here), Some(rows)) => RowsScreen::new(here, table, at).expecting(rows),
                    (Some(here), None) => RowsScreen::new(ShownSide::Live, table, at)
                        .beside(here)
                        .expecting(in_live),
                    (None, _) => RowsScreen::new(ShownSide::Live, table, at).expecting(in_live),
                };
                self.open(Box::new(rows));
            }
            Action::Left | Action::Back => {
                self.preview.unfocus();
                self.resize(self.area.width, self.area.height);
            }
            _ => return action.moves(),
        }
        true
    }

    /// Asks whether to delete, and meanwhile finds what would be lost.
    fn ask_whether_to(&mut self, confirm: Confirm) {
        let all = self.snapshots.in_folder().into_iter();
        let deleted: HashSet<&OsStr> = match &confirm.act {
            Act::Delete(plan) => plan
                .deleted()
                .map(|verdict| verdict.snapshot.path.as_os_str())
                .collect(),
            _ => HashSet::new(),
        };
        let is_asked = !deleted.is_empty();
        // What the archive holds is not lost.
        let (going, staying): (Vec<_>, Vec<_>) = all.partition(|snapshot| {
            snapshot.stored_in == StoredIn::Folder && deleted.contains(snapshot.path.as_os_str())
        });
        self.dialog = Some(Dialog::Confirm(confirm));
        if is_asked {
            self.start(Task::FindExclusiveRows(going, staying));
        }
    }

    /// Without the question, what would be lost is of no use.
    pub(super) fn stop_finding_exclusive_rows(&mut self) {
        let is_asked = matches!(&self.dialog, Some(Dialog::Confirm(confirm)) if confirm.deletes());
        if !is_asked {
            self.cancel_task(Slot::ExclusiveRows);
        }
    }

    fn choose_kind(&mut self) {
        let retention = Retention::of(Kind::Periodic, &self.profile);
        let pruned = PrunePlan::after_taking(
            &self.snapshots.in_folder(),
            Kind::Periodic,
            retention,
            self.now,
        );
        self.dialog = Some(Dialog::Kind(KindChoice::new(
            &self.profile,
            &pruned,
            self.draw_context(),
        )));
    }

    pub(super) fn act_in_dialog(&mut self, action: Action) {
        let area = Areas::of(self.area).dialog;
        match &mut self.dialog {
            Some(Dialog::Moments(_)) => return self.act_in_moments(action),
            Some(Dialog::Marked(_)) => return self.act_in_marked(action),
            Some(Dialog::Conflicts(list)) if action != Action::Back => return list.act(action),
            Some(Dialog::Conflicts(_)) => return self.close_conflicts(),
            _ => {}
        }
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let typed = self.typed;
        let may_answer = |dialog: &mut Dialog| {
            let delay = dialog.read_delay();
            delay.is_none_or(|delay| delay.takes_yes(typed))
        };
        if dialog.is_yes(action) && !may_answer(dialog) {
            return;
        }
        match (action, dialog) {
            (action, dialog) if dialog.context() == Context::Input && dialog.reads() => {
                dialog.read(action, area);
            }
            (
                Action::Up
                | Action::Down
                | Action::PageUp
                | Action::PageDown
                | Action::First
                | Action::Last
                | Action::Find
                | Action::FindNext
                | Action::FindPrevious,
                dialog,
            ) => dialog.read(action, area),
            (Action::OtherAnswer, Dialog::Confirm(confirm)) => {
                confirm.yes_has_focus = !confirm.yes_has_focus;
            }
            (
                Action::KeepMore | Action::KeepFewer | Action::OtherNumber,
                Dialog::Confirm(confirm),
            ) => {
                if let Some(pruning) = confirm.pruning.take() {
                    let pruning = pruning.changed(action);
                    self.ask_whether_to(Confirm::prune(pruning, self.draw_context()));
                }
            }
            (Action::OtherAnswer, Dialog::Kind(choice)) => choice.other(),
            (Action::Answer, Dialog::Kind(choice)) => {
                let kind = choice.kind;
                self.run(format!("Taking a {kind} snapshot"), Task::Take(kind));
            }
            (Action::Answer, Dialog::Confirm(confirm)) if !confirm.yes_has_focus => {
                self.close_question();
            }
            (Action::Yes, Dialog::Confirm(confirm)) if confirm.has_nothing_to_do() => {}
            (Action::Answer | Action::Yes, Dialog::Confirm(_)) => self.confirmed(),
            (Action::Answer, Dialog::Label(_)) => self.labelled(),
            (Action::Answer, Dialog::Moment(_)) => self.find_moments(),
            (Action::Answer, Dialog::Export(exporting)) => {
                if let Some(task) = exporting.task() {
                    self.run("Exporting", task);
                }
            }
            (Action::Diff, Dialog::Confirm(confirm)) => {
                if let Act::Restore(plan) = &confirm.act {
                    let diff = DiffScreen::of_plan(plan);
                    self.open(Box::new(diff));
                }
            }
            (Action::Scope | Action::MissingOnly, Dialog::Confirm(_)) => self.plan_with(action),
            (Action::Merge, Dialog::Confirm(confirm)) if confirm.can_keep_newer() => {
                self.plan_with(action);
            }
            (Action::Conflicts, Dialog::Confirm(_)) => self.open_conflicts(),
            (Action::Cancel, Dialog::Running(_)) => self.cancel(),
            (Action::No | Action::Back, _) => self.close_question(),
            _ => {}
        }
    }

    fn confirmed(&mut self) {
        let Some(Dialog::Confirm(confirm)) = self.dialog.take() else {
            return;
        };
        let (title, task) = match confirm.act {
            Act::Restore(plan) if plan.refuse_undecided().is_err() => {
                return self.decide_conflicts(&plan);
            }
            Act::Restore(plan) => return self.apply(plan),
            Act::Plan(intent) => return self.plan(*intent),
            Act::MakeAnew(plan) => ("Making the database anew".to_owned(), Task::MakeAnew(plan)),
            Act::Delete(plan) => (
                "Deleting".to_owned(),
                Task::Delete(Arc::unwrap_or_clone(plan)),
            ),
            Act::Nothing => return,
        };
        self.run(title, task);
    }

    pub(super) fn cancel(&mut self) {
        if self.running.contains_key(&Slot::Operation) {
            if let Some(Dialog::Running(running)) = &mut self.dialog {
                running.cancelled = true;
            }
            return self.effects.push(Effect::Cancel(Slot::Operation));
        }
        self.dialog = None;
        self.restore = RestoreFlow::Idle;
        self.cancel_task(Slot::Plan);
        self.cancel_task(Slot::Rewind);
    }
}
