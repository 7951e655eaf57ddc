//! The key table: what it binds works, is shown and is explained.

use std::fmt::Debug;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use insta::assert_snapshot;
use snapback::tui::{BINDINGS, Msg, bindings, label};

use crate::sandbox::Sandbox;

fn named(what: impl Debug) -> String {
    format!("{what:?}")
}

#[test]
fn the_help_explains_every_binding() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 80);
    let help = tui.keys("?").dialog().unwrap();
    assert_snapshot!(help);
    for binding in BINDINGS {
        let keys: Vec<&str> = binding.keys.iter().map(|key| label(key)).collect();
        let keys = format!("{} ", keys.join(", "));
        let explained = help.lines().any(|line| {
            let explanation = line.strip_prefix(&keys);
            explanation.is_some_and(|explanation| !explanation.trim().is_empty())
        });
        assert!(explained, "{keys}in {:?}", binding.context);
    }
}

#[test]
fn there_is_a_way_out_of_every_place() {
    for context in BINDINGS.iter().map(|binding| binding.context) {
        let ways_out = |key: &str| {
            let mut leading_out = bindings(context).filter(|binding| binding.keys.contains(&key));
            let out = ["Back", "Quit", "No", "Cancel"];
            leading_out.any(|binding| out.contains(&named(binding.action).as_str()))
        };
        assert!(ways_out("esc"), "{context:?}");
        // Where a line is typed it is a letter.
        assert_eq!(ways_out("q"), named(context) != "Input", "{context:?}");
        assert!(ways_out("ctrl-c"), "{context:?}");
    }
}

#[test]
fn every_key_of_the_list_does_something() {
    for binding in BINDINGS
        .iter()
        .filter(|binding| named(binding.context) == "Snapshots")
    {
        for key in binding.keys {
            let sandbox = Sandbox::demo();
            let mut tui = sandbox.tui(120, 20);
            tui.keys("jjjj").effects();
            let before = tui.buffer();
            tui.keys(&pressed(key));
            let did = tui.is_over() || tui.buffer() != before || !tui.effects().is_empty();
            assert!(did, "{key}");
        }
    }
}

/// How the tests write a key of the table.
fn pressed(key: &str) -> String {
    match key.strip_prefix("ctrl-") {
        Some(letter) => format!("<c-{letter}>"),
        None if key == "delete" => "<del>".to_owned(),
        None if key.len() == 1 => key.to_owned(),
        None => format!("<{key}>"),
    }
}

#[test]
fn the_footer_shows_the_keys_that_work() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(160, 40);
    let mut footers = vec![tui.footer()];
    for keys in ["t", "<esc>r", "<esc>x", "<esc>?", "<esc>py<enter>p"] {
        footers.push(tui.keys(keys).footer());
    }
    tui.keys("<esc>").hold(snapback::tui::Purpose::Plan);
    footers.push(tui.keys("r").footer());
    assert_snapshot!(footers.join("\n"));
}

#[test]
fn q_and_escape_quit_from_the_list_but_forget_marks_first() {
    for key in ["q", "<esc>"] {
        let sandbox = Sandbox::demo();
        let mut tui = sandbox.tui(80, 24);
        tui.keys("<space>").keys(key);
        assert!(!tui.is_over(), "{key}");
        assert!(!tui.frame().contains('●'), "{key}");
        assert!(tui.keys(key).is_over(), "{key}");
    }
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    assert!(tui.keys("<space><c-c>").is_over(), "at once");
}

#[test]
fn what_is_not_bound_does_nothing() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.effects();
    let frame = tui.frame();
    assert_eq!(
        tui.keys("<enter>yneszWPé中<left><right><c-t>").frame(),
        frame
    );
    let event = |code, modifiers, kind| Msg::Key(KeyEvent::new_with_kind(code, modifiers, kind));
    let released = event(
        KeyCode::Char('t'),
        KeyModifiers::NONE,
        KeyEventKind::Release,
    );
    assert_eq!(tui.hear(released).frame(), frame);
    let media = event(KeyCode::Insert, KeyModifiers::NONE, KeyEventKind::Press);
    assert_eq!(tui.hear(media).frame(), frame);
    assert_eq!(tui.effects(), Vec::<String>::new());
    let held_down = event(KeyCode::Down, KeyModifiers::NONE, KeyEventKind::Repeat);
    assert_ne!(tui.hear(held_down).frame(), frame);
}
