//! Without a data folder here, `unrewind` offers those that it knows.

use std::{fs, path::Path};

use super::UNREWIND;
use crate::{
    sandbox::{Sandbox, at},
    terminal::Terminal,
};
use unrewind::core::Kind;

#[test]
fn a_known_data_folder_is_opened_by_its_number() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    // It is remembered from now on.
    let state = sandbox.path().join("state");
    let mut command = sandbox.command(&["status"]);
    command.env("XDG_STATE_HOME", &state);
    assert!(command.output().unwrap().status.success());
    let elsewhere = sandbox.path().join("elsewhere/empty");
    fs::create_dir_all(&elsewhere).unwrap();
    let open = || {
        let path = |name: &str| sandbox.path().join(name).into_os_string();
        let envs = [
            ("HOME", path("")),
            ("XDG_CONFIG_HOME", path("config")),
            ("XDG_CACHE_HOME", path("cache")),
            ("XDG_STATE_HOME", path("state")),
            ("TZ", "UTC".into()),
        ];
        let mut terminal = Terminal::start(Path::new(UNREWIND), &[], &elsewhere, envs, (160, 40));
        terminal.wait_for("Open which one? [1-1, Enter for none]");
        terminal
    };
    let mut terminal = open();
    terminal
        .keys("1<enter>")
        .wait_for("rewind    2021-03-14 12:01:00");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    let mut terminal = open();
    terminal
        .keys("<enter>")
        .wait_for("there is no data folder data here");
    assert_eq!(terminal.wait_exit(), 1);
}
