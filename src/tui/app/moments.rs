//! Restoring to a moment that the user names by an id or a time, in the history that is meant.

use super::{App, areas::Areas};
use crate::{
    core::{Error, FoundMoment, Result},
    tui::{
        dialog::{Dialog, Intent, MomentLine, MomentList, Notice, RestorePurpose},
        keymap::Action,
        task::{Restorable, Task},
    },
};

impl App {
    pub(super) fn ask_for_moment(&mut self) {
        self.dialog = Some(Dialog::Moment(MomentLine::new()));
    }

    /// Finds what was typed in each history, if it is a moment.
    pub(super) fn find_moments(&mut self) {
        let (now, zone) = (self.now, self.zone);
        if let Some(Dialog::Moment(line)) = &mut self.dialog
            && let Some(when) = line.when(now, zone)
        {
            self.run("Finding the moment", Task::FindMoments(when));
        }
    }

    /// Plans the restore of the only moment; of several the user chooses one.
    pub(super) fn found_moments(&mut self, found: Result<Vec<FoundMoment>>) {
        match found {
            Ok(found) => {
                if let [only] = &found[..] {
                    return self.restore_to(only.clone());
                }
                let area = Areas::of(self.area).dialog;
                self.dialog = Some(Dialog::Moments(MomentList::new(found, area)));
            }
            Err(Error::Cancelled) => self.dialog = None,
            Err(error) => {
                self.show_notice(Notice::error("There is no such moment", &error));
            }
        }
    }

    /// What keys do in the list of moments.
    pub(super) fn act_in_moments(&mut self, action: Action) {
        let Some(Dialog::Moments(list)) = &mut self.dialog else {
            return;
        };
        match action {
            Action::Answer => {
                if let Some(chosen) = list.chosen().cloned() {
                    self.restore_to(chosen);
                }
            }
            Action::No => self.dialog = None,
            action => list.act(action),
        }
    }

    fn restore_to(&mut self, FoundMoment { moment, .. }: FoundMoment) {
        let source = Restorable::Moment(moment.event, moment.anchor);
        self.plan(Intent::new(RestorePurpose::Restore, source));
    }
}
