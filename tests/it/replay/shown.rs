//! Showing a moment and comparing with it: what a restore of it would make.

use serde_json::Value as Json;
use unrewind::core::Kind;

use super::settings::{OWN, command, demonstration, set};
use crate::sandbox::{Sandbox, at};

/// Runs the program on the demonstration and returns what it printed as JSON.
fn json(sandbox: &Sandbox, arguments: &[&str]) -> Json {
    let ran = sandbox.run(&[arguments, &["--json", "--data-dir", "demo"]].concat());
    assert_eq!(ran.err, "");
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn a_shown_moment_is_what_its_restore_makes() {
    let sandbox = demonstration();
    set(&sandbox, OWN, &command());
    let shown = json(&sandbox, &["show", "--at", "1430"]);
    let memories = json(&sandbox, &["show", "--at", "1430", "--rows", "memories"]);
    let difference = json(&sandbox, &["diff", "--at", "1430"]);
    let plan = json(&sandbox, &["restore", "--at", "1430", "--dry-run"]);
    assert_eq!(shown["at"], plan["at"]);
    for (table, changes) in plan["tables"].as_object().unwrap() {
        assert_eq!(&difference["tables"][table], changes, "{table}");
    }
    let restored = sandbox.run(&["restore", "--at", "1430", "--yes", "--data-dir", "demo"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    let live = json(&sandbox, &["show", "live"]);
    assert_eq!(shown["tables"], live["tables"]);
    assert_eq!(shown["last_event_id"], 1430);
    let rows = json(&sandbox, &["show", "live", "--rows", "memories"]);
    assert_eq!(memories, rows);
    assert_eq!(json(&sandbox, &["diff", "--at", "1430"])["same"], true);
}

#[test]
fn a_moment_is_compared_from_live_or_from_a_snapshot() {
    let sandbox = demonstration();
    set(&sandbox, OWN, &command());
    let end = json(&sandbox, &["show", "latest:rewind"])["ends_at"].to_string();
    let words = [
        "diff",
        "latest:rewind",
        "--at",
        &end,
        "--from",
        "latest:rewind",
    ];
    assert_eq!(json(&sandbox, &words)["same"], true);
    let words = [
        "diff",
        "latest:rewind",
        "--at",
        "1430",
        "--table",
        "memories",
        "--data-dir",
        "demo",
    ];
    let ran = sandbox.run(&words);
    assert_eq!(ran.code, 1, "{ran:?}");
    let both = sandbox.run(&["diff", "latest", "live", "--at", "1430"]);
    assert_eq!(both.code, 2, "{both:?}");
}

#[test]
fn without_a_command_a_snapshot_of_exactly_that_event_is_shown() {
    let sandbox = Sandbox::new();
    while sandbox.event("Hello?") < 5 {}
    sandbox.take(Kind::Periodic, at(0));
    sandbox.memory("The lamp burns.");
    let ran = sandbox.run(&["show", "--at", "5"]);
    let (head, table) = ran.out.split_once("\n\n").unwrap();
    insta::assert_snapshot!(head, @r"
    the event log becomes that of live just after event 5, 2021-03-14T09:04:00Z
    the tables become those of periodic/20210314T120000Z, as of event 5
    ");
    let line = table.lines().find(|line| line.starts_with("memories"));
    assert_eq!(line, Some("memories                  0     1    -1"));
    for command in ["show", "diff"] {
        let ran = sandbox.run(&[command, "--at", "6"]);
        let message = "unrewind: no snapshot has the tables as of event 6, and no replay command is set that makes them; the nearest earlier event with tables is 5, of periodic/20210314T120000Z\n";
        assert_eq!(&*ran.err, message);
        assert_eq!(ran.code, if command == "show" { 1 } else { 2 });
    }
}

#[test]
fn an_event_of_several_histories_is_shown_in_the_named_one() {
    let sandbox = Sandbox::new();
    while sandbox.event("Hello?") < 6 {}
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 5; UPDATE chat_state SET message_count = 3");
    sandbox.event("after");
    sandbox.sql("UPDATE event_log SET ts = '2021-03-15T09:00:00Z' WHERE id > 5");
    let ran = sandbox.run(&["show", "--at", "6"]);
    assert_eq!(ran.code, 1);
    let hint = "hint: name the history before --at: live, or a snapshot\n";
    assert!(ran.err.ends_with(hint), "{ran:?}");
    let shown = sandbox
        .run(&["show", "latest", "--at", "6", "--json"])
        .json();
    assert_eq!(shown["at"]["from"], "rewind/20210314T120000Z");
    let ran = sandbox.run(&["diff", "--at", "6"]);
    assert!(
        ran.err.contains("--from live or --from SNAPSHOT"),
        "{ran:?}"
    );
    let ran = sandbox.run(&["diff", "--at", "6", "--from", "latest", "--json"]);
    let difference: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(difference["log"]["reused_ids"], 1, "{difference}");
}
