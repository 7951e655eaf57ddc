//! The watch adds each snapshot to the archive as it appears, and whatever is wrong with a snapshot or with the
//! archive harms nothing: takes and prunes go on.

mod failures;
mod upkeep;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use serde_json::json;
use unrewind::core::{Kind, Snapshot, unattended};

use super::{chat, names, restic::restic, workspace};
use crate::{
    crash::kill::kills,
    rng::Rng,
    sandbox::{Ran, Sandbox, age, at},
    watch::{events, program::Running},
};

/// Writes a file as the service does: in place, without a note.
fn service_writes(sandbox: &Sandbox, name: &str, bytes: &[u8]) -> PathBuf {
    let path = sandbox.data().join("snapshots").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

/// Writes the user's own configuration.
fn configure(sandbox: &Sandbox, text: &str) {
    let own = sandbox.path().join("config/unrewind/config.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::write(own, text).unwrap();
}

/// Asserts that the archive returns these bytes for a snapshot.
#[track_caller]
fn assert_comes_back(sandbox: &Sandbox, name: &str, bytes: &[u8]) {
    let to = sandbox.path().join("back.json");
    let ran = sandbox.run(&["archive", "get", name, "--output", "back.json"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(fs::read(&to).unwrap(), bytes);
    fs::remove_file(to).unwrap();
}

fn once(sandbox: &Sandbox) -> Ran {
    sandbox.run(&["watch", "--once"])
}

/// The names in the lines of a watch that begin with this word.
fn named(ran: &Ran, word: &str) -> Vec<String> {
    let lines = ran.out.lines().filter_map(|line| line.split_once(' '));
    let words = lines.filter_map(|(_, text)| text.strip_prefix(word)?.split(' ').nth(1));
    words.map(str::to_owned).collect()
}

#[test]
fn a_snapshot_that_appears_is_archived_and_comes_back_after_the_service_pruned_it() {
    let (sandbox, _, archive) = chat();
    let running = Running::start(&sandbox);
    running.await_lines(&[
        "took periodic/",
        "archived periodic/20210314T120000Z (",
        "archived rewind/20210314T122000Z (",
        "deleted rewind/20210314T122000Z (",
    ]);
    let name = sandbox.found_named("latest:periodic").name();
    let bytes = fs::read(sandbox.found_named("latest:periodic").path).unwrap();
    let path = service_writes(&sandbox, "rewind/20990101T000000Z.json", &bytes);
    running.await_lines(&["archived rewind/20990101T000000Z ("]);
    fs::remove_file(path).unwrap();
    events(&sandbox, 100);
    let took = running.await_lines(&["took periodic/"]).pop().unwrap();
    let taken = took.split(' ').nth(1).unwrap();
    running.await_lines(&[&format!("archived {taken} (")]);
    assert_eq!(running.stop("TERM").1, Some(0));
    assert_comes_back(&sandbox, "rewind/20990101T000000Z", &bytes);
    assert_eq!(names(&archive).len(), 5);
    assert!(names(&archive).contains(&name));
}

#[test]
fn what_the_watch_prunes_first_is_archived_first_and_oldest_first() {
    let (sandbox, _, archive) = chat();
    sandbox.take(Kind::Rewind, at(30));
    let all: Vec<String> = sandbox.list().iter().rev().map(Snapshot::name).collect();
    let ran = once(&sandbox);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let archived = named(&ran, "archived");
    assert_eq!(archived[..3], all, "{}", ran.out);
    assert_eq!(named(&ran, "took"), archived[3..]);
    assert_eq!(named(&ran, "deleted"), all[1..], "{}", ran.out);
    assert_eq!(names(&archive).len(), 4);
    // All is done.
    let ran = once(&sandbox);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""));
}

#[test]
fn a_damaged_snapshot_keeps_no_other_out_and_is_added_once_it_is_whole() {
    let (sandbox, _, archive) = chat();
    let bytes = fs::read(sandbox.found_named("latest:periodic").path).unwrap();
    let name = "rewind/20990101T000000Z";
    let file = format!("{name}.json");
    let path = service_writes(&sandbox, &file, &bytes[..bytes.len() / 2]);
    age(&path, at(0));
    // The service is still writing this one.
    service_writes(&sandbox, "rewind/20990101T000001Z.json", &bytes[..9]);
    let running = Running::start(&sandbox);
    let lines = running.await_lines(&[
        "archived periodic/20210314T120000Z (",
        "archived rewind/20210314T122000Z (",
        "! rewind/20990101T000000Z was not archived: ",
    ]);
    assert!(lines.iter().all(|line| !line.contains("20990101T000001Z")));
    service_writes(&sandbox, &file, &bytes);
    running.await_lines(&["archived rewind/20990101T000000Z ("]);
    service_writes(&sandbox, "rewind/20990101T000001Z.json", &bytes);
    running.await_lines(&["archived rewind/20990101T000001Z ("]);
    assert_eq!(running.stop("TERM").1, Some(0));
    assert!(names(&archive).contains(&name.to_owned()));
}

#[test]
fn a_wrong_password_is_reported_once_and_stops_neither_takes_nor_prunes() {
    let sandbox = Sandbox::rewound();
    fs::write(sandbox.path().join("password"), "secret\n").unwrap();
    let init = ["archive", "init", "there", "--password-file", "password"];
    assert_eq!(sandbox.run(&init).code, 0);
    fs::write(sandbox.path().join("password"), "wrong\n").unwrap();
    let running = Running::start(&sandbox);
    let mut lines = running.await_lines(&[
        "the password of the archive ",
        "took periodic/",
        "deleted rewind/20210314T122000Z (",
    ]);
    events(&sandbox, 100);
    lines.extend(running.await_lines(&["took periodic/"]));
    fs::write(sandbox.path().join("password"), "secret\n").unwrap();
    lines.extend(running.await_lines(&["the archive works again after "]));
    let reported: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains("password"))
        .collect();
    let [reported] = reported[..] else {
        panic!("{lines:?}");
    };
    let what_to_do = " is wrong: set password_file or password_command in [archive] of your configuration; trying again";
    assert!(reported.ends_with(what_to_do), "{reported}");
    assert_eq!(running.stop("TERM").1, Some(0));
    assert_eq!(sandbox.run(&["archive", "status"]).code, 0);
}

#[test]
fn once_exits_with_1_if_the_archive_is_gone_but_takes_and_prunes() {
    let sandbox = Sandbox::rewound();
    assert_eq!(
        sandbox
            .run(&["archive", "init", "there", "--password-file", "/dev/null"])
            .code,
        1
    );
    let place = sandbox.path().join("there").display().to_string();
    configure(&sandbox, &format!("[archive]\nrepository = {place:?}\n"));
    let ran = once(&sandbox);
    assert_eq!(ran.code, 1);
    let lines: Vec<&str> = ran.err.lines().collect();
    let expected = [
        format!("unrewind: there is no archive {place}"),
        "hint: if it is on a disk that is not mounted, mount that; else create it with `unrewind archive init`".to_owned(),
    ];
    assert_eq!(lines, expected);
    assert_eq!(named(&ran, "took").len(), 1);
    assert_eq!(named(&ran, "deleted"), ["rewind/20210314T122000Z"]);
}

#[test]
fn an_archive_removed_meanwhile_is_reported_and_the_watch_goes_on() {
    let (sandbox, _, _) = chat();
    let running = Running::start(&sandbox);
    let lines = running.await_lines(&["took periodic/", "archived periodic/20210314T120000Z ("]);
    let took = lines.iter().find(|line| line.starts_with("took ")).unwrap();
    let archived = format!("archived {} (", took.split(' ').nth(1).unwrap());
    if !lines.iter().any(|line| line.starts_with(&archived)) {
        running.await_lines(&[&archived]);
    }
    let (archive, away) = (sandbox.data().join("archive"), sandbox.path().join("away"));
    fs::rename(&archive, &away).unwrap();
    events(&sandbox, 100);
    let gone = format!("the archive {} is gone: ", archive.display());
    let lines = running.await_lines(&["took periodic/", &gone]);
    let what_to_do = ": put it back, or begin a new one with `unrewind archive init`; to go on without an archive, delete that list; trying again";
    assert!(
        lines.iter().any(|line| line.ends_with(what_to_do)),
        "{lines:?}"
    );
    events(&sandbox, 100);
    running.await_lines(&["took periodic/"]);
    fs::rename(&away, &archive).unwrap();
    running.await_lines(&["the archive works again after "]);
    assert_eq!(running.stop("TERM").1, Some(0));
    assert_eq!(sandbox.run(&["archive", "status"]).code, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_of_the_archive_harms_nothing() {
    let sandbox = Sandbox::rewound();
    let disk = sandbox.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = |arguments: &[&str]| {
        let ran = Command::new("mount").args(arguments).arg(&disk).output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=2m", "none"]) {
        eprintln!("not allowed to mount a small disk: not tried with a full one");
        return;
    }
    let _disk = Mounted(disk.clone());
    let place = disk.join("archive").display().to_string();
    configure(&sandbox, &format!("[archive]\nrepository = {place:?}\n"));
    assert_eq!(sandbox.run(&["archive", "init"]).code, 0);
    let mut rng = Rng::new(1);
    let noise = (0..400_000).map(|_| format!("{:016x}", rng.below(u64::MAX)));
    let noise: String = noise.collect();
    sandbox.memory(&noise);
    let ran = once(&sandbox);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("o space left"), "{}", ran.err);
    assert_eq!(named(&ran, "took").len(), 1);
    assert!(mount(&["-o", "remount,size=64m"]));
    let ran = once(&sandbox);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let newest = sandbox.found_named("latest:periodic");
    assert_eq!(named(&ran, "archived"), [newest.name()]);
    assert_comes_back(&sandbox, &newest.name(), &fs::read(&newest.path).unwrap());
}

/// A disk that is unmounted when the test ends.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// The bytes of the archive's packs, indexes and snapshots.
fn bytes_archived(archive: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(archive) else {
        return 0;
    };
    let size = |path: PathBuf| {
        if path.is_dir() {
            return bytes_archived(&path);
        }
        fs::metadata(path).map_or(0, |file| file.len())
    };
    entries.flatten().map(|entry| size(entry.path())).sum()
}

#[test]
fn a_watch_killed_while_it_archives_loses_nothing() {
    let sandbox = Sandbox::with_waves(20_000);
    let workspace = workspace(&sandbox, unrewind::core::ArchiveSettings::default());
    let (archive, _) = workspace.create_archive().unwrap();
    let folder = sandbox.data().join("archive");
    let mut written = Vec::new();
    for seed in 0..kills(1, 5) {
        let mut rng = Rng::new(seed);
        sandbox.log(
            "memory_added",
            &json!({ "chat": 1, "text": format!("{seed}") }),
        );
        let minute = i64::try_from(seed).unwrap();
        let taken = sandbox.take(
            Kind::Rewind,
            unrewind::core::now() - chrono::TimeDelta::minutes(200 - minute),
        );
        written.push((taken.name(), fs::read(&taken.path).unwrap()));
        let bytes = bytes_archived(&folder) + rng.below(400_000);
        let running = Running::start(&sandbox);
        running.expect_line("watching");
        while bytes_archived(&folder) < bytes {
            thread::yield_now();
            let line = running.lines.try_recv();
            if line.is_ok_and(|line| line.starts_with(&format!("archived {}", taken.name()))) {
                break;
            }
        }
        running.signal("KILL");
    }
    let ran = once(&sandbox);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let _ = restic(&sandbox, &["check", "--read-data"]);
    assert!(
        archive
            .check(Some((1, 1)), &mut unattended)
            .unwrap()
            .iter()
            .all(|flaw| !flaw.is_severe)
    );
    for (name, bytes) in written {
        assert_eq!(fs::read(sandbox.found_named(&name).path).unwrap(), bytes);
        assert_comes_back(&sandbox, &name, &bytes);
    }
}
