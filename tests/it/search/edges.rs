//! Snapshots as other programs may write them, and texts across the boundaries of reads.

use unrewind::core::Kind;

use super::{found, query, regex, rows, try_search};
use crate::sandbox::{Sandbox, at};

/// A snapshot with these memories, whose ids are their numbers.
fn snapshot(texts: &[String], between: &str) -> String {
    let rows = texts.iter().enumerate().map(|(index, text)| {
        let text = serde_json::to_string(text).unwrap();
        format!("{{\"id\":{between}{index},{between}\"text\":{between}{text}}}")
    });
    let rows: Vec<String> = rows.collect();
    format!(
        "{{\"last_event_id\": 0, \"event_log\": [], \"memories\": [{}], \"chats\": []}}",
        rows.join(&format!(",{between}"))
    )
}

#[test]
fn a_text_across_the_boundary_of_two_reads_is_found() {
    // A read ends within the text, before it, or after it; the rows around it are short or long, with or
    // without a space between tokens.
    let parts = [32 * 1024, 256 * 1024];
    for (part, shift) in parts
        .iter()
        .flat_map(|&part| (0..120).step_by(7).map(move |shift| (part, shift)))
    {
        let between = if shift % 2 == 0 { " " } else { "" };
        let brackets = if shift % 3 == 0 { "] " } else { "" };
        let mut texts = vec!["first".to_owned(), "x".repeat(part - 150 - shift)];
        texts.push("the lamp on the stairs".to_owned());
        texts.extend((0..40).map(|number| format!("{brackets}row {number} }}, {{\"id\": 7")));
        texts.push("a last lamp".to_owned());
        let sandbox = Sandbox::new();
        sandbox.put(Kind::Rewind, at(0), snapshot(&texts, between));
        let findings = found(&sandbox, &query("lamp"));
        assert_eq!(
            rows(&findings),
            ["memories 2", "memories 43"],
            "{part} - {shift}"
        );
        let findings = found(&sandbox, &query("row 39 }, {\"id\""));
        assert_eq!(rows(&findings), ["memories 42"], "{part} - {shift}");
    }
}

#[test]
fn a_row_longer_than_a_read_is_found() {
    let long = format!("{} lamp {}", "x".repeat(700_000), "y".repeat(700_000));
    let sandbox = Sandbox::new();
    sandbox.put(
        Kind::Rewind,
        at(0),
        snapshot(&["one".to_owned(), long, "a lamp".to_owned()], " "),
    );
    let findings = found(&sandbox, &query("lamp"));
    assert_eq!(rows(&findings), ["memories 1", "memories 2"]);
    let excerpt = &findings.rows()[0].excerpt;
    assert_eq!(excerpt.before, format!("…{} ", "x".repeat(59)));
    assert_eq!(excerpt.behind, format!(" {}…", "y".repeat(119)));
}

#[test]
fn a_snapshot_written_by_another_program_is_searched() {
    let sandbox = Sandbox::new();
    let text = "{\n \"memories\" : [ { \"text\":\"caf\u{e9} \\u0061bc \\u6771\\uD83D\\ude42\" ,\"id\":1 },\n{\"id\":2,\"text\":\"A\\/B\"}\n],\"last_event_id\":3}\n";
    sandbox.put(Kind::Rewind, at(0), text);
    for (pattern, row) in [
        ("café abc", "memories 1"),
        ("東🙂", "memories 1"),
        ("a/b", "memories 2"),
    ] {
        assert_eq!(rows(&found(&sandbox, &query(pattern))), [row], "{pattern}");
    }
    assert_eq!(rows(&found(&sandbox, &regex("a.c"))), ["memories 1"]);
}

#[test]
fn a_snapshot_with_a_table_twice_is_named_and_not_searched() {
    let sandbox = Sandbox::new();
    let rows = |text: &str| format!("[{{\"id\": 1, \"text\": \"{text}\"}}]");
    let (first, second) = (rows("lamp"), rows("bell"));
    let twice = format!("{{\"memories\": {first}, \"memories\": {second}}}");
    sandbox.put(Kind::Rewind, at(0), twice);
    for text in ["lamp", "bell"] {
        let findings = try_search(&sandbox, &query(text)).unwrap();
        assert_eq!(findings.rows().len(), 0, "{text}");
        let [(_, reason)] = findings.failed() else {
            panic!("{:?}", findings.failed())
        };
        assert!(reason.contains("table memories appears twice"), "{reason}");
    }
}
