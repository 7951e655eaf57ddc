//! What is read without a key: the disk when it changed, the rows of the selected snapshot, the rewinds.

use super::{App, NextRefresh};
use crate::{
    core::{Kind, rewinds},
    tui::{
        message::Effect,
        task::{Slot, Task},
    },
};

/// How many rewinds are tried without a key: each takes a pass over the log.
const REWINDS_TRIED: usize = 3;
/// For how many rewinds the superseded events are shown.
const REWINDS_SHOWN: usize = 64;

impl App {
    pub(super) fn refresh_when_due(&mut self) {
        let due = matches!(self.next_refresh, NextRefresh::At(time) if time <= self.steady);
        if due && !self.running.contains_key(&Slot::Refresh) {
            self.next_refresh = NextRefresh::WhenChanged;
            self.start(Task::Refresh);
        }
    }

    pub(super) fn count_selected(&mut self) {
        let selected = self.snapshots.selected();
        if let Some(next) = selected.filter(|selected| self.preview.cache.start_reading(selected)) {
            let next = Box::new(next.clone());
            self.start(Task::Count(next));
        } else if self.preview.cache.stop_reading(selected) {
            self.cancel_task(Slot::Count);
        }
    }

    /// Reads what the snapshots in sight are about, a few at a time.
    pub(super) fn read_abouts(&mut self) {
        let is_in_sight = self.screens.is_empty() && self.live.is_some();
        if !is_in_sight || self.running.contains_key(&Slot::About) {
            return;
        }
        let wanted = self.snapshots.wanted_abouts();
        if !wanted.is_empty() {
            self.start(Task::About(wanted));
        }
    }

    /// Switches to the next theme, names it, and has it remembered.
    pub(super) fn next_theme(&mut self) {
        let appearance = &mut self.setup.appearance;
        appearance.next_theme();
        let name = appearance.theme().name().to_owned();
        self.flash = Some(if appearance.is_configured() {
            format!("theme {name}, for this run: your configuration sets the theme")
        } else {
            format!("theme {name}, also for the next start")
        });
        if !appearance.is_configured() {
            self.effects.push(Effect::Remember(name));
        }
    }

    /// Finds what rewinds superseded and whether live has lost it, if live or the rewind snapshots are
    /// new.
    pub(super) fn find_rewinds(&mut self) {
        let mut snapshots = self.snapshots.all().iter();
        let newest = snapshots.find(|snapshot| snapshot.kind() == Some(Kind::Rewind));
        let (Some(newest), Some(Ok(live))) = (newest, &self.live) else {
            return;
        };
        let searched_for = Some((newest.path.clone(), live.counts.last_event_id));
        if self.rewind.searched_for == searched_for || self.is_recovering() {
            return;
        }
        self.rewind.searched_for = searched_for;
        let mut rewinds = rewinds(self.snapshots.all());
        let ends = rewinds.iter().filter_map(|one| one.snapshot.last_event_id);
        let ends = ends.take(REWINDS_SHOWN).collect();
        rewinds.retain(|rewind| !rewind.is_settled);
        rewinds.truncate(REWINDS_TRIED);
        self.start(Task::FindRewoundRanges(ends));
        self.start(Task::FindRewind(rewinds));
    }
}
