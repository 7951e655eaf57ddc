//! Files much larger than their content, or with much more content than usual: they cost neither memory nor the
//! other snapshots.

use std::fs::File;

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

const HUGE: u64 = 10_000_000_000;

/// Beginnings of snapshots, each followed by a hole of many gigabytes.
const HOLES: [&str; 6] = [
    "",
    r#"{"last_event_id": 1, ""#,
    r#"{"last_event_id": 1, "event_log": [{"a": ""#,
    r#"{"last_event_id": 1, "event_log": ["#,
    r#"{"last_event_id": 1, "event_log": [{"a": 1"#,
    r#"{"last_event_id": 1"#,
];

#[test]
fn a_hole_of_many_gigabytes_is_not_read() {
    for beginning in HOLES {
        let sandbox = Sandbox::new();
        let whole = sandbox.take(Kind::Rewind, at(0));
        let holed = sandbox.put(Kind::Rewind, at(1), beginning);
        let file = File::options().write(true).open(&holed.path).unwrap();
        file.set_len(HUGE).unwrap();
        for (arguments, code) in [
            (&["list"][..], 0),
            (&["show", "20210314T120100Z"], 1),
            (&["search", "zeppelin"], 2),
            (&["restore", "20210314T120100Z", "--yes"], 1),
            (&["pin", "20210314T120100Z"], 1),
        ] {
            let ran = sandbox.run(arguments);
            assert_eq!(ran.code, code, "{beginning:?} {arguments:?}: {ran:?}");
        }
        let ran = sandbox.run(&["verify", "--all"]);
        assert!(
            ran.code == 1 && ran.out.contains("rewind/20210314T120000Z  sound"),
            "{ran:?}"
        );
        assert!(whole.path.exists());
    }
}

#[test]
fn the_length_of_a_name_is_limited() {
    let sandbox = Sandbox::new();
    let name = "n".repeat(3_000_000);
    let long = sandbox.put(
        Kind::Rewind,
        at(0),
        format!(r#"{{"last_event_id": 1, "event_log": [], "{name}": []}}"#),
    );
    let ran = sandbox.run(&["show", long.path.to_str().unwrap()]);
    assert!(
        ran.code == 1 && ran.err.contains("of more than 1048576 bytes"),
        "{}",
        &ran.err[..300.min(ran.err.len())]
    );
    let number = "9".repeat(1_000_000);
    sandbox.put(
        Kind::Rewind,
        at(1),
        format!(r#"{{"last_event_id": {number}, "event_log": []}}"#),
    );
    assert_eq!(sandbox.run(&["show", "20210314T120100Z"]).code, 1);
    let columns: Vec<String> = (0..40_000)
        .map(|column| format!(r#""c{column}": 1"#))
        .collect();
    sandbox.put(
        Kind::Rewind,
        at(2),
        format!(
            r#"{{"last_event_id": 1, "event_log": [{{{}}}]}}"#,
            columns.join(", ")
        ),
    );
    let ran = sandbox.run(&["verify", "20210314T120200Z"]);
    assert!(
        ran.code == 1 && ran.out.contains("the row has more than 32767 columns"),
        "{ran:?}"
    );
}

/// Quadratic work in the number of tables would take hours.
#[test]
fn two_hundred_thousand_tables_are_read_in_linear_time() {
    let sandbox = Sandbox::new();
    let tables: Vec<String> = (0..200_000)
        .map(|table| format!(r#""t{table}": []"#))
        .collect();
    sandbox.put(
        Kind::Rewind,
        at(0),
        format!(
            r#"{{"last_event_id": 1, "event_log": [{{"id": 1}}], {}}}"#,
            tables.join(", ")
        ),
    );
    for (arguments, code) in [
        (&["show", "latest"][..], 0),
        (&["search", "zeppelin"], 1),
        (&["diff", "latest"], 1),
        (&["verify", "--all"], 0),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
    }
}
