//! Two Unrewinds at once: both succeed or one is refused, and live is in the state that one of them made.

use std::{fs, process::Stdio};

use serde_json::Value as Json;
use unrewind::core::{Kind, Origin, Snapshot};

use crate::{
    crash::kills,
    sandbox::{Ran, Sandbox, at},
};

/// Runs both commands at once, to their ends.
fn both(sandbox: &Sandbox, one: &[&str], other: &[&str]) -> [Ran; 2] {
    let started = [one, other].map(|arguments| {
        let mut command = sandbox.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    started.map(|child| {
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    })
}

#[track_caller]
fn assert_whole(sandbox: &Sandbox) {
    assert_eq!(sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
    for file in sandbox.files() {
        let bytes = fs::read(sandbox.data().join("snapshots").join(&file)).unwrap();
        assert!(serde_json::from_slice::<Json>(&bytes).is_ok(), "{file}");
    }
}

#[test]
fn two_restores_at_once_give_one_of_the_two_states() {
    let mut refused = 0;
    for round in 0..kills(2, 30) {
        let sandbox = Sandbox::new();
        sandbox.sql(&format!(
            "PRAGMA journal_mode = {}",
            if round % 2 == 0 { "WAL" } else { "DELETE" }
        ));
        sandbox.sql(
            "WITH n (n) AS (VALUES (10) UNION ALL SELECT n + 1 FROM n WHERE n < 300)
             INSERT INTO memories SELECT n, 1, NULL, 'number ' || n, 0.5, '2021' FROM n",
        );
        sandbox.take(Kind::Rewind, at(0));
        let one = sandbox.dump();
        sandbox.sql("UPDATE memories SET text = 'another ' || id");
        sandbox.take(Kind::Rewind, at(1));
        let other = sandbox.dump();
        sandbox.sql("DELETE FROM memories");
        let before = sandbox.dump();
        let stamps = ["rewind/20210314T120000Z", "rewind/20210314T120100Z"];
        let ran = both(
            &sandbox,
            &["restore", stamps[0], "--yes"],
            &["restore", stamps[1], "--yes"],
        );
        assert_whole(&sandbox);
        let codes = ran.each_ref().map(|ran| ran.code);
        assert!(codes.contains(&0), "{ran:?}");
        for ran in ran.iter().filter(|ran| ran.code != 0) {
            refused += 1;
            let stale = ran.err.contains(" changed since the plan was made");
            assert!(
                stale || ran.err.contains(" is locked by another process"),
                "{ran:?}"
            );
        }
        let dump = sandbox.dump();
        assert!(
            dump == one && codes[0] == 0 || dump == other && codes[1] == 0,
            "{ran:?}"
        );
        // Undo brings back the state before, or what the other restored in between.
        sandbox.let_time_pass();
        let ran = sandbox.run(&["undo", "--yes"]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
        let undone = sandbox.dump();
        let possible = [&before, &one, &other];
        assert!(undone != dump && possible.contains(&&undone));
    }
    println!("{refused} restores were refused");
}

#[test]
fn a_take_during_a_restore_lets_both_succeed() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    sandbox.take(Kind::Rewind, at(0));
    let then = sandbox.dump();
    for kind in ["rewind", "periodic"] {
        sandbox.let_time_pass();
        sandbox.memory("Jo says good night.");
        let stamp = "rewind/20210314T120000Z";
        let ran = both(
            &sandbox,
            &["restore", stamp, "--yes"],
            &["take", "--kind", kind],
        );
        assert!(ran.iter().all(|ran| ran.code == 0), "{ran:?}");
        assert_whole(&sandbox);
        assert_eq!(sandbox.dump(), then);
    }
    // The snapshot, two safety snapshots and two takes. A periodic take that is later than the last checkpoint
    // prunes it.
    let is_checkpoint = |one: &Snapshot| one.id.unwrap().origin == Origin::Checkpoint;
    let (checkpoints, others): (Vec<_>, Vec<_>) =
        sandbox.list().into_iter().partition(is_checkpoint);
    assert!(checkpoints.len() <= 1, "{checkpoints:?}");
    assert_eq!(others.len(), 5);
}

#[test]
fn two_takes_at_once_give_two_snapshots() {
    let sandbox = Sandbox::new();
    let ran = both(&sandbox, &["take", "--json"], &["take", "--json"]);
    let paths = ran.map(|ran| ran.json()["path"].as_str().unwrap().to_owned());
    assert_ne!(paths[0], paths[1]);
    assert_eq!(sandbox.list().len(), 2);
    assert_whole(&sandbox);
}
