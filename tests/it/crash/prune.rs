//! A prune that is killed.

use std::fs;

use chrono::TimeDelta;
use unrewind::core::{Kind, Scope, Snapshot};

use super::kill::{Moment, Rounds, run_until};
use crate::{
    rng::Rng,
    sandbox::{Sandbox, at},
};

/// The number of old snapshots to delete.
const OLD: i64 = 60;

/// A chat with a safety snapshot and many old snapshots, and the names of these, oldest first.
fn many_snapshots() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night.");
    sandbox.restore(&taken, Scope::Full).unwrap();
    let bytes = fs::read(&taken.path).unwrap();
    let names = (1..=OLD).map(|day| {
        let old = sandbox.put(Kind::Rewind, at(0) - TimeDelta::days(100 - day), &bytes);
        fs::write(old.path.with_extension("note"), "{}").unwrap();
        old.name()
    });
    let names = names.collect();
    (sandbox, names)
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    let mut names: Vec<String> = sandbox.list().iter().map(Snapshot::name).collect();
    names.sort();
    names
}

#[test]
fn a_killed_prune_deleted_the_oldest_first_and_can_be_repeated() {
    const PRUNE: [&str; 5] = ["prune", "--kind", "rewind", "--yes", "--keep-within=1d"];
    let mut rounds = Rounds::of(4, 30);
    while let Some(seed) = rounds.seed() {
        let (sandbox, old) = many_snapshots();
        let (all, dump) = (names(&sandbox), sandbox.dump());
        let mut rng = Rng::new(seed);
        let folder = sandbox.data().join("snapshots/rewind");
        let count = || fs::read_dir(&folder).unwrap().count() as u64;
        let there = count();
        let moment = Moment {
            bytes: rng.below(2 * OLD.unsigned_abs()),
            polls: 0,
        };
        let ended = run_until(sandbox.command(&PRUNE), moment, || there - count());
        rounds.count(&ended);
        let left = names(&sandbox);
        let deleted = all.iter().filter(|name| !left.contains(name)).count();
        let oldest: Vec<&String> = old.iter().take(deleted).collect();
        assert!(
            oldest.iter().all(|name| !left.contains(name)),
            "seed {seed}, {moment:?}"
        );
        assert!(sandbox.list().iter().all(Snapshot::is_intact));
        let ran = sandbox.run(&PRUNE);
        assert_eq!((ran.code, &*ran.err), (0, ""), "seed {seed}, {moment:?}");
        let listed = sandbox.list();
        let safety_snapshots = listed
            .iter()
            .filter(|snapshot| snapshot.kind() == Some(Kind::Rewind));
        assert!(
            safety_snapshots
                .map(Snapshot::is_safety_snapshot)
                .eq([true]),
            "{listed:?}"
        );
        assert_eq!(sandbox.dump(), dump);
        let ran = sandbox.run(&["undo", "--yes"]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
    }
    println!("killed {} prunes", rounds.killed);
}
