//! Undo walks back through the restores that are in force, redo forward through those that were undone.

use std::fs;

use chrono::TimeDelta;
use unrewind::core::{
    Error, Kind, Newer, PrunePlan, RestoreOptions, Restored, Safety, Scope, Snapshot, unattended,
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

/// Restores the snapshot; the safety snapshot.
fn bring_back(sandbox: &Sandbox, snapshot: &Snapshot) -> Snapshot {
    let restored = sandbox.restore(snapshot, Scope::Full).unwrap();
    restored.safety_snapshot.expect("something changed")
}

/// A chat that was restored three times, each time to another event; the states from the first on.
fn restored_thrice() -> (Sandbox, Vec<Dump>) {
    let sandbox = Sandbox::new();
    let taken = [0, 1, 2].map(|minute| {
        let taken = sandbox.take(Kind::Rewind, at(minute));
        sandbox.event("Hello?");
        taken
    });
    let mut states = vec![sandbox.dump()];
    for snapshot in taken.iter().rev() {
        bring_back(&sandbox, snapshot);
        states.push(sandbox.dump());
    }
    (sandbox, states)
}

#[track_caller]
fn says(result: unrewind::core::Result<Restored>) -> String {
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
            says(sandbox.undo()),
            "nothing to undo: no restore is in force"
        );
        for state in &states[1..] {
            sandbox.redo().unwrap();
            assert_eq!(sandbox.dump(), *state);
        }
        let nothing = "nothing to redo: no restore was undone";
        assert_eq!(says(sandbox.redo()), nothing);
    }
}

#[test]
fn each_step_says_what_it_is_about_and_how_many_are_left() {
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
    bring_back(&sandbox, &snapshot);
    says(sandbox.redo());
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), states[1]);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), states[0]);
    says(sandbox.undo());
}

#[test]
fn it_goes_by_sequence_and_not_by_clocks() {
    let (sandbox, states) = restored_thrice();
    // The clock was set back: what was done last looks oldest.
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
        let (sandbox, snapshot) = went_on();
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
fn the_undo_of_some_tables_leaves_what_was_written_elsewhere() {
    let (sandbox, snapshot) = went_on();
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
fn what_was_written_after_the_restore_comes_back_with_redo() {
    let (sandbox, snapshot) = went_on();
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
fn a_restore_that_changes_nothing_is_no_link_and_does_not_end_the_redo() {
    let (sandbox, [before, restored]) = brought_back();
    sandbox.undo().unwrap();
    let same = sandbox.take(Kind::Rewind, now() + TimeDelta::hours(5));
    let nothing = sandbox.restore(&same, Scope::Full).unwrap();
    assert_eq!(nothing.safety_snapshot, None);
    assert_eq!(sandbox.dump(), before);
    sandbox.redo().unwrap();
    assert_eq!(sandbox.dump(), restored);
}

#[test]
fn a_restore_that_is_refused_is_no_link() {
    let (sandbox, [before, _]) = brought_back();
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
fn the_note_says_what_was_restored() {
    let (sandbox, snapshot) = went_on();
    let safety = bring_back(&sandbox, &snapshot);
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
fn undo_stops_at_a_safety_snapshot_that_is_gone() {
    let (sandbox, states) = restored_thrice();
    let second = sandbox.found_named("rewind/20210315T130000Z_safety");
    fs::remove_file(&second.path).unwrap();
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), states[2]);
    let message = "the restore of rewind/20210314T120100Z cannot be undone: its safety snapshot rewind/20210315T130000Z_safety is gone";
    assert_eq!(says(sandbox.undo()), message);
    // A take clears notes on nothing away, but for those that undo goes by.
    sandbox.take(Kind::Rewind, now() + TimeDelta::hours(9));
    assert_eq!(says(sandbox.undo()), message);
    assert_eq!(sandbox.dump(), states[2]);
}

#[test]
fn undo_stops_where_nothing_is_left_of_a_restore() {
    let (sandbox, _) = restored_thrice();
    let second = sandbox.found_named("rewind/20210315T130000Z_safety");
    fs::remove_file(&second.path).unwrap();
    fs::remove_file(second.path.with_extension("note")).unwrap();
    sandbox.undo().unwrap();
    let message =
        "restore number 2 cannot be undone: its safety snapshot and the note on it are gone";
    assert_eq!(says(sandbox.undo()), message);
}

#[test]
fn undo_stops_at_a_damaged_safety_snapshot() {
    let (sandbox, [_, restored]) = brought_back();
    let safety = sandbox.found_named("rewind/20210315T120000Z_safety");
    let file = fs::File::options().write(true).open(&safety.path).unwrap();
    file.set_len(safety.size / 2).unwrap();
    let message = says(sandbox.undo());
    let start = "the restore of rewind/20210314T120000Z cannot be undone: its safety snapshot rewind/20210315T120000Z_safety is damaged";
    assert!(message.starts_with(start), "{message}");
    assert_eq!(sandbox.dump(), restored);
}

#[test]
fn undo_stops_at_a_restore_without_a_safety_snapshot() {
    let (sandbox, _) = brought_back();
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
    assert_eq!(says(sandbox.undo()), message);
    sandbox.take(Kind::Rewind, now() + TimeDelta::hours(9));
    assert_eq!(says(sandbox.undo()), message);
}

#[test]
fn what_the_next_undo_and_the_next_redo_need_survives_every_pruning() {
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
    let message = says(sandbox.undo());
    assert!(
        message.ends_with("its safety snapshot rewind/20210315T120000Z_safety is gone"),
        "{message}"
    );
}

#[test]
fn the_commands_say_what_they_undo_and_redo() {
    let (sandbox, [before, restored]) = brought_back();
    let ran = sandbox.run(&["undo", "--dry-run"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let headline = "undo the restore of rewind/20210314T120000Z (no other restore can be undone after it): restore rewind/20210315T120000Z_safety into data/chat.db";
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
    assert_eq!(sandbox.dump(), before);
    let ran = sandbox.run(&["redo", "--dry-run"]);
    let headline = ran.out.lines().next().unwrap();
    let start = "redo the restore of rewind/20210314T120000Z (no other restore can be redone after it): restore rewind/";
    assert!(headline.starts_with(start), "{headline}");
    let ran = sandbox.run(&["redo", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(sandbox.dump(), restored);
}

#[test]
fn without_a_restore_there_is_nothing_to_undo() {
    let (sandbox, _) = went_on();
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
