//! The plan of a merge, and its conflicts one by one.

use insta::assert_snapshot;

use super::restore::lost_hour;
use crate::{merge::conflicts::edited, sandbox::Sandbox, screen::Tui};

fn dialog(tui: &Tui) -> String {
    tui.dialog().expect("a dialog is open")
}

#[test]
fn conflicts_are_decided_one_by_one_before_the_merge_is_applied() {
    let (sandbox, _) = edited();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!("merge_plan", dialog(tui.keys("grb")));
    // A yes to an undecided plan opens what is to be decided.
    assert_snapshot!("merge_conflicts", dialog(tui.keys("y")));
    assert_snapshot!("merge_conflict_whole", dialog(tui.keys("<enter>")));
    assert_snapshot!("merge_decided", dialog(tui.keys("<enter>12")));
    let plan = dialog(tui.keys("<esc>"));
    assert!(
        plan.contains("2 conflicts between live and the snapshot, decided"),
        "{plan}"
    );
    tui.keys("y<enter>");
    let row = sandbox.rows("SELECT text, views FROM notes WHERE id = 1");
    assert_eq!(row, ["'first, anew' | 269"]);
}

#[test]
fn what_was_decided_is_forgotten_with_the_plan() {
    let (sandbox, _) = edited();
    let before = sandbox.dump();
    let mut tui = sandbox.tui(80, 24);
    tui.keys("grbc11<esc><esc>");
    assert_eq!(tui.dialog(), None);
    let plan = dialog(tui.keys("grb"));
    assert!(
        plan.contains("2 conflicts between live and the snapshot, 2 undecided"),
        "{plan}"
    );
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn newer_events_stay_if_chosen() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("jrby");
    assert!(dialog(&tui).starts_with("✓ Restored"));
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["1487"]);
    assert_eq!(lost_hour(&sandbox), 72);
    assert!(!tui.keys("<enter>").frame().contains("R recovers"));
}

#[test]
fn recover_keeps_what_a_person_wrote_since_and_offers_both_answers() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let both = "○ everything as it was (b)   ● bring back 72, keep 7";
    assert!(dialog(tui.keys("R")).contains(both), "{}", dialog(&tui));
    let as_it_was = "● everything as it was   ○ bring back 72, keep what is newer (b)";
    assert!(
        dialog(tui.keys("b")).contains(as_it_was),
        "{}",
        dialog(&tui)
    );
    tui.keys("y<enter>");
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["1479"]);

    // Nothing newer than the rewind: there is one answer.
    let sandbox = Sandbox::demo();
    sandbox.sql("DELETE FROM event_log WHERE id > 1480");
    let dialog = sandbox.tui(100, 40).keys("R").dialog().unwrap();
    assert!(dialog.contains("● everything as it was"), "{dialog}");
}

#[test]
fn the_result_says_what_came_back_and_not_that_a_rewind_did() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let merged = dialog(tui.keys("Ry"));
    assert!(merged.contains("72 events are back"), "{merged}");
    assert!(
        merged.contains("Start the application, or restart it"),
        "{merged}"
    );
    // The undo brings back the rewind, which the merge had removed.
    let plan = dialog(tui.keys("<enter>u"));
    assert!(plan.contains("1 rewind comes back"), "{plan}");
    let undone = dialog(tui.keys("y"));
    let whole = "the restore is undone: everything is as it was before it";
    assert!(undone.contains(whole), "{undone}");
    assert!(!undone.contains("is back"), "{undone}");
    // Rows have their own words.
    sandbox.sql("DELETE FROM memories WHERE id IN (SELECT id FROM memories ORDER BY id LIMIT 3)");
    let restored = dialog(tui.keys("<enter>g<f5>jrmy"));
    assert!(restored.contains("rows of memories"), "{restored}");
}
