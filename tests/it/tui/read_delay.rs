//! When a yes counts: only for a question that was on the screen long enough to be read.

use chrono::TimeDelta;
use unrewind::tui::{Message, Slot};

use crate::{sandbox::Sandbox, screen::Tui};

fn dialog_text(tui: &Tui) -> String {
    tui.dialog().unwrap_or_default()
}

#[test]
fn keys_typed_ahead_never_answer_a_question() {
    // The title of each question, and the keys that open it and confirm it.
    let cases = [
        ("Delete", "xy"),
        ("Delete", "x<tab><enter>"),
        ("Prune by policy", "py"),
        ("Restore ", "ry"),
        ("Recover from the rewind", "Ry"),
        ("Take a snapshot of live", "t<enter>"),
    ];
    for (title, keys) in cases {
        let sandbox = Sandbox::demo();
        let (files, dump) = (sandbox.files(), sandbox.dump());
        let mut tui = sandbox.tui(100, 40);
        tui.drawn_at(0).keys_at(5000, keys);
        assert!(
            dialog_text(&tui).starts_with(title),
            "{keys}: {}",
            dialog_text(&tui)
        );
        assert_eq!((sandbox.files(), sandbox.dump()), (files, dump), "{keys}");
    }
}

#[test]
fn a_question_that_the_window_has_no_room_for_is_not_answered() {
    for (width, height) in [(1, 1), (20, 5), (100, 4), (24, 40)] {
        let sandbox = Sandbox::demo();
        let (files, dump) = (sandbox.files(), sandbox.dump());
        let mut tui = sandbox.tui(width, height);
        tui.keys("R").drawn_at(1000).keys_at(5000, "y");
        tui.drawn_at(6000).keys_at(9000, "<tab><enter>");
        assert_eq!(
            (sandbox.files(), sandbox.dump()),
            (files, dump.clone()),
            "{width}x{height}"
        );
        tui.resize(100, 40).drawn_at(10_000);
        assert!(
            dialog_text(&tui).contains(" No, go back "),
            "{}",
            dialog_text(&tui)
        );
        tui.keys_at(20_000, "y");
        assert_ne!(sandbox.dump(), dump, "{width}x{height}");
    }
}

#[test]
fn keys_of_another_keyboard_layout_do_nothing() {
    let sandbox = Sandbox::demo();
    let (files, dump) = (sandbox.files(), sandbox.dump());
    let mut tui = sandbox.tui(100, 40);
    // What the keys of x, r, u, p, t and q type on a Russian keyboard.
    let list = tui.frame();
    assert_eq!(tui.keys("чкгзей").frame(), list);
    for open in ["x", "r", "p", "t"] {
        let dialog = tui.keys(open).dialog();
        assert!(dialog.is_some(), "{open}");
        // The characters of y, n and q there, a wide y, and a y with an accent.
        assert_eq!(tui.keys("нтйｙý").dialog(), dialog, "{open}");
        tui.keys("<esc>");
    }
    assert_eq!((sandbox.files(), sandbox.dump()), (files, dump));
}

#[test]
fn a_yes_counts_from_four_tenths_of_a_second_after_the_frame_was_written() {
    for (typed, is_done) in [(1000, false), (1399, false), (1400, true), (60_000, true)] {
        let sandbox = Sandbox::demo();
        let files = sandbox.files();
        let mut tui = sandbox.tui(100, 40);
        tui.keys("x").drawn_at(1000).keys_at(typed, "y");
        assert_eq!(sandbox.files() != files, is_done, "{typed}");
    }
}

#[test]
fn a_yes_does_not_count_before_the_questions_frame_is_written() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut tui = sandbox.tui(100, 40);
    tui.keys_at(0, "x").keys_at(60_000, "yyy");
    assert!(dialog_text(&tui).starts_with("Delete"));
    assert_eq!(sandbox.files(), files);
}

#[test]
fn a_frame_drawn_before_the_question_does_not_count() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut tui = sandbox.tui(100, 40);
    // The list's frame is drawn, the key arrives, and only then is that frame written.
    tui.frame_begins();
    tui.keys_at(100, "x")
        .send(Message::Drawn(std::time::Duration::from_millis(200)));
    tui.keys_at(60_000, "y");
    assert_eq!(sandbox.files(), files);
    tui.drawn_at(60_000).keys_at(60_400, "y");
    assert_ne!(sandbox.files(), files);
}

#[test]
fn a_key_held_down_never_answers_a_question() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("x").drawn_at(0);
    for repeat in 0..100 {
        tui.keys_at(repeat * 33, "y");
    }
    assert_eq!(sandbox.files(), files);
    tui.keys_at(99 * 33 + 400, "y");
    assert_ne!(sandbox.files(), files, "released and pressed again");
}

#[test]
fn a_no_counts_at_once() {
    for no in ["n", "<esc>", "q", "<enter>"] {
        let sandbox = Sandbox::demo();
        let mut tui = sandbox.tui(100, 40);
        assert_eq!(tui.keys_at(0, "x").keys_at(0, no).dialog(), None, "{no}");
    }
}

#[test]
fn a_stale_plan_is_shown_again_and_asks_again() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 50);
    tui.keys("R").drawn_at(0);
    let written = sandbox.event("written under the plan");
    tui.keys_at(1000, "y").drawn_at(1100).keys_at(1350, "y");
    assert!(
        dialog_text(&tui).contains("live changed since"),
        "{}",
        dialog_text(&tui)
    );
    let sql = format!("SELECT count(*) FROM event_log WHERE id = {written}");
    assert_eq!(sandbox.rows(&sql), ["1"]);
    tui.drawn_at(2000).keys_at(2000, "y");
    assert!(dialog_text(tui.keys_at(3000, "y")).starts_with("✓ Restored"));
}

#[test]
fn a_yes_counts_only_after_the_loss_is_shown() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut tui = sandbox.tui(100, 40);
    tui.hold(Slot::ExclusiveRows).keys_at(0, "x").drawn_at(0);
    tui.release().keys_at(500, "y");
    assert_eq!(sandbox.files(), files, "the loss was not shown yet");
    tui.drawn_at(600).keys_at(1000, "y");
    assert_ne!(sandbox.files(), files);
}

#[test]
fn a_question_that_was_covered_is_asked_again() {
    // The key that covers the question, and the key that uncovers it.
    for (cover, leave) in [("d", "<esc>"), ("?", "<esc>"), (":", "<esc>")] {
        let sandbox = Sandbox::demo();
        let dump = sandbox.dump();
        let mut tui = sandbox.tui(100, 40);
        tui.keys("r").drawn_at(0).keys_at(1000, cover);
        assert!(!dialog_text(&tui).starts_with("Restore "), "{cover}");
        tui.drawn_at(1000).keys_at(5000, leave).keys_at(5000, "y");
        assert!(
            dialog_text(&tui).starts_with("Restore "),
            "{cover}: {}",
            tui.frame()
        );
        assert_eq!(sandbox.dump(), dump, "{cover}");
    }
    let sandbox = Sandbox::demo();
    let dump = sandbox.dump();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("r")
        .drawn_at(0)
        .send(Message::Stop)
        .send(Message::Continue);
    tui.keys_at(5000, "y");
    assert_eq!(sandbox.dump(), dump, "stopped and continued");
}

#[test]
fn a_question_is_drawn_differently_until_a_yes_counts() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("x").drawn_at(0);
    let early = tui.buffer();
    assert_eq!(tui.wakes_in(), Some(std::time::Duration::from_millis(400)));
    tui.later(TimeDelta::milliseconds(400));
    assert_ne!(tui.buffer(), early);
}

#[test]
fn a_clock_set_back_does_not_stop_updates() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 40);
    tui.send(Message::Changed).set_back(TimeDelta::hours(1));
    sandbox.event("written meanwhile");
    assert!(tui.frame().contains("last event 1,487"), "{}", tui.frame());
    tui.later(TimeDelta::milliseconds(400));
    assert!(tui.frame().contains("last event 1,488"), "{}", tui.frame());
}
