//! Choosing in the list: order, filter, ranges of marks, and the mouse.

use std::time::Duration;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use insta::assert_snapshot;
use unrewind::{
    core::{Kind, Scope},
    tui::Message,
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// The cells of the list in a column that begins at `from`.
fn column(tui: &Tui, from: usize, width: usize) -> Vec<String> {
    let frame = tui.frame();
    let rows = frame.lines().filter(|row| {
        row.starts_with('│')
            && row.chars().skip(14).take(5).eq("2021-".chars())
            && !row.contains(" / ")
    });
    let cell = |row: &str| row.chars().skip(from).take(width).collect::<String>();
    rows.map(|row| cell(row).trim().to_owned()).collect()
}

fn stamps(tui: &Tui) -> Vec<String> {
    column(tui, 14, 19)
}

fn is_sorted(cells: &[String]) -> bool {
    let number = |cell: &String| cell.replace([',', '.'], "").parse::<u64>().ok();
    cells
        .windows(2)
        .all(|pair| match (number(&pair[0]), number(&pair[1])) {
            (Some(one), Some(other)) => one >= other,
            _ => pair[0] >= pair[1],
        })
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Message {
    let modifiers = KeyModifiers::NONE;
    Message::Mouse {
        event: MouseEvent {
            kind,
            column,
            row,
            modifiers,
        },
        used: Duration::ZERO,
    }
}

const PRESS: MouseEventKind = MouseEventKind::Down(MouseButton::Left);
const DRAG: MouseEventKind = MouseEventKind::Drag(MouseButton::Left);
const RELEASE: MouseEventKind = MouseEventKind::Up(MouseButton::Left);

#[test]
fn a_snapshot_awaiting_replay_is_sorted_by_the_event_shown() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(160, 35);
    // The checkpoint ends with an event newer than the one after which its replay begins.
    tui.keys("Rey<enter>");
    let frame = tui.keys("ooo").frame();
    assert!(frame.contains("EVENT ▾"), "{frame}");
    let events = column(&tui, 43, 10);
    assert!(
        events.len() > 10 && is_sorted(&events),
        "{events:?}\n{frame}"
    );
}

#[test]
fn the_list_is_sorted_by_any_column_and_keeps_its_selection() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(160, 35);
    let selected = tui.keys("jjj").selected();
    assert!(!tui.frame().contains('▾'), "the default order has no arrow");
    let newest = stamps(&tui);
    assert_eq!(newest.len(), 13);
    assert!(tui.keys("o").frame().contains("KIND ▾"));
    assert!(is_sorted(&column(&tui, 4, 8)));
    assert!(tui.keys("o").frame().contains("SIZE ▾"));
    assert!(is_sorted(&column(&tui, 43, 5)), "{:?}", column(&tui, 43, 5));
    assert!(tui.keys("o").frame().contains("EVENT ▾"));
    assert!(is_sorted(&column(&tui, 43, 10)));
    let mut reversed = column(&tui, 43, 10);
    reversed.reverse();
    assert!(tui.keys("O").frame().contains("EVENT ▴"));
    assert_eq!(column(&tui, 43, 10), reversed);
    assert_eq!(tui.selected(), selected);
    assert_eq!(stamps(tui.keys("o")), newest);
    let mut oldest = newest;
    oldest.reverse();
    assert_eq!(stamps(tui.keys("O")), oldest);
    assert!(tui.frame().contains("TAKEN ▴"));
    assert_eq!(tui.selected(), selected);
}

#[test]
fn a_filter_shows_the_snapshots_that_match_all_its_words() {
    let sandbox = Sandbox::demo();
    let cases: [(&str, usize); 18] = [
        ("rewind", 7),
        ("periodic", 6),
        ("Periodic", 0),
        ("rewind <4d", 2),
        (">4d", 5),
        ("<30m", 2),
        ("#1,479", 1),
        // The snapshot that ends with the event, or the first that holds it.
        ("1149", 1),
        ("1,100", 1),
        ("99999", 0),
        ("#1400..1450", 2),
        ("#..400", 3),
        ("#1400.. periodic", 3),
        ("2021-03-10", 1),
        ("20210310", 1),
        ("03-1 rewind", 3),
        ("damaged", 0),
        ("safety", 0),
    ];
    for (filter, count) in cases {
        let mut tui = sandbox.tui(160, 35);
        let typed = tui.keys("/").keys(&filter.replace('<', "<lt>")).frame();
        assert!(
            typed.contains(&format!("Snapshots  all {count} of 13")),
            "{filter}: {typed}"
        );
        assert_eq!(stamps(&tui).len(), count, "{filter}");
        let kept = tui.keys("<enter>").frame();
        assert!(kept.contains(&format!("/ {filter}")), "{kept}");
        assert_eq!(stamps(&tui).len(), count, "{filter}");
        assert_eq!(stamps(tui.keys("<esc>")).len(), 13);
        assert!(!tui.is_over());
    }
    let mut tui = sandbox.tui(160, 35);
    assert_eq!(
        stamps(tui.keys("fq<esc>")).len(),
        13,
        "escape clears the filter"
    );
    assert_eq!(stamps(tui.keys("<space>/marked<enter>")).len(), 1);
}

#[test]
fn a_filter_shows_its_syntax_and_its_errors_while_it_is_typed() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("filter_{columns}x{rows}");
        assert_snapshot!(name, sandbox.tui(columns, rows).keys("/rewind >3h").frame());
    }
    let mut tui = sandbox.tui(120, 35);
    let cases = [
        (
            "<soon",
            "<soon: invalid duration \"soon\": try 30m, 12h or 14d",
        ),
        (
            "#x",
            "#x: events are written #1448, #1400..1500, #1400.. or #..1500",
        ),
    ];
    for (typed, message) in cases {
        let frame = tui.keys("/").keys(&typed.replace('<', "<lt>")).frame();
        let list: Vec<String> = frame
            .lines()
            .map(|row| row.chars().take(64).collect())
            .collect();
        let start: String = message.chars().take(55).collect();
        assert!(list.iter().any(|row| row.contains(&start)), "{frame}");
        assert!(frame.contains("all 13 of 13"), "{frame}");
        tui.keys("<esc>");
    }
    assert!(
        tui.keys("/nothing")
            .frame()
            .contains("No snapshot fits the filter.")
    );
    assert_eq!(tui.keys("<enter>xr").dialog(), None);
}

#[test]
fn a_filter_by_age_follows_the_clock() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(160, 35);
    tui.keys("/<lt>42m<enter>");
    assert_eq!(stamps(&tui).len(), 3);
    let wait = tui.wakes_in().unwrap();
    tui.later(chrono::TimeDelta::from_std(wait).unwrap());
    assert_eq!(stamps(&tui).len(), 2);
}

#[test]
fn a_range_of_rows_can_be_marked() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 35);
    assert!(tui.keys("jvjj").frame().contains("● 3 in range"));
    assert_eq!(
        tui.frame().matches("│ ●").count() + tui.frame().matches("▌●").count(),
        3
    );
    assert!(tui.keys("kkk").frame().contains("● 2 in range"));
    assert!(tui.keys("v").frame().contains("● 2 marked"));
    assert!(tui.keys("jjjjvj<space>").frame().contains("● 4 marked"));
    assert!(
        tui.keys("x")
            .dialog()
            .unwrap()
            .contains("4 snapshots to delete")
    );
    assert!(!tui.keys("<esc><esc>").frame().contains('●'));
    let dialog = tui.keys("gvjx").dialog().unwrap();
    assert!(
        dialog.contains("2 snapshots to delete"),
        "an open range counts"
    );
    assert!(!tui.keys("<esc><esc>").frame().contains('●'));
}

#[test]
fn all_shown_snapshots_can_be_marked_and_unmarked() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 35);
    assert!(tui.keys("a").frame().contains("● 13 marked"));
    assert!(!tui.keys("<c-a>").frame().contains('●'));
    tui.keys("/rewind<enter>a<esc><esc>/>4d<enter>");
    assert!(tui.keys("a").frame().contains("● 5 marked"));
    assert!(
        tui.keys("<esc>").frame().contains("all 5 of 13"),
        "the filter stays"
    );
}

#[test]
fn a_click_selects_a_double_click_opens_and_the_wheel_moves() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 29);
    let fourth = tui.keys("jjj").selected();
    tui.keys("g").send(mouse(PRESS, 20, 7));
    assert_eq!(tui.selected(), fourth);
    tui.send(mouse(PRESS, 20, 25));
    assert_eq!(
        tui.selected(),
        fourth,
        "a click below the rows does nothing"
    );
    tui.send(mouse(MouseEventKind::ScrollDown, 20, 7));
    assert_eq!(tui.selected(), tui.keys("gjjjjjj").selected());
    tui.send(mouse(MouseEventKind::ScrollUp, 20, 7));
    assert_eq!(tui.selected(), fourth);
    tui.later(chrono::TimeDelta::seconds(1));
    tui.send(mouse(PRESS, 20, 7));
    tui.later(chrono::TimeDelta::seconds(1))
        .send(mouse(PRESS, 20, 7));
    assert_eq!(
        tui.selected(),
        fourth,
        "two slow clicks are not a double click"
    );
    tui.send(mouse(PRESS, 20, 7));
    assert!(tui.frame().contains("live"), "{}", tui.frame());
    assert!(tui.footer().contains("restore table"));
    tui.send(mouse(MouseEventKind::ScrollDown, 20, 7));
    assert_eq!(tui.keys("<esc>").selected(), fourth);
}

#[test]
fn a_click_on_a_heading_sorts_and_another_reverses_the_order() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 29);
    tui.send(mouse(PRESS, 56, 3));
    assert!(tui.frame().contains("EVENT ▾"));
    tui.send(mouse(PRESS, 56, 3));
    assert!(tui.frame().contains("EVENT ▴"));
    tui.send(mouse(PRESS, 6, 3));
    assert!(tui.frame().contains("KIND ▾"));
    tui.keys("/rewind<enter>").send(mouse(PRESS, 16, 4));
    assert!(!tui.frame().contains('▾'));
}

#[test]
fn the_edge_between_list_and_preview_can_be_dragged() {
    let sandbox = Sandbox::demo();
    let edge = |tui: &Tui| tui.frame().lines().nth(2).unwrap().find("╮╭");
    let mut tui = sandbox.tui(150, 29);
    let before = edge(&tui).unwrap();
    tui.send(mouse(PRESS, 97, 10)).send(mouse(DRAG, 110, 12));
    tui.send(mouse(RELEASE, 110, 12)).send(mouse(DRAG, 30, 12));
    assert!(edge(&tui).unwrap() > before);
    for column in [0, 149, 5_000] {
        tui.send(mouse(PRESS, 110, 10))
            .send(mouse(DRAG, column, 10))
            .send(mouse(RELEASE, column, 10));
        assert!(edge(&tui).is_some(), "{}", tui.frame());
    }
    let mut tui = sandbox.tui(80, 24);
    let rows = |tui: &Tui| tui.frame().lines().position(|row| row.starts_with('╰'));
    assert_eq!(rows(&tui), Some(12));
    tui.send(mouse(PRESS, 5, 12))
        .send(mouse(DRAG, 5, 16))
        .send(mouse(RELEASE, 5, 16));
    assert_eq!(rows(&tui), Some(15));
    for (columns, rows) in [(0, 0), (1, 1), (200, 3), (30, 200)] {
        tui.resize(columns, rows);
    }
}

#[test]
fn a_key_or_a_setting_leaves_the_mouse_to_the_terminal() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 35);
    tui.effects();
    tui.keys("M");
    assert_eq!(tui.effects(), ["mouse terminals"]);
    tui.keys("M");
    assert_eq!(tui.effects(), ["mouse ours"]);
    let mut tui = sandbox.tui_set("[ui]\nmouse = false", 120, 35);
    tui.effects();
    tui.keys("M");
    assert_eq!(tui.effects(), ["mouse ours"]);
    let text = "to select text, or to Unrewind again; Shift and dragging selects";
    let help = tui.resize(200, 200).keys("?").dialog().unwrap();
    let help: Vec<&str> = help.split_whitespace().collect();
    let help = help.join(" ");
    assert!(help.contains(text), "{help}");
}

#[test]
fn the_wheel_scrolls_a_long_dialog() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(60, 15);
    let top = tui.keys("?").dialog();
    assert_ne!(
        tui.send(mouse(MouseEventKind::ScrollDown, 1, 1)).dialog(),
        top
    );
    assert_eq!(
        tui.send(mouse(MouseEventKind::ScrollUp, 1, 1)).dialog(),
        top
    );
    tui.send(mouse(PRESS, 20, 7));
    assert_eq!(tui.dialog(), top, "a click behind the dialog does nothing");
}

#[test]
fn the_filter_finds_safety_snapshots() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.event("one more");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    let mut tui = sandbox.tui(120, 35);
    assert!(tui.keys("/safety").frame().contains("all 1 of 3"));
}
