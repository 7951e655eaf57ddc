//! Random pairs of databases: the difference equals a naive one, and applying it turns one database into the
//! other.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rusqlite::types::Value as Sql;
use unrewind::core::{Kind, Scope};

use super::{LOG, differences, lines::Line};
use crate::sandbox::{Sandbox, at};

/// The tables: the statement that creates each, and which of its columns a, b and c are the key.
const TABLES: [(&str, &[usize]); 6] = [
    ("CREATE TABLE bots (a INTEGER PRIMARY KEY, b, c)", &[0]),
    ("CREATE TABLE bots (a TEXT PRIMARY KEY, b, c)", &[0]),
    ("CREATE TABLE bots (a, b, c PRIMARY KEY)", &[2]),
    (
        "CREATE TABLE bots (a, b TEXT, c, PRIMARY KEY (c, b))",
        &[2, 1],
    ),
    (
        "CREATE TABLE bots (a, b, c, PRIMARY KEY (b, a)) WITHOUT ROWID",
        &[1, 0],
    ),
    ("CREATE TABLE bots (a, b, c)", &[]),
];

type Rows = Vec<[Sql; 3]>;

/// Few enough values that the same rows and keys repeat.
fn value() -> impl Strategy<Value = Sql> {
    prop_oneof![
        Just(Sql::Null),
        (-2_i64..4).prop_map(Sql::Integer),
        prop_oneof![Just(1.0), Just(-0.0), Just(2.5)].prop_map(Sql::Real),
        "[ab1]{0,2}".prop_map(Sql::Text),
        Just(Sql::Blob(b"a".to_vec())),
    ]
}

fn rows() -> impl Strategy<Value = Rows> {
    prop::collection::vec([value(), value(), value()], 0..12)
}

/// Fills the table with the rows that it accepts.
fn fill(sandbox: &Sandbox, rows: &Rows) {
    let is_integer =
        sandbox.rows("SELECT type FROM pragma_table_info('bots') LIMIT 1") == ["'INTEGER'"];
    let a = if is_integer {
        "CAST(?1 AS INTEGER)"
    } else {
        "?1"
    };
    let sql = format!("INSERT OR IGNORE INTO bots SELECT {a}, ?2, ?3");
    sandbox.sql("DELETE FROM bots");
    for [a, b, c] in rows {
        sandbox.app.execute(&sql, (a, b, c)).unwrap();
    }
}

/// Every row of a side by its key, with its count. A row that no key identifies is its own key.
fn by_key(rows: &[String], key: &[usize]) -> BTreeMap<String, BTreeMap<String, i64>> {
    let mut found: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        let parts: Vec<&str> = key.iter().map(|&index| cells[index]).collect();
        let has_key = !parts.is_empty() && !parts.contains(&"NULL");
        let name = if has_key {
            parts.join(" | ")
        } else {
            format!("row {row}")
        };
        *found
            .entry(name)
            .or_default()
            .entry(row.clone())
            .or_default() += 1;
    }
    found
}

fn naive_difference(from: &[String], to: &[String], key: &[usize]) -> Vec<Line> {
    let (from, to) = (by_key(from, key), by_key(to, key));
    let line = |from: Option<&String>, to: Option<&String>| {
        let cells = |row: Option<&String>| {
            row.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>())
        };
        let columns = match (cells(from), cells(to)) {
            (Some(from), Some(to)) => {
                let differs = |index: &usize| from[*index] != to[*index];
                let columns = (0..3).filter(differs).map(|index| ["a", "b", "c"][index]);
                columns.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Line {
            table: "bots".to_owned(),
            from: from.cloned(),
            to: to.cloned(),
            columns,
        }
    };
    let mut lines = Vec::new();
    let mut keys: Vec<&String> = from.keys().chain(to.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (from, to) = (from.get(key), to.get(key));
        let first = |side: Option<&BTreeMap<String, i64>>| {
            side.and_then(|rows| rows.first_key_value())
                .map(|(row, count)| (row.clone(), *count))
        };
        match (first(from), first(to)) {
            (Some((from, _)), Some((to, _))) if from != to => {
                lines.push(line(Some(&from), Some(&to)));
            }
            (from, to) => {
                let count =
                    |side: &Option<(String, i64)>| side.as_ref().map_or(0, |(_, count)| *count);
                let more = count(&to) - count(&from);
                let row = to.or(from).map(|(row, _)| row);
                for _ in 0..more.abs() {
                    lines.push(if more > 0 {
                        line(None, row.as_ref())
                    } else {
                        line(row.as_ref(), None)
                    });
                }
            }
        }
    }
    lines.sort();
    lines
}

#[test]
fn the_difference_equals_a_naive_one_and_applying_it_makes_the_sides_equal() {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(48)
    };
    let pairs = (prop::sample::select(&TABLES[..]), rows(), rows());
    let check = |((table, key), before, after)| {
        let sandbox = Sandbox::with_schema(&format!("{LOG} {table}"));
        fill(&sandbox, &before);
        let (dump, before) = (sandbox.dump(), sandbox.rows("SELECT * FROM bots"));
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        fill(&sandbox, &after);
        let after = sandbox.rows("SELECT * FROM bots");
        prop_assert_eq!(
            differences(&sandbox, &snapshot),
            naive_difference(&before, &after, key)
        );
        sandbox.restore(&snapshot, Scope::Full).unwrap();
        prop_assert_eq!(sandbox.dump(), dump);
        Ok(())
    };
    TestRunner::new(config).run(&pairs, check).unwrap();
}
