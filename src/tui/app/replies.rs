//! The replies to tasks, and what follows from them.

use std::path::PathBuf;

use super::App;
use crate::{
    core::{AllSnapshots, Error, Progress, Result, Rewind},
    text,
    tui::{
        dialog::{Dialog, Holds, Notice},
        live::{LiveView, Unseen},
        message::Effect,
        screen::Counted,
        task::{Reply, Slot, Task},
        theme::Role,
        widget::Text,
    },
};

impl App {
    pub(super) fn receive(&mut self, slot: Slot, ticket: u64, reply: Reply) {
        if self.running.get(&slot) != Some(&ticket) {
            return;
        }
        if let Reply::Refused(error) = &reply {
            return self.refused(error);
        }
        if let Slot::Screen(place) = slot {
            return self.receive_in_screen(place, reply);
        }
        let zone = self.zone;
        match reply {
            Reply::Progress(progress) => self.progressed(slot, progress),
            Reply::Snapshots(Ok(found)) => self.listed(found),
            // The user may not have asked for it: an open dialog stays.
            Reply::Snapshots(Err(error)) if self.dialog.is_none() => {
                let notice = Notice::error("The snapshots cannot be listed", &error);
                self.list_error = Some(notice.text());
                self.show_notice(notice);
            }
            Reply::Snapshots(Err(_))
            | Reply::ExclusiveRows(Err(Error::Cancelled))
            // Only screens request these.
            | Reply::Changes(_)
            | Reply::Diff(_)
            | Reply::Events(_)
            | Reply::History(_)
            | Reply::Rows(_)
            | Reply::Search(_)
            | Reply::Refused(_) => {}
            Reply::Live(live) => {
                if let Err(error) = &live {
                    self.keep_notice(&Notice::error("The database cannot be read", error));
                }
                self.set_live(live.map_err(|error| Unseen {
                    reason: error.to_string(),
                    hint: text::hint(&error),
                }));
                self.read_screens_again();
            }
            Reply::Counted(path, counts) => {
                self.preview.cache.set(
                    &path,
                    counts.map_or_else(|error| Counted::Failed(error.to_string()), Counted::Known),
                );
            }
            Reply::LastEvents(path, events) => {
                self.preview.cache.set_last(&path, events.unwrap_or_default());
            }
            Reply::About(path, about) => self.snapshots.set_about(&path, about),
            Reply::CachedCounts(counted) => {
                for (snapshot, counts) in counted {
                    self.preview.cache.set_cached(&snapshot, counts);
                }
            }
            Reply::Rewind(rewind) => self.found_rewind(rewind),
            Reply::Writers(writers) => {
                if let Some(Dialog::Running(running)) = &mut self.dialog {
                    running.writers = writers;
                }
            }
            Reply::RewoundRanges(ranges) => self.rewind.rewound_ranges = ranges.unwrap_or_default(),
            Reply::RewoundCount(rewound) => self.nothing_to_recover(rewound),
            Reply::Planned(plan) => self.planned(plan),
            Reply::PlannedAnew(gone, plan) => self.planned_anew(&gone, plan),
            Reply::MadeAnew(plan, made) => {
                self.acted(made, "Not made anew", |made| {
                    Notice::made_anew(&plan, made, zone)
                });
            }
            Reply::Moments(found) => self.found_moments(found),
            Reply::PlannedStep(operation, planned) => self.planned_step(operation, planned),
            Reply::Repaired(repaired) => self.show_notice(Notice::repaired(&repaired)),
            Reply::Taken(taken) => {
                if let Ok(taken) = &taken {
                    self.snapshots.select(&taken.snapshot.path);
                }
                self.acted(taken, "No snapshot was taken", |taken| Notice::taken(taken, zone));
            }
            Reply::Restored(restored) => self.restored(restored),
            Reply::ExclusiveRows(exclusive) => {
                let failed = |error: Error| Holds::Failed(error.to_string());
                self.set_holds(&exclusive.map_or_else(failed, Holds::Known));
            }
            Reply::Deleted(deleted) => self.deleted(&deleted),
            Reply::Noted(noted) => self.noted(noted),
            Reply::Exported(exported) => {
                self.acted(exported, "Not exported", |(path, rows)| Notice::exported(path, *rows));
            }
            Reply::Verified(found) => {
                self.snapshots.unmark();
                self.acted(found, "Not verified", |found| Notice::verified(found, zone));
            }
            Reply::Ended => {
                self.running.remove(&slot);
                if slot == Slot::Refresh {
                    self.last_refresh.1 = self.steady.saturating_sub(self.last_refresh.0);
                }
                if self.leaving && slot == Slot::Operation {
                    self.effects.push(Effect::Quit);
                }
            }
        }
    }

    fn refused(&mut self, error: &Error) {
        let notice = Notice::error("That cannot be done now", error);
        if matches!(self.dialog, None | Some(Dialog::Running(_))) {
            self.show_notice(notice);
        } else {
            self.keep_notice(&notice);
        }
    }

    /// Closes the notice that the snapshots cannot be listed, if it is still open.
    fn clear_list_error(&mut self) {
        let Some(error) = self.list_error.take() else {
            return;
        };
        if matches!(&self.dialog, Some(Dialog::Notice(notice)) if notice.text() == error) {
            self.dialog = None;
        }
    }

    /// Takes a new list, and counts the rows of its new snapshots.
    fn listed(&mut self, found: AllSnapshots) {
        self.clear_list_error();
        let snapshots = found.snapshots;
        if let Some(trouble) = found.trouble {
            self.keep_notice(&Notice::error("The archive was not read", &trouble));
        }
        let is_there = |rewind: &Rewind| {
            // The file may be damaged, and the archive hold it.
            let found = rewind.snapshot.id;
            snapshots.iter().any(|snapshot| snapshot.id == found)
        };
        self.rewind.found = self.rewind.found.take().filter(is_there);
        self.snapshots.set(snapshots);
        let unknown = self.preview.cache.unknown(self.snapshots.all());
        if !unknown.is_empty() {
            self.start(Task::CountCached(unknown));
        }
    }

    /// Refreshes the list when a label or pin was written.
    fn noted<T>(&mut self, noted: Result<T>) {
        self.dialog = None;
        if let Err(error) = noted {
            self.show_notice(Notice::error("The change was not saved", &error));
        }
        self.start(Task::Refresh);
    }

    /// Takes what live is now; if it has changed, the screens that show it are outdated.
    fn set_live(&mut self, live: std::result::Result<LiveView, Unseen>) {
        let reloaded = std::mem::take(&mut self.reloaded);
        if self.live.as_ref().is_some_and(|known| *known != live) {
            if !reloaded {
                let opened = self.screens.iter_mut();
                opened.for_each(|opened| opened.screen.live_changed());
            }
            self.snapshots.live_changed();
        }
        self.live = Some(live);
    }

    fn set_holds(&mut self, holds: &Holds) {
        if let Some(Dialog::Confirm(confirm)) = &mut self.dialog {
            confirm.set_holds(holds);
        }
    }

    fn progressed(&mut self, slot: Slot, progress: Progress) {
        let is_recovering = self.is_recovering();
        match (slot, &mut self.dialog) {
            (Slot::Count, _) => self.preview.cache.set_progress(progress),
            (Slot::ExclusiveRows, _) => self.set_holds(&Holds::Looking(progress)),
            (Slot::Plan | Slot::Operation, Some(Dialog::Running(running))) => {
                running.set_progress(progress, self.steady);
            }
            (Slot::Rewind, Some(Dialog::Running(running))) if is_recovering => {
                running.set_progress(progress, self.steady);
            }
            _ => {}
        }
    }

    fn deleted(&mut self, deleted: &Result<Vec<PathBuf>>) {
        let gone: &[PathBuf] = match deleted {
            Ok(gone) | Err(Error::Delete { deleted: gone, .. }) => gone,
            Err(_) => &[],
        };
        let freed = self.snapshots.remove(gone);
        self.snapshots.unmark();
        let notice = match deleted {
            Ok(gone) => Notice::deleted(gone.len(), freed),
            Err(Error::Delete { left, source, .. }) if matches!(**source, Error::Cancelled) => {
                Notice::deletion_cancelled(gone.len(), left.len())
            }
            Err(error) => Notice::error("Not everything was deleted", error),
        };
        self.show_notice(notice);
        self.start(Task::Refresh);
    }

    /// Shows the result of an operation, and refreshes the list.
    pub(super) fn acted<T>(
        &mut self,
        result: Result<T>,
        failed: &str,
        notice: impl FnOnce(&T) -> Notice,
    ) {
        let notice = match result {
            Ok(done) => notice(&done),
            Err(Error::Cancelled) => Notice::new(
                "Cancelled",
                vec![Text::of("Nothing was changed.", Role::Text)],
            ),
            Err(error) => Notice::error(failed, &error),
        };
        self.show_notice(notice);
        self.start(Task::Refresh);
    }
}
