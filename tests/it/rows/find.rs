//! Finding a text among the rows, both ways, and all rows that hold it.

use std::ops::ControlFlow;

use unrewind::core::{
    Contents, Direction, Error, Kind, Record, Rows, Side, SparseIndex, TextMatch, Value, unattended,
};

use crate::sandbox::{Sandbox, at};

/// Bots whose every thousandth has a lamp, in live and in a snapshot of it.
fn with_lamps(check: impl Fn(&Rows<'_>)) {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (a, b);
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
         INSERT INTO bots SELECT n, iif(n % 1000 = 700, 'the Lamp é ' || n, hex(zeroblob(100))) FROM numbers",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
    let database = sandbox.database();
    let milestones = SparseIndex::of(&database, &sandbox.profile, "bots", &mut unattended).unwrap();
    let rows = |side| Rows::of(side, &sandbox.profile, "bots").unwrap();
    check(&rows(Side::Snapshot(&contents)));
    check(&rows(Side::Live(&database)));
    check(&rows(Side::Live(&database)).by(Some(&milestones)));
}

#[test]
fn the_nearest_row_is_found_in_both_ways() {
    with_lamps(|rows| {
        let find = |text, from, way| {
            let needle = TextMatch::new(text);
            rows.find(&needle, from, way, &mut unattended).unwrap()
        };
        assert_eq!(find("lamp", 0, Direction::Down), Some(700));
        assert_eq!(find("lamp", 700, Direction::Down), Some(700));
        assert_eq!(find("lamp", 701, Direction::Down), Some(1_700));
        assert_eq!(find("lamp", 4_701, Direction::Down), None);
        assert_eq!(find("lamp", 5_000, Direction::Up), Some(4_700));
        assert_eq!(find("lamp", 4_700, Direction::Up), Some(3_700));
        assert_eq!(find("lamp", 700, Direction::Up), None);
        assert_eq!(find("1234", 0, Direction::Down), Some(1_234), "a number");
        assert_eq!(find("nothing", 0, Direction::Down), None);
    });
}

#[test]
fn all_rows_that_hold_a_text_are_found() {
    with_lamps(|rows| {
        let mut found = Vec::new();
        let needle = TextMatch::new("LAMP");
        let mut push = |row| {
            found.push(row);
            ControlFlow::Continue(())
        };
        rows.filter(&needle, &mut unattended, &mut push).unwrap();
        assert_eq!(needle.text(), "LAMP");
        assert_eq!(found, Vec::<u64>::new(), "capitals are meant");
        let mut push = |row| {
            found.push(row);
            ControlFlow::Continue(())
        };
        let needle = TextMatch::new("lamp É 1".to_lowercase().as_str());
        rows.filter(&needle, &mut unattended, &mut push).unwrap();
        assert_eq!(found, [1_700]);
    });
}

#[test]
fn finding_can_be_cancelled() {
    with_lamps(|rows| {
        for way in [Direction::Down, Direction::Up] {
            let mut told = 0;
            let cancelled = rows.find(&TextMatch::new("nothing"), 2_500, way, &mut |_| {
                told += 1;
                if told < 3 {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            assert!(matches!(cancelled, Err(Error::Cancelled)));
            assert_eq!(told, 3);
        }
    });
}

#[test]
fn a_text_is_found_in_what_a_value_is_shown_as() {
    let row = |value| Record {
        values: vec![Value::Null, value],
    };
    let is_in = |text: &str, value| TextMatch::new(text).column(&row(value)) == Some(1);
    let said = |text: &str| Value::Text(text.to_owned());
    assert!(is_in("ünd", said("GRÜND")));
    assert!(!is_in("Ünd", said("gründ")));
    assert!(is_in("a\nb", said("xa\nb")));
    assert!(is_in("aab", said("Aaab")));
    assert!(!is_in("aab", said("aa")));
    assert!(is_in("0.5", Value::Real(10.5)));
    assert!(is_in("-7", Value::Integer(-7)));
    assert!(!is_in("a", Value::Blob(b"a".to_vec())));
    assert!(!is_in("null", Value::Null));
}
