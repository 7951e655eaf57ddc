//! Which files are read as a snapshot, and with which content: whatever `json.dumps` can write. Its
//! submodule is about the files that are refused.

mod refused;

use unrewind::core::{Contents, Kind, Scope, unattended};

use crate::sandbox::{Sandbox, at};

/// A log, and a table without key and types, so that every value is restored unchanged.
const SCHEMA: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (a, b)";

/// The rows of `bots` after a restore of the file, or the error.
fn read(bytes: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
    let sandbox = Sandbox::with_schema(SCHEMA);
    let snapshot = sandbox.put(Kind::Rewind, at(0), bytes);
    let restored = sandbox.restore(&snapshot, Scope::Full);
    let rows = sandbox.rows("SELECT a, b FROM bots ORDER BY rowid");
    match restored {
        Ok(_) => Ok(rows),
        Err(error) => {
            assert!(rows.is_empty(), "{error}, but the table has {rows:?}");
            let folder = snapshot.path.parent().unwrap().join("");
            Err(error.to_string().replace(folder.to_str().unwrap(), ""))
        }
    }
}

/// A snapshot with one row in `bots`, whose column `b` has this value.
fn with_value(value: &str) -> String {
    format!(r#"{{"last_event_id": 0, "event_log": [], "bots": [{{"a": 1, "b": {value}}}]}}"#)
}

#[track_caller]
fn assert_reads(bytes: &str, rows: &[&str]) {
    let read = read(bytes);
    assert_eq!(
        read.as_deref(),
        Ok(&rows.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
    );
}

fn last_event_id(text: &str) -> i64 {
    let sandbox = Sandbox::with_schema(SCHEMA);
    let snapshot = sandbox.put(Kind::Rewind, at(0), text);
    let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
    contents.last_event_id()
}

#[test]
fn every_value_that_json_dumps_writes_is_read() {
    let cases = [
        ("null", "NULL"),
        ("NaN", "NULL"),
        ("true", "1"),
        ("false", "0"),
        ("0", "0"),
        ("-7", "-7"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1.0", "1.0"),
        ("-0.0", "-0.0"),
        ("1e+16", "1e16"),
        ("1E3", "1000.0"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e+308", "1.7976931348623157e308"),
        ("Infinity", "inf"),
        ("-Infinity", "-inf"),
        (r#""""#, "''"),
        (r#""plain""#, "'plain'"),
        (r#""\"\\\/\b\f\n\r\t""#, r#"'\"\\/\x08\x0c\n\r\t'"#),
        (r#""\u0000\u007F\u00e9""#, r"'\x00\x7f\xc3\xa9'"),
        (r#""\ud83d\ude00""#, r"'\xf0\x9f\x98\x80'"),
        ("\"é😀\"", r"'\xc3\xa9\xf0\x9f\x98\x80'"),
        (r#"{"$blob": ""}"#, "x[]"),
        (r#"{ "$blob" : "+/8=" }"#, "x[fb, ff]"),
        (r#""{\"$blob\": \"AA==\"}""#, r#"'{\"$blob\": \"AA==\"}'"#),
    ];
    for (json, value) in cases {
        assert_reads(&with_value(json), &[&format!("1 | {value}")]);
    }
}

#[test]
fn keys_may_be_in_any_order() {
    assert_reads(
        r#"{"bots": [{"a": 1, "b": 2}, {"b": 4, "a": 3}], "event_log": [], "last_event_id": 0}"#,
        &["1 | 2", "3 | 4"],
    );
    assert_eq!(
        last_event_id(r#"{"bots": [], "last_event_id": 41, "event_log": []}"#),
        41
    );
}

#[test]
fn white_space_may_be_between_any_tokens() {
    assert_reads(
        "\n{ \"last_event_id\"\t:\r\n0 ,\"event_log\":[ ] , \"bots\" : [ { \"a\" :1,\"b\": 2 }\n,{\"a\":3,\"b\":4} ] }\n\n",
        &["1 | 2", "3 | 4"],
    );
}

#[test]
fn the_last_of_a_repeated_key_counts() {
    assert_reads(
        r#"{"bots": [{"a": 9, "b": 9}], "bots": [{"a": 0, "b": 2, "a": 1}, {"b": 0, "a": 3, "b": 4}]}"#,
        &["1 | 2", "3 | 4"],
    );
    assert_eq!(
        last_event_id(r#"{"last_event_id": 1, "last_event_id": 2}"#),
        2
    );
}

#[test]
fn a_missing_last_event_id_is_zero() {
    assert_eq!(last_event_id(r#"{"event_log": [], "bots": []}"#), 0);
    assert_eq!(last_event_id("{}"), 0);
}

#[test]
fn a_missing_table_is_empty() {
    let sandbox = Sandbox::with_schema(SCHEMA);
    sandbox.sql("INSERT INTO bots VALUES (1, 2)");
    let snapshot = sandbox.put(
        Kind::Rewind,
        at(0),
        r#"{"last_event_id": 0, "event_log": []}"#,
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT a, b FROM bots"), [""; 0]);
}
