//! Screens with little room: rows come first.

use crate::sandbox::{Sandbox, at};

#[test]
fn the_list_shows_rows_on_the_smallest_screens() {
    let sandbox = Sandbox::demo();
    for ((columns, rows), least) in [((40, 10), 4), ((30, 8), 3), ((20, 5), 2)] {
        let frame = sandbox.tui(columns, rows).frame();
        let lines = frame.lines();
        let listed = lines.filter(|line| line.contains("rewind  ") || line.contains("periodic  "));
        assert!(listed.count() >= least, "{frame}");
    }
    // A warning is worth more than the path.
    let frame = sandbox.tui(30, 8).frame();
    assert!(
        frame.lines().next().unwrap().contains("! R reco"),
        "{frame}"
    );
}

#[test]
fn the_tables_that_differ_and_the_events_show_rows_on_a_low_screen() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(40, 10), (30, 8)] {
        let mut tui = sandbox.tui(columns, rows);
        let frame = tui.keys("jd").frame();
        assert!(
            frame.contains("▌  event") || frame.contains("▌ event"),
            "{frame}"
        );
        let frame = tui.keys("<esc>e").frame();
        assert!(
            frame.contains("1,487  memory_") && frame.contains('“'),
            "{frame}"
        );
    }
}

#[test]
fn the_tables_of_the_preview_take_a_low_screen_while_they_have_the_focus() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(60, 11);
    let frame = tui.keys("<enter>").frame();
    assert!(
        frame.contains("TABLE") && !frame.contains("Snapshots"),
        "{frame}"
    );
    let frame = tui.keys("<esc>").frame();
    assert!(
        frame.contains("Snapshots") && !frame.contains("TABLE"),
        "{frame}"
    );
}

#[test]
fn a_snapshot_keeps_its_seconds_on_120_columns() {
    let sandbox = Sandbox::demo();
    let frame = sandbox.tui(120, 35).frame();
    assert!(
        frame.contains("03-15 11:48:07") && frame.contains("GROWTH"),
        "{frame}"
    );
}

#[test]
fn many_lost_events_are_not_cut() {
    let sandbox = Sandbox::with_waves(1_300);
    sandbox.rewind(20, at(1));
    let frame = sandbox.tui(80, 24).frame();
    assert!(frame.contains(" events lost"), "{frame}");
}

#[test]
fn the_footer_offers_only_what_has_something_to_do() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    assert!(tui.footer().contains("R recover") && !tui.footer().contains("u undo"));
    let footer = tui.keys("Ry<enter>").footer();
    assert!(
        footer.contains("u undo") && !footer.contains("R recover"),
        "{footer}"
    );
}
