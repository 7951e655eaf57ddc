//! Labels, pins and verifications on the screen.

use std::fs;

use unrewind::core::{Kind, Problem};

use crate::sandbox::{Sandbox, at};

fn two_snapshots() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night.");
    sandbox.take(Kind::Periodic, at(1));
    sandbox
}

#[test]
fn a_label_can_be_set_changed_and_cleared() {
    let sandbox = two_snapshots();
    let mut tui = sandbox.tui(100, 30);
    let label = || {
        sandbox.list()[0]
            .note
            .label
            .as_ref()
            .map(ToString::to_string)
    };
    assert!(
        tui.keys("n")
            .dialog()
            .unwrap()
            .contains("Label periodic 2021-03-14 12:01:00")
    );
    tui.keys("before<space>the<space>flood<esc>");
    assert_eq!((tui.dialog(), label()), (None, None));
    tui.keys("nbefore<space>the<space>flood<enter>");
    assert_eq!(
        (tui.dialog(), label().as_deref()),
        (None, Some("before the flood"))
    );
    let frame = tui.frame();
    assert!(
        frame.contains("LABEL") && frame.contains("“before the flood”"),
        "{frame}"
    );
    assert!(
        tui.selected().ends_with("before the flood"),
        "{}",
        tui.selected()
    );
    tui.keys("n!<enter>");
    assert_eq!(label().as_deref(), Some("before the flood!"));
    tui.keys("n<c-u><enter>");
    assert_eq!(label(), None);
    assert!(!tui.frame().contains("LABEL"));
}

#[test]
fn an_invalid_label_is_reported_and_can_be_corrected() {
    let sandbox = two_snapshots();
    let mut tui = sandbox.tui(100, 30);
    let long = "x".repeat(201);
    tui.keys(&format!("n{long}<enter>"));
    let dialog = tui.dialog().unwrap();
    assert!(
        dialog.contains("✗ a label can have at most 200 characters"),
        "{dialog}"
    );
    tui.keys("<c-u>short<enter>");
    assert_eq!(
        sandbox.list()[0].note.label.as_ref().unwrap().as_str(),
        "short"
    );
}

#[test]
fn snapshots_can_be_pinned_and_unpinned() {
    let sandbox = two_snapshots();
    let mut tui = sandbox.tui(100, 30);
    assert!(tui.frame().contains("not verified"));
    tui.keys("P");
    assert!(tui.frame().contains("◆ pinned"));
    assert!(tui.selected().contains('◆'));
    assert!(sandbox.list()[0].pinned);
    // If not all marked snapshots are pinned, P pins them all.
    let pinned = |sandbox: &Sandbox| sandbox.list().iter().filter(|one| one.pinned).count();
    tui.keys("g<space><space>P");
    assert_eq!(pinned(&sandbox), 2);
    tui.keys("P");
    assert_eq!(pinned(&sandbox), 0);
    assert!(!tui.frame().contains("◆ pinned") && !tui.selected().contains('◆'));
}

#[test]
fn the_filter_matches_labels_pins_and_verifications() {
    let sandbox = two_snapshots();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("nflood<enter>PjV<esc>");
    for (word, kind) in [
        ("flood", "periodic"),
        ("pinned", "periodic"),
        ("verified", "rewind"),
    ] {
        tui.keys(&format!("/{word}<enter>"));
        assert!(tui.selected().contains(kind), "{word}: {}", tui.selected());
        tui.keys("<esc>");
    }
}

#[test]
fn a_pinned_snapshot_is_not_deleted() {
    let sandbox = two_snapshots();
    let mut tui = sandbox.tui(100, 30);
    let dialog = tui.keys("Px").dialog().unwrap();
    assert!(
        dialog.contains("pinned") && dialog.contains("Close"),
        "{dialog}"
    );
    tui.keys("y<enter>");
    assert_eq!(sandbox.list().len(), 2);
}

#[test]
fn a_verification_is_shown_and_remembered() {
    let sandbox = two_snapshots();
    let taken = &sandbox.list()[1];
    let bytes = fs::read_to_string(&taken.path)
        .unwrap()
        .replace("Mara", "Sara");
    fs::write(&taken.path, bytes).unwrap();
    let mut tui = sandbox.tui(120, 30);
    let dialog = tui.keys("V").dialog().unwrap();
    assert!(
        dialog.contains("Sound") && dialog.contains("checksum matches"),
        "{dialog}"
    );
    assert!(tui.keys("<esc>").selected().contains('✓'));
    assert!(tui.frame().contains("✓ verified"));
    let dialog = tui.keys("jV").dialog().unwrap();
    assert!(
        dialog.contains("damaged: changed since it was taken"),
        "{dialog}"
    );
    assert!(tui.keys("<esc>").selected().contains("✗ damaged"));
    let found = sandbox.list().remove(1);
    let problem = found.verified().and_then(|found| found.problem.clone());
    assert!(matches!(problem, Some(Problem::Damaged(_))), "{problem:?}");
    let again = sandbox.tui(120, 30);
    assert!(again.frame().contains('✓') && again.frame().contains("✗ damaged"));
}
