//! Deleting exactly what a plan names.

use std::{fs, ops::ControlFlow};

use unrewind::core::{Error, Kind, PrunePlan, Reason, unattended};

use super::{WHOLE, days, newest, note};
use crate::sandbox::{Sandbox, age, at};

/// Four periodic snapshots, and the plan to keep one of them.
fn four() -> (Sandbox, PrunePlan) {
    let sandbox = Sandbox::new();
    for day in -4..0 {
        sandbox.put(Kind::Periodic, days(day), WHOLE);
    }
    let plan = PrunePlan::by_retention(&sandbox.list(), Kind::Periodic, newest(1), at(0));
    (sandbox, plan)
}

#[test]
fn snapshots_are_deleted_oldest_first_with_their_notes() {
    let (sandbox, plan) = four();
    let snapshots = sandbox.list();
    note(&snapshots[3], "{}");
    let deleted = plan.apply(&mut unattended).unwrap();
    assert_eq!(
        deleted,
        [&snapshots[3], &snapshots[2], &snapshots[1]].map(|snapshot| snapshot.path.clone())
    );
    assert_eq!(sandbox.files(), ["periodic/20210313T120000Z.json"]);
}

#[test]
fn a_file_already_gone_is_not_an_error() {
    let (sandbox, plan) = four();
    fs::remove_file(&sandbox.list()[2].path).unwrap();
    assert_eq!(plan.apply(&mut unattended).unwrap().len(), 3);
    assert_eq!(sandbox.list().len(), 1);
}

#[test]
fn deletion_stops_at_the_first_error_and_reports_how_far_it_got() {
    let (sandbox, plan) = four();
    let snapshots = sandbox.list();
    fs::remove_file(&snapshots[2].path).unwrap();
    fs::create_dir(&snapshots[2].path).unwrap();
    let error = plan.apply(&mut unattended).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("deleted 1 of 3 snapshots, then: "),
        "{error}"
    );
    let Error::Delete { deleted, left, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(deleted, [snapshots[3].path.clone()]);
    assert_eq!(left, [snapshots[2].path.clone(), snapshots[1].path.clone()]);
    assert_eq!(sandbox.list().len(), 3);
}

#[test]
fn a_file_written_since_the_plan_is_not_deleted() {
    let (sandbox, plan) = four();
    let snapshots = sandbox.list();
    age(&snapshots[1].path, at(-1));
    let error = plan.apply(&mut unattended).unwrap_err().to_string();
    let message = format!(
        "deleted 2 of 3 snapshots, then: {} changed since the plan was made",
        snapshots[1].path.display()
    );
    assert_eq!(error, message);
    assert_eq!(sandbox.list().len(), 2);
}

#[test]
fn a_snapshot_pinned_since_the_plan_is_not_deleted() {
    let (sandbox, plan) = four();
    let snapshots = sandbox.list();
    sandbox
        .store()
        .pin(&snapshots[3], &sandbox.profile, None, &mut unattended)
        .unwrap();
    plan.apply(&mut unattended).unwrap_err();
    assert!(snapshots[3].path.exists());
}

#[test]
fn a_cancelled_deletion_reports_what_was_deleted() {
    let (sandbox, plan) = four();
    let mut reports = 0;
    let error = plan.apply(&mut |progress| {
        assert_eq!((progress.done, progress.total), (reports, 3));
        reports += 1;
        if reports == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "deleted 1 of 3 snapshots, then: cancelled"
    );
    assert_eq!(sandbox.list().len(), 3);
}

#[test]
fn only_chosen_snapshots_are_deleted() {
    let (sandbox, _) = four();
    let mut snapshots = sandbox.list();
    let all = snapshots.clone();
    let chosen = vec![snapshots.remove(2), snapshots.remove(0)];
    let plan = PrunePlan::of_chosen(chosen, &all);
    assert!(
        plan.deleted()
            .all(|verdict| verdict.reason == Reason::Chosen)
    );
    plan.apply(&mut unattended).unwrap();
    assert_eq!(sandbox.list(), snapshots);
}

#[test]
fn delete_deletes_the_named_snapshots_and_shows_what_is_lost() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM memories");
    sandbox.take(Kind::Periodic, at(2));
    sandbox.take(Kind::Periodic, at(3));
    let files = sandbox.files();
    let rewind = "rewind/20210314T120100Z";
    let shown = sandbox.run(&["delete", rewind, "--dry-run"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("memories"), "{}", shown.out);
    // Nobody answers, so that the answer is no.
    let asked = sandbox.run(&["delete", rewind]);
    assert_eq!(asked.code, 1);
    assert!(asked.err.contains("add --yes"), "{}", asked.err);
    assert_eq!(sandbox.files(), files);
    let done = sandbox.run(&["delete", rewind, "latest:periodic", rewind, "--yes"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.starts_with("deleted 2 snapshots"), "{}", done.out);
    assert!(done.err.contains("memories"), "{}", done.err);
    assert_eq!(sandbox.files(), ["periodic/20210314T120200Z.json"]);
}

#[test]
fn delete_refuses_a_pinned_snapshot_and_deletes_none_then() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    sandbox.take(Kind::Rewind, at(2));
    let pinned = "rewind/20210314T120200Z";
    assert_eq!(sandbox.run(&["pin", pinned]).code, 0);
    let files = sandbox.files();
    let refused = sandbox.run(&["delete", "rewind/20210314T120100Z", pinned, "--yes"]);
    assert_eq!(refused.code, 1);
    let hint = format!("{pinned} stays: unpin it first: `unrewind unpin {pinned}`");
    assert!(refused.err.contains(&hint), "{}", refused.err);
    assert_eq!(sandbox.files(), files);
    let plan = sandbox.run(&["delete", "rewind/20210314T120100Z", "--dry-run", "--json"]);
    let deleted = plan.json()["delete"].as_array().unwrap().len();
    assert_eq!((deleted, sandbox.files()), (1, files));
}

#[test]
fn delete_refuses_what_is_not_in_the_snapshot_folders() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(1));
    let copy = sandbox.path().join("20210314T120100Z.json");
    std::fs::copy(&taken.path, &copy).unwrap();
    std::fs::write(sandbox.path().join("diary.txt"), "dear diary").unwrap();
    for path in ["data/chat.db", "diary.txt", "20210314T120100Z.json"] {
        let refused = sandbox.run(&["delete", path, "--yes"]);
        assert_eq!(refused.code, 1, "{path}");
        let why = "is not in the snapshot folders of data, and only snapshots there can be deleted";
        assert!(refused.err.contains(why), "{}", refused.err);
        assert!(sandbox.path().join(path).exists());
    }
}

#[test]
fn a_snapshot_that_cannot_be_read_whole_is_not_called_safe_to_delete() {
    let sandbox = Sandbox::new();
    sandbox.memory("Only here.");
    let taken = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM memories");
    let text = std::fs::read_to_string(&taken.path).unwrap();
    std::fs::write(&taken.path, text.replace("Only here.", "Only hero.")).unwrap();
    let plan = sandbox.run(&["delete", &taken.name(), "--dry-run"]).out;
    let warning = format!(
        "! {} cannot be read to the end, so rows of it may",
        taken.name()
    );
    assert!(plan.contains(&warning), "{plan}");
    let json = sandbox.run(&["delete", &taken.name(), "--dry-run", "--json"]);
    assert!(json.json()["held_nowhere_else"].is_null());
}

#[test]
fn deleting_the_snapshot_of_the_next_start_says_so() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    let message = "! the application's next start begins from periodic/20210314T120000Z: take a periodic snapshot after deleting it\n";
    let ran = sandbox.run(&["delete", "latest:periodic", "--dry-run"]);
    assert!(ran.code == 0 && ran.out.contains(message), "{ran:?}");
    let ran = sandbox.run(&["delete", "latest:periodic", "--yes"]);
    assert!(ran.code == 0 && ran.err.contains(message), "{ran:?}");
}
