//! Clicks on the keys of the footer and on the buttons of dialogs.

use std::time::Duration;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use unrewind::{core::Kind, tui::Message};

use crate::{
    merge::conflicts,
    moment::two_histories,
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// Clicks on the last place on the screen with this text, so many milliseconds after the start.
fn click(tui: &mut Tui, text: &str, millis: u64) {
    let place = place_of(tui, text);
    click_at(tui, place, millis);
}

/// Returns the row and the column of the last place on the screen with this text.
fn place_of(tui: &Tui, text: &str) -> (usize, usize) {
    let frame = tui.frame();
    let place = |(row, line): (usize, &str)| Some((row, line[..line.rfind(text)?].chars().count()));
    let found = frame.lines().enumerate().filter_map(place).last();
    found.unwrap_or_else(|| panic!("{text} is not in\n{frame}"))
}

fn click_at(tui: &mut Tui, (row, column): (usize, usize), millis: u64) {
    let event = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: u16::try_from(column).unwrap() + 1,
        row: u16::try_from(row).unwrap(),
        modifiers: KeyModifiers::NONE,
    };
    let used = Duration::from_millis(millis);
    tui.send(Message::Mouse { event, used });
}

#[test]
fn a_click_on_a_key_of_the_footer_does_what_it_says() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    click(&mut tui, " s search ", 0);
    assert!(tui.frame().contains("╭ Search"), "{}", tui.frame());
    tui.keys("<esc>");
    // At the right end.
    click(&mut tui, " ? help ", 0);
    assert!(tui.dialog().unwrap().starts_with("Keys"), "{}", tui.frame());
    click(&mut tui, " Close ", 0);
    assert_eq!(tui.dialog(), None);
    let frame = tui.frame();
    click(&mut tui, "                        ", 0);
    assert_eq!(tui.frame(), frame, "a blank does nothing");
}

#[test]
fn a_click_answers_a_question_that_was_on_the_screen_long_enough() {
    let sandbox = Sandbox::demo();
    let dump = sandbox.dump();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("r");
    click(&mut tui, " No, go back ", 0);
    assert_eq!(tui.dialog(), None);

    tui.keys("r").drawn_at(5000);
    click(&mut tui, " Restore ", 5200);
    assert!(tui.dialog().unwrap().starts_with("Restore "), "too early");
    assert_eq!(sandbox.dump(), dump);
    click(&mut tui, " Restore ", 5700);
    assert!(tui.dialog().unwrap().starts_with("✓ Restored"));
    click(&mut tui, " Close ", 6000);
    assert_eq!(tui.dialog(), None);
}

#[test]
fn a_click_selects_a_row_of_a_screen_and_a_second_one_opens_it() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("d");
    click(&mut tui, " memories ", 0);
    assert!(tui.selected().contains("memories"), "{}", tui.frame());
    click(&mut tui, " memories ", 9000);
    assert!(tui.frame().contains("╭ memories"), "{}", tui.frame());
    // A row that differs, its history, and back.
    let row = |tui: &Tui| tui.frame().lines().nth(5).unwrap()[3..20].to_owned();
    let wanted = row(&tui);
    click(&mut tui, &wanted, 0);
    assert!(tui.selected().contains(wanted.trim()), "{}", tui.frame());
    tui.keys("<esc><esc>e");
    click(&mut tui, " 1,481 ", 0);
    assert!(tui.selected().contains("1,481"), "{}", tui.frame());
}

#[test]
fn a_click_gives_the_other_answer_to_a_rewind_and_chooses_a_command() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("R");
    let kept = "● bring back 72, keep 7";
    assert!(tui.dialog().unwrap().contains(kept));
    click(&mut tui, "bring back 72", 0);
    assert!(
        tui.dialog().unwrap().contains(kept),
        "it is planned already"
    );
    click(&mut tui, "everything as it was", 0);
    let plan = tui.dialog().unwrap();
    assert!(plan.contains("● everything as it was"), "{plan}");
    // The lines of the palette.
    tui.keys("n:");
    click(&mut tui, "search         find a text", 0);
    click(&mut tui, "search         find a text", 9000);
    assert!(tui.frame().contains("╭ Search"), "{}", tui.frame());
    // The kinds of snapshots.
    tui.keys("<esc>t");
    click(&mut tui, "the application starts from it", 0);
    let kinds = tui.dialog().unwrap();
    assert!(kinds.contains("▌ periodic"), "{kinds}");
}

/// A memory that was edited between two snapshots, then lost with another one.
fn lost_memories() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("UPDATE memories SET text = 'The lamp glows.'");
    sandbox.memory("The lamp is out.");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM memories");
    sandbox
}

#[test]
fn a_click_selects_in_every_list_and_a_second_one_does_what_enter_does() {
    /// Its name, what makes the data, the keys that open it, and a text on a row of it.
    type List = (&'static str, fn() -> Sandbox, &'static str, &'static str);
    let lists: [List; 6] = [
        ("the hits", lost_memories, "slamp<enter>g", "memories 4 "),
        (
            "a table",
            lost_memories,
            "<enter>jjjj<enter>g",
            "lamp is out",
        ),
        (
            "the versions",
            lost_memories,
            "<enter>jjjj<enter>gHg",
            "gone",
        ),
        (
            "the marked rows",
            lost_memories,
            "slamp<enter>gVGVS",
            "“The lamp is out",
        ),
        ("the moments", two_histories, "@6<enter>", "00: event 6"),
        ("the conflicts", || conflicts::edited().0, "grbc", "views"),
    ];
    for (list, sandbox, keys, text) in lists {
        let sandbox = sandbox();
        let mut tui = sandbox.tui(100, 30);
        tui.keys(keys);
        let shown = |tui: &Tui| tui.dialog().unwrap_or_else(|| tui.frame());
        let selected = |tui: &Tui| {
            let shown = shown(tui);
            let mut lines = shown.lines().skip_while(|line| !line.contains('▌'));
            // A moment has two lines.
            [lines.next(), lines.next()].map(|line| line.unwrap_or_default().to_owned())
        };
        let before = selected(&tui);
        let place = place_of(&tui, text);
        click_at(&mut tui, place, 0);
        let after = selected(&tui);
        assert_ne!(before, after, "{list}: {}", tui.frame());
        assert!(after.concat().contains(text), "{list}: {}", tui.frame());
        let mut other = sandbox.tui(100, 30);
        other.keys(keys);
        for _ in 0..10 {
            if selected(&other) != after {
                other.keys("j");
            }
        }
        assert_eq!(shown(&tui), shown(&other), "{list}");
        click_at(&mut tui, place, 9000);
        // A second click opens, and never closes.
        let opens = if list == "the marked rows" {
            ""
        } else {
            "<enter>"
        };
        assert_eq!(shown(&tui), shown(other.keys(opens)), "{list}");
    }
}
