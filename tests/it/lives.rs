//! Random lives of an application that writes, rewinds, takes snapshots and starts anew, with every kind of
//! restore in between. Whatever happened, its next start gives the tables that its active events make; or,
//! of a restore in which the event log took no part, the restored tables and what came after them.
//!
//! `LIVES=300 LENGTH=12 cargo test --test it lives::` lives more and longer ones.

use std::{collections::HashMap, path::PathBuf};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use unrewind::core::{
    ColdLoad, Contents, Error, Fit, Kind, Newer, Replay, RestoreOptions, RestorePlan, Result,
    Safety, Scope, Snapshot, find_rewind, rewinds, start_of, unattended,
};

use crate::{
    chat,
    rng::Rng,
    sandbox::{Sandbox, at},
};

/// Tables, and the event after which the log is replayed over them.
#[derive(Clone)]
struct Promise {
    tables: Option<Json>,
    after: i64,
}

/// The tables that all active events make.
const OF_LOG: Promise = Promise {
    tables: None,
    after: 0,
};

struct Life {
    sandbox: Sandbox,
    rng: Rng,
    minute: i64,
    /// What the tables are made of, and the next start is to make.
    promise: Promise,
    /// The application has made its tables anew since, of the log alone, and its start does not.
    strayed: bool,
    /// What it was to give when a snapshot was taken.
    taken: HashMap<PathBuf, Promise>,
    /// What was done, for whom it goes wrong.
    story: Vec<String>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut life = Self {
            sandbox: Sandbox::new(),
            rng: Rng::of(seed),
            minute: 0,
            promise: OF_LOG,
            strayed: false,
            taken: HashMap::new(),
            story: vec![format!("seed {seed}")],
        };
        life.write();
        life.service_takes(Kind::Periodic);
        life
    }

    fn next(&mut self) -> DateTime<Utc> {
        self.minute += 1;
        at(self.minute)
    }

    fn live_one_step(&mut self) {
        match self.rng.below(16) {
            0..=3 => self.write(),
            4 | 5 => self.rewind(),
            6 => self.service_takes(Kind::Periodic),
            7 => self.service_takes(Kind::Rewind),
            8 => self.takes(),
            9 => self.starts(),
            10 => self.recovers(Newer::Drop),
            11 => self.recovers(Newer::Keep),
            12 | 13 => self.restores(),
            _ => self.undoes(),
        }
        self.check();
    }

    /// What the application does while it runs; after a restore that left events to replay it starts anew
    /// first, as the plan says.
    fn runs(&mut self) {
        if matches!(self.cold_load().replay, Replay::Awaited { .. }) {
            self.starts();
        }
    }

    fn write(&mut self) {
        self.runs();
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
        self.tell("writes");
    }

    fn rewind(&mut self) {
        self.runs();
        let last: i64 = self.sandbox.rows("SELECT max(id) FROM event_log")[0]
            .parse()
            .unwrap();
        let to = (last - 1 - self.below(6)).max(2);
        self.service_takes(Kind::Rewind);
        chat::rewind(&self.sandbox.app, to);
        // It makes the tables anew of all that is left.
        self.strayed |= self.promise.tables.is_some();
        self.promise = OF_LOG;
        self.tell(&format!("rewinds to {to}"));
    }

    fn service_takes(&mut self, kind: Kind) {
        self.runs();
        let stamp = self.next();
        let bytes = chat::snapshot(&self.sandbox.app);
        let snapshot = self.sandbox.put(kind, stamp, bytes);
        self.took(snapshot);
        self.tell(&format!("the service takes a {kind} snapshot"));
    }

    fn takes(&mut self) {
        let kind = self.rng.one_of(&Kind::ALL);
        let stamp = self.next();
        let snapshot = self.sandbox.take(kind, stamp);
        self.took(snapshot);
        self.tell(&format!("unrewind takes a {kind} snapshot"));
    }

    fn took(&mut self, snapshot: Snapshot) {
        self.strayed &= snapshot.kind() != Some(Kind::Periodic);
        self.taken.insert(snapshot.path, self.promise.clone());
    }

    fn starts(&mut self) {
        chat::load_cold(&self.sandbox.app, &self.sandbox.data());
        self.promise = self.at_start();
        self.strayed = false;
        self.tell("starts anew");
    }

    fn recovers(&mut self, newer: Newer) {
        let database = self.sandbox.database();
        let candidates = rewinds(&self.sandbox.list());
        let found = find_rewind(
            &database,
            &self.sandbox.profile,
            &candidates,
            &mut unattended,
        );
        let Some(rewind) = found.unwrap().rewind.filter(|rewind| !rewind.is_settled) else {
            return;
        };
        let options = RestoreOptions {
            newer,
            ..RestoreOptions::default()
        };
        self.restore(&rewind.snapshot, options);
    }

    fn restores(&mut self) {
        let listed = self.sandbox.list();
        let which = usize::try_from(self.rng.below(listed.len() as u64)).unwrap();
        let mut options = RestoreOptions::default();
        match self.rng.below(5) {
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

    fn undoes(&mut self) {
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
        let plan = RestorePlan::of_step(database, profile, &step, &mut unattended);
        self.apply(plan, &step.snapshot, step.note.log, &what);
    }

    fn restore(&mut self, snapshot: &Snapshot, options: RestoreOptions) {
        let of_log = options.tables.is_empty() && options.scope == Scope::Full;
        let what = format!("restores {} with {options:?}", snapshot.name());
        let plan = self.sandbox.plan(snapshot, options);
        self.apply(plan, snapshot, of_log, &what);
    }

    fn apply(&mut self, plan: Result<RestorePlan>, snapshot: &Snapshot, of_log: bool, what: &str) {
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
                let may = matches!(
                    error,
                    Error::AwaitsReplay { .. }
                        | Error::TableChoice { .. }
                        | Error::ForeignKey { .. }
                        | Error::OldIds { .. }
                );
                assert!(may, "{error}");
                return self.tell(&format!("{what}: {error}"));
            }
        };
        if let Some(safety_snapshot) = restored.safety_snapshot {
            self.taken.insert(safety_snapshot.path, before);
        }
        self.promise = if of_log {
            self.taken[&snapshot.path].clone()
        } else {
            Promise {
                tables: Some(serde_json::from_str(&chat::snapshot(&self.sandbox.app)).unwrap()),
                after: begins,
            }
        };
        // Where nothing changed, the newest periodic snapshot may be the checkpoint already.
        if let Some(checkpoint) = restored.checkpoint {
            self.took(checkpoint);
        }
        self.tell(what);
    }

    fn cold_load(&self) -> ColdLoad {
        let (database, store) = (self.sandbox.database(), self.sandbox.store());
        ColdLoad::of(&database, &self.sandbox.profile, &store, &mut unattended).unwrap()
    }

    fn tell(&mut self, what: &str) {
        self.story.push(what.to_owned());
    }

    fn below(&mut self, end: u64) -> i64 {
        self.rng.below(end).cast_signed()
    }

    /// What a start that is wrong without any restore is said to bring and to lack.
    fn fit(&self) -> Fit {
        let listed = self.sandbox.list();
        let start = start_of(&listed).expect("there is a periodic snapshot");
        let contents = Contents::open(&start.path, &mut unattended).unwrap();
        let (database, profile) = (self.sandbox.database(), &self.sandbox.profile);
        Fit::of(&contents, &database, profile, &mut unattended).unwrap()
    }

    /// What the tables were made of when the snapshot was taken from which the next start begins.
    fn at_start(&self) -> Promise {
        let listed = self.sandbox.list();
        let start = start_of(&listed).expect("there is a periodic snapshot");
        self.taken[&start.path].clone()
    }

    /// Starts a copy of the application, and compares its tables with what was promised.
    fn check(&mut self) {
        if !self.fit().fits() {
            // So it is said, and what to do.
            self.minute += 1;
            let snapshot = self.sandbox.take(Kind::Periodic, at(self.minute));
            self.took(snapshot);
            self.tell("unrewind takes a periodic snapshot, because the start would be wrong");
        }
        let copy = chat::copy(&self.sandbox.app);
        chat::load_cold(&copy, &self.sandbox.data());
        let promise = if self.strayed {
            self.at_start()
        } else {
            self.promise.clone()
        };
        let promised = chat::made(&self.sandbox.app, promise.tables.as_ref(), promise.after);
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

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().unwrap())
}

#[test]
fn every_next_start_gives_what_was_promised() {
    let (lives, length) = (
        from_environment("LIVES", 12),
        from_environment("LENGTH", 12),
    );
    let first = from_environment("FIRST", 1);
    for seed in first..first + lives {
        let mut life = Life::new(seed);
        for _ in 0..length {
            life.live_one_step();
        }
    }
}

impl Drop for Life {
    /// A life that went wrong says how it came to that.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:#?}", self.story);
        }
    }
}
