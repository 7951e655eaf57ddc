//! The events: what became of each between a snapshot and live, which are shown, and what is read.

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::{
    core::{Kind, Stage},
    tui::{Message, Slot},
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

#[test]
fn the_events_fit_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("events_{columns}x{rows}");
        assert_snapshot!(name, sandbox.tui(columns, rows).keys("je").frame());
    }
    for (columns, rows) in [(0, 0), (1, 1), (3, 2), (20, 5)] {
        let mut tui = sandbox.tui(columns, rows);
        tui.keys("jeg<tab><tab>/mess<enter>nNfmess<enter>i1400<enter>G")
            .buffer();
    }
}

/// A snapshot and a live database whose events differ in every way.
fn differing() -> Sandbox {
    let sandbox = Sandbox::new();
    let ids: Vec<i64> = (1..=8)
        .map(|number| sandbox.event(&format!("wave {number}")))
        .collect();
    let update = |set: &str, id: i64| {
        sandbox.sql(&format!("UPDATE event_log SET {set} WHERE id = {id}"));
    };
    update("superseded_by = 1", ids[0]);
    update("hidden = 1", ids[1]);
    update("superseded_by = 1", ids[2]);
    sandbox.take(Kind::Rewind, at(1));
    update("superseded_by = NULL", ids[2]);
    update("superseded_by = 1", ids[3]);
    update("hidden = 1", ids[4]);
    sandbox.sql(&format!("DELETE FROM event_log WHERE id = {}", ids[5]));
    sandbox.sql(
        "INSERT INTO event_log (id, branch_id, ts, kind, payload_json)
         VALUES (-5, 2, '2021-03-14T08:00:00Z', 'imported', '{\"text\": \"an old wave\"}')",
    );
    sandbox.event("wave 9");
    sandbox
}

#[test]
fn each_event_shows_its_change_by_a_sign_and_a_word() {
    let sandbox = differing();
    assert_snapshot!(sandbox.tui(100, 30).keys("e").frame());
}

/// The rows of the list of events.
fn listed(tui: &Tui) -> Vec<String> {
    let frame = tui.frame();
    let rows = frame.lines().skip(3);
    let rows = rows.take_while(|row| !row.starts_with('╰'));
    let rows = rows.map(|row| row.trim_matches(['│', '▌', ' ']).to_owned());
    let is_event = |row: &String| !row.is_empty() && !row.starts_with("ID ");
    rows.filter(is_event).collect()
}

#[test]
fn events_can_be_filtered_by_their_change() {
    let sandbox = differing();
    let mut tui = sandbox.tui(100, 30);
    let all = listed(tui.keys("e")).len();
    let mut shown = Vec::new();
    for _ in 0..7 {
        shown.push(listed(tui.keys("<tab>")).len());
    }
    // Lost, only in the snapshot, active again, newer, only in live, rewound, hidden.
    assert_eq!(shown, [2, 1, 1, 1, 1, 1, 1], "{}", tui.frame());
    assert_eq!(listed(tui.keys("<tab>")).len(), all);
}

#[test]
fn events_can_be_filtered_by_kind_or_branch() {
    let sandbox = differing();
    let mut tui = sandbox.tui(100, 30);
    let no_match = ["No kind or branch matches."];
    assert_eq!(listed(tui.keys("efIMPORT<enter>")), no_match);
    let frame = tui.frame();
    assert!(frame.contains("kind or branch: IMPORT"), "{frame}");
    assert!(frame.contains("Events  0 of 12  rewind"), "{frame}");
    let imported = listed(tui.keys("f<c-u>import<enter>"));
    assert!(imported[0].contains("imported"), "{imported:?}");
    assert_eq!(imported.len(), 1);
    assert_eq!(listed(tui.keys("f<c-u>2")).len(), 1, "branch 2");
    assert_eq!(listed(tui.keys("<c-u>message 2")), no_match);
    assert_eq!(listed(tui.keys("<esc>")).len(), 12, "{}", tui.frame());
    assert!(tui.keys("<esc>").frame().contains("Snapshots"));
}

#[test]
fn events_are_found_by_their_texts() {
    let sandbox = differing();
    let mut tui = sandbox.tui(100, 30);
    assert!(
        tui.keys("eg/WAVE 7<enter>")
            .frame()
            .contains("! no event has “WAVE 7”")
    );
    let selected = tui.keys("/wave<enter>").selected();
    assert!(selected.contains("an old wave"), "{selected}");
    assert!(tui.keys("n").selected().contains("“wave 1”"));
    assert!(tui.keys("N").selected().contains("an old wave"));
    assert!(
        tui.keys("N").selected().contains("“wave 9”"),
        "it goes on at the end"
    );
    // Only the snapshot has it.
    assert!(tui.keys("/wave 6<enter>").selected().contains("“wave 6”"));
    // Among those that are shown.
    let selected = tui.keys("<tab>g/wave<enter>n").selected();
    assert!(selected.contains("“wave 5”"), "{selected}");
    assert!(
        tui.keys("/import<enter>")
            .frame()
            .contains("! no event has “import”")
    );
}

#[test]
fn finding_an_event_shows_its_progress_and_is_cancelled() {
    let sandbox = Sandbox::with_waves(2_000);
    let mut tui = sandbox.tui(80, 24);
    tui.keys("e").hold(Slot::Screen(0)).keys("/nowhere<enter>");
    let frame = tui.progress(Stage::Reading, 1, 4).frame();
    assert!(
        frame.contains("finding “nowhere”") && frame.contains("25 %"),
        "{frame}"
    );
    tui.effects();
    assert!(tui.keys("<esc>").frame().contains("cancelled"));
    assert_eq!(tui.effects(), ["cancel screen(0)"]);
}

#[test]
fn an_event_is_reached_by_its_id() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(140, 35);
    let selected = tui.keys("jei1,427<enter>").selected();
    assert!(
        selected.contains("1,427") && selected.contains("writing to herself all along"),
        "{selected}"
    );
    assert!(tui.keys("i999999<enter>").selected().contains("1,487"));
    let same = tui.keys("inowhere<enter>").selected();
    assert!(same.contains("1,487"), "{same}");
}

#[test]
fn the_slider_stops_at_events_that_a_person_wrote() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(140, 35);
    tui.keys("jei1427<enter>");
    let mut stops = Vec::new();
    for key in ["]", "]", "[", "["] {
        stops.push(tui.keys(key).selected());
        assert!(stops.last().unwrap().contains("message_sent"), "{stops:?}");
        // The whole event below follows.
        let frame = tui.frame();
        let id = stops.last().unwrap().split_whitespace().nth(1).unwrap();
        assert!(frame.contains(&format!("╭ event {id}")), "{frame}");
    }
    assert_eq!(stops[0], stops[2]);
    assert!(
        tui.keys("G]")
            .frame()
            .contains("no later event that a person wrote")
    );
    assert_snapshot!(tui.keys("i700<enter>[").frame());
}

#[test]
fn the_slider_stops_at_every_event_of_an_application_that_names_no_kinds() {
    let mut sandbox = differing();
    sandbox.profile.log.as_mut().unwrap().person_kinds.clear();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("eg]");
    let second = listed(&tui).swap_remove(1);
    assert!(tui.selected().contains(&second), "{}", tui.frame());
    assert!(tui.keys("[").selected().contains("an old wave"));
    let frame = tui.keys("[").frame();
    assert!(
        frame.contains("no earlier event that a person wrote"),
        "{frame}"
    );
}

#[test]
fn reading_events_shows_its_progress_and_leaving_cancels_it() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    tui.hold(Slot::Screen(0)).keys("je");
    assert!(
        tui.frame().contains("reading the events …"),
        "{}",
        tui.frame()
    );
    let frame = tui.progress(Stage::Reading, 1, 4).frame();
    assert!(frame.contains(" 25 %"), "{frame}");
    tui.effects();
    tui.keys("<esc>");
    assert_eq!(tui.effects(), ["cancel screen(0)"]);
}

#[test]
fn only_the_texts_of_events_near_the_screen_are_read() {
    let sandbox = Sandbox::with_waves(20_000);
    sandbox.take(Kind::Rewind, at(1));
    let mut tui = sandbox.tui(80, 24);
    let frame = tui.keys("e").frame();
    assert!(frame.contains("“wave 20000”"), "{frame}");
    tui.effects();
    let frame = tui.keys("g").frame();
    assert!(frame.contains("“wave 1”"), "{frame}");
    let read = tui.effects();
    assert_eq!(read.len(), 1, "{read:?}");
    let events: usize = read[0].split(' ').nth(1).unwrap().parse().unwrap();
    assert!(events < 200, "{read:?}");
    assert!(
        tui.keys("j").effects().is_empty(),
        "loaded events are not read again"
    );
}

#[test]
fn the_screen_reports_that_live_has_changed() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.keys("je");
    sandbox.event("one more");
    let notice = "! live has changed since: F5 reads them again";
    tui.send(Message::Changed).later(TimeDelta::seconds(1));
    assert!(tui.frame().contains(notice), "{}", tui.frame());
    let frame = tui.keys("<f5>G").frame();
    assert!(
        !frame.contains(notice) && frame.contains("“one more”"),
        "{frame}"
    );
}

#[test]
fn the_events_of_live_are_shown_without_snapshots() {
    let sandbox = Sandbox::new();
    sandbox.event("the first wave");
    let frame = sandbox.tui(80, 24).keys("e").frame();
    assert!(
        frame.contains("of live") || frame.contains("live"),
        "{frame}"
    );
    assert!(frame.contains("“the first wave”"), "{frame}");
    let empty = Sandbox::without_tables();
    let frame = empty.tui(80, 24).keys("e").frame();
    assert!(frame.contains("✗ "), "{frame}");
}

#[test]
fn a_snapshot_with_events_in_another_order_shows_them_by_id_with_their_own_texts() {
    let sandbox = Sandbox::new();
    let ids: Vec<i64> = (1..=8)
        .map(|number| sandbox.event(&format!("wave {number}")))
        .collect();
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    let text = std::fs::read_to_string(&snapshot.path).unwrap();
    let mut dump: serde_json::Value = serde_json::from_str(&text).unwrap();
    dump["event_log"].as_array_mut().unwrap().reverse();
    std::fs::write(&snapshot.path, dump.to_string()).unwrap();
    let _ = std::fs::remove_file(snapshot.path.with_extension("note"));
    sandbox.sql(&format!(
        "DELETE FROM event_log WHERE id IN ({}, {})",
        ids[2], ids[5]
    ));
    let shown = listed(sandbox.tui(100, 30).keys("e"));
    let waves: Vec<&str> = shown
        .iter()
        .filter_map(|row| row.split_once("wave ").map(|(_, number)| &number[..1]))
        .collect();
    assert_eq!(waves, ["1", "2", "3", "4", "5", "6", "7", "8"], "{shown:?}");
    let gone = shown
        .iter()
        .filter(|row| row.contains("  –        active  "));
    assert_eq!(gone.count(), 2, "{shown:?}");
}
