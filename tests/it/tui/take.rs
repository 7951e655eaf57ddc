//! Taking a snapshot, and what a periodic take deletes.

use std::fs;

use insta::assert_snapshot;

use crate::{sandbox::Sandbox, screen::Tui};

#[test]
fn the_choice_of_a_kind_shows_what_will_be_deleted() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!("take_rewind", tui.keys("t").dialog().unwrap());
    assert_snapshot!("take_periodic", tui.keys("<tab>").dialog().unwrap());
    for keys in ["<down>", "<up>", "j", "k", "<tab>"] {
        let before = tui.dialog();
        assert_ne!(tui.keys(keys).dialog(), before, "{keys}");
    }
}

#[test]
fn taking_a_rewind_snapshot_deletes_nothing() {
    let sandbox = Sandbox::demo();
    let mut files = sandbox.files();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!(tui.keys("t<enter>").dialog().unwrap());
    files.push("rewind/20210315T120000Z.json".to_owned());
    files.sort();
    assert_eq!(sandbox.files(), files);
    assert_eq!(tui.keys("<enter>").dialog(), None);
    assert!(
        tui.frame()
            .contains("rewind    2021-03-15 12:00:00     0 s ")
    );
}

#[test]
fn taking_a_periodic_snapshot_deletes_what_was_shown() {
    let sandbox = Sandbox::demo();
    let mut files = sandbox.files();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!(tui.keys("t<tab><enter>").dialog().unwrap());
    let gone = [
        "periodic/20210315T033002Z.json",
        "periodic/20210315T062002Z.json",
    ];
    files.retain(|file| !gone.contains(&file.as_str()));
    files.push("periodic/20210315T120000Z.json".to_owned());
    files.sort();
    assert_eq!(sandbox.files(), files);
}

#[test]
fn a_snapshot_is_taken_only_after_enter() {
    for keys in ["t<esc>", "tn", "t<tab>q", "ty<esc>"] {
        let sandbox = Sandbox::demo();
        let files = sandbox.files();
        let mut tui = sandbox.tui(100, 30);
        assert_eq!(tui.keys(keys).dialog(), None, "{keys}");
        assert_eq!(sandbox.files(), files, "{keys}");
    }
}

#[test]
fn a_take_that_fails_shows_the_error() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.data().join("snapshots"), "in the way").unwrap();
    let mut tui = sandbox.tui(100, 30);
    let dialog = |tui: &Tui, kind: &str| {
        let dialog = tui.dialog().unwrap();
        // Windows names the file itself.
        if cfg!(windows) {
            dialog.replace("/snapshots: ", &format!("/snapshots/{kind}: "))
        } else {
            dialog
        }
    };
    assert_snapshot!("no_list", dialog(&tui, "rewind"));
    assert_snapshot!("no_take", dialog(tui.keys("<enter>t<enter>"), "periodic"));
}

#[test]
fn a_take_without_a_database_shows_the_error() {
    let sandbox = Sandbox::without_tables();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!(tui.keys("t<enter>").dialog().unwrap());
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_snapshot_that_the_application_cannot_load_is_named() {
    let sandbox = Sandbox::demo();
    sandbox.sql("UPDATE memories SET text = x'00ff' WHERE id = (SELECT max(id) FROM memories)");
    let mut tui = sandbox.tui(100, 30);
    let dialog = tui.keys("t<tab><enter>").dialog().unwrap();
    let warning = "! the application cannot start from periodic/20210315T120000Z: memories holds";
    assert!(dialog.contains(warning), "{dialog}");
}
