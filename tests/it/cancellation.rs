//! How often work reports progress, and so can be cancelled: at most a few milliseconds' worth of bytes lie
//! between two reports, however large the rows are and whatever their order.

use std::{cell::Cell, ops::ControlFlow};

use unrewind::core::{
    Cache, CancellationToken, Contents, Counts, Database, Difference, Error, Kind, OnProgress,
    Progress, RestorePlan, Result, Scope, Side, SparseIndex, take, unattended,
};

use crate::sandbox::{Sandbox, at};

/// The most bytes between two progress reports.
const MOST: u64 = 2 * 1024 * 1024;

/// Twelve megabytes of rows, a few of them large, that are not stored in the order of their keys.
fn large() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 100)
         INSERT INTO bots SELECT 'bot ' || (100 - n), n, hex(zeroblob(30000)), '2021' FROM n;
         WITH n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
         INSERT INTO memories SELECT n, 1, NULL, hex(zeroblob(150)), 0.5, '2021' FROM n",
    );
    sandbox
}

/// Runs `work` to its end and returns how often it reported progress.
#[track_caller]
fn count_reports<T>(work: impl FnOnce(OnProgress<'_>) -> Result<T>) -> u64 {
    let (mut last, mut calls) = (None::<Progress>, 0);
    let done = work(&mut |progress| {
        let begun = last
            .filter(|last| last.stage == progress.stage)
            .map_or(0, |last| last.done);
        let gap = progress.done.saturating_sub(begun);
        assert!(gap <= MOST, "{gap} bytes while {:?}", progress.stage);
        (last, calls) = (Some(progress), calls + 1);
        ControlFlow::Continue(())
    });
    assert!(done.is_ok());
    calls
}

/// Asserts that `work` ends when its progress report number `call` cancels it.
#[track_caller]
fn assert_cancelled_at<T>(call: u64, work: impl FnOnce(OnProgress<'_>) -> Result<T>) {
    let mut calls = 0;
    let result = work(&mut |_| {
        calls += 1;
        if calls == call {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(result, Err(Error::Cancelled)));
    assert_eq!(calls, call);
}

#[test]
fn counting_and_taking_report_progress_every_few_megabytes() {
    let sandbox = large();
    let database = sandbox.database();
    let taking = |on: OnProgress<'_>| {
        take(
            &database,
            &sandbox.profile,
            &sandbox.store(),
            Kind::Rewind,
            at(0),
            on,
        )
    };
    assert!(count_reports(taking) >= 6);
    assert_cancelled_at(3, taking);
    let path = sandbox.store().find("latest").unwrap().path;
    assert!(count_reports(|on| Contents::open(&path, on)) >= 6);
    assert_cancelled_at(3, |on| Contents::open(&path, on));
}

#[test]
fn comparing_and_planning_report_progress_every_few_megabytes() {
    let sandbox = large();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    // The bots are not in the order of their keys; one row out of step makes the comparison sort them.
    sandbox.sql("UPDATE bots SET rowid = rowid + 1000 WHERE id = 'bot 99'");
    let contents = Contents::open(&snapshot.path, &mut unrewind::core::unattended).unwrap();
    let database = sandbox.database();
    let differ = |on: OnProgress<'_>| {
        let (from, to) = (Side::Snapshot(&contents), Side::Live(&database));
        Difference::compute(from, to, &sandbox.profile, Some(&database), &[], on)
    };
    let calls = count_reports(differ);
    // Try only a dozen calls, because each run compares from the beginning.
    let apart = usize::try_from(calls / 12).unwrap().max(1);
    for call in (1..=calls).step_by(apart).chain([calls]) {
        assert_cancelled_at(call, differ);
    }
    let plan = |on: OnProgress<'_>| {
        RestorePlan::compute(
            sandbox.database(),
            &sandbox.profile,
            snapshot.clone(),
            Scope::Full,
            on,
        )
    };
    assert!(count_reports(plan) > calls);
}

/// Long work on a connection that reports no progress.
type Work<'w> = &'w dyn Fn(&Database) -> Result<()>;

#[test]
fn a_cancelled_token_stops_sqlite_on_its_connection_only() {
    let sandbox = large();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE bots SET name = name || '!'");
    let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
    let stop = CancellationToken::default();
    let (read, write) = (sandbox.database(), sandbox.database().stopped_by(&stop));
    let stopped = write.unwrap();
    let profile = &sandbox.profile;
    let count =
        |live: &Database| Counts::of_live(live, profile, &Cache::default(), at(0)).map(drop);
    let compare = |live: &Database| {
        let (from, to) = (Side::Snapshot(&contents), Side::Live(live));
        Difference::compute(from, to, profile, Some(live), &[], &mut unattended).map(drop)
    };
    let minute = Cell::new(1);
    let take = |live: &Database| {
        let (store, now) = (sandbox.store(), at(minute.get()));
        minute.set(minute.get() + 1);
        take(live, profile, &store, Kind::Rewind, now, &mut unattended).map(drop)
    };
    let index =
        |live: &Database| SparseIndex::of(live, profile, "memories", &mut unattended).map(drop);
    let ways: [Work<'_>; 4] = [&count, &compare, &take, &index];
    for way in ways {
        assert!(way(&stopped).is_ok());
    }
    stop.cancel();
    for (number, way) in ways.iter().enumerate() {
        assert!(matches!(way(&stopped), Err(Error::Cancelled)), "{number}");
        assert!(way(&read).is_ok(), "another connection goes on");
    }
}

#[test]
fn a_retired_token_no_longer_stops_its_connection() {
    let sandbox = large();
    let stop = CancellationToken::default();
    let database = sandbox.database().stopped_by(&stop).unwrap();
    stop.retire();
    stop.cancel();
    let counts = Counts::of_live(&database, &sandbox.profile, &Cache::default(), at(0));
    assert_eq!(counts.unwrap().rows("memories"), Some(20_000));
}

#[test]
fn a_cancelled_token_stops_sorting_two_snapshots() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
         INSERT INTO bots SELECT 'bot ' || (9999 - n), n, '', '2021' FROM n",
    );
    let older = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE bots SET name = name || '!'");
    let newer = sandbox.take(Kind::Rewind, at(1));
    let [older, newer] =
        [older, newer].map(|it| Contents::open(&it.path, &mut unattended).unwrap());
    let stop = CancellationToken::default();
    let keyed = sandbox.database().stopped_by(&stop).unwrap();
    let compare = || {
        let (from, to) = (Side::Snapshot(&older), Side::Snapshot(&newer));
        let profile = &sandbox.profile;
        Difference::compute(from, to, profile, Some(&keyed), &[], &mut unattended)
    };
    assert_eq!(compare().unwrap().tables[1].changed, 3001);
    stop.cancel();
    assert!(matches!(compare(), Err(Error::Cancelled)));
}
