//! Where the application's next start begins after a restore: at which event the restored tables stand, and
//! whether live is in a state to be restored.

use chrono::{DateTime, Utc};

use super::{Reach, RestorePlan};
use crate::core::{
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
        cold_load::{ColdLoad, Replay},
    },
};

impl RestorePlan {
    /// Asks what the next start makes of live, by the snapshots of a store, and refuses what cannot be
    /// restored in that state. A plan that is applied without it is asked then.
    pub fn checked(
        mut self,
        store: &Store,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let cold_load = ColdLoad::of(&self.database, &self.profile, store, on)?;
        if cold_load.is_of_live() && self.database.version()? != self.version {
            let what = self.database.path().display().to_string();
            return Err(Error::Stale { what });
        }
        cold_load.refuse_doubt()?;
        self.refuse_tables_alone(&cold_load)?;
        self.cold_load = Some(cold_load);
        for kind in Kind::ALL {
            // That a folder cannot be read is reported when it is written.
            self.ahead.extend(store.ahead(kind, now).ok().flatten());
        }
        Ok(self)
    }

    /// What is replayed over tables of two moments meets rows that it made already. All tables without the
    /// log come back only where that undoes a restore that took them.
    fn refuse_tables_alone(&self, cold_load: &ColdLoad) -> Result<()> {
        let undoes = self.reach == Reach::Tables && self.snapshot.is_safety_snapshot();
        match cold_load.replay {
            Replay::Awaited { events, .. } if self.reach != Reach::All && !undoes => {
                Err(Error::AwaitsReplay { events })
            }
            _ => Ok(()),
        }
    }

    /// The event at which the tables stand once they are restored: what follows it in the log is replayed.
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

    /// Whether the next start has events to replay.
    pub fn leaves_replay(&self) -> bool {
        self.has_log() && self.profile.replays_on_start && self.begins() < self.last_event_id
    }

    /// The note on the checkpoint: what is to be replayed, and who has the database open meanwhile.
    /// It is made once the checkpoint can be named: whoever opened the database before read another.
    pub(super) fn checkpoint_note(&self) -> impl FnOnce() -> Note + use<> {
        let (after, ends_at) = (self.begins(), self.last_event_id);
        let (leaves_replay, off_log) = (self.leaves_replay(), self.leaves_off_log());
        let database = self.database.path().to_owned();
        move || Note {
            awaiting: leaves_replay.then(|| Awaiting {
                after,
                ends_at,
                openers: Openers::of(&database),
                doubted: false,
                over: false,
            }),
            off_log,
            ..Note::default()
        }
    }

    /// Whether it undoes or redoes a restore, and so gives back what was before that.
    fn takes_back(&self) -> bool {
        matches!(self.purpose.0, Operation::Undo | Operation::Redo)
    }

    /// Whether the restored tables are not what the log makes: it took no part, and this does not take
    /// back a restore in which it did not.
    pub(super) fn leaves_off_log(&self) -> bool {
        let was_off_log = self.snapshot.off_log;
        let alone = self.reach != Reach::All && !self.takes_back();
        self.has_log() && (alone || was_off_log)
    }
}
