//! The timeline above the list, if there is room for it.

use insta::assert_snapshot;

use unrewind::core::Kind;

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

fn timeline(tui: &Tui) -> String {
    let frame = tui.frame();
    frame.lines().skip(2).take(3).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_timeline_shows_snapshots_gaps_and_rewinds() {
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
            .position(|glyph| glyph == '▼')
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
fn on_a_small_screen_the_timeline_is_the_edge_of_the_list() {
    let sandbox = Sandbox::demo();
    let edge = |columns, rows| {
        let frame = sandbox.tui_at_start(columns, rows).frame();
        assert!(!frame.contains("no snapshot near"), "{frame}");
        frame
            .lines()
            .find(|line| line.contains(" event 1 "))
            .map(str::to_owned)
    };
    assert_snapshot!(edge(80, 24).unwrap());
    assert_eq!(edge(99, 30).unwrap().matches('▼').count(), 1);
    assert_eq!(edge(100, 29).unwrap().matches('▼').count(), 1);
    assert_eq!(edge(50, 24), None);
    let mut tui = sandbox.tui_at_start(60, 15);
    let before = tui.frame();
    assert_ne!(
        tui.keys("jjj").frame().lines().nth(7),
        before.lines().nth(7)
    );
}

#[test]
fn every_rewind_has_an_arc_until_it_is_recovered_from() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_at_start(120, 40);
    tui.keys("G");
    assert_eq!(
        timeline(&tui).matches('◂').count(),
        7 + 1,
        "seven rewinds and the legend"
    );
    tui.keys("Ry<enter>G");
    let arcs = timeline(&tui).matches('╭').count();
    assert_eq!(arcs, 0, "{}", timeline(&tui));
}

#[test]
fn a_log_shorter_than_an_older_snapshots_counts_as_rewound() {
    let sandbox = Sandbox::new();
    for _ in 0..40 {
        sandbox.event("the sea");
    }
    sandbox.take(Kind::Periodic, at(1));
    sandbox.sql("DELETE FROM event_log WHERE id > 20");
    assert!(!timeline(&sandbox.tui(120, 40)).contains("─◂─"));
    sandbox.take(Kind::Periodic, at(2));
    assert!(timeline(&sandbox.tui(120, 40)).contains("─◂─"));
}

#[test]
fn without_events_there_is_no_timeline() {
    for (columns, rows) in [(80, 24), (120, 50)] {
        let frame = Sandbox::without_tables().tui(columns, rows).frame();
        assert!(!frame.contains("event 1"), "{frame}");
    }
}
