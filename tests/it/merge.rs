//! Merges of live and a snapshot: one event log of both, and the rows of both where nothing replays.

pub mod conflicts;
mod edges;
mod random;

use unrewind::core::{
    Error, Kind, MergeAnswers, MergedTables, Newer, Prefer, RestoreOptions, Scope, Snapshot,
};

use crate::sandbox::{Sandbox, at};

pub fn merge(prefer: Option<Prefer>) -> RestoreOptions {
    RestoreOptions {
        newer: Newer::Keep,
        answers: MergeAnswers {
            prefer,
            ..MergeAnswers::default()
        },
        ..RestoreOptions::default()
    }
}

/// A chat whose application does not replay, with a periodic snapshot, a rewind snapshot of three more
/// memories, and after the rewind one newer memory.
pub fn rewound() -> (Sandbox, Snapshot) {
    let mut sandbox = Sandbox::new();
    sandbox.profile.replays_on_start = false;
    sandbox.memory("The lamp burns.");
    sandbox.memory("The door is shut.");
    sandbox.take(Kind::Periodic, at(0));
    let last = sandbox.memory("It rains.");
    sandbox.memory("The cat sleeps.");
    sandbox.memory("Somebody knocks.");
    let snapshot = sandbox.rewind(last, at(1));
    sandbox.memory("The sun is out.");
    (sandbox, snapshot)
}

pub fn memories(sandbox: &Sandbox) -> Vec<String> {
    sandbox.rows("SELECT text FROM memories ORDER BY id")
}

const ALL: [&str; 6] = [
    "'The lamp burns.'",
    "'The door is shut.'",
    "'It rains.'",
    "'The cat sleeps.'",
    "'Somebody knocks.'",
    "'The sun is out.'",
];

#[test]
fn rows_of_both_sides_are_there_and_undo_gives_back_live() {
    let (sandbox, snapshot) = rewound();
    let before = sandbox.dump();
    let plan = sandbox.plan(&snapshot, merge(None)).unwrap();
    let composed = plan.merge.as_ref().unwrap();
    let MergedTables::Rows { base: Some(base) } = &composed.tables else {
        panic!("{composed:?}");
    };
    assert_eq!(base.kind(), Some(Kind::Periodic));
    assert_eq!(
        (composed.kept.count, composed.superseding.removed.count),
        (1, 1)
    );
    sandbox.restore(&snapshot, merge(None)).unwrap();
    assert_eq!(memories(&sandbox), ALL);
    let log = "SELECT count(*), count(superseded_by), sum(kind = 'rewind') FROM event_log";
    let events = sandbox.rows(log);
    assert!(events[0].ends_with(" | 0 | 0"), "{events:?}");

    // The checkpoint ends where the log ends: nothing awaits replay.
    let newest = sandbox
        .list()
        .into_iter()
        .find(|one| one.kind() == Some(Kind::Periodic));
    let end = sandbox.rows("SELECT max(id) FROM event_log");
    assert_eq!(newest.unwrap().last_event_id.unwrap().to_string(), end[0]);
    assert!(sandbox.plan(&snapshot, merge(None)).unwrap().is_empty());

    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
    sandbox.redo().unwrap();
    assert_eq!(memories(&sandbox), ALL);
}

#[test]
fn what_only_one_side_changed_is_taken() {
    let (sandbox, snapshot) = rewound();
    sandbox.sql(
        "UPDATE memories SET importance = 0.9 WHERE text = 'The lamp burns.';
        DELETE FROM memories WHERE text = 'The door is shut.'",
    );
    sandbox.restore(&snapshot, merge(None)).unwrap();
    let expected = ["'The lamp burns.' | 0.9", "'It rains.' | 0.1"];
    let rows = sandbox.rows("SELECT text, importance FROM memories ORDER BY id LIMIT 2");
    assert_eq!(rows, expected);
}

#[test]
fn without_a_common_base_rows_of_either_side_are_there() {
    let (sandbox, snapshot) = rewound();
    for one in sandbox.list() {
        if one.kind() == Some(Kind::Periodic) {
            std::fs::remove_file(&one.path).unwrap();
        }
    }
    let plan = sandbox.plan(&snapshot, merge(None)).unwrap();
    let tables = &plan.merge.as_ref().unwrap().tables;
    assert!(matches!(tables, MergedTables::Rows { base: None }));
    sandbox
        .restore(&snapshot, merge(Some(Prefer::Live)))
        .unwrap();
    assert_eq!(memories(&sandbox), ALL);
}

#[test]
fn a_row_to_which_the_other_side_refers_stays() {
    let schema = "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts TEXT, branch_id, kind TEXT,
            payload_json TEXT, superseded_by INTEGER, hidden INTEGER DEFAULT 0);
        CREATE TABLE chats (id INTEGER PRIMARY KEY, title TEXT);
        CREATE TABLE notes (id INTEGER PRIMARY KEY, chat INTEGER REFERENCES chats, text TEXT);
        INSERT INTO event_log (ts, kind) VALUES ('1', 'begin');
        INSERT INTO chats VALUES (1, 'one'), (2, 'two'), (3, 'three');";
    let mut sandbox = Sandbox::with_schema(schema);
    sandbox.profile.replays_on_start = false;
    sandbox.profile.tables = unrewind::core::Tables::Named(vec!["chats".into(), "notes".into()]);
    sandbox.take(Kind::Periodic, at(0));
    // The snapshot writes to chat 1 and deletes chat 2; live deletes chat 1 and writes to chat 2.
    sandbox.sql(
        "INSERT INTO event_log (ts, kind) VALUES ('2', 'note');
        INSERT INTO notes VALUES (1, 1, 'of the snapshot'); DELETE FROM chats WHERE id IN (2, 3)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql(
        "DELETE FROM notes; DELETE FROM chats;
        INSERT INTO chats VALUES (2, 'two'); INSERT INTO notes VALUES (2, 2, 'of live')",
    );
    let plan = sandbox.plan(&snapshot, merge(None)).unwrap();
    let composed = plan.merge.as_ref().unwrap();
    assert_eq!(composed.referred, [("chats".to_owned(), 2)]);
    sandbox.restore(&snapshot, merge(None)).unwrap();
    assert_eq!(
        sandbox.rows("SELECT id, title FROM chats"),
        ["1 | 'one'", "2 | 'two'"]
    );
    assert_eq!(sandbox.rows("SELECT id FROM notes"), ["1", "2"]);
}

#[test]
fn ids_that_name_two_events_refuse_a_merge() {
    let (sandbox, snapshot) = rewound();
    sandbox.sql("UPDATE event_log SET ts = '2030' WHERE id = 3");
    match sandbox.plan(&snapshot, merge(Some(Prefer::Live))) {
        Err(error @ Error::OldIds { .. }) => {
            assert!(error.to_string().contains("event 3"), "{error}");
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_replayed_merge_takes_the_tables_of_a_snapshot_that_fits() {
    let (mut sandbox, _) = rewound();
    sandbox.profile.replays_on_start = true;
    let snapshot = sandbox.take(Kind::Rewind, at(2));
    // The snapshot counts the rewind; live was restored to before it, and went on.
    let before = sandbox
        .list()
        .into_iter()
        .find(|one| one.taken_at() == at(1));
    sandbox.restore(&before.unwrap(), Scope::Full).unwrap();
    let plan = sandbox.plan(&snapshot, merge(None)).unwrap();
    let MergedTables::Replayed {
        from: Some(from), ..
    } = &plan.merge.as_ref().unwrap().tables
    else {
        panic!("{:?}", plan.merge);
    };
    assert_ne!(from.path, snapshot.path);
    assert!(plan.replays > 0);
}

#[test]
fn a_part_of_what_is_replayed_cannot_be_merged() {
    let (mut sandbox, snapshot) = rewound();
    sandbox.profile.replays_on_start = true;
    for part in [
        RestoreOptions {
            tables: vec!["memories".to_owned()],
            ..merge(None)
        },
        RestoreOptions {
            scope: Scope::Tables,
            ..merge(None)
        },
    ] {
        let error = sandbox.plan(&snapshot, part).unwrap_err().to_string();
        assert!(
            error.starts_with("both sides can only be merged whole"),
            "{error}"
        );
    }
}

#[test]
fn the_command_line_lists_conflicts_and_takes_the_preferred_side() {
    let (sandbox, snapshot) = conflicts::edited();
    std::fs::write(sandbox.data().join("unrewind.toml"), CONFIG).unwrap();
    let name = snapshot.name();
    let run = |more: &[&str]| sandbox.run(&[&["restore", &name, "--merge"], more].concat());

    let plan = run(&["--dry-run"]);
    assert_eq!(plan.code, 1, "{plan:?}");
    let lines = "! 2 conflicts between live and the snapshot, 2 undecided:
    notes id = 1, text: live 'first, anew', the snapshot 'first, again'
    notes id = 1, views: live 323, the snapshot 269 (the application may compute it)\n";
    assert!(plan.out.contains(lines), "{plan:?}");

    let json = run(&["--dry-run", "--json"]);
    assert_eq!(json.code, 1);
    assert_eq!(
        json.json()["conflicts"][0],
        serde_json::json!({
            "table": "notes", "key": 1, "column": "text", "base": "first", "live": "first, anew",
            "snapshot": "first, again", "computed": false, "why": null, "prefer": null,
        })
    );
    assert_eq!(json.json()["merge"]["by"], "rows");

    let refused = run(&["--yes"]);
    let hint = "hint: decide with --prefer live or --prefer snapshot";
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains(hint), "{}", refused.err);

    let done = run(&["--prefer", "snapshot", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        sandbox.rows("SELECT name, text FROM notes WHERE id < 3 ORDER BY id"),
        ["'a' | 'first, again'", "'z' | 'second'"]
    );
}

const CONFIG: &str = "tables = [\"notes\"]
[log]
table = \"event_log\"
id = \"id\"
kind = \"kind\"
time = \"ts\"
superseded_by = \"superseded_by\"
";

#[test]
fn a_merge_into_a_copy_leaves_live_alone() {
    let (sandbox, snapshot) = rewound();
    let before = sandbox.dump();
    std::fs::write(
        sandbox.data().join("unrewind.toml"),
        "replays_on_start = false\n",
    )
    .unwrap();
    let arguments = [
        "restore",
        &snapshot.name(),
        "--merge",
        "--into",
        "copy.db",
        "--yes",
    ];
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(sandbox.dump(), before);
    let copy = rusqlite::Connection::open(sandbox.path().join("copy.db")).unwrap();
    assert_eq!(
        Sandbox::rows_of(&copy, "SELECT text FROM memories ORDER BY id"),
        ALL
    );
}
