//! The configuration in a data folder, which may be somebody else's: it may describe its application only;
//! everything else in it is ignored with a warning.

use std::{fs, os::unix::fs::symlink};

use unrewind::{
    config::{Config, ConfigFiles},
    core::Kind,
};

use crate::sandbox::{Sandbox, at};

/// What is ignored of a folder's file with this text, and the configuration.
fn ignored(sandbox: &Sandbox, text: &str) -> (String, Config) {
    let path = sandbox.data().join("unrewind.toml");
    fs::write(&path, text).unwrap();
    let config = Config::load(ConfigFiles {
        folder: Some(&path),
        ..ConfigFiles::default()
    });
    let config = config.unwrap();
    (config.ignored.clone().unwrap_or_default(), config)
}

#[test]
fn a_folder_cannot_set_keys_and_theme() {
    let sandbox = Sandbox::new();
    let (warning, config) = ignored(
        &sandbox,
        "[ui]\ntheme = \"plain\"\n[keys.list]\nrestore = [\"j\"]\n",
    );
    assert!(warning.contains("[ui] and [keys]"), "{warning}");
    assert_eq!(config.ui, Config::defaults().unwrap().ui);
    let ran = sandbox.run(&["list"]);
    assert!(
        ran.code == 0
            && ran
                .err
                .starts_with("! data/unrewind.toml may only describe the application"),
        "{ran:?}"
    );
    let ran = sandbox.run(&["list", "--config", "data/unrewind.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_folder_can_name_only_a_database_inside_it() {
    let sandbox = Sandbox::new();
    let outside = sandbox.path().join("outside.db");
    fs::copy(sandbox.db(), &outside).unwrap();
    fs::create_dir(sandbox.data().join("sub")).unwrap();
    symlink(&outside, sandbox.data().join("link.db")).unwrap();
    symlink(sandbox.path(), sandbox.data().join("up")).unwrap();
    symlink("nowhere", sandbox.data().join("dangling.db")).unwrap();
    for file in [
        outside.to_str().unwrap(),
        "../outside.db",
        "sub/../../outside.db",
        "link.db",
        "up/outside.db",
        "dangling.db",
        "/dev/null",
    ] {
        let (warning, config) = ignored(&sandbox, &format!("[database]\nfile = \"{file}\""));
        assert!(warning.contains("database.file"), "{file}: {warning}");
        assert_eq!(config.database, None, "{file}");
    }
    let within = sandbox.db();
    for file in [
        within.to_str().unwrap(),
        "chat.db",
        "./chat.db",
        "sub/later.db",
    ] {
        let (warning, config) = ignored(&sandbox, &format!("[database]\nfile = \"{file}\""));
        assert_eq!(warning, "", "{file}");
        assert_eq!(config.database, Some(file.into()));
    }
}

#[test]
fn a_folder_cannot_make_policies_keep_less() {
    let sandbox = Sandbox::new();
    let defaults = Config::defaults().unwrap().profile;
    let less = "[periodic]\nkeep = 1\ndue_events = 1\ndue_age = \"1s\"\n[rewind]\nkeep_within = \"0s\"\n[database]\nbusy_timeout = \"1000h\"";
    let (warning, config) = ignored(&sandbox, less);
    for setting in [
        "periodic.keep",
        "periodic.due_events",
        "periodic.due_age",
        "rewind.keep_within",
        "database.busy_timeout",
    ] {
        assert!(warning.contains(setting), "{setting}: {warning}");
    }
    assert_eq!(config.profile, defaults);
    let (warning, _) = ignored(&sandbox, "[periodic]\nkeep = 0");
    assert!(warning.contains("periodic.keep"), "{warning}");
    let more = "[periodic]\nkeep = 50\ndue_events = 1000\ndue_age = \"2h\"\n[rewind]\nkeep_within = \"90d\"\n[database]\nbusy_timeout = \"30s\"";
    let (warning, config) = ignored(&sandbox, more);
    assert_eq!(warning, "");
    assert_eq!(
        (
            config.profile.periodic.keep,
            config.profile.periodic.due_events
        ),
        (50, 1000)
    );
}

#[test]
fn a_folder_cannot_make_the_watch_delete_its_history() {
    let sandbox = Sandbox::new();
    sandbox.take(
        Kind::Rewind,
        chrono::Utc::now() - chrono::TimeDelta::hours(2),
    );
    sandbox.take(
        Kind::Rewind,
        chrono::Utc::now() - chrono::TimeDelta::hours(1),
    );
    fs::write(
        sandbox.data().join("unrewind.toml"),
        "[rewind]\nkeep_within = \"0s\"",
    )
    .unwrap();
    let ran = sandbox.run(&["watch", "--once"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let rewinds = sandbox.list();
    assert_eq!(
        rewinds
            .iter()
            .filter(|one| one.kind() == Some(Kind::Rewind))
            .count(),
        2
    );
}

#[test]
fn durations_are_limited_everywhere() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    let path = sandbox.path().join("mine.toml");
    for text in [
        "[database]\nbusy_timeout = \"1000000h\"",
        "[rewind]\nkeep_within = \"10000years\"",
        "[periodic]\ndue_age = \"18446744073709551615s\"",
        "[periodic]\ndue_age = \"999999999999999999999d\"",
    ] {
        fs::write(&path, text).unwrap();
        for arguments in [&["show", "live"][..], &["due"], &["prune", "--dry-run"]] {
            let ran = sandbox.run(&[&["--config", "mine.toml"], arguments].concat());
            assert_eq!(ran.code, 1, "{text} {arguments:?}: {ran:?}");
        }
    }
    fs::write(
        &path,
        "[rewind]\nkeep_within = \"100years\"\n[periodic]\ndue_age = \"36500d\"",
    )
    .unwrap();
    for arguments in [&["due"][..], &["prune", "--dry-run"], &["watch", "--once"]] {
        let ran = sandbox.run(&[&["--config", "mine.toml"], arguments].concat());
        assert!([0, 10].contains(&ran.code), "{arguments:?}: {ran:?}");
    }
}
