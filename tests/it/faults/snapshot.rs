//! The snapshot changes while it is read (truncated, overwritten, replaced, deleted), at every stage of a
//! restore.

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

/// A chat with enough to restore that every stage reports progress.
fn large_changed_chat() -> (Sandbox, Snapshot) {
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
        open_for_writing(snapshot)
            .set_len(snapshot.size / 2)
            .unwrap();
    }),
    ("written over", |snapshot, other| {
        open_for_writing(snapshot).write_all(other).unwrap();
    }),
    ("longer", |snapshot, _| {
        open_for_writing(snapshot)
            .set_len(snapshot.size + 1)
            .unwrap();
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

fn open_for_writing(snapshot: &Snapshot) -> File {
    File::options().write(true).open(&snapshot.path).unwrap()
}

/// Runs `work`, with the mishap at its first progress report of this stage, and returns the result.
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
    assert!(happened.get(), "no progress report of {stage:?}");
    result
}

/// Bytes of the same length, as of another snapshot.
fn other_bytes(snapshot: &Snapshot) -> Vec<u8> {
    let json = fs::read_to_string(&snapshot.path).unwrap();
    json.replace("number 0", "nobody 0").into_bytes()
}

/// Whether the error says that the snapshot has changed or is gone.
fn reports_changed_file(error: &Error) -> bool {
    matches!(
        error,
        Error::Stale { .. }
            | Error::ChangedWhileRead { .. }
            | Error::Json { .. }
            | Error::NoFile { .. }
    )
}

/// Asserts that a restore with the mishap at this stage is refused, or done as planned.
fn assert_refused_or_as_planned(scope: Scope, stage: Stage, (name, mishap): Mishap) {
    let (sandbox, snapshot) = large_changed_chat();
    let (before, other) = (sandbox.dump(), other_bytes(&snapshot));
    let whole = fs::read(&snapshot.path).unwrap();
    let restore = |on: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
        let (database, profile) = (sandbox.database(), &sandbox.profile);
        let plan = RestorePlan::compute(database, profile, snapshot.clone(), scope, on)?;
        plan.apply(&sandbox.store(), Safety::default(), now(), on)
    };
    let case = format!("{name} while {stage:?}, {scope:?}");
    let Err(error) = with_mishap(stage, || mishap(&snapshot, &other), restore) else {
        // The checkpoint of the tables is written from live, which is complete by then. That of everything is copied
        // beside the proof, and its progress is first reported once the copy may be complete.
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
    assert!(reports_changed_file(&error), "{case}: {error}");
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
#[cfg_attr(windows, ignore = "wine 8 cannot rename over an open file")]
fn a_full_restore_of_a_changing_file_is_refused() {
    for mishap in MISHAPS {
        for stage in STAGES {
            assert_refused_or_as_planned(Scope::Full, stage, mishap);
        }
    }
}

#[test]
fn a_tables_restore_of_a_changing_file_is_refused_or_done_as_planned() {
    for mishap in &MISHAPS[..2] {
        for stage in STAGES {
            assert_refused_or_as_planned(Scope::Tables, stage, *mishap);
        }
    }
}

#[test]
#[cfg_attr(windows, ignore = "wine 8 cannot rename over an open file")]
fn a_comparison_with_a_changing_file_is_refused() {
    for (name, mishap) in MISHAPS {
        for stage in &STAGES[..2] {
            let (sandbox, snapshot) = large_changed_chat();
            let other = other_bytes(&snapshot);
            let live = sandbox.database();
            let compare = |on: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
                let contents = Contents::open(&snapshot.path, on)?;
                let sides = (Side::Snapshot(&contents), Side::Live(&live));
                Difference::compute(sides.0, sides.1, &sandbox.profile, Some(&live), &[], on)
            };
            let result = with_mishap(*stage, || mishap(&snapshot, &other), compare);
            let error = result.unwrap_err();
            assert!(
                reports_changed_file(&error),
                "{name} while {stage:?}: {error}"
            );
        }
    }
}
