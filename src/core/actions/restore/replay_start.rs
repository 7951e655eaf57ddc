//! Where replay begins after a restore: the last event that the restored tables contain, and
//! whether live is in a state that can be restored.

use chrono::{DateTime, Utc};

use super::{Reach, RestorePlan};
use crate::core::{
    actions::merge::MergedTables,
    base::{
        error::{Error, Result},
        process::Openers,
        progress::OnProgress,
    },
    file::{
        note::{Awaiting, Note, Operation},
        snapshot::Kind,
    },
    store::{
        Store,
        cold_load::{ColdLoad, Fit, Replay},
    },
};

impl RestorePlan {
    /// Determines what the next start makes of live, from the snapshots of a store. Fails if the plan
    /// cannot be restored in that state. A plan that was not checked is checked when it is applied.
    pub fn checked(
        mut self,
        store: &Store,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        if let Some(safety) = store.interrupted()? {
            let why = format!("its safety snapshot is {safety}");
            return Err(Error::Interrupted { why });
        }
        let cold_load = ColdLoad::of(&self.database, &self.profile, store, on)?;
        if cold_load.is_of_live() && self.database.version()? != self.version {
            let what = self.database.path().display().to_string();
            return Err(Error::Stale { what });
        }
        cold_load.refuse_doubt()?;
        self.refuse_tables_alone(&cold_load)?;
        self.cold_load = Some(cold_load);
        if self.takes_back() && self.reach != Reach::All && self.has_log() {
            // The application may have rewound since, or written events that no start replays.
            let has_all = self.begins() <= self.contents.last_event_id();
            let fit = Fit::of(&self.contents, &self.database, &self.profile, on)?;
            self.fits_log = has_all && fit.fits();
        }
        for kind in Kind::ALL {
            // That a folder cannot be read is reported when it is written.
            self.ahead.extend(store.ahead(kind, now).ok().flatten());
        }
        Ok(self)
    }

    /// Fails if only some tables are restored while events await replay: a replay over tables of two
    /// points in time meets rows that it already made. All tables without the log are allowed only
    /// to undo a restore of them.
    fn refuse_tables_alone(&self, cold_load: &ColdLoad) -> Result<()> {
        let undoes = self.reach == Reach::Tables && self.snapshot.is_safety_snapshot();
        match cold_load.replay {
            Replay::Awaited { events, .. } if self.reach != Reach::All && !undoes => {
                Err(Error::AwaitsReplay { events })
            }
            _ => Ok(()),
        }
    }

    /// Returns the last event that the restored tables contain: what follows it in the log is
    /// replayed.
    pub fn begins(&self) -> i64 {
        let snapshot = self.contents.last_event_id();
        match self.reach {
            _ if !self.has_log() => snapshot,
            Reach::All => snapshot,
            Reach::Tables if self.profile.replays_on_start => snapshot.min(self.last_event_id),
            Reach::Tables => self.last_event_id,
            Reach::Some { .. } => match self.cold_load.as_ref().map(|cold| &cold.replay) {
                Some(Replay::Awaited { after, .. }) => self.last_event_id.min(*after),
                _ => self.last_event_id,
            },
        }
    }

    /// Returns whether the next start has events to replay.
    pub fn leaves_replay(&self) -> bool {
        self.has_log() && self.profile.replays_on_start && self.begins() < self.last_event_id
    }

    /// Creates the note on the checkpoint: what is to be replayed, and which processes have the
    /// database open. It is created just before the checkpoint is named: a process that opened the
    /// database earlier loaded another one.
    pub(super) fn checkpoint_note(&self) -> impl FnOnce() -> Note + use<> {
        let (after, ends_at) = (self.begins(), self.last_event_id);
        let unloadable = self.unloadable.clone();
        let (leaves_replay, off_log) = (self.leaves_replay(), self.leaves_off_log());
        let database = self.database.path().to_owned();
        move || Note {
            awaiting: leaves_replay.then(|| Awaiting {
                after,
                ends_at,
                openers: Openers::of(&database),
                doubted: false,
                doubted_as: None,
                over: false,
            }),
            off_log,
            unloadable,
            ..Note::default()
        }
    }

    /// Returns whether it restores tables alone, as they were before the log changed.
    pub fn outlives_log(&self) -> bool {
        !self.fits_log
    }

    /// Returns whether it undoes or redoes a restore.
    pub fn takes_back(&self) -> bool {
        matches!(self.purpose.0, Operation::Undo | Operation::Redo)
    }

    /// Returns whether the restored tables differ from what the log produces: the log takes no
    /// part, and this is not the undo or redo of such a restore, or the log has changed since.
    pub(super) fn leaves_off_log(&self) -> bool {
        let was_off_log = match self.merge.as_ref().map(|merge| (merge, &merge.tables)) {
            // The rows are of both sides: if either is off the log, so is the result.
            Some((merge, MergedTables::Rows { .. })) => {
                let live = self.cold_load.as_ref().is_some_and(|cold| cold.off_log);
                merge.snapshot.off_log || live
            }
            Some((_, MergedTables::Replayed { from, .. })) => {
                from.as_ref().is_some_and(|from| from.off_log)
            }
            None => self.snapshot.off_log,
        };
        let alone = self.reach != Reach::All && !(self.takes_back() && self.fits_log);
        self.has_log() && (alone || was_off_log)
    }
}
