//! JSON stored as bytes, as text or in SQLite's binary form is shown, searched and compared as JSON.

use unrewind::core::Kind;

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
    search::{found, query, rows},
};

/// Three memories (JSON as bytes, JSON in SQLite's binary form, bytes that are not JSON) and a snapshot of
/// them.
fn memories() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.sql(
        r#"INSERT INTO memories (id, chat_id, text, importance, created_at) VALUES
            (1, 1, CAST('{"says": "The lamp burns at night."}' AS BLOB), 1, ''),
            (2, 1, jsonb('{"says": "The café is closed.", "n": [1, 2.5, null]}'), 1, ''),
            (3, 1, x'89504e47006c616d70ff', 1, '')"#,
    );
    sandbox.take(Kind::Rewind, at(0));
    sandbox
}

/// The memories that contain a text, in live and in snapshots.
fn holding(sandbox: &Sandbox, text: &str) -> Vec<String> {
    let query = query(text).in_tables(vec!["memories".to_owned()]);
    rows(&found(sandbox, &query))
}

#[test]
fn a_search_finds_text_in_json_blobs() {
    let sandbox = memories();
    assert_eq!(holding(&sandbox, "lamp burns"), ["memories 1"]);
    assert_eq!(holding(&sandbox, "café is"), ["memories 2"]);
    for none in ["says", "lamp\u{fffd}", "PNG", "eyJ"] {
        assert_eq!(holding(&sandbox, none), [""; 0], "{none}");
    }
    // Now only the snapshot has it.
    sandbox.sql("DELETE FROM memories");
    assert_eq!(holding(&sandbox, "lamp burns"), ["memories 1"]);
}

#[test]
fn show_rows_prints_json_blobs_as_json() {
    let sandbox = memories();
    for side in ["latest", "live"] {
        let ran = sandbox.run(&["show", side, "--rows", "memories"]);
        for shown in [
            r#"blob {"says": "The lamp burns at night."}"#,
            r#"blob {"says":"The café is closed.","n":[1,2.5,null]}"#,
            "a blob of 10 bytes",
        ] {
            assert!(ran.out.contains(shown), "{shown} {}", ran.out);
        }
        let ran = sandbox.run(&["show", side, "--rows", "memories", "--json"]);
        assert!(ran.out.contains("$blob"), "{}", ran.out);
    }
}

fn opened(sandbox: &Sandbox, keys: &str) -> Tui {
    let mut tui = sandbox.tui(120, 30);
    tui.keys(keys);
    tui
}

#[test]
fn the_rows_screen_and_its_pane_show_json_blobs_as_json() {
    let sandbox = memories();
    let mut tui = opened(&sandbox, "<enter>jjjj<enter>");
    let frame = tui.frame();
    assert!(frame.contains(r#"blob {"says": "The lamp"#), "{frame}");
    assert!(frame.contains("blob, 10 B"), "{frame}");
    let frame = tui.keys("jlll<enter>").frame();
    assert!(frame.contains("JSON"), "{frame}");
}

#[test]
fn a_change_in_a_json_blob_is_shown_word_by_word() {
    let sandbox = memories();
    sandbox.sql(
        r#"UPDATE memories SET text = CAST('{"says": "The lamp glows at night."}' AS BLOB) WHERE id = 1;
           UPDATE memories SET text = jsonb('{"says": "The café is open.", "n": [1, 2.5, null]}') WHERE id = 2"#,
    );
    let mut tui = opened(&sandbox, "d/memories<enter><enter>");
    let frame = tui.frame();
    assert!(frame.contains("[-glows-]{+burns+}"), "{frame}");
    let frame = tui.keys("j").frame();
    assert!(frame.contains("[-open-]{+closed+}"), "{frame}");
    let ran = sandbox.run(&["diff", "latest", "live", "--rows"]);
    assert!(
        ran.out.contains("glows") && ran.out.contains("open"),
        "{}",
        ran.out
    );
}

#[test]
fn rows_of_a_difference_show_where_long_values_differ() {
    let sandbox = Sandbox::new();
    let long = "The lamp burns and burns. ".repeat(9);
    let set = |end: &str| {
        sandbox.sql(&format!(
            r#"INSERT OR REPLACE INTO memories (id, chat_id, text, importance, created_at) VALUES
            (1, 1, CAST('{{"says": "{long}{end}"}}' AS BLOB), 1, ''), (2, 1, '{long}{end}', 1, '')"#
        ));
    };
    set("in June");
    sandbox.take(Kind::Rewind, at(0));
    set("in July");
    let ran = sandbox.run(&["diff", "latest", "live", "--rows"]);
    for end in [r#""}"#, ""] {
        let shown =
            format!("text: '…rns and burns. in June{end}' → '…rns and burns. in July{end}'");
        assert!(ran.out.contains(&shown), "{shown} {}", ran.out);
    }
}
