//! The names by which a snapshot is called on the command line.

use std::fs;

use unrewind::core::Kind;

use super::{evening, fails};
use crate::sandbox::{Sandbox, at};

/// The kind and the stamp of what `show` finds under a name.
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
fn a_snapshot_is_named_in_many_ways() {
    let sandbox = evening();
    let absolute = sandbox
        .data()
        .join("snapshots/rewind/20210314T121000Z.json");
    let names = [
        "latest",
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
fn latest_is_the_newest_that_is_intact() {
    let sandbox = evening();
    assert_eq!(
        found(&sandbox, "latest:periodic"),
        "periodic/20210314T120000Z"
    );
    sandbox.put(
        Kind::Periodic,
        at(30),
        r#"{"last_event_id": 0, "event_log": []}"#,
    );
    assert_eq!(found(&sandbox, "latest"), "periodic/20210314T123000Z");
}

#[test]
fn a_file_elsewhere_has_a_path_and_no_stamp() {
    let sandbox = evening();
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
fn a_beginning_must_be_of_one_snapshot() {
    let sandbox = evening();
    fails(
        &sandbox.run(&["show", "2021"]),
        "unrewind: 3 snapshots begin with 2021: periodic/20210314T120000Z, rewind/20210314T121000Z, periodic/20210314T122000Z\n",
    );
    fails(
        &sandbox.run(&["show", "periodic/2021"]),
        "unrewind: 2 snapshots begin with 2021: periodic/20210314T120000Z, periodic/20210314T122000Z\n",
    );
    for minute in 30..36 {
        sandbox.put(Kind::Rewind, at(minute), "{}");
    }
    fails(
        &sandbox.run(&["show", "20210314T123"]),
        "unrewind: 6 snapshots begin with 20210314T123: rewind/20210314T123000Z, rewind/20210314T123100Z, \
         rewind/20210314T123200Z, rewind/20210314T123300Z, rewind/20210314T123400Z, …\n",
    );
}

#[test]
fn the_same_stamp_of_both_kinds_needs_the_kind() {
    let sandbox = evening();
    sandbox.put(Kind::Periodic, at(10), "{}");
    fails(
        &sandbox.run(&["show", "20210314T121000Z"]),
        "unrewind: 2 snapshots begin with 20210314T121000Z: rewind/20210314T121000Z, periodic/20210314T121000Z\n",
    );
}

#[test]
fn a_name_of_nothing_is_an_error() {
    let sandbox = evening();
    fails(
        &sandbox.run(&["show", "1999"]),
        "unrewind: there is no snapshot 1999 in data/snapshots\n",
    );
    fails(
        &sandbox.run(&["show", "rewind/1999"]),
        "unrewind: there is no snapshot 1999 in data/snapshots\n",
    );
    fails(
        &sandbox.run(&["show", "data/other.json"]),
        "unrewind: there is no file data/other.json\n\
         hint: check the path: the file may have been deleted; `unrewind list` shows the snapshots\n",
    );
    let sandbox = Sandbox::new();
    fails(
        &sandbox.run(&["show", "latest"]),
        "unrewind: there is no intact snapshot in data/snapshots\n",
    );
    fails(
        &sandbox.run(&["show", "latest:rewind"]),
        "unrewind: there is no intact rewind snapshot in data/snapshots\n",
    );
}

#[test]
fn nothing_names_no_snapshot_even_if_there_is_only_one() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    let message = "unrewind: the snapshot's name is empty\n";
    for name in ["", "rewind/"] {
        fails(&sandbox.run(&["restore", name, "--yes"]), message);
    }
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}
