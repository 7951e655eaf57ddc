//! `unrewind take`.

use serde_json::json;
use unrewind::core::{Kind, Stamp};

use super::{keys, sample_chat, steady};
use crate::sandbox::{Sandbox, at};

#[test]
fn take_prints_what_it_took() {
    let sandbox = sample_chat();
    let ran = sandbox.run(&["take"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(steady(&ran.out), "took rewind/NOW: 2.0 kB, last event 8\n");
    assert_eq!(sandbox.list().len(), 4);
}

#[test]
fn take_with_json_is_the_snapshot_and_what_was_pruned() {
    let sandbox = sample_chat();
    for minute in 21..26 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    let taken = sandbox
        .run(&["take", "--kind", "periodic", "--json"])
        .json();
    let expected = [
        "age_seconds",
        "columns_lacking",
        "damaged",
        "ends_at",
        "held_nowhere_else",
        "kind",
        "label",
        "last_event_id",
        "name",
        "note_problem",
        "off_log",
        "path",
        "pinned",
        "pruned",
        "size_bytes",
        "stamp",
        "stored_in",
        "tables_lacking",
        "tables_not_held",
        "taken_at",
        "unreadable",
        "verified",
    ];
    assert_eq!(keys(&taken), expected);
    assert_eq!(taken["kind"], "periodic");
    assert_eq!(taken["last_event_id"], 8);
    let stamp: Stamp = taken["stamp"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        taken["path"],
        format!("data/snapshots/periodic/{stamp}.json")
    );
    assert_eq!(
        taken["pruned"],
        json!(["data/snapshots/periodic/20210314T122100Z.json"])
    );
}

#[test]
fn a_periodic_take_prints_what_it_pruned() {
    let sandbox = Sandbox::new();
    for minute in 1..6 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    let ran = sandbox.run(&["take", "--kind", "periodic"]);
    assert_eq!(
        steady(&ran.out),
        "took periodic/NOW: 816 B, last event 2\npruned data/snapshots/periodic/20210314T120100Z.json\n"
    );
}
