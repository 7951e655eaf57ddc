//! Screens over the list: where going back leads, and typed or pasted text.

use unrewind::tui::Message;

use crate::sandbox::Sandbox;

#[test]
fn going_back_returns_to_the_same_place() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let list = tui.keys("jjj").frame();
    let difference = tui.keys("dj").frame();
    assert_ne!(difference, list);
    assert_eq!(tui.keys("?").keys("<esc>").frame(), difference);
    assert_eq!(tui.keys("q").frame(), list);
    assert!(
        tui.keys("d<c-c>").is_over(),
        "control-c quits from every screen"
    );
}

#[test]
fn a_screen_follows_the_size_of_the_terminal() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.keys("jdG");
    for (columns, rows) in [(0, 0), (5, 3), (60, 15)] {
        tui.resize(columns, rows).buffer();
    }
    let frame = tui.resize(120, 35).frame();
    assert_eq!(frame, sandbox.tui(120, 35).keys("jdG").frame());
}

#[test]
fn letters_are_text_while_a_line_is_typed() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let frame = tui.keys("d/qrd?").frame();
    assert!(frame.contains("table: qrd?"), "{frame}");
    let frame = tui.send(Message::Paste("x\ny".to_owned())).frame();
    assert!(frame.contains("table: qrd?x y"), "{frame}");
    assert!(!tui.keys("<esc>").frame().contains("table:"));
}

#[test]
fn a_paste_outside_a_line_does_nothing() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.effects();
    let frame = tui.frame();
    assert_eq!(tui.send(Message::Paste("yR\n".to_owned())).frame(), frame);
    assert_eq!(tui.effects(), Vec::<String>::new());
}
