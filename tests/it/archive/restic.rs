//! restic reads what Unrewind archived, and Unrewind lists what restic backed up. Where restic is not
//! installed, these tests say so and pass.

use std::{fs, process::Command};

use unrewind::core::{ArchivePassword, ArchiveRetention, unattended};

use super::{add, chat};
use crate::sandbox::{Sandbox, now};

/// Runs restic on a chat's archive; `None` without restic.
pub fn restic(sandbox: &Sandbox, arguments: &[&str]) -> Option<Vec<u8>> {
    let ran = Command::new("restic")
        .args(["--no-cache", "--repo"])
        .arg(sandbox.data().join("archive"))
        .args(arguments)
        .env("RESTIC_PASSWORD", ArchivePassword::DOCUMENTED)
        .output();
    match ran {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("restic is not installed: not tried with it");
            None
        }
        ran => {
            let ran = ran.unwrap();
            assert!(
                ran.status.success(),
                "{}",
                String::from_utf8_lossy(&ran.stderr)
            );
            Some(ran.stdout)
        }
    }
}

#[test]
fn restic_checks_and_reads_what_unrewind_archived() {
    let (sandbox, workspace, mut archive) = chat();
    for snapshot in sandbox.list() {
        add(&workspace, &mut archive, &snapshot).unwrap();
    }
    let Some(_) = restic(&sandbox, &["check", "--read-data"]) else {
        return;
    };
    for snapshot in sandbox.list() {
        let archived = archive.find(&snapshot.name(), &mut unattended).unwrap();
        let path = archived.path.to_str().unwrap();
        let dumped = restic(&sandbox, &["dump", &archived.restic_id, path]).unwrap();
        assert_eq!(dumped, fs::read(&snapshot.path).unwrap());
        let note = archived.path.with_extension("note");
        let note = restic(
            &sandbox,
            &["dump", &archived.restic_id, note.to_str().unwrap()],
        );
        assert!(!note.unwrap().is_empty());
    }
}

#[test]
fn what_restic_backed_up_is_listed_and_comes_back() {
    let (sandbox, _, archive) = chat();
    let snapshots = sandbox.data().join("snapshots");
    let Some(_) = restic(&sandbox, &["backup", snapshots.to_str().unwrap()]) else {
        return;
    };
    let listed: Vec<String> = sandbox
        .list()
        .iter()
        .map(unrewind::Snapshot::name)
        .collect();
    assert_eq!(super::names(&archive), listed);
    let snapshot = sandbox.found_named("latest:rewind");
    let to = sandbox.path().join("back.json");
    let found = archive.find(&snapshot.name(), &mut unattended).unwrap();
    archive.get(&found, &to, &mut unattended).unwrap();
    assert_eq!(fs::read(to).unwrap(), fs::read(&snapshot.path).unwrap());
}

#[test]
fn a_snapshot_that_restic_tagged_anew_is_still_known() {
    let (sandbox, workspace, mut archive) = chat();
    let snapshot = sandbox.found_named("latest:rewind");
    add(&workspace, &mut archive, &snapshot).unwrap();
    let Some(_) = restic(&sandbox, &["tag", "--add", "mine"]) else {
        return;
    };
    assert_eq!(super::names(&archive), [snapshot.name()]);
    // Its note has what restic removed from the description.
    assert!(!add(&workspace, &mut archive, &snapshot).unwrap());
    let to = sandbox.path().join("back.json");
    archive
        .get(
            &archive.find(&snapshot.name(), &mut unattended).unwrap(),
            &to,
            &mut unattended,
        )
        .unwrap();
    assert_eq!(fs::read(to).unwrap(), fs::read(&snapshot.path).unwrap());
}

#[test]
fn unrewind_never_forgets_what_restic_backed_up() {
    let (sandbox, _, mut archive) = chat();
    let Some(_) = restic(&sandbox, &["backup", sandbox.data().to_str().unwrap()]) else {
        return;
    };
    let all = archive.list(&mut unattended).unwrap();
    let keep = ArchiveRetention {
        hourly: Some(1),
        ..ArchiveRetention::default()
    };
    let judged = archive.judge(&keep, now(), &mut unattended).unwrap();
    assert!(judged.iter().all(|one| one.keep), "{judged:?}");
    assert!(archive.forget(&all, &mut unattended).is_err());
    assert_eq!(archive.list(&mut unattended).unwrap(), all);
}
