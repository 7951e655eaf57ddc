//! What the archive forgets, and when it must not be written at all.

use std::fs;

use chrono::TimeDelta;
use unrewind::core::{ArchiveRetention, ArchiveSettings, Deletion, Kind, unattended};

use super::{add, chat, names, settings, workspace};
use crate::sandbox::{Sandbox, age, at};

#[test]
fn the_policy_keeps_what_it_names_and_what_is_pinned() {
    let (sandbox, workspace, mut archive) = chat();
    for hour in 1..=6 {
        sandbox.event("Another hour.");
        sandbox.take(Kind::Rewind, at(60 * hour));
    }
    let pinned = sandbox.found_named("rewind/20210314T130000Z");
    sandbox
        .store()
        .pin(&pinned, &sandbox.profile, None, &mut unattended)
        .unwrap();
    for snapshot in sandbox.list() {
        add(&workspace, &mut archive, &snapshot).unwrap();
    }
    let keep = ArchiveRetention {
        hourly: Some(2),
        ..ArchiveRetention::default()
    };
    let now = at(60 * 6) + TimeDelta::minutes(1);
    let judged = archive.judge(&keep, now, &mut unattended).unwrap();
    let kept: Vec<String> = judged
        .iter()
        .filter(|one| one.keep)
        .map(|one| one.snapshot.id.to_string())
        .collect();
    assert_eq!(
        kept,
        [
            "rewind/20210314T180000Z",
            "rewind/20210314T170000Z",
            "rewind/20210314T130000Z"
        ]
    );
    let gone: Vec<_> = judged
        .into_iter()
        .filter(|one| !one.keep)
        .map(|one| one.snapshot)
        .collect();
    archive.forget(&gone, &mut unattended).unwrap();
    assert_eq!(names(&archive), kept);
    for name in kept {
        let to = sandbox.path().join(name.replace('/', "-"));
        archive
            .get(
                &archive.find(&name, &mut unattended).unwrap(),
                &to,
                &mut unattended,
            )
            .unwrap();
    }
    let all = archive
        .judge(&ArchiveRetention::default(), now, &mut unattended)
        .unwrap();
    assert!(all.iter().all(|one| one.keep));
}

#[test]
fn an_append_only_archive_forgets_nothing() {
    let sandbox = Sandbox::rewound();
    let settings = ArchiveSettings {
        append_only: true,
        ..settings(&sandbox.path().join("repository"), "secret")
    };
    let workspace = workspace(&sandbox, settings);
    let (mut archive, _) = workspace.create_archive().unwrap();
    add(&workspace, &mut archive, &sandbox.found_named("latest")).unwrap();
    assert!(
        archive
            .forget(&archive.list(&mut unattended).unwrap(), &mut unattended)
            .is_err()
    );
    assert_eq!(archive.list(&mut unattended).unwrap().len(), 1);
    assert_eq!(archive.probe(&mut unattended).unwrap(), Deletion::Refused);
    assert_eq!(archive.list(&mut unattended).unwrap().len(), 1);
}

#[test]
fn an_archive_that_is_append_only_by_configuration_keeps_every_copy_and_the_newest_counts() {
    let (sandbox, workspace, mut archive) = chat();
    add(&workspace, &mut archive, &sandbox.found_named("latest")).unwrap();
    let append_only = ArchiveSettings {
        append_only: true,
        ..ArchiveSettings::default()
    };
    let workspace = workspace.to_builder().archive(append_only).build();
    let mut archive = workspace.open_archive().unwrap();
    let store = sandbox.store();
    let pinned = store.pin(
        &sandbox.found_named("latest"),
        &sandbox.profile,
        None,
        &mut unattended,
    );
    pinned.unwrap();
    assert!(add(&workspace, &mut archive, &sandbox.found_named("latest")).unwrap());
    assert!(archive.find("latest", &mut unattended).unwrap().pinned);
    // What the oldest copy says is new again.
    store.unpin(&sandbox.found_named("latest")).unwrap();
    assert!(add(&workspace, &mut archive, &sandbox.found_named("latest")).unwrap());
    assert!(!archive.find("latest", &mut unattended).unwrap().pinned);
    assert!(!add(&workspace, &mut archive, &sandbox.found_named("latest")).unwrap());
    let copies = archive.list(&mut unattended).unwrap();
    assert_eq!((copies.len(), copies[0].copies.len()), (1, 2));
    assert!(archive.remove_copies(&copies, &mut unattended).is_err());
    let refused = archive.forget(&copies, &mut unattended).unwrap_err();
    assert!(refused.to_string().ends_with("is append-only"), "{refused}");
    assert_eq!(archive.list(&mut unattended).unwrap(), copies);
}

#[test]
fn two_that_add_at_once_leave_one_snapshot_and_the_next_forget_removes_its_copies() {
    let (sandbox, workspace, mut archive) = chat();
    let snapshot = sandbox.found_named("latest");
    // Each read the list before the others added.
    for _ in 0..3 {
        let added = workspace.add_to_archive(&mut archive, &[], &snapshot);
        assert!(added.unwrap().is_some());
    }
    assert_eq!(archive.size(&mut unattended).unwrap().snapshots, 3);
    assert_eq!(names(&archive), [snapshot.name()]);
    let status = sandbox.run(&["archive", "status"]);
    assert!(!status.out.contains("of others"), "{}", status.out);
    assert!(!add(&workspace, &mut archive, &snapshot).unwrap());
    archive.forget(&[], &mut unattended).unwrap();
    assert_eq!(archive.size(&mut unattended).unwrap().snapshots, 1);
    let to = sandbox.path().join("back.json");
    let kept = archive.find("latest", &mut unattended).unwrap();
    archive.get(&kept, &to, &mut unattended).unwrap();
    // Forgetting one removes all of its copies.
    workspace
        .add_to_archive(&mut archive, &[], &snapshot)
        .unwrap();
    let all = archive.list(&mut unattended).unwrap();
    archive.forget(&all, &mut unattended).unwrap();
    assert_eq!(archive.size(&mut unattended).unwrap().snapshots, 0);
}

#[test]
fn forgetting_deletes_what_was_unpacked() {
    let (sandbox, _, _) = chat();
    let snapshot = sandbox.found_named("latest:rewind");
    let name = snapshot.name();
    assert_eq!(sandbox.run(&["archive", "add", &name]).code, 0);
    fs::remove_file(&snapshot.path).unwrap();
    assert_eq!(sandbox.run(&["show", &name]).code, 0);
    let unpacked = || {
        let cache = fs::read_dir(sandbox.cache().join("archive")).unwrap();
        let file = format!("{name}.json");
        cache
            .flatten()
            .any(|folder| folder.path().join(&file).exists())
    };
    assert!(unpacked());
    let ran = sandbox.run(&["archive", "forget", &name, "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(!unpacked());
}

#[test]
fn nothing_is_written_while_restic_holds_a_lock() {
    let (sandbox, workspace, mut archive) = chat();
    let locks = sandbox.data().join("archive/locks");
    fs::create_dir(&locks).unwrap();
    fs::write(locks.join("0123"), "").unwrap();
    let snapshot = sandbox.found_named("latest:rewind");
    let error = add(&workspace, &mut archive, &snapshot).unwrap_err();
    assert!(
        error.to_string().starts_with("restic has locked"),
        "{error}"
    );
    assert!(archive.forget(&[], &mut unattended).is_err());
    assert_eq!(names(&archive), [""; 0]);
    // restic renews its lock; an old one was left behind.
    age(&locks.join("0123"), at(0));
    assert!(add(&workspace, &mut archive, &snapshot).unwrap());
}
