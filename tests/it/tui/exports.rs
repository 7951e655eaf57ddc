//! Exporting a table from the rows and from the difference.

use std::fs;

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

/// The keys that replace the typed path.
fn typed(path: &std::path::Path) -> String {
    format!("<c-u>{}", path.display())
}

#[test]
fn rows_are_exported_to_the_path_that_is_typed() {
    let sandbox = Sandbox::new();
    sandbox.memory("the \"sea\"");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM memories");
    let file = sandbox.path().join("mine.csv");
    let mut tui = sandbox.tui(120, 30);
    let dialog = tui.keys("d<enter><esc>/memories<enter>x").dialog().unwrap();
    assert!(
        dialog.starts_with("Export memories of rewind 2021-03-14 12:01:00"),
        "{dialog}"
    );
    assert!(dialog.contains("memories.csv"), "{dialog}");
    let done = tui.keys(&typed(&file)).keys("<enter>").dialog().unwrap();
    assert!(done.starts_with("✓ Exported\n1 row in "), "{done}");
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.contains("\"the \"\"sea\"\"\""), "{written}");
    // A file is never replaced.
    let refused = tui
        .keys("<enter>x")
        .keys(&typed(&file))
        .keys("<enter>")
        .dialog();
    assert!(refused.unwrap().contains("this file exists"));
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    let other = sandbox.path().join("mine.txt");
    let refused = tui.keys(&typed(&other)).keys("<enter>").dialog().unwrap();
    assert!(refused.contains(".csv or with .jsonl"), "{refused}");
    tui.keys("<esc>");
    assert!(!other.exists());
}

#[test]
fn the_rows_of_a_side_are_exported_as_json_lines() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.memory("the stairs");
    let file = sandbox.path().join("live.jsonl");
    let mut tui = sandbox.tui(120, 30);
    // The rows of the table in the snapshot, then live's.
    tui.keys("<enter>jjjj<enter>v");
    assert!(tui.frame().contains("memories  in live"), "{}", tui.frame());
    let done = tui
        .keys("x")
        .keys(&typed(&file))
        .keys("<enter>")
        .dialog()
        .unwrap();
    assert!(done.starts_with("✓ Exported\n2 rows in "), "{done}");
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 2);
    assert!(
        written.lines().all(|line| line.starts_with('{')),
        "{written}"
    );
}

#[test]
fn a_damaged_snapshot_is_not_exported() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    let taken = sandbox.take(Kind::Rewind, at(1));
    let mut tui = sandbox.tui(120, 30);
    tui.keys("<enter>jjjj<enter>");
    let bytes = fs::read_to_string(&taken.path).unwrap();
    fs::write(&taken.path, bytes.replace("the sea", "the tea")).unwrap();
    let file = sandbox.path().join("mine.csv");
    let refused = tui
        .keys("x")
        .keys(&typed(&file))
        .keys("<enter>")
        .dialog()
        .unwrap();
    assert!(refused.starts_with("✗ Not exported"), "{refused}");
    assert!(!file.exists());
}

#[test]
fn a_file_among_the_snapshots_is_not_written() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(1));
    let file = taken.path.with_file_name("mine.csv");
    let mut tui = sandbox.tui(200, 30);
    tui.keys("<enter>jjjj<enter>x").keys(&typed(&file));
    let refused = tui.keys("<enter>").dialog().unwrap();
    // Where the path is long, the sentence goes on in the next line.
    let refused = refused.replace("\n  ", " ");
    assert!(refused.contains("is in the snapshots folder"), "{refused}");
    assert!(!file.exists());
}

#[test]
fn an_enter_typed_ahead_writes_no_file() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM memories");
    let file = sandbox.path().join("ahead.csv");
    let mut tui = sandbox.tui(120, 30);
    let keys = format!("d/memories<enter>x{}<enter>", typed(&file));
    tui.drawn_at(0).keys_at(5000, &keys);
    assert!(
        tui.dialog().unwrap().starts_with("Export memories"),
        "{}",
        tui.frame()
    );
    assert!(!file.exists());
    let done = tui.keys("<enter>").dialog().unwrap();
    assert!(done.starts_with("✓ Exported"), "{done}");
    assert!(file.exists());
}
