//! What only the archive holds undoes a rewind, an undone restore, and the loss of a file.

use std::fs;

use unrewind::core::{Kind, Snapshot};

use super::one_history::archive_all;
use crate::{recover::rewound_twice, sandbox::Sandbox};

/// A chat with two rewinds; only the archive holds the snapshot of the last one.
fn last_rewind_archived() -> (Sandbox, Snapshot, Snapshot) {
    let (sandbox, [earlier, last]) = rewound_twice();
    archive_all(&sandbox);
    fs::remove_file(&last.path).unwrap();
    let _ = fs::remove_file(last.path.with_extension("note"));
    (sandbox, earlier, last)
}

#[test]
fn recover_restores_the_last_rewind_even_if_only_the_archive_holds_it() {
    let (sandbox, _, last) = last_rewind_archived();
    let recovered = sandbox.run(&["recover", "--yes"]);
    assert_eq!(recovered.code, 0, "{}", recovered.err);
    assert!(
        recovered.out.contains(&last.name()),
        "{}{}",
        recovered.out,
        recovered.err
    );
    let jo = sandbox.rows("SELECT superseded_by FROM event_log WHERE payload_json LIKE '%Jo.%'");
    assert_eq!(jo, ["NULL"]);
}

#[test]
fn the_ui_recovers_from_an_archived_rewind() {
    let (sandbox, ..) = last_rewind_archived();
    let mut tui = sandbox.tui(120, 35);
    let screen = tui.keys("R").frame();
    assert!(screen.contains("1 event"), "{screen}");
    assert!(!screen.contains("not the last rewind"), "{screen}");
}

#[test]
fn recover_names_the_archived_rewind_that_cannot_be_read() {
    let (sandbox, earlier, last) = last_rewind_archived();
    sandbox.run(&["list"]);
    let config = sandbox.data().join("archive/config");
    fs::write(config, "not a repository").unwrap();
    let before = sandbox.dump();
    let shown = sandbox.run(&["recover", "--dry-run"]);
    let warning = format!(
        "! skipped {}, which cannot be read from the archive: ",
        last.name()
    );
    assert!(shown.out.contains(&warning), "{}{}", shown.out, shown.err);
    assert!(shown.out.contains(&earlier.name()), "{}", shown.out);
    // An older one is not restored unasked.
    let unasked = sandbox.run(&["recover", "--yes"]);
    assert_eq!(unasked.code, 1, "{}", unasked.out);
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn recover_restores_what_the_archive_holds_of_a_damaged_snapshot() {
    for damage in ["{\"id\": 1 ", ""] {
        let (sandbox, [_, last]) = rewound_twice();
        archive_all(&sandbox);
        let bytes = fs::read_to_string(&last.path).unwrap();
        // The empty file is seen at once, the other one only by its checksum.
        let damaged = bytes.replace("{\"id\": 1,", damage);
        let damaged = if damage.is_empty() { "" } else { &damaged };
        fs::write(&last.path, damaged).unwrap();
        let said = sandbox.run(&["recover", "--dry-run"]).out;
        assert!(said.contains("; the archive holds it"), "{said}");
        assert!(!said.contains("not the last rewind"), "{said}");
        let recovered = sandbox.run(&["recover", "--yes"]);
        assert_eq!(recovered.code, 0, "{}", recovered.err);
        let jo =
            sandbox.rows("SELECT superseded_by FROM event_log WHERE payload_json LIKE '%Jo.%'");
        assert_eq!(jo, ["NULL"]);
    }
}

#[test]
fn undo_and_redo_take_a_safety_snapshot_from_the_archive() {
    let sandbox = Sandbox::rewound();
    let before = sandbox.dump();
    let restored = sandbox.run(&["restore", "latest:rewind", "--yes"]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    archive_all(&sandbox);
    let after = sandbox.dump();
    for (command, expected) in [("undo", &before), ("redo", &after)] {
        let listed = sandbox.list();
        let safety = listed.iter().find(|one| one.is_safety_snapshot()).unwrap();
        fs::remove_file(&safety.path).unwrap();
        let ran = sandbox.run(&[command, "--yes"]);
        assert_eq!(ran.code, 0, "{command}: {}", ran.err);
        assert_eq!(&sandbox.dump(), expected, "{command}");
        sandbox.run(&["archive", "add", "--all"]);
    }
}

#[test]
fn of_a_damaged_snapshot_the_archived_one_is_named_and_restores() {
    let sandbox = Sandbox::rewound();
    archive_all(&sandbox);
    let taken = sandbox
        .list()
        .into_iter()
        .find(|one| one.kind() == Some(Kind::Rewind))
        .unwrap();
    let bytes = fs::read_to_string(&taken.path).unwrap();
    fs::write(&taken.path, bytes.replace("{\"id\": 1,", "{\"id\": 1 ")).unwrap();
    let refused = sandbox.run(&["restore", &taken.name(), "--yes"]);
    assert_eq!(refused.code, 1);
    let hint = format!("unrewind archive get {}", taken.name());
    assert!(refused.err.contains(&hint), "{}", refused.err);
    let got = sandbox.run(&["archive", "get", &taken.name()]);
    assert_eq!(got.code, 0, "{}", got.err);
    let file = format!("{}.json", taken.id.unwrap().name());
    let restored = sandbox.run(&["restore", &file, "--yes"]);
    assert_eq!(restored.code, 0, "{}", restored.err);
}
