//! Hours of simulated time: an application writes, pauses, rewinds and closes its database, and the watch is
//! killed at random and restarted.

use std::{fs, ops::ControlFlow};

use chrono::{DateTime, TimeDelta, Utc};
use unrewind::core::{
    Error, Kind, Progress, Step, Wakeup, Watch, WatchAct, WatchNews, finish_interrupted,
};

use super::events;
use crate::{
    rng::Rng,
    sandbox::{Sandbox, age, at},
};

const KEEP: usize = 5;
const HOURS: i64 = 8;

/// Which changes the watch is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notified {
    All,
    /// Only some changes.
    Some,
}

/// Counts of what happened.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    taken: usize,
    expired: usize,
    kills: usize,
    kills_in_act: usize,
    outages: usize,
    troubles: usize,
}

struct Simulation {
    sandbox: Sandbox,
    rng: Rng,
    notified: Notified,
    now: DateTime<Utc>,
    wakeup: Wakeup,
    /// When the application writes next, and how many more events it writes without a pause.
    next_write: DateTime<Utc>,
    burst: u64,
    events: u64,
    /// Until when the database is missing.
    away_until: Option<DateTime<Utc>>,
    /// When it last came back.
    back: DateTime<Utc>,
    /// When the newest snapshot was taken, and how many events there were.
    newest: Option<(DateTime<Utc>, u64)>,
    /// Since when something due has not been done.
    waits: Option<DateTime<Utc>>,
    tally: Tally,
}

impl Simulation {
    fn new(seed: u64, notified: Notified) -> Self {
        let sandbox = Sandbox::new();
        // These become too old one after another.
        for index in 0..8 {
            let taken = at(37 * index) - TimeDelta::days(14);
            sandbox.take(Kind::Rewind, taken);
        }
        Self {
            sandbox,
            rng: Rng::new(seed),
            notified,
            now: at(0),
            wakeup: Wakeup::Timer,
            next_write: at(0),
            burst: 0,
            events: 2,
            away_until: None,
            back: at(0) - TimeDelta::days(1),
            newest: None,
            waits: None,
            tally: Tally::default(),
        }
    }

    fn watch(&self) -> Watch {
        Watch::begin(self.sandbox.profile.clone(), self.sandbox.store(), self.now).unwrap()
    }

    fn run_until(&mut self, end: DateTime<Utc>) {
        while self.now < end {
            let mut watch = self.watch();
            let size = format!("{watch:?}").len();
            let killed = self.now + TimeDelta::seconds(self.below(7000));
            self.waits = None;
            while self.now < killed.min(end) {
                if let ControlFlow::Break(()) = self.step(&mut watch) {
                    self.tally.kills_in_act += 1;
                    break;
                }
            }
            self.tally.kills += 1;
            // The watch's state does not grow, except for a failure or two.
            let grown = format!("{watch:?}").len();
            assert!(grown < size + 1000, "{watch:?}");
            drop(watch);
            // A killed watch does not clean up.
            let folder = self.sandbox.data().join("snapshots/periodic");
            fs::write(folder.join(".unrewind-draft-killed.tmp"), "{").unwrap();
            fs::write(self.sandbox.data().join("snapshots/.unrewind-watch"), "1").unwrap();
            let back = self.now + TimeDelta::seconds(self.below(900));
            while self.now < back {
                self.pass(back);
            }
        }
    }

    fn step(&mut self, watch: &mut Watch) -> ControlFlow<()> {
        let wakeup = std::mem::replace(&mut self.wakeup, Wakeup::Timer);
        match watch.step(self.now, wakeup) {
            Step::Run => self.run(watch),
            Step::Sleep(wait) => {
                self.pass(self.now + TimeDelta::from_std(wait).unwrap());
                self.assert_in_time();
                ControlFlow::Continue(())
            }
        }
    }

    /// Lets time pass until `then`, or until the application does something.
    fn pass(&mut self, then: DateTime<Utc>) {
        if self.away_until.is_some_and(|back| back <= self.now) {
            self.away_until = None;
            self.back = self.now;
            self.waits = None;
        }
        if self.next_write > then {
            self.now = then;
            return;
        }
        self.now = self.now.max(self.next_write);
        if self.burst == 0 {
            self.burst = self.rng.below(260);
            self.next_write = self.now + TimeDelta::seconds(self.below(2400));
            if self.away_until.is_none() && self.rng.below(6) == 0 {
                self.away_until = Some(self.now + TimeDelta::seconds(self.below(1200)));
                self.tally.outages += 1;
            }
            return;
        }
        self.burst -= 1;
        self.next_write = self.now + TimeDelta::milliseconds(self.below(3000));
        events(&self.sandbox, 1);
        self.events += 1;
        if self.notified == Notified::All || self.rng.below(10) == 0 {
            self.wakeup = Wakeup::Change;
        }
    }

    fn run(&mut self, watch: &mut Watch) -> ControlFlow<()> {
        let (began, sandbox) = (self.now, &self.sandbox);
        let mut reports_left = if self.rng.below(8) == 0 {
            self.rng.below(3)
        } else {
            u64::MAX
        };
        let mut kill = |_: Progress| {
            // A sixth exists only between the take and its prune.
            let files = sandbox.files().into_iter();
            let periodic = files.filter(|name| name.starts_with("periodic/2"));
            assert!(periodic.count() <= KEEP + 1);
            reports_left = reports_left.saturating_sub(1);
            if reports_left == 0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let is_away = self.away_until.is_some();
        let live = || {
            if is_away {
                return Err(Error::NoDatabase { path: sandbox.db() });
            }
            let (live, store) = (sandbox.database(), sandbox.store());
            finish_interrupted(&live, &sandbox.profile, &store, began).map(|_| live)
        };
        let round = watch.run(live, began, &mut kill);
        for act in &round.acts {
            self.wakeup = Wakeup::Change;
            match act {
                WatchAct::Took { snapshot, .. } => {
                    age(&snapshot.path, began);
                    self.newest = Some((began, self.events));
                    self.tally.taken += 1;
                }
                WatchAct::Pruned { snapshot, .. } if snapshot.kind() == Some(Kind::Rewind) => {
                    self.tally.expired += 1;
                }
                WatchAct::Pruned { .. } | WatchAct::Lost(_) | WatchAct::Rewound { .. } => {}
            }
        }
        if matches!(round.outcome, Err(Error::Cancelled)) {
            return ControlFlow::Break(());
        }
        let took = self.below(100);
        self.now += TimeDelta::milliseconds(took);
        let news = watch.finished(&round, began, self.now);
        self.tally.troubles += usize::from(news == Some(WatchNews::Failed));
        if round.outcome.is_ok() {
            self.assert_policy(began);
        }
        ControlFlow::Continue(())
    }

    fn assert_policy(&self, now: DateTime<Utc>) {
        let snapshots = self.sandbox.list();
        let periodic = |kind| snapshots.iter().filter(move |one| one.kind() == Some(kind));
        assert!(periodic(Kind::Periodic).count() <= KEEP);
        let too_old = now - TimeDelta::days(14);
        assert!(periodic(Kind::Rewind).all(|rewind| rewind.taken_at() >= too_old));
        assert!(snapshots.iter().all(unrewind::core::Snapshot::is_intact));
    }

    /// Asserts the service's policy: nothing due waits for long.
    fn assert_in_time(&mut self) {
        let due = self.away_until.is_none()
            && self.newest.is_none_or(|(taken, events)| {
                self.now - taken >= TimeDelta::minutes(30) || self.events - events >= 100
            });
        if !due {
            self.waits = None;
            return;
        }
        let since = *self.waits.get_or_insert(self.now);
        // After an outage, the watch retries within a minute.
        let is_recovering = since - self.back < TimeDelta::minutes(1);
        let bound = match self.notified {
            Notified::All if !is_recovering => 3,
            _ => 63,
        };
        assert!(
            self.now - since <= TimeDelta::seconds(bound),
            "due since {since} at {}",
            self.now
        );
    }

    fn below(&mut self, end: u64) -> i64 {
        self.rng.below(end).cast_signed()
    }
}

#[test]
fn a_watch_keeps_the_policy_for_hours_despite_kills_and_outages() {
    for (seed, notified) in [(1, Notified::All), (2, Notified::Some)] {
        let mut simulation = Simulation::new(seed, notified);
        simulation.run_until(at(HOURS * 60));
        let mut watch = simulation.watch();
        simulation.away_until = None;
        let _ = simulation.run(&mut watch);
        drop(watch);
        let (tally, sandbox) = (&simulation.tally, &simulation.sandbox);
        println!("seed {seed}: {tally:?}, {} events", simulation.events);
        assert!(tally.taken >= 16 && tally.kills > 4, "{tally:?}");
        assert!(tally.kills_in_act > 0 && tally.outages > 0, "{tally:?}");
        assert_eq!(tally.expired, 8);
        // One failure an hour, and one per new watch.
        assert!(tally.troubles <= 8 + tally.kills, "{tally:?}");
        let names = sandbox.files();
        assert!(
            names.iter().all(|name| name.ends_with(".json")),
            "{names:?}"
        );
        assert_eq!(names.len(), KEEP);
    }
}
