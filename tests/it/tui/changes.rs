//! The rows of a table that differ: which are read, and how they are shown, found and restored.

use insta::assert_snapshot;
use unrewind::core::Kind;

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

#[test]
fn the_changes_fit_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("changes_{columns}x{rows}");
        assert_snapshot!(name, sandbox.tui(columns, rows).keys("jd<enter>G").frame());
    }
    for (columns, rows) in [(0, 0), (1, 1), (3, 2), (20, 5)] {
        let mut tui = sandbox.tui(columns, rows);
        tui.keys("jd<enter>jG/lamp<enter>n<enter>jjG<esc>").buffer();
    }
}

/// A snapshot, and a live database in which a row of `memories` was added, one removed and one changed.
fn memories() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns at night, and the keeper sleeps.");
    sandbox.memory("Jo says good night.");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql(
        "UPDATE memories SET importance = 0.5, text = 'The lamp glows at night, and nobody sleeps.' WHERE id = 3;
         DELETE FROM memories WHERE id = 4",
    );
    sandbox.memory("A ship passes.");
    sandbox
}

fn opened(sandbox: &Sandbox, columns: u16, rows: u16) -> Tui {
    let mut tui = sandbox.tui(columns, rows);
    tui.keys("d/memories<enter><enter>");
    tui
}

#[test]
fn a_changed_row_shows_its_changed_values_word_by_word() {
    let sandbox = memories();
    let mut tui = opened(&sandbox, 100, 30);
    assert_snapshot!("changed_row", tui.frame());
    assert_snapshot!("added_row", tui.keys("j").frame());
}

#[test]
fn rows_can_be_filtered_by_how_they_differ() {
    let sandbox = memories();
    let mut tui = opened(&sandbox, 100, 30);
    let mut titles = Vec::new();
    for _ in 0..5 {
        let frame = tui.frame();
        titles.push(
            frame
                .lines()
                .nth(2)
                .unwrap()
                .trim_matches(['╭', '─', '╮', ' '])
                .to_owned(),
        );
        tui.keys("<tab>");
    }
    assert_eq!(
        titles,
        [
            "memories  3 rows differ",
            "memories  1 row added",
            "memories  1 row changed",
            "memories  1 row removed",
            "memories  3 rows differ",
        ]
    );
}

/// A snapshot of this many events, which are then hidden.
fn many(events: u32) -> Sandbox {
    let sandbox = Sandbox::with_waves(events);
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("UPDATE event_log SET hidden = 1");
    sandbox
}

#[test]
fn only_rows_near_the_screen_are_read() {
    let sandbox = many(20_000);
    let mut tui = sandbox.tui(80, 24);
    tui.keys("d<enter>").effects();
    let frame = tui.keys("G").frame();
    assert!(frame.contains("“wave 20000”"), "{frame}");
    let read = tui.effects();
    let places = read[0].strip_prefix("read event_log ").unwrap();
    let (start, end) = places.split_once("..").unwrap();
    let places = end.parse::<u64>().unwrap() - start.parse::<u64>().unwrap();
    assert!(places < 200, "{read:?}");
    let frame = tui.keys("kkkk<pgup>g").frame();
    assert!(
        frame.contains("“wave 1”") || frame.contains("bot_added"),
        "{frame}"
    );
}

#[test]
fn a_text_is_found_in_both_directions_and_around_the_ends() {
    let sandbox = many(3000);
    let mut tui = sandbox.tui(80, 24);
    tui.keys("d<enter>/wave 17<enter>");
    assert!(tui.selected().contains("“wave 17”"), "{}", tui.selected());
    for (key, found) in [
        ("n", "“wave 170”"),
        ("N", "“wave 17”"),
        ("N", "“wave 1799”"),
        ("n", "“wave 17”"),
    ] {
        assert!(
            tui.keys(key).selected().contains(found),
            "{key} {}",
            tui.selected()
        );
    }
    let before = tui.selected();
    let frame = tui.keys("/Wave 17<enter>").frame();
    assert!(
        frame.contains("! “Wave 17” is in none"),
        "a capital matches only itself: {frame}"
    );
    let frame = tui.keys("/no such wave<enter>").frame();
    assert!(
        frame.contains("! “no such wave” is in none of these rows"),
        "{frame}"
    );
    assert_eq!(tui.selected(), before);
}

#[test]
fn a_long_row_scrolls_in_its_pane() {
    let sandbox = memories();
    sandbox.sql(&format!(
        "UPDATE memories SET text = '{}end.' WHERE id = 3",
        "One more line. ".repeat(200)
    ));
    let mut tui = opened(&sandbox, 80, 24);
    assert!(tui.frame().contains("more lines"), "{}", tui.frame());
    let frame = tui.keys("<enter>G").frame();
    assert!(
        frame.contains("end.") || frame.contains("created_at"),
        "{frame}"
    );
    assert!(!frame.contains("more lines"), "{frame}");
    let frame = tui.keys("<esc>").frame();
    assert!(frame.contains("more lines"), "back in the table: {frame}");
}

#[test]
fn a_table_is_restored_from_the_screen_of_its_changes() {
    let sandbox = memories();
    sandbox.sql("UPDATE bots SET name = 'Anna'");
    let mut tui = opened(&sandbox, 100, 30);
    let plan = tui.keys("r").dialog().unwrap();
    assert!(
        plan.contains("memories") && !plan.contains("bots"),
        "{plan}"
    );
    let done = tui.keys("y").dialog().unwrap();
    assert!(done.starts_with("✓ Restored"), "{done}");
    let frame = tui.keys("<enter>").frame();
    assert!(
        frame.contains("Difference"),
        "the screen of rows is closed: {frame}"
    );
    assert!(
        !frame.contains("live has changed since"),
        "it was read after the restore: {frame}"
    );
    assert!(sandbox.full_text_is_sound());
}

#[test]
fn marked_rows_are_restored_and_no_others() {
    let sandbox = memories();
    let mut tui = opened(&sandbox, 100, 30);
    // The changed row, the missing one, and the one that only live has.
    let frame = tui.keys("<space><space><space>").frame();
    assert!(
        frame.contains("memories  3 rows differ  ● 2 marked"),
        "{frame}"
    );
    assert!(
        frame.contains("! a row that only live has cannot be restored"),
        "{frame}"
    );
    let plan = tui.keys("r").dialog().unwrap();
    assert!(
        plan.contains("only 2 rows: everything else stays"),
        "{plan}"
    );
    assert!(
        plan.contains("+ memories id = 4: text = 'Jo says good night.'"),
        "{plan}"
    );
    let plan = tui.keys("m").dialog().unwrap();
    assert!(
        plan.contains("only those of 2 rows that live lacks"),
        "{plan}"
    );
    assert!(
        plan.contains("1 row has the same key and other content"),
        "{plan}"
    );
    let done = tui.keys("my").dialog().unwrap();
    assert!(done.starts_with("✓ Restored"), "{done}");
    let texts = [
        "'The lamp burns at night, and the keeper sleeps.'",
        "'Jo says good night.'",
        "'A ship passes.'",
    ];
    assert_eq!(sandbox.rows("SELECT text FROM memories"), texts);
}

#[test]
fn a_range_of_rows_is_marked_and_one_that_has_begun_is_given_up() {
    let sandbox = many(50);
    let mut tui = sandbox.tui(80, 24);
    for keys in ["d<enter>vjjjv", "VjjV"] {
        let frame = tui.keys(keys).frame();
        assert!(
            frame.contains("● 4 marked") || frame.contains("● 6 marked"),
            "{frame}"
        );
    }
    let frame = tui.keys("v<esc>").frame();
    assert!(
        frame.contains("● 6 marked") && !frame.contains("a range started"),
        "{frame}"
    );
}

#[test]
fn a_restore_ends_the_range_that_has_begun() {
    let sandbox = memories();
    let mut tui = opened(&sandbox, 100, 30);
    let plan = tui.keys("vjr").dialog().unwrap();
    assert!(plan.contains("only 2 rows"), "{plan}");
    tui.keys("nG");
    let frame = tui.keys("vr").frame();
    assert!(
        frame.contains("! a row that only live has cannot be restored"),
        "{frame}"
    );
}

#[test]
fn rows_that_marked_ones_refer_to_are_offered() {
    let sandbox = memories();
    sandbox.sql(
        "INSERT INTO containers VALUES (1, 1, 'Harbour');
         INSERT INTO scenes VALUES (7, 1, 'Arrival', '2021', NULL);
         INSERT INTO memories VALUES (9, 1, 7, 'The bell rings.', 0.5, '2021')",
    );
    sandbox.take(Kind::Rewind, at(2));
    sandbox.sql("DELETE FROM memories WHERE id = 9; DELETE FROM scenes");
    let mut tui = opened(&sandbox, 100, 30);
    let offer = tui.keys("<space>r").dialog().unwrap();
    assert!(
        offer.contains("1 row of scenes") && offer.contains("Also insert these rows?"),
        "{offer}"
    );
    let plan = tui.keys("y").dialog().unwrap();
    assert!(
        plan.contains("1 of these rows is restored because of a foreign key"),
        "{plan}"
    );
    tui.keys("y");
    assert_eq!(sandbox.rows("SELECT id FROM scenes"), ["7"]);
}
