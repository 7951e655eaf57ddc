//! How a snapshot is named on the command line.

use std::fs;

use unrewind::core::Kind;

use super::{assert_fails, sample_chat};
use crate::sandbox::{Sandbox, at};

/// The kind and the stamp of the snapshot that `show` finds.
#[track_caller]
fn found(sandbox: &Sandbox, name: &str) -> String {
    let shown = sandbox.run(&["show", name, "--json"]).json();
    format!(
        "{}/{}",
        shown["kind"].as_str().unwrap(),
        shown["stamp"].as_str().unwrap()
    )
}

#[test]
fn a_snapshot_is_found_by_every_form_of_its_name() {
    let sandbox = sample_chat();
    let absolute = sandbox
        .data()
        .join("snapshots/rewind/20210314T121000Z.json");
    let names = [
        "latest:rewind",
        "20210314T121000Z",
        "20210314T121",
        "rewind/20210314T121000Z",
        "rewind/2",
        "data/snapshots/rewind/20210314T121000Z.json",
        "./data/snapshots/rewind/20210314T121000Z.json",
        "data/snapshots/../snapshots/rewind/20210314T121000Z.json",
        absolute.to_str().unwrap(),
    ];
    for name in names {
        assert_eq!(found(&sandbox, name), "rewind/20210314T121000Z", "{name}");
    }
    assert_eq!(
        found(&sandbox, "periodic/20210314T120"),
        "periodic/20210314T120000Z"
    );
}

#[test]
fn latest_is_the_newest_intact_snapshot() {
    let sandbox = sample_chat();
    for (latest, found) in [
        ("latest", "rewind/20210314T121000Z"),
        ("latest:periodic", "periodic/20210314T120000Z"),
    ] {
        let shown = sandbox.run(&["show", latest]);
        assert!(shown.out.starts_with(found), "{shown:?}");
        let passed_over = "! skipped periodic/20210314T122000Z, which is damaged: cut short\n";
        assert_eq!(shown.err, passed_over);
    }
    sandbox.put(
        Kind::Periodic,
        at(30),
        r#"{"last_event_id": 0, "event_log": []}"#,
    );
    assert_eq!(found(&sandbox, "latest"), "periodic/20210314T123000Z");
}

#[test]
fn latest_names_a_damaged_newer_snapshot_and_does_not_replace_it_unasked() {
    let sandbox = sample_chat();
    let damaged = sandbox.put(Kind::Rewind, at(40), "{\"last_event_id\": 6, ");
    let (name, before) = (damaged.name(), sandbox.dump());
    let passed_over = format!("! skipped {name}, which is damaged: cut short\n");
    for command in ["show", "restore", "delete"] {
        let shown = sandbox
            .run(&[command, "latest:rewind", "--dry-run"][..if command == "show" { 2 } else { 3 }]);
        assert!(shown.err.contains(&passed_over), "{command}: {shown:?}");
    }
    for command in ["restore", "delete"] {
        assert_fails(
            &sandbox.run(&[command, "latest", "--yes"]),
            &format!(
                "unrewind: latest would not be the newest: {name} is damaged: cut short; nothing was changed\n\
                 hint: name the snapshot instead; the newest intact one is rewind/20210314T121000Z\n"
            ),
        );
    }
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.list().len(), 4);
    let copied = sandbox.run(&["restore", "latest", "--into", "copy.db", "--yes"]);
    assert_eq!(
        (copied.code, copied.err.contains(&passed_over)),
        (0, true),
        "{copied:?}"
    );
    let named = sandbox.run(&["restore", "rewind/20210314T121000Z", "--yes"]);
    assert_eq!(named.code, 0, "{}", named.err);
}

#[test]
fn a_file_outside_the_snapshot_folders_has_a_path_and_no_stamp() {
    let sandbox = sample_chat();
    let file = sandbox.list()[1].path.clone();
    for copy in ["copy.json", "20210314T121000Z.json", "snapshot"] {
        fs::copy(&file, sandbox.path().join(copy)).unwrap();
        let shown = sandbox.run(&["show", copy, "--json"]).json();
        assert_eq!(shown["path"], copy);
        assert!(
            shown["kind"].is_null() && shown["stamp"].is_null(),
            "{copy}"
        );
        assert_eq!(shown["last_event_id"], 6);
    }
}

#[test]
fn an_ambiguous_prefix_is_an_error_that_names_the_snapshots() {
    let sandbox = sample_chat();
    assert_fails(
        &sandbox.run(&["show", "2021"]),
        "unrewind: 3 snapshots begin with 2021: periodic/20210314T120000Z, rewind/20210314T121000Z, periodic/20210314T122000Z\n",
    );
    assert_fails(
        &sandbox.run(&["show", "periodic/2021"]),
        "unrewind: 2 snapshots begin with 2021: periodic/20210314T120000Z, periodic/20210314T122000Z\n",
    );
    for minute in 30..36 {
        sandbox.put(Kind::Rewind, at(minute), "{}");
    }
    assert_fails(
        &sandbox.run(&["show", "20210314T123"]),
        "unrewind: 6 snapshots begin with 20210314T123: rewind/20210314T123000Z, rewind/20210314T123100Z, \
         rewind/20210314T123200Z, rewind/20210314T123300Z, rewind/20210314T123400Z, …\n",
    );
}

#[test]
fn a_stamp_of_both_kinds_needs_the_kind() {
    let sandbox = sample_chat();
    sandbox.put(Kind::Periodic, at(10), "{}");
    assert_fails(
        &sandbox.run(&["show", "20210314T121000Z"]),
        "unrewind: 2 snapshots begin with 20210314T121000Z: rewind/20210314T121000Z, periodic/20210314T121000Z\n",
    );
}

#[test]
fn a_name_without_a_snapshot_is_an_error() {
    let sandbox = sample_chat();
    assert_fails(
        &sandbox.run(&["show", "1999"]),
        "unrewind: there is no snapshot 1999 in data/snapshots\n",
    );
    assert_fails(
        &sandbox.run(&["show", "rewind/1999"]),
        "unrewind: there is no snapshot 1999 in data/snapshots\n",
    );
    assert_fails(
        &sandbox.run(&["show", "data/other.json"]),
        "unrewind: there is no file data/other.json\n\
         hint: check the path: the file may have been deleted; `unrewind list` shows the snapshots\n",
    );
    let sandbox = Sandbox::new();
    assert_fails(
        &sandbox.run(&["show", "latest"]),
        "unrewind: there is no intact snapshot in data/snapshots\n",
    );
    assert_fails(
        &sandbox.run(&["show", "latest:rewind"]),
        "unrewind: there is no intact rewind snapshot in data/snapshots\n",
    );
}

#[test]
fn an_empty_name_is_an_error_even_with_a_single_snapshot() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    let message = "unrewind: the snapshot's name is empty\n";
    for name in ["", "rewind/"] {
        assert_fails(&sandbox.run(&["restore", name, "--yes"]), message);
    }
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}
