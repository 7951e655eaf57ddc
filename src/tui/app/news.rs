//! What jobs tell, and what follows from it.

use std::path::PathBuf;

use super::App;
use crate::{
    core::{Error, Operation, Progress, RestorePlan, Result, Rewind, Snapshot, UndoStep},
    text,
    tui::{
        dialog::{Confirm, Dialog, Holds, Intent, Message, RestorePurpose},
        keymap::{Action, Context},
        msg::{Effect, Job, LiveView, News, Purpose, RestoreDone, Unseen},
        screen::Counted,
        theme::Role,
        widget::Text,
    },
};

impl App {
    pub(super) fn hear(&mut self, purpose: Purpose, ticket: u64, news: News) -> Vec<Effect> {
        if self.running.get(&purpose) != Some(&ticket) {
            return Vec::new();
        }
        if let Purpose::Screen(place) = purpose {
            return self.hear_in_screen(place, news);
        }
        match news {
            News::Progress(progress) => self.progressed(purpose, progress),
            News::Listed(Ok(snapshots)) => return self.listed(snapshots),
            // Nobody may have asked: what stands over the screen stays.
            News::Listed(Err(error)) if self.dialog.is_none() => {
                let message = Message::error("The snapshots cannot be listed", &error);
                self.list_error = Some(message.text());
                self.say(message);
            }
            // And only screens ask for the others.
            News::Listed(Err(_))
            | News::TableCompared(_)
            | News::Compared(_)
            | News::Changes(_)
            | News::FoundChange(_)
            | News::EndOfHistory(_)
            | News::History(_)
            | News::Events(_)
            | News::Rows(_)
            | News::Found(_)
            | News::Searched(_)
            | News::Unique(Err(Error::Cancelled)) => {}
            News::Seen(live) => {
                if let Err(error) = &live {
                    self.note(&Message::error("The database cannot be seen", error));
                }
                self.see(live.map_err(|error| Unseen {
                    reason: error.to_string(),
                    hint: text::hint(&error),
                }));
            }
            News::Counted(path, counts) => {
                self.preview.set(
                    &path,
                    counts.map_or_else(|error| Counted::Failed(error.to_string()), Counted::Known),
                );
            }
            News::LastEvents(path, events) => {
                self.preview.set_last(&path, events.unwrap_or_default());
            }
            News::Recalled(recalled) => self.preview.recall(recalled),
            News::Rewind(rewind) => return self.found_rewind(rewind),
            News::Writers(writers) => {
                if let Some(Dialog::Running(running)) = &mut self.dialog {
                    running.writers = writers;
                }
            }
            News::TakenBack(taken) => self.rewind.taken_back = taken.unwrap_or_default(),
            News::Rewound(rewound) => self.nothing_to_recover(rewound),
            News::Planned(plan) => return self.planned(plan),
            News::PlannedStep(operation, planned) => {
                return self.planned_step(operation, planned);
            }
            News::Repaired(repaired) => {
                let lines = repaired
                    .iter()
                    .map(|repaired| Text::of(text::repaired(repaired), Role::Text));
                self.say(Message::new("An interrupted restore", lines.collect()));
            }
            News::Taken(taken) => {
                if let Ok(taken) = &taken {
                    self.snapshots.select(&taken.snapshot.path);
                }
                let zone = self.zone;
                return self.acted(taken, "No snapshot was taken", |taken| {
                    Message::taken(taken, zone)
                });
            }
            News::Restored(Err(Error::Stale { .. })) => return self.plan_anew(),
            News::Restored(restored) => return self.restored(restored),
            News::Unique(unique) => {
                let failed = |error: Error| Holds::Failed(error.to_string());
                self.set_holds(&unique.map_or_else(failed, Holds::Known));
            }
            News::Deleted(deleted) => return self.deleted(&deleted),
            News::Noted(noted) => return self.noted(noted),
            News::Verified(found) => {
                let zone = self.zone;
                self.snapshots.unmark();
                return self.acted(found, "Not verified", |found| {
                    Message::verified(found, zone)
                });
            }
            News::Ended => {
                self.running.remove(&purpose);
                if purpose == Purpose::Look {
                    self.last_look.1 = self.steady.saturating_sub(self.last_look.0);
                }
                if self.leaving && purpose == Purpose::Act {
                    return vec![Effect::Quit];
                }
            }
        }
        Vec::new()
    }

    fn restored(&mut self, restored: Result<Box<RestoreDone>>) -> Vec<Effect> {
        self.intent = None;
        self.rewind.seen = None;
        let zone = self.zone;
        let mut effects = match &restored {
            Ok(_) => self.reload_screens(),
            Err(_) => Vec::new(),
        };
        let keys = self.setup.keys.clone();
        effects.extend(self.acted(restored, "Not restored", |restored| {
            Message::restored(restored, zone, &keys)
        }));
        effects
    }

    /// Closes the message that the snapshots cannot be listed, if it is still shown.
    fn take_back_list_error(&mut self) {
        let Some(error) = self.list_error.take() else {
            return;
        };
        if matches!(&self.dialog, Some(Dialog::Message(message)) if message.text() == error) {
            self.dialog = None;
        }
    }

    /// Takes a new list, and what is known of the snapshots in it that were not seen before.
    fn listed(&mut self, snapshots: Vec<Snapshot>) -> Vec<Effect> {
        self.take_back_list_error();
        let is_there = |rewind: &Rewind| {
            let found = &rewind.snapshot.path;
            snapshots.iter().any(|snapshot| snapshot.path == *found)
        };
        self.rewind.found = self.rewind.found.take().filter(is_there);
        self.snapshots.set(snapshots);
        let unknown = self.preview.unknown(self.snapshots.all());
        if unknown.is_empty() {
            return Vec::new();
        }
        vec![self.start(Job::Recall(unknown))]
    }

    /// Looks again when something was noted: what it came to is to be seen in the list.
    fn noted<T>(&mut self, noted: Result<T>) -> Vec<Effect> {
        self.dialog = None;
        if let Err(error) = noted {
            self.say(Message::error("That could not be noted", &error));
        }
        vec![self.start(Job::Look)]
    }

    /// Takes what live is now; the screens that show it hear if it is another.
    fn see(&mut self, live: std::result::Result<LiveView, Unseen>) {
        if self.live.as_ref().is_some_and(|known| *known != live) {
            for opened in &mut self.screens {
                opened.screen.live_changed();
            }
        }
        self.live = Some(live);
    }

    fn set_holds(&mut self, holds: &Holds) {
        if let Some(Dialog::Confirm(confirm)) = &mut self.dialog {
            confirm.set_holds(holds);
        }
    }

    fn progressed(&mut self, purpose: Purpose, progress: Progress) {
        match (purpose, &mut self.dialog) {
            (Purpose::Count, _) => self.preview.set_progress(progress),
            (Purpose::Unique, _) => self.set_holds(&Holds::Looking(progress)),
            (Purpose::Plan | Purpose::Act, Some(Dialog::Running(running))) => {
                running.heed(progress, self.steady);
            }
            (Purpose::Rewind, Some(Dialog::Running(running))) if self.rewind.recovering => {
                running.heed(progress, self.steady);
            }
            _ => {}
        }
    }

    fn deleted(&mut self, deleted: &Result<Vec<PathBuf>>) -> Vec<Effect> {
        let gone: &[PathBuf] = match deleted {
            Ok(gone) | Err(Error::Delete { deleted: gone, .. }) => gone,
            Err(_) => &[],
        };
        let freed = self.snapshots.remove(gone);
        self.snapshots.unmark();
        let message = match deleted {
            Ok(gone) => Message::deleted(gone.len(), freed),
            Err(Error::Delete { left, source, .. }) if matches!(**source, Error::Cancelled) => {
                Message::deletion_cancelled(gone.len(), left.len())
            }
            Err(error) => Message::error("Not everything was deleted", error),
        };
        self.say(message);
        vec![self.start(Job::Look)]
    }

    fn planned(&mut self, plan: Result<Box<RestorePlan>>) -> Vec<Effect> {
        let Some(intent) = &self.intent else {
            return Vec::new();
        };
        let asked_as = |plan: Box<RestorePlan>| match intent.purpose {
            RestorePurpose::Recover => Box::new(plan.asked_as(Operation::Recover, None)),
            _ => plan,
        };
        let plan = plan.map(asked_as);
        self.dialog = match plan {
            Ok(plan) => Some(Dialog::Confirm(Confirm::restore(
                plan,
                intent,
                self.draw_context(),
            ))),
            Err(Error::Cancelled) => None,
            Err(error) => Some(
                if let Some(way) = text::concession(&intent.options, &error) {
                    Dialog::Confirm(Confirm::concession(
                        &error,
                        way,
                        intent,
                        self.draw_context(),
                    ))
                } else {
                    let title = match error {
                        Error::TableChoice { .. } => "These tables cannot be restored alone",
                        _ => "This snapshot cannot be restored",
                    };
                    Dialog::Message(Message::error(title, &error))
                },
            ),
        };
        Vec::new()
    }

    fn planned_step(
        &mut self,
        operation: Operation,
        planned: Result<(Box<UndoStep>, Box<RestorePlan>)>,
    ) -> Vec<Effect> {
        match planned {
            Ok((step, plan)) => {
                let outdated = self.intent.take().and_then(|intent| intent.outdated);
                self.intent = Some(Intent {
                    outdated,
                    ..Intent::of_step(*step)
                });
                return self.planned(Ok(plan));
            }
            Err(Error::Cancelled) => self.dialog = None,
            Err(error) => {
                self.intent = None;
                let title = match operation {
                    Operation::Redo => "Not redone",
                    _ => "Not undone",
                };
                self.say(match error {
                    Error::Undo { what } => Message::new(title, vec![Text::of(what, Role::Text)]),
                    error => Message::error(title, &error),
                });
            }
        }
        Vec::new()
    }

    /// Live changed between the plan and its application: the user is shown how it stands now.
    fn plan_anew(&mut self) -> Vec<Effect> {
        match self.intent.take() {
            Some(intent) => {
                let Some(step) = &intent.step else {
                    return self.plan(intent);
                };
                let operation = step.operation;
                self.intent = Some(intent);
                self.plan_step(operation)
            }
            None => Vec::new(),
        }
    }

    fn found_rewind(&mut self, rewind: Result<Option<Rewind>>) -> Vec<Effect> {
        let recovering = std::mem::take(&mut self.rewind.recovering);
        match rewind {
            Ok(found) if !recovering => {
                if let (Some(rewind), false) = (&found, self.touched) {
                    self.snapshots.select(&rewind.snapshot.path);
                }
                self.rewind.found = found;
            }
            Ok(Some(rewind)) if rewind.is_settled => {
                let time = text::time(rewind.snapshot.taken_at(), self.zone);
                let says = format!(
                    "Live was restored since the rewind of {time}. To go back before it all the same, restore that snapshot."
                );
                self.say(Message::new(
                    "There is nothing more to recover",
                    vec![Text::of(says, Role::Text)],
                ));
            }
            Ok(Some(rewind)) => {
                return self.plan(Intent::new(RestorePurpose::Recover, rewind.snapshot));
            }
            Ok(None) => {
                // The answer is still awaited: nothing unasked may take its place.
                self.rewind.recovering = true;
                return vec![self.start(Job::CountRewound)];
            }
            Err(error) if recovering => {
                self.say(Message::error("The last rewind cannot be found", &error));
            }
            // Nobody asked; the list shows what is wrong with a snapshot.
            Err(_) => self.rewind.found = None,
        }
        Vec::new()
    }

    /// Says why there is no rewind to take back.
    fn nothing_to_recover(&mut self, rewound: Result<u64>) {
        self.rewind.recovering = false;
        let message = match rewound {
            Ok(rewound) => {
                let key = self.setup.keys.key(Context::Snapshots, Action::Events);
                let says = text::only_in_log(rewound, self.snapshots.all().len()).map_or_else(
                    || "Live has every event of every rewind snapshot.".to_owned(),
                    |says| format!("{says}: `{key}` shows them").replacen('n', "N", 1),
                );
                let lines = vec![Text::of(says, Role::Text)];
                Message::new("There is no rewind to take back", lines)
            }
            Err(error) => Message::error("The last rewind cannot be found", &error),
        };
        self.say(message);
    }

    /// Shows what an operation came to, and looks at what it changed.
    fn acted<T>(
        &mut self,
        result: Result<T>,
        failed: &str,
        says: impl FnOnce(&T) -> Message,
    ) -> Vec<Effect> {
        let message = match result {
            Ok(done) => says(&done),
            Err(Error::Cancelled) => Message::new(
                "Cancelled",
                vec![Text::of("Nothing was changed.", Role::Text)],
            ),
            Err(error) => Message::error(failed, &error),
        };
        self.say(message);
        vec![self.start(Job::Look)]
    }
}
