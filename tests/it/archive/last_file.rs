//! Snapshots that follow each other share most of their bytes, which are read from the archive once.

use std::{fs, path::PathBuf};

use unrewind::core::{ArchiveSettings, Checksum, Kind, Snapshot, Workspace, unattended};

use super::one_history::archive_all;
use crate::{
    rng::Rng,
    sandbox::{Sandbox, at},
};

/// An archive of three snapshots of some hundred kilobytes, which the data folder lacks. The first two hold the
/// same, the third an event more. Returns their names and bytes.
fn three_archived() -> (Sandbox, Vec<(String, Vec<u8>)>) {
    let sandbox = Sandbox::new();
    let mut rng = Rng::new(7);
    for _ in 0..40 {
        let word = |_| format!("{:016x}", rng.below(u64::MAX));
        sandbox.event(&(0..500).map(word).collect::<String>());
    }
    let mut taken = vec![
        sandbox.take(Kind::Periodic, at(10)),
        sandbox.take(Kind::Periodic, at(20)),
    ];
    sandbox.event("The last one.");
    taken.push(sandbox.take(Kind::Periodic, at(30)));
    archive_all(&sandbox);
    let bytes = taken
        .iter()
        .map(|one| (one.name(), fs::read(&one.path).unwrap()));
    let bytes = bytes.collect();
    for one in &taken {
        fs::remove_file(&one.path).unwrap();
    }
    (sandbox, bytes)
}

fn workspace(sandbox: &Sandbox) -> Workspace {
    Workspace::builder(sandbox.data())
        .cache_in(sandbox.cache())
        .archive(ArchiveSettings::default())
        .build()
}

/// Unpacks a snapshot and returns where it is.
fn unpack(workspace: &Workspace, name: &str) -> unrewind::core::Result<PathBuf> {
    let all: Vec<Snapshot> = workspace.store().list_all(&Kind::ALL).unwrap().snapshots;
    let one = all.iter().find(|one| one.name() == name).unwrap();
    let _unpacked = workspace.store().unpack(one, &mut unattended)?;
    Ok(one.path.clone())
}

/// Deletes the largest files of the repository, which hold the bytes of the snapshots.
fn lose_the_bytes(sandbox: &Sandbox) {
    let packs = walk(&sandbox.data().join("archive/data"));
    let large = packs
        .iter()
        .filter(|path| fs::metadata(path).unwrap().len() > 50_000);
    assert!(large.clone().count() > 0);
    large.for_each(|path| fs::remove_file(path).unwrap());
}

fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let below = entries.map(|path| {
        if path.is_dir() {
            walk(&path)
        } else {
            vec![path]
        }
    });
    below.collect::<Vec<_>>().concat()
}

#[test]
fn what_the_last_one_has_is_not_read_again() {
    let (sandbox, archived) = three_archived();
    let workspace = workspace(&sandbox);
    unpack(&workspace, &archived[0].0).unwrap();
    lose_the_bytes(&sandbox);
    let second = unpack(&workspace, &archived[1].0).unwrap();
    assert!(fs::read(second).unwrap() == archived[1].1);
}

#[test]
fn the_others_are_read_beside_it() {
    let (sandbox, archived) = three_archived();
    let workspace = workspace(&sandbox);
    for (name, bytes) in archived.iter().chain(archived.iter().rev()) {
        let path = unpack(&workspace, name).unwrap();
        assert!(fs::read(&path).unwrap() == *bytes, "{name}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_last_one_that_was_changed_is_not_used() {
    let (sandbox, archived) = three_archived();
    let workspace = workspace(&sandbox);
    let first = unpack(&workspace, &archived[0].0).unwrap();
    let mut changed = archived[0].1.clone();
    let place = changed.len() / 2;
    changed[place] ^= 1;
    fs::write(first, changed).unwrap();
    let third = unpack(&workspace, &archived[2].0).unwrap();
    assert!(fs::read(third).unwrap() == archived[2].1);
}

#[test]
fn without_a_checksum_all_is_read_from_the_archive() {
    let (sandbox, archived) = three_archived();
    let archive = workspace(&sandbox).open_archive().unwrap();
    let get = |name: &str, checksum: Option<Checksum>| {
        let mut found = archive.find(name, &mut unattended).unwrap();
        found.checksum = checksum;
        let path = sandbox.path().join(found.id.name());
        archive.get(&found, &path, &mut unattended).unwrap();
        path
    };
    let known = archive.find(&archived[0].0, &mut unattended).unwrap();
    let first = get(&archived[0].0, known.checksum);
    let mut changed = archived[0].1.clone();
    let place = changed.len() / 2;
    changed[place] ^= 1;
    fs::write(first, changed).unwrap();
    let third = get(&archived[2].0, None);
    assert!(fs::read(third).unwrap() == archived[2].1);
}

#[test]
fn the_limit_of_the_cache_decides_how_many_unpacked_snapshots_stay() {
    let (sandbox, all) = three_archived();
    let own = sandbox.path().join("config/unrewind/config.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    let unpacked = || {
        let files = walk(&sandbox.cache().join("archive")).into_iter();
        let files = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
        let mut names: Vec<String> = files
            .filter(|path| path.parent().unwrap().ends_with("periodic"))
            .map(|path| format!("periodic/{}", path.file_stem().unwrap().to_str().unwrap()))
            .collect();
        names.sort();
        names
    };
    let show_each = |limit: &str| {
        fs::write(&own, format!("[archive]\ncache_limit = \"{limit}\"\n")).unwrap();
        for (name, _) in &all {
            let shown = sandbox.run(&["show", name]);
            assert_eq!((shown.code, &*shown.err), (0, ""));
        }
        unpacked()
    };
    let names: Vec<&String> = all.iter().map(|(name, _)| name).collect();
    // Each is in use when room is made, and goes when the next one needs the room.
    assert_eq!(show_each("1 kB").iter().collect::<Vec<_>>(), names[2..]);
    assert_eq!(show_each("100 MB").iter().collect::<Vec<_>>(), names);
    fs::write(&own, "[archive]\ncache_limit = \"much\"\n").unwrap();
    let refused = sandbox.run(&["list"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("invalid size"), "{}", refused.err);
}
