//! Files that Unrewind writes can be used by whoever can use the database, and by nobody else.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use unrewind::core::{Kind, Watch, unattended};

use crate::sandbox::{Sandbox, at};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// Every regular file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let within = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    };
    entries
        .flat_map(|entry| within(entry.unwrap().path()))
        .collect()
}

/// Commands that together write a file of every kind.
const WRITING: [&[&str]; 9] = [
    &["take", "--kind", "rewind"],
    &["label", "latest", "mine"],
    &["pin", "latest"],
    &["verify", "--all"],
    &["restore", "20210314T120000Z", "--yes"],
    &["undo", "--yes"],
    &["restore", "latest", "--into", "copy.db", "--yes"],
    &[
        "export", "live", "--table", "memories", "--format", "csv", "--output", "live.csv",
    ],
    &[
        "export",
        "latest",
        "--format",
        "sqlite",
        "--output",
        "tables.db",
    ],
];

#[test]
fn every_written_file_has_the_mode_of_the_database() {
    for wanted in [0o600, 0o640, 0o660, 0o644] {
        let sandbox = Sandbox::new();
        fs::set_permissions(sandbox.db(), Permissions::from_mode(wanted)).unwrap();
        sandbox.take(Kind::Rewind, at(0));
        sandbox.memory("Jo turned the lamp off.");
        for arguments in WRITING {
            let ran = sandbox.run(arguments);
            assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
            sandbox.let_time_pass();
        }
        let mut written = files(&sandbox.data().join("snapshots"));
        written.extend(["copy.db", "live.csv", "tables.db"].map(|name| sandbox.path().join(name)));
        assert!(written.len() >= 10, "{written:?}");
        assert_eq!(sandbox.run(&["init"]).code, 0);
        written.push(sandbox.data().join("unrewind.toml"));
        let (profile, live) = (sandbox.profile.clone(), || Ok(sandbox.database()));
        let mut watch = Watch::begin(profile, sandbox.store(), at(90)).unwrap();
        let lock = sandbox.data().join("snapshots/.unrewind-watch");
        assert_eq!(mode(&lock), 0o600, "whatever the umask is");
        watch.run(live, at(90), &mut unattended).outcome.unwrap();
        written.push(lock);
        for path in written {
            assert_eq!(mode(&path), wanted, "{}", path.display());
        }
    }
}

/// Only root can change a file's owner, so this tests nothing for other users.
#[test]
fn files_written_by_root_belong_to_the_owner_of_the_database() {
    const OWNER: (u32, u32) = (12_345, 23_456);
    let sandbox = Sandbox::new();
    if fs::metadata(sandbox.path()).unwrap().uid() != 0 {
        return;
    }
    let give = |path: &Path| chown(path, Some(OWNER.0), Some(OWNER.1)).unwrap();
    give(&sandbox.data());
    for path in files(&sandbox.data()) {
        give(&path);
    }
    assert_eq!(sandbox.run(&["take", "--kind", "rewind"]).code, 0);
    sandbox.let_time_pass();
    sandbox.memory("Jo turned the lamp off.");
    assert_eq!(sandbox.run(&["restore", "latest", "--yes"]).code, 0);
    assert_eq!(sandbox.run(&["pin", "latest"]).code, 0);
    assert_eq!(sandbox.run(&["init"]).code, 0);
    let folders = ["snapshots", "snapshots/rewind", "snapshots/periodic"];
    let folders = folders.map(|folder| sandbox.data().join(folder));
    for path in files(&sandbox.data()).into_iter().chain(folders) {
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid()), OWNER, "{}", path.display());
    }
}
