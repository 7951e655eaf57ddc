//! Labels: a line of text on a snapshot.

use std::fs;

use unrewind::core::{Error, Kind, Label};

use crate::sandbox::{Sandbox, at};

#[test]
fn a_label_is_any_line_of_text() {
    for text in [
        "before the migration",
        "  vor dem Umbau ✨ ",
        "قبل الهجرة",
        "👩‍🚀 family",
        "\"quoted\" \\ back",
    ] {
        let label: Label = text.parse().unwrap();
        assert_eq!(label.as_str(), text.trim());
    }
}

#[test]
fn text_that_is_not_one_plain_line_is_refused_as_a_label() {
    let long = "x".repeat(201);
    for (text, message) in [
        ("", "a label cannot be empty"),
        ("  ", "a label cannot be empty"),
        (
            "a\nb",
            "a label cannot contain control characters, and this one contains \\u{a}",
        ),
        (
            "\u{1b}[2J",
            "a label cannot contain control characters, and this one contains \\u{1b}",
        ),
        (
            "a\u{2028}b",
            "a label cannot contain control characters, and this one contains \\u{2028}",
        ),
        (
            "abc\u{202e}fed",
            "a label cannot contain control characters, and this one contains \\u{202e}",
        ),
        (&long, "a label can have at most 200 characters"),
    ] {
        let refused = text.parse::<Label>().unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
}

#[test]
fn a_label_changes_nothing_else_in_the_note_and_can_be_cleared() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let label: Label = "before the flood".parse().unwrap();
    sandbox.store().label(&taken, Some(label.clone())).unwrap();
    let labelled = sandbox.found(&taken.path);
    assert_eq!(labelled.note.label, Some(label));
    assert_eq!(labelled.note.checksum, taken.note.checksum);
    sandbox.store().label(&labelled, None).unwrap();
    assert_eq!(sandbox.found(&taken.path), taken);
    // Clearing the label of a service's snapshot deletes the note.
    let bytes = fs::read(&taken.path).unwrap();
    let theirs = sandbox.put(Kind::Periodic, at(1), bytes);
    for label in [Some("x".parse().unwrap()), None] {
        sandbox.store().label(&theirs, label).unwrap();
    }
    assert!(!theirs.path.with_extension("note").exists());
}

#[test]
fn an_unreadable_note_is_not_overwritten() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let note = taken.path.with_extension("note");
    for bytes in [&b"{\"label\": \"a\\u001bb\"}"[..], b"{\"lab", b""] {
        fs::write(&note, bytes).unwrap();
        let found = sandbox.found(&taken.path);
        assert!(found.pinned && found.note.label.is_none());
        let refused = sandbox.store().label(&found, None).unwrap_err();
        assert!(matches!(refused, Error::Note { .. }), "{refused}");
        let refused = sandbox.store().unpin(&found).unwrap_err();
        assert!(matches!(refused, Error::Note { .. }), "{refused}");
        assert_eq!(fs::read(&note).unwrap(), bytes);
    }
}

#[test]
fn the_command_line_sets_shows_and_clears_labels() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["take", "--label", "before the flood", "--json"]);
    assert_eq!(ran.json()["label"], "before the flood");
    let listed = sandbox.run(&["list", "--json"]).json();
    assert_eq!(listed[0]["label"], "before the flood");
    assert!(
        sandbox
            .run(&["list"])
            .out
            .ends_with("  “before the flood”\n")
    );
    let name = sandbox.list()[0].name();
    let ran = sandbox.run(&["label", "latest", "vor dem Umbau ✨"]);
    assert_eq!(
        (ran.code, ran.out),
        (0, format!("labelled {name}: vor dem Umbau ✨\n"))
    );
    assert_eq!(
        sandbox.run(&["show", "latest", "--json"]).json()["label"],
        "vor dem Umbau ✨"
    );
    let ran = sandbox.run(&["label", "latest", "--clear"]);
    assert_eq!((ran.code, ran.out), (0, format!("{name} has no label\n")));
    assert!(sandbox.list()[0].note.label.is_none());
    for wrong in [
        &["label", "latest"][..],
        &["label", "latest", "x", "--clear"],
        &["label", "latest", "a\tb"],
        &["take", "--label", ""],
    ] {
        assert_eq!(sandbox.run(wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(sandbox.list().len(), 1);
}
