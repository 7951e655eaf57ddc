//! Tables long enough that live is prefetched: differences far apart, sides of very unequal length, and
//! errors on either side.

use std::fs;

use unrewind::core::{Error, Kind};

use super::{LOG, difference, differences, lines::lines, strings};
use crate::sandbox::{Sandbox, at};

/// A table of 20,000 rows of some hundred bytes.
fn long() -> Sandbox {
    Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT, mood REAL, picture BLOB);
         WITH n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
         INSERT INTO bots SELECT n, printf('%0100d', n), n / 7.0, iif(n % 3, NULL, x'00ff') FROM n"
    ))
}

#[test]
fn differences_far_apart_are_found() {
    let sandbox = long();
    let before = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "UPDATE bots SET name = 'x', picture = x'01' WHERE id IN (1, 20000); DELETE FROM bots WHERE id = 9999;
         INSERT INTO bots VALUES (20001, 'y', NULL, NULL)",
    );
    let found = strings(&differences(&sandbox, &before));
    let name = |id: u32| format!("{id:0100}");
    let mood = |id: u32| format!("{:?}", f64::from(id) / 7.0);
    let expected = [
        "bots + 20001 | 'y' | NULL | NULL".to_owned(),
        format!(
            "bots - 9999 | '{}' | {} | x[00, ff]",
            name(9999),
            mood(9999)
        ),
        format!(
            "bots ~ 1 | '{}' | {mood} | NULL > 1 | 'x' | {mood} | x[01] in name, picture",
            name(1),
            mood = mood(1)
        ),
        format!(
            "bots ~ 20000 | '{}' | {mood} | NULL > 20000 | 'x' | {mood} | x[01] in name, picture",
            name(20000),
            mood = mood(20000)
        ),
    ];
    assert_eq!(found, expected);
}

#[test]
fn one_side_may_be_much_shorter() {
    let sandbox = long();
    let before = sandbox.take(Kind::Rewind, at(0));
    for (statement, left) in [("id > 3", 3), ("id < 4", 0)] {
        sandbox.sql(&format!("DELETE FROM bots WHERE {statement}"));
        for (from, to) in [(None, Some(&before)), (Some(&before), None)] {
            let found = difference(&sandbox, from, to).unwrap();
            let bots = &found.tables[1];
            assert_eq!(bots.added + bots.removed, 20_000 - left);
            assert_eq!(bots.changed, 0);
        }
    }
}

#[test]
fn broken_text_differs_and_a_damaged_row_is_an_error() {
    let sandbox = long();
    let before = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE bots SET name = CAST(x'ff' AS TEXT) WHERE id = 19000");
    let found = difference(&sandbox, Some(&before), None).unwrap();
    assert_eq!(found.tables[1].changed, 1);

    // A row of the snapshot whose name is neither text nor a number.
    let sandbox = long();
    let bytes = fs::read_to_string(&before.path).unwrap();
    let damaged = bytes.replacen(
        "\"id\": 15000, \"name\": \"0",
        "\"id\": 15000, \"name\": 0",
        1,
    );
    assert_ne!(bytes, damaged);
    let before = sandbox.put(Kind::Rewind, at(0), damaged);
    let error = difference(&sandbox, None, Some(&before)).unwrap_err();
    assert!(matches!(error, Error::Json { .. }), "{error}");
}

#[test]
fn the_order_of_many_rows_does_not_matter() {
    let sandbox = long();
    let before = sandbox.take(Kind::Rewind, at(0));
    let text = fs::read_to_string(&before.path).unwrap();
    // The rows of the second half come before those of the first.
    let (head, rows) = text.split_once("\"bots\": [").unwrap();
    let (rows, tail) = rows.split_once(']').unwrap();
    let (first, second) = rows.split_at(rows.find("{\"id\": 10000,").unwrap());
    let first = first.trim_end_matches(", ");
    fs::write(
        &before.path,
        format!("{head}\"bots\": [{second}, {first}]{tail}"),
    )
    .unwrap();
    // Without its note, the file counts as another program's: it has no checksum.
    fs::remove_file(before.path.with_extension("note")).unwrap();
    sandbox.sql("DELETE FROM bots WHERE id = 12345");
    let mut found = difference(&sandbox, Some(&before), None).unwrap();
    let found = lines(&mut found);
    assert_eq!(found.len(), 1);
    assert!(found[0].to_string().starts_with("bots - 12345 |"));
}
