//! What the list says of each snapshot: its last sentence, and how its log compares to live's.

use unrewind::{core::Kind, tui::Slot};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

#[test]
fn the_list_says_what_each_snapshot_is_about() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_at_start(200, 30);
    let rewind = tui.selected();
    assert!(
        rewind.contains("72 events you lost  Godo nihgt, sleep wlel"),
        "{rewind}"
    );
    assert!(tui.keys("k").selected().contains("5 min earlier"));
    let frame = tui.frame();
    assert!(
        frame.contains("COMPARED TO LIVE    LAST SENTENCE"),
        "{frame}"
    );
    let rewind = sandbox.tui_at_start(120, 35).selected();
    assert!(
        rewind.contains("72 events you lost  Godo nihgt, sleep wlel, same"),
        "{rewind}"
    );
    // On a small screen, the preview has the sentence.
    let frame = sandbox.tui_at_start(80, 24).frame();
    assert!(frame.contains("72 events you lost"), "{frame}");
    assert!(
        frame.contains("│ “Godo nihgt, sleep wlel, same tmie tomorow?”"),
        "{frame}"
    );
}

#[test]
fn a_snapshot_of_another_history_is_compared_with_live_whole() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.event("I turned it off, forgive me.");
    sandbox.event("It was getting late anyway.");
    sandbox.take(Kind::Rewind, at(2));
    // The same ids name other events now.
    let ids = "SELECT id FROM event_log ORDER BY id DESC LIMIT 2";
    sandbox.sql(&format!("DELETE FROM event_log WHERE id IN ({ids})"));
    sandbox.event("The stairs were dark that night.");
    sandbox.sql("UPDATE event_log SET ts = '2021-03-14T12:40:00Z' WHERE id = (SELECT MAX(id) FROM event_log)");
    let mut tui = sandbox.tui(120, 30);
    assert!(
        tui.selected().contains("2 events you lost"),
        "{}",
        tui.selected()
    );
    let older = tui.keys("j").selected();
    assert!(
        older.contains(" earlier") && !older.contains("lost"),
        "{older}"
    );
    sandbox.take(Kind::Rewind, at(3));
    let newest = tui.keys("<f5>g").selected();
    assert!(newest.contains("same events"), "{newest}");
    // It follows live.
    sandbox.event("And then the light came on.");
    let newest = tui.keys("<f5>").selected();
    assert!(newest.contains(" earlier"), "{newest}");
}

#[test]
fn the_sentence_is_of_the_last_active_event_that_has_one() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.event("ok");
    sandbox.event("We should never have come here.");
    let last = "(SELECT MAX(id) FROM event_log)";
    sandbox.sql(&format!(
        "UPDATE event_log SET superseded_by = id WHERE id = {last}"
    ));
    sandbox.take(Kind::Rewind, at(1));
    let frame = sandbox.tui(80, 24).frame();
    assert!(frame.contains("“Is the lamp still burning?”"), "{frame}");
}

#[test]
fn a_label_stands_in_place_of_the_sentence_where_only_one_fits() {
    for columns in [100, 160] {
        let sandbox = Sandbox::demo();
        let oldest = sandbox.list().pop().unwrap().name();
        assert_eq!(sandbox.run(&["label", &oldest, "before"]).code, 0);
        let mut tui = sandbox.tui(columns, 40);
        let frame = tui.frame();
        assert!(frame.contains("LABEL, SENTENCE"), "{frame}");
        assert!(
            frame.contains("72 events you lost  Godo nihgt, sle"),
            "{frame}"
        );
        let labelled = tui.keys("G").selected();
        assert!(
            labelled.contains("2 events you lost   before"),
            "{labelled}"
        );
    }
}

#[test]
fn nothing_moves_when_what_a_snapshot_is_about_is_read() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(80, 24), (100, 30), (120, 35), (160, 45)] {
        let mut tui = sandbox.tui_before_anything(columns, rows);
        let beginnings = |frame: String| -> Vec<String> {
            // The line of the sentence is there before.
            let is_sentence = |line: &str| line.starts_with("│ “") || line.starts_with("│   ");
            let lines = frame.lines().filter(|line| !is_sentence(line));
            lines.map(|line| line.chars().take(12).collect()).collect()
        };
        let before = tui.hold(Slot::About).keys("<home>j").frame();
        assert!(!before.contains("you lost"), "{before}");
        let after = tui.release().frame();
        assert!(after.contains("72 events you lost"), "{after}");
        assert_eq!(before.lines().count(), after.lines().count());
        assert_eq!(beginnings(before), beginnings(after));
    }
}

#[test]
fn only_snapshots_in_sight_are_read() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_before_anything(80, 24);
    tui.keys("<home>");
    let read = |effects: Vec<String>| -> usize {
        let numbers = effects
            .iter()
            .filter_map(|it| it.strip_prefix("read about "));
        numbers.map(|number| number.parse::<usize>().unwrap()).sum()
    };
    let effects: Vec<String> = tui.effects();
    assert_eq!(read(effects.clone()), 8, "{effects:?}");
    assert_eq!(read(tui.keys("G").effects()), 5);
    assert_eq!(read(tui.keys("g").effects()), 0);
}

#[test]
fn events_that_count_in_live_only_are_no_same_events() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_at_start(200, 30);
    // The merge keeps the newer events: its safety snapshot ends where live does.
    tui.keys("rby<enter>");
    let standing = |tui: &Tui, name: &str| {
        let frame = tui.frame();
        let line = frame.lines().find(|line| line.contains(name));
        line.unwrap_or_else(|| panic!("{name}: {frame}")).to_owned()
    };
    let line = standing(&tui, "rewind ↩");
    assert!(line.contains("72 fewer events"), "{line}");
    // This one ends with the rewind, which the merge has removed.
    let line = standing(&tui, "1,480");
    assert!(
        line.contains(" earlier") && !line.contains("lost"),
        "{line}"
    );
    // After the undo, its own safety snapshot has what live has not.
    tui.keys("uy<enter>");
    let line = standing(&tui, "rewind ↩");
    assert!(line.contains("72 events you lost"), "{line}");
}
