//! The watch: what a round does, when the next one runs, and hours of it in simulated time with an application
//! that writes. A submodule runs the program itself.

mod drill;
#[cfg(unix)]
mod hooks;
#[cfg(unix)]
mod many;
#[cfg(unix)]
pub mod program;
#[cfg(target_os = "linux")]
mod service;
mod simulation;

use std::{fs, ops::ControlFlow};

use chrono::{DateTime, TimeDelta, Utc};
use unrewind::core::{
    Error, Kind, Progress, Reason, Round, Stage, Step, Wakeup, Watch, WatchAct, WatchNews,
    unattended,
};

use crate::sandbox::{Sandbox, age, at};

fn watch(sandbox: &Sandbox, now: DateTime<Utc>) -> Watch {
    Watch::begin(sandbox.profile.clone(), sandbox.store(), now).unwrap()
}

fn run(sandbox: &Sandbox, watch: &mut Watch, now: DateTime<Utc>) -> Round {
    watch.run(|| Ok(sandbox.database()), now, &mut unattended)
}

/// What a round did, as text.
fn acts(round: &Round) -> Vec<String> {
    let word = |act: &WatchAct| match act {
        WatchAct::Took { snapshot, .. } => format!("took {}", snapshot.name()),
        WatchAct::Pruned { snapshot, reason } => format!("pruned {}: {reason:?}", snapshot.name()),
        WatchAct::Lost(lost) => format!("lost {:?}", lost.tables),
        WatchAct::Rewound { rewind, .. } => format!("rewound {}", rewind.events),
    };
    round.acts.iter().map(word).collect()
}

pub fn events(sandbox: &Sandbox, count: usize) {
    for _ in 0..count {
        sandbox.event("Hello?");
    }
}

#[test]
fn a_round_takes_what_is_due_and_prunes_both_kinds() {
    let sandbox = Sandbox::new();
    for minute in 0..6 {
        sandbox.take(Kind::Rewind, at(minute));
    }
    for minute in 0..5 {
        let taken = sandbox.try_take(Kind::Periodic, at(minute)).unwrap();
        age(&taken.path, at(minute));
    }
    let mut watch = watch(&sandbox, at(5));
    assert_eq!(acts(&run(&sandbox, &mut watch, at(5))), [""; 0]);
    events(&sandbox, 100);
    let fortnight = at(3) + TimeDelta::days(14);
    assert_eq!(
        acts(&run(&sandbox, &mut watch, fortnight)),
        [
            "pruned rewind/20210314T120000Z: TooOld(1209600s)",
            "pruned rewind/20210314T120100Z: TooOld(1209600s)",
            "pruned rewind/20210314T120200Z: TooOld(1209600s)",
            "took periodic/20210328T120300Z",
            "pruned periodic/20210314T120000Z: TooMany(5)",
        ]
    );
    assert_eq!(sandbox.list().len(), 8);
}

#[test]
fn the_next_round_is_when_a_snapshot_gets_due_or_too_old() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(10));
    let mut watch = watch(&sandbox, at(20));
    let at_20 = run(&sandbox, &mut watch, at(20));
    assert_eq!(at_20.outcome.unwrap(), Some(at(40)));
    let rewind = sandbox.take(
        Kind::Rewind,
        at(0) - TimeDelta::days(14) + TimeDelta::minutes(30),
    );
    let at_20 = run(&sandbox, &mut watch, at(20));
    let too_old = at_20.outcome.unwrap().unwrap();
    assert!(
        run(&sandbox, &mut watch, too_old - TimeDelta::milliseconds(1))
            .acts
            .is_empty()
    );
    let gone = run(&sandbox, &mut watch, too_old);
    assert!(
        matches!(&gone.acts[..], [WatchAct::Pruned { snapshot, reason: Reason::TooOld(_) }] if *snapshot == rewind)
    );
}

#[test]
fn the_next_round_is_when_a_future_stamp_is_reached() {
    let sandbox = Sandbox::with_schema(crate::chat::SCHEMA);
    let ahead = sandbox.take(Kind::Rewind, at(15));
    age(&ahead.path, at(0));
    let mut watch = watch(&sandbox, at(10));
    let round = run(&sandbox, &mut watch, at(10));
    assert_eq!(round.outcome.unwrap(), Some(at(15)));
}

#[test]
fn a_watch_names_a_snapshot_after_one_ahead_of_the_clock() {
    let sandbox = Sandbox::new();
    let tomorrow = at(24 * 60);
    sandbox.take(Kind::Periodic, tomorrow);
    events(&sandbox, 100);
    let mut watch = watch(&sandbox, at(0));
    let round = run(&sandbox, &mut watch, at(0));
    round.outcome.as_ref().unwrap();
    assert_eq!(acts(&round), ["took periodic/20210315T120001Z"]);
    let [
        WatchAct::Took {
            ahead: Some(ahead), ..
        },
    ] = &round.acts[..]
    else {
        panic!("{:?}", round.acts);
    };
    assert_eq!(ahead.forced_by.stamp.time(), tomorrow);
}

#[test]
fn nothing_is_deleted_while_live_cannot_be_read() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    sandbox.take(Kind::Rewind, at(1));
    let later = at(0) + TimeDelta::days(100);
    let mut watch = watch(&sandbox, later);
    let path = sandbox.db();
    let gone = watch.run(|| Err(Error::NoDatabase { path }), later, &mut unattended);
    assert!(gone.acts.is_empty());
    assert!(matches!(gone.outcome, Err(Error::NoDatabase { .. })));
    assert_eq!(sandbox.list().len(), 2);
}

#[test]
fn a_stopped_take_leaves_nothing() {
    let sandbox = Sandbox::new();
    sandbox.sql("BEGIN");
    events(&sandbox, 1500);
    sandbox.sql("COMMIT");
    let mut watch = watch(&sandbox, at(0));
    let mut stop = |progress: Progress| {
        assert_eq!(progress.stage, Stage::Writing);
        ControlFlow::Break(())
    };
    let round = watch.run(|| Ok(sandbox.database()), at(0), &mut stop);
    assert!(matches!(round.outcome, Err(Error::Cancelled)));
    assert!(round.acts.is_empty());
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn a_snapshot_that_cannot_be_deleted_does_not_block_others() {
    let sandbox = Sandbox::new();
    let oldest = sandbox.take(Kind::Rewind, at(0));
    sandbox.take(Kind::Rewind, at(1));
    let later = at(0) + TimeDelta::days(15);
    sandbox.take(Kind::Periodic, later);
    let mut watch = watch(&sandbox, later);
    let mut change_oldest = |progress: Progress| {
        if progress.stage == Stage::Deleting {
            age(&oldest.path, at(2));
        }
        ControlFlow::Continue(())
    };
    let round = watch.run(|| Ok(sandbox.database()), later, &mut change_oldest);
    let pruned = "pruned rewind/20210314T120100Z: TooOld(1209600s)";
    assert_eq!(acts(&round), [pruned]);
    assert!(matches!(round.outcome, Err(Error::Stale { .. })));
}

#[test]
fn with_wrong_file_times_a_snapshot_is_still_taken_only_every_thirty_minutes() {
    let sandbox = Sandbox::new();
    let mut watch = watch(&sandbox, at(0));
    let mut took = 0;
    for minute in 0..=60 {
        let round = run(&sandbox, &mut watch, at(minute));
        for snapshot in sandbox.list() {
            age(&snapshot.path, at(minute) - TimeDelta::hours(5));
        }
        took += round.acts.len();
        let calls = round.outcome.unwrap().unwrap();
        assert!(calls > at(minute), "{calls}");
    }
    assert_eq!(took, 3);
}

#[test]
fn a_folder_has_at_most_one_watch() {
    let sandbox = Sandbox::new();
    let first = watch(&sandbox, at(0));
    let begin = || Watch::begin(sandbox.profile.clone(), sandbox.store(), at(0));
    let me = std::process::id();
    let refused = begin().unwrap_err();
    assert!(matches!(refused, Error::Watched { pid: Some(pid), .. } if pid == me));
    // A refused watch does not take the lock from the first.
    assert!(matches!(begin(), Err(Error::Watched { .. })));
    drop(first);
    drop(begin().unwrap());
    assert_eq!(
        fs::read_dir(sandbox.data().join("snapshots"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
#[cfg_attr(windows, ignore = "Windows deletes no folder with an open file")]
fn a_replaced_folder_again_has_at_most_one_watch() {
    let sandbox = Sandbox::new();
    let mut first = watch(&sandbox, at(0));
    let snapshots = sandbox.data().join("snapshots");
    fs::rename(&snapshots, sandbox.path().join("away")).unwrap();
    assert_eq!(
        acts(&run(&sandbox, &mut first, at(0))),
        ["took periodic/20210314T120000Z"]
    );
    let second = Watch::begin(sandbox.profile.clone(), sandbox.store(), at(1));
    assert!(matches!(second, Err(Error::Watched { .. })));
    fs::remove_dir_all(&snapshots).unwrap();
    let second = watch(&sandbox, at(1));
    let refused = run(&sandbox, &mut first, at(1));
    assert!(matches!(refused.outcome, Err(Error::Watched { .. })));
    assert!(refused.acts.is_empty());
    drop(second);
    assert_eq!(run(&sandbox, &mut first, at(2)).acts.len(), 1);
}

/// A round with this outcome.
fn round(outcome: Result<Option<DateTime<Utc>>, Error>) -> Round {
    Round {
        acts: Vec::new(),
        outcome,
        is_stale: false,
    }
}

fn locked() -> Round {
    round(Err(Error::Locked {
        path: "chat.db".into(),
        waited: std::time::Duration::ZERO,
    }))
}

#[test]
fn the_watch_sleeps_until_there_is_something_to_do() {
    let sandbox = Sandbox::new();
    let now = at(0);
    let mut watch = watch(&sandbox, now);
    let seconds = |seconds: i64| now + TimeDelta::seconds(seconds);
    let sleep = |seconds: u64| Step::Sleep(std::time::Duration::from_secs(seconds));
    assert_eq!(watch.step(now, Wakeup::Timer), Step::Run);
    watch.finished(&round(Ok(Some(seconds(40)))), now, now);
    assert_eq!(watch.step(now, Wakeup::Timer), sleep(40));
    assert_eq!(watch.step(seconds(39), Wakeup::Timer), sleep(1));
    assert_eq!(watch.step(seconds(40), Wakeup::Timer), Step::Run);
    // Even with nothing to do for long, the watch wakes up once a minute, for unreported changes.
    watch.finished(&round(Ok(None)), now, now);
    assert_eq!(watch.step(now, Wakeup::Timer), sleep(60));
    watch.finished(&round(Ok(Some(seconds(9000)))), now, now);
    assert_eq!(watch.step(now, Wakeup::Timer), sleep(60));
    // A change starts a round, but not without a pause.
    assert_eq!(watch.step(now, Wakeup::Change), sleep(1));
    assert_eq!(watch.step(seconds(1), Wakeup::Timer), Step::Run);
    // A long round is followed by a longer pause.
    watch.finished(&round(Ok(None)), now, seconds(3));
    assert_eq!(watch.step(seconds(3), Wakeup::Change), sleep(27));
    // A clock set back does not prolong the sleep.
    assert_eq!(
        watch.step(now - TimeDelta::days(1), Wakeup::Timer),
        Step::Run
    );
}

#[test]
fn rounds_that_fail_become_rarer_despite_changes() {
    let sandbox = Sandbox::new();
    let now = at(0);
    let mut watch = watch(&sandbox, now);
    let mut waits = Vec::new();
    for _ in 0..8 {
        watch.finished(&locked(), now, now);
        if let Step::Sleep(wait) = watch.step(now, Wakeup::Change) {
            waits.push(wait.as_secs());
        }
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
    watch.finished(&round(Ok(None)), now, now);
    watch.finished(&locked(), now, now);
    let two = std::time::Duration::from_secs(2);
    assert_eq!(watch.step(now, Wakeup::Change), Step::Sleep(two));
}

#[test]
fn a_failure_is_reported_once_an_hour_and_its_end_once() {
    let sandbox = Sandbox::new();
    let mut watch = watch(&sandbox, at(0));
    let mut finish = |round: &Round, minute: i64| watch.finished(round, at(minute), at(minute));
    assert_eq!(finish(&locked(), 0), Some(WatchNews::Failed));
    assert_eq!(finish(&locked(), 1), None);
    let gone = round(Err(Error::NoDatabase {
        path: "chat.db".into(),
    }));
    assert_eq!(finish(&gone, 2), Some(WatchNews::Failed));
    assert_eq!(finish(&locked(), 3), None);
    let well = round(Ok(None));
    assert_eq!(
        finish(&well, 12),
        Some(WatchNews::Recovered(TimeDelta::minutes(12)))
    );
    assert_eq!(finish(&well, 13), None);
    // Frequent failures in turn are not reported each time.
    for minute in 14..60 {
        assert_eq!(finish(&locked(), minute), None);
        assert_eq!(finish(&well, minute), None);
    }
    assert_eq!(finish(&locked(), 60), Some(WatchNews::Failed));
    assert_eq!(finish(&locked(), 119), None);
    assert_eq!(finish(&locked(), 120), Some(WatchNews::Failed));
}
