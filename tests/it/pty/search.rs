//! The demonstration's lost message: found by its text and restored from the search.

use tempfile::TempDir;

use super::{assert_quits, close, lost_hour_is_back, question::yes, start};

#[test]
fn the_lost_message_is_found_and_restored() {
    let folder = TempDir::new().unwrap();
    let mut terminal = start(folder.path(), &["demo", "demo"], &[]);
    terminal.wait_for("R recovers").wait_for("all 13");
    terminal.keys("s").wait_for("Type a text");
    terminal
        .keys("writing to herself all along")
        .wait_for("in live, but rewound")
        .wait_for("brings it back");
    assert!(!lost_hour_is_back(folder.path()));

    terminal
        .keys("<enter><enter>")
        .wait_for("event_log  in rewind");
    terminal.keys("r").wait_for("Restore rewind");
    yes(&mut terminal).wait_for("✓ Restored");
    assert!(lost_hour_is_back(folder.path()));
    close(&mut terminal).wait_for("event_log  in rewind");
    terminal.keys("<esc>").wait_for("in live; in");
    terminal.keys("<esc>").wait_for("all 15");
    assert_quits(terminal);
}
