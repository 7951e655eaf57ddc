//! An archive that cannot be listed is named, and what was read without it is not called everything.

use std::fs;

use super::one_history::archive_all;
use crate::{
    sandbox::{Ran, Sandbox},
    system::shown,
};
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
    assert_names_the_archive(&sandbox.run(&["list"]), 2);
    let listed = sandbox.run(&["list", "--json"]);
    assert_names_the_archive(&listed, 2);
    let listed = json(&listed);
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

#[test]
fn an_archive_that_no_setting_names_is_missed_once_it_was_there() {
    let sandbox = only_in_the_archive();
    assert_eq!(sandbox.run(&["search", "heron"]).code, 0);
    let (folder, elsewhere) = (sandbox.data().join("archive"), sandbox.path().join("lost"));
    fs::rename(&folder, &elsewhere).unwrap();
    let listed = sandbox.run(&["list", "--json"]);
    assert_names_the_archive(&listed, 2);
    let of_archive = |one: &serde_json::Value| one["stored_in"] != "folder";
    assert!(!json(&listed).as_array().unwrap().iter().any(of_archive));
    assert_names_the_archive(&sandbox.run(&["verify"]), 2);
    let searched = sandbox.run(&["search", "heron", "--json"]);
    assert_names_the_archive(&searched, 2);
    let why = json(&searched)["failed"]["archive"].clone();
    let gone = format!("the archive {} is gone: ", shown(&folder));
    assert!(why.as_str().unwrap().starts_with(&gone), "{why}");
    // No other command takes it for none, either.
    for (arguments, code) in [
        (&["archive", "list"][..], 1),
        (&["archive", "status"][..], 2),
        (&["watch", "--once"][..], 1),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(&gone), "{arguments:?}: {}", ran.err);
    }
    fs::rename(&elsewhere, &folder).unwrap();
    assert_eq!(sandbox.run(&["search", "heron"]).code, 0);
    // As the hint says: without the list it never was there.
    fs::rename(&folder, &elsewhere).unwrap();
    let why = why.as_str().unwrap();
    let list = why.rsplit(" is in ").next().unwrap();
    assert!(
        searched.err.contains("delete that list"),
        "{}",
        searched.err
    );
    fs::remove_file(list).unwrap();
    let searched = sandbox.run(&["search", "heron"]);
    assert_eq!(searched.code, 0);
    assert!(!searched.err.contains("! "), "{}", searched.err);
}

#[test]
fn a_new_archive_takes_the_place_of_one_that_is_gone() {
    let sandbox = only_in_the_archive();
    assert_eq!(sandbox.run(&["list"]).code, 0);
    fs::remove_dir_all(sandbox.data().join("archive")).unwrap();
    assert_names_the_archive(&sandbox.run(&["list"]), 2);
    assert_eq!(sandbox.run(&["archive", "init"]).code, 0);
    let listed = sandbox.run(&["list", "--json"]);
    assert_eq!((listed.code, &*listed.err), (0, ""));
    assert_eq!(
        json(&listed).as_array().unwrap().len(),
        sandbox.list().len()
    );
}
