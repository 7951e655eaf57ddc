//! `unrewind restore`.

use serde_json::json;
use unrewind::core::Kind;

use super::{in_terminal, keys, sample_chat, steady};
use crate::sandbox::{Ran, Sandbox, at};

/// The printed plan, without the lines on processes that have the database open (this test is one).
fn plan(ran: &Ran) -> String {
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let is_plan = |line: &&str| {
        let who = [
            " the database open: restart ",
            " before its next periodic snapshot: ",
            ", or restart it if it runs: ",
        ];
        !who.iter().any(|who| line.contains(who))
    };
    ran.out
        .lines()
        .filter(is_plan)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn restore_with_dry_run_prints_its_plan_and_changes_nothing() {
    let sandbox = sample_chat();
    let (before, files) = (sandbox.dump(), sandbox.files());
    let ran = sandbox.run(&["restore", "latest:rewind", "--dry-run"]);
    insta::assert_snapshot!(plan(&ran), @r"
    restore rewind/20210314T121000Z into data/chat.db

    2 events come back, now rewound:
        5  “It is.”
        6  “I climbed up to see it.”
    2 newer events will be removed (the safety snapshot keeps them):
        7  rewind
        8  “Hello?”

    TABLE       ADDED  CHANGED  REMOVED
    event_log       0        2        2
    chat_state      0        1        0
    ");
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn the_plan_uses_the_singular_for_one_event() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("It is.");
    sandbox.sql("UPDATE event_log SET superseded_by = 4 WHERE id = 3");
    let ran = sandbox.run(&["restore", "latest:rewind", "--dry-run"]);
    insta::assert_snapshot!(plan(&ran), @r"
    restore rewind/20210314T120000Z into data/chat.db

    1 event comes back, now rewound:
        3  “Is the lamp still burning?”
    1 newer event will be removed (the safety snapshot keeps it):
        4  “It is.”

    TABLE       ADDED  CHANGED  REMOVED
    event_log       0        1        1
    chat_state      0        1        0
    ");
}

#[test]
fn the_plan_of_a_tables_restore_says_that_the_log_is_not_touched() {
    let ran = sample_chat().run(&[
        "restore",
        "latest:rewind",
        "--scope",
        "tables",
        "--dry-run",
        "--no-safety-snapshot",
    ]);
    insta::assert_snapshot!(plan(&ran), @r"
    restore rewind/20210314T121000Z into data/chat.db

    the event log is not touched
    ! no safety snapshot is taken: this cannot be undone

    TABLE       ADDED  CHANGED  REMOVED
    chat_state      0        1        0
    ");
}

#[test]
fn restore_does_what_its_plan_says() {
    let sandbox = sample_chat();
    let ran = sandbox.run(&["restore", "latest:rewind", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(steady(&ran.out), @r"
    2 events are back
    safety snapshot: rewind/NOW_safety holds the database as it was; `unrewind undo` brings that back
    checkpoint: periodic/NOW_checkpoint is where the application starts from
    restored rewind/20210314T121000Z into data/chat.db: 5 rows changed
    ");
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM event_log WHERE superseded_by IS NULL"),
        ["6"]
    );
    assert_eq!(sandbox.list().len(), 5);
}

#[test]
fn the_latest_rewind_snapshot_is_the_same_after_a_restore() {
    let sandbox = sample_chat();
    assert_eq!(sandbox.run(&["restore", "latest:rewind", "--yes"]).code, 0);
    let ran = sandbox.run(&["restore", "latest:rewind", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(
        ran.out
            .ends_with("restored rewind/20210314T121000Z into data/chat.db: 0 rows changed\n"),
        "{ran:?}"
    );
}

#[test]
fn restore_with_json_is_an_object_with_the_restored_tables() {
    let sandbox = sample_chat();
    let plan = sandbox
        .run(&["restore", "latest:rewind", "--dry-run", "--json"])
        .json();
    let done = sandbox
        .run(&["restore", "latest:rewind", "--yes", "--json"])
        .json();
    for object in [&plan, &done] {
        assert_eq!(
            keys(object),
            [
                "checkpoint",
                "database",
                "held_nowhere_else",
                "last_event_id",
                "left_out",
                "note_problem",
                "replays",
                "safety_snapshot",
                "snapshot",
                "tables"
            ]
        );
        let restored = "data/snapshots/rewind/20210314T121000Z.json";
        assert_eq!(object["snapshot"], restored);
        assert_eq!(object["last_event_id"], 6);
        assert_eq!(object["tables"].as_object().unwrap().len(), 11);
        assert_eq!(
            object["tables"]["event_log"],
            json!({ "added": 0, "changed": 2, "removed": 2 })
        );
        assert_eq!(
            object["tables"]["bots"],
            json!({ "added": 0, "changed": 0, "removed": 0 })
        );
    }
    assert!(plan["safety_snapshot"].is_null() && plan["checkpoint"].is_null());
    for (kind, key) in [("rewind", "safety_snapshot"), ("periodic", "checkpoint")] {
        let path = done[key].as_str().unwrap();
        assert!(
            path.starts_with(&format!("data/snapshots/{kind}/2")),
            "{path}"
        );
        assert!(sandbox.path().join(path).is_file(), "{path}");
    }
}

#[test]
fn restore_can_omit_the_safety_snapshot_and_the_checkpoint() {
    let sandbox = sample_chat();
    let arguments = [
        "restore",
        "latest:rewind",
        "--yes",
        "--no-safety-snapshot",
        "--no-checkpoint",
    ];
    let message =
        "2 events are back\nrestored rewind/20210314T121000Z into data/chat.db: 5 rows changed\n";
    assert_eq!(sandbox.run(&arguments).out, message);
    assert_eq!(sandbox.list().len(), 3);
}

#[test]
fn restore_of_an_equal_snapshot_says_that_no_row_changes() {
    let sandbox = sample_chat();
    sandbox.take(Kind::Rewind, at(30));
    let ran = sandbox.run(&["restore", "latest:rewind", "--dry-run"]);
    insta::assert_snapshot!(plan(&ran), @r"
    restore rewind/20210314T123000Z into data/chat.db

    the live database already equals the snapshot: no row changes
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn restore_warns_of_emptied_tables_even_if_it_does_not_ask() {
    let sandbox = sample_chat();
    sandbox.put(
        Kind::Rewind,
        at(30),
        r#"{"last_event_id": 0, "event_log": []}"#,
    );
    for mode in ["--dry-run", "--yes"] {
        let ran = sandbox.run(&["restore", "latest:rewind", mode]);
        let printed = ran.out + &ran.err;
        let warning = "! the snapshot lacks bots, ";
        assert!(
            ran.code == 0 && printed.contains(warning),
            "{mode}: {printed}"
        );
    }
    assert!(sandbox.rows("SELECT * FROM bots").is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn restore_names_other_processes_that_have_the_database_open() {
    let sandbox = sample_chat();
    let plan = sandbox.run(&["restore", "latest:rewind", "--dry-run"]).out;
    let other = format!("(pid {})", std::process::id());
    assert!(plan.contains(&other), "{plan}");
    assert!(plan.contains(" the database open: restart "), "{plan}");
}

#[test]
fn restore_without_a_terminal_refuses_instead_of_asking() {
    let sandbox = sample_chat();
    let (before, files) = (sandbox.dump(), sandbox.files());
    let ran = sandbox.run(&["restore", "latest:rewind"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(
        ran.err
            .starts_with("restore rewind/20210314T121000Z into data/chat.db\n"),
        "{}",
        ran.err
    );
    let refusal = "unrewind: not a terminal, so Unrewind cannot ask: add --yes to go ahead, or --dry-run to see the plan only\n";
    assert!(ran.err.ends_with(refusal), "{}", ran.err);
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
#[cfg_attr(windows, ignore = "wine has no pseudo-terminal")]
fn restore_applies_its_plan_only_after_a_yes() {
    for answer in ["n\n", "\n", "yep\n", "no\n", "\u{4}"] {
        let sandbox = sample_chat();
        let (before, files) = (sandbox.dump(), sandbox.files());
        let (code, shown) = in_terminal(&sandbox, &["restore", "latest:rewind"], answer);
        assert_eq!(code, 1, "{answer:?}: {shown}");
        let question = "Restore, and remove 2 newer events (--merge keeps what is newer)? [y/N] ";
        assert!(shown.contains(question), "{shown}");
        assert!(shown.contains("nothing was changed"), "{shown}");
        assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
    }
    for answer in ["y\n", "Yes\n"] {
        let sandbox = sample_chat();
        let (code, shown) = in_terminal(&sandbox, &["restore", "latest:rewind"], answer);
        assert_eq!(code, 0, "{answer:?}: {shown}");
        let message = "restored rewind/20210314T121000Z into data/chat.db: 5 rows changed";
        assert!(shown.contains(message), "{shown}");
        assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["6"]);
    }
}
