//! Undo walks back through the restores in force; redo walks forward through the undone ones.

mod lost_notes;

use std::fs;

use chrono::TimeDelta;
use unrewind::core::{
    Error, Kind, Newer, PrunePlan, RestoreOptions, Restored, Safety, Scope, Snapshot, unattended,
};

use crate::sandbox::{Dump, Sandbox, at, now};

/// A chat that changed after a snapshot.
fn changed_chat() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night, then.");
    sandbox.sql("UPDATE memories SET text = 'The lighthouse has 240 steps.'; UPDATE event_log SET hidden = 1 WHERE id = 2");
    (sandbox, snapshot)
}

/// A restored chat, with its state before and after the restore.
fn restored_chat() -> (Sandbox, [Dump; 2]) {
    let (sandbox, snapshot) = changed_chat();
    let before = sandbox.dump();
    restore(&sandbox, &snapshot);
    let restored = sandbox.dump();
    assert_ne!(restored, before);
    (sandbox, [before, restored])
}

/// Restores the snapshot and returns the safety snapshot.
fn restore(sandbox: &Sandbox, snapshot: &Snapshot) -> Snapshot {
    let restored = sandbox.restore(snapshot, Scope::Full).unwrap();
    restored.safety_snapshot.expect("something changed")
}

/// A chat restored three times, each time to an earlier event, and its states in order.
fn restored_thrice() -> (Sandbox, Vec<Dump>) {
    let sandbox = Sandbox::new();
    let taken = [0, 1, 2].map(|minute| {
        let taken = sandbox.take(Kind::Rewind, at(minute));
        sandbox.event("Hello?");
        taken
    });
    let mut states = vec![sandbox.dump()];
    for snapshot in taken.iter().rev() {
        restore(&sandbox, snapshot);
        states.push(sandbox.dump());
    }
    (sandbox, states)
}

#[track_caller]
fn undo_error(result: unrewind::core::Result<Restored>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Undo { .. }), "{error}");
    error.to_string()
}

fn only(tables: &[&str]) -> RestoreOptions {
    RestoreOptions {
        scope: Scope::Tables,
        tables: tables.iter().map(|&table| table.to_owned()).collect(),
        ..RestoreOptions::default()
    }
}

#[test]
fn undo_walks_back_through_every_restore_and_redo_forward() {
    let (sandbox, states) = restored_thrice();
    for _ in 0..2 {
        for state in states.iter().rev().skip(1) {
            sandbox.undo().unwrap();
            assert_eq!(sandbox.dump(), *state);
        }
        assert_eq!(
            undo_error(sandbox.undo()),
            "nothing to undo: no restore is in force"
        );
        for state in &states[1..] {
            sandbox.redo().unwrap();
            assert_eq!(sandbox.dump(), *state);
        }
        let nothing = "nothing to redo: no restore was undone";
        assert_eq!(undo_error(sandbox.redo()), nothing);
    }
}

#[test]
fn each_step_names_its_restore_and_how_many_are_left() {
    let (sandbox, _) = restored_thrice();
    let history = || sandbox.store().history().unwrap();
    let step = history().undo().unwrap();
    assert_eq!((&*step.of, step.left), ("rewind/20210314T120000Z", 2));
    sandbox.undo().unwrap();
    let (undo, redo) = (history().undo().unwrap(), history().redo().unwrap());
    assert_eq!((&*undo.of, undo.left), ("rewind/20210314T120100Z", 1));
    assert_eq!((&*redo.of, redo.left), ("rewind/20210314T120000Z", 0));
    sandbox.redo().unwrap();
    let step = history().undo().unwrap();
    assert_eq!((&*step.of, step.left), ("rewind/20210314T120000Z", 2));
}

#[test]
fn a_new_restore_ends_the_redo() {
    let (sandbox, states) = restored_thrice();
    sandbox.undo().unwrap();
    sandbox.undo().unwrap();
    let snapshot = sandbox.found_named("rewind/20210314T120000Z");
    restore(&sandbox, &snapshot);
    undo_error(sandbox.redo());
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), states[1]);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), states[0]);
    undo_error(sandbox.undo());
}

#[test]
fn the_order_of_undo_is_by_sequence_not_by_clock() {
    let (sandbox, states) = restored_thrice();
    // The clock was set back: the latest restore has the oldest name.
    for (hour, name) in ["12", "13", "14"].iter().zip(["09", "08", "07"]) {
        for end in ["json", "note"] {
            let path = |hour: &str| {
                let file = format!("20210315T{hour}0000Z_safety.{end}");
                sandbox.data().join("snapshots/rewind").join(file)
            };
            fs::rename(path(hour), path(name)).unwrap();
        }
    }
    for state in states.iter().rev().skip(1) {
        sandbox.undo().unwrap();
        assert_eq!(sandbox.dump(), *state);
    }
}

#[test]
fn every_form_of_restore_can_be_undone_and_redone() {
    let keep_newer = RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    };
    for options in [
        Scope::Full.into(),
        Scope::Tables.into(),
        keep_newer,
        only(&["memories"]),
    ] {
        let (sandbox, snapshot) = changed_chat();
        let before = sandbox.dump();
        sandbox.restore(&snapshot, options.clone()).unwrap();
        let restored = sandbox.dump();
        assert_ne!(restored, before, "{options:?}");
        sandbox.undo().unwrap();
        assert_eq!(sandbox.dump(), before, "{options:?}");
        sandbox.redo().unwrap();
        assert_eq!(sandbox.dump(), restored, "{options:?}");
    }
}

#[test]
fn the_undo_of_some_tables_leaves_the_other_tables() {
    let (sandbox, snapshot) = changed_chat();
    sandbox.restore(&snapshot, only(&["memories"])).unwrap();
    sandbox.event("Is anybody there?");
    let events = sandbox.rows("SELECT * FROM event_log");
    sandbox.undo().unwrap();
    let text = ["'The lighthouse has 240 steps.'"];
    assert_eq!(sandbox.rows("SELECT text FROM memories"), text);
    assert_eq!(sandbox.rows("SELECT * FROM event_log"), events);
    sandbox.event("Hello?");
    sandbox.redo().unwrap();
    let text = ["'The lighthouse has 242 steps.'"];
    assert_eq!(sandbox.rows("SELECT text FROM memories"), text);
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM event_log"),
        [(events.len() + 1).to_string()]
    );
}

#[test]
fn changes_after_the_restore_come_back_with_redo() {
    let (sandbox, snapshot) = changed_chat();
    let before = sandbox.dump();
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    sandbox.event("Is anybody there?");
    let later = sandbox.dump();
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
    sandbox.redo().unwrap();
    assert_eq!(sandbox.dump(), later);
}

#[test]
fn a_restore_that_changes_nothing_cannot_be_undone_and_does_not_end_the_redo() {
    let (sandbox, [before, restored]) = restored_chat();
    sandbox.undo().unwrap();
    let same = sandbox.take(Kind::Rewind, now() + TimeDelta::hours(5));
    let nothing = sandbox.restore(&same, Scope::Full).unwrap();
    assert_eq!(nothing.safety_snapshot, None);
    assert_eq!(sandbox.dump(), before);
    sandbox.redo().unwrap();
    assert_eq!(sandbox.dump(), restored);
}

#[test]
fn a_refused_restore_cannot_be_undone() {
    let (sandbox, [before, _]) = restored_chat();
    let snapshot = sandbox.found_named("rewind/20210314T120000Z");
    sandbox.event("Is anybody there?");
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    sandbox.event("Hello?");
    let (later, files) = (now() + TimeDelta::hours(7), sandbox.files());
    plan.apply(&sandbox.store(), Safety::default(), later, &mut unattended)
        .unwrap_err();
    assert_eq!(sandbox.files(), files);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn the_note_records_what_was_restored() {
    let (sandbox, snapshot) = changed_chat();
    let safety = restore(&sandbox, &snapshot);
    let note = fs::read(safety.path.with_extension("note")).unwrap();
    let note: serde_json::Value = serde_json::from_slice(&note).unwrap();
    let restore = &note["restore"];
    assert_eq!(restore["of"], "rewind/20210314T120000Z");
    assert_eq!(restore["sequence"], 1);
    assert_eq!(
        (&restore["state"], &restore["operation"]),
        (&"done".into(), &"restore".into())
    );
    let undone = sandbox
        .undo()
        .unwrap()
        .safety_snapshot
        .unwrap()
        .note
        .restore
        .unwrap();
    assert_eq!((undone.sequence, undone.undoes), (2, Some(1)));
}

#[test]
fn undo_stops_at_a_missing_safety_snapshot() {
    let (sandbox, states) = restored_thrice();
    let second = sandbox.found_named("rewind/20210315T130000Z_safety");
    fs::remove_file(&second.path).unwrap();
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), states[2]);
    let message = "the restore of rewind/20210314T120100Z cannot be undone: its safety snapshot rewind/20210315T130000Z_safety is gone";
    assert_eq!(undo_error(sandbox.undo()), message);
    // A take deletes notes without a snapshot, but not those that undo needs.
    sandbox.take(Kind::Rewind, now() + TimeDelta::hours(9));
    assert_eq!(undo_error(sandbox.undo()), message);
    assert_eq!(sandbox.dump(), states[2]);
}

#[test]
fn undo_stops_at_a_restore_without_snapshot_and_note() {
    let (sandbox, _) = restored_thrice();
    let second = sandbox.found_named("rewind/20210315T130000Z_safety");
    fs::remove_file(&second.path).unwrap();
    fs::remove_file(second.path.with_extension("note")).unwrap();
    sandbox.undo().unwrap();
    let message =
        "restore number 2 cannot be undone: its safety snapshot and the note on it are gone";
    assert_eq!(undo_error(sandbox.undo()), message);
}

#[test]
fn undo_stops_at_a_damaged_safety_snapshot() {
    let (sandbox, [_, restored]) = restored_chat();
    let safety = sandbox.found_named("rewind/20210315T120000Z_safety");
    let file = fs::File::options().write(true).open(&safety.path).unwrap();
    file.set_len(safety.size / 2).unwrap();
    let message = undo_error(sandbox.undo());
    let start = "the restore of rewind/20210314T120000Z cannot be undone: its safety snapshot rewind/20210315T120000Z_safety is damaged";
    assert!(message.starts_with(start), "{message}");
    assert_eq!(sandbox.dump(), restored);
}

#[test]
fn undo_stops_at_a_restore_without_a_safety_snapshot() {
    let (sandbox, _) = restored_chat();
    sandbox.event("Is anybody there?");
    let snapshot = sandbox.found_named("rewind/20210314T120000Z");
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let safety = Safety {
        safety_snapshot: false,
        checkpoint: true,
    };
    let later = now() + TimeDelta::hours(3);
    plan.apply(&sandbox.store(), safety, later, &mut unattended)
        .unwrap();
    let message = "the restore of rewind/20210314T120000Z cannot be undone: it was made without a safety snapshot";
    assert_eq!(undo_error(sandbox.undo()), message);
    sandbox.take(Kind::Rewind, now() + TimeDelta::hours(9));
    assert_eq!(undo_error(sandbox.undo()), message);
}

#[test]
fn snapshots_needed_by_the_next_undo_and_redo_survive_pruning() {
    let (sandbox, states) = restored_thrice();
    sandbox.undo().unwrap();
    let much_later = now() + TimeDelta::days(4000);
    let plan = PrunePlan::by_policy(&sandbox.list(), &sandbox.profile, much_later);
    plan.apply(&mut unattended).unwrap();
    sandbox.redo().unwrap();
    assert_eq!(sandbox.dump(), states[3]);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), states[2]);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), states[1]);
    let message = undo_error(sandbox.undo());
    assert!(
        message.ends_with("its safety snapshot rewind/20210315T120000Z_safety is gone"),
        "{message}"
    );
}

#[test]
fn the_commands_name_what_they_undo_and_redo() {
    let (sandbox, [before, restored]) = restored_chat();
    let ran = sandbox.run(&["undo", "--dry-run"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let headline = "undo the restore of rewind/20210314T120000Z (no other restore can be undone after it): restore rewind/20210315T120000Z_safety into data/chat.db";
    assert_eq!(ran.out.lines().next(), Some(headline));
    assert!(
        ran.out.contains("“Good night, then.”"),
        "the plan names returning events: {}",
        ran.out
    );
    assert_eq!(sandbox.dump(), restored);
    let ran = sandbox.run(&["undo", "--yes", "--json"]);
    let json = ran.json();
    assert_eq!((ran.code, json["last_event_id"].as_i64()), (0, Some(4)));
    assert_eq!(sandbox.dump(), before);
    let ran = sandbox.run(&["redo", "--dry-run"]);
    let headline = ran.out.lines().next().unwrap();
    let start = "redo the restore of rewind/20210314T120000Z (no other restore can be redone after it): restore rewind/";
    assert!(headline.starts_with(start), "{headline}");
    let ran = sandbox.run(&["redo", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(
        ran.out.contains("`unrewind undo` brings that back"),
        "{ran:?}"
    );
    assert_eq!(sandbox.dump(), restored);
    let ran = sandbox.run(&["undo", "--yes"]);
    assert!(
        ran.out.contains("`unrewind redo` brings that back"),
        "{ran:?}"
    );
}

#[test]
fn undo_and_redo_without_a_restore_are_errors() {
    let (sandbox, _) = changed_chat();
    for (command, message) in [
        (
            "undo",
            "unrewind: nothing to undo: no restore is in force\n",
        ),
        ("redo", "unrewind: nothing to redo: no restore was undone\n"),
    ] {
        let ran = sandbox.run(&[command, "--yes"]);
        assert_eq!((ran.code, &*ran.out, &*ran.err), (1, "", message));
    }
}
