//! The preview: rows counted once, beside live's, and never those of another snapshot.

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::{
    core::{Counts, Error, Kind, Stage},
    tui::{Message, Reply, Slot},
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// The preview's line on a table, without repeated blanks.
fn line(tui: &Tui, table: &str) -> String {
    let frame = tui.frame();
    let mut lines = frame.lines().filter(|line| line.contains("││"));
    let line = lines.find(|line| line.contains(table));
    let (_, line) = line.unwrap().rsplit_once("││").unwrap();
    let line = line.trim_end_matches('│');
    let words = line.split_whitespace().filter(|word| !is_growth(word));
    words.collect::<Vec<_>>().join(" ")
}

fn is_growth(word: &str) -> bool {
    word.chars().all(|bar| ('▁'..='▇').contains(&bar))
}

/// The bars of a table's growth.
fn growth(tui: &Tui, table: &str) -> String {
    let frame = tui.frame();
    let line = frame.lines().find(|line| line.contains(table)).unwrap();
    let mut words = line.split_whitespace();
    words.find(|word| is_growth(word)).unwrap_or("").to_owned()
}

/// The demonstration's list before anything is known about any snapshot but the selected one.
fn uncounted(sandbox: &Sandbox) -> Tui {
    let mut tui = sandbox.tui_before_anything(150, 20);
    tui.hold(Slot::CountCached).keys("<home>");
    tui
}

#[test]
fn counts_are_compared_with_live_as_it_changes() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    sandbox.memory("the stairs");
    sandbox.take(Kind::Rewind, at(1));
    let mut tui = sandbox.tui(150, 30);
    let frame = tui.frame();
    assert!(
        frame.contains("11 tables have as many rows as in live"),
        "{frame}"
    );
    assert!(!frame.contains("memories"), "{frame}");
    assert_eq!(line(tui.keys("<enter>"), "memories"), "memories 2 2 =");
    tui.keys("<esc>");
    sandbox.memory("the lamp");
    sandbox.sql("DELETE FROM chat_state");
    tui.send(Message::Changed).later(TimeDelta::seconds(1));
    assert_eq!(line(&tui, "memories"), "memories 2 3 -1");
    assert_eq!(line(&tui, "event_log"), "event_log 4 5 -1");
    assert_eq!(line(&tui, "chat_state"), "chat_state 1 0 +1");
}

#[test]
fn a_table_that_a_side_lacks_has_no_count_there() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    sandbox.put(
        Kind::Rewind,
        at(2),
        r#"{"last_event_id": 1, "event_log": []}"#,
    );
    sandbox.sql("DROP TABLE classifier_failures");
    let mut tui = sandbox.tui(150, 30);
    assert_eq!(line(&tui, "bots"), "bots – 1 -1");
    // All tables are listed while one is chosen.
    tui.keys("j<enter>");
    assert_eq!(
        line(&tui, "classifier_failures"),
        "classifier_failures 0 – ="
    );
}

#[test]
fn counts_are_shown_without_live() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DROP TABLE event_log");
    assert_snapshot!(sandbox.tui(150, 20).frame());
}

#[test]
fn counting_shows_its_progress() {
    let sandbox = Sandbox::demo();
    let mut tui = uncounted(&sandbox);
    tui.hold(Slot::Count).keys("j");
    assert!(tui.frame().contains("counting rows …"));
    tui.progress(Stage::Reading, 123, 300);
    assert_snapshot!(tui.frame());
    tui.release();
    assert_eq!(line(&tui, "event_log"), "event_log 1,476 1,484 -8");
}

#[test]
fn a_counted_snapshot_is_not_counted_again() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(150, 20);
    tui.keys("jj").effects();
    tui.keys("kk<tab><tab><tab>");
    assert_eq!(tui.effects(), Vec::<String>::new());
    let file = sandbox.list().remove(0);
    sandbox.put(Kind::Periodic, file.taken_at(), r#"{"last_event_id": 1}"#);
    std::fs::remove_file(file.path.with_extension("note")).unwrap();
    tui.keys("<f5>");
    assert!(tui.effects().contains(&"count 20210315T114808Z".to_owned()));
    assert_eq!(line(&tui, "event_log"), "event_log – 1,484 -1,484");
}

#[test]
fn another_selection_cancels_the_count_and_returning_restarts_it() {
    let sandbox = Sandbox::demo();
    let mut tui = uncounted(&sandbox);
    tui.hold(Slot::Count).keys("j");
    tui.progress(Stage::Reading, 1, 2);
    tui.keys("j").effects();
    assert!(
        tui.frame().contains("counting rows …"),
        "the progress of the other count is not shown"
    );
    tui.keys("k");
    assert_eq!(tui.effects(), ["count 20210315T114807Z"]);
    tui.release();
    assert_eq!(line(&tui, "event_log"), "event_log 1,476 1,484 -8");
}

#[test]
fn late_counts_of_another_snapshot_are_not_shown() {
    let sandbox = Sandbox::demo();
    let mut tui = uncounted(&sandbox);
    tui.hold(Slot::Count).keys("j");
    let (ticket, path) = tui.counting();
    tui.keys("jk");
    let counts = Counts {
        last_event_id: 7,
        tables: vec![("event_log".to_owned(), 7)],
    };
    let reply = |reply| Message::Reply {
        slot: Slot::Count,
        ticket,
        reply: Box::new(reply),
    };
    tui.send(reply(Reply::Counted(path, Ok(counts))));
    tui.send(reply(Reply::Ended));
    assert!(tui.frame().contains("counting rows …"), "{}", tui.frame());
    tui.release();
    assert_eq!(line(&tui, "event_log"), "event_log 1,476 1,484 -8");
}

#[test]
fn a_count_that_fails_shows_the_error() {
    let sandbox = Sandbox::demo();
    let mut tui = uncounted(&sandbox);
    tui.hold(Slot::Count).keys("j");
    let (_, path) = tui.counting();
    tui.answer(Reply::Counted(
        path,
        Err(Error::ChangedWhileRead {
            path: "there".into(),
        }),
    ));
    assert!(tui.frame().contains("there changed while it was read"));
}

#[test]
fn growth_bars_appear_from_the_third_snapshot_on() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    for text in ["the sea", "the stairs", "the lamp", "the window"] {
        sandbox.memory(text);
    }
    sandbox.take(Kind::Rewind, at(2));
    assert_eq!(growth(sandbox.tui(150, 30).keys("<enter>"), "memories"), "");
    sandbox.sql("DELETE FROM memories WHERE id IN (SELECT id FROM memories LIMIT 2)");
    sandbox.take(Kind::Rewind, at(3));
    let mut tui = sandbox.tui(150, 30);
    tui.keys("<enter>");
    assert_eq!(growth(&tui, "memories"), "▁▇▄");
    assert_eq!(growth(&tui, "bots"), "▁▁▁");
    let bar = |tui: &Tui| {
        let buffer = tui.buffer();
        let accent = buffer[(1, 0)].fg;
        let bars = buffer.content.iter().filter(|cell| cell.fg == accent);
        let bars = bars.filter(|cell| is_growth(cell.symbol()) && cell.symbol() != " ");
        bars.map(|cell| cell.symbol().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(bar(&tui).contains(&"▄".to_owned()), "{:?}", bar(&tui));
    assert!(bar(tui.keys("<esc>j")).contains(&"▇".to_owned()));
    let mut ascii = sandbox.tui_set("[ui]\nglyphs = \"ascii\"", 150, 30);
    let ascii = ascii.keys("<enter>").frame();
    let line = ascii.lines().find(|line| line.contains("memories"));
    assert!(line.unwrap().contains(".*="), "{ascii}");
}

#[test]
fn a_large_snapshot_is_counted_only_when_selected() {
    let sandbox = Sandbox::new();
    sandbox.memory(&"the sea ".repeat(200_000));
    for minute in 1..=4 {
        sandbox.take(Kind::Rewind, at(minute));
    }
    let mut tui = sandbox.tui(150, 30);
    let mut growth_of_memories = |keys: &str| {
        let growth = growth(tui.keys(keys).keys("<enter>"), "memories");
        tui.keys("<esc>");
        growth
    };
    assert_eq!(growth_of_memories(""), "");
    assert_eq!(growth_of_memories("j"), "");
    assert_eq!(growth_of_memories("j"), "▁▁▁");
}

#[test]
fn the_last_events_are_shown_with_their_status() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("Is the lamp still burning?");
    sandbox.event("I turned it off.\nForgive me.");
    sandbox.rewind(first, at(1));
    sandbox.take(Kind::Periodic, at(2));
    let mut tui = sandbox.tui(150, 35);
    let last_events = |tui: &Tui| {
        let frame = tui.frame();
        let lines = frame
            .lines()
            .filter_map(|line| Some(line.rsplit_once("││")?.1));
        let lines = lines.map(|line| line.trim_matches(['│', ' ']).to_owned());
        let events = lines.skip_while(|line| line != "LAST EVENTS").skip(1);
        events
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
    };
    let is_there = |events: &[String], text: &str| events.iter().any(|line| line.contains(text));
    let after = last_events(&tui);
    assert!(is_there(&after, "◂ 4  "), "{after:#?}");
    assert!(is_there(&after, "rewind"), "{after:#?}");
    let before = last_events(tui.keys("j"));
    assert!(!is_there(&before, "~"), "{before:#?}");
    assert_eq!(before.last().unwrap(), "I turned it off. Forgive me.");
}

#[test]
fn selecting_another_snapshot_cancels_reading_the_last_events() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(150, 35);
    tui.keys("j").hold(Slot::Count);
    tui.keys("j").effects();
    tui.keys("k");
    assert_eq!(
        tui.effects(),
        ["cancel count"],
        "the selected snapshot is counted already"
    );
    tui.keys("j");
    assert_eq!(tui.effects(), ["count 20210315T111802Z"]);
    tui.keys("/nothing");
    assert_eq!(tui.effects(), ["cancel count"]);
}

#[test]
fn counts_are_shown_before_the_last_events() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(150, 35);
    tui.hold(Slot::Count).keys("j");
    assert_eq!(line(&tui, "event_log"), "event_log 1,476 1,484 -8");
    assert!(tui.frame().contains("LAST EVENTS"));
    assert!(!tui.frame().contains("same tmie tomorow"));
    assert!(tui.release().frame().contains("same tmie tomorow"));
}

#[test]
fn a_small_preview_shows_the_tables_that_differ_first() {
    let sandbox = Sandbox::demo();
    let frame = sandbox.tui_at_start(60, 15).frame();
    let tables = "event_log 1,476 -8 · memories 81 +5 · … 2 more";
    assert!(frame.contains(tables), "{frame}");
}

#[test]
fn live_tables_can_be_opened_without_snapshots() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    for size in [(60, 15), (80, 24), (150, 35)] {
        let frame = sandbox.tui(size.0, size.1).frame();
        assert!(frame.contains("╭ live "), "{frame}");
        assert!(frame.contains("memories"), "{frame}");
    }
    let mut tui = sandbox.tui(80, 24);
    let frame = tui.keys("<enter>jjjj<enter>").frame();
    assert!(frame.contains("memories  in live"), "{frame}");
    assert!(frame.contains("the sea"), "{frame}");
    let frame = tui.keys("<esc>").frame();
    assert!(frame.contains("There are no snapshots yet."), "{frame}");
    assert!(tui.keys("<esc>").footer().contains("t take"));
}

#[test]
fn the_preview_plans_what_the_list_plans() {
    let sandbox = Sandbox::rewound();
    let title = |keys: &str| {
        let dialog = sandbox.tui(100, 30).keys(keys).dialog();
        dialog.map(|text| text.lines().next().unwrap().to_owned())
    };
    for key in ["R", "r", "@", "t"] {
        let planned = title(key).unwrap();
        assert_eq!(title(&format!("<enter>{key}")), Some(planned), "{key}");
    }
}
