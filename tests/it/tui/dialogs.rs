//! What holds for every dialog: it fits any screen, Enter alone destroys nothing, and it can be
//! closed.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use unrewind::{core::Kind, tui::Slot};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// Opens a dialog.
type Open = for<'t> fn(&Sandbox, &'t mut Tui) -> &'t mut Tui;

/// A text of each dialog, and how it is opened over the demonstration's list.
const DIALOGS: [(&str, Open); 18] = [
    ("Take a snapshot", |_, tui| tui.keys("t")),
    ("Restore periodic", |_, tui| tui.keys("r")),
    ("scope tables", |_, tui| tui.keys("rs")),
    ("both sides: what the snapshot has", |_, tui| tui.keys("rb")),
    ("Recover from the rewind", |_, tui| tui.keys("R")),
    ("Undo the restore", |_, tui| restored(tui).keys("u")),
    ("live changed since", |sandbox, tui| {
        tui.keys("r");
        sandbox.sql("UPDATE bots SET name = 'Otto II' WHERE id = 'otto'");
        tui.keys("y")
    }),
    ("Prune by policy", |_, tui| tui.keys("p")),
    ("nothing to delete", |_, tui| tui.keys("py<enter>p")),
    ("Delete", |_, tui| tui.keys("x")),
    ("3 snapshots to delete", |_, tui| {
        tui.keys("<space><space><space>x")
    }),
    ("is a safety snapshot", |_, tui| restored(tui).keys("gx")),
    ("Keys", |_, tui| tui.keys("?")),
    ("nothing to undo", |_, tui| tui.keys("u")),
    ("✗ This snapshot cannot", |sandbox, tui| {
        sandbox.put(Kind::Rewind, at(24 * 60), "");
        tui.keys("<f5>gr")
    }),
    ("✓ Snapshot taken", |_, tui| tui.keys("t<enter>")),
    ("Planning to restore", |_, tui| {
        tui.hold(Slot::Plan).keys("r")
    }),
    ("Restoring", |_, tui| tui.hold(Slot::Operation).keys("ry")),
];

/// Recovers from the demonstration's rewind, and lets a minute pass.
fn restored(tui: &mut Tui) -> &mut Tui {
    tui.keys("Rby<enter>").later(TimeDelta::minutes(1))
}

/// Opens each dialog in turn.
fn each(check: impl Fn(&str, &Sandbox, &mut Tui)) {
    for (text, open) in DIALOGS {
        let sandbox = Sandbox::demo();
        let mut tui = sandbox.tui(100, 40);
        open(&sandbox, &mut tui);
        let dialog = tui.dialog().expect(text);
        assert!(dialog.contains(text), "{text:?} is not in\n{dialog}");
        tui.effects();
        check(text, &sandbox, &mut tui);
    }
}

#[test]
fn a_long_dialog_has_keys_for_its_ends_and_for_finding_a_text() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 30);
    let top = tui.keys("?").dialog().unwrap();
    assert!(top.contains("more lines"), "{top}");
    for (down, up) in [("G", "g"), ("<end>", "<home>")] {
        let end = tui.keys(down).dialog().unwrap();
        assert!(end != top && !end.contains("more lines"), "{end}");
        assert_eq!(tui.keys(up).dialog().unwrap(), top);
    }
    let found = tui.keys("/suspend<enter>").dialog().unwrap();
    assert!(
        found.contains("suspend") && !top.contains("suspend"),
        "{found}"
    );
    let none = tui.keys("g/no such words<enter>").dialog().unwrap();
    assert!(none.starts_with(top.lines().next().unwrap()), "{none}");
    assert_eq!(tui.keys("<esc><esc>").dialog(), None);
}

#[test]
fn every_dialog_fits_every_size() {
    each(|text, _, tui| {
        for (columns, rows) in [(0, 0), (1, 1), (3, 2), (20, 5), (0, 9), (9, 0), (500, 3)] {
            tui.resize(columns, rows);
            let buffer = tui.buffer();
            assert_eq!(
                (buffer.area.width, buffer.area.height),
                (columns, rows),
                "{text}"
            );
            tui.keys("j<pgdn>k<pgup>");
        }
        for columns in (0..48).step_by(4) {
            for rows in 0..8 {
                tui.resize(columns, rows).buffer();
            }
        }
        let dialog = tui.resize(100, 40).dialog().unwrap();
        assert!(dialog.contains(text), "{text:?} is not in\n{dialog}");
    });
}

#[test]
fn a_dialog_does_not_cover_the_footer() {
    each(|text, _, tui| {
        for (columns, rows) in [(100, 40), (80, 24), (40, 8)] {
            let footer = tui.resize(columns, rows).footer();
            assert!(
                footer.starts_with(' ') && !footer.contains('╯'),
                "{text}: {footer}"
            );
        }
    });
}

#[test]
fn a_question_shows_its_answers_on_a_small_screen() {
    let sandbox = Sandbox::demo();
    for keys in ["r", "R", "p", "x"] {
        let mut tui = sandbox.tui(30, 6);
        let frame = tui.keys(keys).frame();
        assert!(frame.contains(" No, go back "), "{keys}:\n{frame}");
    }
    let mut tui = sandbox.tui(40, 6);
    assert!(tui.keys("t").frame().contains("▌ rewind"));
    assert!(tui.keys("<tab>").frame().contains("▌ periodic"));
}

#[test]
fn enter_alone_destroys_nothing() {
    each(|text, sandbox, tui| {
        let (files, dump) = (sandbox.files(), sandbox.dump());
        tui.keys("<enter>").keys("<enter><enter>");
        let effects = tui.effects();
        let acts = ["take", "restore", "delete"];
        let changes = |effect: &&String| acts.iter().any(|act| effect.starts_with(act));
        let changes: Vec<&String> = effects.iter().filter(changes).collect();
        let takes = text == "Take a snapshot";
        assert_eq!(
            changes,
            if takes { vec!["take rewind"] } else { vec![] },
            "{text}"
        );
        let left: BTreeSet<String> = sandbox.files().into_iter().collect();
        let gone = files.iter().find(|file| !left.contains(*file));
        assert_eq!(gone, None, "{text}");
        assert_eq!(sandbox.dump(), dump, "{text}");
    });
}

#[test]
fn escape_and_q_close_a_dialog_without_changes() {
    for key in ["<esc>", "q"] {
        each(|text, sandbox, tui| {
            let (files, dump) = (sandbox.files(), sandbox.dump());
            tui.keys(key);
            if text == "Restoring" {
                assert_eq!(tui.effects(), ["cancel operation"]);
                return;
            }
            assert_eq!(tui.dialog(), None, "{text}");
            assert!(!tui.is_over(), "{text}");
            assert_eq!((sandbox.files(), sandbox.dump()), (files, dump), "{text}");
            let forgets_marks = text == "3 snapshots to delete";
            assert_eq!(tui.keys("q").is_over(), !forgets_marks, "{text}");
        });
    }
}

#[test]
fn control_c_quits_from_a_dialog_or_cancels_the_running_task() {
    each(|text, _, tui| {
        tui.keys("<c-c>");
        match text {
            "Restoring" => assert_eq!(tui.effects(), ["cancel operation"]),
            "Planning to restore" => assert_eq!(tui.effects(), ["cancel plan"]),
            _ => assert_eq!(tui.effects(), ["quit"], "{text}"),
        }
    });
}

#[test]
fn the_text_of_a_dialog_scrolls_exactly_to_its_ends() {
    for (columns, rows) in [(100, 12), (40, 12), (44, 9)] {
        let sandbox = Sandbox::demo();
        let mut tui = sandbox.tui(columns, rows);
        let top = tui.keys("R").dialog().unwrap();
        assert!(top.contains("↓ "), "{top}");
        let next = tui.keys("j").dialog().unwrap();
        assert_eq!(tui.keys("k").dialog().unwrap(), top);
        let keys = "j".repeat(200);
        let end = tui.keys(&keys).dialog().unwrap();
        assert!(!end.contains("↓ "), "{end}");
        let line = |text: &str, place: usize| text.lines().nth(place).unwrap().to_owned();
        assert_eq!(line(&next, 1), line(&top, 2), "it scrolls by a line");
        assert_ne!(
            tui.keys("k").dialog().unwrap(),
            end,
            "it scrolls back at once"
        );
        tui.resize(100, 60)
            .resize(columns, rows)
            .keys("<pgup><pgup><pgup><pgup>");
        tui.keys(&"k".repeat(200));
        assert_eq!(tui.dialog().unwrap(), top);
    }
}
