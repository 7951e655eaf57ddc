//! What is looked up without being asked for: the disk when it changed, the rows of the selected
//! snapshot, the rewinds.

use super::{App, LookAgain};
use crate::{
    core::{Kind, rewinds},
    tui::msg::{Effect, Job, Purpose},
};

/// How many rewinds are looked at unasked: each takes a pass over the log.
const REWINDS_LOOKED_AT: usize = 3;
/// For how many rewinds the superseded events are looked up.
const REWINDS_SHOWN: usize = 64;

impl App {
    pub(super) fn look_when_due(&mut self) -> Option<Effect> {
        let due = matches!(self.look_again, LookAgain::At(time) if time <= self.steady);
        if !due || self.running.contains_key(&Purpose::Look) {
            return None;
        }
        self.look_again = LookAgain::WhenChanged;
        Some(self.start(Job::Look))
    }

    pub(super) fn count_selected(&mut self) -> Option<Effect> {
        let selected = self.snapshots.selected();
        if let Some(wanted) = selected.filter(|selected| self.preview.wants(selected)) {
            let path = wanted.path.clone();
            return Some(self.start(Job::Count(path)));
        }
        let stops = self.preview.leaves(selected) && self.running.remove(&Purpose::Count).is_some();
        stops.then_some(Effect::Cancel(Purpose::Count))
    }

    /// Finds what rewinds superseded and whether live has lost it, when it or the rewind snapshots are
    /// new.
    pub(super) fn look_at_rewinds(&mut self) -> Vec<Effect> {
        let mut snapshots = self.snapshots.all().iter();
        let newest = snapshots.find(|snapshot| snapshot.kind() == Some(Kind::Rewind));
        let (Some(newest), Some(Ok(live))) = (newest, &self.live) else {
            return Vec::new();
        };
        let seen = Some((newest.path.clone(), live.counts.last_event_id));
        if self.rewind.seen == seen || self.is_recovering() {
            return Vec::new();
        }
        self.rewind.seen = seen;
        let mut rewinds = rewinds(self.snapshots.all());
        let ends = rewinds.iter().filter_map(|one| one.snapshot.last_event_id);
        let ends = ends.take(REWINDS_SHOWN).collect();
        rewinds.retain(|rewind| !rewind.is_settled);
        rewinds.truncate(REWINDS_LOOKED_AT);
        vec![
            self.start(Job::FindTakenBack(ends)),
            self.start(Job::FindRewind(rewinds)),
        ]
    }
}
