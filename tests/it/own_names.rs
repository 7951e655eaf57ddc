//! The names of safety snapshots and checkpoints: the service never writes such a name, and each names one
//! snapshot.

use std::fs;

use unrewind::core::{Error, Id, Kind, Origin, Scope, Snapshot, Stamp};

use crate::{
    chat,
    sandbox::{Sandbox, at, now},
};

/// A chat after a restore, with its safety snapshot and its checkpoint.
fn restored_chat() -> (Sandbox, Snapshot, Snapshot) {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    let restored = sandbox.restore(&taken, Scope::Full).unwrap();
    (
        sandbox,
        restored.safety_snapshot.unwrap(),
        restored.checkpoint.unwrap(),
    )
}

fn file(snapshot: &Snapshot) -> &str {
    snapshot.path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn a_restore_writes_names_that_the_service_never_writes() {
    let (_sandbox, safety, checkpoint) = restored_chat();
    let stamp = Stamp::at(now());
    assert_eq!(file(&safety), format!("{stamp}_safety.json"));
    assert_eq!(file(&checkpoint), format!("{stamp}_checkpoint.json"));
    assert_eq!(safety.name(), format!("rewind/{stamp}_safety"));
    assert_eq!(safety.id.unwrap().origin, Origin::Safety);
    assert_eq!(checkpoint.id.unwrap().origin, Origin::Checkpoint);
}

#[test]
fn a_safety_snapshot_and_a_checkpoint_are_found_by_every_form_of_their_name() {
    let (sandbox, safety, checkpoint) = restored_chat();
    for snapshot in [&safety, &checkpoint] {
        let id = snapshot.id.unwrap();
        let path = snapshot.path.to_str().unwrap().to_owned();
        let names = [
            id.to_string(),
            id.name(),
            path,
            format!("{}/{}", id.kind, id.stamp),
        ];
        for name in names {
            assert_eq!(sandbox.found_named(&name).id, Some(id), "{name}");
        }
    }
    let newest = |name: &str| sandbox.found_named(name).id;
    assert_eq!(newest("latest:periodic"), checkpoint.id);
    assert_eq!(
        newest("latest:rewind"),
        Some(Id::plain(Kind::Rewind, Stamp::at(at(0))))
    );
}

#[test]
fn a_bare_stamp_that_fits_two_is_an_error_that_names_both() {
    let (sandbox, safety, _) = restored_chat();
    let plain = sandbox.put(Kind::Rewind, now(), fs::read(&safety.path).unwrap());
    let stamp = Stamp::at(now()).to_string();
    let error = sandbox.store().find(&stamp).unwrap_err();
    assert!(matches!(error, Error::Selection { .. }));
    for name in [plain.name(), safety.name()] {
        assert!(error.to_string().contains(&name), "{error}");
        assert_eq!(sandbox.found_named(&name).name(), name);
    }
}

#[test]
fn a_pin_and_a_label_use_the_whole_name() {
    let (sandbox, safety, checkpoint) = restored_chat();
    let folder = safety.path.parent().unwrap();
    let stem = safety.id.unwrap().name();
    let ran = sandbox.run(&["pin", &safety.name()]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(folder.join(format!("{stem}.pinned")).exists());
    let ran = sandbox.run(&["label", &checkpoint.name(), "after the storm"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let found = sandbox.found_named(&checkpoint.name());
    assert_eq!(found.note.label.unwrap().as_str(), "after the storm");
    fs::remove_file(&safety.path).unwrap();
    let found = sandbox.found_named(&safety.name());
    assert_eq!(found.path, folder.join(format!("{stem}.pinned")));
    assert!(found.is_safety_snapshot());
}

#[test]
fn the_checkpoints_name_sorts_after_every_periodic_snapshot() {
    let (sandbox, ..) = restored_chat();
    let later = now() + chrono::TimeDelta::days(400);
    let future = sandbox.take(Kind::Periodic, later);
    let taken = sandbox.found_named(&Id::plain(Kind::Rewind, Stamp::at(at(0))).to_string());
    sandbox.event("Hello?");
    let restored = sandbox.restore(&taken, Scope::Full).unwrap();
    let checkpoint = restored.checkpoint.unwrap();
    let stamp = future.id.unwrap().stamp;
    assert_eq!(file(&checkpoint), format!("{stamp}_checkpoint.json"));
    assert!(file(&checkpoint) > file(&future));
    assert_eq!(sandbox.list()[0].name(), checkpoint.name());
    sandbox.event("Hello?");
    let restored = sandbox.restore(&taken, Scope::Full).unwrap();
    let next = restored.checkpoint.unwrap();
    assert!(file(&next) > file(&checkpoint));
}

#[test]
fn a_name_with_a_wrong_suffix_is_not_a_snapshot_id() {
    for name in [
        "rewind/20210314T120000Z_checkpoint",
        "periodic/20210314T120000Z_safety",
        "rewind/20210314T120000Z_",
        "rewind/20210314T120000Z_safety_safety",
        "rewind/_safety",
    ] {
        assert!(name.parse::<Id>().is_err(), "{name}");
    }
    let id: Id = "rewind/20210314T120000Z_safety".parse().unwrap();
    assert_eq!(id.to_string(), "rewind/20210314T120000Z_safety");
}

#[test]
fn a_restore_names_the_file_to_move_if_no_name_can_sort_after_the_newest() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    sandbox.memory("The lamp burns.");
    let last = taken.path.with_file_name("99991231T235959Z_safety.json");
    fs::copy(&taken.path, &last).unwrap();
    let before = sandbox.dump();
    let error = sandbox.restore(&taken, Scope::Full).unwrap_err();
    let message = "no snapshot's name can sort after rewind/99991231T235959Z_safety: move ";
    assert!(error.to_string().starts_with(message), "{error}");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_periodic_take_comes_after_a_snapshot_ahead_of_the_clock_and_says_so() {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    sandbox.memory("Two.");
    let old = sandbox.take(Kind::Periodic, at(0));
    let bytes = fs::read(&old.path).unwrap();
    let ahead = sandbox
        .store()
        .path(Id::own(Kind::Periodic, "29990101T000000Z".parse().unwrap()));
    fs::write(&ahead, bytes).unwrap();
    sandbox.rewind(3, at(10));
    let ran = sandbox.run(&["status"]);
    assert!(
        ran.out.contains(": take a periodic snapshot"),
        "{}",
        ran.out
    );
    let ran = sandbox.run(&["take", "--kind", "periodic"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.starts_with("took periodic/29990101T000001Z: "),
        "{}",
        ran.out
    );
    let warning = "! the stamp of periodic/29990101T000001Z is ahead of the clock, because it has to come after periodic/29990101T000000Z_checkpoint; ";
    assert!(ran.err.contains(warning), "{}", ran.err);
    let ran = sandbox.run(&["status"]);
    let ahead = "! periodic/29990101T000001Z is ahead of the clock, ";
    assert_eq!((ran.code, ran.out.matches("! ").count()), (1, 1));
    assert!(ran.out.contains(ahead), "{}", ran.out);
    // What has its own time keeps it, and does not count as old.
    assert!(old.path.exists());
    let promised = sandbox.dump();
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.dump(), promised);
    let shown = sandbox
        .tui(100, 24)
        .keys("t<down><enter>")
        .dialog()
        .unwrap();
    assert!(
        shown.contains("periodic/29990101T000002Z is ahead of the clock"),
        "{shown}"
    );
}

#[test]
fn a_periodic_take_comes_after_a_checkpoint_of_the_same_second() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    let checkpoint = sandbox
        .restore(&taken, Scope::Full)
        .unwrap()
        .checkpoint
        .unwrap();
    let taken = sandbox.take(Kind::Periodic, now());
    assert!(file(&taken) > file(&checkpoint));
    assert_eq!(taken.taken_at(), now() + chrono::TimeDelta::seconds(1));
}
