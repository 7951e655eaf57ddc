//! Rows that only the snapshots to be deleted hold.

use std::{ops::ControlFlow, slice::from_ref};

use unrewind::core::{Error, ExclusiveRows, Kind, Snapshot, unattended};

use crate::sandbox::{Sandbox, at};

fn exclusive(sandbox: &Sandbox, deleted: &[Snapshot], kept: &[Snapshot]) -> ExclusiveRows {
    let database = sandbox.database();
    ExclusiveRows::find(deleted, kept, &database, &sandbox.profile, &mut unattended).unwrap()
}

#[test]
fn rows_held_by_other_snapshots_or_live_are_not_counted() {
    let sandbox = Sandbox::new();
    sandbox.memory("in live");
    sandbox.memory("in another");
    sandbox.memory("nowhere else");
    let first = sandbox.take(Kind::Periodic, at(1));
    sandbox.sql("DELETE FROM memories WHERE text = 'nowhere else'");
    let second = sandbox.take(Kind::Periodic, at(2));
    sandbox.sql("DELETE FROM memories WHERE text = 'in another'");
    sandbox.sql("UPDATE memories SET text = 'changed'");
    let tables =
        |deleted: &[Snapshot], kept: &[Snapshot]| exclusive(&sandbox, deleted, kept).tables;
    let (first, second) = (&[first][..], &[second][..]);
    let memories = |rows| vec![("memories".to_owned(), rows)];
    assert_eq!(tables(first, second), memories(1));
    assert_eq!(tables(first, &[]), memories(2));
    assert_eq!(tables(second, first), []);
    assert_eq!(
        tables(&[first, second].concat(), &[]),
        memories(2),
        "each row counts once"
    );
    assert!(exclusive(&sandbox, &[], first).is_empty());
}

#[test]
fn a_damaged_file_holds_no_rows_and_is_named_if_it_is_deleted() {
    let sandbox = Sandbox::new();
    sandbox.memory("here");
    let whole = sandbox.take(Kind::Periodic, at(1));
    sandbox.sql("DELETE FROM memories");
    let damaged = sandbox.put(Kind::Periodic, at(2), "{\"memories\": [{\"id\": 1,");
    let found = exclusive(&sandbox, from_ref(&whole), from_ref(&damaged));
    assert_eq!(found.tables, [("memories".to_owned(), 1)]);
    let found = exclusive(&sandbox, from_ref(&damaged), from_ref(&whole));
    assert_eq!(
        (found.tables.len(), found.unread),
        (0, vec![damaged.name()])
    );
}

#[test]
fn rows_before_the_damage_of_a_file_do_not_count() {
    let sandbox = Sandbox::new();
    sandbox.memory("here");
    let whole = sandbox.take(Kind::Periodic, at(1));
    sandbox.sql("DELETE FROM memories");
    let json = std::fs::read_to_string(&whole.path).unwrap();
    let cut = sandbox.put(Kind::Periodic, at(2), json.strip_suffix('}').unwrap());
    let memories = [("memories".to_owned(), 1)];
    assert_eq!(
        exclusive(&sandbox, from_ref(&whole), from_ref(&cut)).tables,
        memories
    );
    assert_eq!(exclusive(&sandbox, from_ref(&cut), &[]).tables, []);
    assert_eq!(exclusive(&sandbox, &[cut, whole], &[]).tables, memories);
}

#[test]
fn rows_without_a_key_are_equal_if_all_their_values_are() {
    let sandbox = Sandbox::without_tables();
    sandbox.sql(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, branch_id, ts, kind, payload_json, superseded_by, hidden);
        CREATE TABLE activity (what, at);
        INSERT INTO activity VALUES ('a', 1), ('b', 2)",
    );
    let first = sandbox.take(Kind::Periodic, at(1));
    sandbox.sql("DELETE FROM activity WHERE what = 'a'");
    let second = sandbox.take(Kind::Periodic, at(2));
    sandbox.sql("DELETE FROM activity");
    let found = exclusive(&sandbox, &[first], &[second]);
    assert_eq!(found.tables, [("activity".to_owned(), 1)]);
}

#[test]
fn the_search_for_exclusive_rows_can_be_cancelled() {
    let sandbox = Sandbox::new();
    sandbox.memory("here");
    let snapshot = sandbox.take(Kind::Periodic, at(1));
    let database = sandbox.database();
    let mut cancel = |_| ControlFlow::Break(());
    let found = ExclusiveRows::find(&[snapshot], &[], &database, &sandbox.profile, &mut cancel);
    assert!(matches!(found, Err(Error::Cancelled)));
}
