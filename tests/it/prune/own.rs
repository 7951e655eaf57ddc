//! The snapshots that restores write displace no others, and are deleted once nothing needs them.

use std::fs;

use chrono::TimeDelta;
use unrewind::core::{Fate, Kind, Label, Origin, PrunePlan, Reason, Scope, Snapshot, unattended};

use super::{newest, within};
use crate::sandbox::{Sandbox, at, now};

/// A chat with five periodic snapshots, restored and undone three times.
fn restored_and_undone() -> (Sandbox, Vec<Snapshot>) {
    let sandbox = Sandbox::new();
    let periodic = (0..5).map(|minute| {
        sandbox.event("Hello?");
        sandbox.take(Kind::Periodic, at(minute))
    });
    let periodic: Vec<Snapshot> = periodic.collect();
    for _ in 0..3 {
        sandbox.restore(&periodic[0], Scope::Full).unwrap();
        sandbox.undo().unwrap();
    }
    (sandbox, periodic)
}

fn of_origin(sandbox: &Sandbox, origin: Origin) -> Vec<Snapshot> {
    let mut listed = sandbox.list();
    listed.retain(|snapshot| snapshot.id.unwrap().origin == origin);
    listed
}

fn deleted(plan: &PrunePlan) -> Vec<String> {
    plan.deleted().map(|one| one.snapshot.name()).collect()
}

#[test]
fn restores_and_undos_displace_no_other_snapshot() {
    let (sandbox, periodic) = restored_and_undone();
    let plan = PrunePlan::by_policy(&sandbox.list(), &sandbox.profile, now());
    assert_eq!(deleted(&plan), [""; 0]);
    assert!(periodic.iter().all(|snapshot| snapshot.path.exists()));
    let places: Vec<Reason> = plan.verdicts.iter().map(|verdict| verdict.reason).collect();
    assert!(places.contains(&Reason::Newest(5)) && !places.contains(&Reason::Newest(6)));
}

#[test]
fn one_checkpoint_is_kept_and_the_application_starts_from_it() {
    let (sandbox, _) = restored_and_undone();
    let checkpoints = of_origin(&sandbox, Origin::Checkpoint);
    assert_eq!(checkpoints.len(), 1);
    assert_eq!(sandbox.list()[1].name(), checkpoints[0].name());
}

#[test]
fn a_checkpoint_is_deleted_once_a_newer_periodic_snapshot_exists() {
    let (sandbox, _) = restored_and_undone();
    let checkpoint = of_origin(&sandbox, Origin::Checkpoint).remove(0);
    let verdict = || {
        let later = now() + TimeDelta::hours(12);
        let plan = PrunePlan::by_retention(&sandbox.list(), Kind::Periodic, newest(50), later);
        let mut verdicts = plan.verdicts.into_iter();
        let verdict = verdicts.find(|verdict| verdict.snapshot.path == checkpoint.path);
        verdict
            .map(|verdict| (verdict.fate, verdict.reason))
            .unwrap()
    };
    assert_eq!(verdict(), (Fate::Keep, Reason::Begins));
    let bytes = fs::read(&checkpoint.path).unwrap();
    sandbox.put(Kind::Periodic, now() + TimeDelta::hours(11), bytes);
    assert_eq!(verdict(), (Fate::Delete, Reason::Outdated));
    let label: Label = "after the storm".parse().unwrap();
    sandbox.store().label(&checkpoint, Some(label)).unwrap();
    assert_eq!(verdict().0, Fate::Keep, "a labelled checkpoint is kept");
}

#[test]
fn a_pinned_or_labelled_checkpoint_survives_the_next_restore() {
    for is_pinned in [true, false] {
        let (sandbox, periodic) = restored_and_undone();
        let before = of_origin(&sandbox, Origin::Checkpoint).remove(0);
        let store = sandbox.store();
        if is_pinned {
            store
                .pin(&before, &sandbox.profile, None, &mut unattended)
                .unwrap();
        } else {
            let label: Label = "after the storm".parse().unwrap();
            store.label(&before, Some(label)).unwrap();
        }
        sandbox.restore(&periodic[1], Scope::Full).unwrap();
        assert!(before.path.exists());
        sandbox.restore(&periodic[2], Scope::Full).unwrap();
        assert_eq!(of_origin(&sandbox, Origin::Checkpoint).len(), 2);
    }
}

#[test]
fn safety_snapshots_are_counted_separately_and_deleted_oldest_first() {
    let (sandbox, _) = restored_and_undone();
    let later = now() + TimeDelta::hours(12);
    let plan = PrunePlan::by_retention(&sandbox.list(), Kind::Rewind, newest(2), later);
    let mut safety = of_origin(&sandbox, Origin::Safety);
    safety.reverse();
    let expected: Vec<String> = safety[..4].iter().rev().map(Snapshot::name).collect();
    assert_eq!(deleted(&plan), expected);
}

#[test]
fn no_safety_snapshot_is_deleted_before_those_that_undo_reaches_later() {
    let (sandbox, periodic) = restored_and_undone();
    for _ in 0..3 {
        sandbox.restore(&periodic[1], Scope::Full).unwrap();
        sandbox.restore(&periodic[2], Scope::Full).unwrap();
    }
    // By its name the second newest is very old, but undo reaches it before all the others.
    let safety = of_origin(&sandbox, Origin::Safety);
    let old = sandbox
        .data()
        .join("snapshots/rewind/20200101T000000Z_safety");
    for end in ["json", "note"] {
        fs::rename(safety[1].path.with_extension(end), old.with_extension(end)).unwrap();
    }
    crate::sandbox::age(&old.with_extension("json"), at(-1_000_000));
    let plan = PrunePlan::by_retention(&sandbox.list(), Kind::Rewind, within(14), now());
    assert_eq!(deleted(&plan), [""; 0]);
}
