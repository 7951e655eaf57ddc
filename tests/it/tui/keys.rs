//! The key table: every binding works, is shown and is explained.

use std::time::Duration;

use std::fmt::Debug;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use insta::assert_snapshot;
use unrewind::{
    config::{Config, ConfigFiles},
    tui::{Context, Keymap, Message, Setup, Terminal},
};

use crate::sandbox::Sandbox;

fn named(what: impl Debug) -> String {
    format!("{what:?}")
}

#[test]
fn the_help_explains_every_binding() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 280);
    let help = tui.keys("?").dialog().unwrap();
    assert_snapshot!(help);
    for line in Keymap::default().lines() {
        let keys = format!("{} ", line.names.join(", "));
        let explained = help.lines().any(|line| {
            let explanation = line.strip_prefix(&keys);
            explanation.is_some_and(|explanation| !explanation.trim().is_empty())
        });
        assert!(explained, "{keys}in {:?}", line.context);
    }
}

#[test]
fn every_context_has_keys_that_lead_out() {
    let map = Keymap::default();
    for context in map.lines().map(|line| line.context) {
        let is_place = !matches!(
            context,
            Context::Always | Context::Everywhere | Context::Dialog | Context::Sheet
        );
        if !is_place {
            continue;
        }
        // In the list, an escape too many would end the program.
        let is_list = context == Context::Snapshots;
        let ways_out = |key: &str| {
            let key = key.parse().unwrap();
            let mut leading_out = map.here(context).filter(|line| line.keys.contains(&key));
            let out = ["Back", "Quit", "No", "Cancel"];
            leading_out.any(|line| out.contains(&named(line.action).as_str()))
        };
        assert_eq!(ways_out("esc"), !is_list, "{context:?}");
        // Where a line is typed, q is a letter.
        let is_typed = matches!(
            context,
            Context::Input | Context::Palette | Context::SearchLine
        );
        assert_eq!(ways_out("q"), !is_typed, "{context:?}");
        assert!(ways_out("ctrl-c"), "{context:?}");
    }
}

#[test]
fn every_key_of_the_list_does_something() {
    for line in Keymap::default().here(Context::Snapshots) {
        for key in line.keys.iter().map(ToString::to_string) {
            let sandbox = Sandbox::demo();
            let mut tui = sandbox.tui(120, 20);
            tui.keys("jjjj");
            if named(line.action) == "Clear" {
                tui.keys("<space>");
            }
            tui.effects();
            let before = tui.buffer();
            tui.keys(&test_key(&key));
            let did = tui.is_over() || tui.buffer() != before || !tui.effects().is_empty();
            assert!(did, "{key}");
        }
    }
}

/// A key of the table in the notation of the tests.
fn test_key(key: &str) -> String {
    match key.strip_prefix("ctrl-") {
        Some(letter) => format!("<c-{letter}>"),
        None if key == "delete" => "<del>".to_owned(),
        None if key == "shift-tab" => "<s-tab>".to_owned(),
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
    tui.keys("<esc>").hold(unrewind::tui::Slot::Plan);
    footers.push(tui.keys("r").footer());
    assert_snapshot!(footers.join("\n"));
}

#[test]
fn a_footer_names_what_can_be_done_before_how_to_move() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let list = tui.footer();
    assert!(list.contains(" R recover "), "{list}");
    for keys in ["", "d", "<enter>", "<esc><esc>e", "<esc>s", "<esc><esc>r"] {
        let footer = tui.keys(keys).footer();
        assert!(!footer.contains("down"), "{footer}");
    }
    // With both ways back there is room for the third.
    let both = sandbox.tui(80, 24).keys("dry<esc><esc><f5>").footer();
    for key in [" R recover ", " u undo ", " @ time "] {
        assert!(both.contains(key), "{both}");
    }
    // Moving is named where nothing else is left to name.
    let footer = sandbox.tui(240, 24).keys("d").footer();
    assert!(footer.contains(" ↓ down  ↑ up "), "{footer}");
}

#[test]
fn the_help_has_its_groups_and_breaks_no_line_after_a_gap() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 200);
    for (keys, first) in [("?", "r "), ("<esc>d?", "Enter "), ("<esc><esc>e?", "r ")] {
        let help = tui.keys(keys).dialog().unwrap();
        let place = |line: &str| help.lines().position(|it| it.trim_end() == line);
        let moving = place("Moving").unwrap();
        assert!(moving < place("Everywhere").unwrap(), "{help}");
        assert!(help.lines().nth(1).unwrap().starts_with(first), "{help}");
        // What follows a broken line stands below its explanation.
        let broken = |line: &&str| line.starts_with("  ") && !line.starts_with("    ");
        assert_eq!(help.lines().find(broken), None, "{help}");
    }
}

#[test]
fn q_quits_from_the_list_and_escape_does_not_but_both_first_clear_marks() {
    for (key, quits) in [("q", true), ("<esc>", false)] {
        let sandbox = Sandbox::demo();
        let mut tui = sandbox.tui(80, 24);
        tui.keys("<space>").keys(key);
        assert!(!tui.is_over(), "{key}");
        assert!(!tui.frame().contains('●'), "{key}");
        assert_eq!(tui.keys(key).is_over(), quits, "{key}");
    }
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    assert!(
        tui.keys("<space><c-c>").is_over(),
        "control-c quits despite marks"
    );
}

#[test]
fn unbound_keys_do_nothing() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.effects();
    let frame = tui.frame();
    assert_eq!(tui.keys("ywWé中<left><c-t>").frame(), frame);
    let event = |code, modifiers, kind| Message::Key {
        key: KeyEvent::new_with_kind(code, modifiers, kind),
        typed: Duration::ZERO,
    };
    let released = event(
        KeyCode::Char('t'),
        KeyModifiers::NONE,
        KeyEventKind::Release,
    );
    assert_eq!(tui.send(released).frame(), frame);
    let media = event(KeyCode::Insert, KeyModifiers::NONE, KeyEventKind::Press);
    assert_eq!(tui.send(media).frame(), frame);
    assert_eq!(tui.effects(), Vec::<String>::new());
    let held_down = event(KeyCode::Down, KeyModifiers::NONE, KeyEventKind::Repeat);
    assert_ne!(tui.send(held_down).frame(), frame);
}

#[test]
fn no_key_has_two_meanings_in_one_context() {
    let map = Keymap::default();
    for context in map.lines().map(|line| line.context) {
        let lines = map.here(context);
        let mut keys: Vec<String> = lines
            .flat_map(|line| line.keys.iter().map(ToString::to_string))
            .collect();
        keys.sort_unstable();
        let twice = keys.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None, "in {context:?}");
    }
}

#[test]
fn the_configuration_rebinds_actions() {
    let sandbox = Sandbox::demo();
    let settings =
        "[keys.list]\ntake = [\"ctrl-t\", \"Ä\"]\nprune = [\"t\"]\n[keys.confirm]\nno = [\"N\"]\n";
    let mut tui = sandbox.tui_set(settings, 160, 40);
    assert!(tui.footer().contains(" Ctrl-T take "));
    assert!(tui.footer().contains(" t prune "));
    assert!(tui.keys("t").dialog().unwrap().contains("y yes  N no"));
    assert!(tui.keys("n").dialog().is_some(), "n no longer means no");
    assert_eq!(tui.keys("N").dialog(), None);
    assert_eq!(tui.keys("p").dialog(), None);
    for key in ["Ä", "<c-t>"] {
        assert!(
            tui.keys(key)
                .dialog()
                .unwrap()
                .starts_with("Take a snapshot")
        );
        tui.keys("<esc>");
    }
    assert!(tui.keys("?").dialog().unwrap().contains("Ctrl-T, Ä "));
}

#[test]
fn an_error_in_a_binding_is_reported_with_its_line() {
    let sandbox = Sandbox::without_tables();
    let file = sandbox.path().join("mine.toml");
    let cases = [
        (
            "[keys.lists]\ntake = [\"t\"]",
            "2: there is no place called lists: there are list, ",
        ),
        (
            "[keys.list]\n\ntakes = [\"t\"]",
            "3: there is no action in list called takes: there are restore, recover, ",
        ),
        (
            "[keys.list]\ntake = [\"t\",\n \"hyper-x\"]",
            "3: there is no key \"hyper-x\": write a character, f1 to f24, space, ",
        ),
        (
            "[keys.list]\ntake = [\"f99\"]",
            "2: there is no key \"f99\"",
        ),
        ("[keys.list]\ntake = []", "2: take needs a key"),
        (
            "[keys.list]\ntake = \"t\"",
            "2: invalid type: string \"t\", expected a sequence",
        ),
        (
            "[keys.list]\ntake = [\"p\"]",
            "2: p is the key of prune in list, too: give that another one under [keys.list]",
        ),
        (
            "[keys.list]\n\ntake = [\"T\"]",
            "3: T is the key of next-theme in everywhere, too",
        ),
        (
            "[keys.everywhere]\nhelp = [\"r\"]",
            "2: r is the key of restore in list, too",
        ),
        (
            "[keys.restore]\nscope = [\"ctrl-C\"]",
            "2: ctrl-c is the key of quit in always, too",
        ),
        (
            "[keys.list]\ntake = [\"a\"]\nprune = [\"a\"]",
            "2: a is the key of prune in list, too",
        ),
    ];
    for (settings, message) in cases {
        std::fs::write(&file, settings).unwrap();
        let setup = Config::load(ConfigFiles::chosen(&file)).and_then(|config| {
            let ui = config.ui;
            Setup::new(&ui, Terminal::of(|_| None))
        });
        let error = format!("{:#}", setup.map(|_| ()).unwrap_err());
        let start = format!("{}, line {message}", file.display());
        assert!(error.starts_with(&start), "{error}");
    }
}
