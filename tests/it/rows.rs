//! The rows of one table from any row on, in a snapshot and in live, and finding among them.

mod find;
mod live;

use std::{fs, ops::ControlFlow, path::Path};

use unrewind::core::{
    Cache, Contents, Error, Kind, Result, Row, Rows, Side, Snapshot, SparseIndex, Value, open_at,
    unattended,
};

use crate::{
    rng::Rng,
    sandbox::{Sandbox, age, at},
};

/// The rows of a window, each as its number and its values.
fn window(rows: &Rows<'_>, first: u64, count: u64) -> Result<Vec<(u64, String)>> {
    let mut read = Vec::new();
    rows.window(first, count, &mut |number, row| {
        read.push((number, values_of(&row)));
        ControlFlow::Continue(())
    })?;
    Ok(read)
}

fn values_of(row: &Row) -> String {
    let values: Vec<String> = row.values.iter().map(Value::to_string).collect();
    values.join(" | ")
}

/// Asserts that random windows equal the same part of the whole.
#[track_caller]
fn assert_windows(rows: &Rows<'_>, whole: &[(u64, String)]) {
    let mut rng = Rng::new(7);
    assert_eq!(rows.count().unwrap(), whole.len() as u64);
    assert_eq!(window(rows, 0, u64::MAX).unwrap(), whole);
    for _ in 0..60 {
        let first = rng.below(whole.len() as u64 + 3);
        let count = rng.below(50);
        let is_part = |(number, _): &&(u64, String)| (first..first + count).contains(number);
        let part: Vec<_> = whole.iter().filter(is_part).cloned().collect();
        assert_eq!(window(rows, first, count).unwrap(), part);
    }
}

/// A table of many rows, some of them long, some with text that looks like the end of a row.
fn many(separator: &str) -> (String, Vec<(u64, String)>) {
    let mut rng = Rng::new(3);
    let (mut json, mut whole) = (Vec::new(), Vec::new());
    for number in 0..9_000_u64 {
        let text = match rng.below(100) {
            0 => "long ".repeat(usize::try_from(rng.below(4_000)).unwrap()),
            1 => "}, {'a".to_owned(),
            2 => "], [[{".to_owned(),
            _ => "x".repeat(usize::try_from(rng.below(120)).unwrap()),
        };
        json.push(format!(r#"{{"a":{separator}{number}, "b": "{text}"}}"#));
        let values = vec![Value::Integer(number.cast_signed()), Value::Text(text)];
        whole.push((number, values_of(&Row { values })));
    }
    let json = json.join(&format!(",{separator}"));
    (
        format!(r#"{{"last_event_id": 0, "event_log": [], "bots": [{json}], "chats": []}}"#),
        whole,
    )
}

fn contents(snapshot: &Snapshot) -> Contents {
    Contents::open(&snapshot.path, &mut unattended).unwrap()
}

#[test]
fn any_window_of_a_snapshot_equals_that_part_of_the_table() {
    let sandbox = Sandbox::new();
    for separator in [" ", "", "\n\t "] {
        let (json, whole) = many(separator);
        let snapshot = sandbox.put(Kind::Rewind, at(0), json);
        let contents = contents(&snapshot);
        let side = Side::Snapshot(&contents);
        let rows = Rows::of(side, &sandbox.profile, "BOTS").unwrap();
        assert_eq!(rows.table().columns, ["a", "b"]);
        assert_windows(&rows, &whole);
        let empty = Rows::of(side, &sandbox.profile, "chats").unwrap();
        assert_eq!(window(&empty, 0, 9).unwrap(), []);
    }
}

#[test]
fn an_invalid_row_is_reported_by_its_number_wherever_reading_began() {
    let sandbox = Sandbox::new();
    let (json, _) = many(" ");
    let json = json.replace(r#"{"a": 8000, "#, r#"{"a": 8e, "#);
    let snapshot = sandbox.put(Kind::Rewind, at(0), &json);
    let contents = contents(&snapshot);
    let rows = Rows::of(Side::Snapshot(&contents), &sandbox.profile, "bots").unwrap();
    let offset = json.find("8e").unwrap();
    for first in [0, 7_990, 8_000] {
        let error = window(&rows, first, u64::MAX).unwrap_err().to_string();
        let place = format!("table bots, row 8001, byte {offset}: 8e is not a value");
        assert!(error.ends_with(&place), "{error}");
    }
    assert_eq!(window(&rows, 8_001, 2).unwrap().len(), 2);
}

/// Returns the error of reading a snapshot of rows after a change to its file. The change gets other bytes of the same
/// size.
fn error_after(change: fn(&Path, &str)) -> Error {
    let sandbox = Sandbox::new();
    let (json, _) = many(" ");
    let snapshot = sandbox.put(Kind::Rewind, at(0), &json);
    let contents = contents(&snapshot);
    let rows = Rows::of(Side::Snapshot(&contents), &sandbox.profile, "bots").unwrap();
    assert_eq!(window(&rows, 8_000, 1).unwrap().len(), 1);
    change(&snapshot.path, &json.replace('x', "y"));
    window(&rows, 8_000, 1).unwrap_err()
}

#[test]
fn a_snapshot_changed_since_it_was_opened_is_an_error() {
    let changes: [fn(&Path, &str); 2] = [
        |path, other| {
            fs::write(path, other).unwrap();
            age(path, at(1));
        },
        |path, other| fs::write(path, &other[..5_000]).unwrap(),
    ];
    for change in changes {
        let error = error_after(change);
        assert!(matches!(error, Error::ChangedWhileRead { .. }), "{error}");
    }
}

#[test]
#[cfg_attr(windows, ignore = "wine 8 cannot rename over an open file")]
fn a_snapshot_replaced_since_it_was_opened_is_an_error() {
    // By one of the same size and time.
    let error = error_after(|path, other| {
        let draft = path.with_extension("new");
        fs::write(&draft, other).unwrap();
        age(&draft, at(0));
        fs::rename(&draft, path).unwrap();
    });
    assert!(matches!(error, Error::ChangedWhileRead { .. }), "{error}");
}

#[test]
#[cfg_attr(windows, ignore = "wine 8 deletes an open file only once it is closed")]
fn a_snapshot_deleted_since_it_was_opened_is_an_error() {
    let error = error_after(|path, _| fs::remove_file(path).unwrap());
    assert!(matches!(error, Error::NoFile { .. }), "{error}");
}

#[test]
fn the_first_rows_are_available_before_the_whole_file_is_read() {
    let sandbox = Sandbox::new();
    let (json, whole) = many(" ");
    let snapshot = sandbox.put(Kind::Rewind, at(0), &json);
    let mut events = Vec::new();
    let seen = std::cell::RefCell::new(&mut events);
    open_at(
        &snapshot.path,
        "bots",
        &Cache::default(),
        &mut |progress| {
            seen.borrow_mut().push(format!("{} bytes", progress.done));
            ControlFlow::Continue(())
        },
        &mut |columns, row| {
            assert_eq!(columns, ["a", "b"]);
            seen.borrow_mut().push(values_of(&row));
            ControlFlow::Break(())
        },
    )
    .unwrap();
    let first = events.iter().position(|event| *event == whole[0].1);
    assert!(first.unwrap() < events.len() - 1, "{events:?}");
    assert!(events.len() < 20, "{events:?}");
}

#[test]
fn an_unknown_table_is_an_error_that_lists_the_tables() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.put(Kind::Rewind, at(0), r#"{"event_log": [], "bots": []}"#);
    let contents = contents(&snapshot);
    let error = Rows::of(Side::Snapshot(&contents), &sandbox.profile, "chats").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no table chats: there are event_log, bots"
    );
    let database = sandbox.database();
    let error = Rows::of(Side::Live(&database), &sandbox.profile, "sqlite_schema").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("there is no table sqlite_schema: there are event_log, bots"),
        "{error}"
    );
    let error = SparseIndex::of(&database, &sandbox.profile, "x", &mut unattended).unwrap_err();
    assert!(matches!(error, Error::TableChoice { .. }));
}
