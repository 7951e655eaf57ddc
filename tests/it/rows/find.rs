//! Finding a text among the rows, in both directions, and all rows that contain it.

use std::ops::ControlFlow;

use unrewind::core::{
    Contents, Direction, Error, Kind, Row, Rows, Side, SparseIndex, TextMatch, Value, unattended,
};

use crate::sandbox::{Sandbox, at};

/// Runs the check on 5,000 bots, every thousandth with a lamp, in a snapshot, in live, and in live with an index.
fn with_lamps(check: impl Fn(&Rows<'_>)) {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (a, b);
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
         INSERT INTO bots SELECT n, iif(n % 1000 = 700, 'the Lamp é ' || n, hex(zeroblob(100))) FROM numbers",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
    let database = sandbox.database();
    let index = SparseIndex::of(&database, &sandbox.profile, "bots", &mut unattended).unwrap();
    let rows = |side| Rows::of(side, &sandbox.profile, "bots").unwrap();
    check(&rows(Side::Snapshot(&contents)));
    check(&rows(Side::Live(&database)));
    check(&rows(Side::Live(&database)).by(Some(&index)));
}

#[test]
fn the_nearest_row_is_found_in_both_directions() {
    with_lamps(|rows| {
        let find = |text, from, way| {
            let text_match = TextMatch::new(text);
            rows.find(&text_match, from, way, &mut unattended).unwrap()
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
fn all_rows_that_contain_a_text_are_found() {
    with_lamps(|rows| {
        let mut found = Vec::new();
        let text_match = TextMatch::new("LAMP");
        let mut push = |row| {
            found.push(row);
            ControlFlow::Continue(())
        };
        rows.filter(&text_match, &mut unattended, &mut push)
            .unwrap();
        assert_eq!(text_match.text(), "LAMP");
        assert_eq!(found, Vec::<u64>::new(), "capitals match exactly");
        let mut push = |row| {
            found.push(row);
            ControlFlow::Continue(())
        };
        let text_match = TextMatch::new("lamp É 1".to_lowercase().as_str());
        rows.filter(&text_match, &mut unattended, &mut push)
            .unwrap();
        assert_eq!(found, [1_700]);
    });
}

#[test]
fn a_search_among_rows_can_be_cancelled() {
    with_lamps(|rows| {
        for way in [Direction::Down, Direction::Up] {
            let mut reports = 0;
            let cancelled = rows.find(&TextMatch::new("nothing"), 2_500, way, &mut |_| {
                reports += 1;
                if reports < 3 {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            assert!(matches!(cancelled, Err(Error::Cancelled)));
            assert_eq!(reports, 3);
        }
    });
}

#[test]
fn a_text_is_found_in_the_displayed_form_of_a_value() {
    let row = |value| Row {
        values: vec![Value::Null, value],
    };
    let is_in = |text: &str, value| TextMatch::new(text).column(&row(value)) == Some(1);
    let text_value = |text: &str| Value::Text(text.to_owned());
    assert!(is_in("ünd", text_value("GRÜND")));
    assert!(!is_in("Ünd", text_value("gründ")));
    assert!(is_in("a\nb", text_value("xa\nb")));
    assert!(is_in("aab", text_value("Aaab")));
    assert!(!is_in("aab", text_value("aa")));
    assert!(is_in("0.5", Value::Real(10.5)));
    assert!(is_in("-7", Value::Integer(-7)));
    assert!(!is_in("a", Value::Blob(b"a".to_vec())));
    assert!(!is_in("null", Value::Null));
}
