//! Where the command may be set, and the demonstration's own, which the program runs.

use std::{fs, path::Path};

use crate::{
    sandbox::Sandbox,
    system::{program, shown},
};

/// The demonstration, in the folder `demo`.
pub fn demonstration() -> Sandbox {
    let sandbox = Sandbox::without_tables();
    let ran = sandbox.run(&["demo", "demo"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    sandbox
}

pub fn set(sandbox: &Sandbox, file: &str, text: &str) {
    let path = sandbox.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub const OWN: &str = "config/unrewind/config.toml";

/// `replay.command`, as the demonstration has it.
pub fn command() -> String {
    let program = program();
    format!(
        "replay.command = ['{}', 'demo-replay']\n",
        program.display()
    )
}

/// Settings of one data folder.
fn of_folder(folder: &Path, settings: &str) -> String {
    format!("[folder.'{}']\n{settings}", folder.display())
}

/// How many events a restore of live's last event but some replays by the command; `None` without one.
fn replayed(sandbox: &Sandbox, arguments: &[&str]) -> Option<u64> {
    let words = [
        "restore",
        "--at",
        "1430",
        "--dry-run",
        "--json",
        "--data-dir",
        "demo",
    ];
    let ran = sandbox.run(&[&words[..], arguments].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        json["replays"] == 0,
        json["at"]["replayed"] != serde_json::Value::Null
    );
    json["at"]["replayed"].as_u64()
}

#[test]
fn the_users_own_configuration_sets_the_command_also_for_one_folder() {
    let sandbox = demonstration();
    let demo = sandbox.path().join("demo");
    assert_eq!(replayed(&sandbox, &[]), None);
    set(&sandbox, OWN, &command());
    assert!(replayed(&sandbox, &[]) > Some(0));
    // None for this folder; for another one.
    let none = of_folder(&demo, "replay.command = []");
    set(&sandbox, OWN, &(command() + &none));
    assert_eq!(replayed(&sandbox, &[]), None);
    set(&sandbox, OWN, &of_folder(sandbox.path(), &command()));
    assert_eq!(replayed(&sandbox, &[]), None);
    set(&sandbox, OWN, &of_folder(&demo, &command()));
    assert!(replayed(&sandbox, &[]) > Some(0));
    let status = sandbox.run(&["status", "--json", "--data-dir", "demo"]);
    let status: serde_json::Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!(status["replay_command"][1], "demo-replay");
    let status = sandbox.run(&["status", "--data-dir", "demo"]).out;
    let command = format!("{} demo-replay\n", shown(&program()));
    assert!(status.ends_with(&command), "{status}");
    set(
        &sandbox,
        "mine.toml",
        &of_folder(&demo, "replay.command = []"),
    );
    assert_eq!(replayed(&sandbox, &["--config", "mine.toml"]), None);
}

#[test]
fn a_command_in_the_data_folders_file_is_ignored_and_that_is_said() {
    let sandbox = demonstration();
    let demo = sandbox.path().join("demo");
    for settings in [command(), of_folder(&demo, &command())] {
        set(&sandbox, "demo/unrewind.toml", &settings);
        assert_eq!(replayed(&sandbox, &[]), None);
        let said = sandbox.run(&["list", "--data-dir", "demo"]).err;
        assert!(
            said.contains("replay.command, since commands are yours"),
            "{said}"
        );
    }
}

#[test]
fn the_command_of_another_application_is_not_used() {
    let sandbox = demonstration();
    set(&sandbox, OWN, &command());
    let log = "replays_on_start = true\n[log]\ntable = 'event_log'\nid = 'id'\nsuperseded_by = 'superseded_by'\n";
    set(&sandbox, "demo/unrewind.toml", log);
    assert_eq!(replayed(&sandbox, &[]), None);
    set(
        &sandbox,
        OWN,
        &of_folder(&sandbox.path().join("demo"), &command()),
    );
    assert!(replayed(&sandbox, &[]) > Some(0));
}

#[test]
fn a_command_that_depends_on_the_working_directory_is_refused() {
    let sandbox = demonstration();
    for (settings, message) in [
        (
            "replay.command = ['bin/replay']",
            "unrewind: replay.command begins with \"bin/replay\": name the program by an absolute path, or by its name if it is in PATH\n",
        ),
        (
            "folder.demo.replay.command = ['replay']",
            "unrewind: the configuration has settings of the folder \"demo\": name it by an absolute path\n",
        ),
    ] {
        set(&sandbox, OWN, settings);
        let ran = sandbox.run(&["list", "--data-dir", "demo"]);
        assert_eq!((ran.code, &*ran.err), (1, message));
    }
}

#[test]
fn the_demonstrations_command_makes_the_tables_of_live() {
    let sandbox = demonstration();
    set(&sandbox, OWN, &command());
    let live = sandbox.run(&["show", "live", "--json", "--data-dir", "demo"]);
    let end = live.json()["ends_at"].to_string();
    let words = [
        "restore",
        "--at",
        &end,
        "--dry-run",
        "--json",
        "--data-dir",
        "demo",
    ];
    let plan = sandbox.run(&words).json();
    assert!(plan["at"]["replayed"].as_u64() > Some(0), "{plan}");
    for (table, changes) in plan["tables"].as_object().unwrap() {
        let none = serde_json::json!({ "added": 0, "changed": 0, "removed": 0 });
        assert_eq!(changes, &none, "{table}");
    }
}

#[test]
fn a_plan_says_what_the_command_applied() {
    let sandbox = demonstration();
    set(&sandbox, OWN, &command());
    let ran = sandbox.run(&["restore", "--at", "1430", "--dry-run", "--data-dir", "demo"]);
    let mut lines = ran.out.lines();
    let line = lines.find(|line| line.contains("replay command")).unwrap();
    let (_, line) = line.split_once("Z, ").unwrap();
    insta::assert_snapshot!(line, @"as of event 1,408, with 22 events that your replay command applied");
}
