//! Snapshots that only the archive holds are known by the same names as those in the data folder.

use std::fs;

use serde_json::Value;

use crate::sandbox::{Sandbox, at};
use unrewind::core::{Archived, Kind, PassedOver, Snapshot, find_rewind, rewinds, unattended};

/// A chat whose snapshots are archived and then deleted as the service would: without Unrewind. Returns the
/// names of those that went.
fn pruned_by_the_service() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::rewound();
    sandbox.take(Kind::Rewind, at(50));
    archive_all(&sandbox);
    let gone = sandbox.list();
    for snapshot in &gone {
        fs::remove_file(&snapshot.path).unwrap();
        let _ = fs::remove_file(snapshot.path.with_extension("note"));
    }
    let names = gone.iter().map(Snapshot::name).collect();
    (sandbox, names)
}

pub(super) fn archive_all(sandbox: &Sandbox) {
    sandbox.run(&["archive", "init"]);
    let added = sandbox.run(&["archive", "add", "--all"]);
    assert_eq!(added.code, 0, "{}", added.err);
}

fn places(listed: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let all = listed.as_array().unwrap().iter();
    all.map(|one| {
        let name = format!("{}/{}", text(one, "kind"), text(one, "name"));
        (name, text(one, "stored_in"))
    })
    .collect()
}

#[test]
fn the_list_says_where_each_snapshot_is() {
    let sandbox = Sandbox::rewound();
    archive_all(&sandbox);
    let listed = sandbox.list();
    fs::remove_file(&listed[1].path).unwrap();
    sandbox.take(Kind::Rewind, at(70));
    let found = places(&sandbox.run(&["list", "--json"]).json());
    let expected = sandbox.list()[0].name();
    let expected: Vec<(String, String)> = vec![
        (expected, "folder".to_owned()),
        (listed[0].name(), "both".to_owned()),
        (listed[1].name(), "archive".to_owned()),
    ];
    assert_eq!(found, expected);
    let shown = sandbox.run(&["list"]).out;
    assert!(shown.lines().next().unwrap().contains("WHERE"), "{shown}");
}

#[test]
fn every_command_that_reads_takes_an_archived_name() {
    let (sandbox, gone) = pruned_by_the_service();
    let (name, other) = (gone[0].as_str(), gone[1].as_str());
    for arguments in [
        vec!["show", name],
        vec!["show", name, "--rows", "memories"],
        vec!["diff", name, "live"],
        vec!["diff", other, name],
        vec!["export", name, "--table", "memories", "--format", "csv"],
        vec!["verify", name],
        vec!["verify", name, "--deep"],
        vec!["restore", name, "--dry-run"],
        vec!["restore", name, "--dry-run", "--missing-only"],
        vec!["restore", name, "--dry-run", "--merge"],
        vec!["restore", name, "--into", "copy.db", "--yes"],
        vec!["restore", "--at", "3", "--dry-run"],
    ] {
        let ran = sandbox.run(&arguments);
        // A difference is no failure.
        let most = i32::from(arguments[0] == "diff");
        assert!(ran.code <= most, "{arguments:?}: {}", ran.err);
    }
    // Nothing was put where the application would find it.
    assert_eq!(sandbox.list(), []);
}

#[test]
fn a_restore_of_an_archived_snapshot_makes_live_as_it_was() {
    let sandbox = Sandbox::rewound();
    let name = sandbox.list()[0].name();
    sandbox
        .restore(&sandbox.list()[0], unrewind::core::Scope::Full)
        .unwrap();
    let restored = sandbox.dump();
    sandbox.undo().unwrap();
    archive_all(&sandbox);
    let snapshot = sandbox.found_named(&name);
    fs::remove_file(&snapshot.path).unwrap();
    let ran = sandbox.run(&["restore", &name, "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(sandbox.dump(), restored);
    let undone = sandbox.run(&["undo", "--yes"]);
    assert_eq!(undone.code, 0, "{}", undone.err);
}

#[test]
fn a_search_and_a_history_read_archived_snapshots_too() {
    let sandbox = Sandbox::rewound();
    let id = sandbox.memory("The heron stood in the reeds.");
    let taken = sandbox.take(Kind::Rewind, at(60));
    sandbox.sql(&format!("DELETE FROM memories WHERE id = {id}"));
    archive_all(&sandbox);
    fs::remove_file(&taken.path).unwrap();
    let found = sandbox.run(&["search", "heron", "--table", "memories"]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    let history = sandbox.run(&["history", "memories", &id.to_string(), "--json"]);
    assert_eq!(history.code, 0, "{}", history.err);
    let name = taken.name();
    assert!(
        history.out.contains(name.split('/').next_back().unwrap()),
        "{}",
        history.out
    );
}

#[test]
fn what_is_only_archived_is_neither_labelled_nor_pinned_nor_deleted() {
    let (sandbox, gone) = pruned_by_the_service();
    for arguments in [
        vec!["pin", gone[0].as_str()],
        vec!["label", gone[0].as_str(), "mine"],
        vec!["delete", gone[0].as_str(), "--yes"],
    ] {
        let ran = sandbox.run(&arguments);
        assert_eq!(ran.code, 1, "{arguments:?}");
        assert!(ran.err.contains("only in the archive"), "{}", ran.err);
    }
}

#[test]
fn a_beginning_that_fits_here_and_in_the_archive_is_refused() {
    let (sandbox, gone) = pruned_by_the_service();
    let taken = sandbox.take(Kind::Rewind, at(80));
    let refused = sandbox.run(&["show", "20"]);
    assert_eq!(refused.code, 1);
    for name in gone.iter().chain([&taken.name()]) {
        assert!(refused.err.contains(name.as_str()), "{}", refused.err);
    }
}

#[test]
fn a_list_needs_no_password() {
    let (sandbox, gone) = pruned_by_the_service();
    sandbox.run(&["list"]);
    fs::write(
        sandbox.data().join("archive").join("config"),
        "not a repository",
    )
    .unwrap();
    let listed = sandbox.run(&["list", "--json"]);
    // Not even an error about the archive, which it did not open.
    assert_eq!((listed.code, &*listed.err), (0, ""));
    assert_eq!(places(&listed.json()).len(), gone.len());
    let refused = sandbox.run(&["show", &gone[0]]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("archive"), "{}", refused.err);
}

#[test]
fn the_list_of_the_ui_has_the_archived_ones_and_opens_them() {
    let (sandbox, gone) = pruned_by_the_service();
    let mut tui = sandbox.tui(120, 35);
    let screen = tui.frame();
    // Of the selected one the preview says it; its file was unpacked for the events.
    assert!(screen.contains("only in the archive"), "{screen}");
    assert!(screen.contains("LAST EVENTS"), "{screen}");
    assert!(
        screen.contains("WHERE") && screen.contains("LAST SENTENCE"),
        "{screen}"
    );
    // With less room the sentence stays.
    let narrower = sandbox.tui(100, 35).frame();
    assert!(
        !narrower.contains("WHERE") && narrower.contains("LAST SENTENCE"),
        "{narrower}"
    );
    let others = gone.len() - 1;
    let in_list = screen.matches("   in the archive").count();
    assert_eq!(in_list, others, "{screen}");
    let screen = tui.keys("x").frame();
    assert!(
        screen.contains("not for what is only in the archive"),
        "{screen}"
    );
    let screen = tui.keys("d").frame();
    assert!(screen.contains("Difference"), "{screen}");
    let screen = tui.keys("qr").frame();
    assert!(screen.contains("Restore rewind"), "{screen}");
    assert_eq!(sandbox.list(), []);
}

#[test]
fn a_damaged_unpacked_file_is_unpacked_once_more() {
    let (sandbox, gone) = pruned_by_the_service();
    let listed = sandbox.run(&["list", "--json"]).json();
    let path = listed[0]["path"].as_str().unwrap();
    let shown = sandbox.run(&["show", &gone[0], "--rows", "event_log"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let mut bytes = fs::read(path).unwrap();
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    fs::write(path, bytes).unwrap();
    let again = sandbox.run(&["show", &gone[0], "--rows", "event_log"]);
    assert_eq!((again.code, again.out), (0, shown.out), "{}", again.err);
}

#[test]
fn an_archived_name_is_exact_even_if_another_begins_with_it() {
    let sandbox = Sandbox::rewound();
    let taken = sandbox.found_named("latest:rewind");
    sandbox
        .restore(&taken, unrewind::core::Scope::Full)
        .unwrap();
    let safety = sandbox
        .list()
        .into_iter()
        .find(Snapshot::is_safety_snapshot)
        .unwrap();
    // The same second as the safety snapshot's.
    let plain = safety.name().replace("_safety", "");
    let plain: unrewind::core::Id = plain.parse().unwrap();
    fs::copy(&taken.path, sandbox.store().path(plain)).unwrap();
    archive_all(&sandbox);
    for snapshot in sandbox.list() {
        fs::remove_file(&snapshot.path).unwrap();
        let _ = fs::remove_file(snapshot.path.with_extension("note"));
    }
    let shown = sandbox.run(&["show", &plain.to_string(), "--json"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert_eq!(shown.json()["name"], plain.name());
}

#[test]
fn no_file_is_made_in_the_archive() {
    let sandbox = Sandbox::rewound();
    archive_all(&sandbox);
    let config = fs::read(sandbox.data().join("archive/config")).unwrap();
    for arguments in [
        vec!["list", "--log", "data/archive/config"],
        vec![
            "restore",
            "latest",
            "--into",
            "data/archive/copy.db",
            "--yes",
        ],
        vec![
            "export",
            "latest",
            "--format",
            "csv",
            "--table",
            "memories",
            "--output",
            "data/archive/x",
        ],
    ] {
        let ran = sandbox.run(&arguments);
        assert_eq!(ran.code, 1, "{arguments:?}");
        assert!(ran.err.contains("is in the archive"), "{}", ran.err);
    }
    assert_eq!(
        fs::read(sandbox.data().join("archive/config")).unwrap(),
        config
    );
}

#[test]
fn the_ui_opens_no_archive_unasked_that_needs_a_command() {
    let sandbox = Sandbox::rewound();
    archive_all(&sandbox);
    let name = sandbox.list()[0].name();
    sandbox.run(&["list"]);
    fs::remove_file(&sandbox.list()[0].path).unwrap();
    let run = sandbox.path().join("asked");
    let asks = if cfg!(windows) {
        let makes_it = format!("echo asked>{}", run.display());
        vec!["cmd".to_owned(), "/c".to_owned(), makes_it]
    } else {
        vec!["touch".to_owned(), run.display().to_string()]
    };
    let settings = unrewind::core::ArchiveSettings {
        password: unrewind::core::ArchivePassword::Command(asks),
        ..unrewind::core::ArchiveSettings::default()
    };
    let workspace = unrewind::core::Workspace::builder(sandbox.data())
        .cache_in(sandbox.cache())
        .archive(settings)
        .build();
    let all = workspace.store().list_all(&Kind::ALL).unwrap();
    let archived = all.snapshots.iter().find(|one| one.name() == name).unwrap();
    assert!(archived.is_only_archived());
    assert!(!workspace.store().opens_unasked(archived));
    let found = find_rewind(
        &sandbox.database(),
        &sandbox.profile,
        &rewinds(&all.snapshots),
        (workspace.store(), Archived::Here),
        &mut unattended,
    );
    let passed_over = found.unwrap().passed_over;
    assert_eq!(passed_over[0], PassedOver::Archived { name });
    assert!(!run.exists());
    assert!(workspace.open_archive().is_err());
    assert!(run.exists());
}

#[test]
fn identical_archived_neighbours_are_folded_into_one() {
    let sandbox = Sandbox::rewound();
    for minute in [50, 80, 110, 140] {
        sandbox.take(Kind::Periodic, at(minute));
    }
    archive_all(&sandbox);
    let periodic: Vec<_> = sandbox
        .list()
        .into_iter()
        .filter(|one| one.kind() == Some(Kind::Periodic))
        .take(4)
        .collect();
    for snapshot in &periodic {
        fs::remove_file(&snapshot.path).unwrap();
        let _ = fs::remove_file(snapshot.path.with_extension("note"));
    }
    let listed = sandbox.run(&["list"]).out;
    let newest = periodic[0].id.unwrap().name();
    let line = listed.lines().find(|line| line.contains(&newest)).unwrap();
    assert!(line.contains("+3 identical, back to "), "{listed}");
    for other in &periodic[1..] {
        assert!(!listed.contains(&other.id.unwrap().name()), "{listed}");
    }
    // For programs and by their names all are there.
    let all = places(&sandbox.run(&["list", "--json"]).json());
    assert!(
        periodic
            .iter()
            .all(|one| all.iter().any(|(name, _)| *name == one.name()))
    );
    assert_eq!(sandbox.run(&["show", &periodic[2].name()]).code, 0);
    let mut tui = sandbox.tui(120, 35);
    let screen = tui.frame();
    assert!(screen.contains("+3 identical"), "{screen}");
    let screen = tui.keys("/archive\n").frame();
    assert!(!screen.contains("+3 identical"), "{screen}");
    assert_eq!(screen.matches("  in the archive").count(), 3, "{screen}");
}

#[test]
fn marks_say_which_of_them_cannot_be_deleted() {
    let sandbox = Sandbox::rewound();
    sandbox.take(Kind::Rewind, at(50));
    archive_all(&sandbox);
    fs::remove_file(&sandbox.list()[0].path).unwrap();
    let screen = sandbox.tui(120, 35).keys(" j x").frame();
    let said = "1 of the 2 marked are only in the archive: unmark them first";
    assert!(screen.contains(said), "{screen}");
    assert!(sandbox.list().len() > 1);
}
