//! Random histories of an application that writes, rewinds, takes snapshots and restarts, with every form of
//! restore in between. Its next start must always give the tables that its active events make; or, after a
//! restore without the event log, the restored tables plus the later events.
//!
//! `LIVES=300 LENGTH=12 cargo test --test it simulated_application::` runs more and longer histories.

use std::{collections::HashMap, path::PathBuf};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use unrewind::core::{
    Anchor, ColdLoad, Contents, Error, Fit, Kind, Moment, Newer, Replay, RestoreOptions,
    RestorePlan, Result, Safety, Scope, Snapshot, Status, start_of, unattended,
};

use crate::{
    chat,
    replay::of_this_program,
    rng::Rng,
    sandbox::{Sandbox, at},
};

/// The tables that a start must give: these, with the events after `after` replayed over them.
#[derive(Clone)]
struct Promise {
    tables: Option<Json>,
    after: i64,
}

/// The tables that all active events make.
const FROM_LOG: Promise = Promise {
    tables: None,
    after: 0,
};

struct Application {
    sandbox: Sandbox,
    rng: Rng,
    minute: i64,
    /// What the next start must give.
    promise: Promise,
    /// The application has rebuilt its tables from the log alone since the promise, but its next start does not.
    rebuilt: bool,
    /// The promise at the time of each snapshot.
    taken: HashMap<PathBuf, Promise>,
    /// What was done, printed if the test fails.
    history: Vec<String>,
}

impl Application {
    fn new(seed: u64) -> Self {
        let mut application = Self {
            sandbox: Sandbox::new(),
            rng: Rng::new(seed),
            minute: 0,
            promise: FROM_LOG,
            rebuilt: false,
            taken: HashMap::new(),
            history: vec![format!("seed {seed}")],
        };
        // Half of the users have a replay command.
        if seed.is_multiple_of(2) {
            let command = of_this_program("projects_events");
            application.sandbox.profile.replay = Some(command);
        }
        application.write();
        application.service_take(Kind::Periodic);
        application
    }

    fn next(&mut self) -> DateTime<Utc> {
        self.minute += 1;
        at(self.minute)
    }

    fn step(&mut self) {
        match self.rng.below(18) {
            0..=3 => self.write(),
            4 | 5 => self.rewind(),
            6 => self.service_take(Kind::Periodic),
            7 => self.service_take(Kind::Rewind),
            8 => self.take(),
            9 => self.restart(),
            10 => self.recover(Newer::Drop),
            11 => self.recover(Newer::Keep),
            12 | 13 => self.restore_random(),
            14 | 15 => self.restore_moment(),
            _ => self.undo_or_redo(),
        }
        self.check();
    }

    /// Before the application does anything after a restore that left events to replay, it restarts, as the plan
    /// demands.
    fn restart_if_replay_awaits(&mut self) {
        if matches!(self.cold_load().replay, Replay::Awaited { .. }) {
            self.restart();
        }
    }

    fn write(&mut self) {
        self.restart_if_replay_awaits();
        for _ in 0..=self.rng.below(4) {
            match self.rng.below(4) {
                0 => self.sandbox.event("Is anybody there?"),
                1 => self.sandbox.memory("The lamp burns."),
                2 => self.sandbox.log(
                    "felt",
                    &serde_json::json!({ "bot": "mara", "feeling": self.minute.to_string() }),
                ),
                _ => self.sandbox.event("Hello?"),
            };
        }
        self.record("writes");
    }

    fn last_event(&self) -> i64 {
        let last = self.sandbox.rows("SELECT max(id) FROM event_log");
        last[0].parse().unwrap()
    }

    fn rewind(&mut self) {
        self.restart_if_replay_awaits();
        let last = self.last_event();
        let to = (last - 1 - self.below(6)).max(2);
        self.service_take(Kind::Rewind);
        chat::rewind(&self.sandbox.app, to);
        // The application rebuilds its tables from the remaining log.
        self.rebuilt |= self.promise.tables.is_some();
        self.promise = FROM_LOG;
        self.record(&format!("rewinds to {to}"));
    }

    fn service_take(&mut self, kind: Kind) {
        self.restart_if_replay_awaits();
        let stamp = self.next();
        let bytes = chat::snapshot(&self.sandbox.app);
        let snapshot = self.sandbox.put(kind, stamp, bytes);
        self.remember(snapshot);
        self.record(&format!("the service takes a {kind} snapshot"));
    }

    fn take(&mut self) {
        let kind = self.rng.one_of(&Kind::ALL);
        let stamp = self.next();
        let snapshot = self.sandbox.take(kind, stamp);
        self.remember(snapshot);
        self.record(&format!("unrewind takes a {kind} snapshot"));
    }

    fn remember(&mut self, snapshot: Snapshot) {
        self.rebuilt &= snapshot.kind() != Some(Kind::Periodic);
        self.taken.insert(snapshot.path, self.promise.clone());
    }

    fn restart(&mut self) {
        chat::load_cold(&self.sandbox.app, &self.sandbox.data());
        // Where Unrewind does not see which processes have the database open, its user says so.
        if cfg!(windows) {
            Status::restarted(&self.sandbox.store()).unwrap();
        }
        self.promise = self.promise_of_start();
        self.rebuilt = false;
        self.record("restarts");
    }

    fn recover(&mut self, newer: Newer) {
        let found = self.sandbox.find_rewind();
        let Some(rewind) = found.unwrap().rewind.filter(|rewind| !rewind.is_settled) else {
            return;
        };
        let options = RestoreOptions {
            newer,
            ..RestoreOptions::default()
        };
        self.restore(&rewind.snapshot, options);
    }

    fn restore_random(&mut self) {
        let listed = self.sandbox.list();
        let which = usize::try_from(self.rng.below(listed.len() as u64)).unwrap();
        let mut options = RestoreOptions::default();
        // If the log ends before tables that are restored alone, new events use ids of their rows: the plan
        // warns of it.
        let outlive = listed[which].last_event_id.unwrap_or(i64::MAX) > self.last_event();
        let forms = if outlive || self.sandbox.profile.replay.is_some() {
            3
        } else {
            5
        };
        match self.rng.below(forms) {
            0 | 1 => {}
            2 => options.newer = Newer::Keep,
            3 => options.scope = Scope::Tables,
            _ => {
                let some = self.rng.one_of(&["edges", "chat_state", "memories"]);
                options.tables = vec![some.to_owned()];
            }
        }
        self.restore(&listed[which], options);
    }

    fn undo_or_redo(&mut self) {
        let history = self.sandbox.store().history().unwrap();
        let forward = self.rng.below(3) == 0;
        let step = if forward {
            history.redo()
        } else {
            history.undo()
        };
        let Ok(step) = step else {
            return;
        };
        let what = format!("{:?} with {}", step.operation, step.snapshot.name());
        let (database, profile) = (self.sandbox.database(), &self.sandbox.profile);
        let plan = RestorePlan::of_step(
            database,
            profile,
            &self.sandbox.store(),
            &step,
            &mut unattended,
        );
        let promise = step
            .note
            .log
            .then(|| self.taken[&step.snapshot.path].clone());
        self.apply(plan, promise, &what);
    }

    fn restore_moment(&mut self) {
        let last = self.last_event();
        let event = (last - self.below(12)).max(2);
        let what = format!("restores event {event}");
        let (database, store) = (self.sandbox.database(), self.sandbox.store());
        let profile = &self.sandbox.profile;
        let moment = Moment {
            event,
            time: None,
            anchor: Anchor::Live,
        };
        let options = RestoreOptions::default();
        let on = &mut unattended;
        let plan = RestorePlan::of_moment(database, profile, &store, &moment, options, on);
        self.apply(plan, Some(FROM_LOG), &what);
    }

    fn restore(&mut self, snapshot: &Snapshot, options: RestoreOptions) {
        let of_log = options.tables.is_empty() && options.scope == Scope::Full;
        let what = format!("restores {} with {options:?}", snapshot.name());
        let plan = self.sandbox.plan(snapshot, options);
        let promise = of_log.then(|| self.taken[&snapshot.path].clone());
        self.apply(plan, promise, &what);
    }

    /// Applies a plan. `promise` is what the next start must make; `None` if that is the restored tables.
    fn apply(&mut self, plan: Result<RestorePlan>, promise: Option<Promise>, what: &str) {
        let now = self.next();
        let before = self.promise.clone();
        let (store, safety) = (self.sandbox.store(), Safety::default());
        let applied = plan.and_then(|plan| {
            let begins = plan.begins();
            plan.apply(&store, safety, now, &mut unattended)
                .map(|restored| (restored, begins))
        });
        let (restored, begins) = match applied {
            Ok(applied) => applied,
            Err(error) => {
                let is_expected = matches!(
                    error,
                    Error::AwaitsReplay { .. }
                        | Error::TableChoice { .. }
                        | Error::ForeignKey { .. }
                        | Error::OldIds { .. }
                );
                assert!(is_expected, "{error}");
                return self.record(&format!("{what}: {error}"));
            }
        };
        if let Some(safety_snapshot) = restored.safety_snapshot {
            self.taken.insert(safety_snapshot.path, before);
        }
        self.promise = promise.unwrap_or_else(|| Promise {
            tables: Some(serde_json::from_str(&chat::snapshot(&self.sandbox.app)).unwrap()),
            after: begins,
        });
        // If nothing changed, the newest periodic snapshot may already be the checkpoint.
        if let Some(checkpoint) = restored.checkpoint {
            self.remember(checkpoint);
        }
        self.record(what);
    }

    fn cold_load(&self) -> ColdLoad {
        let (database, store) = (self.sandbox.database(), self.sandbox.store());
        ColdLoad::of(&database, &self.sandbox.profile, &store, &mut unattended).unwrap()
    }

    fn record(&mut self, what: &str) {
        self.history.push(what.to_owned());
    }

    fn below(&mut self, end: u64) -> i64 {
        self.rng.below(end).cast_signed()
    }

    /// What `status` reports about a start that is wrong without any restore.
    fn fit(&self) -> Fit {
        let listed = self.sandbox.list();
        let start = start_of(&listed).expect("a periodic snapshot");
        let contents = Contents::open(&start.path, &mut unattended).unwrap();
        let (database, profile) = (self.sandbox.database(), &self.sandbox.profile);
        Fit::of(&contents, &database, profile, &mut unattended).unwrap()
    }

    /// The promise at the time of the snapshot from which the next start begins.
    fn promise_of_start(&self) -> Promise {
        let listed = self.sandbox.list();
        let start = start_of(&listed).expect("a periodic snapshot");
        self.taken[&start.path].clone()
    }

    /// Starts a copy of the application, and compares its tables with the promise.
    fn check(&mut self) {
        if !self.fit().fits() {
            // `status` reports this, with the remedy.
            self.minute += 1;
            let snapshot = self.sandbox.take(Kind::Periodic, at(self.minute));
            self.remember(snapshot);
            self.record("unrewind takes a periodic snapshot, because the start would be wrong");
        }
        let copy = chat::copy(&self.sandbox.app);
        chat::load_cold(&copy, &self.sandbox.data());
        let promise = if self.rebuilt {
            self.promise_of_start()
        } else {
            self.promise.clone()
        };
        let promised = chat::projected(&self.sandbox.app, promise.tables.as_ref(), promise.after);
        for table in chat::TABLES {
            let sql = format!("SELECT * FROM {table} ORDER BY 1, 2");
            let (started, promised) = (
                Sandbox::rows_of(&copy, &sql),
                Sandbox::rows_of(&promised, &sql),
            );
            assert_eq!(started, promised, "{table}");
        }
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |number| number.parse().unwrap())
}

#[test]
fn every_start_gives_the_promised_tables() {
    let (histories, length) = (
        from_environment("LIVES", 12),
        from_environment("LENGTH", 12),
    );
    let first = from_environment("FIRST", 1);
    for seed in first..first + histories {
        let mut application = Application::new(seed);
        for _ in 0..length {
            application.step();
        }
    }
}

impl Drop for Application {
    /// Prints the history of a failed run.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:#?}", self.history);
        }
    }
}
