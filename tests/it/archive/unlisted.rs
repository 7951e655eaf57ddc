//! An archive that cannot be listed is named, and what was read without it is not called everything.

use std::fs;

use super::one_history::archive_all;
use crate::sandbox::{Ran, Sandbox};
use unrewind::core::Kind;

/// A chat whose only snapshot of a memory is in the archive, which has not been listed yet.
fn only_in_the_archive() -> Sandbox {
    let sandbox = Sandbox::rewound();
    let id = sandbox.memory("The heron stood in the reeds.");
    let taken = sandbox.take(Kind::Rewind, crate::sandbox::at(60));
    sandbox.sql(&format!("DELETE FROM memories WHERE id = {id}"));
    archive_all(&sandbox);
    fs::remove_file(&taken.path).unwrap();
    let _ = fs::remove_dir_all(sandbox.path().join("cache"));
    sandbox
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.out).unwrap()
}

#[track_caller]
fn assert_names_the_archive(ran: &Ran, code: i32) {
    assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("! "), "{}", ran.err);
    assert!(ran.err.contains("archive"), "{}", ran.err);
}

#[test]
fn a_configured_archive_that_is_not_there_is_named() {
    let sandbox = only_in_the_archive();
    let elsewhere = sandbox.path().join("disk");
    fs::rename(sandbox.data().join("archive"), &elsewhere).unwrap();
    let own = sandbox.path().join("config/unrewind/config.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    let place = elsewhere.display().to_string();
    fs::write(&own, format!("[archive]\nrepository = {place:?}\n")).unwrap();
    assert_eq!(sandbox.run(&["search", "heron"]).code, 0);
    let unmounted = sandbox.path().join("unmounted");
    fs::rename(&elsewhere, &unmounted).unwrap();
    assert_names_the_archive(&sandbox.run(&["list"]), 0);
    let listed = json(&sandbox.run(&["list", "--json"]));
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["stored_in"] == "archive")
    );
    assert_names_the_archive(&sandbox.run(&["verify"]), 2);
    let searched = sandbox.run(&["search", "heron", "--json"]);
    assert_names_the_archive(&searched, 2);
    assert!(
        json(&searched)["failed"]["archive"].is_string(),
        "{}",
        searched.out
    );
    let history = sandbox.run(&["history", "memories", "1", "--json"]);
    assert_names_the_archive(&history, 2);
    assert!(
        json(&history)["failed"]["archive"].is_string(),
        "{}",
        history.out
    );
    fs::rename(&unmounted, &elsewhere).unwrap();
    assert_eq!(sandbox.run(&["search", "heron"]).code, 0);
}

#[cfg(unix)]
#[test]
fn an_archive_that_cannot_be_seen_is_no_missing_one() {
    let sandbox = only_in_the_archive();
    let folder = sandbox.data().join("archive");
    fs::rename(&folder, sandbox.path().join("kept")).unwrap();
    // Of itself: no user may follow it, not even root.
    std::os::unix::fs::symlink(&folder, &folder).unwrap();
    assert_names_the_archive(&sandbox.run(&["search", "heron"]), 2);
}
