//! The history of a row: its versions over all snapshots and live, whatever its key is. Submodules: the
//! command, and random histories.

mod command;
mod random;

use rusqlite::params;
use serde_json::{Value as Json, json};
use unrewind::core::{Error, Kind, Place, Result, RowHistory, RowKey, RowVersion, Workspace};

use crate::sandbox::{Sandbox, at, now};

/// Reads a row's history; the key as it is written on the command line.
fn history(sandbox: &Sandbox, table: &str, key: &str) -> Result<RowHistory> {
    let workspace = Workspace::builder(sandbox.data()).profile(sandbox.profile.clone());
    workspace.build().history(table, &RowKey::parse(key))
}

/// Each version as its snapshots' minutes after noon, `live`, and one column of the row.
fn versions(sandbox: &Sandbox, table: &str, key: &str, column: &str) -> Vec<String> {
    let history = history(sandbox, table, key).unwrap();
    let shown = |version: &RowVersion| {
        let minutes = version.places.iter().map(|place| match place {
            Place::Live => "live".to_owned(),
            Place::Snapshot(index) => {
                let taken_at = history.snapshots()[*index].taken_at();
                (taken_at - at(0)).num_minutes().to_string()
            }
        });
        let minutes = minutes.collect::<Vec<_>>().join(" ");
        match &version.row {
            Some(row) => format!("{minutes}: {}", row.value(column).unwrap()),
            None => format!("{minutes}: gone"),
        }
    };
    history.versions().iter().map(shown).collect()
}

/// A database of one table in which `change` is made before each of three snapshots and live.
fn changed(schema: &str, changes: [&str; 4]) -> Sandbox {
    let mut sandbox = Sandbox::with_schema(schema);
    sandbox.profile.log = None;
    sandbox.profile.tables = unrewind::core::Tables::Auto {
        exclude: Vec::new(),
    };
    for (minute, change) in (0..).zip(changes) {
        sandbox.sql(change);
        if minute < 3 {
            sandbox.take(Kind::Periodic, at(minute));
        }
    }
    sandbox
}

#[test]
fn identical_neighbours_are_one_version_and_an_absence_is_one_too() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    let id = sandbox.memory("Godo nihgt").to_string();
    sandbox.take(Kind::Periodic, at(10));
    sandbox.take(Kind::Rewind, at(20));
    let set = |text: &str| {
        let sql = "UPDATE memories SET text = ?1 WHERE id = ?2";
        sandbox.app.execute(sql, params![text, id]).unwrap();
    };
    set("Good night");
    sandbox.take(Kind::Periodic, at(30));
    sandbox.sql("DELETE FROM memories");
    sandbox.take(Kind::Rewind, at(40));
    let sql =
        "INSERT INTO memories (id, chat_id, text, created_at) VALUES (?1, 1, 'Good night', 'x')";
    sandbox.app.execute(sql, [&id]).unwrap();
    let found = versions(&sandbox, "memories", &id, "text");
    let expected = [
        "10 20: 'Godo nihgt'",
        "30: 'Good night'",
        "40: gone",
        "live: 'Good night'",
    ];
    assert_eq!(found, expected);
    let versions = history(&sandbox, "memories", &id).unwrap().versions();
    let changed: Vec<_> = versions.iter().map(|it| it.changed.join(" ")).collect();
    assert_eq!(changed, ["", "text", "", "importance created_at"]);
}

#[test]
fn rewinds_lie_between_versions_and_events_name_the_row() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    let id = sandbox.log(
        "chat_opened",
        &json!({"chat": 2, "bot": "mara", "title": "Two"}),
    );
    let message = sandbox.log("message", &json!({"chat": 2, "text": "2"}));
    sandbox.log("message", &json!({"chat": 1, "text": "2"}));
    sandbox.rewind(id - 1, at(10));
    sandbox.take(Kind::Periodic, at(20));
    let versions = history(&sandbox, "chats", "2").unwrap().versions();
    let [there, gone] = &versions[..] else {
        panic!("{versions:?}");
    };
    let ids = |events: &[std::sync::Arc<unrewind::core::HistoryEvent>]| {
        events.iter().map(|it| it.event.id).collect::<Vec<_>>()
    };
    assert_eq!(
        (ids(&there.rewinds), ids(&there.events)),
        (vec![], vec![id, message])
    );
    assert!(gone.row.is_none() && gone.is_live());
    assert_eq!(
        (ids(&gone.rewinds), ids(&gone.events)),
        (vec![message + 2], vec![])
    );
}

#[test]
fn safety_snapshots_and_checkpoints_are_states_of_live() {
    let sandbox = Sandbox::new();
    let id = sandbox.memory("Edda").to_string();
    let first = sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("UPDATE memories SET text = 'Ilias'");
    sandbox
        .restore(&first, unrewind::core::RestoreOptions::default())
        .unwrap();
    let restored = (now() - at(0)).num_minutes();
    let expected = [
        "0: 'Edda'".to_owned(),
        format!("{restored}: 'Ilias'"),
        format!("{restored} live: 'Edda'"),
    ];
    assert_eq!(versions(&sandbox, "memories", &id, "text"), expected);
}

#[test]
fn a_row_is_found_by_any_key() {
    let cases = [
        // An integer, and one with a decimal that only looks like it.
        ("t (k INTEGER PRIMARY KEY, v)", "-7", "-7"),
        ("t (k INTEGER PRIMARY KEY, v TEXT) STRICT", "7", "7"),
        ("t (k TEXT PRIMARY KEY, v)", "'mara'", "mara"),
        ("t (k TEXT PRIMARY KEY, v)", "'7'", "7"),
        ("t (k TEXT PRIMARY KEY, v)", "'7'", "\"7\""),
        ("t (k TEXT PRIMARY KEY, v)", "'é/\"\\😀'", "é/\"\\😀"),
        ("t (k TEXT PRIMARY KEY, v)", "''", "\"\""),
        ("t (k TEXT PRIMARY KEY COLLATE NOCASE, v)", "'MaRa'", "MaRa"),
        ("t (k TEXT PRIMARY KEY, v) WITHOUT ROWID", "'mara'", "mara"),
        ("t (k REAL PRIMARY KEY, v)", "0.1", "0.1"),
        ("t (k REAL PRIMARY KEY, v)", "7", "7"),
        (
            "t (k BLOB PRIMARY KEY, v)",
            "x'00ff3e'",
            r#"{"$blob": "AP8+"}"#,
        ),
        ("t (k, l, v, PRIMARY KEY (k, l))", "'a', 2", r#"["a", 2]"#),
        (
            "t (v, l, k, PRIMARY KEY (k, l)) WITHOUT ROWID",
            "2, 'a'",
            r#"["a", 2]"#,
        ),
    ];
    for (schema, values, key) in cases {
        let columns = if values.contains(", ") && schema.contains("(v") {
            "(l, k, v)"
        } else if values.contains(", ") {
            "(k, l, v)"
        } else {
            "(k, v)"
        };
        let insert = |value: &str| format!("INSERT INTO t {columns} VALUES ({values}, '{value}')");
        let (first, second) = (insert("one"), insert("two"));
        let sandbox = changed(
            &format!("CREATE TABLE {schema}"),
            [&first, "SELECT 1", "DELETE FROM t", &second],
        );
        assert_eq!(
            versions(&sandbox, "t", key, "v"),
            ["0 1: 'one'", "2: gone", "live: 'two'"],
            "{schema} {key}"
        );
    }
}

#[test]
fn a_row_is_found_by_any_key_that_sqlite_takes_for_equal() {
    for (schema, first, second, keys) in [
        (
            "t (k TEXT PRIMARY KEY COLLATE NOCASE, v)",
            "'Mara'",
            "'MARA'",
            ["mara", "mArA"],
        ),
        (
            "t (k TEXT COLLATE RTRIM, v, PRIMARY KEY (k))",
            "'Mara  '",
            "'Mara'",
            ["Mara", "Mara "],
        ),
        (
            "t (k INTEGER PRIMARY KEY, v)",
            "7",
            "7",
            ["\"7\"", "\" 7.0\""],
        ),
        ("t (k TEXT PRIMARY KEY, v)", "'7'", "'7'", ["7", "\"7\""]),
    ] {
        let sandbox = changed(
            &format!("CREATE TABLE {schema}"),
            [
                &format!("INSERT INTO t VALUES ({first}, 'one')"),
                "SELECT 1",
                &format!("UPDATE t SET v = 'two', k = {second}"),
                "UPDATE t SET v = 'three'",
            ],
        );
        for key in keys {
            assert_eq!(
                versions(&sandbox, "t", key, "v"),
                ["0 1: 'one'", "2: 'two'", "live: 'three'"],
                "{schema} {key}"
            );
        }
    }
}

#[test]
fn of_two_keys_that_are_equal_now_the_one_that_was_written_is_meant() {
    let sandbox = changed(
        "CREATE TABLE t (k TEXT PRIMARY KEY, v)",
        [
            "INSERT INTO t VALUES ('Mara', 'title'), ('mara', 'lower')",
            "SELECT 1",
            "DROP TABLE t; CREATE TABLE t (k TEXT PRIMARY KEY COLLATE NOCASE, v);
             INSERT INTO t VALUES ('mara', 'lower')",
            "SELECT 1",
        ],
    );
    assert_eq!(
        versions(&sandbox, "t", "mara", "v"),
        ["0 1 2 live: 'lower'"]
    );
    assert_eq!(
        versions(&sandbox, "t", "Mara", "v"),
        ["0 1: 'title'", "2 live: 'lower'"]
    );
}

#[test]
fn of_a_number_and_a_text_that_look_alike_the_number_is_meant() {
    let sandbox = changed(
        "CREATE TABLE t (k PRIMARY KEY, v)",
        [
            "INSERT INTO t VALUES ('7', 'text'), (7, 'number')",
            "SELECT 1",
            "SELECT 1",
            "SELECT 1",
        ],
    );
    assert_eq!(versions(&sandbox, "t", "7", "v"), ["0 1 2 live: 'number'"]);
    assert_eq!(
        versions(&sandbox, "t", "\"7\"", "v"),
        ["0 1 2 live: 'text'"]
    );
}

#[test]
fn a_row_without_a_primary_key_is_its_own_key() {
    let insert = "INSERT INTO t VALUES (1, 'a')";
    let sandbox = changed(
        "CREATE TABLE t (a, b)",
        [insert, "DELETE FROM t", insert, "SELECT 1"],
    );
    let found = versions(&sandbox, "t", r#"[1, "a"]"#, "b");
    assert_eq!(found, ["0: 'a'", "1: gone", "2 live: 'a'"]);
}

#[test]
fn a_table_that_some_snapshots_lack_does_not_hold_the_row() {
    let create = "CREATE TABLE u (k INTEGER PRIMARY KEY, v); INSERT INTO u VALUES (1, 'a')";
    let sandbox = changed(
        "CREATE TABLE t (k INTEGER PRIMARY KEY)",
        ["SELECT 1", create, "DROP TABLE u", create],
    );
    assert_eq!(
        versions(&sandbox, "U", "1", "v"),
        ["1: 'a'", "2: gone", "live: 'a'"]
    );
    sandbox.sql("DROP TABLE u");
    assert_eq!(
        versions(&sandbox, "u", "1", "v"),
        ["1: 'a'", "2 live: gone"]
    );
}

#[test]
fn a_column_that_came_later_makes_no_version() {
    let sandbox = changed(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v)",
        [
            "INSERT INTO t VALUES (1, 'a')",
            "ALTER TABLE t ADD COLUMN w DEFAULT 'b'",
            "UPDATE t SET w = 'c'",
            "SELECT 1",
        ],
    );
    assert_eq!(
        versions(&sandbox, "t", "1", "v"),
        ["0 1: 'a'", "2 live: 'a'"]
    );
    let versions = history(&sandbox, "t", "1").unwrap().versions();
    assert_eq!(versions[1].changed, ["w"]);
}

#[test]
fn without_live_the_first_columns_are_the_key() {
    let mut sandbox = changed(
        "CREATE TABLE t (k TEXT PRIMARY KEY, v)",
        [
            "INSERT INTO t VALUES ('a', 1)",
            "UPDATE t SET v = 2",
            "DELETE FROM t",
            "SELECT 1",
        ],
    );
    sandbox.quit();
    std::fs::remove_file(sandbox.db()).unwrap();
    assert_eq!(
        versions(&sandbox, "t", "a", "v"),
        ["0: 1", "1: 2", "2: gone"]
    );
}

#[test]
fn a_damaged_snapshot_is_named_and_does_not_end_a_version() {
    let sandbox = Sandbox::new();
    let id = sandbox.memory("Edda").to_string();
    let first = sandbox.take(Kind::Periodic, at(0));
    sandbox.put(Kind::Periodic, at(10), "{");
    // Damage that only its end shows.
    let whole = std::fs::read_to_string(&first.path).unwrap();
    let cut = whole.replace("\"chats\": [{", "\"chats\": [{{");
    sandbox.put(Kind::Rewind, at(20), cut);
    sandbox.take(Kind::Periodic, at(30));
    let history = history(&sandbox, "memories", &id).unwrap();
    let [version] = &history.versions()[..] else {
        panic!("{:?}", history.versions());
    };
    assert_eq!(
        version.places,
        [Place::Snapshot(0), Place::Snapshot(3), Place::Live]
    );
    let failed: Vec<Place> = history.failed().iter().map(|(place, _)| *place).collect();
    assert_eq!(failed, [Place::Snapshot(1), Place::Snapshot(2)]);
}

#[test]
fn remembered_snapshots_and_others_give_the_same_history() {
    let sandbox = Sandbox::rewound();
    let json = |sandbox: &Sandbox| -> Json {
        let ran = sandbox.run(&["history", "memories", "4", "--json"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    };
    let unknown = json(&sandbox);
    for snapshot in sandbox.list() {
        sandbox.run(&["show", &snapshot.name()]);
    }
    assert_eq!(json(&sandbox), unknown);
}

#[test]
fn a_key_with_another_number_of_columns_is_refused() {
    let sandbox = Sandbox::new();
    let error = |table: &str, key: &str| match history(&sandbox, table, key) {
        Err(error @ Error::TableChoice { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        error("edges", "mara"),
        "the key of table edges has 2 columns, source, target: write their values as a JSON array, as in [1, \"two\"]"
    );
    assert_eq!(
        error("chats", "[1, 2]"),
        "the key of table chats is one value, id"
    );
}
