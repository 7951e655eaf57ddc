//! Snapshot folders that are symbolic links.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown, lchown, symlink},
};

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

#[test]
fn the_folder_of_a_kind_may_be_a_link() {
    let sandbox = Sandbox::new();
    let (here, there) = (
        sandbox.data().join("snapshots/rewind"),
        sandbox.path().join("elsewhere"),
    );
    let old = sandbox.take(Kind::Rewind, at(0));
    fs::rename(&here, &there).unwrap();
    symlink(&there, &here).unwrap();
    assert!(sandbox.run(&["list"]).out.contains(&old.id.unwrap().name()));
    assert_eq!(sandbox.run(&["take"]).code, 0);
    let pruned = sandbox.run(&["prune", "--kind", "rewind", "--keep", "1", "--yes"]);
    assert_eq!(pruned.code, 0, "{pruned:?}");
    let snapshots = fs::read_dir(&there).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    assert_eq!((snapshots.count(), old.path.exists()), (1, false));
    assert!(here.is_symlink());
}

#[test]
fn two_kinds_in_one_folder_are_refused_before_a_policy_deletes_the_other_kind() {
    let sandbox = Sandbox::new();
    for second in 0..8 {
        sandbox.take(Kind::Rewind, at(second));
    }
    let snapshots = sandbox.data().join("snapshots");
    symlink("rewind", snapshots.join("periodic")).unwrap();
    let files = sandbox.files();
    for arguments in [
        &["list"][..],
        &["prune", "--yes"],
        &["take", "--kind", "periodic"],
        &["watch", "--once"],
        &["restore", "latest", "--yes"],
    ] {
        let ran = sandbox.run(arguments);
        let why = "data/snapshots/rewind and data/snapshots/periodic are one folder: give each kind its own";
        assert!(ran.code == 1 && ran.err.contains(why), "{ran:?}");
    }
    assert_eq!(sandbox.files(), files);
}

#[test]
fn a_link_by_which_another_user_chooses_the_folder_is_refused() {
    let sandbox = Sandbox::new();
    let (theirs, ours) = (
        sandbox.data().join("snapshots"),
        sandbox.path().join("ours"),
    );
    fs::create_dir(&ours).unwrap();
    symlink(&ours, &theirs).unwrap();
    if fs::metadata(&ours).unwrap().uid() != 0 || lchown(&theirs, Some(4242), None).is_err() {
        // Only root can make a link of another user.
        return;
    }
    let ran = sandbox.run(&["take"]);
    let why = "cannot use data/snapshots: it is a symbolic link that another user made";
    assert!(ran.code == 1 && ran.err.contains(why), "{ran:?}");
    assert_eq!(fs::read_dir(&ours).unwrap().count(), 0);
    // To a folder of their own they may link.
    chown(&ours, Some(4242), None).unwrap();
    assert_eq!(sandbox.run(&["take"]).code, 0);
}
