//! Dialogs and focused parts of the screen on small and on large terminals.

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::{
    core::{Kind, Stage},
    tui::Slot,
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// The dialog, or without one the screen, at each of four sizes. Also draws it on a terminal without cells.
fn sizes(tui: &mut Tui) -> String {
    let mut text = String::new();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        tui.resize(columns, rows);
        let shown = tui.dialog().unwrap_or_else(|| tui.frame());
        text += &format!("{columns}×{rows}\n\n{shown}\n");
    }
    tui.resize(0, 0).buffer();
    text
}

fn sizes_after(keys: &str) -> String {
    sizes(Sandbox::demo().tui_at_start(80, 24).keys(keys))
}

#[test]
fn choice_of_a_kind() {
    assert_snapshot!(sizes_after("t"));
}

#[test]
fn plan_to_recover() {
    assert_snapshot!(sizes_after("R"));
}

#[test]
fn plan_to_restore_only_tables() {
    assert_snapshot!(sizes_after("rs"));
}

#[test]
fn plan_to_undo() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.keys("Rby<enter>")
        .later(TimeDelta::minutes(1))
        .keys("u");
    assert_snapshot!(sizes(&mut tui));
}

#[test]
fn result_of_a_restore() {
    assert_snapshot!(sizes_after("Rby"));
}

#[test]
fn question_of_a_deletion() {
    assert_snapshot!(sizes_after("<space><space>x"));
}

#[test]
fn label_dialog() {
    assert_snapshot!(sizes_after("nbefore the storm"));
}

#[test]
fn result_of_a_verification() {
    assert_snapshot!(sizes_after("<space><space><space>V"));
}

#[test]
fn help_of_the_list() {
    assert_snapshot!(sizes_after("?"));
}

#[test]
fn error_dialog() {
    let sandbox = Sandbox::demo();
    sandbox.put(Kind::Rewind, at(24 * 60), "not a snapshot");
    assert_snapshot!(sizes(sandbox.tui(80, 24).keys("r")));
}

#[test]
fn running_operation() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Operation)
        .keys("Ry")
        .later(TimeDelta::seconds(1));
    tui.progress(Stage::Applying, 10_000, 40_000);
    assert_snapshot!(sizes(&mut tui));
}

#[test]
fn selected_table_of_the_preview() {
    assert_snapshot!(sizes_after("<enter>jjj"));
}

#[test]
fn focused_value() {
    assert_snapshot!(sizes_after("<enter><enter>G$<left><left><enter>"));
}

#[test]
fn live_tables_without_snapshots() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    assert_snapshot!(sizes(&mut sandbox.tui(80, 24)));
}
