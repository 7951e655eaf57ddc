//! Everything that deletes reports first what exists nowhere else.

use std::fs;

use unrewind::core::{Kind, Scope, Snapshot, Watch, WatchAct, unattended};

use crate::sandbox::{Sandbox, at, now};

/// A chat with an old snapshot that holds two memories found nowhere else.
fn chat_with_exclusive_rows() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.memory("Jo says good night first.");
    let old = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM memories");
    (sandbox, old)
}

const WARNING: &str = "it holds 2 rows of memories that exist nowhere else";

#[test]
fn prune_reports_rows_held_nowhere_else() {
    let (sandbox, _) = chat_with_exclusive_rows();
    let ran = sandbox.run(&["prune", "--dry-run"]);
    assert!(ran.out.ends_with(&format!("! {WARNING}\n")), "{}", ran.out);
    let json = sandbox.run(&["prune", "--dry-run", "--json"]).json();
    assert_eq!(json["held_nowhere_else"]["memories"], 2);
    let ran = sandbox.run(&["prune", "--yes"]);
    assert_eq!((ran.code, ran.err), (0, format!("! {WARNING}\n")));
}

#[test]
fn prune_reports_that_nothing_is_lost() {
    let (sandbox, _) = chat_with_exclusive_rows();
    sandbox.take(Kind::Rewind, now());
    sandbox.sql("DELETE FROM event_log WHERE id < 0");
    let snapshot = sandbox.found_named("rewind/20210314T120000Z");
    sandbox.restore(&snapshot, Scope::Tables).unwrap();
    let ran = sandbox.run(&["prune", "--dry-run"]);
    let message = "every row exists elsewhere, too\n";
    assert!(ran.out.ends_with(message), "{}", ran.out);
}

#[test]
fn prune_without_live_reports_that_it_cannot_find_out() {
    let (mut sandbox, _) = chat_with_exclusive_rows();
    sandbox.quit();
    fs::remove_file(sandbox.db()).unwrap();
    let ran = sandbox.run(&["prune", "--dry-run"]);
    assert!(
        ran.out
            .contains("! cannot find out which rows exist nowhere else: "),
        "{}",
        ran.out
    );
    let json = sandbox.run(&["prune", "--dry-run", "--json"]).json();
    assert!(json["held_nowhere_else"].is_null());
}

#[test]
fn watch_reports_rows_held_nowhere_else() {
    let (sandbox, old) = chat_with_exclusive_rows();
    let (profile, store) = (sandbox.profile.clone(), sandbox.store());
    let mut watch = Watch::begin(profile, store, now()).unwrap();
    let much_later = now() + chrono::TimeDelta::days(30);
    let round = watch.run(|| Ok(sandbox.database()), much_later, &mut unattended);
    round.outcome.unwrap();
    let [WatchAct::Lost(lost), WatchAct::Pruned { snapshot, .. }, ..] = &round.acts[..] else {
        panic!("{:?}", round.acts)
    };
    assert_eq!(lost.tables, [("memories".to_owned(), 2)]);
    assert_eq!(snapshot.path, old.path);
    let (sandbox, _) = chat_with_exclusive_rows();
    let ran = sandbox.run(&["watch", "--once"]);
    assert!(
        ran.out.contains(&format!(" deleting; {WARNING}\n")),
        "{}",
        ran.out
    );
}

#[test]
fn the_log_of_a_watch_reports_rows_held_nowhere_else() {
    let (sandbox, _) = chat_with_exclusive_rows();
    let ran = sandbox.run(&["watch", "--once", "--log", "unrewind.log"]);
    assert!(ran.code == 0 && ran.out.contains(WARNING), "{ran:?}");
    let log = fs::read_to_string(sandbox.path().join("unrewind.log")).unwrap();
    assert!(log.contains(WARNING), "{log}");
}

#[test]
fn a_take_that_prunes_reports_rows_held_nowhere_else() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("DELETE FROM memories");
    for minute in 1..5 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    let ran = sandbox.run(&["take", "--kind", "periodic"]);
    let message = "pruned data/snapshots/periodic/20210314T120000Z.json\n! it holds 1 row of memories that exists nowhere else\n";
    assert!(ran.out.ends_with(message), "{}", ran.out);
}

#[test]
fn a_restore_reports_rows_that_only_the_previous_checkpoint_held() {
    let (sandbox, old) = chat_with_exclusive_rows();
    let empty = sandbox.take(Kind::Rewind, now());
    let first = sandbox.restore(&old, Scope::Full).unwrap();
    assert!(first.lost.is_empty());
    // Its copy is deleted, and the application has deleted the rows.
    fs::remove_file(&old.path).unwrap();
    sandbox.sql("DELETE FROM memories");
    let arguments = ["restore", &empty.name(), "--yes"];
    let ran = sandbox.run(&arguments);
    let message = "! the previous checkpoint is deleted; it held 2 rows of memories that exist nowhere else\n";
    assert!(ran.code == 0 && ran.err.contains(message), "{ran:?}");
    assert!(!first.checkpoint.unwrap().path.exists());
    assert!(!sandbox.run(&arguments).err.contains("nowhere else"));
}
