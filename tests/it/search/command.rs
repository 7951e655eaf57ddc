//! `unrewind search`: what it prints, and its exit codes, which are those of grep(1).

use std::fs;

use serde_json::json;
use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

#[test]
fn found_rows_are_printed_with_their_snapshots_and_exit_with_0() {
    let sandbox = Sandbox::rewound();
    let ran = sandbox.run(&["search", "lamp"]);
    assert_eq!(ran.code, 0);
    // The ages depend on the clock.
    let age = regex::Regex::new(r"[0-9,]+ d ago").unwrap();
    insta::assert_snapshot!(age.replace_all(&ran.out, "AGO"), @r#"
    event_log, id = 3
      payload_json: Is the "lamp" still burning?
      in live; in 2 of 2 snapshots: first seen AGO, last AGO

    event_log, id = 4
      payload_json: Jo turned the café's lamp off.
      in live, but rewound; in 1 of 2 snapshots: AGO
      to get it back: `unrewind restore rewind/20210314T122000Z --dry-run`

    memories, id = 4
      text: Jo turned the café's lamp off.
      not in live; in 1 of 2 snapshots: AGO
      to get it back: `unrewind restore rewind/20210314T122000Z --dry-run`
    "#);
    assert_eq!(ran.err, "3 rows found in live and 2 snapshots\n");
}

#[test]
fn nothing_found_exits_with_1_and_a_failed_side_with_2() {
    let mut sandbox = Sandbox::rewound();
    let ran = sandbox.run(&["search", "lantern"]);
    assert_eq!(
        (ran.code, &*ran.out, &*ran.err),
        (1, "", "0 rows found in live and 2 snapshots\n")
    );
    let ran = sandbox.run(&["search", "--regex", "("]);
    assert_eq!(
        (ran.code, &*ran.err),
        (
            2,
            "unrewind: cannot search for this pattern: unclosed group\n"
        )
    );
    let ran = sandbox.run(&["search", "lamp", "--table", "lamps"]);
    assert_eq!(ran.code, 2);
    sandbox.put(Kind::Rewind, at(30), "{");
    let ran = sandbox.run(&["search", "lantern"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .starts_with("! rewind/20210314T123000Z could not be searched: "),
        "{}",
        ran.err
    );
    assert!(
        ran.err
            .ends_with("\n0 rows found in live and 2 snapshots\n"),
        "{}",
        ran.err
    );
    let ran = sandbox.run(&["search", "lamp"]);
    assert_eq!(ran.code, 2, "a side could not be searched");
    assert!(!ran.out.is_empty(), "found rows are printed");
    sandbox.quit();
    fs::remove_file(sandbox.db()).unwrap();
    let ran = sandbox.run(&["search", "lamp", "--kind", "periodic"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.starts_with("! live could not be searched: "),
        "{}",
        ran.err
    );
    assert!(ran.err.ends_with(" found in 1 snapshot\n"), "{}", ran.err);
    assert!(!ran.out.contains("live"), "{}", ran.out);
}

#[test]
fn search_with_json_has_the_key_and_the_snapshots_of_each_row() {
    let sandbox = Sandbox::rewound();
    let ran = sandbox.run(&[
        "search",
        "--regex",
        "turned.*OFF",
        "--case",
        "ignore",
        "--json",
    ]);
    let excerpt = json!({ "before": "Jo ", "found": "turned the café's lamp off", "behind": "." });
    let row = |table: &str, column: &str, live: Option<&str>| {
        json!({
            "table": table, "key": { "id": 4 }, "column": column, "excerpt": excerpt, "live": live,
            "snapshots": ["rewind/20210314T122000Z"], "first_seen": "2021-03-14T12:20:00Z",
            "last_seen": "2021-03-14T12:20:00Z", "restore": "rewind/20210314T122000Z",
        })
    };
    assert_eq!(
        ran.json(),
        json!({
            "snapshots": 2, "live": true, "failed": {}, "more": false,
            "rows": [
                row("event_log", "payload_json", Some("rewound")),
                row("memories", "text", None),
            ],
        })
    );
    let ran = sandbox.run(&[
        "search", "lamp", "--json", "--kind", "periodic", "--table", "memories", "--limit", "1",
    ]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.json(),
        json!({ "snapshots": 1, "live": true, "failed": {}, "more": false, "rows": [] })
    );
    let ran = sandbox.run(&["search", "lamp", "--json", "--limit", "1"]);
    assert_eq!(
        (
            ran.json()["more"].clone(),
            ran.json()["rows"].as_array().unwrap().len()
        ),
        (json!(true), 1)
    );
}

#[test]
fn more_than_one_row_matches_or_more_than_several_match() {
    let sandbox = Sandbox::with_waves(5);
    for (most, matches) in [("1", "1 row matches"), ("2", "2 rows match")] {
        let ran = sandbox.run(&["search", "wave", "--limit", most]);
        let warning = format!("! more than {matches}: search for a longer text");
        assert!(ran.err.contains(&warning), "{}", ran.err);
    }
}
