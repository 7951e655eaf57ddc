//! The archive: every byte comes back, nothing damaged goes in, and restic reads what Unrewind wrote.

mod damage;
mod described;
mod forget;
mod last_file;
mod one_history;
#[cfg(unix)]
mod password;
mod prune;
mod recover;
#[cfg(feature = "archive-remote")]
mod remote;
mod restic;
mod unlisted;
#[cfg(unix)]
mod watch;

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use unrewind::core::{
    Archive, ArchivePassword, ArchiveSettings, Deletion, Error, Kind, Label, Secret, Snapshot,
    Stage, Workspace, unattended,
};

use crate::{
    sandbox::{Sandbox, at},
    system::shown,
};

/// An archive in another folder, with a password of its own.
fn settings(folder: &Path, password: &str) -> ArchiveSettings {
    ArchiveSettings {
        repository: Some(folder.display().to_string()),
        password: ArchivePassword::Typed(Secret::new(password.to_owned())),
        ..ArchiveSettings::default()
    }
}

fn workspace(sandbox: &Sandbox, settings: ArchiveSettings) -> Workspace {
    let builder = Workspace::builder(sandbox.data());
    builder
        .profile(sandbox.profile.clone())
        .archive(settings)
        .build()
}

/// A chat with a periodic and a rewind snapshot, and its empty archive beside them.
fn chat() -> (Sandbox, Workspace, Archive) {
    let sandbox = Sandbox::rewound();
    let workspace = workspace(&sandbox, ArchiveSettings::default());
    let (archive, is_new) = workspace.create_archive().unwrap();
    assert!(is_new);
    (sandbox, workspace, archive)
}

fn add(workspace: &Workspace, archive: &mut Archive, snapshot: &Snapshot) -> Result<bool, Error> {
    let archived = archive.list(&mut unattended)?;
    let added = workspace.add_to_archive(archive, &archived, snapshot)?;
    Ok(added.is_some())
}

fn names(archive: &Archive) -> Vec<String> {
    let all = archive.list(&mut unattended).unwrap();
    all.iter().map(|one| one.id.to_string()).collect()
}

/// The files of a folder and those below it, without the archive's own folders.
fn packs(repository: &Path) -> Vec<PathBuf> {
    let below = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let folders = below(repository.join("data"));
    folders.into_iter().flat_map(below).collect()
}

#[test]
fn what_is_added_comes_back_byte_for_byte() {
    let (sandbox, workspace, mut archive) = chat();
    assert_eq!(archive.probe(&mut unattended).unwrap(), Deletion::Done);
    for snapshot in sandbox.list() {
        assert!(add(&workspace, &mut archive, &snapshot).unwrap());
    }
    let listed: Vec<String> = sandbox.list().iter().map(Snapshot::name).collect();
    assert_eq!(names(&archive), listed);
    for snapshot in sandbox.list() {
        let archived = archive.find(&snapshot.name(), &mut unattended).unwrap();
        let to = sandbox.path().join(snapshot.name().replace('/', "-"));
        archive.get(&archived, &to, &mut unattended).unwrap();
        assert_eq!(fs::read(&to).unwrap(), fs::read(&snapshot.path).unwrap());
        assert_eq!(archived.last_event_id, snapshot.last_event_id);
    }
}

#[test]
fn one_that_is_there_is_not_added_again_and_a_new_label_replaces_it() {
    let (sandbox, workspace, mut archive) = chat();
    let snapshot = sandbox.found_named("latest:rewind");
    assert!(add(&workspace, &mut archive, &snapshot).unwrap());
    assert!(!add(&workspace, &mut archive, &snapshot).unwrap());
    let label: Label = "before the storm".parse().unwrap();
    sandbox
        .store()
        .label(&snapshot, Some(label.clone()))
        .unwrap();
    let labelled = sandbox.found_named("latest:rewind");
    assert!(add(&workspace, &mut archive, &labelled).unwrap());
    let all = archive.list(&mut unattended).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].note.label, Some(label));
}

#[test]
fn a_damaged_snapshot_is_refused_and_nothing_of_it_stays() {
    let (sandbox, workspace, mut archive) = chat();
    let snapshot = sandbox.found_named("latest:rewind");
    let mut bytes = fs::read(&snapshot.path).unwrap();
    let place = bytes.windows(4).position(|part| part == b"lamp").unwrap();
    bytes[place] = b'L';
    fs::write(&snapshot.path, bytes).unwrap();
    // Its note has the checksum of the bytes that were written.
    let error = add(&workspace, &mut archive, &snapshot).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert_eq!(names(&archive), [""; 0]);
    // Without a note every row is decoded first.
    let cut = sandbox.put(
        Kind::Rewind,
        at(90),
        "{\"last_event_id\": 3, \"event_log\": [{\"id\": ]}",
    );
    assert!(add(&workspace, &mut archive, &cut).is_err());
    assert_eq!(names(&archive), [""; 0]);
}

#[test]
fn a_cancelled_add_leaves_nothing() {
    let (sandbox, workspace, mut archive) = chat();
    // So large that it is not read before the first report.
    sandbox.memory(&"The lamp burns. ".repeat(3_000_000));
    let snapshot = sandbox.take(Kind::Rewind, at(60));
    let cancelled = workspace
        .to_builder()
        .on_progress(|progress| match progress.stage {
            Stage::Archiving => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
        .build();
    let error = add(&cancelled, &mut archive, &snapshot).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    assert_eq!(names(&archive), [""; 0]);
    add(&workspace, &mut archive, &snapshot).unwrap();
    assert_eq!(names(&archive), [snapshot.name()]);
}

#[test]
fn two_folders_in_one_repository_do_not_mix() {
    let shared = Sandbox::without_tables();
    let settings = settings(&shared.path().join("repository"), "secret");
    let (one, two) = (Sandbox::rewound(), Sandbox::rewound());
    for sandbox in [&one, &two] {
        let workspace = workspace(sandbox, settings.clone());
        let (mut archive, _) = workspace.create_archive().unwrap();
        add(&workspace, &mut archive, &sandbox.found_named("latest")).unwrap();
        assert_eq!(names(&archive), [sandbox.found_named("latest").name()]);
    }
    let archive = workspace(&one, settings.clone()).open_archive().unwrap();
    assert_eq!(archive.list_all(&mut unattended).unwrap().len(), 2);
    // A folder keeps its snapshots when it moves.
    let moved = one.path().join("moved");
    fs::rename(one.data(), &moved).unwrap();
    let moved = Workspace::builder(moved).archive(settings).build();
    assert_eq!(names(&moved.open_archive().unwrap()), names(&archive));
}

#[test]
fn a_wrong_password_and_a_missing_archive_are_one_sentence_each() {
    let sandbox = Sandbox::rewound();
    let repository = sandbox.path().join("repository");
    workspace(&sandbox, settings(&repository, "right"))
        .create_archive()
        .unwrap();
    let refused = workspace(&sandbox, settings(&repository, "wrong")).open_archive();
    let place = repository.display().to_string();
    assert_eq!(
        refused.unwrap_err().to_string(),
        format!("the password of the archive {place} is wrong")
    );
    let ran = sandbox.run(&["archive", "list"]);
    assert_eq!(ran.code, 1);
    let lines: Vec<&str> = ran.err.lines().collect();
    assert!(
        lines[0].starts_with("unrewind: there is no archive "),
        "{}",
        ran.err
    );
    assert_eq!(
        lines[1],
        "hint: if it is on a disk that is not mounted, mount that; else create it with `unrewind archive init`"
    );
    // 1 would mean that snapshots are not archived.
    assert_eq!(sandbox.run(&["archive", "status"]).code, 2);
}

#[test]
fn a_changed_byte_in_the_archive_is_found_and_never_returned() {
    let (sandbox, workspace, mut archive) = chat();
    let snapshot = sandbox.found_named("latest:rewind");
    add(&workspace, &mut archive, &snapshot).unwrap();
    assert!(
        archive
            .check(Some((1, 1)), &mut unattended)
            .unwrap()
            .is_empty()
    );
    let packs = packs(&sandbox.data().join("archive"));
    assert!(!packs.is_empty());
    for pack in packs {
        let mut bytes = fs::read(&pack).unwrap();
        bytes[10] ^= 1;
        fs::remove_file(&pack).unwrap();
        fs::write(&pack, bytes).unwrap();
    }
    let flaws = archive.check(Some((1, 1)), &mut unattended).unwrap();
    assert!(flaws.iter().any(|flaw| flaw.is_severe), "{flaws:?}");
    let to = sandbox.path().join("back.json");
    let found = archive.find(&snapshot.name(), &mut unattended);
    let got = found.and_then(|found| archive.get(&found, &to, &mut unattended));
    assert!(got.is_err());
    assert!(!to.exists());
    let ran = sandbox.run(&["archive", "check", "--read-data"]);
    assert_eq!(ran.code, 1);
    let place = shown(&sandbox.data().join("archive"));
    let what_to_do = format!(
        "{place}: the archive is damaged: `restic -r {place} check --read-data` (restic 0.17 or later) prints the two commands that repair it; then `unrewind archive add --all` adds again what the data folder still holds\n"
    );
    assert!(ran.out.ends_with(&what_to_do), "{}", ran.out);
    // Rustic's own text is a page.
    assert!(ran.out.lines().all(|line| line.len() < 300), "{}", ran.out);
}

#[test]
fn bytes_that_are_not_those_of_the_record_are_not_returned() {
    let (sandbox, workspace, mut archive) = chat();
    for snapshot in sandbox.list() {
        add(&workspace, &mut archive, &snapshot).unwrap();
    }
    let other = archive
        .find("latest:periodic", &mut unattended)
        .unwrap()
        .checksum;
    let mut found = archive.find("latest:rewind", &mut unattended).unwrap();
    found.checksum = other;
    let to = sandbox.path().join("back.json");
    let error = archive.get(&found, &to, &mut unattended).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(!to.exists());
}

#[test]
fn get_writes_a_new_file_and_never_into_the_snapshots() {
    let (sandbox, workspace, mut archive) = chat();
    let snapshot = sandbox.found_named("latest:periodic");
    add(&workspace, &mut archive, &snapshot).unwrap();
    let ran = sandbox.run(&["archive", "get", "latest", "--output", "old.json"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(
        fs::read(sandbox.path().join("old.json")).unwrap(),
        fs::read(&snapshot.path).unwrap()
    );
    let again = sandbox.run(&["archive", "get", "latest", "--output", "old.json"]);
    assert_eq!(again.code, 1);
    let into = "data/snapshots/periodic/20300101T000000Z.json";
    let refused = sandbox.run(&["archive", "get", "latest", "--output", into]);
    assert_eq!(refused.code, 1);
    assert!(!sandbox.path().join(into).exists());
}

#[test]
fn init_writes_the_place_into_the_users_own_configuration() {
    let sandbox = Sandbox::rewound();
    let own = sandbox.path().join("config/unrewind/config.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::write(&own, "# mine\n[periodic]\nkeep = 7\n").unwrap();
    fs::write(sandbox.path().join("password"), "secret\n").unwrap();
    let ran = sandbox.run(&[
        "archive",
        "init",
        "elsewhere",
        "--password-file",
        "password",
    ]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let text = fs::read_to_string(&own).unwrap();
    assert!(text.starts_with("# mine\n[periodic]\nkeep = 7\n"), "{text}");
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(sandbox.run(&["archive", "add", "--all"]).code, 0);
    let status = sandbox.run(&["archive", "status", "--json"]).json();
    let place = shown(&sandbox.path().join("elsewhere"));
    assert_eq!(status["repository"], place);
    assert_eq!(status["lacks"], serde_json::json!([]));
    assert!(!sandbox.data().join("archive").exists());
    // Without a terminal nobody can be asked for a password.
    let other = Sandbox::rewound();
    let refused = other.run(&["archive", "init", "elsewhere"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--password-file"), "{}", refused.err);
    assert!(!other.path().join("elsewhere").exists());
}

#[test]
#[cfg_attr(windows, ignore = "no name has a quotation mark there")]
fn a_folder_of_any_name_is_configured_and_one_without_a_password_has_the_documented_one() {
    let sandbox = Sandbox::rewound();
    let odd = "it's \"odd\" [data]";
    fs::rename(sandbox.data(), sandbox.path().join(odd)).unwrap();
    let own = sandbox.path().join("config/unrewind/config.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    let place = sandbox.path().join("all").display().to_string();
    fs::write(&own, format!("[archive]\nrepository = {place:?}")).unwrap();
    let here = ["--data-dir", odd, "archive"];
    let run = |arguments: &[&str]| sandbox.run(&[&here[..], arguments].concat());
    let ran = run(&["init"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(
        run(&["status", "--json"]).json()["documented_password"],
        true
    );
    // Its own setting is added behind a line without an end.
    let ran = run(&["init", "--append-only"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let status = run(&["status", "--json"]).json();
    assert_eq!(status["append_only"], true);
    assert_eq!(status["repository"], place);
    let refused = run(&["forget", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("append-only"), "{}", refused.err);
}

#[test]
fn a_data_folder_cannot_choose_where_its_snapshots_go() {
    let sandbox = Sandbox::rewound();
    let elsewhere = sandbox.path().join("elsewhere");
    let text = format!(
        "[archive]\nrepository = {:?}\n",
        elsewhere.display().to_string()
    );
    fs::write(sandbox.data().join("unrewind.toml"), text).unwrap();
    let ran = sandbox.run(&["archive", "init"]);
    assert!(
        ran.err
            .contains("the settings of [archive], which are yours"),
        "{}",
        ran.err
    );
    assert_eq!(ran.code, 0);
    assert!(!elsewhere.exists());
    assert!(sandbox.data().join("archive/config").exists());
}
