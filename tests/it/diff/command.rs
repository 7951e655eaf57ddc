//! `unrewind diff`: its sides, what it prints, and its exit codes, which are those of diff(1).

use serde_json::json;
use unrewind::core::Kind;

use crate::sandbox::{Ran, Sandbox, at};

/// A chat that changed after a snapshot: two events and a memory more, and a bot renamed.
fn changed_chat() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 3; UPDATE bots SET name = 'Anna'");
    sandbox.event("Good night, then.");
    sandbox.memory("Jo says good night first.");
    sandbox
}

#[track_caller]
fn assert_exit(ran: &Ran, code: i32, err: &str) {
    assert_eq!((ran.code, &*ran.err), (code, err), "{}", ran.out);
}

/// The output, from the table of numbers on.
#[track_caller]
fn table(ran: &Ran) -> &str {
    &ran.out[ran.out.find("TABLE").unwrap()..]
}

#[test]
fn equal_sides_exit_with_0() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    for arguments in [
        &["diff", "latest"][..],
        &["diff", "live", "latest"],
        &["diff", "latest", "latest"],
    ] {
        let ran = sandbox.run(arguments);
        // A single side is compared with live, from live to it.
        let (from, to) = match arguments[1..] {
            [only] => ("live", only),
            [from, to] => (from, to),
            _ => unreachable!(),
        };
        assert_exit(&ran, 0, &format!("{from} and {to} are the same\n"));
        assert_eq!(ran.out, "");
    }
}

#[test]
fn different_sides_exit_with_1_and_print_the_events_and_a_count_per_table() {
    let sandbox = changed_chat();
    let ran = sandbox.run(&["diff", "latest", "live"]);
    assert_exit(&ran, 1, "");
    insta::assert_snapshot!(table(&ran), @r"
    TABLE       ADDED  CHANGED  REMOVED
    event_log       2        1        0
    bots            0        1        0
    memories        1        0        0
    chat_state      0        1        0
    ");
    let texts = [
        "lamp still burning",
        "Good night, then.",
        "Jo says good night",
    ];
    assert!(
        texts.iter().all(|text| ran.out.contains(text)),
        "{}",
        ran.out
    );
    let ran = sandbox.run(&["diff", "live", "rewind/20210314T120000Z"]);
    assert_exit(&ran, 1, "");
    insta::assert_snapshot!(table(&ran), @r"
    TABLE       ADDED  CHANGED  REMOVED
    event_log       0        1        2
    bots            0        1        0
    memories        0        0        1
    chat_state      0        1        0
    ");
}

#[test]
fn diff_with_rows_prints_added_changed_and_removed_rows() {
    let sandbox = changed_chat();
    let only = ["--rows", "--table", "bots", "--table", "memories"];
    let ran = sandbox.run(&[&["diff", "latest", "live"], &only[..]].concat());
    assert_exit(&ran, 1, "");
    insta::assert_snapshot!(table(&ran), @r"
    TABLE     ADDED  CHANGED  REMOVED
    bots          0        1        0
    memories      1        0        0

    bots
    ~ id = 'mara': name: 'Mara' → 'Anna'

    memories
    + id = 5, chat_id = 1, scene_id = NULL, text = 'Jo says good night first.', importance = 0.1, created_at = '2021-03-14T09:04:00Z'
    ");
    let ran = sandbox.run(&["diff", "live", "latest", "--rows", "--table", "memories"]);
    assert!(ran.out.contains("\n- id = 5, "), "{}", ran.out);
}

#[test]
fn diff_with_json_has_counts_and_rows() {
    let sandbox = changed_chat();
    sandbox.take(Kind::Periodic, at(60));
    let ran = sandbox.run(&["diff", "latest:rewind", "latest:periodic", "--json"]);
    assert_exit(&ran, 1, "");
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let gone =
        |events, hidden| json!({ "events": events, "rewound": 0, "hidden": hidden, "lost": 0 });
    let log = json!({ "gone_from_a": gone(0, 0), "gone_from_b": gone(1, 1), "newer_in_a": 0, "newer_in_b": 2, "edited": 0, "reused_ids": 0 });
    assert_eq!((&json["same"], &json["log"]), (&json!(false), &log));
    assert_eq!(
        json["tables"]["memories"],
        json!({ "added": 1, "changed": 0, "removed": 0 })
    );
    assert_eq!(
        json["tables"]["scenes"],
        json!({ "added": 0, "changed": 0, "removed": 0 })
    );

    let ran = sandbox.run(&[
        "diff",
        "latest:rewind",
        "live",
        "--json",
        "--rows",
        "--table",
        "bots",
    ]);
    assert_exit(&ran, 1, "");
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let bot = |name| json!({ "id": "mara", "name": name, "persona": "", "created_at": "2021-03-14T09:00:00Z" });
    let changed = json!({ "columns": ["name"], "from": bot("Mara"), "to": bot("Anna") });
    let bots = json!({ "added": 0, "changed": 1, "removed": 0, "rows": [{ "key": "mara", "changed": changed }] });
    assert_eq!(
        json,
        json!({ "same": false, "log": null, "tables": { "bots": bots } })
    );
}

#[test]
fn diff_with_json_of_equal_sides_says_same() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    let ran = sandbox.run(&["diff", "latest", "--json"]);
    assert_eq!((ran.code, ran.json()["same"].clone()), (0, json!(true)));
}

#[test]
fn a_diff_that_fails_exits_with_2() {
    let sandbox = changed_chat();
    sandbox.put(Kind::Rewind, at(1), "{\"event_log\": [");
    let cases: [(&[&str], &str); 5] = [
        (
            &["diff", "live"],
            "unrewind: both sides are live: name a snapshot to compare it with\n",
        ),
        (
            &["diff", "1999"],
            "unrewind: there is no snapshot 1999 in data/snapshots\n",
        ),
        (&["diff", "rewind/20210314T120100Z"], ""),
        (&["diff", "rewind/20210314T120000Z", "--table", "bot"], ""),
        (
            &["diff", "rewind/20210314T120000Z", "--db", "data/other.db"],
            "",
        ),
    ];
    for (arguments, message) in cases {
        let ran = sandbox.run(arguments);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.starts_with("unrewind: "), "{}", ran.err);
        assert!(message.is_empty() || ran.err == message, "{}", ran.err);
    }
}

#[test]
fn a_diff_of_two_snapshots_needs_no_database() {
    let mut sandbox = changed_chat();
    sandbox.take(Kind::Periodic, at(60));
    sandbox.quit();
    std::fs::rename(sandbox.db(), sandbox.path().join("elsewhere")).unwrap();
    let ran = sandbox.run(&[
        "diff",
        "latest:rewind",
        "latest:periodic",
        "--table",
        "bots",
    ]);
    assert_exit(&ran, 1, "");
    // Without a database, nothing says that the id is the key.
    insta::assert_snapshot!(table(&ran), @r"
    TABLE  ADDED  CHANGED  REMOVED
    bots       1        0        1
    ");
}
