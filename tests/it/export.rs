//! Rows for other programs: every value is exported unchanged, and a file appears whole or not at all.

mod csv_safe;
mod database;

use std::{fs, io::Read, process::Stdio};

use serde_json::{Value as Json, json};
use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

const LOG: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY);";

/// Values that a careless writer would alter.
const AWKWARD: &str = "(1, NULL), (2, ''), (3, 'NULL'), (4, 9223372036854775807), (5, -9223372036854775808),
    (6, 0.1), (7, 1e300), (8, -0.0), (9, 9e999), (10, -9e999), (11, '7'), (12, 'a,\"b\"'),
    (13, 'two' || char(13, 10) || 'lines'), (14, char(0, 27, 127, 233, 128512)), (15, x''), (16, x'00ff22')";

/// Takes a snapshot; the names of live and of the snapshot, which have the same bots.
fn both_sides(sandbox: &Sandbox) -> [&'static str; 2] {
    sandbox.take(Kind::Rewind, at(0));
    ["live", "latest"]
}

fn awkward() -> Sandbox {
    Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (id, value); INSERT INTO bots VALUES {AWKWARD}"
    ))
}

#[test]
fn csv_keeps_every_value_and_distinguishes_null_from_an_empty_text() {
    let sandbox = awkward();
    for side in both_sides(&sandbox) {
        let ran = sandbox.run(&["export", side, "--table", "bots", "--format", "csv"]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
        insta::assert_snapshot!(
            "csv",
            ran.out.escape_debug().to_string().replace("\\r\\n", "\n")
        );
        let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
        assert_eq!(reader.headers().unwrap(), vec!["id", "value"]);
        let fields: Vec<String> = reader
            .records()
            .map(|record| record.unwrap()[1].to_owned())
            .collect();
        let smallest = "-9223372036854775808";
        assert_eq!(
            fields[..5],
            ["", "", "NULL", "9223372036854775807", smallest]
        );
        assert_eq!(
            fields[5..11],
            ["0.1", "1e+300", "-0.0", "Infinity", "-Infinity", "7"]
        );
        assert_eq!(
            fields[11..14],
            ["a,\"b\"", "two\r\nlines", "\0\u{1b}\u{7f}é😀"]
        );
        assert_eq!(fields[14..], ["", "AP8i"]);
    }
}

#[test]
fn a_row_of_a_single_null_is_a_row_in_csv() {
    let sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (a); INSERT INTO bots VALUES (NULL), (1), (NULL)"
    ));
    let ran = sandbox.run(&["export", "live", "--table", "bots", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
    assert_eq!(reader.records().count(), 3);
}

#[test]
fn jsonl_has_an_object_per_line_with_its_columns_in_order() {
    let sandbox = awkward();
    for side in both_sides(&sandbox) {
        let ran = sandbox.run(&["export", side, "--table", "bots", "--format", "jsonl"]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
        assert!(
            ran.out
                .starts_with("{\"id\": 1, \"value\": null}\n{\"id\": 2, \"value\": \"\"}\n")
        );
        let lines = ran
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let values: Vec<Json> = lines.map(|line: Json| line["value"].clone()).collect();
        let expected = json!([
            null, "", "NULL", i64::MAX, i64::MIN, 0.1, 1e300, -0.0, "Infinity", "-Infinity", "7",
            "a,\"b\"", "two\r\nlines", "\u{0}\u{1b}\u{7f}é😀", { "$blob": "" }, { "$blob": "AP8i" },
        ]);
        assert_eq!(Json::from(values), expected);
        assert!(ran.out.contains("\"value\": -0.0}"));
    }
}

#[test]
fn an_exported_file_is_complete_and_never_replaced() {
    let sandbox = awkward();
    let export = [
        "export", "live", "--table", "bots", "--format", "csv", "-o", "bots.csv",
    ];
    let ran = sandbox.run(&export);
    assert_eq!((ran.code, &*ran.out), (0, ""));
    assert_eq!(ran.err, "wrote bots.csv: 16 rows\n");
    let printed = sandbox.run(&export[..6]).out;
    assert_eq!(
        fs::read_to_string(sandbox.path().join("bots.csv")).unwrap(),
        printed
    );
    sandbox.sql("DELETE FROM bots");
    let again = sandbox.run(&export);
    assert_eq!(
        (again.code, &*again.err),
        (1, "unrewind: bots.csv already exists\n")
    );
    assert_eq!(
        fs::read_to_string(sandbox.path().join("bots.csv")).unwrap(),
        printed
    );
}

#[test]
fn a_failed_export_leaves_no_file() {
    let sandbox = Sandbox::new();
    let rows: Vec<String> = (0..9_000).map(|id| format!(r#"{{"id": {id}}}"#)).collect();
    let json = format!(
        r#"{{"event_log": [], "bots": [{}, {{"id": x}}]}}"#,
        rows.join(", ")
    );
    sandbox.put(Kind::Rewind, at(0), json);
    for format in ["csv", "jsonl", "sqlite"] {
        let export = [
            "export", "latest", "--table", "bots", "--format", format, "-o", "out",
        ];
        let ran = sandbox.run(&export);
        assert_eq!(ran.code, 1);
        assert!(
            ran.err.contains("table bots, row 9001, byte"),
            "{}",
            ran.err
        );
        let mut left: Vec<_> = fs::read_dir(sandbox.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name != "data" && name != "cache" && name != ".local")
            .collect();
        left.sort();
        assert_eq!(left, Vec::<std::ffi::OsString>::new());
    }
}

#[test]
fn wrong_usage_exits_with_2_and_an_unknown_table_with_1() {
    let sandbox = awkward();
    let wrong = [
        &["export", "live", "--format", "csv"][..],
        &["export", "live", "--format", "sqlite"],
        &["export", "live", "--table", "bots"],
        &[
            "export",
            "live",
            "--table",
            "bots",
            "--table",
            "event_log",
            "--format",
            "jsonl",
        ],
        &["export", "live", "--table", "bots", "--format", "xml"],
    ];
    for arguments in wrong {
        let ran = sandbox.run(arguments);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{arguments:?}");
    }
    let ran = sandbox.run(&["export", "live", "--table", "boots", "--format", "csv"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err
            .starts_with("unrewind: there is no table boots: did you mean bots?")
    );
}

#[test]
fn a_pipe_closed_while_rows_are_written_is_not_an_error() {
    let sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (a);
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99999)
         INSERT INTO bots SELECT n FROM numbers"
    ));
    for arguments in [
        &["export", "live", "--table", "bots", "--format", "jsonl"][..],
        &["show", "live", "--rows", "bots", "--limit", "100000"],
        &[
            "show", "live", "--rows", "bots", "--limit", "100000", "--json",
        ],
    ] {
        let mut command = sandbox.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 8];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
    }
}
