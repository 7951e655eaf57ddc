//! A repository in which files are not what was written: what is whole stays usable, and one sentence names the file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::packs;
use crate::{
    sandbox::{Ran, Sandbox},
    system::shown,
};

/// A chat with all its snapshots in an archive.
fn archived() -> Sandbox {
    let sandbox = Sandbox::rewound();
    for arguments in [["init", "--json"], ["add", "--all"]] {
        let ran = sandbox.run(&[&["archive"][..], &arguments].concat());
        assert_eq!((ran.code, &*ran.err), (0, ""));
    }
    sandbox
}

fn files(sandbox: &Sandbox, folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(sandbox.data().join("archive").join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// What becomes of a file's bytes.
type Damage = fn(&[u8]) -> Vec<u8>;

/// Changes a bit in the middle of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn listed(sandbox: &Sandbox) -> (Ran, usize) {
    let ran = sandbox.run(&["archive", "list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let count = list.as_array().unwrap().len();
    (ran, count)
}

#[test]
fn a_damaged_restic_snapshot_is_left_out_and_named() {
    let sandbox = archived();
    let all = sandbox.list().len();
    let damaged = files(&sandbox, "snapshots").pop().unwrap();
    damage(&damaged);
    let id = &damaged.file_name().unwrap().to_str().unwrap()[..8];
    let (ran, count) = listed(&sandbox);
    assert_eq!((ran.code, count), (2, all - 1));
    let said = format!(
        "! 1 damaged restic snapshot is left out of the archive {}: {id}: `unrewind",
        shown(&sandbox.data().join("archive"))
    );
    assert!(ran.err.starts_with(&said), "{}", ran.err);
    for _ in 0..2 {
        let ran = sandbox.run(&["list"]);
        assert!(ran.err.starts_with(said.trim_end_matches("`unrewind")));
    }
    let ran = sandbox.run(&["archive", "check"]);
    assert_eq!(ran.code, 1);
    let found = format!("! the restic snapshot {id} is damaged\n");
    assert!(ran.out.contains(&found), "{}", ran.out);
    // What it needs is not known, and would be removed.
    let before = files(&sandbox, "snapshots").len();
    let left = sandbox.run(&["archive", "forget", "latest", "--yes"]);
    assert_eq!(left.code, 1);
    assert!(left.err.contains("is left out of the archive"));
    assert_eq!(files(&sandbox, "snapshots").len(), before);
    // As the hint says.
    assert_eq!(sandbox.run(&["archive", "add", "--all"]).code, 2);
    assert_eq!(listed(&sandbox).1, all);
    fs::remove_file(damaged).unwrap();
    let (ran, count) = listed(&sandbox);
    assert_eq!((ran.code, &*ran.err, count), (0, "", all));
    assert_eq!(sandbox.run(&["archive", "check", "--read-data"]).code, 0);
}

#[test]
fn where_the_index_is_damaged_nothing_is_forgotten() {
    let sandbox = archived();
    for index in files(&sandbox, "index") {
        fs::remove_file(index).unwrap();
    }
    let before = files(&sandbox, "snapshots");
    let refused = sandbox.run(&["archive", "forget", "latest", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("is damaged"), "{}", refused.err);
    assert_eq!(files(&sandbox, "snapshots"), before);
}

#[test]
fn damage_is_one_sentence_and_no_defect() {
    let sandbox = archived();
    let archive = sandbox.data().join("archive");
    let size = |pack: &PathBuf| fs::metadata(pack).unwrap().len();
    let pack = packs(&archive).into_iter().max_by_key(size).unwrap();
    let first = |archive: &Path, folder: &str| {
        let mut entries = fs::read_dir(archive.join(folder)).unwrap();
        entries.next().unwrap().unwrap().path()
    };
    let id = |path: &Path| path.file_name().unwrap().to_str().unwrap()[..8].to_owned();
    let key = id(&first(&archive, "keys"));
    let index = id(&first(&archive, "index"));
    let (half, changed) = (
        |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec(),
        |bytes: &[u8]| bytes.iter().map(|byte| byte ^ 1).collect(),
    );
    let written = "is not what was written";
    let cases: [(PathBuf, Damage, String); 5] = [
        (
            archive.join("config"),
            half,
            format!("the file config {written}"),
        ),
        (
            first(&archive, "keys"),
            half,
            format!("the key {key} {written}"),
        ),
        (
            first(&archive, "index"),
            half,
            format!("the index {index} {written}"),
        ),
        (
            pack.clone(),
            half,
            format!("the file {} is cut off", shown(&pack)),
        ),
        (
            pack.clone(),
            changed,
            format!("the pack {} {written}", id(&pack)),
        ),
    ];
    for (path, damage, named) in cases {
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, damage(&bytes)).unwrap();
        let mut said = String::new();
        for snapshot in sandbox.list() {
            let name = snapshot.name();
            let ran = sandbox.run(&["archive", "get", &name, "--output", "back.json"]);
            if ran.code == 0 {
                fs::remove_file(sandbox.path().join("back.json")).unwrap();
            }
            assert!(ran.err.lines().count() <= 2, "{}", ran.err);
            said += &ran.err;
        }
        let sentence = format!(
            "unrewind: the archive {} is damaged: {named}\nhint: ",
            shown(&archive)
        );
        assert!(said.contains(&sentence), "{said}");
        let checked = sandbox.run(&["archive", "check", "--read-data"]);
        assert_ne!(checked.code, 0);
        said += &(checked.out + &checked.err);
        for raw in ["rustic_core", "Backtrace", "nonce", "\\n", "a defect"] {
            assert!(!said.contains(raw), "{raw} in {said}");
        }
        fs::write(&path, bytes).unwrap();
    }
    let state = sandbox.state();
    let crashes = fs::read_dir(state).unwrap();
    let crashes = crashes.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_str().unwrap().starts_with("crash-")
    });
    assert_eq!(crashes.count(), 0);
    assert_eq!(sandbox.run(&["archive", "check", "--read-data"]).code, 0);
}
