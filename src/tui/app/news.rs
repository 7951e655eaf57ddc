//! What jobs tell, and what follows from it.

use std::path::PathBuf;

use super::App;
use crate::{
    core::{Error, Progress, Result, Rewind, Snapshot},
    text,
    tui::{
        dialog::{Dialog, Holds, Message},
        live::{LiveView, Unseen},
        msg::{Effect, Job, News, Purpose},
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
            News::Listed(Err(_)) | News::Screen(_) | News::Unique(Err(Error::Cancelled)) => {}
            News::Seen(live) => {
                if let Err(error) = &live {
                    self.note(&Message::error("The database cannot be seen", error));
                }
                self.see(live.map_err(|error| Unseen {
                    reason: error.to_string(),
                    hint: text::hint(&error),
                }));
                return self.read_screens_again();
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
            News::PlannedAnew(gone, plan) => self.planned_anew(&gone, plan),
            News::MadeAnew(plan, made) => {
                let zone = self.zone;
                return self.acted(made, "Not made anew", |made| {
                    Message::made_anew(&plan, made, zone)
                });
            }
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
        let is_recovering = self.is_recovering();
        match (purpose, &mut self.dialog) {
            (Purpose::Count, _) => self.preview.set_progress(progress),
            (Purpose::Unique, _) => self.set_holds(&Holds::Looking(progress)),
            (Purpose::Plan | Purpose::Act, Some(Dialog::Running(running))) => {
                running.heed(progress, self.steady);
            }
            (Purpose::Rewind, Some(Dialog::Running(running))) if is_recovering => {
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

    /// Shows what an operation came to, and looks at what it changed.
    pub(super) fn acted<T>(
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
