//! Looking after a data folder: what a watch does at a moment, when it looks, and hours of it in
//! simulated time with an application that writes. Its part runs the program itself.

#[cfg(unix)]
mod program;
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

/// What a look did, in words.
fn acts(round: &Round) -> Vec<String> {
    let word = |act: &WatchAct| match act {
        WatchAct::Took { snapshot, .. } => format!("took {}", snapshot.name()),
        WatchAct::Pruned { snapshot, reason } => format!("pruned {}: {reason:?}", snapshot.name()),
        WatchAct::Lost(lost) => format!("lost {:?}", lost.tables),
    };
    round.acts.iter().map(word).collect()
}

fn events(sandbox: &Sandbox, count: usize) {
    for _ in 0..count {
        sandbox.event("Hello?");
    }
}

#[test]
fn a_look_takes_what_is_due_and_prunes_both_kinds() {
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
fn the_next_look_is_when_one_gets_due_or_too_old() {
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
fn a_stamp_of_the_future_is_looked_at_again_when_it_has_come() {
    let sandbox = Sandbox::with_schema(crate::chat::SCHEMA);
    let ahead = sandbox.take(Kind::Rewind, at(15));
    age(&ahead.path, at(0));
    let mut watch = watch(&sandbox, at(10));
    let round = run(&sandbox, &mut watch, at(10));
    assert_eq!(round.outcome.unwrap(), Some(at(15)));
}

#[test]
fn while_live_cannot_be_read_nothing_is_deleted() {
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
fn a_take_that_is_stopped_leaves_nothing() {
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
fn one_that_cannot_be_deleted_keeps_no_other_from_it() {
    let sandbox = Sandbox::new();
    let oldest = sandbox.take(Kind::Rewind, at(0));
    sandbox.take(Kind::Rewind, at(1));
    let later = at(0) + TimeDelta::days(15);
    sandbox.take(Kind::Periodic, later);
    let mut watch = watch(&sandbox, later);
    let mut writes_oldest = |progress: Progress| {
        if progress.stage == Stage::Deleting {
            age(&oldest.path, at(2));
        }
        ControlFlow::Continue(())
    };
    let round = watch.run(|| Ok(sandbox.database()), later, &mut writes_oldest);
    let pruned = "pruned rewind/20210314T120100Z: TooOld(1209600s)";
    assert_eq!(acts(&round), [pruned]);
    assert!(matches!(round.outcome, Err(Error::Stale { .. })));
}

#[test]
fn where_new_files_are_old_at_once_there_is_still_one_in_thirty_minutes() {
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
fn there_is_one_watch_for_a_folder() {
    let sandbox = Sandbox::new();
    let first = watch(&sandbox, at(0));
    let begin = || Watch::begin(sandbox.profile.clone(), sandbox.store(), at(0));
    let me = std::process::id();
    let refused = begin().unwrap_err();
    assert!(matches!(refused, Error::Watched { pid: Some(pid), .. } if pid == me));
    // A refusal takes nothing from the first.
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
fn a_folder_that_was_replaced_is_looked_after_again_by_one() {
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

/// How a look ended.
fn ended(outcome: Result<Option<DateTime<Utc>>, Error>) -> Round {
    Round {
        acts: Vec::new(),
        outcome,
    }
}

fn locked() -> Round {
    ended(Err(Error::Locked {
        path: "chat.db".into(),
        waited: std::time::Duration::ZERO,
    }))
}

#[test]
fn a_watch_sleeps_until_there_is_something_to_do() {
    let sandbox = Sandbox::new();
    let now = at(0);
    let mut watch = watch(&sandbox, now);
    let seconds = |seconds: i64| now + TimeDelta::seconds(seconds);
    let sleep = |seconds: u64| Step::Sleep(std::time::Duration::from_secs(seconds));
    assert_eq!(watch.step(now, Wakeup::Timer), Step::Run);
    watch.finished(&ended(Ok(Some(seconds(40)))), now, now);
    assert_eq!(watch.step(now, Wakeup::Timer), sleep(40));
    assert_eq!(watch.step(seconds(39), Wakeup::Timer), sleep(1));
    assert_eq!(watch.step(seconds(40), Wakeup::Timer), Step::Run);
    // Nothing to do for long, or at no time: what nobody tells of is still seen.
    watch.finished(&ended(Ok(None)), now, now);
    assert_eq!(watch.step(now, Wakeup::Timer), sleep(60));
    watch.finished(&ended(Ok(Some(seconds(9000)))), now, now);
    assert_eq!(watch.step(now, Wakeup::Timer), sleep(60));
    // A change is looked at, but not without a pause.
    assert_eq!(watch.step(now, Wakeup::Change), sleep(1));
    assert_eq!(watch.step(seconds(1), Wakeup::Timer), Step::Run);
    // A look that took long is rested from.
    watch.finished(&ended(Ok(None)), now, seconds(3));
    assert_eq!(watch.step(seconds(3), Wakeup::Change), sleep(27));
    // A clock that was set back keeps nobody asleep.
    assert_eq!(
        watch.step(now - TimeDelta::days(1), Wakeup::Timer),
        Step::Run
    );
}

#[test]
fn looks_that_fail_get_rare_whatever_is_heard() {
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
    watch.finished(&ended(Ok(None)), now, now);
    watch.finished(&locked(), now, now);
    let two = std::time::Duration::from_secs(2);
    assert_eq!(watch.step(now, Wakeup::Change), Step::Sleep(two));
}

#[test]
fn a_trouble_is_told_once_an_hour_and_that_it_is_over_once() {
    let sandbox = Sandbox::new();
    let mut watch = watch(&sandbox, at(0));
    let mut finish = |round: &Round, minute: i64| watch.finished(round, at(minute), at(minute));
    assert_eq!(finish(&locked(), 0), Some(WatchNews::Failed));
    assert_eq!(finish(&locked(), 1), None);
    let gone = ended(Err(Error::NoDatabase {
        path: "chat.db".into(),
    }));
    assert_eq!(finish(&gone, 2), Some(WatchNews::Failed));
    assert_eq!(finish(&locked(), 3), None);
    let well = ended(Ok(None));
    assert_eq!(
        finish(&well, 12),
        Some(WatchNews::Recovered(TimeDelta::minutes(12)))
    );
    assert_eq!(finish(&well, 13), None);
    // One that comes and goes makes no flood.
    for minute in 14..60 {
        assert_eq!(finish(&locked(), minute), None);
        assert_eq!(finish(&well, minute), None);
    }
    assert_eq!(finish(&locked(), 60), Some(WatchNews::Failed));
    assert_eq!(finish(&locked(), 119), None);
    assert_eq!(finish(&locked(), 120), Some(WatchNews::Failed));
}
