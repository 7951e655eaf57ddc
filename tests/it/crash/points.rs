//! The table of crash points. Between any two durable steps of a restore, live is either unchanged or restored,
//! and so is what the application's next start gives. The exception is a death between the commit and the naming
//! of the checkpoint, which no order of steps can avoid; the next command repairs it.

use std::fs;

use chrono::TimeDelta;
use serde_json::Value as Json;
use unrewind::core::{Kind, Restored, Safety, Scope, Snapshot, unattended};

use crate::{
    chat,
    forms::Form,
    sandbox::{Dump, Sandbox, at, now},
};

/// The last step that a restore did before it died.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Died {
    /// The safety snapshot and the checkpoint are drafts.
    Drafted,
    /// The safety snapshot has its note.
    Noted,
    /// The safety snapshot has its name.
    Prepared,
    /// Live is changed.
    Committed,
    /// The note says `done`.
    Done,
    /// The checkpoint has its note.
    CheckpointNoted,
    /// The checkpoint has its name, and the one before still exists.
    Finished,
}

const POINTS: [Died; 7] = [
    Died::Drafted,
    Died::Noted,
    Died::Prepared,
    Died::Committed,
    Died::Done,
    Died::CheckpointNoted,
    Died::Finished,
];

/// What is done: a restore, an undo or a redo.
#[derive(Clone, Copy, Debug)]
enum Step {
    Restore(Form),
    Undo,
    Redo,
}

/// The lost memory has the key 5, and the moment is one that only the snapshot has and that awaits replay.
const STEPS: [Step; 10] = [
    Step::Restore(Form::Full),
    Step::Restore(Form::Tables),
    Step::Restore(Form::SomeTables),
    Step::Restore(Form::KeepNewer),
    Step::Restore(Form::MergedRows),
    Step::Restore(Form::MissingOnly),
    Step::Restore(Form::OneRow(5)),
    Step::Restore(Form::Moment(4)),
    Step::Undo,
    Step::Redo,
];

/// A chat that was restored once, so that it has a checkpoint, and then changed.
fn scene(step: Step) -> (Sandbox, Snapshot) {
    let mut sandbox = Sandbox::new();
    if let Step::Restore(form) = step {
        form.prepare(&mut sandbox);
    }
    sandbox.event("Is the lamp still burning?");
    let first = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.take(Kind::Periodic, at(5));
    let snapshot = sandbox.rewind(2, at(10));
    sandbox.restore(&first, Scope::Full).unwrap();
    if matches!(step, Step::Redo) {
        sandbox.undo().unwrap();
    } else {
        sandbox.event("Good night.");
    }
    (sandbox, snapshot)
}

fn restore(sandbox: &Sandbox, snapshot: &Snapshot, step: Step) -> Restored {
    let restored = match step {
        Step::Restore(form) => sandbox.apply(form.plan(sandbox, snapshot).unwrap()),
        Step::Undo => sandbox.undo(),
        Step::Redo => sandbox.redo(),
    };
    restored.unwrap()
}

/// Restores up to this point, and dies.
fn die(sandbox: &Sandbox, snapshot: &Snapshot, step: Step, died: Died) {
    let before = sandbox.list();
    let checkpoint = before.iter().find(|one| one.kind() == Some(Kind::Periodic));
    let checkpoint = checkpoint.unwrap().path.clone();
    let kept = ["json", "note"].map(|end| fs::read(checkpoint.with_extension(end)).unwrap());
    let restored = restore(sandbox, snapshot, step);
    for (end, bytes) in ["json", "note"].iter().zip(kept) {
        fs::write(checkpoint.with_extension(end), bytes).unwrap();
    }
    let (safety, named) = (
        restored.safety_snapshot.unwrap().path,
        restored.checkpoint.unwrap().path,
    );
    if died < Died::Committed {
        revert_live(sandbox, &safety);
    }
    let note = safety.with_extension("note");
    let mut json: Json = serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
    if died < Died::CheckpointNoted {
        fs::remove_file(named.with_extension("note")).unwrap();
    }
    if died < Died::Finished {
        let draft = json["restore"]["checkpoint"].as_str().unwrap();
        fs::rename(&named, named.with_file_name(draft)).unwrap();
    }
    if died < Died::Done {
        json["restore"]["state"] = "prepared".into();
        fs::write(&note, json.to_string()).unwrap();
    }
    if died < Died::Prepared {
        fs::rename(&safety, safety.with_file_name(".unrewind-draft-x7Kq2a.tmp")).unwrap();
    }
    if died < Died::Noted {
        fs::remove_file(&note).unwrap();
    }
}

/// Returns live to the content of the safety snapshot, without a trace.
fn revert_live(sandbox: &Sandbox, safety: &std::path::Path) {
    let files = sandbox.files();
    let plan = sandbox.plan(&sandbox.found(safety), Scope::Full).unwrap();
    let nothing = Safety {
        safety_snapshot: false,
        checkpoint: false,
    };
    let later = now() + TimeDelta::days(1);
    plan.apply(&sandbox.store(), nothing, later, &mut unattended)
        .unwrap();
    for file in sandbox.files() {
        if !files.contains(&file) {
            fs::remove_file(sandbox.data().join("snapshots").join(file)).unwrap();
        }
    }
}

fn state_after_start(sandbox: &Sandbox) -> Dump {
    chat::load_cold(&sandbox.app, &sandbox.data());
    sandbox.dump()
}

#[track_caller]
fn assert_sound(sandbox: &Sandbox) {
    assert_eq!(sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
    assert!(sandbox.full_text_is_sound());
}

#[test]
fn a_restore_that_died_at_any_point_leaves_one_of_the_two_states() {
    for step in STEPS {
        let state = |work: &dyn Fn(&Sandbox, &Snapshot)| {
            let (sandbox, snapshot) = scene(step);
            work(&sandbox, &snapshot);
            (sandbox.dump(), state_after_start(&sandbox))
        };
        let (before, start_before) = state(&|_, _| ());
        let (after, start_after) = state(&|sandbox, snapshot| {
            restore(sandbox, snapshot, step);
        });
        for died in POINTS {
            let place = format!("{step:?}, {died:?}");
            let is_done = died >= Died::Committed;
            let (live, start) = if is_done {
                (&after, &start_after)
            } else {
                (&before, &start_before)
            };
            let (sandbox, snapshot) = scene(step);
            die(&sandbox, &snapshot, step, died);
            assert_sound(&sandbox);
            assert!(sandbox.dump() == *live, "live: {place}");
            if !matches!(died, Died::Committed | Died::Done | Died::CheckpointNoted) {
                assert!(
                    state_after_start(&sandbox) == *start,
                    "after a start: {place}"
                );
            }
            let (sandbox, snapshot) = scene(step);
            die(&sandbox, &snapshot, step, died);
            let ran = sandbox.run(&["list"]);
            assert_eq!(ran.code, 0, "{place}: {}", ran.err);
            let report = match died {
                Died::Noted | Died::Prepared => "interrupted before it changed the database",
                Died::Committed | Died::Done | Died::CheckpointNoted => {
                    "interrupted after it had changed the database"
                }
                Died::Drafted | Died::Finished => "",
            };
            assert!(ran.err.contains(report), "{place}: {}", ran.err);
            // What awaits replay is reported every time.
            let is_reported = ran.err.contains("was interrupted");
            assert_eq!(is_reported, !report.is_empty(), "{place}: {}", ran.err);
            assert!(sandbox.dump() == *live, "live after a command: {place}");
            let drafts = sandbox
                .files()
                .into_iter()
                .filter(|file| file.contains("/."));
            assert_eq!(drafts.collect::<Vec<_>>(), [""; 0], "{place}");
            assert!(
                state_after_start(&sandbox) == *start,
                "after a command and a start: {place}"
            );
        }
    }
}

#[test]
fn a_restore_of_tables_that_died_after_its_commit_leaves_them_off_the_log() {
    for died in POINTS.into_iter().filter(|died| *died >= Died::Committed) {
        let step = Step::Restore(Form::Tables);
        let (sandbox, snapshot) = scene(step);
        die(&sandbox, &snapshot, step, died);
        sandbox.run(&["list"]);
        let listed = sandbox.run(&["list", "--json"]).out;
        let listed: Json = serde_json::from_str(&listed).unwrap();
        let mut newest = listed.as_array().unwrap().iter();
        let checkpoint = newest.find(|one| one["kind"] == "periodic").unwrap();
        assert_eq!(checkpoint["off_log"], true, "{died:?}: {checkpoint}");
    }
}

#[test]
fn undo_after_any_crash_point_reverts_only_what_was_committed() {
    for step in STEPS.into_iter().filter(|step| !matches!(step, Step::Redo)) {
        for died in POINTS {
            let (sandbox, snapshot) = scene(step);
            let before = sandbox.dump();
            die(&sandbox, &snapshot, step, died);
            let after = sandbox.dump();
            let back = if matches!(step, Step::Undo) {
                "redo"
            } else {
                "undo"
            };
            let ran = sandbox.run(&[back, "--yes"]);
            let dump = sandbox.dump();
            if died >= Died::Committed {
                assert!(
                    ran.code == 0 && dump == before,
                    "{step:?}, {died:?}: {}",
                    ran.err
                );
            } else if matches!(step, Step::Undo) {
                assert!(
                    ran.code == 1 && dump == after,
                    "{step:?}, {died:?}: {}",
                    ran.err
                );
            } else {
                // Undo applies to the restore before it.
                assert!(
                    ran.code == 0 && dump != after,
                    "{step:?}, {died:?}: {}",
                    ran.err
                );
            }
        }
    }
}
