//! Which files are refused as a snapshot: the error says what is wrong at which byte, and nothing
//! changes.

use unrewind::core::{Kind, Scope};

use super::{SCHEMA, read, with_value};
use crate::sandbox::{Sandbox, at};

/// The byte at which the value of [`with_value`] begins.
const VALUE: usize = 61;

#[track_caller]
fn assert_refused(bytes: impl AsRef<[u8]>, message: &str) {
    let message = format!("20210314T120000Z.json: {message}");
    assert_eq!(read(bytes), Err(message));
}

#[test]
fn a_value_that_no_column_can_hold_is_refused_with_its_place() {
    let cases = [
        (
            "9223372036854775808",
            "the integer 9223372036854775808 does not fit into 64 bits",
        ),
        (
            "-9223372036854775809",
            "the integer -9223372036854775809 does not fit into 64 bits",
        ),
        ("[1, 2]", "a value is an array, which no column can hold"),
        (
            "{}",
            "a value is an object other than {\"$blob\": \"…\"} and {\"$text\": \"…\"}",
        ),
        (
            r#"{"x": 1}"#,
            "a value is an object other than {\"$blob\": \"…\"} and {\"$text\": \"…\"}",
        ),
        (
            r#"{"$blob": 1}"#,
            "a value is an object other than {\"$blob\": \"…\"} and {\"$text\": \"…\"}",
        ),
        (
            r#"{"$blob": "AA==", "x": 1}"#,
            "a value is an object other than {\"$blob\": \"…\"} and {\"$text\": \"…\"}",
        ),
        (
            r#"{"$blob": {"$blob": ""}}"#,
            "a value is an object other than {\"$blob\": \"…\"} and {\"$text\": \"…\"}",
        ),
        (r#"{"$blob": "AA"}"#, "a $blob is not base64"),
        (r#"{"$blob": "*"}"#, "a $blob is not base64"),
        ("", "expected a value, found '}'"),
        ("nan", "nan is not a value"),
        ("None", "None is not a value"),
        ("01", "01 is not a value"),
        ("+1", "+1 is not a value"),
        ("1.", "1. is not a value"),
        (".5", ".5 is not a value"),
        ("1e", "1e is not a value"),
        ("0x10", "0x10 is not a value"),
        ("1_000", "1_000 is not a value"),
        ("-", "- is not a value"),
        ("'text'", "'text' is not a value"),
    ];
    for (json, what) in cases {
        assert_refused(
            with_value(json),
            &format!("table bots, row 1, byte {VALUE}: {what}"),
        );
    }
}

#[test]
fn an_invalid_string_is_refused_with_the_place_of_the_error() {
    let lone = "a lone surrogate, which no text can hold";
    let cases = [
        (r#""\ud83d""#, 1, lone),
        (r#""ab\udc00""#, 3, lone),
        (r#""\ud83d\ud83d""#, 1, lone),
        (r#""\ud83dx\ude00""#, 1, lone),
        (r#""\u12g4""#, 1, "\\u without four hexadecimal digits"),
        (r#""\u12""#, 1, "\\u without four hexadecimal digits"),
        (r#""\x41""#, 1, "an unknown escape in a string"),
        ("\"a\nb\"", 2, "control character 0x0a in a string"),
    ];
    for (json, byte, what) in cases {
        let byte = VALUE + byte;
        assert_refused(
            with_value(json),
            &format!("table bots, row 1, byte {byte}: {what}"),
        );
    }
    let mut bytes = with_value(r#""ab?""#).into_bytes();
    let place = bytes.iter().position(|&byte| byte == b'?').unwrap();
    bytes[place] = 0xff;
    assert_refused(
        bytes,
        &format!("table bots, row 1, byte {place}: a string is not UTF-8"),
    );
}

#[test]
fn rows_of_one_table_have_the_same_columns() {
    let with_rows = |rows: &str| format!(r#"{{"event_log": [], "bots": [{rows}]}}"#);
    assert_refused(
        with_rows(r#"{"a": 1, "b": 2}, {"a": 3}"#),
        r#"table bots, row 2, byte 45: column "b" of the table's first row is missing"#,
    );
    assert_refused(
        with_rows(r#"{"a": 1, "b": 2}, {"a": 3, "b": 4, "c": 5}"#),
        r#"table bots, row 2, byte 62: column "c" is not in the table's first row"#,
    );
    assert_refused(
        with_rows("{}"),
        "table bots, row 1, byte 27: the row has no columns",
    );
}

#[test]
fn columns_are_checked_even_after_rows_that_equal_lives() {
    let sandbox = Sandbox::with_schema(SCHEMA);
    sandbox.sql("INSERT INTO bots VALUES (1, 2)");
    let text = r#"{"event_log": [], "bots": [{"a": 1, "b": 2}, {"a": 3, "c": 4}]}"#;
    let snapshot = sandbox.put(Kind::Rewind, at(0), text);
    let error = sandbox
        .restore(&snapshot, Scope::Full)
        .unwrap_err()
        .to_string();
    let what = r#"table bots, row 2, byte 54: column "c" is not in the table's first row"#;
    assert!(error.ends_with(what), "{error}");
    assert_eq!(sandbox.rows("SELECT a, b FROM bots"), ["1 | 2"]);
}

#[test]
fn json_of_another_structure_is_refused() {
    let cases = [
        (
            r#"{"bots": 5}"#,
            "table bots, byte 9: expected '[', found '5'",
        ),
        (
            r#"{"bots": {}}"#,
            "table bots, byte 9: expected '[', found '{'",
        ),
        (
            r#"{"bots": [5]}"#,
            "table bots, row 1, byte 10: expected a row, found '5'",
        ),
        (
            r#"{"bots": [[]]}"#,
            "table bots, row 1, byte 10: expected a row, found '['",
        ),
        (
            r#"{"bots": [{"a": 1},]}"#,
            "table bots, row 2, byte 19: expected a row, found ']'",
        ),
        (
            r#"{"bots": [{"a": 1} {"a": 2}]}"#,
            "table bots, row 1, byte 19: expected ']', found '{'",
        ),
        (
            r#"{"bots": [{"a": 1, }]}"#,
            "table bots, row 1, byte 19: expected a string, found '}'",
        ),
        (
            r#"{"bots": [{"a" 1}]}"#,
            "table bots, row 1, byte 15: expected ':', found '1'",
        ),
        (
            r#"{"bots": [{a: 1}]}"#,
            "table bots, row 1, byte 11: expected a string, found 'a'",
        ),
        (r#"{"bots" []}"#, "byte 8: expected ':', found '['"),
        (r#"{"bots": [],}"#, "byte 12: expected a string, found '}'"),
        (
            r#"{"bots": [] "chats": []}"#,
            "byte 12: expected '}', found '\"'",
        ),
        (r"{bots: []}", "byte 1: expected a string, found 'b'"),
        ("[]", "byte 0: expected '{', found '['"),
        ("null", "byte 0: expected '{', found 'n'"),
        ("SQLite format 3\0", "byte 0: expected '{', found 'S'"),
        ("", "byte 0: the file is empty"),
        (" \n", "byte 2: the file is empty"),
    ];
    for (json, message) in cases {
        assert_refused(json, message);
    }
}

#[test]
fn a_last_event_id_that_is_not_an_integer_is_refused() {
    let cases = [
        ("1.5", "byte 18: last_event_id is not an integer"),
        ("null", "byte 18: last_event_id is not an integer"),
        ("true", "byte 18: last_event_id is not an integer"),
        ("false", "byte 18: last_event_id is not an integer"),
        ("\"7\"", "byte 18: last_event_id is not an integer"),
        ("[]", "byte 18: last_event_id is not an integer"),
        (
            "9223372036854775808",
            "byte 18: last_event_id: the integer 9223372036854775808 does not fit into 64 bits",
        ),
    ];
    for (id, message) in cases {
        assert_refused(format!(r#"{{"last_event_id": {id}, "bots": []}}"#), message);
    }
}

#[test]
fn data_after_the_snapshot_is_refused() {
    let whole = with_value("2");
    let length = whole.len();
    for after in ["}", "{}", "x", "\n\0", ",", "  [1]"] {
        let text = format!("{whole}{after}");
        let byte = length + after.len() - after.trim_start().len();
        assert_refused(
            text,
            &format!("byte {byte}: unexpected data after the snapshot's closing brace"),
        );
    }
}

#[test]
fn a_file_truncated_anywhere_is_refused() {
    let sandbox = Sandbox::with_schema(SCHEMA);
    let whole = r#"{"last_event_id": 12, "event_log": [{"id": 12}], "bots": [{"a": "x\"]}\u00e9", "b": 1.5}, {"a": {"$blob": "AA=="}, "b": null}]}"#;
    let snapshot = sandbox.put(Kind::Rewind, at(0), whole);
    sandbox.plan(&snapshot, Scope::Full).unwrap();
    for length in 0..whole.len() {
        let cut = &whole[..length];
        let snapshot = sandbox.put(Kind::Rewind, at(0), cut);
        let error = sandbox
            .plan(&snapshot, Scope::Full)
            .expect_err(cut)
            .to_string();
        let ends = if length == 0 {
            "byte 0: the file is empty".to_owned()
        } else {
            format!("byte {length}: the file ends here, cut short")
        };
        assert!(error.ends_with(&ends), "{cut} gives: {error}");
        assert!(!snapshot.is_intact(), "{cut} is listed as intact");
    }
}

#[test]
fn a_file_without_a_checksum_that_holds_a_key_twice_or_lost_events_is_refused_whole() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    let text = std::fs::read_to_string(sandbox.take(Kind::Rewind, at(0)).path).unwrap();
    let row = |table: &str| {
        let rows = text.split_once(&format!("\"{table}\": [")).unwrap().1;
        let end = [rows.find("}, {"), rows.find("}]")];
        let end = end.into_iter().flatten().min().unwrap();
        rows[..=end].to_owned()
    };
    let bots = |ids: &[&str]| {
        let (before, rest) = text.split_once("\"bots\": [").unwrap();
        let after = rest.split_once("}]").unwrap().1;
        let rows = ids.iter().map(|id| row("bots").replacen("mara", id, 1));
        let rows = rows.collect::<Vec<_>>().join(", ");
        format!("{before}\"bots\": [{rows}]{after}")
    };
    let twice = |table: &str| text.replacen(&row(table), &format!("{0}, {0}", row(table)), 1);
    let apart = bots(&["mara", "cleo", "bram", "mara"]);
    let behind = bots(&["mara", "cleo", "bram", "cleo"]);
    let between = bots(&["mara", "cleo", "mara"]).replacen("\"cleo\"", "null", 1);
    let swapped = {
        let (first, rest) = (row("event_log"), "\"event_log\": [");
        let without = text.replacen(&format!("{first}, "), "", 1);
        let end = without.find(rest).unwrap() + rest.len();
        let end = end + without[end..].find("}]").unwrap() + 1;
        format!("{}, {first}{}", &without[..end], &without[end..])
    };
    let unnumbered = |table: &str| {
        let row = row(table);
        let end = row.find(',').unwrap();
        text.replacen(&row, &format!("{{\"id\": null{}", &row[end..]), 1)
    };
    let empty = {
        let (before, rest) = text.split_once("\"event_log\": [").unwrap();
        let end = rest.find("}]").unwrap() + 1;
        format!("{before}\"event_log\": [{}", &rest[end..])
    };
    let lost = text.replacen("{\"last_event_id\": 3", "{\"last_event_id\": 9", 1);
    for (bytes, reason) in [
        (twice("memories"), "table memories holds id = 3 twice"),
        (apart, "table bots holds id = 'mara' twice"),
        (behind, "table bots holds id = 'cleo' twice"),
        (between, "table bots holds id = 'mara' twice"),
        (twice("event_log"), "table event_log holds id = 1 twice"),
        (
            unnumbered("event_log"),
            "table event_log holds a row without id",
        ),
        (
            unnumbered("memories"),
            "table memories holds a row without id",
        ),
        (empty, "its last_event_id is 3, but it holds no event"),
        (swapped, "table event_log holds id = 1 after a higher one"),
        (
            lost,
            "its last_event_id is 9, but its event log ends with 3",
        ),
    ] {
        let broken = sandbox.put(Kind::Rewind, at(1), bytes);
        let name = "20210314T120100Z";
        let ran = sandbox.run(&["verify", name]);
        assert_eq!(ran.code, 1, "{} {}", ran.out, ran.err);
        assert!(
            ran.out.contains(&format!("damaged  {reason}")),
            "{}",
            ran.out
        );
        assert_eq!(sandbox.found(&broken.path).note.checksum, None);
        std::fs::remove_file(broken.path.with_extension("note")).unwrap();
        for arguments in [
            &["restore", name, "--tables", "bots", "--yes"][..],
            &["recover", "--dry-run"],
            &["export", name, "--table", "bots", "--format", "csv"],
            &["pin", name],
        ] {
            let ran = sandbox.run(arguments);
            assert!(
                ran.err.contains(reason),
                "{arguments:?} {}{}",
                ran.out,
                ran.err
            );
        }
    }
    let name = "20210314T120200Z";
    sandbox.put(Kind::Rewind, at(2), bots(&["mara", "cleo", "bram"]));
    let ran = sandbox.run(&["verify", name]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn a_snapshot_whose_note_cannot_be_read_is_not_used() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let note = taken.path.with_extension("note");
    std::fs::write(&note, "x").unwrap();
    let name = "20210314T120000Z";
    let ran = sandbox.run(&["verify", name]);
    assert_eq!(ran.code, 2);
    let reason = "not verified: cannot read the note ";
    assert!(ran.err.contains(reason), "{}", ran.err);
    for (arguments, reason) in [
        (&["restore", name, "--dry-run"][..], "cannot read the note"),
        (&["recover", "--dry-run"], "has a note that cannot be read"),
        (&["pin", name], "cannot read the note"),
    ] {
        let ran = sandbox.run(arguments);
        assert_ne!(ran.code, 0, "{}", ran.out);
        assert!(ran.err.contains(reason), "{}", ran.err);
        let name = note.file_name().unwrap().to_str().unwrap();
        assert!(ran.err.contains(name), "{}", ran.err);
    }
    let ran = sandbox.run(&["restore", name, "--dry-run"]);
    assert!(ran.err.contains("repair or delete the note"), "{}", ran.err);
}

#[test]
fn a_file_without_the_event_log_is_incompatible_even_if_it_is_empty() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(0), r#"{"last_event_id": 0}"#);
    let name = "20210314T120000Z";
    let ran = sandbox.run(&["verify", name]);
    assert!(
        ran.code == 1
            && ran
                .out
                .contains("incompatible  it has no event log event_log"),
        "{ran:?}"
    );
    let ran = sandbox.run(&["restore", name, "--yes"]);
    assert!(
        ran.code == 1 && ran.err.contains("has no event log event_log"),
        "{ran:?}"
    );
}
