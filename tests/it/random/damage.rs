//! Snapshots with random damage: the reader returns an error or the correct content.

use std::{cell::RefCell, collections::BTreeMap, ops::ControlFlow};

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestRunner};
use serde_json::Value as Json;
use unrewind::core::{Error, Kind, Safety, Scope};

use super::config;
use crate::sandbox::{Sandbox, at, now};

/// A change to some bytes of a file.
#[derive(Clone, Debug)]
enum Damage {
    CutShort(Index),
    Changed(Index, u8),
    Inserted(Index, String),
    Removed(Index, usize),
    Repeated(Index, usize, Index),
    Exchanged(Index, Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    use Damage::{Changed, CutShort, Exchanged, Inserted, Removed, Repeated};
    let place = any::<Index>;
    let marks = "[\"\\\\{}\\[\\],: 0-9ae.+-]{1,3}|null|true|NaN|\\\\u[0-9a-d]{4}";
    prop_oneof![
        1 => place().prop_map(CutShort),
        4 => (place(), any::<u8>()).prop_map(|(at, byte)| Changed(at, byte)),
        4 => (place(), b' '..b'~').prop_map(|(at, byte)| Changed(at, byte)),
        4 => (place(), marks).prop_map(|(at, text)| Inserted(at, text)),
        4 => (place(), 1..12_usize).prop_map(|(at, length)| Removed(at, length)),
        2 => (place(), 1..40_usize, place()).prop_map(|(at, length, to)| Repeated(at, length, to)),
        2 => (place(), place(), 1..30_usize).prop_map(|(one, other, length)| Exchanged(one, other, length)),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        if length == 0 {
            return;
        }
        match self {
            Self::CutShort(at) => bytes.truncate(at.index(length)),
            Self::Changed(at, byte) => bytes[at.index(length)] = *byte,
            Self::Inserted(at, text) => {
                let at = at.index(length);
                bytes.splice(at..at, text.bytes());
            }
            Self::Removed(at, count) => {
                let at = at.index(length);
                bytes.drain(at..(at + count).min(length));
            }
            Self::Repeated(at, count, to) => {
                let (at, to) = (at.index(length), to.index(length));
                let piece = bytes[at..(at + count).min(length)].to_vec();
                bytes.splice(to..to, piece);
            }
            Self::Exchanged(one, other, count) => {
                for offset in 0..*count {
                    bytes.swap(
                        (one.index(length) + offset) % length,
                        (other.index(length) + offset) % length,
                    );
                }
            }
        }
    }
}

/// A real number without its last bits, which the other JSON reader may round differently.
fn roughly(value: &str) -> String {
    match value.parse::<f64>() {
        // The other reader takes -0 for real, Python for an integer.
        Ok(0.0) => "0".to_owned(),
        Ok(real) if value.contains(['.', 'e']) => format!("{real:.12e}"),
        _ => value.to_owned(),
    }
}

fn has_a_table_twice(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.matches("\"bots\":").count() > 1 || text.matches("\"event_log\":").count() > 1
}

/// The rows of a table in a snapshot, according to another JSON reader.
fn rows_of(snapshot: &Json, table: &str) -> Vec<[String; 2]> {
    let columns = if table == "bots" {
        ["a", "b"]
    } else {
        ["id", "payload_json"]
    };
    let tables = snapshot.as_object().unwrap().iter();
    let mut named = tables.filter(|(name, _)| name.eq_ignore_ascii_case(table));
    let rows = named.next().map(|(_, rows)| rows.as_array().unwrap());
    let row = |row: &Json| {
        let row = row.as_object().unwrap();
        assert_eq!(row.len(), 2, "a row with other columns was accepted");
        columns.map(|column| {
            let cell = row
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(column));
            shown(cell.expect("each row has the same columns").1)
        })
    };
    let mut rows: Vec<_> = rows.into_iter().flatten().map(row).collect();
    rows.sort();
    rows
}

/// A value as [`Sandbox::rows`] shows it.
fn shown(value: &Json) -> String {
    match value {
        Json::Null => "NULL".to_owned(),
        Json::Bool(truth) => i64::from(*truth).to_string(),
        Json::Number(number) if number.is_f64() => roughly(&number.to_string()),
        Json::Number(number) => number.to_string(),
        Json::String(text) => format!("'{}'", text.as_bytes().escape_ascii()),
        Json::Object(blob) => {
            let bytes = STANDARD.decode(blob["$blob"].as_str().unwrap()).unwrap();
            format!("x{bytes:02x?}")
        }
        Json::Array(_) => panic!("no column holds {value}"),
    }
}

#[test]
fn a_damaged_snapshot_is_an_error_or_read_correctly() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, payload_json); CREATE TABLE bots (a, b)",
    );
    let text = r#"{"last_event_id": 12, "event_log": [{"id": 3, "payload_json": "{\"text\": \"caf\u00e9\"}"}, {"id": 12, "payload_json": null}], "bots": [{"a": -7, "b": "\ud83d\ude00 \\ \" ]}"}, {"a": {"$blob": "AP8="}, "b": 0.5}, {"a": "", "b": 1e+16}, {"a": true, "b": 12345678}]}"#;
    let outcomes = RefCell::new(BTreeMap::new());
    let test = |damages: Vec<Damage>| {
        let mut bytes = text.as_bytes().to_vec();
        for damage in &damages {
            damage.apply(&mut bytes);
        }
        let snapshot = sandbox.put(Kind::Rewind, at(0), &bytes);
        let before = sandbox.dump();
        let safety = Safety {
            safety_snapshot: false,
            checkpoint: false,
        };
        let on = &mut |_| ControlFlow::Continue(());
        let result = sandbox
            .plan(&snapshot, Scope::Full)
            .and_then(|plan| plan.apply(&sandbox.store(), safety, now(), on));
        let outcome = match result {
            Ok(_) => {
                let read: Json = match serde_json::from_slice(&bytes) {
                    Ok(read) => read,
                    // Python, and so Unrewind, reads it as infinite.
                    Err(error) if error.to_string().starts_with("number out of range") => {
                        return Ok(());
                    }
                    // A repeated key's first table is skipped.
                    Err(_) if has_a_table_twice(&bytes) => return Ok(()),
                    Err(error) => return Err(TestCaseError::fail(error.to_string())),
                };
                for (table, columns) in [("bots", "a, b"), ("event_log", "id, payload_json")] {
                    let rows = sandbox.rows(&format!("SELECT {columns} FROM {table}"));
                    let row = |row: &String| match row.split_once(" | ") {
                        Some((one, other)) => [roughly(one), roughly(other)],
                        None => panic!("a row of two columns"),
                    };
                    let mut rows: Vec<_> = rows.iter().map(row).collect();
                    rows.sort();
                    let expected = rows_of(&read, table);
                    prop_assert_eq!(rows, expected);
                }
                "restored"
            }
            Err(error) => {
                prop_assert_eq!(sandbox.dump(), before);
                match error {
                    Error::Json { .. } => "refused as JSON",
                    Error::SchemaDrift { .. }
                    | Error::Row { .. }
                    | Error::RepeatedKey { .. }
                    | Error::Damaged { .. }
                    | Error::Unequal { .. } => "refused as rows",
                    other => return Err(TestCaseError::fail(other.to_string())),
                }
            }
        };
        *outcomes.borrow_mut().entry(outcome).or_insert(0) += 1;
        Ok(())
    };
    let runner = TestRunner::new(config(1500)).run(&vec(damage(), 1..4), test);
    runner.unwrap();
    let outcomes = outcomes.into_inner();
    assert_eq!(
        outcomes.len(),
        3,
        "{outcomes:?}: not every outcome occurred"
    );
}
