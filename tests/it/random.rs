//! Random databases, taken and restored: whatever the values, the restore brings them back. Its submodule is
//! about snapshots with random damage.

mod damage;

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed, TestRunner},
};
use rusqlite::{params, types::Value};
use unrewind::core::{Kind, Scope};

use crate::sandbox::{Sandbox, at};

const SCHEMA: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY, payload_json);
    CREATE TABLE bots (a, b);
    CREATE TABLE edges (a, b, PRIMARY KEY (a, b));
    CREATE TABLE chats (a TEXT, b REAL, PRIMARY KEY (a));
    CREATE TABLE scenes (a INTEGER, b TEXT UNIQUE, PRIMARY KEY (a)) WITHOUT ROWID;
    CREATE TABLE memories (a INTEGER PRIMARY KEY, b UNIQUE)";

const TABLES: [&str; 5] = ["bots", "edges", "chats", "scenes", "memories"];

/// This many cases with a fixed seed, unless the environment sets other values.
pub fn config(cases: u32) -> Config {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(242);
    }
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config
}

/// Values that are likely to cause trouble.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just(String::new()),
        any::<String>(),
        "[\"\\\\{}\\[\\], :0-9a-z\u{0}\u{1f}\u{7f}é\u{2028}\u{ffff}😀]{0,12}",
        Just(r#"{"$blob": "AA=="}"#.to_owned()),
        "[01.eE+-]{1,6}",
    ];
    let real = prop_oneof![
        any::<f64>(),
        Just(-0.0),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        (-1000_i32..1000).prop_map(f64::from),
        any::<i32>().prop_map(|number| f64::from(number) * 1e10),
    ];
    prop_oneof![
        Just(Value::Null),
        (-3_i64..4).prop_map(Value::Integer),
        any::<i64>().prop_map(Value::Integer),
        real.prop_map(Value::Real),
        text.prop_map(Value::Text),
        vec(any::<u8>(), 0..6).prop_map(Value::Blob),
        // Text that is not UTF-8, after the cast.
        vec(any::<u8>(), 0..6).prop_map(|bytes| Value::Blob([vec![0xff], bytes].concat())),
    ]
}

type Row = (usize, Value, Value);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    vec((0..TABLES.len(), value(), value()), 0..24)
}

/// Adds the rows that their tables accept.
fn fill(sandbox: &Sandbox, rows: &[Row]) {
    for (table, a, b) in rows {
        let sql = format!(
            "INSERT INTO {} (a, b) SELECT CASE WHEN hex(?1) LIKE 'FF%' THEN CAST(?1 AS TEXT) ELSE ?1 END, ?2",
            TABLES[*table]
        );
        let _ = sandbox.app.execute(&sql, params![a, b]);
    }
    let log = "INSERT INTO event_log (payload_json) VALUES (?1)";
    for (_, payload, _) in rows {
        sandbox.app.execute(log, [payload]).unwrap();
    }
}

fn clear(sandbox: &Sandbox) {
    for table in TABLES.iter().chain(&["event_log"]) {
        sandbox.sql(&format!("DELETE FROM {table}"));
    }
}

#[test]
fn any_values_are_restored_unchanged() {
    let sandbox = Sandbox::with_schema(SCHEMA);
    let fate = prop_oneof![Just(true), Just(false)];
    let cases = (rows(), rows(), vec(fate, 24));
    let test = |(before, after, stay): (Vec<Row>, Vec<Row>, Vec<bool>)| {
        clear(&sandbox);
        fill(&sandbox, &before);
        let taken = sandbox.dump();
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        clear(&sandbox);
        let stays = before.iter().zip(&stay).filter(|(_, stays)| **stays);
        fill(
            &sandbox,
            &stays.map(|(row, _)| row.clone()).collect::<Vec<_>>(),
        );
        fill(&sandbox, &after);
        let changed = sandbox.dump();
        let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
        prop_assert_eq!(sandbox.dump(), taken);
        prop_assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
        if let Some(safety_snapshot) = &restored.safety_snapshot {
            sandbox.restore(safety_snapshot, Scope::Full).unwrap();
        }
        prop_assert_eq!(sandbox.dump(), changed);
        std::fs::remove_dir_all(sandbox.data().join("snapshots")).unwrap();
        Ok(())
    };
    TestRunner::new(config(64)).run(&cases, test).unwrap();
}

/// A text as Python's `json.dumps` writes it, one character at a time.
fn json_of(text: &str) -> String {
    let mut json = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\n' => json += "\\n",
            '\r' => json += "\\r",
            '\t' => json += "\\t",
            '\u{8}' => json += "\\b",
            '\u{c}' => json += "\\f",
            ' '..='~' => json.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    json += &format!("\\u{unit:04x}");
                }
            }
        }
    }
    json + "\""
}

#[test]
fn text_is_written_as_python_writes_it() {
    let sandbox = Sandbox::with_schema(SCHEMA);
    let special = "[ !\"#\\[\\\\\\]{|}~\u{0}-\u{1f}\u{7e}-\u{a0}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}a-z]{0,40}";
    let texts = vec(prop_oneof![any::<String>(), special], 1..20);
    let test = |texts: Vec<String>| {
        clear(&sandbox);
        for text in &texts {
            sandbox
                .app
                .execute("INSERT INTO bots (a) VALUES (?1)", [text])
                .unwrap();
        }
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        let rows = texts
            .iter()
            .map(|text| format!(r#"{{"a": {}, "b": null}}"#, json_of(text)));
        let rows = format!(r#""bots": [{}]"#, rows.collect::<Vec<_>>().join(", "));
        let taken = std::fs::read_to_string(&snapshot.path).unwrap();
        prop_assert!(taken.contains(&rows), "{} lacks {}", taken, rows);
        std::fs::remove_file(snapshot.path).unwrap();
        Ok(())
    };
    TestRunner::new(config(64)).run(&texts, test).unwrap();
}
