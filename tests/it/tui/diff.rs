//! The difference: what it shows at every size, table by table, and what can be done from it.

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::{
    core::{Kind, Stage},
    tui::{Message, Slot},
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
    tui.keys("g<space><space>d");
    let effects = tui.effects();
    let compared = effects.iter().find(|effect| effect.starts_with("compare"));
    let names: Vec<&str> = compared.unwrap().split(' ').collect();
    assert!(
        names[1].split('/').next_back() < names[3].split('/').next_back(),
        "{names:?}"
    );
    assert_snapshot!(tui.frame());
    assert!(tui.keys("r").dialog().is_none(), "live is on neither side");
}

#[test]
fn more_than_two_marked_snapshots_cannot_be_compared() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 24);
    let dialog = tui.keys("<space><space><space>d").dialog().unwrap();
    assert!(
        dialog.starts_with("More than two snapshots are marked"),
        "{dialog}"
    );
}

#[test]
fn equal_sides_are_reported_as_the_same() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let frame = sandbox.tui(80, 24).keys("d").frame();
    assert!(frame.contains("Both sides are the same."), "{frame}");
}

#[test]
fn comparing_shows_its_progress_and_leaving_cancels_it() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Screen(0)).keys("d");
    assert_snapshot!("comparing", tui.frame());
    let frame = tui.progress(Stage::Comparing, 1, 4).frame();
    assert!(
        frame.contains("comparing") && frame.contains(" 25 %"),
        "{frame}"
    );
    tui.effects();
    let before = tui.keys("<esc>").frame();
    assert_eq!(tui.effects(), ["cancel screen(0)"]);
    assert_eq!(tui.release().frame(), before, "a late result is not shown");
}

#[test]
fn an_unreadable_snapshot_is_shown_with_the_error() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(1), "[1, 2]");
    let frame = sandbox.tui(100, 24).keys("d").frame();
    assert!(
        frame.contains("✗ ") && frame.contains("20210314T120100Z.json"),
        "{frame}"
    );
}

#[test]
fn tables_can_be_filtered_by_name() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let frame = tui.keys("jd/memq").frame();
    assert!(!frame.contains("memories"), "{frame}");
    let frame = tui.keys("<c-u>MEM").frame();
    assert!(
        !frame.contains("memories"),
        "a capital matches only itself: {frame}"
    );
    let frame = tui.keys("<c-u>mem<enter>").frame();
    assert!(
        frame.contains("memories") && !frame.contains("edges"),
        "{frame}"
    );
    assert!(
        tui.keys("<esc>").frame().contains("edges"),
        "the first escape clears the filter"
    );
    assert!(
        tui.keys("<esc>").frame().contains("Snapshots"),
        "the second one closes the screen"
    );
}

#[test]
fn only_the_selected_table_is_restored_and_the_difference_is_updated() {
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
    let line = |name: &str| frame.lines().find(|line| line.contains(name));
    assert!(
        line("bots").is_some_and(|line| line.contains("~1")),
        "{frame}"
    );
    assert_eq!(line("memories"), None, "{frame}");
    assert!(frame.contains("10 tables do not differ"), "{frame}");
}

#[test]
fn a_table_that_others_refer_to_is_not_restored_alone() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql(
        "PRAGMA foreign_keys = OFF; DELETE FROM chats; DELETE FROM bots; DELETE FROM chat_state",
    );
    let dialog = sandbox
        .tui(100, 24)
        .keys("d/chats<enter>r")
        .dialog()
        .unwrap();
    assert!(
        dialog.contains("restoring only chats") && dialog.contains("bots"),
        "{dialog}"
    );
}

#[test]
fn the_question_of_a_restore_leads_to_its_difference_and_back() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 35);
    let question = tui.keys("jr").frame();
    tui.effects();
    assert_snapshot!(tui.keys("d").frame());
    assert_eq!(
        tui.effects(),
        Vec::<String>::new(),
        "the plan is the difference, so nothing is read"
    );
    assert_eq!(
        tui.keys("<esc>").frame(),
        question,
        "escape returns to the question"
    );
    let other = tui.keys("d/edges<enter>r").dialog().unwrap();
    assert!(
        other.contains("edges") && !other.contains("event_log"),
        "{other}"
    );
    assert_eq!(tui.keys("n<esc><esc>").frame(), question);
    let scope = tui.keys("s").dialog().unwrap();
    assert!(
        scope.contains("scope tables") && scope.contains("edges"),
        "{scope}"
    );
}

#[test]
fn a_restore_closes_the_plan_that_was_open_below() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 35);
    tui.keys("jrd/edges<enter>ry<enter>");
    let frame = tui.frame();
    let edges = frame.lines().find(|line| line.contains("edges "));
    assert!(edges.unwrap().matches('·').count() == 3, "{frame}");
    let list = tui.keys("<esc><esc>").frame();
    assert!(
        list.contains("Snapshots") && tui.dialog().is_none(),
        "{list}"
    );
}

#[test]
fn the_screen_reports_that_live_has_changed() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.keys("jd");
    sandbox.event("one more");
    let notice = "! live has changed since: F5 compares again";
    assert!(!tui.frame().contains(notice));
    tui.send(Message::Changed).later(TimeDelta::seconds(1));
    assert!(tui.frame().contains(notice), "{}", tui.frame());
    assert!(!tui.keys("<f5>").frame().contains(notice));
}

#[test]
fn tables_that_refer_to_each_other_are_restored_together() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    let refused = tui.keys("jd/memories<enter>r").dialog().unwrap();
    assert!(refused.contains("scenes too"), "{refused}");
    let plan = tui.keys("<enter><space><c-u>/<c-u>scenes<enter><space>r");
    let plan = plan.dialog().unwrap();
    assert!(
        plan.contains("memories") && plan.contains("scenes"),
        "{plan}"
    );
    let done = tui.keys("y").dialog().unwrap();
    assert!(done.starts_with("✓ Restored"), "{done}");
}
