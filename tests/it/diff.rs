//! The difference between any two sides: rows added, changed and removed, whichever side is live.
//! Submodules: keys, the event log, random pairs of databases, and the command.

mod command;
mod keys;
mod large;
mod lines;
mod log;
mod random;

use std::{cell::Cell, fs, ops::ControlFlow};

use unrewind::core::{
    Change, Contents, Difference, Error, Kind, Result, SchemaDiff, Side, Snapshot, Value,
    unattended,
};

use lines::{Line, lines, strings};

use crate::sandbox::{Sandbox, at};

const LOG: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY, kind TEXT);";

/// The difference between two sides, each a snapshot or, for `None`, live.
fn difference(
    sandbox: &Sandbox,
    from: Option<&Snapshot>,
    to: Option<&Snapshot>,
) -> Result<Difference> {
    difference_in(sandbox, from, to, &[])
}

fn difference_in(
    sandbox: &Sandbox,
    from: Option<&Snapshot>,
    to: Option<&Snapshot>,
    tables: &[String],
) -> Result<Difference> {
    let open = |snapshot: &Snapshot| Contents::open(&snapshot.path, &mut unattended);
    let (from, to) = (from.map(open).transpose()?, to.map(open).transpose()?);
    let live = sandbox.database();
    Difference::compute(
        from.as_ref().map_or(Side::Live(&live), Side::Snapshot),
        to.as_ref().map_or(Side::Live(&live), Side::Snapshot),
        &sandbox.profile,
        Some(&live),
        tables,
        &mut unattended,
    )
}

/// What differs from a snapshot to live. Asserts that two snapshots give the same difference, and that live
/// as the first side gives it reversed.
#[track_caller]
fn differences(sandbox: &Sandbox, before: &Snapshot) -> Vec<Line> {
    let after = sandbox.take(Kind::Periodic, at(60));
    let mut to_live = difference(sandbox, Some(before), None).unwrap();
    let found = lines(&mut to_live);
    assert_eq!(to_live.is_empty(), found.is_empty());
    let ways = [
        (Some(before), Some(&after), false),
        (Some(&after), Some(before), true),
        (None, Some(before), true),
    ];
    for (from, to, reversed) in ways {
        let other = lines(&mut difference(sandbox, from, to).unwrap());
        let mut expected = found.clone();
        if reversed {
            expected = expected.into_iter().map(Line::reversed).collect();
            expected.sort();
        }
        assert_eq!(other, expected, "between {from:?} and {to:?}");
    }
    assert!(
        difference(sandbox, None, Some(&after)).unwrap().is_empty(),
        "live differs from its own snapshot"
    );
    fs::remove_file(after.path).unwrap();
    found
}

/// Takes a snapshot of the rows, changes live, and returns what differs.
#[track_caller]
fn changed(schema: &str, rows: &str, changes: &str) -> Vec<String> {
    let sandbox = Sandbox::with_schema(&format!("{LOG} {schema}; {rows}"));
    let before = sandbox.take(Kind::Rewind, at(0));
    assert_eq!(differences(&sandbox, &before), []);
    sandbox.sql(changes);
    strings(&differences(&sandbox, &before))
}

#[test]
fn rows_are_added_changed_and_removed() {
    let found = changed(
        "CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT, mood TEXT, depth INTEGER)",
        "INSERT INTO bots VALUES ('a', 'Anna', 'calm', 1), ('b', 'Bert', 'calm', 2), ('c', 'Carl', NULL, 3)",
        "DELETE FROM bots WHERE id = 'a'; INSERT INTO bots VALUES ('d', 'Dora', 'wary', 4);
         UPDATE bots SET mood = NULL, depth = 0 WHERE id = 'b'",
    );
    assert_eq!(
        found,
        [
            "bots + 'd' | 'Dora' | 'wary' | 4",
            "bots - 'a' | 'Anna' | 'calm' | 1",
            "bots ~ 'b' | 'Bert' | 'calm' | 2 > 'b' | 'Bert' | NULL | 0 in mood, depth",
        ]
    );
}

#[test]
fn a_number_of_another_type_is_another_value() {
    let found = changed(
        "CREATE TABLE bots (id INTEGER PRIMARY KEY, n)",
        "INSERT INTO bots VALUES (1, 1), (2, 0.0), (3, 'x'), (4, ''), (5, 0.1), (6, 1e999)",
        "UPDATE bots SET n = 1.0 WHERE id = 1; UPDATE bots SET n = -0.0 WHERE id = 2;
         UPDATE bots SET n = x'78' WHERE id = 3; UPDATE bots SET n = NULL WHERE id = 4;
         UPDATE bots SET n = 0.1 WHERE id = 5; UPDATE bots SET n = 1e999 WHERE id = 6",
    );
    assert_eq!(
        found,
        [
            "bots ~ 1 | 1 > 1 | 1.0 in n",
            "bots ~ 2 | 0.0 > 2 | -0.0 in n",
            "bots ~ 3 | 'x' > 3 | x[78] in n",
            "bots ~ 4 | '' > 4 | NULL in n",
        ]
    );
}

#[test]
fn the_rows_of_a_table_that_live_lacks_are_removed() {
    let found = changed(
        "CREATE TABLE bots (id TEXT PRIMARY KEY); CREATE TABLE chats (id INTEGER PRIMARY KEY)",
        "INSERT INTO bots VALUES ('a'); INSERT INTO chats VALUES (1)",
        "DROP TABLE bots",
    );
    assert_eq!(found, ["bots - 'a'"]);
}

#[test]
fn a_table_outside_the_profile_is_compared_between_snapshots() {
    let sandbox = Sandbox::with_schema(LOG);
    let before = sandbox.put(Kind::Rewind, at(0), r#"{"notes": [{"a": 1}, {"a": 2}]}"#);
    let after = sandbox.put(Kind::Rewind, at(1), r#"{"notes": [{"a": 2}, {"a": 3}]}"#);
    let mut found = difference(&sandbox, Some(&before), Some(&after)).unwrap();
    let found = strings(&lines(&mut found));
    assert_eq!(found, ["notes + 3", "notes - 1"]);
}

#[test]
fn columns_of_only_one_side_are_named_and_not_compared() {
    let sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT, old TEXT); INSERT INTO bots VALUES ('a', 'Anna', 'x')"
    ));
    let before = sandbox.take(Kind::Rewind, at(0));
    sandbox
        .sql("ALTER TABLE bots DROP COLUMN old; ALTER TABLE bots ADD COLUMN new TEXT DEFAULT 'y'");
    let bots = |found: &Difference| {
        let bots = found.tables.iter().find(|diff| diff.table.name == "bots");
        bots.unwrap().schema_diff.clone()
    };
    let found = difference(&sandbox, Some(&before), None).unwrap();
    let (only_from, only_to) = (vec!["old".to_owned()], vec!["new".to_owned()]);
    assert_eq!(bots(&found), SchemaDiff { only_from, only_to });
    assert!(found.is_empty());
    sandbox.sql("UPDATE bots SET name = 'Anne', new = 'z'");
    let mut found = difference(&sandbox, None, Some(&before)).unwrap();
    let found = strings(&lines(&mut found));
    assert_eq!(found, ["bots ~ 'a' | 'Anne' > 'a' | 'Anna' in name"]);
}

#[test]
fn only_the_named_tables_are_compared() {
    let sandbox = Sandbox::new();
    let before = sandbox.take(Kind::Rewind, at(0));
    sandbox.memory("The lamp burns.");
    sandbox.sql("UPDATE bots SET name = 'Anna'");
    let only = ["BOTS".to_owned(), "chats".to_owned()];
    let found = difference_in(&sandbox, Some(&before), None, &only).unwrap();
    let names: Vec<_> = found.tables.iter().map(|diff| &*diff.table.name).collect();
    assert_eq!((names, found.log), (vec!["bots", "chats"], None));
    let error = difference_in(&sandbox, Some(&before), None, &["bot".to_owned()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no table bot: did you mean bots?"
    );
}

#[test]
fn changes_are_reported_in_order() {
    let sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT);
         WITH n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 6000)
         INSERT INTO bots SELECT n, printf('%0400d', n) FROM n"
    ));
    let before = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE bots SET name = name || '!' WHERE id % 2");
    let mut found = difference(&sandbox, Some(&before), None).unwrap();
    let mut expected = 1;
    let bots = &mut found.tables[1];
    bots.for_each(|change| {
        let Change::Changed { from, to } = change else {
            panic!("{change:?}");
        };
        let text = format!("{expected:0400}");
        assert_eq!(from.values[1], Value::Text(text.clone()));
        assert_eq!(
            to.values,
            [Value::Integer(expected), Value::Text(text + "!")]
        );
        expected += 2;
        Ok(())
    })
    .unwrap();
    assert_eq!((expected, bots.changed), (6001, 3000));
}

#[test]
fn a_difference_can_be_cancelled() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
         INSERT INTO classifier_failures SELECT n, n, 'mood', 'timeout' FROM n",
    );
    let before = sandbox.take(Kind::Rewind, at(0));
    let contents = Contents::open(&before.path, &mut unattended).unwrap();
    let (live, calls) = (sandbox.database(), Cell::new(0));
    let sides = (Side::Snapshot(&contents), Side::Live(&live));
    let mut second = |_| {
        calls.set(calls.get() + 1);
        if calls.get() == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let profile = &sandbox.profile;
    let result = Difference::compute(sides.0, sides.1, profile, Some(&live), &[], &mut second);
    assert!(matches!(result, Err(Error::Cancelled)));
    sandbox.event("The connection is free again.");
    assert!(
        !difference(&sandbox, Some(&before), None)
            .unwrap()
            .is_empty()
    );
}
