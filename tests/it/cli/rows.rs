//! `show --rows`: some rows of a table.

use unrewind::core::Kind;

use super::assert_fails;
use crate::sandbox::{Sandbox, at};

fn with_bots() -> Sandbox {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE bots (id INTEGER PRIMARY KEY, name, image);
         INSERT INTO bots VALUES (1, 'Mara', x'00ff'), (2, NULL, 0.5), (3, '', char(27) || '[31m'),
            (7, 'NULL', '日本');
         WITH RECURSIVE numbers (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM numbers WHERE n < 195)
         INSERT INTO bots SELECT n, 'bot ' || n, NULL FROM numbers",
    );
    sandbox.take(Kind::Rewind, at(0));
    sandbox
}

#[test]
fn each_row_is_a_line_with_control_characters_escaped() {
    let sandbox = with_bots();
    for side in ["latest", "live"] {
        let ran = sandbox.run(&["show", side, "--rows", "bots", "--limit", "5"]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
        insta::allow_duplicates! { insta::assert_snapshot!(ran.out, @r"
        bots: row 1 to 5 of 100 rows

        ROW  id   name       image
          1  1    'Mara'     a blob of 2 bytes
          2  2    NULL       0.5
          3  3    ''         '\u{1b}[31m'
          4  7    'NULL'     '日本'
          5  100  'bot 100'  NULL
        "); }
    }
}

#[test]
fn rows_can_be_shown_from_any_row_on() {
    let sandbox = with_bots();
    for side in ["latest", "live"] {
        let rows = |arguments: &[&str]| {
            let ran = sandbox.run(&[&["show", side, "--rows", "BOTS"], arguments].concat());
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran.out
        };
        let all = rows(&[]);
        assert!(
            all.starts_with("bots: row 1 to 20 of 100 rows\n\n"),
            "{all}"
        );
        assert_eq!(all.lines().count(), 3 + 20);
        let last = rows(&["--from", "99", "--limit", "9"]);
        insta::allow_duplicates! { insta::assert_snapshot!(last, @r"
        bots: row 99 to 100 of 100 rows

        ROW  id   name       image
         99  194  'bot 194'  NULL
        100  195  'bot 195'  NULL
        "); }
        assert_eq!(
            rows(&["--from", "101"]),
            "bots: 100 rows\n\nROW  id  name  image\n"
        );
    }
}

#[test]
fn rows_with_json_come_with_their_table_and_columns() {
    let sandbox = with_bots();
    for side in ["latest", "live"] {
        let arguments = [
            "show", side, "--rows", "bots", "--json", "--from", "2", "--limit", "3",
        ];
        let shown = sandbox.run(&arguments).json();
        let expected = serde_json::json!({
            "table": "bots", "columns": ["id", "name", "image"], "count": 100, "from": 2,
            "rows": [
                { "id": 2, "name": null, "image": 0.5 },
                { "id": 3, "name": "", "image": "\u{1b}[31m" },
                { "id": 7, "name": "NULL", "image": "日本" },
            ],
        });
        assert_eq!(shown, expected);
        let none = sandbox.run(&["show", side, "--rows", "bots", "--json", "--from", "900"]);
        assert_eq!(none.json()["rows"], serde_json::json!([]));
    }
}

#[test]
fn an_unknown_table_and_a_wrong_range_are_errors() {
    let sandbox = with_bots();
    assert_fails(
        &sandbox.run(&["show", "live", "--rows", "boots"]),
        "unrewind: there is no table boots: did you mean bots?\n",
    );
    assert_eq!(sandbox.run(&["show", "live", "--from", "3"]).code, 2);
    assert_eq!(
        sandbox
            .run(&["show", "live", "--rows", "bots", "--from", "0"])
            .code,
        2
    );
}
