//! Running tasks: their progress, cancelling them, what else happens meanwhile, and the end.

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::{
    core::{Error, Kind, Stage, Workspace},
    tui::{Message, Reply, Slot, Task, TaskRunner},
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// The demonstration during a restore that is held back.
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
fn progress_is_shown_by_stage() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    assert_snapshot!("starting", tui.dialog().unwrap());
    assert_snapshot!("running", tui.progress(Stage::Applying, 123, 456).frame());
    let full = tui.progress(Stage::Proving, 999, 456).dialog().unwrap();
    assert!(
        full.contains("proving the result") && full.contains(" 99 %"),
        "{full}"
    );
    let empty = tui.progress(Stage::Checkpoint, 0, 0).dialog().unwrap();
    assert!(
        empty.contains("░  0 %") || empty.contains("░   0 %"),
        "{empty}"
    );
    let unknown = tui.progress(Stage::Replaying, 0, 0).dialog().unwrap();
    assert!(unknown.contains("waiting for the replay command") && !unknown.contains('%'));
    assert_eq!(unknown.lines().count(), empty.lines().count());
}

#[test]
fn rate_and_remaining_time_are_shown_after_a_moment() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    let before = tui
        .progress(Stage::SafetySnapshot, 1_000_000, 10_000_000)
        .dialog()
        .unwrap();
    assert!(!before.contains("/s"), "{before}");
    tui.later(TimeDelta::seconds(2));
    let after = tui
        .progress(Stage::SafetySnapshot, 5_000_000, 10_000_000)
        .dialog()
        .unwrap();
    assert!(after.contains("2.0 MB/s, 3 s left"), "{after}");
    assert_eq!(
        after.lines().count(),
        before.lines().count(),
        "the dialog keeps its size"
    );
    let next = tui
        .progress(Stage::Proving, 0, 10_000_000)
        .dialog()
        .unwrap();
    assert!(!next.contains("/s"), "{next}");
}

#[test]
fn a_cancelled_restore_changes_nothing() {
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
fn a_cancel_is_acknowledged_at_once() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    tui.progress(Stage::SafetySnapshot, 1, 2).keys("<esc>");
    assert_eq!(tui.effects(), ["cancel operation"]);
    let dialog = tui.dialog().unwrap();
    assert!(dialog.contains("stopping …"), "{dialog}");
    assert!(
        tui.progress(Stage::SafetySnapshot, 2, 2)
            .dialog()
            .unwrap()
            .contains("stopping …")
    );
}

#[test]
fn other_keys_do_nothing_while_a_task_runs() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    tui.progress(Stage::Applying, 1, 2);
    let frame = tui.frame();
    assert_eq!(
        tui.keys("yrtpxRu?<enter><space><tab>jkgGns<f5>").frame(),
        frame
    );
    assert_eq!(tui.effects(), Vec::<String>::new());
}

#[test]
fn the_terminal_may_be_resized_while_a_task_runs() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    tui.progress(Stage::Applying, 1, 2);
    for (columns, rows) in [(0, 0), (1, 1), (20, 5), (200, 60)] {
        tui.resize(columns, rows)
            .progress(Stage::Applying, 1, 2)
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
fn the_list_is_updated_while_a_task_runs() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    sandbox.take(Kind::Rewind, at(24 * 60 - 1));
    tui.send(Message::Changed).later(TimeDelta::seconds(1));
    assert!(tui.frame().contains("Snapshots  all 14  row 3"));
    assert!(tui.dialog().unwrap().contains("starting …"));
}

#[test]
fn a_cancelled_plan_is_not_shown_even_if_it_arrives_late() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Plan).keys("r");
    assert_snapshot!(tui.progress(Stage::Comparing, 1, 4).dialog().unwrap());
    tui.effects();
    tui.keys("<esc>");
    assert_eq!(tui.effects(), ["cancel plan"]);
    assert_eq!(tui.dialog(), None);
    tui.release();
    assert_eq!(tui.dialog(), None);
}

#[test]
fn a_plan_cancelled_during_its_work_leaves_the_list() {
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
fn the_search_for_a_rewind_can_be_cancelled() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Rewind).keys("R");
    let dialog = tui.progress(Stage::Comparing, 1, 4).dialog().unwrap();
    assert!(dialog.starts_with("Finding the last rewind"), "{dialog}");
    assert!(dialog.contains(" 25 %"), "{dialog}");
    tui.keys("q");
    assert_eq!(tui.dialog(), None);
    tui.release();
    assert_eq!(tui.dialog(), None);
    assert!(tui.frame().contains("R recovers"), "the banner is back");
}

#[test]
fn the_search_for_the_banner_never_opens_a_dialog() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_before_anything(80, 24);
    tui.hold(Slot::Rewind).later(TimeDelta::zero());
    tui.progress(Stage::Comparing, 1, 4);
    assert_eq!(tui.dialog(), None);
    assert!(!tui.frame().contains("R recovers"));
    let path = "there".into();
    tui.answer(Reply::Rewind(Err(Error::ChangedWhileRead { path })));
    assert_eq!(tui.dialog(), None);
}

#[test]
fn quitting_waits_for_a_task_that_changes_something() {
    let sandbox = Sandbox::demo();
    let dump = sandbox.dump();
    let mut tui = restoring(&sandbox);
    tui.send(Message::Terminate);
    assert_eq!(tui.effects(), ["cancel operation"]);
    assert!(!tui.is_over());
    tui.release();
    assert!(tui.is_over());
    assert_eq!(sandbox.dump(), dump);
}

#[test]
fn quitting_does_not_wait_for_a_task_that_only_reads() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Plan).keys("r").send(Message::Terminate);
    assert!(tui.is_over());
}

#[test]
fn a_signal_ends_the_program_on_any_screen() {
    for keys in ["", "t", "p", "?", "R"] {
        let sandbox = Sandbox::demo();
        let files = sandbox.files();
        let mut tui = sandbox.tui(80, 24);
        tui.keys(keys).effects();
        tui.send(Message::Terminate);
        assert_eq!(tui.effects(), ["quit"], "{keys}");
        assert_eq!(sandbox.files(), files, "{keys}");
    }
}

#[test]
fn a_panic_in_a_task_ends_the_program_with_a_failure() {
    let sandbox = Sandbox::demo();
    let mut tui = restoring(&sandbox);
    tui.send(Message::Failed);
    assert_eq!(tui.effects(), ["fail"]);
    assert!(tui.is_over());
}

#[test]
fn a_task_without_a_thread_is_an_error_and_the_ui_continues() {
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

#[test]
fn of_many_requests_in_a_slot_one_runs_at_a_time_and_the_newest_is_answered() {
    let sandbox = Sandbox::demo();
    let snapshot = Box::new(sandbox.list().remove(0));
    let (sender, messages) = std::sync::mpsc::channel();
    let mut runner = TaskRunner::new(Workspace::builder(sandbox.data()).build(), sender);
    for ticket in 1..=200 {
        runner.start(Slot::Count, ticket, Task::Count(snapshot.clone()));
    }
    let mut tickets = Vec::new();
    loop {
        match messages.recv().unwrap() {
            Message::Reply { ticket, reply, .. } => {
                tickets.push(ticket);
                if ticket == 200 && matches!(*reply, Reply::Ended) {
                    break;
                }
            }
            message => panic!("{message:?}"),
        }
    }
    assert!(tickets.is_sorted(), "{tickets:?}");
}
