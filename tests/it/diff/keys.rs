//! Rows matched by keys of every form, and rows without a usable key, in whatever order either side has
//! them.

use unrewind::core::{Contents, Difference, Kind, Side, unattended};

use super::{
    LOG, changed, difference,
    lines::{lines, strings},
};
use crate::sandbox::{Sandbox, at};

#[test]
fn integers_below_and_above_zero() {
    let found = changed(
        "CREATE TABLE bots (id INTEGER PRIMARY KEY, n)",
        "INSERT INTO bots VALUES (-9223372036854775808, 1), (-1, 1), (0, 1), (9, 1), (10, 1), (9223372036854775807, 1)",
        "UPDATE bots SET n = 2 WHERE id IN (-1, 10); DELETE FROM bots WHERE id < -1 OR id > 10; INSERT INTO bots VALUES (-2, 1)",
    );
    assert_eq!(
        found,
        [
            "bots + -2 | 1",
            "bots - -9223372036854775808 | 1",
            "bots - 9223372036854775807 | 1",
            "bots ~ -1 | 1 > -1 | 2 in n",
            "bots ~ 10 | 1 > 10 | 2 in n",
        ]
    );
}

#[test]
fn texts_with_a_common_prefix() {
    let found = changed(
        "CREATE TABLE bots (id TEXT PRIMARY KEY, n)",
        "INSERT INTO bots VALUES ('b', 1), ('', 1), ('a', 1), ('aa', 1), (CAST(x'6100' AS TEXT), 1), ('A', 1), ('ä', 1), ('10', 1), ('9', 1)",
        "UPDATE bots SET n = 2 WHERE id IN ('a', '10'); DELETE FROM bots WHERE id IN ('', 'ä'); INSERT INTO bots VALUES (CAST(x'610062' AS TEXT), 3)",
    );
    assert_eq!(
        found,
        [
            r"bots + 'a\x00b' | 3",
            "bots - '' | 1",
            r"bots - '\xc3\xa4' | 1",
            "bots ~ '10' | 1 > '10' | 2 in n",
            "bots ~ 'a' | 1 > 'a' | 2 in n",
        ]
    );
}

#[test]
fn composite_keys_in_another_order_than_the_columns() {
    let found = changed(
        "CREATE TABLE edges (weight REAL, target TEXT, source TEXT, PRIMARY KEY (source DESC, target))",
        "INSERT INTO edges VALUES (1, 'you', 'mara'), (2, 'mara', 'you'), (3, 'ab', 'c'), (4, 'b', 'ca')",
        "UPDATE edges SET weight = 0 WHERE source = 'c'; DELETE FROM edges WHERE source = 'ca'; INSERT INTO edges VALUES (5, 'otto', 'mara')",
    );
    assert_eq!(
        found,
        [
            "edges + 5.0 | 'otto' | 'mara'",
            "edges - 4.0 | 'b' | 'ca'",
            "edges ~ 3.0 | 'ab' | 'c' > 0.0 | 'ab' | 'c' in weight",
        ]
    );
}

#[test]
fn tables_without_rowids() {
    let found = changed(
        "CREATE TABLE edges (a, b TEXT, n, PRIMARY KEY (b, a)) WITHOUT ROWID",
        "INSERT INTO edges VALUES (1, 'x', 1), (x'00', 'x', 1), ('1', 'x', 1), (2.5, 'y', 1)",
        "UPDATE edges SET n = 2 WHERE a = '1'; UPDATE edges SET b = 'z' WHERE a = 2.5",
    );
    assert_eq!(
        found,
        [
            "edges + 2.5 | 'z' | 1",
            "edges - 2.5 | 'y' | 1",
            "edges ~ '1' | 'x' | 1 > '1' | 'x' | 2 in n",
        ]
    );
}

#[test]
fn keys_of_every_type_in_one_column() {
    let found = changed(
        "CREATE TABLE bots (id PRIMARY KEY, n)",
        "INSERT INTO bots VALUES ('b', 1), (x'61', 1), (-1.5, 1), (2, 1), (1e999, 1), (-1e999, 1)",
        "UPDATE bots SET n = 2; DELETE FROM bots WHERE id = 2; INSERT INTO bots VALUES (2.0, 1)",
    );
    assert_eq!(
        found,
        [
            "bots + 2.0 | 1",
            "bots - 2 | 1",
            "bots ~ 'b' | 1 > 'b' | 2 in n",
            "bots ~ -1.5 | 1 > -1.5 | 2 in n",
            "bots ~ -inf | 1 > -inf | 2 in n",
            "bots ~ inf | 1 > inf | 2 in n",
            "bots ~ x[61] | 1 > x[61] | 2 in n",
        ]
    );
}

#[test]
fn rows_without_a_key_are_counted() {
    let found = changed(
        "CREATE TABLE chat_state (chat, mood)",
        "INSERT INTO chat_state VALUES (2, 'calm'), (1, 'calm'), (2, 'calm'), (NULL, NULL), (NULL, NULL), (2, 'calm')",
        "DELETE FROM chat_state WHERE rowid IN (1, 4); INSERT INTO chat_state VALUES (1, 'calm'), (1, 'calm')",
    );
    assert_eq!(
        found,
        [
            "chat_state + 1 | 'calm'",
            "chat_state + 1 | 'calm'",
            "chat_state - 2 | 'calm'",
            "chat_state - NULL | NULL",
        ]
    );
}

#[test]
fn a_changed_row_without_a_key_is_removed_and_added() {
    let found = changed(
        "CREATE TABLE chat_state (chat, mood)",
        "INSERT INTO chat_state VALUES (1, 'calm'), (2, 'calm')",
        "UPDATE chat_state SET mood = 'wary' WHERE chat = 2",
    );
    assert_eq!(
        found,
        ["chat_state + 2 | 'wary'", "chat_state - 2 | 'calm'"]
    );
}

#[test]
fn a_key_with_null_identifies_no_row() {
    let found = changed(
        "CREATE TABLE edges (a TEXT, b TEXT, n, PRIMARY KEY (a, b))",
        "INSERT INTO edges VALUES ('x', NULL, 1), ('x', NULL, 1), ('x', NULL, 2), (NULL, NULL, 3), ('x', 'y', 4)",
        "UPDATE edges SET n = n + 1",
    );
    assert_eq!(
        found,
        [
            "edges + 'x' | NULL | 2",
            "edges + 'x' | NULL | 3",
            "edges + NULL | NULL | 4",
            "edges - 'x' | NULL | 1",
            "edges - 'x' | NULL | 1",
            "edges - NULL | NULL | 3",
            "edges ~ 'x' | 'y' | 4 > 'x' | 'y' | 5 in n",
        ]
    );
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT);
         INSERT INTO bots VALUES ('c', '3'), ('a', '1'), ('d', '4'), ('b', '2')"
    ));
    let row = |id: &str, name: &str| format!(r#"{{"id": "{id}", "name": "{name}"}}"#);
    let snapshot = |minute, rows: &[String]| {
        let json = format!(r#"{{"bots": [{}]}}"#, rows.join(", "));
        sandbox.put(Kind::Rewind, at(minute), json)
    };
    let sorted = snapshot(
        0,
        &["a1", "b2", "c3", "d4"].map(|text| row(&text[..1], &text[1..])),
    );
    let reversed = snapshot(
        1,
        &["d4", "c3", "b2", "a1"].map(|text| row(&text[..1], &text[1..])),
    );
    let other = snapshot(
        2,
        &["c3", "d5", "a1", "e0"].map(|text| row(&text[..1], &text[1..])),
    );
    let sides = [None, Some(&sorted), Some(&reversed)];
    for from in sides {
        for to in [Some(&sorted), Some(&reversed)] {
            assert!(difference(&sandbox, from, to).unwrap().is_empty());
        }
        let mut found = difference(&sandbox, from, Some(&other)).unwrap();
        let found = strings(&lines(&mut found));
        let expected = [
            "bots + 'e' | '0'",
            "bots - 'b' | '2'",
            "bots ~ 'd' | '4' > 'd' | '5' in name",
        ];
        assert_eq!(found, expected);
    }
}

#[test]
fn the_order_of_columns_does_not_matter() {
    let sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT, mood TEXT); INSERT INTO bots VALUES ('a', '1', 'calm')"
    ));
    let reversed = sandbox.put(
        Kind::Rewind,
        at(0),
        r#"{"bots": [{"MOOD": "calm", "name": "2", "ID": "a"}]}"#,
    );
    let mut found = difference(&sandbox, None, Some(&reversed)).unwrap();
    let found = strings(&lines(&mut found));
    assert_eq!(
        found,
        ["bots ~ 'a' | '1' | 'calm' > 'a' | '2' | 'calm' in name"]
    );
}

#[test]
fn without_a_database_rows_have_no_key() {
    let sandbox = Sandbox::with_schema(LOG);
    let [one, other] = [("1", 0), ("2", 1)].map(|(name, minute)| {
        let json = format!(r#"{{"bots": [{{"id": "a", "name": "{name}"}}]}}"#);
        let snapshot = sandbox.put(Kind::Rewind, at(minute), json);
        Contents::open(&snapshot.path, &mut unattended).unwrap()
    });
    let (from, to) = (Side::Snapshot(&one), Side::Snapshot(&other));
    let found = Difference::compute(from, to, &sandbox.profile, None, &[], &mut unattended);
    let found = strings(&lines(&mut found.unwrap()));
    assert_eq!(found, ["bots + 'a' | '2'", "bots - 'a' | '1'"]);
}

#[test]
fn a_key_twice_in_a_snapshot_is_an_error() {
    let sandbox = Sandbox::with_schema(&format!("{LOG} CREATE TABLE bots (id TEXT PRIMARY KEY)"));
    let rows = r#"{"id": "b"}, {"id": "a"}, {"id": "b"}"#;
    let snapshot = sandbox.put(Kind::Rewind, at(0), format!(r#"{{"bots": [{rows}]}}"#));
    for (from, to) in [(Some(&snapshot), None), (None, Some(&snapshot))] {
        let error = difference(&sandbox, from, to).unwrap_err();
        assert_eq!(error.to_string(), "table bots holds id = 'b' twice");
    }
}
