//! TaskRunner under way: their progress, a cancel, what else happens meanwhile, and the end.

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::{
    core::{Error, Kind, Stage},
    tui::{Message, Reply, Slot},
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// The demonstration, with a restore that waits.
fn restoring(sandbox: &Sandbox) -> Tui {
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Operation).keys("jry");
    assert_eq!(
        tui.effects().last().unwrap(),
        "restore rewind/20210315T114807Z"
    );
    tui
}

#[test]
fn progress_is_drawn_by_its_stage() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    assert_snapshot!("starting", tui.dialog().unwrap());
    assert_snapshot!("running", tui.tell(Stage::Applying, 123, 456).frame());
    let full = tui.tell(Stage::Proving, 999, 456).dialog().unwrap();
    assert!(
        full.contains("proving the result") && full.contains(" 99 %"),
        "{full}"
    );
    let empty = tui.tell(Stage::Checkpoint, 0, 0).dialog().unwrap();
    assert!(
        empty.contains("░  0 %") || empty.contains("░   0 %"),
        "{empty}"
    );
}

#[test]
fn how_quickly_it_goes_on_and_how_long_it_takes_is_told_after_a_moment() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    let before = tui
        .tell(Stage::SafetySnapshot, 1_000_000, 10_000_000)
        .dialog()
        .unwrap();
    assert!(!before.contains("/s"), "{before}");
    tui.later(TimeDelta::seconds(2));
    let after = tui
        .tell(Stage::SafetySnapshot, 5_000_000, 10_000_000)
        .dialog()
        .unwrap();
    assert!(after.contains("2.0 MB/s, 3 s left"), "{after}");
    assert_eq!(
        after.lines().count(),
        before.lines().count(),
        "nothing jumps"
    );
    let next = tui.tell(Stage::Proving, 0, 10_000_000).dialog().unwrap();
    assert!(!next.contains("/s"), "{next}");
}

#[test]
fn a_restore_that_is_cancelled_changes_nothing() {
    let sandbox = Sandbox::demo();
    let (files, dump) = (sandbox.files(), sandbox.dump());
    let mut tui = restoring(&sandbox);
    tui.release_pressing("<esc>");
    assert_snapshot!(tui.dialog().unwrap());
    assert_eq!((sandbox.files(), sandbox.dump()), (files, dump));
    tui.keys("<enter>").later(TimeDelta::minutes(1));
    let again = tui.keys("ry").dialog().unwrap();
    assert!(again.starts_with("✓ Restored"), "{again}");
}

#[test]
fn that_it_stops_is_said_at_once() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    tui.tell(Stage::SafetySnapshot, 1, 2).keys("<esc>");
    assert_eq!(tui.effects(), ["cancel operation"]);
    let says = tui.dialog().unwrap();
    assert!(says.contains("stopping …"), "{says}");
    assert!(
        tui.tell(Stage::SafetySnapshot, 2, 2)
            .dialog()
            .unwrap()
            .contains("stopping …")
    );
}

#[test]
fn other_keys_do_nothing_while_it_runs() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    tui.tell(Stage::Applying, 1, 2);
    let frame = tui.frame();
    assert_eq!(
        tui.keys("yrtpxRu?<enter><space><tab>jkgGns<f5>").frame(),
        frame
    );
    assert_eq!(tui.effects(), Vec::<String>::new());
}

#[test]
fn the_screen_may_change_its_size_while_it_runs() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    tui.tell(Stage::Applying, 1, 2);
    for (columns, rows) in [(0, 0), (1, 1), (20, 5), (200, 60)] {
        tui.resize(columns, rows)
            .tell(Stage::Applying, 1, 2)
            .buffer();
    }
    assert!(
        tui.resize(80, 24)
            .dialog()
            .unwrap()
            .contains("changing rows …")
    );
    tui.release();
    assert!(tui.dialog().unwrap().starts_with("✓ Restored"));
}

#[test]
fn the_list_follows_what_others_do_while_it_runs() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    sandbox.take(Kind::Rewind, at(24 * 60 - 1));
    tui.hear(Message::Changed).later(TimeDelta::seconds(1));
    assert!(tui.frame().contains("Snapshots  all 14  row 3"));
    assert!(tui.dialog().unwrap().contains("starting …"));
}

#[test]
fn planning_can_be_cancelled_and_a_late_plan_is_not_shown() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Plan).keys("r");
    assert_snapshot!(tui.tell(Stage::Comparing, 1, 4).dialog().unwrap());
    tui.effects();
    tui.keys("<esc>");
    assert_eq!(tui.effects(), ["cancel plan"]);
    assert_eq!(tui.dialog(), None);
    tui.release();
    assert_eq!(tui.dialog(), None);
}

#[test]
fn a_plan_that_is_cancelled_in_the_midst_leaves_the_list() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Plan).keys("r").release_pressing("<esc>");
    assert_eq!(tui.dialog(), None);
    let next = tui.keys("jr").dialog().unwrap();
    assert!(
        next.starts_with("Restore rewind 2021-03-15 11:48:07"),
        "{next}"
    );
}

#[test]
fn looking_for_a_rewind_can_be_cancelled() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Rewind).keys("R");
    let says = tui.tell(Stage::Comparing, 1, 4).dialog().unwrap();
    assert!(says.starts_with("Finding the last rewind"), "{says}");
    assert!(says.contains(" 25 %"), "{says}");
    tui.keys("q");
    assert_eq!(tui.dialog(), None);
    tui.release();
    assert_eq!(tui.dialog(), None);
    assert!(
        tui.frame().contains("R recovers"),
        "the banner is found again"
    );
}

#[test]
fn the_look_behind_the_banner_never_opens_a_dialog() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_before_anything(80, 24);
    tui.hold(Slot::Rewind).later(TimeDelta::zero());
    tui.tell(Stage::Comparing, 1, 4);
    assert_eq!(tui.dialog(), None);
    assert!(!tui.frame().contains("R recovers"));
    let path = "there".into();
    tui.answer(Reply::Rewind(Err(Error::ChangedWhileRead { path })));
    assert_eq!(tui.dialog(), None);
}

#[test]
fn the_end_waits_for_what_changes_something() {
    let sandbox = Sandbox::demo();
    let dump = sandbox.dump();
    let mut tui = restoring(&sandbox);
    tui.hear(Message::Terminate);
    assert_eq!(tui.effects(), ["cancel operation"]);
    assert!(!tui.is_over());
    tui.release();
    assert!(tui.is_over());
    assert_eq!(sandbox.dump(), dump);
}

#[test]
fn the_end_does_not_wait_for_what_only_reads() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Plan).keys("r").hear(Message::Terminate);
    assert!(tui.is_over());
}

#[test]
fn a_signal_ends_the_program_wherever_it_is() {
    for keys in ["", "t", "p", "?", "R"] {
        let sandbox = Sandbox::demo();
        let files = sandbox.files();
        let mut tui = sandbox.tui(80, 24);
        tui.keys(keys).effects();
        tui.hear(Message::Terminate);
        assert_eq!(tui.effects(), ["quit"], "{keys}");
        assert_eq!(sandbox.files(), files, "{keys}");
    }
}

#[test]
fn a_defect_in_a_job_ends_the_program_as_one() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    tui.hear(Message::Failed);
    assert_eq!(tui.effects(), ["fail"]);
    assert!(tui.is_over());
}

#[test]
fn a_job_that_no_thread_can_be_started_for_is_an_error_and_the_ui_goes_on() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    let source = std::io::Error::from_raw_os_error(11);
    tui.reply(Reply::Refused(Error::Thread { source }));
    tui.reply(Reply::Ended);
    let dialog = tui.dialog().unwrap();
    assert!(dialog.contains("cannot start a thread"), "{dialog}");
    assert_eq!(tui.keys("<enter>").dialog(), None);
    assert!(tui.keys("jr").dialog().unwrap().contains("Restore"));
}
