//! The difference: what it shows at every size, table by table, and what can be done from it.

use insta::assert_snapshot;
use snapback::{
    core::{Kind, Stage},
    tui::Purpose,
};

use crate::sandbox::{Sandbox, at};

#[test]
fn the_difference_to_live_fits_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("difference_{columns}x{rows}");
        assert_snapshot!(name, sandbox.tui(columns, rows).keys("jd").frame());
    }
    for (columns, rows) in [(0, 0), (1, 1), (3, 2), (20, 5)] {
        sandbox.tui(columns, rows).keys("jdj/mem<enter>G").buffer();
    }
}

#[test]
fn two_marked_snapshots_are_compared_from_the_older_to_the_newer() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 24);
    tui.keys("<space><space>d");
    let told = tui.effects();
    let compared = told.iter().find(|told| told.starts_with("compare"));
    let names: Vec<&str> = compared.unwrap().split(' ').collect();
    assert!(
        names[1].split('/').next_back() < names[3].split('/').next_back(),
        "{names:?}"
    );
    assert_snapshot!(tui.frame());
    assert!(tui.keys("r").dialog().is_none(), "live is on neither side");
}

#[test]
fn more_than_two_marked_cannot_be_compared() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 24);
    let says = tui.keys("<space><space><space>d").dialog().unwrap();
    assert!(
        says.starts_with("More than two snapshots are marked"),
        "{says}"
    );
}

#[test]
fn sides_that_are_the_same_say_so() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let frame = sandbox.tui(80, 24).keys("d").frame();
    assert!(frame.contains("Both sides are the same."), "{frame}");
}

#[test]
fn comparing_shows_how_far_it_is_and_leaving_cancels_it() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Purpose::Screen(0)).keys("d");
    assert!(tui.frame().contains("comparing …"));
    let frame = tui.tell(Stage::Comparing, 1, 4).frame();
    assert!(
        frame.contains("comparing") && frame.contains(" 25 %"),
        "{frame}"
    );
    tui.effects();
    let before = tui.keys("<esc>").frame();
    assert_eq!(tui.effects(), ["cancel screen(0)"]);
    assert_eq!(
        tui.release().frame(),
        before,
        "what comes late is not shown"
    );
}

#[test]
fn a_snapshot_that_cannot_be_read_says_why() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(1), "[1, 2]");
    let frame = sandbox.tui(100, 24).keys("d").frame();
    assert!(
        frame.contains("✗ ") && frame.contains("20210314T120100Z.json"),
        "{frame}"
    );
}

#[test]
fn tables_are_found_by_their_name() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let frame = tui.keys("jd/MEMq").frame();
    assert!(!frame.contains("memories"), "{frame}");
    let frame = tui.keys("<c-u>MEM<enter>").frame();
    assert!(
        frame.contains("memories") && !frame.contains("edges"),
        "{frame}"
    );
    assert!(
        tui.keys("<esc>").frame().contains("edges"),
        "first the filter goes"
    );
    assert!(
        tui.keys("<esc>").frame().contains("Snapshots"),
        "then the screen"
    );
}

#[test]
fn just_the_selected_table_is_restored_and_the_difference_follows() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("UPDATE bots SET name = 'Anna'; UPDATE memories SET text = 'dark'");
    let mut tui = sandbox.tui(100, 24);
    let plan = tui.keys("d/memories<enter>r").dialog().unwrap();
    assert!(
        plan.contains("memories") && !plan.contains("bots"),
        "{plan}"
    );
    let done = tui.keys("y").dialog().unwrap();
    assert!(done.starts_with("✓ Restored"), "{done}");
    let frame = tui.keys("<enter><esc>").frame();
    let line = |name: &str| {
        frame
            .lines()
            .find(|line| line.contains(name))
            .unwrap()
            .to_owned()
    };
    assert!(
        line("bots").contains("~1") && !line("memories").contains("~1"),
        "{frame}"
    );
}

#[test]
fn a_table_that_others_refer_to_is_not_restored_alone() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql(
        "PRAGMA foreign_keys = OFF; DELETE FROM chats; DELETE FROM bots; DELETE FROM chat_state",
    );
    let says = sandbox
        .tui(100, 24)
        .keys("d/chats<enter>r")
        .dialog()
        .unwrap();
    assert!(
        says.contains("restoring only chats") && says.contains("bots"),
        "{says}"
    );
}
