//! The commands that change something: take, restore and prune.

use std::io::{Read, Write};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::json;
use snapback::core::{Kind, Stamp};

use super::{evening, fails, keys, steady};
use crate::sandbox::{Sandbox, at};

/// Runs the program in a terminal in which this is typed; its exit code and what the terminal shows.
fn in_terminal(sandbox: &Sandbox, arguments: &[&str], typed: &str) -> (u32, String) {
    let terminal = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_snapback"));
    command.args(arguments);
    command.cwd(sandbox.path());
    command.env_clear();
    command.env("HOME", sandbox.path());
    let mut child = terminal.slave.spawn_command(command).unwrap();
    drop(terminal.slave);
    let mut shown = terminal.master.try_clone_reader().unwrap();
    let mut keyboard = terminal.master.take_writer().unwrap();
    keyboard.write_all(typed.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // A terminal without a program is a read error.
    let _ = shown.read_to_end(&mut bytes);
    let code = child.wait().unwrap().exit_code();
    (code, String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn take_says_what_it_took() {
    let sandbox = evening();
    let ran = sandbox.run(&["take"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(steady(&ran.out), "took rewind/NOW: 2.0 kB, last event 8\n");
    assert_eq!(sandbox.list().len(), 4);
}

#[test]
fn take_for_programs_is_the_snapshot_and_what_was_pruned() {
    let sandbox = evening();
    for minute in 21..26 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    let taken = sandbox
        .run(&["take", "--kind", "periodic", "--json"])
        .json();
    let expected = [
        "age_seconds",
        "damaged",
        "kind",
        "last_event_id",
        "path",
        "pruned",
        "size_bytes",
        "stamp",
        "taken_at",
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
fn take_of_a_periodic_says_what_it_pruned() {
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

#[test]
fn restore_shows_its_plan_and_stops() {
    let sandbox = evening();
    let (before, files) = (sandbox.dump(), sandbox.files());
    let ran = sandbox.run(&["restore", "latest", "--dry-run"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    restore rewind/20210314T121000Z into data/chat.db
      2 events come back: “It is.” … “I climbed up to see it.”
      2 events newer than the snapshot leave the log: “rewound” … “Hello?”; the guard keeps them

    TABLE       ADDED  CHANGED  REMOVED
    event_log       0        2        2
    chat_state      0        1        0
    ");
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn restore_counts_one_event_as_one() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("It is.");
    sandbox.sql("UPDATE event_log SET superseded_by = 4 WHERE id = 3");
    let ran = sandbox.run(&["restore", "latest", "--dry-run"]);
    insta::assert_snapshot!(ran.out, @r"
    restore rewind/20210314T120000Z into data/chat.db
      1 event comes back: “Is the lamp still burning?”
      1 event newer than the snapshot leaves the log: “It is.”; the guard keeps it

    TABLE       ADDED  CHANGED  REMOVED
    event_log       0        1        1
    chat_state      0        1        0
    ");
}

#[test]
fn restore_of_the_tables_shows_that_the_log_stays() {
    let ran = evening().run(&[
        "restore",
        "latest",
        "--scope",
        "tables",
        "--dry-run",
        "--no-guard",
    ]);
    insta::assert_snapshot!(ran.out, @r"
    restore rewind/20210314T121000Z into data/chat.db
      the event log is not touched
      no guard is taken: this cannot be undone

    TABLE       ADDED  CHANGED  REMOVED
    chat_state      0        1        0
    ");
}

#[test]
fn restore_does_what_it_says() {
    let sandbox = evening();
    let ran = sandbox.run(&["restore", "latest", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(steady(&ran.out), @r"
    restored: 5 rows changed, last event 6
    guard: rewind/NOW holds the database as it was before
    checkpoint: periodic/NOW is where the application starts from
    ");
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM event_log WHERE superseded_by IS NULL"),
        ["6"]
    );
    assert_eq!(sandbox.list().len(), 5);
}

#[test]
fn restore_for_programs_is_an_object_of_what_was_done() {
    let sandbox = evening();
    let plan = sandbox
        .run(&["restore", "latest", "--dry-run", "--json"])
        .json();
    let done = sandbox
        .run(&["restore", "latest", "--yes", "--json"])
        .json();
    for object in [&plan, &done] {
        assert_eq!(
            keys(object),
            ["checkpoint", "guard", "last_event_id", "tables"]
        );
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
    assert!(plan["guard"].is_null() && plan["checkpoint"].is_null());
    for (kind, key) in [("rewind", "guard"), ("periodic", "checkpoint")] {
        let path = done[key].as_str().unwrap();
        assert!(
            path.starts_with(&format!("data/snapshots/{kind}/2")),
            "{path}"
        );
        assert!(sandbox.path().join(path).is_file(), "{path}");
    }
}

#[test]
fn restore_can_do_without_guard_and_checkpoint() {
    let sandbox = evening();
    let arguments = [
        "restore",
        "latest",
        "--yes",
        "--no-guard",
        "--no-checkpoint",
    ];
    assert_eq!(
        sandbox.run(&arguments).out,
        "restored: 5 rows changed, last event 6\n"
    );
    assert_eq!(sandbox.list().len(), 3);
}

#[test]
fn restore_of_what_is_there_says_so() {
    let sandbox = evening();
    sandbox.take(Kind::Rewind, at(30));
    let ran = sandbox.run(&["restore", "latest", "--dry-run"]);
    insta::assert_snapshot!(ran.out, @r"
    restore rewind/20210314T123000Z into data/chat.db
      live is already as in the snapshot: no row changes
    ");
}

#[test]
fn restore_asks_nobody_without_a_terminal() {
    let sandbox = evening();
    let (before, files) = (sandbox.dump(), sandbox.files());
    let ran = sandbox.run(&["restore", "latest"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(
        ran.err
            .starts_with("restore rewind/20210314T121000Z into data/chat.db\n"),
        "{}",
        ran.err
    );
    let refusal = "snapback: nobody can be asked here: add --yes to go ahead, or --dry-run to see the plan only\n";
    assert!(ran.err.ends_with(refusal), "{}", ran.err);
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn restore_goes_ahead_only_after_a_yes() {
    for answer in ["n\n", "\n", "yep\n", "no\n", "\u{4}"] {
        let sandbox = evening();
        let (before, files) = (sandbox.dump(), sandbox.files());
        let (code, shown) = in_terminal(&sandbox, &["restore", "latest"], answer);
        assert_eq!(code, 1, "{answer:?}: {shown}");
        assert!(shown.contains("Restore? [y/N] "), "{shown}");
        assert!(shown.contains("nothing was changed"), "{shown}");
        assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
    }
    for answer in ["y\n", "Yes\n"] {
        let sandbox = evening();
        let (code, shown) = in_terminal(&sandbox, &["restore", "latest"], answer);
        assert_eq!(code, 0, "{answer:?}: {shown}");
        assert!(shown.contains("restored: 5 rows changed"), "{shown}");
        assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["6"]);
    }
}

#[test]
fn prune_shows_its_plan_and_stops() {
    let sandbox = evening();
    let files = sandbox.files();
    let ran = sandbox.run(&["prune", "--dry-run"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    keep    periodic/20210314T122000Z    43 B  damaged, and no intact one in its place
    delete  rewind/20210314T121000Z    1.7 kB  older than 14 d
    keep    periodic/20210314T120000Z  1.3 kB  the newest
    1 snapshot to delete, 1.7 kB freed; 2 kept
    ");
    assert_eq!(sandbox.files(), files);
}

#[test]
fn prune_does_what_it_says() {
    let sandbox = evening();
    let ran = sandbox.run(&["prune", "--yes"]);
    assert_eq!(
        (ran.code, &*ran.out, &*ran.err),
        (0, "deleted 1 snapshot, freed 1.7 kB\n", "")
    );
    assert_eq!(
        sandbox.files(),
        [
            "periodic/20210314T120000Z.json",
            "periodic/20210314T122000Z.json"
        ]
    );
    let again = sandbox.run(&["prune"]);
    assert_eq!(
        (again.code, again.out.lines().last()),
        (0, Some("nothing to delete; 2 snapshots kept"))
    );
}

#[test]
fn prune_for_programs_says_what_goes_and_what_stays() {
    let sandbox = evening();
    let plan = sandbox.run(&["prune", "--dry-run", "--json"]).json();
    let path = |name: &str| format!("data/snapshots/{name}.json");
    let expected = json!({
        "delete": [{ "path": path("rewind/20210314T121000Z"), "reason": "older than 14 d" }],
        "keep": [
            {
                "path": path("periodic/20210314T122000Z"),
                "reason": "damaged, and no intact one in its place"
            },
            { "path": path("periodic/20210314T120000Z"), "reason": "the newest" }
        ],
        "freed_bytes": sandbox.list()[1].size
    });
    assert_eq!(plan, expected);
    assert_eq!(sandbox.run(&["prune", "--yes", "--json"]).json(), expected);
    assert_eq!(sandbox.list().len(), 2);
}

#[test]
fn prune_takes_a_policy_for_one_kind() {
    let sandbox = evening();
    for minute in 30..33 {
        sandbox.take(Kind::Rewind, at(minute));
    }
    let ran = sandbox.run(&["prune", "--kind", "rewind", "--keep", "2", "--yes"]);
    assert_eq!(ran.out, "deleted 2 snapshots, freed 3.7 kB\n");
    let rewinds = sandbox.files().split_off(2);
    assert_eq!(
        rewinds,
        [
            "rewind/20210314T123100Z.json",
            "rewind/20210314T123200Z.json"
        ]
    );
    let kept = sandbox
        .run(&[
            "prune",
            "--kind",
            "rewind",
            "--keep-within",
            "5000d",
            "--json",
        ])
        .json();
    assert_eq!(kept["delete"], json!([]));
    assert_eq!(kept["keep"][0]["reason"], "not older than 5,000 d");
}

#[test]
fn prune_takes_a_number_for_the_periodic_and_a_span_for_the_rewinds() {
    let sandbox = evening();
    sandbox.take(Kind::Periodic, at(30));
    let ran = sandbox.run(&[
        "prune",
        "--keep",
        "1",
        "--keep-within",
        "5000d",
        "--dry-run",
    ]);
    insta::assert_snapshot!(ran.out, @r"
    keep    periodic/20210314T123000Z  2.0 kB  the newest
    delete  periodic/20210314T122000Z    43 B  beyond the newest 1
    keep    rewind/20210314T121000Z    1.7 kB  not older than 5,000 d
    delete  periodic/20210314T120000Z  1.3 kB  beyond the newest 1
    2 snapshots to delete, 1.4 kB freed; 2 kept
    ");
}

#[test]
fn prune_keeps_nothing_only_by_force() {
    let sandbox = evening();
    let files = sandbox.files();
    let hint = "hint: add --force if that is what you want\n";
    let cases: [(&[&str], &str); 3] = [
        (&["--keep", "0"], "periodic"),
        (&["--kind", "periodic", "--keep", "0"], "periodic"),
        (&["--kind", "rewind", "--keep-within", "0s"], "rewind"),
    ];
    for (policy, kind) in cases {
        let ran = sandbox.run(&[&["prune", "--yes"], policy].concat());
        let message =
            format!("snapback: keeping 0 {kind} snapshots would delete every one of them\n{hint}");
        fails(&ran, &message);
        assert_eq!(sandbox.files(), files);
    }
    let forced = sandbox.run(&[
        "prune", "--kind", "periodic", "--keep", "0", "--force", "--yes",
    ]);
    assert_eq!(
        (forced.code, sandbox.files()),
        (0, vec!["rewind/20210314T121000Z.json".to_owned()])
    );
}

#[test]
fn prune_asks_before_it_deletes() {
    let sandbox = evening();
    let files = sandbox.files();
    let ran = sandbox.run(&["prune"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.contains("nobody can be asked here"), "{}", ran.err);
    let (code, shown) = in_terminal(&sandbox, &["prune"], "n\n");
    assert_eq!(code, 1, "{shown}");
    assert!(
        shown.contains("Delete? [y/N] ") && shown.contains("nothing was deleted"),
        "{shown}"
    );
    assert_eq!(sandbox.files(), files);
    let (code, shown) = in_terminal(&sandbox, &["prune"], "y\n");
    assert_eq!((code, sandbox.files().len()), (0, 2), "{shown}");
}
