//! Pruning: what the policies keep and why, changing their numbers, and what would be lost.

use insta::assert_snapshot;
use unrewind::{
    core::{Kind, Snapshot, Stage},
    tui::Slot,
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// The number of verdicts with this text.
fn verdicts(tui: &Tui, text: &str) -> usize {
    let dialog = tui.dialog().unwrap();
    dialog.lines().filter(|line| line.contains(text)).count()
}

#[test]
fn a_prune_fits_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("prune_{columns}x{rows}");
        assert_snapshot!(name, sandbox.tui(columns, rows).keys("p").frame());
    }
    assert_eq!(sandbox.tui(0, 0).keys("p+-py").frame(), "");
}

#[test]
fn changing_a_policys_number_updates_the_verdicts() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 60);
    tui.keys("p");
    let deleted_periodic = |tui: &Tui| verdicts(tui, "✗ delete periodic");
    let deleted_rewind = |tui: &Tui| verdicts(tui, "✗ delete rewind");
    assert_eq!((deleted_periodic(&tui), deleted_rewind(&tui)), (1, 2));
    tui.keys("--");
    assert!(tui.dialog().unwrap().contains("keeps the newest  3"));
    assert_eq!((deleted_periodic(&tui), deleted_rewind(&tui)), (3, 2));
    tui.keys("+++");
    assert_eq!((deleted_periodic(&tui), deleted_rewind(&tui)), (0, 2));
    tui.keys("p---");
    assert!(tui.dialog().unwrap().contains("keeps those of  11 d"));
    assert_eq!((deleted_periodic(&tui), deleted_rewind(&tui)), (0, 3));
    assert_eq!(verdicts(&tui, "not older than 11 d, "), 4);
    assert_eq!(verdicts(&tui, "✗ delete"), 3);
    tui.keys("y");
    assert_eq!(sandbox.files().len(), 10);
    tui.keys("<esc>p");
    assert!(
        tui.dialog().unwrap().contains("keeps those of  14 d"),
        "a changed number applies once"
    );
}

#[test]
fn a_policys_number_cannot_go_below_one() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 60);
    tui.keys("p")
        .keys(&"-".repeat(30))
        .keys("p")
        .keys(&"-".repeat(30));
    let dialog = tui.dialog().unwrap();
    assert!(dialog.contains("keeps the newest  1") && dialog.contains("keeps those of  1 d"));
    assert!(
        dialog.contains("1 left") || dialog.contains("h left"),
        "{dialog}"
    );
}

#[test]
fn a_changed_number_resets_the_answer_to_no() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 60);
    tui.keys("p<tab>-<enter>");
    assert_eq!((tui.dialog(), sandbox.files().len()), (None, 13));
}

/// A sandbox in which only the oldest snapshot has two memories.
fn forgetful() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.memory("the lamp");
    sandbox.memory("the stairs");
    sandbox.take(Kind::Periodic, at(1));
    sandbox.sql("DELETE FROM memories");
    for minute in 2..6 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    sandbox
}

#[test]
fn the_question_names_rows_held_nowhere_else() {
    let sandbox = forgetful();
    let mut tui = sandbox.tui(100, 40);
    let lost = "! it holds 2 rows of memories that exist nowhere else";
    assert!(tui.keys("p-").dialog().unwrap().contains(lost));
    assert!(tui.keys("<esc>Gx").dialog().unwrap().contains(lost));
    let dialog = tui.keys("<esc>gx").dialog().unwrap();
    assert!(dialog.contains("✓ every row exists elsewhere, too"));
}

#[test]
fn what_the_archive_holds_is_not_lost() {
    let sandbox = forgetful();
    let archives = ["init", "add"].map(|command| {
        let all: &[&str] = if command == "add" { &["--all"] } else { &[] };
        sandbox.run(&[&["archive", command][..], all].concat()).code
    });
    assert_eq!(archives, [0, 0]);
    let mut tui = sandbox.tui(100, 40);
    let dialog = tui.keys("p-").dialog().unwrap();
    assert!(dialog.contains("; archived: 1 of 1"), "{dialog}");
    let row = dialog
        .lines()
        .find(|line| line.contains("✗ delete"))
        .unwrap();
    assert!(row.contains(", archived"), "{dialog}");
    assert!(
        dialog.contains("✓ every row exists elsewhere, too"),
        "{dialog}"
    );
}

#[test]
fn a_prune_that_cannot_archive_first_deletes_nothing_and_says_why() {
    let sandbox = forgetful();
    let settings = "[archive]\nbefore_prune = true\nkeep = { daily = 14 }\n";
    let mut tui = sandbox.tui_set(settings, 100, 40);
    let question = tui.keys("p-").dialog().unwrap();
    for said in [
        "1 goes to the archive first",
        "by its policy the archive keeps 14 daily",
    ] {
        assert!(question.contains(said), "{question}");
    }
    let dialog = tui.keys("y").dialog().unwrap();
    assert!(dialog.contains("was kept: it is not in"), "{dialog}");
    assert!(dialog.contains("there is no archive"), "{dialog}");
    assert_eq!(sandbox.list().len(), 5);
}

#[test]
fn the_search_for_exclusive_rows_ends_with_the_question() {
    let sandbox = forgetful();
    let mut tui = sandbox.tui(100, 40);
    tui.hold(Slot::ExclusiveRows).keys("p-").effects();
    assert!(
        tui.dialog()
            .unwrap()
            .contains("finding rows that exist nowhere else …")
    );
    tui.progress(Stage::Comparing, 30, 100);
    assert!(
        tui.dialog()
            .unwrap()
            .contains("finding rows that exist nowhere else … 30 %")
    );
    tui.keys("-");
    assert_eq!(tui.effects(), ["find unique of 2"]);
    tui.keys("<esc>");
    assert_eq!(tui.effects(), ["cancel exclusiverows"]);
    tui.keys("p-y");
    assert!(
        tui.dialog().unwrap().contains("1 snapshot deleted"),
        "a yes does not wait for the search"
    );
}

#[test]
fn of_many_verdicts_the_last_is_reached_and_any_is_found() {
    let sandbox = Sandbox::new();
    let oldest = sandbox.take(Kind::Rewind, at(0));
    let json = std::fs::read_to_string(&oldest.path).unwrap();
    let put = |minute| sandbox.put(Kind::Rewind, at(minute), &json);
    let others: Vec<_> = (1..300).map(put).collect();
    let mut tui = sandbox.tui(80, 24);
    let shows = |tui: &Tui, snapshot: &Snapshot| {
        let time = snapshot.taken_at().naive_utc().to_string();
        tui.dialog().unwrap().contains(&time)
    };
    tui.keys("p");
    assert!(shows(&tui, &others[298]) && !shows(&tui, &oldest));
    tui.keys("G");
    assert!(shows(&tui, &oldest) && !shows(&tui, &others[298]));
    let time = others[150].taken_at().naive_utc().to_string();
    tui.keys("/").keys(&time).keys("<enter>");
    assert!(shows(&tui, &others[150]) && !shows(&tui, &oldest));
}
