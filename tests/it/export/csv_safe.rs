//! `--csv-safe`: a spreadsheet reads nothing in the file as a formula, and nothing else changes.

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

#[test]
fn csv_safe_quotes_formulas_and_keeps_numbers() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE bots (id INTEGER PRIMARY KEY, \"=1+1\" TEXT, n REAL);
         INSERT INTO bots VALUES (1, '=HYPERLINK(\"x\")', -1.5), (2, '+1', 2), (3, '-1', NULL),
             (4, '@SUM(A1)', 4), (5, char(9) || '=1', 5), (6, 'a=1', 6), (7, '', 7)",
    );
    sandbox.take(Kind::Rewind, at(0));
    let export = ["export", "live", "--table", "bots", "--format", "csv"];
    let plain = sandbox.run(&export);
    assert!(plain.out.contains("\"=HYPERLINK"), "{}", plain.out);
    let safe = sandbox.run(&[&export[..], &["--csv-safe"]].concat());
    let lines: Vec<&str> = safe.out.split("\r\n").collect();
    assert_eq!(
        lines,
        [
            "\"id\",\"'=1+1\",\"n\"",
            "1,\"'=HYPERLINK(\"\"x\"\")\",-1.5",
            "2,\"'+1\",2.0",
            "3,\"'-1\",",
            "4,\"'@SUM(A1)\",4.0",
            "5,\"'\t=1\",5.0",
            "6,\"a=1\",6.0",
            "7,\"\",7.0",
            ""
        ]
    );
}
