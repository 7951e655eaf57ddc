//! A restore that died between its commit and the naming of its checkpoint, or before the commit: the next
//! command finishes the former and cleans up after the latter.

use std::{fs, fs::File};

use chrono::TimeDelta;
use serde_json::Value as Json;
use unrewind::core::{
    Kind, Newer, Repaired, RestoreOptions, Restored, Safety, Scope, Snapshot, finish_interrupted,
    unattended,
};

use crate::{
    chat,
    sandbox::{Sandbox, at, now},
};

/// A chat with a checkpoint, a rewind, and a snapshot from before that rewind.
fn rewound() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.rewind(2, at(0));
    sandbox.event("Hello?");
    sandbox.take(Kind::Periodic, at(10));
    (sandbox, snapshot)
}

/// How far a restore got before its program died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Died {
    /// The note still says `prepared`.
    BeforeTheNote,
    /// The note says `done`.
    BeforeTheName,
}

/// Returns the checkpoint and the note to their state before the program died.
fn unname(sandbox: &Sandbox, restored: &Restored, died: Died) {
    let links = sandbox.data().join("snapshots/rewind");
    let notes = fs::read_dir(links).unwrap().map(|entry| entry.unwrap());
    let notes = notes.map(|entry| entry.path());
    let note = notes
        .filter(|path| path.to_str().unwrap().ends_with("_safety.note"))
        .max()
        .unwrap();
    let mut json: Json = serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
    if died == Died::BeforeTheNote {
        json["restore"]["state"] = "prepared".into();
        fs::write(&note, json.to_string()).unwrap();
    }
    if let Some(checkpoint) = &restored.checkpoint {
        let draft = json["restore"]["checkpoint"].as_str().unwrap();
        fs::rename(&checkpoint.path, checkpoint.path.with_file_name(draft)).unwrap();
        fs::remove_file(checkpoint.path.with_extension("note")).unwrap();
    }
}

/// Restores, except that the checkpoint does not get its name.
fn restore_and_die(sandbox: &Sandbox, snapshot: &Snapshot, options: impl Into<RestoreOptions>) {
    let restored = sandbox.restore(snapshot, options).unwrap();
    unname(sandbox, &restored, Died::BeforeTheNote);
}

/// Writes everything that a restore writes, but dies before its commit: live is unchanged.
fn die_before_commit(sandbox: &Sandbox, snapshot: &Snapshot, options: impl Into<RestoreOptions>) {
    let before = sandbox.dump();
    let restored = sandbox.restore(snapshot, options).unwrap();
    let plan = sandbox
        .plan(restored.safety_snapshot.as_ref().unwrap(), Scope::Full)
        .unwrap();
    let safety = Safety {
        safety_snapshot: false,
        checkpoint: false,
    };
    let later = now() + TimeDelta::hours(1);
    plan.apply(&sandbox.store(), safety, later, &mut unattended)
        .unwrap();
    assert_eq!(sandbox.dump(), before);
    let note = "snapshots/rewind/20210315T130000Z_safety.note";
    fs::remove_file(sandbox.data().join(note)).unwrap();
    unname(sandbox, &restored, Died::BeforeTheNote);
}

fn next_command(sandbox: &Sandbox) -> Vec<Repaired> {
    let (database, store) = (sandbox.database(), sandbox.store());
    finish_interrupted(&database, &sandbox.profile, &store, now()).unwrap()
}

/// The snapshot of the one restore that was finished.
fn finished(repaired: &[Repaired]) -> Option<&str> {
    match repaired {
        [
            Repaired::Finished {
                of,
                checkpoint: Some(_),
            },
        ] => Some(of),
        _ => None,
    }
}

fn drafts(sandbox: &Sandbox) -> Vec<String> {
    let mut files = sandbox.files();
    files.retain(|file| file.contains("/."));
    files
}

fn checkpoints(sandbox: &Sandbox) -> usize {
    let listed = sandbox.list();
    let periodic = listed
        .iter()
        .filter(|snapshot| snapshot.kind() == Some(Kind::Periodic));
    periodic.count()
}

#[track_caller]
fn assert_start_keeps_state(sandbox: &Sandbox) {
    let before = sandbox.dump();
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.dump(), before);
}

/// Every form of restore that leaves a checkpoint.
fn forms() -> [RestoreOptions; 3] {
    let keep_newer = RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    };
    [Scope::Full.into(), Scope::Tables.into(), keep_newer]
}

#[test]
fn the_next_command_names_the_checkpoint_of_a_committed_restore() {
    for options in forms() {
        let (sandbox, snapshot) = rewound();
        restore_and_die(&sandbox, &snapshot, options);
        assert_eq!((drafts(&sandbox).len(), checkpoints(&sandbox)), (1, 1));
        let repaired = next_command(&sandbox);
        assert_eq!(finished(&repaired), Some("rewind/20210314T120000Z"));
        assert_eq!((drafts(&sandbox).len(), checkpoints(&sandbox)), (0, 2));
        assert_eq!(next_command(&sandbox), []);
        sandbox.undo().unwrap();
    }
}

#[test]
fn the_checkpoint_is_named_even_if_the_note_is_already_done() {
    let (sandbox, snapshot) = rewound();
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    unname(&sandbox, &restored, Died::BeforeTheName);
    let repaired = next_command(&sandbox);
    assert_eq!(finished(&repaired), Some("rewind/20210314T120000Z"));
    assert_eq!((drafts(&sandbox).len(), checkpoints(&sandbox)), (0, 2));
    assert_start_keeps_state(&sandbox);
}

#[test]
fn the_safety_snapshot_of_an_uncommitted_restore_becomes_a_plain_snapshot() {
    let (sandbox, snapshot) = rewound();
    die_before_commit(&sandbox, &snapshot, Scope::Full);
    let ran = sandbox.run(&["undo", "--yes"]);
    let message = "a restore of rewind/20210314T120000Z was interrupted before it changed the database; nothing was changed; its safety snapshot rewind/20210315T120000Z_safety is kept\nunrewind: nothing to undo: no restore is in force\n";
    assert_eq!((ran.code, &*ran.err), (1, message));
    let safety = sandbox.found_named("rewind/20210315T120000Z_safety");
    assert!(safety.is_intact() && !safety.is_safety_snapshot());
}

#[test]
fn status_reports_once_what_it_finished_or_cleaned_up() {
    type Dies = fn(&Sandbox, &Snapshot, Scope);
    let forms: [(Dies, bool, &str, &str); 2] = [
        (restore_and_die, true, "checkpoint", "periodic/"),
        (
            die_before_commit,
            false,
            "safety",
            "rewind/20210315T120000Z_safety",
        ),
    ];
    for (dies, was_committed, left, name) in forms {
        let (sandbox, snapshot) = rewound();
        dies(&sandbox, &snapshot, Scope::Full);
        let ran = sandbox.run(&["status", "--json"]);
        let json = ran.json();
        assert_eq!((ran.code, &json["well"]), (1, &false.into()));
        let repaired = &json["repaired"][0];
        assert_eq!(repaired["restore_of"], "rewind/20210314T120000Z");
        assert_eq!(repaired["was_committed"], was_committed);
        assert!(repaired[left].as_str().unwrap().starts_with(name));
        let attention = json["attention"][0].as_str().unwrap();
        assert!(attention.contains("was interrupted"), "{attention}");
        assert_eq!(
            sandbox.run(&["status", "--json"]).json()["repaired"],
            Json::Array(vec![])
        );
    }
}

#[test]
fn finishing_a_restore_without_the_log_leaves_live_off_the_log() {
    let (sandbox, snapshot) = rewound();
    let mood = RestoreOptions {
        tables: vec!["chat_state".to_owned()],
        ..RestoreOptions::default()
    };
    restore_and_die(&sandbox, &snapshot, mood);
    let json = sandbox.run(&["status", "--json"]).json();
    assert_eq!(json["off_log"], true);
    let checkpoint = json["repaired"][0]["checkpoint"].as_str().unwrap();
    assert!(sandbox.found_named(checkpoint).note.off_log);
}

#[test]
fn a_cold_load_starts_from_the_checkpoint_that_show_named() {
    let (sandbox, snapshot) = rewound();
    restore_and_die(&sandbox, &snapshot, Scope::Full);
    let ran = sandbox.run(&["show", "live"]);
    let message = "a restore of rewind/20210314T120000Z was interrupted after it had changed the database; it is done now";
    assert!(ran.code == 0 && ran.err.starts_with(message), "{}", ran.err);
    assert_eq!((drafts(&sandbox).len(), checkpoints(&sandbox)), (0, 2));
    assert_start_keeps_state(&sandbox);
}

#[test]
fn the_checkpoint_is_named_even_if_the_application_has_written_since() {
    for options in forms() {
        let (sandbox, snapshot) = rewound();
        restore_and_die(&sandbox, &snapshot, options.clone());
        sandbox.memory("It burns.");
        sandbox.event("Good.");
        next_command(&sandbox);
        assert_eq!(
            (drafts(&sandbox).len(), checkpoints(&sandbox)),
            (0, 2),
            "{options:?}"
        );
    }
}

#[test]
fn a_cold_load_gives_the_restored_state_and_later_events() {
    let (sandbox, snapshot) = rewound();
    restore_and_die(&sandbox, &snapshot, Scope::Full);
    sandbox.memory("It burns.");
    sandbox.event("Good.");
    next_command(&sandbox);
    assert_start_keeps_state(&sandbox);
}

#[test]
fn the_finished_checkpoint_is_newer_than_a_periodic_snapshot_from_the_future() {
    let (sandbox, snapshot) = rewound();
    sandbox.take(Kind::Periodic, now() + chrono::TimeDelta::days(1000));
    restore_and_die(&sandbox, &snapshot, Scope::Full);
    next_command(&sandbox);
    assert_start_keeps_state(&sandbox);
}

#[test]
fn the_checkpoint_of_an_uncommitted_restore_is_deleted() {
    let (sandbox, snapshot) = rewound();
    die_before_commit(&sandbox, &snapshot, Scope::Full);
    next_command(&sandbox);
    assert_eq!((drafts(&sandbox).len(), checkpoints(&sandbox)), (0, 1));
    assert_start_keeps_state(&sandbox);
}

#[test]
fn an_uncommitted_checkpoint_is_deleted_even_if_the_application_has_written_since() {
    for options in forms() {
        let (sandbox, snapshot) = rewound();
        die_before_commit(&sandbox, &snapshot, options.clone());
        sandbox.event("Is anybody there?");
        next_command(&sandbox);
        assert_eq!(
            (drafts(&sandbox).len(), checkpoints(&sandbox)),
            (0, 1),
            "{options:?}"
        );
        assert_start_keeps_state(&sandbox);
    }
}

#[test]
fn a_log_that_extends_the_checkpoints_does_not_prove_a_commit() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    sandbox.sql("UPDATE memories SET text = 'The lighthouse has 240 steps.'");
    sandbox.take(Kind::Periodic, at(10));
    die_before_commit(&sandbox, &snapshot, Scope::Full);
    next_command(&sandbox);
    assert_eq!((drafts(&sandbox).len(), checkpoints(&sandbox)), (0, 1));
    assert_start_keeps_state(&sandbox);
}

#[test]
fn without_a_safety_snapshot_a_checkpoint_is_named_only_if_it_equals_live() {
    for continued in [false, true] {
        let (sandbox, snapshot) = rewound();
        let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
        let safety = Safety {
            safety_snapshot: false,
            checkpoint: true,
        };
        let restored = plan.apply(&sandbox.store(), safety, now(), &mut unattended);
        unname(&sandbox, &restored.unwrap(), Died::BeforeTheNote);
        if continued {
            sandbox.event("Good.");
        }
        next_command(&sandbox);
        assert_eq!(
            (drafts(&sandbox).len(), checkpoints(&sandbox)),
            (0, if continued { 1 } else { 2 })
        );
    }
}

#[test]
fn a_truncated_checkpoint_draft_is_deleted() {
    let (sandbox, snapshot) = rewound();
    let periodic = sandbox.data().join("snapshots/periodic");
    let whole = fs::read(&snapshot.path).unwrap();
    for length in [0, 20, whole.len() / 2, whole.len() - 1] {
        let draft = periodic.join(".unrewind-checkpoint-x7Kq2a.tmp");
        fs::write(draft, &whole[..length]).unwrap();
        next_command(&sandbox);
        assert_eq!(
            (drafts(&sandbox).len(), checkpoints(&sandbox)),
            (0, 1),
            "{length} bytes"
        );
    }
}

#[test]
fn a_checkpoint_draft_whose_writer_runs_is_left_alone() {
    let (sandbox, snapshot) = rewound();
    restore_and_die(&sandbox, &snapshot, Scope::Full);
    let draft = sandbox.data().join("snapshots").join(&drafts(&sandbox)[0]);
    let writer = File::open(draft).unwrap();
    writer.try_lock().unwrap();
    next_command(&sandbox);
    assert_eq!((drafts(&sandbox).len(), checkpoints(&sandbox)), (1, 1));
    drop(writer);
    next_command(&sandbox);
    assert_eq!((drafts(&sandbox).len(), checkpoints(&sandbox)), (0, 2));
}

#[test]
fn drafts_of_dead_writers_are_deleted_and_those_of_running_ones_stay() {
    let (sandbox, _) = rewound();
    let names = [
        "rewind/.unrewind-draft-a.tmp",
        "periodic/.unrewind-draft-b.tmp",
        "rewind/.unrewind-draft-c.tmp",
        "rewind/.other-d.tmp",
    ];
    let paths = names.map(|name| sandbox.data().join("snapshots").join(name));
    for path in &paths {
        fs::write(path, "{").unwrap();
    }
    let writer = File::open(&paths[2]).unwrap();
    writer.try_lock().unwrap();
    next_command(&sandbox);
    let left = names[2..].iter().map(|&name| name.to_owned());
    let mut left: Vec<String> = left.collect();
    left.sort();
    assert_eq!(drafts(&sandbox), left);
}
