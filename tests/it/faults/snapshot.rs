//! The snapshot goes bad while it is read: cut short, written over, replaced, deleted, at every stage
//! of a restore.

use std::{
    cell::Cell,
    fs::{self, File},
    io::Write,
    ops::ControlFlow,
};

use unrewind::core::{
    Contents, Difference, Error, Kind, Progress, RestorePlan, Result, Safety, Scope, Side,
    Snapshot, Stage,
};

use crate::sandbox::{Sandbox, at, now};

/// A chat with so much to restore that every stage of it is told of.
fn went_on_for_long() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH n (n) AS (VALUES (10) UNION ALL SELECT n + 1 FROM n WHERE n < 1300)
         INSERT INTO memories SELECT n, 1, NULL, printf('number %0300d', n), 0.5, '2021' FROM n",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE memories SET text = text || '!' WHERE id % 2");
    (sandbox, snapshot)
}

/// Something that happens to a snapshot's file.
type Mishap = (&'static str, fn(&Snapshot, &[u8]));

const MISHAPS: [Mishap; 5] = [
    ("cut short", |snapshot, _| {
        opened(snapshot).set_len(snapshot.size / 2).unwrap();
    }),
    ("written over", |snapshot, other| {
        opened(snapshot).write_all(other).unwrap();
    }),
    ("longer", |snapshot, _| {
        opened(snapshot).set_len(snapshot.size + 1).unwrap();
    }),
    ("replaced", |snapshot, other| {
        let new = snapshot.path.with_extension("new");
        fs::write(&new, other).unwrap();
        fs::rename(new, &snapshot.path).unwrap();
    }),
    ("deleted", |snapshot, _| {
        fs::remove_file(&snapshot.path).unwrap();
    }),
];

fn opened(snapshot: &Snapshot) -> File {
    File::options().write(true).open(&snapshot.path).unwrap()
}

/// Lets a mishap happen when the work first tells of this stage; what becomes of the work.
fn with_mishap<T>(
    stage: Stage,
    mishap: impl Fn(),
    work: impl FnOnce(&mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<T>,
) -> Result<T> {
    let happened = Cell::new(false);
    let result = work(&mut |progress| {
        if progress.stage == stage && !happened.replace(true) {
            mishap();
        }
        ControlFlow::Continue(())
    });
    assert!(happened.get(), "nothing was told of {stage:?}");
    result
}

/// The bytes of another snapshot of the same length.
fn other_bytes(snapshot: &Snapshot) -> Vec<u8> {
    let json = fs::read_to_string(&snapshot.path).unwrap();
    json.replace("number 0", "nobody 0").into_bytes()
}

/// Whether an error says that the snapshot is not what it was.
fn is_told(error: &Error) -> bool {
    matches!(
        error,
        Error::Stale { .. }
            | Error::ChangedWhileRead { .. }
            | Error::Json { .. }
            | Error::NoFile { .. }
    )
}

/// Restores while the mishap happens at this stage.
fn is_refused_or_as_planned(scope: Scope, stage: Stage, (name, mishap): Mishap) {
    let (sandbox, snapshot) = went_on_for_long();
    let (before, other) = (sandbox.dump(), other_bytes(&snapshot));
    let whole = fs::read(&snapshot.path).unwrap();
    let restore = |on: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
        let (database, profile) = (sandbox.database(), &sandbox.profile);
        let plan = RestorePlan::compute(database, profile, snapshot.clone(), scope, on)?;
        plan.apply(&sandbox.store(), Safety::default(), now(), on)
    };
    let case = format!("{name} while {stage:?}, {scope:?}");
    let Err(error) = with_mishap(stage, || mishap(&snapshot, &other), restore) else {
        // The checkpoint of the tables is written from live, which is done by then; that of everything
        // is copied beside the proof, and told of when it may be copied to its end.
        assert_eq!(stage, Stage::Checkpoint, "{case}");
        let checkpoint = sandbox.store().find("latest:periodic").unwrap();
        assert!(
            scope == Scope::Tables || fs::read(checkpoint.path).unwrap() == whole,
            "{case}"
        );
        let other =
            "SELECT count(*) FROM memories WHERE text NOT LIKE 'number %' OR text LIKE '%!'";
        assert_eq!(sandbox.rows(other), ["0"], "{case}");
        return;
    };
    assert!(is_told(&error), "{case}: {error}");
    assert!(sandbox.dump() == before, "{case} changed live");
    let mut left = sandbox.files();
    left.retain(|file| !file.starts_with(&snapshot.name()));
    assert_eq!(left, [""; 0], "{case}");
}

const STAGES: [Stage; 6] = [
    Stage::Reading,
    Stage::Comparing,
    Stage::SafetySnapshot,
    Stage::Applying,
    Stage::Proving,
    Stage::Checkpoint,
];

#[test]
fn a_restore_is_refused() {
    for mishap in MISHAPS {
        for stage in STAGES {
            is_refused_or_as_planned(Scope::Full, stage, mishap);
        }
    }
}

#[test]
fn a_restore_of_the_tables_is_refused_or_as_planned() {
    for mishap in &MISHAPS[..2] {
        for stage in STAGES {
            is_refused_or_as_planned(Scope::Tables, stage, *mishap);
        }
    }
}

#[test]
fn a_difference_is_refused() {
    for (name, mishap) in MISHAPS {
        for stage in &STAGES[..2] {
            let (sandbox, snapshot) = went_on_for_long();
            let other = other_bytes(&snapshot);
            let live = sandbox.database();
            let compare = |on: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
                let contents = Contents::open(&snapshot.path, on)?;
                let sides = (Side::Snapshot(&contents), Side::Live(&live));
                Difference::compute(sides.0, sides.1, &sandbox.profile, Some(&live), &[], on)
            };
            let result = with_mishap(*stage, || mishap(&snapshot, &other), compare);
            let error = result.unwrap_err();
            assert!(is_told(&error), "{name} while {stage:?}: {error}");
        }
    }
}
