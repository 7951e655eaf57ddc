//! The palette, its commands for each screen, and the messages that can be read again.

use insta::assert_snapshot;
use unrewind::{
    core::{Kind, Stage},
    tui::Slot,
};

use crate::sandbox::{Sandbox, at};

#[test]
fn the_palette_fits_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("palette_{columns}x{rows}");
        assert_snapshot!(name, sandbox.tui(columns, rows).keys(":").frame());
    }
    assert_eq!(sandbox.tui(0, 0).keys(":re<enter>").frame(), "");
}

#[test]
fn the_palette_finds_commands_and_enter_runs_them() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let first = |palette: String| {
        let row = palette.lines().nth(3).unwrap().to_owned();
        row.trim_start_matches('▌')
            .split("  ")
            .next()
            .unwrap()
            .to_owned()
    };
    let cases = [
        ("pr", "prune"),
        ("rec", "recover"),
        ("UNDO", "undo"),
        ("policies", "prune"),
        ("rcvr", "recover"),
        ("compare", "diff"),
        ("difference", "diff"),
        ("copy", "take"),
        ("save", "take"),
        ("protect", "pin"),
        ("history", "events"),
        ("delete", "delete"),
        ("export", "tables"),
        ("down", "down"),
        ("page up", "page up"),
    ];
    for (typed, found) in cases {
        let palette = tui.keys(":").keys(typed).dialog().unwrap();
        assert_eq!(first(palette), found, "{typed}");
        tui.keys("<esc>");
        assert_eq!(tui.dialog(), None);
    }
    assert!(
        tui.keys(":qwertz")
            .dialog()
            .unwrap()
            .contains("no matching command")
    );
    assert!(tui.keys("<enter>").dialog().is_none(), "enter does nothing");
    assert!(
        tui.keys(":policies<enter>")
            .dialog()
            .unwrap()
            .starts_with("Prune by policy")
    );
    let selected = tui.keys("<esc>").selected();
    assert_ne!(tui.keys(":down<enter>").selected(), selected);
    assert!(tui.keys(":quit<enter>").is_over());
}

#[test]
fn the_palette_shows_the_commands_of_the_screen_with_their_keys() {
    let sandbox = Sandbox::demo();
    let settings = "[keys.diff]\nrestore = [\"Z\"]\n";
    let mut tui = sandbox.tui_set(settings, 80, 24);
    let palette = tui.keys("d:restore").dialog().unwrap();
    let row = palette.lines().nth(3).unwrap();
    assert!(
        row.contains("restore table") && row.ends_with(" Z"),
        "{row}"
    );
    assert!(!palette.contains("the selected snapshot"), "{palette}");
    tui.keys("<esc>");
    let mut up_and_down = |keys: &str| tui.keys(":").keys(keys).dialog().unwrap();
    let row = |palette: &str| {
        let rows = palette.lines().position(|row| row.starts_with('▌'));
        rows.unwrap()
    };
    assert_eq!(row(&up_and_down("<down><down><up>")), 4);
}

#[test]
fn messages_can_be_read_again_newest_first() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    assert!(
        tui.keys("L")
            .dialog()
            .unwrap()
            .contains("There are no messages yet.")
    );
    tui.keys("<esc>u<esc>t<enter><esc>?<esc>");
    tui.later(chrono::TimeDelta::minutes(2));
    sandbox.sql("BEGIN IMMEDIATE");
    tui.keys("R<esc>Ry");
    sandbox.sql("ROLLBACK");
    assert_snapshot!(tui.keys("<esc>L").dialog().unwrap());
}

#[test]
fn an_unreadable_database_is_among_the_messages_once() {
    let sandbox = Sandbox::without_tables();
    let mut tui = sandbox.tui(80, 24);
    let messages = tui.keys("<f5><f5>L").dialog().unwrap();
    assert_eq!(
        messages.matches("The database cannot be read").count(),
        1,
        "{messages}"
    );
    assert!(messages.contains("name the application's"), "{messages}");
}

#[test]
fn the_palette_does_not_open_while_a_task_runs() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Plan).keys("r");
    tui.progress(Stage::Comparing, 1, 2);
    let running = tui.dialog();
    assert_eq!(tui.keys(":").dialog(), running);
}
