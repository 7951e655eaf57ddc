//! The drill of a watch: when it verifies, and which snapshots.

use std::{fs, time::Duration};

use chrono::TimeDelta;
use unrewind::core::{Depth, Kind, Snapshot, Wakeup, Watch, Workspace};

use crate::sandbox::{Sandbox, at};

const DAY: Duration = Duration::from_hours(24);

fn names(snapshots: &[Snapshot]) -> Vec<String> {
    snapshots.iter().map(Snapshot::name).collect()
}

/// Verifies these deeply, as the thread of a watch does.
fn verify(sandbox: &Sandbox, snapshots: &[Snapshot], minute: i64) {
    let workspace = Workspace::builder(sandbox.data()).profile(sandbox.profile.clone());
    let workspace = workspace.build();
    for snapshot in snapshots {
        let found = workspace.verify(snapshot, Depth::Deep).unwrap();
        assert_eq!(found.problem, None);
        found.remember(snapshot, at(minute)).unwrap();
    }
}

#[test]
fn the_newest_and_the_one_verified_longest_ago_have_their_turn_each_day() {
    let sandbox = Sandbox::new();
    for minute in 0..3 {
        sandbox.event("Hello?");
        sandbox.take(Kind::Rewind, at(minute));
    }
    let begin = |minute| {
        let watch = Watch::begin(sandbox.profile.clone(), sandbox.store(), at(minute)).unwrap();
        watch.with_drill(DAY, at(minute))
    };
    let mut watch = begin(10);
    assert_eq!(names(&watch.drill(at(14))), [""; 0], "not yet at rest");
    watch.step(at(14), Wakeup::Change);
    assert_eq!(names(&watch.drill(at(18))), [""; 0], "it has changed since");
    let first = watch.drill(at(19));
    assert_eq!(
        names(&first),
        ["rewind/20210314T120200Z", "rewind/20210314T120100Z"]
    );
    verify(&sandbox, &first, 19);
    assert_eq!(names(&watch.drill(at(600))), [""; 0], "it was done today");
    drop(watch);
    // Another watch knows from the notes.
    let mut watch = begin(600);
    assert_eq!(names(&watch.drill(at(700))), [""; 0]);
    let tomorrow = watch.drill(at(19 + 24 * 60));
    assert_eq!(
        names(&tomorrow),
        ["rewind/20210314T120200Z", "rewind/20210314T120000Z"]
    );
}

#[test]
fn an_overdue_drill_does_not_wait_for_rest() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let watch = Watch::begin(sandbox.profile.clone(), sandbox.store(), at(0)).unwrap();
    let mut watch = watch.with_drill(DAY, at(0));
    assert_eq!(watch.drill(at(10)), [taken]);
    for (hours, is_done) in [(30, false), (49, true)] {
        let now = at(10) + TimeDelta::hours(hours);
        watch.step(now, Wakeup::Change);
        assert_eq!(!watch.drill(now).is_empty(), is_done, "{hours}");
    }
}

#[test]
fn without_a_drill_or_a_snapshot_nothing_is_verified() {
    let sandbox = Sandbox::new();
    let begin = || Watch::begin(sandbox.profile.clone(), sandbox.store(), at(0)).unwrap();
    let mut watch = begin().with_drill(DAY, at(0));
    assert_eq!(watch.drill(at(600)), []);
    drop(watch);
    sandbox.take(Kind::Rewind, at(0));
    let mut watch = begin().with_drill(Duration::ZERO, at(0));
    assert_eq!(watch.drill(at(6000)), []);
    assert!(fs::exists(sandbox.data().join("snapshots")).unwrap());
}
