//! The history of a row: what the screen shows at every size, from where it is opened, and what can be done
//! from it.

use insta::assert_snapshot;
use unrewind::{
    core::{Kind, Stage},
    tui::Slot,
};

use crate::sandbox::{Sandbox, at};

/// A memory that was edited, then lost in a rewind, and a damaged snapshot in between.
fn edited() -> Sandbox {
    let sandbox = Sandbox::new();
    let first = sandbox.event("Hello");
    sandbox.memory("The keeper sleeps. Godo nihgt, and sleep wlel.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.take(Kind::Periodic, at(10));
    sandbox.put(Kind::Periodic, at(15), "{");
    sandbox.sql("UPDATE memories SET text = replace(text, 'Godo nihgt', 'Good night')");
    sandbox.rewind(first, at(20));
    sandbox
}

/// Opens the history of the memory from a search, with the oldest version selected.
const OPEN: &str = "skeeper<space>sleeps<enter>GHg";

#[test]
fn the_history_fits_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (100, 30), (200, 50)] {
        let name = format!("history_{columns}x{rows}");
        let mut tui = sandbox.tui(columns, rows);
        assert_snapshot!(name, tui.keys("jdjjj<enter>H").frame());
    }
    for (columns, rows) in [(0, 0), (1, 1), (3, 2), (20, 5), (40, 11)] {
        let mut tui = sandbox.tui(columns, rows);
        tui.keys("jdjjj<enter>HGgjkl<pgdn><esc>").buffer();
    }
}

#[test]
fn each_version_says_what_changed_and_the_selected_one_is_shown_word_by_word() {
    let sandbox = edited();
    let mut tui = sandbox.tui(120, 30);
    let frame = tui.keys(OPEN).frame();
    assert!(frame.contains("memories, id = 4  3 versions"), "{frame}");
    assert!(frame.contains("2 snapshots  first seen"), "{frame}");
    assert!(frame.contains("not readable: "), "{frame}");
    assert!(frame.contains("text: Godo nihgt → Good night"), "{frame}");
    assert!(frame.contains("rewind, gone"), "{frame}");
    let frame = tui.keys("j").frame();
    assert!(frame.contains("││ not readable: cut short"), "{frame}");
    let frame = tui.keys("j").frame();
    assert!(frame.contains("[-Godo nihgt-]{+Good"), "{frame}");
    let frame = tui.keys("j").frame();
    assert!(frame.contains("event 5  rewind"), "{frame}");
}

#[test]
fn a_version_is_opened_among_the_rows_of_its_newest_snapshot() {
    let sandbox = edited();
    let mut tui = sandbox.tui(120, 30);
    let frame = tui.keys(OPEN).keys("<enter>").frame();
    assert!(
        frame.contains("memories  in periodic 2021-03-14 12:10:00"),
        "{frame}"
    );
    assert!(frame.contains("Godo nihgt"), "{frame}");
    let frame = tui.keys("<esc>G<enter>").frame();
    assert!(frame.contains("the row did not exist then"), "{frame}");
}

#[test]
fn a_version_is_restored_and_one_that_live_holds_is_not() {
    let sandbox = edited();
    let mut tui = sandbox.tui(120, 30);
    let frame = tui.keys(OPEN).keys("Gr").frame();
    assert!(
        frame.contains("the row did not exist then: nothing to restore"),
        "{frame}"
    );
    let frame = tui.keys("gr").frame();
    assert!(
        frame.contains("Restore periodic 2021-03-14 12:10:00"),
        "{frame}"
    );
    tui.keys("y");
    let text: String = sandbox
        .app
        .query_row("SELECT text FROM memories WHERE id = 4", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(text, "The keeper sleeps. Godo nihgt, and sleep wlel.");
}

#[test]
fn the_newest_version_that_live_lacks_is_selected_first() {
    let sandbox = edited();
    let mut tui = sandbox.tui(120, 30);
    let plan = tui.keys("skeeper<space>sleeps<enter>GHr").dialog().unwrap();
    assert!(
        plan.starts_with("Restore rewind 2021-03-14 12:20:00"),
        "{plan}"
    );
}

#[test]
fn old_and_new_words_share_the_width_of_a_line() {
    let sandbox = Sandbox::new();
    sandbox.memory("The first of many words that nobody needs any longer today, it says");
    sandbox.take(Kind::Periodic, at(0));
    sandbox
        .sql("UPDATE memories SET text = 'Quite another sentence, as long as the one before it'");
    let frame = sandbox.tui(80, 24).keys("<enter>jjjj<enter>H").frame();
    assert!(frame.contains("text: The first"), "{frame}");
    assert!(frame.contains("… → Quite another"), "{frame}");
}

#[test]
fn rows_and_differences_open_the_history_of_their_selected_row() {
    let sandbox = edited();
    for keys in ["<enter>jjjj<enter>H", "djjjj<enter>H"] {
        let frame = sandbox.tui(120, 30).keys(keys).frame();
        assert!(frame.contains("3 versions"), "{keys}: {frame}");
    }
}

#[test]
fn reading_shows_its_progress_and_leaving_cancels_it() {
    let sandbox = edited();
    let mut tui = sandbox.tui(120, 30);
    tui.keys("skeeper<enter>");
    tui.hold(Slot::Screen(1)).keys("H");
    let frame = tui.progress(Stage::Searching, 1, 4).frame();
    assert!(frame.contains(" 25 %"), "{frame}");
    tui.effects();
    tui.keys("<esc>");
    assert_eq!(tui.effects(), ["cancel screen(1)"]);
    assert!(tui.frame().contains("Search"));
}

#[test]
fn the_palette_finds_the_history() {
    let sandbox = edited();
    let frame = sandbox.tui(120, 30).keys("skeeper<enter>:history").frame();
    assert!(frame.contains("show every version of the row"), "{frame}");
}
