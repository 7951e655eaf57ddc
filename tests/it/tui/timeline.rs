//! The timeline above the list, where there is room for it.

use insta::assert_snapshot;

use crate::{sandbox::Sandbox, screen::Tui};

fn timeline(tui: &Tui) -> String {
    let frame = tui.frame();
    frame.lines().skip(2).take(3).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_timeline_shows_snapshots_gaps_and_what_was_taken_back() {
    let sandbox = Sandbox::demo();
    assert_snapshot!(timeline(&sandbox.tui_at_start(120, 50)));
    let settings = "[ui]\nglyphs = \"ascii\"";
    let ascii = timeline(&sandbox.tui_set(settings, 120, 50));
    assert!(ascii.is_ascii() && ascii.contains("R rewind"), "{ascii}");
}

#[test]
fn the_timeline_follows_the_selection() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 50);
    let place = |tui: &Tui| {
        timeline(tui)
            .chars()
            .position(|glyph| glyph == '▾')
            .unwrap()
    };
    let mut last = place(&tui);
    for _ in 0..3 {
        let next = place(tui.keys("jjj"));
        assert!(next < last);
        last = next;
    }
}

#[test]
fn where_there_is_no_room_there_is_no_timeline() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(80, 60), (120, 35), (111, 60)] {
        assert!(
            !sandbox
                .tui(columns, rows)
                .frame()
                .contains("no snapshot near")
        );
    }
    assert!(
        !Sandbox::without_tables()
            .tui(120, 50)
            .frame()
            .contains("no snapshot near")
    );
}
