//! What stands over the list, and what has the focus, on small and on large terminals.

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

/// The dialog, or without one the screen, at each of four sizes; that there is no room at all is borne.
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

fn after(keys: &str) -> String {
    sizes(Sandbox::demo().tui_at_start(80, 24).keys(keys))
}

#[test]
fn the_choice_of_a_kind() {
    assert_snapshot!(after("t"));
}

#[test]
fn a_plan_to_take_back_the_rewind() {
    assert_snapshot!(after("R"));
}

#[test]
fn a_plan_to_restore_the_tables_only() {
    assert_snapshot!(after("rs"));
}

#[test]
fn a_plan_to_undo() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.keys("Ry<enter>").later(TimeDelta::minutes(1)).keys("u");
    assert_snapshot!(sizes(&mut tui));
}

#[test]
fn what_a_restore_did() {
    assert_snapshot!(after("Ry"));
}

#[test]
fn a_deletion() {
    assert_snapshot!(after("<space><space>x"));
}

#[test]
fn a_label() {
    assert_snapshot!(after("nbefore the storm"));
}

#[test]
fn what_was_verified() {
    assert_snapshot!(after("<space><space><space>V"));
}

#[test]
fn the_help_of_the_list() {
    assert_snapshot!(after("?"));
}

#[test]
fn an_error() {
    let sandbox = Sandbox::demo();
    sandbox.put(Kind::Rewind, at(24 * 60), "not a snapshot");
    assert_snapshot!(sizes(sandbox.tui(80, 24).keys("r")));
}

#[test]
fn an_operation_under_way() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Operation)
        .keys("Ry")
        .later(TimeDelta::seconds(1));
    tui.tell(Stage::Applying, 10_000, 40_000);
    assert_snapshot!(sizes(&mut tui));
}

#[test]
fn the_tables_to_choose_from() {
    assert_snapshot!(after("<enter>jjj"));
}

#[test]
fn a_value_that_is_read() {
    assert_snapshot!(after("<enter><enter>G$<left><left><enter>"));
}

#[test]
fn the_tables_of_live_where_there_are_no_snapshots() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    assert_snapshot!(sizes(&mut sandbox.tui(80, 24)));
}
