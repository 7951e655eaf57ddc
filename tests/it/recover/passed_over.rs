//! The last rewind cannot be recovered from: its snapshot is damaged or gone.

use unrewind::core::{Kind, Snapshot};

use crate::sandbox::{Sandbox, at};

/// A chat that was rewound twice, and the snapshots of both rewinds, the earlier one first.
pub fn rewound_twice() -> (Sandbox, [Snapshot; 2]) {
    let sandbox = Sandbox::new();
    let first = sandbox.event("Is the lamp still burning?");
    sandbox.event("Yes.");
    let earlier = sandbox.rewind(first, at(20));
    let second = sandbox.event("Who is there?");
    sandbox.event("Jo.");
    let last = sandbox.rewind(second, at(40));
    (sandbox, [earlier, last])
}

#[test]
fn a_rewind_before_the_last_one_is_not_undone_unseen() {
    let (sandbox, [earlier, last]) = rewound_twice();
    std::fs::remove_file(&last.path).unwrap();
    let before = sandbox.dump();
    let shown = sandbox.run(&["recover", "--dry-run"]);
    let warning = "! this is not the last rewind: no snapshot holds the events that event 8 rewound; `unrewind restore --at 7` goes back to just before it";
    assert!(shown.out.contains(warning), "{}", shown.out);
    let ran = sandbox.run(&["recover", "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains(warning), "{}", ran.err);
    assert_eq!(sandbox.dump(), before);
    let named = sandbox.run(&["restore", &earlier.name(), "--yes"]);
    assert_eq!(named.code, 0, "{}", named.err);
}

#[test]
fn the_moment_before_a_rewind_without_a_snapshot_can_be_restored_from_the_log() {
    let (sandbox, [_, last]) = rewound_twice();
    std::fs::remove_file(&last.path).unwrap();
    let shown = sandbox.run(&["recover", "--dry-run"]).out;
    let (_, hint) = shown.split_once("`unrewind ").unwrap();
    let arguments = hint.split('`').next().unwrap().split(' ');
    let arguments: Vec<&str> = arguments.chain(["--yes"]).collect();
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let active = "SELECT id FROM event_log WHERE superseded_by IS NULL ORDER BY id";
    assert_eq!(sandbox.rows(active), ["1", "2", "3", "5", "6", "7"]);
}

#[test]
fn a_skipped_damaged_snapshot_is_named() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("Is the lamp still burning?");
    sandbox.event("Yes.");
    let intact = sandbox.rewind(first, at(20));
    sandbox.event("Who is there?");
    for noted in [true, false] {
        let damaged = sandbox.take(Kind::Rewind, at(if noted { 30 } else { 40 }));
        let bytes = std::fs::read_to_string(&damaged.path).unwrap();
        let bytes = bytes.replace("{\"id\": 1,", "{\"id\": 1 ");
        std::fs::write(&damaged.path, bytes).unwrap();
        if !noted {
            std::fs::remove_file(damaged.path.with_extension("note")).unwrap();
        }
        let ran = sandbox.run(&["recover", "--dry-run"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let message = format!("! skipped {}, which is damaged: ", damaged.name());
        assert!(ran.out.contains(&message), "{}", ran.out);
        assert!(ran.out.contains(&format!("restore {}", intact.name())));
    }
    std::fs::remove_file(&intact.path).unwrap();
    let ran = sandbox.run(&["recover"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("! skipped "), "{}", ran.err);
}
