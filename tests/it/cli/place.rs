//! First contact: finding the data folder, suggestions for what was meant, and hints that run as printed.

use std::{fs, path::Path};

use unrewind::core::Kind;

use crate::{
    chat,
    sandbox::{Ran, Sandbox, at},
};

/// Two snapshots in the folder `data` of a sandbox.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    sandbox.take(Kind::Periodic, at(2));
    sandbox
}

fn run_in(sandbox: &Sandbox, folder: &str, arguments: &[&str]) -> Ran {
    let folder = sandbox.path().join(folder);
    fs::create_dir_all(&folder).unwrap();
    let mut command = sandbox.command(arguments);
    command.current_dir(folder);
    Ran::run(command)
}

const NAME_ONE: &str = "hint: name the application's data folder with --data-dir, or try a demonstration with `unrewind demo`\n";

#[test]
fn without_a_data_folder_the_error_names_folders_nearby() {
    let sandbox = sandbox();
    for (folder, around) in [
        ("elsewhere", "../data"),
        ("a/b", "../../data"),
        ("data", "."),
    ] {
        let ran = run_in(&sandbox, folder, &["list"]);
        let message = format!(
            "unrewind: there is no data folder data here\nhint: {around} has 2 snapshots: `unrewind {around}`\n{NAME_ONE}"
        );
        assert_eq!(
            (ran.code, ran.out, ran.err),
            (1, String::new(), message),
            "{folder}"
        );
    }
    fs::create_dir(sandbox.path().join("data/data")).unwrap();
    let ran = run_in(&sandbox, "data", &["take"]);
    assert!(
        ran.err
            .starts_with("unrewind: there is no data folder data here"),
        "{ran:?}"
    );
}

#[test]
fn init_in_the_data_folder_itself_describes_it() {
    let sandbox = sandbox();
    let ran = run_in(&sandbox, "data", &["init"]);
    let next = "wrote ./unrewind.toml; check it, then try `unrewind --data-dir . take`\n";
    assert!(ran.code == 0 && ran.err.ends_with(next), "{ran:?}");
    assert!(sandbox.data().join("unrewind.toml").is_file());
    let ran = run_in(&sandbox, "elsewhere", &["init"]);
    let none = "unrewind: there is no data folder data here\nhint: ../data has 2 snapshots";
    assert!(ran.code == 1 && ran.err.starts_with(none), "{ran:?}");
}

#[test]
fn a_folder_that_is_not_a_data_folder_is_an_error_with_the_reason() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.path().join("empty")).unwrap();
    fs::write(sandbox.path().join("empty/note.txt"), "a").unwrap();
    for (arguments, message) in [
        (
            &["list", "--data-dir", "empty"][..],
            "empty is not a data folder: it has no snapshots and no database",
        ),
        (&["take", "--data-dir", "none"], "there is no folder none"),
        (&["watch", "--data-dir", "none"], "there is no folder none"),
        (
            &["list", "--data-dir", "data/chat.db"],
            "data/chat.db is a file: name the folder that it is in, or the database with --db",
        ),
        (
            &["empty"],
            "empty is not a data folder: it has no snapshots and no database",
        ),
        (
            &["empty/note.txt"],
            "empty/note.txt is neither a data folder nor an SQLite database",
        ),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, 1);
        assert!(
            ran.err.starts_with(&format!("unrewind: {message}\n")),
            "{ran:?}"
        );
        assert!(ran.err.ends_with(NAME_ONE), "{ran:?}");
    }
    assert!(!sandbox.path().join("none").exists());
}

const ABSOLUTE: &str = if cfg!(windows) {
    "--data-dir C:/"
} else {
    "--data-dir /"
};

#[test]
fn a_place_is_a_data_folder_a_database_or_a_path_inside_the_folder() {
    let sandbox = sandbox();
    let snapshot = sandbox.list().remove(0).path;
    let inside = snapshot.strip_prefix(sandbox.path()).unwrap();
    // Without a terminal, the error prints the options that name the place.
    for (place, options) in [
        (Path::new("data"), "--data-dir data"),
        (
            Path::new("data/chat.db"),
            "--data-dir data --db data/chat.db",
        ),
        (Path::new("."), "--data-dir ./data"),
        (Path::new("data/snapshots"), ABSOLUTE),
        (inside, ABSOLUTE),
    ] {
        let ran = sandbox.run(&[place.to_str().unwrap()]);
        assert_eq!(ran.code, 1);
        let hint = format!("the terminal UI needs a terminal: use `unrewind {options}");
        assert!(ran.err.contains(&hint), "{ran:?}");
    }
    let both = sandbox.run(&["data", "--data-dir", "data"]);
    assert!(both.err.contains("give only one of them"), "{both:?}");
}

#[test]
fn a_place_after_a_command_gets_a_hint_that_runs() {
    let sandbox = sandbox();
    for (arguments, hint) in [
        (
            &["list", "data"][..],
            "hint: use `unrewind list --data-dir data`",
        ),
        (
            &["take", "--json", "data/chat.db"],
            "hint: use `unrewind take --json --db data/chat.db`",
        ),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!((ran.code, ran.err.lines().last()), (2, Some(hint)));
    }
    let ran = sandbox.run(&["list", "nowhere"]);
    assert!(ran.code == 2 && !ran.err.contains("hint"), "{ran:?}");
}

#[test]
fn an_unknown_command_gets_a_suggestion() {
    let sandbox = sandbox();
    for (arguments, message) in [
        (&["lst"][..], "no file lst: did you mean `unrewind list`?"),
        (
            &["recver", "--dry-run"],
            "no file recver: did you mean `unrewind recover`?",
        ),
        (
            &["--data-dir", "data", "verfy"],
            "no file verfy: did you mean `unrewind verify`?",
        ),
        (
            &["qwertz"],
            "no file qwertz; `unrewind --help` lists the commands",
        ),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!((ran.code, &*ran.out), (2, ""));
        assert_eq!(
            ran.err,
            format!("unrewind: there is no command and {message}\n")
        );
    }
}

/// The first command printed between backticks.
fn printed(ran: &Ran) -> String {
    let text = format!("{}{}", ran.out, ran.err);
    let (_, rest) = text
        .split_once("`unrewind")
        .unwrap_or_else(|| panic!("{text}"));
    format!("unrewind{}", rest.split_once('`').unwrap().0)
}

#[test]
#[cfg_attr(
    windows,
    ignore = "there a hint is quoted for the system's shells, which this test does not start"
)]
fn a_printed_command_runs_as_printed() {
    let sandbox = Sandbox::demo();
    let odd = sandbox.path().join("Jo's $data");
    fs::rename(sandbox.data(), &odd).unwrap();
    let place = odd.to_str().unwrap();
    for arguments in [
        &["recover", "--yes"][..],
        &["recover"],
        &["take", "--json", "--db", "none.db"],
    ] {
        let all = [&["--data-dir", place], arguments].concat();
        let ran = sandbox.run(&all);
        let command = printed(&ran);
        assert!(command.contains(r"--data-dir '"), "{command}");
        let mut shell = std::process::Command::new("sh");
        let program = Path::new(env!("CARGO_BIN_EXE_unrewind")).parent().unwrap();
        shell
            .args(["-c", &format!("{command} --help")])
            .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
            .current_dir(sandbox.path());
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
    }
}

#[test]
fn the_history_of_one_database_is_not_followed_for_another() {
    let sandbox = sandbox();
    let run = |arguments: &[&str]| sandbox.run(arguments);
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night, then.");
    assert_eq!(run(&["restore", &early.name(), "--yes"]).code, 0);
    assert_eq!(
        run(&["restore", "latest", "--into", "data/c.db", "--yes"]).code,
        0
    );
    fs::copy(sandbox.db(), sandbox.data().join("other.db")).unwrap();
    let files = sandbox.files();
    for other in ["data/c.db", "data/other.db"] {
        let bytes = fs::read(sandbox.path().join(other)).unwrap();
        let commands: [&[&str]; 5] = [
            &["undo", "--yes"],
            &["restore", &early.name(), "--yes"],
            &["take"],
            &["watch", "--once"],
            &["status"],
        ];
        for command in commands {
            let ran = run(&[command, &["--db", other]].concat());
            assert_ne!(ran.code, 0, "{command:?}");
            let sentence = "the snapshots in data are of data/chat.db, not of ";
            assert!(ran.err.contains(sentence), "{command:?}: {}", ran.err);
        }
        assert_eq!(fs::read(sandbox.path().join(other)).unwrap(), bytes);
        let read = run(&["list", "--db", other]);
        assert_eq!((read.code, &*read.err), (0, ""));
    }
    assert_eq!(sandbox.files(), files);
    assert_eq!(
        run(&["undo", "--yes"]).code,
        0,
        "live's own history goes on"
    );
}

#[test]
fn the_first_database_that_is_named_is_remembered() {
    let sandbox = sandbox();
    fs::copy(sandbox.db(), sandbox.data().join("other.db")).unwrap();
    let take = |database| sandbox.run(&["take", "--db", database]);
    assert_eq!(take("data/chat.db").code, 0);
    let refused = take("data/other.db");
    assert_eq!(refused.code, 1);
    let sentence = "the snapshots in data are of data/chat.db, not of ";
    assert!(refused.err.contains(sentence), "{}", refused.err);
}

#[test]
fn a_hint_runs_as_printed_for_a_folder_that_begins_with_a_dash() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    fs::rename(sandbox.data(), sandbox.path().join("-dash")).unwrap();
    let ran = sandbox.run(&["restore", "latest", "--yes", "--data-dir=-dash"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out
            .contains("; `unrewind --data-dir=-dash undo` brings"),
        "{}",
        ran.out
    );
    let ran = sandbox.run(&["--data-dir=-dash", "undo", "--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = sandbox.run(&["list", "--data-dir", "nowhere/-dash"]);
    assert_eq!(ran.code, 1);
    let ran = run_in(&sandbox, "-dash", &["list", "--data-dir", "../elsewhere"]);
    assert!(!ran.err.contains("`unrewind -"), "{}", ran.err);
    let ran = sandbox.run(&["list"]);
    assert!(
        ran.err
            .contains("-dash has 3 snapshots: `unrewind ./-dash`"),
        "{}",
        ran.err
    );
}

#[test]
fn the_hint_that_names_the_terminal_ui_names_the_folder() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("One.");
    sandbox.event("Two.");
    chat::rewind(&sandbox.app, first);
    fs::rename(sandbox.data(), sandbox.path().join("chat")).unwrap();
    let ran = sandbox.run(&["recover", "--yes", "--data-dir", "chat"]);
    let hint = "in the live log: `unrewind --data-dir chat` shows them in the event log\n";
    assert!(ran.code == 1 && ran.err.ends_with(hint), "{}", ran.err);
}
