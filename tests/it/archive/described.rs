//! What the archive knows of a snapshot without reading its data, and after restic dropped what describes it.

use std::fs;

use serde_json::Value;
use unrewind::core::Kind;

use super::{one_history::archive_all, restic::restic};
use crate::sandbox::{Sandbox, at};

fn listed(sandbox: &Sandbox) -> Vec<Value> {
    let ran = sandbox.run(&["archive", "list", "--json"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn the_list_has_the_last_sentences_of_archived_snapshots_without_their_data() {
    let sandbox = Sandbox::rewound();
    sandbox.event("The heron stood in the reeds.");
    let heron = sandbox.take(Kind::Rewind, at(60));
    sandbox.event("The otter swam by.");
    let otter = sandbox.take(Kind::Rewind, at(70));
    archive_all(&sandbox);
    for taken in [&heron, &otter] {
        fs::remove_file(&taken.path).unwrap();
    }
    fs::rename(
        sandbox.data().join("archive/data"),
        sandbox.path().join("lost"),
    )
    .unwrap();
    let screen = sandbox.tui(120, 35).frame();
    for sentence in ["The heron stood", "The otter swam"] {
        assert!(screen.contains(sentence), "{screen}");
    }
}

#[test]
fn only_the_beginning_of_a_long_sentence_is_noted() {
    let sandbox = Sandbox::rewound();
    sandbox.event(&"The öl lamp burns. ".repeat(1000));
    sandbox.take(Kind::Rewind, at(60));
    archive_all(&sandbox);
    let sentence = listed(&sandbox)[0]["last_sentence"].clone();
    let sentence = sentence.as_str().unwrap();
    assert!(
        sentence.starts_with("The öl lamp burns. The öl"),
        "{sentence}"
    );
    assert!((230..=240).contains(&sentence.len()), "{sentence}");
}

#[test]
fn what_restic_drops_of_a_description_is_read_from_the_note_beside() {
    let sandbox = Sandbox::rewound();
    sandbox.event("The heron stood in the reeds.");
    sandbox.take(Kind::Rewind, at(60));
    // The application's own has no note.
    let copied = sandbox.found_named("latest:rewind");
    let own = copied.path.with_file_name("20210314T140000Z.json");
    fs::copy(&copied.path, own).unwrap();
    let labelled = sandbox.run(&["label", "latest:periodic", "before the storm"]);
    assert_eq!(labelled.code, 0, "{}", labelled.err);
    archive_all(&sandbox);
    let before = listed(&sandbox);
    let Some(_) = restic(&sandbox, &["tag", "--add", "mine"]) else {
        return;
    };
    let mut after = listed(&sandbox);
    for (after, before) in after.iter_mut().zip(&before) {
        assert_ne!(after["restic_id"], before["restic_id"]);
        for lost in ["restic_id", "added_at"] {
            after[lost] = before[lost].clone();
        }
        assert!(before["checksum"].is_string() && before["last_sentence"].is_string());
    }
    assert_eq!(after, before);
    // Nothing is added once more.
    let added = sandbox.run(&["archive", "add", "--all", "--json"]);
    assert_eq!((added.code, &*added.out), (0, "[]\n"), "{}", added.err);
}
