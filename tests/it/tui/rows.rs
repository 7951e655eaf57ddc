//! The rows of a table: choosing it, moving in it, finding, and what is shown of each value.

mod values;

use std::fs;

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::{
    core::{Kind, Stage, Value},
    tui::{Brief, Message, Reply, RowsRead, Slot},
};

use crate::{
    sandbox::{Sandbox, age, at},
    screen::Tui,
};

/// Five thousand bots in live and in a snapshot, every thousandth with a lamp.
fn many() -> Sandbox {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT);
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
         INSERT INTO bots SELECT n * 2, 'bot ' || n || iif(n % 1000 = 700, ' has a Lamp', '') FROM numbers",
    );
    sandbox.take(Kind::Rewind, at(1));
    sandbox
}

/// Opens the bots of the snapshot, or with `v` those of live.
fn open_bots(sandbox: &Sandbox, open: &str) -> Tui {
    let mut tui = sandbox.tui(100, 30);
    tui.keys("<enter>j").keys(open);
    tui
}

/// The visible rows, each with its bar, number and cells, separated by single blanks.
fn rows(tui: &Tui) -> Vec<String> {
    let frame = tui.frame();
    let within = frame.lines().skip_while(|line| !line.starts_with('╭'));
    let within = within.take_while(|line| !line.starts_with('╰')).skip(2);
    let words = |line: &str| {
        let line = line.strip_prefix('│').unwrap();
        let line = &line[..line.find('│').unwrap()];
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    within.map(words).filter(|line| !line.is_empty()).collect()
}

#[track_caller]
fn selected(tui: &Tui) -> String {
    let row = rows(tui).into_iter().find(|row| row.starts_with('▌'));
    row.expect("a row is selected")[3..].trim().to_owned()
}

fn bottom_line(tui: &Tui) -> String {
    let frame = tui.frame();
    let bottom_line = frame.lines().find(|line| line.starts_with('╰')).unwrap();
    let bottom_line = bottom_line[..bottom_line.find('╯').unwrap()].trim_matches(['╰', '─', ' ']);
    bottom_line.to_owned()
}

#[test]
fn the_rows_fit_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("rows_{columns}x{rows}");
        let mut tui = sandbox.tui(columns, rows);
        assert_snapshot!(name, tui.keys("<enter>jjjj<enter>jjlll").frame());
    }
    for (columns, rows) in [(0, 0), (1, 1), (3, 2), (20, 5), (30, 8)] {
        let mut tui = sandbox.tui(columns, rows);
        tui.keys("<enter>jjjj<enter>jlll/lamp<enter>n<enter>jjG<esc>flamp<enter>#7<enter>c$0<esc>")
            .buffer();
    }
}

#[test]
fn a_table_can_be_opened_from_the_preview() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 20);
    let list = tui.keys("g").buffer();
    tui.keys("<enter>");
    assert!(
        tui.footer()
            .starts_with(" Enter rows  r restore  R recover"),
        "{}",
        tui.footer()
    );
    for (keys, title) in [
        (
            "<enter>",
            "╭ event_log  in periodic 2021-03-15 11:48:08  1 of 1,477 rows ─",
        ),
        (
            "<esc>jjjj<enter>",
            "╭ memories  in periodic 2021-03-15 11:48:08  1 of 76 rows ─",
        ),
        ("<esc>v", "╭ memories  in live  1 of 76 rows ─"),
        ("<esc>Gkv", "╭ activity  in live  1 of 4 rows ─"),
    ] {
        let frame = tui.keys(keys).frame();
        assert!(frame.contains(title), "{frame}");
    }
    tui.keys("<esc>");
    assert_ne!(tui.buffer(), list, "the table is still chosen");
    tui.keys("<left>");
    assert_eq!(tui.buffer(), list);
}

#[test]
fn the_selected_table_is_visible_in_a_small_preview() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(60, 15);
    assert!(!tui.keys("<enter>").frame().contains("classifier_failures"));
    assert!(tui.keys("G").frame().contains("classifier_failures"));
    assert!(
        tui.keys("<enter>")
            .frame()
            .contains("╭ classifier_failures  in")
    );
}

#[test]
fn any_row_is_reached_at_once() {
    let sandbox = many();
    for open in ["<enter>", "v"] {
        let mut tui = open_bots(&sandbox, open);
        for (keys, row) in [
            ("", "1 2 bot 1"),
            ("G", "5000 10000 bot 5000"),
            ("<pgup>k", "4985 9970 bot 4985"),
            ("#2,500<enter>", "2500 5000 bot 2500"),
            ("jj", "2502 5004 bot 2502"),
            ("g", "1 2 bot 1"),
            ("#99999<enter>", "5000 10000 bot 5000"),
            ("#0<enter>", "1 2 bot 1"),
        ] {
            assert_eq!(selected(tui.keys(keys)), row, "{open} {keys}");
            assert!(!tui.frame().contains('…'), "{}", tui.frame());
        }
    }
}

#[test]
fn scrolling_reads_few_parts_and_keeps_the_columns() {
    let sandbox = many();
    let mut tui = open_bots(&sandbox, "<enter>");
    let heading = |tui: &Tui| tui.frame().lines().nth(3).unwrap().to_owned();
    let (before, mut reads) = (heading(&tui), 0);
    tui.effects();
    for row in 2..=400 {
        assert_eq!(
            selected(tui.keys("j")),
            format!("{row} {} bot {row}", row * 2)
        );
        assert_eq!(heading(&tui), before);
        reads += tui.effects().len();
        assert!(
            !rows(&tui).iter().any(|row| row.contains('…')),
            "{}",
            tui.frame()
        );
    }
    assert!((1..20).contains(&reads), "{reads} reads");
    tui.keys("G#3000<enter>");
    assert_eq!(heading(&tui), before);
}

#[test]
fn the_first_rows_are_shown_while_the_others_are_indexed() {
    let sandbox = many();
    let mut tui = sandbox.tui(100, 30);
    tui.hold(Slot::Screen(0)).keys("<enter>j<enter>");
    tui.progress(Stage::Reading, 1, 4);
    assert!(
        bottom_line(&tui).starts_with("finding the rows "),
        "{}",
        bottom_line(&tui)
    );
    assert!(
        bottom_line(&tui).ends_with(" 25 %"),
        "{}",
        bottom_line(&tui)
    );
    let line = |number: u64| vec![Brief::of(Value::Text(format!("the first of {number}")))];
    let first = RowsRead::First(vec!["id".to_owned()], (0..200).map(line).collect());
    tui.reply(Reply::Rows(Ok(first))).keys("jjjj");
    assert_eq!(selected(&tui), "5 the first of 4");
    assert_eq!(selected(tui.keys("G")), "200 the first of 199");
    assert!(
        bottom_line(&tui).starts_with("finding the rows "),
        "{}",
        bottom_line(&tui)
    );
    tui.keys("g4j").release();
    assert_eq!(selected(&tui), "2 4 bot 2");
    assert_eq!(bottom_line(&tui), "");
}

#[test]
fn leaving_cancels_reading_rows() {
    let sandbox = many();
    let mut tui = sandbox.tui(100, 30);
    tui.hold(Slot::Screen(0)).keys("<enter>j<enter>").effects();
    tui.keys("<esc>");
    assert_eq!(tui.effects(), ["cancel screen(0)"]);
    tui.release();
    assert!(tui.frame().contains("Snapshots  all"), "{}", tui.frame());
}

#[test]
fn a_text_is_found_in_both_directions_and_around_the_ends() {
    let sandbox = many();
    for open in ["<enter>", "v"] {
        let mut tui = open_bots(&sandbox, open);
        for (keys, row) in [
            ("/lamp<enter>", 700),
            ("n", 1700),
            ("nnn", 4700),
            ("n", 700),
            ("N", 4700),
            ("N", 3700),
            ("/ 3700 has<enter>", 3700),
        ] {
            let expected = format!("{row} {} bot {row} has a Lamp", row * 2);
            assert_eq!(selected(tui.keys(keys)), expected, "{open} {keys}");
        }
        assert!(tui.frame().contains("╮╭ name") || tui.frame().contains("╭ name  text"));
        tui.keys("/lantern<enter>");
        assert_eq!(bottom_line(&tui), "! no row has “lantern”");
        assert_eq!(selected(&tui), "3700 7400 bot 3700 has a Lamp");
    }
}

#[test]
fn a_filter_shows_only_rows_with_its_text_until_it_is_cleared() {
    let sandbox = many();
    for open in ["<enter>", "v"] {
        let mut tui = open_bots(&sandbox, open);
        tui.keys("#1500<enter>flamp<enter>");
        assert!(
            tui.frame().contains("  2 of 5 rows with “lamp” ─"),
            "{}",
            tui.frame()
        );
        let numbers: Vec<String> = [700, 1700, 2700, 3700, 4700]
            .map(|n: i32| n.to_string())
            .into();
        let shown: Vec<String> = rows(&tui)
            .iter()
            .map(|row| {
                row.trim_start_matches('▌')
                    .trim()
                    .split(' ')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(shown, numbers);
        assert_eq!(selected(&tui), "1700 3400 bot 1700 has a Lamp");
        assert_eq!(
            selected(tui.keys("/2700<enter>")),
            "2700 5400 bot 2700 has a Lamp"
        );
        assert_eq!(
            bottom_line(tui.keys("/bot 5<enter>")),
            "! none of these rows has “bot 5”"
        );
        tui.keys("<esc>");
        assert_eq!(selected(&tui), "2700 5400 bot 2700 has a Lamp");
        assert!(
            tui.frame().contains("  2,700 of 5,000 rows ─"),
            "{}",
            tui.frame()
        );
        assert_eq!(
            bottom_line(tui.keys("flantern<enter>")),
            "! no row has “lantern”"
        );
        assert_eq!(rows(&tui).len(), 15);
    }
}

#[test]
fn searching_the_rows_can_be_cancelled() {
    let sandbox = many();
    let mut tui = open_bots(&sandbox, "<enter>");
    for keys in ["/nothing<enter>", "fnothing<enter>"] {
        tui.hold(Slot::Screen(0)).keys(keys);
        tui.progress(Stage::Finding, 3, 4);
        assert!(
            bottom_line(&tui).starts_with("searching the rows"),
            "{}",
            bottom_line(&tui)
        );
        assert!(
            bottom_line(&tui).ends_with(" 75 %"),
            "{}",
            bottom_line(&tui)
        );
        tui.effects();
        tui.release_pressing("<esc>");
        assert_eq!(tui.effects(), ["cancel screen(0)"]);
        assert_eq!(bottom_line(&tui), "cancelled");
        assert_eq!(selected(&tui), "1 2 bot 1");
    }
}

#[test]
fn a_key_switches_to_the_same_table_of_the_other_side() {
    let sandbox = many();
    sandbox.sql("DELETE FROM bots WHERE id <= 20");
    let mut tui = open_bots(&sandbox, "<enter>");
    tui.keys("jj");
    assert_eq!(selected(&tui), "3 6 bot 3");
    assert_eq!(selected(tui.keys("v")), "3 26 bot 13");
    assert!(
        tui.frame().contains("bots  in live  3 of 4,990 rows"),
        "{}",
        tui.frame()
    );
    assert_eq!(selected(tui.keys("v")), "3 6 bot 3");
}

#[test]
fn a_replaced_snapshot_is_an_error_until_it_is_read_again() {
    let sandbox = many();
    let mut tui = open_bots(&sandbox, "<enter>");
    let snapshot = sandbox.list().remove(0);
    let other = r#"{"event_log": [], "bots": [{"id": 1, "name": "another"}]}"#;
    std::fs::write(&snapshot.path, other).unwrap();
    age(&snapshot.path, at(2));
    tui.keys("G");
    assert!(tui.frame().contains(" changed while "), "{}", tui.frame());
    assert!(
        tui.keys("<f5>").frame().contains("is damaged: "),
        "{}",
        tui.frame()
    );
    std::fs::remove_file(snapshot.path.with_extension("note")).unwrap();
    assert_eq!(selected(tui.keys("<f5>")), "1 1 another");
    std::fs::remove_file(&snapshot.path).unwrap();
    assert!(
        tui.keys("<f5>").frame().contains("there is no file"),
        "{}",
        tui.frame()
    );
}

#[test]
fn an_error_closes_when_its_cause_is_gone() {
    let sandbox = Sandbox::demo();
    let snapshot = sandbox.list().remove(0);
    let aside = sandbox.path().join("aside");
    for open in ["<enter>j<enter>", "e", "d", "d<enter>"] {
        let mut tui = sandbox.tui(100, 30);
        fs::rename(&snapshot.path, &aside).unwrap();
        tui.keys(open);
        let error = "there is no file";
        assert!(tui.frame().contains(error), "{open}: {}", tui.frame());
        fs::rename(&aside, &snapshot.path).unwrap();
        tui.send(Message::Changed).later(TimeDelta::seconds(1));
        assert!(!tui.frame().contains(error), "{open}: {}", tui.frame());
    }
}

#[test]
fn the_screen_reports_that_live_has_changed_and_reads_it_again() {
    let sandbox = many();
    let mut tui = open_bots(&sandbox, "v");
    sandbox.sql("INSERT INTO bots VALUES (1, 'first'), (99999, 'last')");
    tui.send(Message::Changed).later(TimeDelta::seconds(1));
    assert_eq!(bottom_line(&tui), "! live has changed: F5 reads it again");
    tui.keys("<f5>");
    assert_eq!(bottom_line(&tui), "");
    assert_eq!(selected(&tui), "1 1 first");
    assert_eq!(selected(tui.keys("G")), "5002 99999 last");
}

#[test]
fn rows_deleted_from_live_meanwhile_are_counted_again() {
    let sandbox = many();
    let mut tui = open_bots(&sandbox, "v");
    sandbox.sql("DELETE FROM bots WHERE id > 2000");
    assert_eq!(selected(tui.keys("G")), "1000 2000 bot 1000");
    sandbox.sql("DELETE FROM bots");
    assert!(
        tui.keys("g").frame().contains(" no rows"),
        "{}",
        tui.frame()
    );
}
