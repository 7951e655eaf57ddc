//! Pruning by policy, and deleting chosen snapshots.

use std::fs;

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::tui::Slot;

use crate::sandbox::Sandbox;

#[test]
fn a_prune_shows_each_reason_and_deletes_what_it_shows() {
    let sandbox = Sandbox::demo();
    let (mut files, dump) = (sandbox.files(), sandbox.dump());
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!("prune", tui.keys("p").dialog().unwrap());
    let done = tui.keys("y").dialog().unwrap();
    assert!(done.contains("3 snapshots deleted"), "{done}");
    let gone = [
        "periodic/20210315T033002Z.json",
        "rewind/20210228T005144Z.json",
        "rewind/20210301T025829Z.json",
    ];
    files.retain(|file| !gone.contains(&file.as_str()));
    assert_eq!(sandbox.files(), files);
    assert_eq!(sandbox.dump(), dump);
    assert!(tui.keys("<enter>").frame().contains("Snapshots  all 10"));
    assert_snapshot!("prune_nothing", tui.keys("p").dialog().unwrap());
    assert!(
        tui.keys("y").dialog().is_some(),
        "there is nothing to confirm"
    );
    assert_eq!(tui.keys("<enter>").dialog(), None);
}

#[test]
fn an_answer_counts_only_with_the_focus_on_it() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut tui = sandbox.tui(100, 30);
    for keys in [
        "p<enter>",
        "pn",
        "p<tab><tab><enter>",
        "p<tab><esc>",
        "plh<enter>",
    ] {
        assert_eq!(tui.keys(keys).dialog(), None, "{keys}");
        assert_eq!(sandbox.files(), files, "{keys}");
    }
    assert!(
        tui.keys("p<right><enter>")
            .dialog()
            .unwrap()
            .contains("snapshots deleted")
    );
    assert_eq!(sandbox.files().len(), files.len() - 3);
}

#[test]
fn the_selected_snapshot_is_deleted() {
    let sandbox = Sandbox::demo();
    let mut files = sandbox.files();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!(tui.keys("jj<del>").dialog().unwrap());
    tui.keys("y");
    files.retain(|file| file != "periodic/20210315T111802Z.json");
    assert_eq!(sandbox.files(), files);
    assert!(tui.keys("<esc>").selected().contains("10:47:01"));
}

#[test]
fn marked_snapshots_are_deleted_instead_of_the_selected_one() {
    let sandbox = Sandbox::demo();
    let mut files = sandbox.files();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("j<space>G<space><tab>g");
    assert!(tui.selected().contains("11:48:07"));
    assert_snapshot!(tui.keys("jx").dialog().unwrap());
    tui.keys("y");
    let gone = [
        "rewind/20210228T005144Z.json",
        "rewind/20210315T114807Z.json",
    ];
    files.retain(|file| !gone.contains(&file.as_str()));
    assert_eq!(sandbox.files(), files);
    assert!(
        !tui.keys("<esc>").frame().contains('●'),
        "the marks are cleared"
    );
}

#[test]
fn the_dialog_warns_before_it_deletes_a_safety_snapshot() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("Rby<enter>").later(TimeDelta::minutes(1));
    assert!(tui.keys("g").selected().starts_with("rewind ↩"));
    assert_snapshot!(tui.keys("x").dialog().unwrap());
    tui.keys("y<enter>");
    let safety_snapshot = "rewind/20210315T120000Z_safety.json";
    assert!(
        !sandbox
            .files()
            .iter()
            .any(|file| file.starts_with(safety_snapshot))
    );
    let dialog = tui.keys("u").dialog().unwrap();
    assert!(
        dialog.contains("Not undone") && dialog.contains("is gone"),
        "{dialog}"
    );
}

#[test]
fn a_snapshot_written_since_stops_the_deletion_which_reports_how_far_it_got() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("p");
    let root = sandbox.store().root().to_owned();
    fs::write(root.join("rewind/20210301T025829Z.json"), "new").unwrap();
    let dialog = tui.keys("y").dialog().unwrap();
    assert!(
        dialog.starts_with("✗ Not everything was deleted\n"),
        "{dialog}"
    );
    assert!(
        dialog.contains("deleted 1 of 3 snapshots, then:"),
        "{dialog}"
    );
    assert!(
        !root.join("rewind/20210228T005144Z.json").exists(),
        "the oldest was deleted first"
    );
    assert!(root.join("rewind/20210301T025829Z.json").exists());
    assert!(root.join("periodic/20210315T033002Z.json").exists());
}

#[test]
fn a_cancelled_deletion_shows_what_was_deleted() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut tui = sandbox.tui(100, 30);
    tui.hold(Slot::Operation).keys("py");
    tui.release_pressing("<esc>");
    assert_snapshot!(tui.dialog().unwrap());
    assert_eq!(sandbox.files(), files);
}

#[test]
fn the_dialog_names_the_next_start_before_it_deletes_its_snapshot() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    let dialog = tui.keys("gx").dialog().unwrap();
    let warning = "! the application's next start begins from periodic/";
    assert!(dialog.contains(warning), "{dialog}");
}
