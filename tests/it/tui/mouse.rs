//! Clicks on the keys of the footer and on the buttons of dialogs.

use std::time::Duration;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use unrewind::tui::Message;

use crate::{sandbox::Sandbox, screen::Tui};

/// Clicks on the last place on the screen with this text, so many milliseconds after the start.
fn click(tui: &mut Tui, text: &str, millis: u64) {
    let frame = tui.frame();
    let place = |(row, line): (usize, &str)| Some((row, line[..line.rfind(text)?].chars().count()));
    let found = frame.lines().enumerate().filter_map(place).last();
    let (row, column) = found.unwrap_or_else(|| panic!("{text} is not in\n{frame}"));
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
