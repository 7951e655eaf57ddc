//! The marked rows: one selection over tables and screens, which is shown, emptied and restored.

use insta::assert_snapshot;
use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

/// A snapshot of memories and bots, of which live has lost or changed some.
fn lost() -> Sandbox {
    let sandbox = Sandbox::new();
    for text in ["The lamp burns.", "The bell rings.", "The keeper sleeps."] {
        sandbox.memory(text);
    }
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM memories WHERE id > 3; UPDATE bots SET name = 'Anna'");
    sandbox.memory("A ship passes.");
    sandbox
}

const TEXTS: &str = "SELECT text FROM memories ORDER BY id";

#[test]
fn rows_of_several_tables_are_marked_listed_unmarked_and_restored() {
    let sandbox = lost();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("d/memories<enter><enter>vjv<esc>");
    let frame = tui.keys("<esc>/bots<enter><enter><space>").frame();
    assert!(
        frame.contains("● 3 rows marked in 2 tables: S shows them"),
        "{frame}"
    );
    assert_snapshot!("marked", tui.keys("S").dialog().unwrap());
    let list = tui.keys("j<space>").dialog().unwrap();
    assert!(
        list.starts_with("2 rows marked in 2 tables, of rewind"),
        "{list}"
    );
    let plan = tui.keys("r").dialog().unwrap();
    assert!(
        plan.contains("only 2 rows: everything else stays"),
        "{plan}"
    );
    let done = tui.keys("y").dialog().unwrap();
    assert!(done.starts_with("✓ Restored"), "{done}");
    let frame = tui.keys("<enter>").frame();
    assert!(!frame.contains("marked"), "{frame}");
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM bots WHERE name = 'Anna'"),
        ["0"]
    );
    assert_eq!(
        sandbox.rows(TEXTS).len(),
        3,
        "one came back, beside the one that live had"
    );
}

#[test]
fn the_list_of_marked_rows_can_be_emptied() {
    let sandbox = lost();
    let mut tui = sandbox.tui(100, 30);
    let frame = tui.keys("S").frame();
    assert!(
        frame.contains("no row is marked: Space marks rows"),
        "{frame}"
    );
    tui.keys("d/memories<enter><enter>vjvS");
    assert_eq!(tui.keys("a").dialog(), None);
    assert!(!tui.frame().contains("marked"), "{}", tui.frame());
}

#[test]
fn rows_of_a_table_of_a_snapshot_are_marked_one_by_one_and_in_ranges() {
    let sandbox = lost();
    let mut tui = sandbox.tui(100, 30);
    // The tables are bots, you_entity, edges, memories.
    let frame = tui.keys("<enter>jjjj<enter><space>").frame();
    assert!(frame.contains("● 1 row marked in memories"), "{frame}");
    assert!(frame.contains("1● "), "{frame}");
    let frame = tui.keys("gV").frame();
    assert!(
        frame.contains("a range begins at row 1: V marks those up to here"),
        "{frame}"
    );
    let plan = tui.keys("Gr").dialog().unwrap();
    assert!(
        plan.contains("only 3 rows: everything else stays"),
        "{plan}"
    );
    // Live's own rows cannot be marked.
    let frame = tui.keys("nv<space>").frame();
    assert!(
        frame.contains("these are live's rows: v shows the snapshot's"),
        "{frame}"
    );
    tui.keys("vry");
    assert_eq!(sandbox.rows(TEXTS).len(), 4, "{:?}", sandbox.rows(TEXTS));
}

#[test]
fn found_rows_are_marked_and_a_row_that_only_live_has_is_not() {
    let sandbox = lost();
    let mut tui = sandbox.tui(100, 30);
    let frame = tui.keys("s ship<enter><space>").frame();
    assert!(
        frame.contains("a row that only live has cannot be restored"),
        "{frame}"
    );
    assert!(!frame.contains("marked in"), "{frame}");
    let frame = tui.keys("/<c-u>bell<enter><space>").frame();
    assert!(frame.contains("● 1 row marked in "), "{frame}");
    let plan = tui.keys("r").dialog().unwrap();
    assert!(plan.contains("only 1 row: everything else stays"), "{plan}");
}

#[test]
fn marks_of_one_snapshot_do_not_mix_with_those_of_another() {
    let sandbox = lost();
    sandbox.take(Kind::Periodic, at(2));
    let mut tui = sandbox.tui(120, 35);
    tui.keys("jd/bots<enter><enter><space><esc><esc><esc>");
    // The newer snapshot's rows.
    let frame = tui.keys("k<enter>jjjj<enter><space>").frame();
    let sentence = "not marked: the marked rows are of rewind 2021-03-14 12:01:00 (S shows them)";
    assert!(frame.contains(sentence), "{frame}");
    assert!(frame.contains("● 1 row marked in bots"), "{frame}");
}

#[test]
fn marked_events_count_again_and_nothing_else_is_said_to_change() {
    let sandbox = Sandbox::new();
    for number in 1..=6 {
        sandbox.event(&format!("wave {number}"));
    }
    sandbox.rewind(5, at(1));
    let mut tui = sandbox.tui(100, 30);
    tui.keys("swave 5<enter><space>");
    let plan = tui.keys("r").dialog().unwrap();
    let scope = "only 1 event that counts again: every other event stays as it is";
    assert!(plan.contains(scope) && !plan.contains("s scope"), "{plan}");
    // The difference of such a plan is no place to restore a part from.
    let frame = tui.keys("dr").frame();
    assert!(frame.contains("go back to answer it"), "{frame}");
}

#[test]
fn events_are_not_marked_beside_rows_nor_rows_beside_events() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("The lamp burns.");
    sandbox.memory("The lamp is out.");
    sandbox.event("Which lamp?");
    sandbox.rewind(first, at(1));
    sandbox.sql("DELETE FROM memories WHERE text = 'The lamp is out.'");
    let mut tui = sandbox.tui(100, 30);
    let frame = tui.keys("slamp<enter>").frame();
    let first = frame.lines().find(|line| line.contains('▌'));
    let is_event = first.unwrap().contains("event_log");
    let refused =
        "not marked: events and rows cannot be restored together (S shows what is marked)";
    // The range has both; those of the first kind are marked.
    let frame = tui.keys("vGv").frame();
    assert!(frame.contains(refused), "{frame}");
    let marked = tui.keys("S").dialog().unwrap();
    let (kind, other) = if is_event {
        ("event_log", "memories")
    } else {
        ("memories", "event_log")
    };
    assert!(marked.contains(kind) && !marked.contains(other), "{marked}");
    assert_eq!(tui.keys("a<esc>").dialog(), None);
}

#[test]
fn a_found_row_that_live_holds_has_nothing_to_bring_back() {
    let sandbox = lost();
    let mut tui = sandbox.tui(100, 30);
    let frame = tui.keys("slamp<enter>r").frame();
    assert!(
        frame.contains("live holds this row: H shows what snapshots hold of it"),
        "{frame}"
    );
    // With marks, the row under the cursor does not matter.
    let frame = tui.keys("<space>r").frame();
    assert!(!frame.contains("there is nothing to bring back"), "{frame}");
}
