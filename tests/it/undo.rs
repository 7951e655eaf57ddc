//! Undoing a restore: the newest guard is restored, which can itself be undone, any number of times.

use std::fs;

use chrono::TimeDelta;
use unrewind::core::{
    Kind, Newer, PrunePlan, RestoreOptions, Safety, Scope, Snapshot, guards, unattended,
};

use crate::sandbox::{Dump, Sandbox, at, now};

/// A chat of which a snapshot was taken, and which then went on.
fn went_on() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night, then.");
    sandbox.sql("UPDATE memories SET text = 'The lighthouse has 240 steps.'; UPDATE event_log SET hidden = 1 WHERE id = 2");
    (sandbox, snapshot)
}

/// A chat that was brought back: what it was before, and what it is.
fn brought_back() -> (Sandbox, [Dump; 2]) {
    let (sandbox, snapshot) = went_on();
    let before = sandbox.dump();
    bring_back(&sandbox, &snapshot);
    let restored = sandbox.dump();
    assert_ne!(restored, before);
    (sandbox, [before, restored])
}

/// Restores the snapshot; the guard.
fn bring_back(sandbox: &Sandbox, snapshot: &Snapshot) -> Snapshot {
    let restored = sandbox.restore(snapshot, Scope::Full).unwrap();
    restored.guard.expect("something changed")
}

fn guard(sandbox: &Sandbox) -> Snapshot {
    guards(&sandbox.list()).next().expect("a guard").clone()
}

#[track_caller]
fn undo(sandbox: &Sandbox) {
    let guard = guard(sandbox);
    let restored = sandbox.restore(&guard, Scope::Full).unwrap();
    let note = restored.guard.expect("undo can be undone").note;
    assert_eq!(note.guards, Some(guard.name()));
}

#[test]
fn undo_can_be_undone_any_number_of_times() {
    let (sandbox, [before, restored]) = brought_back();
    for _ in 0..4 {
        undo(&sandbox);
        assert_eq!(sandbox.dump(), before);
        undo(&sandbox);
        assert_eq!(sandbox.dump(), restored);
    }
}

#[test]
fn every_form_of_restore_can_be_undone() {
    let some_tables = RestoreOptions {
        tables: vec!["memories".to_owned()],
        ..RestoreOptions::default()
    };
    let keep_newer = RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    };
    for options in [
        Scope::Full.into(),
        Scope::Tables.into(),
        keep_newer,
        some_tables,
    ] {
        let (sandbox, snapshot) = went_on();
        let before = sandbox.dump();
        sandbox.restore(&snapshot, options.clone()).unwrap();
        let restored = sandbox.dump();
        assert_ne!(restored, before, "{options:?}");
        undo(&sandbox);
        assert_eq!(sandbox.dump(), before, "{options:?}");
        undo(&sandbox);
        assert_eq!(sandbox.dump(), restored, "{options:?}");
    }
}

#[test]
fn what_was_written_after_the_restore_is_in_the_next_guard() {
    let (sandbox, snapshot) = went_on();
    let before = sandbox.dump();
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    sandbox.event("Is anybody there?");
    let later = sandbox.dump();
    undo(&sandbox);
    assert_eq!(sandbox.dump(), before);
    undo(&sandbox);
    assert_eq!(sandbox.dump(), later);
}

#[test]
fn a_snapshot_that_guards_nothing_is_not_undone() {
    let (sandbox, snapshot) = went_on();
    let guarded = bring_back(&sandbox, &snapshot);
    sandbox.take(Kind::Rewind, now() + TimeDelta::hours(5));
    sandbox.take(Kind::Periodic, now() + TimeDelta::hours(6));
    assert_eq!(guard(&sandbox), guarded);
}

#[test]
fn a_restore_that_changes_nothing_leaves_the_last_guard_the_newest() {
    let (sandbox, snapshot) = went_on();
    let guarded = bring_back(&sandbox, &snapshot);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(guard(&sandbox), guarded);
}

#[test]
fn a_restore_that_is_refused_leaves_the_last_guard_the_newest() {
    let (sandbox, snapshot) = went_on();
    let guarded = bring_back(&sandbox, &snapshot);
    sandbox.event("Is anybody there?");
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    sandbox.event("Hello?");
    let later = now() + TimeDelta::hours(7);
    plan.apply(&sandbox.store(), Safety::default(), later, &mut unattended)
        .unwrap_err();
    assert_eq!(guard(&sandbox), guarded);
    undo(&sandbox);
}

#[test]
fn the_note_beside_a_guard_says_what_it_guards() {
    let (sandbox, snapshot) = went_on();
    let guard = bring_back(&sandbox, &snapshot);
    let note = fs::read(guard.path.with_extension("note")).unwrap();
    let note: serde_json::Value = serde_json::from_slice(&note).unwrap();
    assert_eq!(note["guards"], "rewind/20210314T120000Z");
}

#[test]
fn the_newest_guard_survives_every_pruning() {
    let (sandbox, [before, restored]) = brought_back();
    undo(&sandbox);
    undo(&sandbox);
    let newest = guard(&sandbox);
    let much_later = now() + TimeDelta::days(4000);
    let plan = PrunePlan::by_policy(&sandbox.list(), &sandbox.profile, much_later);
    plan.apply(&mut unattended).unwrap();
    let listed = sandbox.list().into_iter();
    assert_eq!(
        listed.filter(Snapshot::is_guard).collect::<Vec<_>>(),
        [newest]
    );
    undo(&sandbox);
    assert_eq!(sandbox.dump(), before);
    let ran = sandbox.run(&[
        "prune", "--kind", "rewind", "--keep", "0", "--force", "--yes",
    ]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    undo(&sandbox);
    assert_eq!(sandbox.dump(), restored);
}

#[test]
fn a_damaged_guard_is_passed_over_and_does_not_cost_the_intact_one() {
    let (sandbox, snapshot) = went_on();
    let before = sandbox.dump();
    let intact = bring_back(&sandbox, &snapshot);
    sandbox.event("Is anybody there?");
    let damaged = bring_back(&sandbox, &snapshot);
    let file = fs::File::options().write(true).open(&damaged.path).unwrap();
    file.set_len(damaged.size / 2).unwrap();
    assert_eq!(guard(&sandbox).id, intact.id);
    let much_later = now() + TimeDelta::days(4000);
    let plan = PrunePlan::by_policy(&sandbox.list(), &sandbox.profile, much_later);
    plan.apply(&mut unattended).unwrap();
    undo(&sandbox);
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_guard_that_is_live_itself_is_passed_over() {
    let (sandbox, [before, restored]) = brought_back();
    // A restore that died before its commit leaves its guard.
    let died = sandbox.take(Kind::Rewind, now() + TimeDelta::hours(1));
    fs::write(
        died.path.with_extension("note"),
        r#"{"guards": "rewind/20210314T120000Z"}"#,
    )
    .unwrap();
    assert_eq!(guard(&sandbox).id, died.id);
    let ran = sandbox.run(&["undo", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(sandbox.dump(), before);
    sandbox.let_time_pass();
    let ran = sandbox.run(&["undo", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(sandbox.dump(), restored);
}

#[test]
fn the_command_says_what_it_undoes_and_does_it() {
    let (sandbox, [before, restored]) = brought_back();
    let ran = sandbox.run(&["undo", "--dry-run"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let headline = "undo the restore of rewind/20210314T120000Z: restore rewind/20210315T120000Z_safety into data/chat.db";
    assert_eq!(ran.out.lines().next(), Some(headline));
    assert!(
        ran.out.contains("“Good night, then.”"),
        "what comes back: {}",
        ran.out
    );
    assert_eq!(sandbox.dump(), restored);
    let ran = sandbox.run(&["undo", "--yes", "--json"]);
    let json = ran.json();
    assert_eq!((ran.code, json["last_event_id"].as_i64()), (0, Some(4)));
    let guard = guard(&sandbox).name() + ".json";
    let named = json["guard"].as_str().unwrap();
    assert!(named.ends_with(&guard), "{named} is not {guard}");
    assert_eq!(sandbox.dump(), before);
    sandbox.let_time_pass();
    let ran = sandbox.run(&["undo", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(sandbox.dump(), restored);
}

#[test]
fn without_a_guard_there_is_nothing_to_undo() {
    let (sandbox, snapshot) = went_on();
    let message = "unrewind: there is no guard, so no restore to undo\n";
    for _ in 0..2 {
        let ran = sandbox.run(&["undo", "--yes"]);
        assert_eq!((ran.code, &*ran.out, &*ran.err), (1, "", message));
        let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
        let safety = Safety {
            guard: false,
            checkpoint: true,
        };
        plan.apply(&sandbox.store(), safety, now(), &mut unattended)
            .unwrap();
        fs::remove_dir_all(sandbox.data().join("snapshots/periodic")).unwrap();
    }
}
