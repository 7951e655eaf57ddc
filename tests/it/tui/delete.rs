//! Pruning by policy, and deleting what is chosen.

use std::fs;

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::tui::Slot;

use crate::sandbox::Sandbox;

#[test]
fn a_prune_shows_why_each_stays_or_goes_and_deletes_those_that_go() {
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
        "there is nothing to say yes to"
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
fn what_is_selected_is_deleted() {
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
fn what_is_marked_is_deleted_and_not_what_is_selected() {
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
        "the marks are used up"
    );
}

#[test]
fn that_a_safety_snapshot_is_deleted_is_said_before() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("Ry<enter>").later(TimeDelta::minutes(1));
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
    let says = tui.keys("u").dialog().unwrap();
    assert!(
        says.contains("Not undone") && says.contains("is gone"),
        "{says}"
    );
}

#[test]
fn a_snapshot_that_was_written_since_stops_the_deleting_and_it_is_said_what_is_left() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("p");
    let root = sandbox.store().root().to_owned();
    fs::write(root.join("rewind/20210301T025829Z.json"), "new").unwrap();
    let says = tui.keys("y").dialog().unwrap();
    assert!(says.starts_with("✗ Not everything was deleted\n"), "{says}");
    assert!(says.contains("deleted 1 of 3 snapshots, then:"), "{says}");
    assert!(
        !root.join("rewind/20210228T005144Z.json").exists(),
        "the oldest went first"
    );
    assert!(root.join("rewind/20210301T025829Z.json").exists());
    assert!(root.join("periodic/20210315T033002Z.json").exists());
}

#[test]
fn a_deleting_that_is_cancelled_says_what_is_gone() {
    let sandbox = Sandbox::demo();
    let files = sandbox.files();
    let mut tui = sandbox.tui(100, 30);
    tui.hold(Slot::Operation).keys("py");
    tui.release_pressing("<esc>");
    assert_snapshot!(tui.dialog().unwrap());
    assert_eq!(sandbox.files(), files);
}
