//! What goes for good is said before it goes, by everything that deletes.

use std::fs;

use unrewind::core::{Kind, Scope, Snapshot, Watch, WatchAct, unattended};

use crate::sandbox::{Sandbox, at, now};

/// A chat with an old snapshot that holds two memories which exist nowhere else.
fn holding() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.memory("Jo says good night first.");
    let old = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM memories");
    (sandbox, old)
}

const SAYS: &str = "they hold 2 memories that exist nowhere else";

#[test]
fn prune_says_it() {
    let (sandbox, _) = holding();
    let ran = sandbox.run(&["prune", "--dry-run"]);
    assert!(ran.out.ends_with(&format!("! {SAYS}\n")), "{}", ran.out);
    let json = sandbox.run(&["prune", "--dry-run", "--json"]).json();
    assert_eq!(json["held_nowhere_else"]["memories"], 2);
    let ran = sandbox.run(&["prune", "--yes"]);
    assert_eq!((ran.code, ran.err), (0, format!("! {SAYS}\n")));
}

#[test]
fn where_nothing_is_lost_that_is_said_too() {
    let (sandbox, _) = holding();
    sandbox.take(Kind::Rewind, now());
    sandbox.sql("DELETE FROM event_log WHERE id < 0");
    let snapshot = sandbox.found_named("rewind/20210314T120000Z");
    sandbox.restore(&snapshot, Scope::Tables).unwrap();
    let ran = sandbox.run(&["prune", "--dry-run"]);
    let says = "everything in them exists elsewhere, too\n";
    assert!(ran.out.ends_with(says), "{}", ran.out);
}

#[test]
fn without_live_prune_cannot_tell_and_says_so() {
    let (sandbox, _) = holding();
    fs::remove_file(sandbox.db()).unwrap();
    let ran = sandbox.run(&["prune", "--dry-run"]);
    assert!(
        ran.out.contains("! cannot find out what only they hold: "),
        "{}",
        ran.out
    );
    let json = sandbox.run(&["prune", "--dry-run", "--json"]).json();
    assert!(json["held_nowhere_else"].is_null());
}

#[test]
fn watch_says_it() {
    let (sandbox, old) = holding();
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
    let (sandbox, _) = holding();
    let ran = sandbox.run(&["watch", "--once"]);
    assert!(
        ran.out.contains(&format!(" deleting; {SAYS}\n")),
        "{}",
        ran.out
    );
}

#[test]
fn a_take_that_prunes_says_it() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("DELETE FROM memories");
    for minute in 1..5 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    let ran = sandbox.run(&["take", "--kind", "periodic"]);
    let says = "pruned data/snapshots/periodic/20210314T120000Z.json\n! they hold 1 of memories that exist nowhere else\n";
    assert!(ran.out.ends_with(says), "{}", ran.out);
}

#[test]
fn a_restore_says_what_only_the_previous_checkpoint_held() {
    let (sandbox, old) = holding();
    let empty = sandbox.take(Kind::Rewind, now());
    let first = sandbox.restore(&old, Scope::Full).unwrap();
    assert!(first.lost.is_empty());
    // Its copy is deleted, and the application has deleted the rows.
    fs::remove_file(&old.path).unwrap();
    sandbox.sql("DELETE FROM memories");
    let arguments = ["restore", &empty.name(), "--yes"];
    let ran = sandbox.run(&arguments);
    let says = "! the previous checkpoint is deleted; it held 2 memories that exist nowhere else\n";
    assert!(ran.code == 0 && ran.err.contains(says), "{ran:?}");
    assert!(!first.checkpoint.unwrap().path.exists());
    assert!(!sandbox.run(&arguments).err.contains("nowhere else"));
}
