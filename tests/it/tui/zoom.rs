//! Enlarging the part of the screen that has the focus.

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

#[test]
fn the_list_and_its_preview_are_enlarged_by_turns() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let both = tui.frame();
    let list = tui.keys("z").frame();
    assert!(
        list.contains("Snapshots") && !list.contains("memories"),
        "{list}"
    );
    let snapshots = |frame: &str| {
        frame
            .lines()
            .filter(|line| line.contains("2021-03-"))
            .count()
    };
    assert!(snapshots(&list) > snapshots(&both), "{list}");
    // The tables of the preview have the focus now.
    let preview = tui.keys("<enter>").frame();
    assert!(
        !preview.contains("Snapshots") && preview.contains("memories"),
        "{preview}"
    );
    assert_eq!(tui.keys("<esc>z").frame(), both);
}

#[test]
fn the_list_or_the_detail_of_a_screen_is_enlarged() {
    let sandbox = Sandbox::with_waves(300);
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("UPDATE event_log SET hidden = 1");
    for open in ["e", "d<enter>", "<enter><enter>", "swave<enter>"] {
        let mut tui = sandbox.tui(80, 24);
        let both = tui.keys(open).frame();
        let frames = |frame: &str| frame.lines().filter(|line| line.starts_with('╭')).count();
        let list = tui.keys("z").frame();
        assert_eq!(frames(&list), 1, "{list}");
        // What came into sight is read.
        assert!(!list.contains(" …\n") && !list.contains("“…"), "{list}");
        assert_eq!(tui.keys("z").frame(), both, "{open}");
    }
    let mut tui = sandbox.tui(80, 24);
    let detail = tui.keys("d<enter>z<enter>").frame();
    assert!(
        !detail.contains("rows differ") && detail.contains("payload_json"),
        "{detail}"
    );
    let list = tui.keys("<esc>").frame();
    assert!(
        list.contains("rows differ") && !list.contains("payload_json"),
        "{list}"
    );
}

#[test]
fn a_screen_of_one_part_says_so() {
    let sandbox = Sandbox::demo();
    let frame = sandbox.tui(80, 24).keys("dz").frame();
    assert!(frame.contains("this screen has only one part"), "{frame}");
}

#[test]
fn rows_that_a_larger_terminal_shows_are_read() {
    let sandbox = Sandbox::with_waves(1_000);
    sandbox.take(Kind::Rewind, at(1));
    let mut tui = sandbox.tui(80, 12);
    tui.keys("eg").resize(80, 160);
    let frame = tui.frame();
    assert!(frame.contains("“wave 100”"), "{frame}");
}
