//! The program itself: what it prints, its exit codes, and what it asks. Submodules: the commands, and how a
//! snapshot is named.

mod connected;
mod examples;
#[cfg(target_os = "linux")]
mod full_output;
mod help;
mod json;
mod names;
mod place;
mod prune;
mod reading;
mod restore;
mod rows;
mod take;
mod times;
#[cfg(unix)]
mod unread_output;
#[cfg(unix)]
mod unreadable;

use std::{
    fs,
    io::{Read, Write},
    process::Stdio,
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::Value as Json;
use unrewind::core::Kind;

use crate::sandbox::{Ran, Sandbox, at};

/// A chat with a periodic snapshot, a rewind, a damaged snapshot, and a message after them.
fn sample_chat() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.event("It is.");
    sandbox.event("I climbed up to see it.");
    sandbox.rewind(4, at(10));
    let cut = r#"{"last_event_id": 7, "event_log": [{"id": 1"#;
    sandbox.put(Kind::Periodic, at(20), cut);
    sandbox.event("Hello?");
    sandbox
}

/// The text without what depends on the clock: ages in days, today's stamps and times, and the width of
/// columns.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for line in text.lines() {
        let cells = line
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty());
        let line = cells.collect::<Vec<_>>().join("  ");
        let mut words: Vec<&str> = line.split(' ').collect();
        for at in 1..words.len() {
            let is_number = words[at - 1]
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b',');
            if words[at].starts_with('d') && is_number && !words[at - 1].is_empty() {
                words[at - 1] = "N";
            }
        }
        steady += &words.join(" ");
        steady.push('\n');
    }
    without_stamps_of_today(&steady)
}

fn without_stamps_of_today(text: &str) -> String {
    let is_stamp = |text: &str| {
        let form = text
            .bytes()
            .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
        form.eq(*b"00000000T000000Z") && !text.starts_with("2021")
    };
    let stamp = (0..text.len()).find_map(|at| text.get(at..at + 16).filter(|text| is_stamp(text)));
    match stamp {
        Some(stamp) => without_stamps_of_today(&text.replace(stamp, "NOW")),
        None => text.to_owned(),
    }
}

/// Runs the program in a terminal and types the text once it asks; returns its exit code and the screen.
fn in_terminal(sandbox: &Sandbox, arguments: &[&str], typed: &str) -> (u32, String) {
    let terminal = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_unrewind"));
    command.args(arguments);
    command.cwd(sandbox.path());
    command.env_clear();
    command.env("HOME", sandbox.path());
    let mut child = terminal.slave.spawn_command(command).unwrap();
    drop(terminal.slave);
    let mut shown = terminal.master.try_clone_reader().unwrap();
    let mut keyboard = terminal.master.take_writer().unwrap();
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"[y/N] ") && shown.read_exact(&mut byte).is_ok() {
        bytes.extend(byte);
    }
    keyboard.write_all(typed.as_bytes()).unwrap();
    // Reading a terminal whose program has ended is an error.
    let _ = shown.read_to_end(&mut bytes);
    let code = child.wait().unwrap().exit_code();
    (code, String::from_utf8_lossy(&bytes).into_owned())
}

/// The keys of an object, sorted.
#[track_caller]
fn keys(object: &Json) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Asserts that the command failed with exactly this error and printed nothing.
#[track_caller]
fn assert_fails(ran: &Ran, message: &str) {
    assert_eq!((ran.code, &*ran.out, &*ran.err), (1, "", message));
}

#[test]
fn a_usage_error_exits_with_2() {
    let sandbox = Sandbox::new();
    let cases: [&[&str]; 7] = [
        &["list", "--kind", "hourly"],
        &["list", "extra"],
        &["show"],
        &["restore"],
        &["restore", "latest", "--scope", "half"],
        &["prune", "--keep", "many"],
        &["prune", "--keep-within", "soon"],
    ];
    for arguments in cases {
        let ran = sandbox.run(arguments);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{arguments:?}");
        assert!(ran.err.starts_with("error: "), "{}", ran.err);
    }
}

#[test]
fn help_and_version_exit_with_0() {
    let sandbox = Sandbox::new();
    let version = sandbox.run(&["--version"]);
    let said = format!("unrewind {}", env!("CARGO_PKG_VERSION"));
    assert!(version.out.starts_with(&said), "{}", version.out);
    assert_eq!(
        version.out.contains("archive-remote"),
        cfg!(feature = "archive-remote")
    );
    for command in ["list", "show", "take", "restore", "prune", "due"] {
        let help = sandbox.run(&[command, "--help"]);
        assert_eq!((help.code, &*help.err), (0, ""), "{command}");
        assert!(help.out.contains("--json"), "{command}");
    }
}

#[test]
fn the_terminal_ui_refuses_to_start_without_a_terminal() {
    let ran = Sandbox::new().run(&[]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(
        ran.err
            .starts_with("unrewind: the terminal UI needs a terminal"),
        "{}",
        ran.err
    );
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let sandbox = sample_chat();
    for arguments in [&["list"][..], &["show", "live", "--json"], &["take"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = sandbox.command(arguments);
        let child = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn the_one_database_with_an_event_log_is_found() {
    let sandbox = sample_chat();
    for (name, sql) in [("other.db", "CREATE TABLE notes (x)"), ("empty.db", "")] {
        let other = rusqlite::Connection::open(sandbox.data().join(name)).unwrap();
        other.execute_batch(sql).unwrap();
    }
    fs::write(sandbox.data().join("readme.txt"), "SQLite format 3, not").unwrap();
    let shown = sandbox.run(&["show", "live", "--json"]).json();
    assert_eq!(shown["path"], "data/chat.db");
}

#[test]
fn of_several_databases_one_must_be_named() {
    let sandbox = sample_chat();
    let copy = sandbox.data().join("second.db");
    sandbox
        .app
        .execute("VACUUM INTO ?1", [copy.to_str()])
        .unwrap();
    let several = "unrewind: several databases in data have an event log: data/chat.db, data/second.db; name one with --db\n";
    assert_fails(&sandbox.run(&["take"]), several);
    let named = sandbox.run(&["--db", "data/chat.db", "show", "live", "--json"]);
    assert_eq!(named.json()["path"], "data/chat.db");
    let mut by_environment = sandbox.command(&["show", "live", "--json"]);
    by_environment.env("UNREWIND_DB", "data/second.db");
    assert_eq!(Ran::run(by_environment).json()["path"], "data/second.db");
}

#[test]
fn a_missing_database_or_event_log_is_an_error_with_a_hint() {
    let sandbox = Sandbox::with_schema("CREATE TABLE notes (x)");
    assert_fails(
        &sandbox.run(&["take"]),
        "unrewind: the database data/chat.db has no table event_log, the event log of the profile\n\
         hint: name another database with --db, or describe this one with `unrewind init`; \
         if the table is lost, restore into a new file with --into\n",
    );
    fs::write(
        sandbox.data().join("unrewind.toml"),
        "[log]\ntable = \"events\"\nid = \"id\"\n",
    )
    .unwrap();
    let described = sandbox.run(&["take"]);
    let hint = "correct `[log]` in unrewind.toml; `unrewind init --dry-run` proposes it anew; ";
    assert!(described.err.contains(hint), "{}", described.err);
    fs::create_dir(sandbox.path().join("bare")).unwrap();
    fs::create_dir(sandbox.path().join("bare/snapshots")).unwrap();
    assert_fails(
        &sandbox.run(&["take", "--data-dir", "bare"]),
        "unrewind: there is no SQLite database in bare; name the application's data folder with --data-dir\n",
    );
}

#[test]
fn a_named_file_that_is_not_the_applications_database_is_an_error() {
    let sandbox = sample_chat();
    assert_fails(
        &sandbox.run(&["take", "--db", "nowhere.db"]),
        "unrewind: there is no database nowhere.db\n\
         hint: name the application's database with --db, or its folder with --data-dir; if it is lost, \
         `unrewind --db nowhere.db restore latest --make-anew` creates a new one\n",
    );
    assert_fails(
        &sandbox.run(&["take", "--db", "data"]),
        "unrewind: data is not a valid SQLite database: it is not a file\n\
         hint: name the application's SQLite database with --db\n",
    );
    fs::write(
        sandbox.path().join("note.txt"),
        "A note, longer than a page is: ".repeat(40),
    )
    .unwrap();
    assert_fails(
        &sandbox.run(&["take", "--db", "note.txt"]),
        "unrewind: note.txt is not a valid SQLite database: file is not a database\n\
         hint: name the application's database with --db; if this is it, \
         `unrewind --db note.txt restore latest --make-anew` moves it aside and creates a new one\n",
    );
    let other = rusqlite::Connection::open(sandbox.path().join("other.db")).unwrap();
    other.execute_batch("CREATE TABLE notes (x)").unwrap();
    assert_fails(
        &sandbox.run(&["take", "--db", "other.db"]),
        "unrewind: the database other.db has no table event_log, the event log of the profile\n\
         hint: name another database with --db, or describe this one with `unrewind --db other.db init`; \
         if the table is lost, restore into a new file with --into\n",
    );
}

#[test]
fn the_data_folder_can_be_named() {
    let sandbox = sample_chat();
    fs::rename(sandbox.data(), sandbox.path().join("elsewhere")).unwrap();
    let listed = sandbox
        .run(&["list", "--json", "--data-dir", "elsewhere"])
        .json();
    assert_eq!(
        listed[1]["path"],
        "elsewhere/snapshots/rewind/20210314T121000Z.json"
    );
    let mut by_environment = sandbox.command(&["list", "--json"]);
    by_environment.env("UNREWIND_DATA_DIR", "elsewhere");
    let by_environment = Ran::run(by_environment).json();
    let paths = |list: &Json| -> Vec<Json> {
        let list = list.as_array().unwrap();
        list.iter().map(|item| item["path"].clone()).collect()
    };
    assert_eq!(paths(&by_environment), paths(&listed));
}
