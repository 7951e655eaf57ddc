//! How a value is shown (safely on one line, whole in the pane beside) and copied.

use insta::assert_snapshot;
use unrewind::core::Kind;

use super::{bottom_line, open_bots, rows};
use crate::sandbox::{Sandbox, at};

/// Values that would harm a terminal, or could be mistaken for one another.
fn awkward() -> Sandbox {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE bots (value, other);
         INSERT INTO bots VALUES (NULL, 1), ('', 2), ('NULL', 3), (7, 4), ('7', 5), (-0.5, 6),
            (x'', 7), (x'00ff41', 8), ('blob, 3 B', 9), (' blanks ', 10),
            (char(27) || '[31mred' || char(7), 11), ('a' || char(0) || 'b', 12),
            ('two' || char(13, 10) || 'lines' || char(9) || 'tab', 13),
            (char(0x202e) || 'turned', 14), ('日本語の灯台 👨‍👩‍👧', 15), (char(0x9b) || '2J', 16)",
    );
    sandbox.take(Kind::Rewind, at(1));
    sandbox
}

#[test]
fn values_are_shown_without_control_characters_and_distinctly() {
    let sandbox = awkward();
    for open in ["<enter>", "v"] {
        let mut tui = sandbox.tui(100, 36);
        tui.keys("<enter>j").keys(open);
        let shown = rows(&tui);
        let mut texts: Vec<&str> = shown
            .iter()
            .map(|row| {
                row.trim_start_matches(['▌', ' '])
                    .split_once(' ')
                    .unwrap()
                    .1
            })
            .map(|row| row.rsplit_once(' ').unwrap().0)
            .collect();
        assert_snapshot!("awkward", texts.join("\n"));
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 16);
        for _ in 0..16 {
            let buffer = tui.buffer();
            let is_harmless =
                |symbol: &str| !symbol.chars().any(|c| c.is_control() || c == '\u{202e}');
            assert!(buffer.content.iter().all(|cell| is_harmless(cell.symbol())));
            tui.keys("<enter><enter>j");
        }
    }
}

/// The lines of the pane with the selected value, its title first.
fn pane(sandbox: &Sandbox, keys: &str) -> Vec<String> {
    let mut tui = sandbox.tui(160, 30);
    tui.keys("<enter>j<enter>").keys(keys);
    let frame = tui.frame();
    let inside = frame.lines().skip(2).filter_map(|line| {
        let line = line.rsplit_once("╮╭").or(line.rsplit_once("││"))?.1;
        let line = line.trim_end_matches(['╮', '│', '─', ' ']);
        (!line.is_empty()).then(|| line.strip_prefix(' ').unwrap_or(line).to_owned())
    });
    inside.collect()
}

#[test]
fn the_pane_shows_the_whole_value() {
    let sandbox = awkward();
    assert_eq!(pane(&sandbox, ""), ["value  NULL", "no value"]);
    assert_eq!(pane(&sandbox, "j"), ["value  empty text"]);
    assert_eq!(pane(&sandbox, "jjj"), ["value  number", "7"]);
    assert_eq!(pane(&sandbox, "jjjj"), ["value  text, 1 B", "7"]);
    assert_eq!(
        pane(&sandbox, "#8<enter>"),
        ["value  blob, 3 B", "000000  00 ff 41                 ..A"]
    );
    let lines = pane(&sandbox, "#13<enter>");
    assert_eq!(lines, ["value  text, 14 B", "two␍", "lines⇥tab"]);
}

#[test]
fn json_is_indented() {
    let sandbox = Sandbox::with_schema(
        r#"CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (value);
        INSERT INTO bots VALUES ('{"b": [1.50, "\u00e9"], "a": {"deep": null}}')"#,
    );
    sandbox.take(Kind::Rewind, at(1));
    assert_eq!(
        pane(&sandbox, ""),
        [
            "value  text, 44 B, JSON",
            "{",
            "  \"b\": [",
            "    1.50,",
            "    \"é\"",
            "  ],",
            "  \"a\": {",
            "    \"deep\": null",
            "  }",
            "}",
        ]
    );
}

#[test]
fn a_long_value_is_cut_only_in_its_row() {
    let long = "The lamp burns. ".repeat(1_000);
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (value, other)",
    );
    sandbox.sql(&format!(
        "INSERT INTO bots VALUES ('{long}', 1), ('short', 2)"
    ));
    sandbox.take(Kind::Rewind, at(1));
    for open in ["<enter>", "v"] {
        let mut tui = open_bots(&sandbox, open);
        let effects = tui.effects();
        assert!(
            effects.last().unwrap().starts_with("value 0:0 of "),
            "{effects:?}"
        );
        let frame = tui.frame();
        assert!(frame.contains("value  text, 16.0 kB ─"), "{frame}");
        tui.keys("c");
        assert_eq!(tui.effects(), [format!("copy {long}")]);
        assert_eq!(bottom_line(&tui), "16.0 kB sent to the terminal");
        tui.keys("jc");
        assert_eq!(tui.effects(), ["copy short"]);
        // With the focus, the pane scrolls.
        tui.keys("k<enter>G");
        assert!(
            !tui.frame().contains("value  text, 16.0 kB ─╮\n│ The lamp"),
            "{}",
            tui.frame()
        );
        assert_eq!(tui.footer().split("  ").next(), Some(" Enter rows"));
        tui.keys("<esc>");
        assert_eq!(tui.footer().split("  ").next(), Some(" / find"));
    }
}

#[test]
fn a_value_too_large_to_copy_is_refused() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (value);
         INSERT INTO bots VALUES (hex(zeroblob(1000000))), (x'00ff')",
    );
    let mut tui = sandbox.tui(100, 30);
    sandbox.take(Kind::Rewind, at(1));
    tui.keys("<f5><enter>j<enter>").effects();
    tui.keys("c");
    assert_eq!(tui.effects(), Vec::<String>::new());
    assert_eq!(
        bottom_line(&tui),
        "! 2.0 MB are too much to copy: `unrewind export` writes them"
    );
    tui.keys("jc");
    assert_eq!(tui.effects(), ["copy AP8="], "a blob's base64");
}
