//! The program itself in a pseudo-terminal: its loop, its threads, its signals, and that the terminal is
//! restored.

mod anew;
#[cfg(target_os = "linux")]
mod crash;
mod known;
mod lifecycle;
mod lock_wait;
mod question;
mod replay;
mod run;
mod search;
mod signals;
mod typed_ahead;

use std::{fs, path::Path};

use chrono::Utc;
use rusqlite::Connection;
use tempfile::TempDir;
use unrewind::core::Kind;
use vt100::{Cell, Color, Screen};

use crate::{
    sandbox::{Sandbox, at},
    terminal::Terminal,
};
use question::{wait_kind_readable, wait_readable, yes};

const UNREWIND: &str = env!("CARGO_BIN_EXE_unrewind");

/// Starts the program in a terminal, isolated from the machine's settings.
fn start(folder: &Path, arguments: &[&str], more: &[(&str, &str)]) -> Terminal {
    let path = |name: &str| folder.join(name).into_os_string();
    let mut envs = vec![
        ("HOME", path("")),
        ("XDG_CONFIG_HOME", path("config")),
        ("XDG_CACHE_HOME", path("cache")),
        ("TZ", "UTC".into()),
    ];
    envs.extend(more.iter().map(|(name, value)| (*name, value.into())));
    Terminal::start(Path::new(UNREWIND), arguments, folder, envs, (100, 40))
}

/// Quits from the list, and checks the exit code and the terminal.
#[track_caller]
fn assert_quits(mut terminal: Terminal) {
    terminal.keys("q");
    assert_exits(terminal);
}

#[track_caller]
fn assert_exits(mut terminal: Terminal) {
    assert_eq!(terminal.wait_exit(), 0, "{}", terminal.text());
    assert_eq!(terminal.altered(), Vec::<&str>::new());
    assert_eq!(terminal.text(), "", "the terminal is clean");
}

/// Closes the open message.
fn close(terminal: &mut Terminal) -> &mut Terminal {
    terminal.keys("<enter>");
    terminal.wait_until(|screen| !screen.contents().contains(" Close "))
}

/// Whether the demonstration's lost hour is back.
fn lost_hour_is_back(folder: &Path) -> bool {
    let sql = "SELECT count(*) > 0 FROM event_log
        WHERE payload_json LIKE '%writing to herself all along%' AND superseded_by IS NULL";
    let database = Connection::open(folder.join("demo/chat.db")).unwrap();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn snapshots(folder: &Path) -> usize {
    let store = unrewind::core::Store::new(&folder.join("demo"));
    store.list(&Kind::ALL).unwrap().len()
}

#[test]
fn a_session_recovers_undoes_takes_and_prunes() {
    let folder = TempDir::new().unwrap();
    let mut terminal = start(folder.path(), &["demo", "demo"], &[]);
    terminal.wait_for("R recovers").wait_for("all 13");
    assert!(!lost_hour_is_back(folder.path()));

    terminal.keys("R").wait_for("Recover from the rewind of");
    yes(&mut terminal).wait_for("✓ Restored");
    assert!(lost_hour_is_back(folder.path()));
    close(&mut terminal).wait_for("all 15");

    terminal.keys("u").wait_for("Undo the restore of");
    wait_readable(&mut terminal)
        .keys("<tab><enter>")
        .wait_for("✓ Undone");
    assert!(!lost_hour_is_back(folder.path()));
    close(&mut terminal)
        .wait_for("R recovers")
        .wait_for("all 16");

    terminal.keys("t").wait_for("Take a snapshot of live");
    wait_kind_readable(&mut terminal)
        .keys("<enter>")
        .wait_for("✓ Snapshot taken");
    close(&mut terminal).wait_for("all 17");
    assert_eq!(snapshots(folder.path()), 17);

    terminal.keys("p").wait_for("Prune by policy");
    let before = snapshots(folder.path());
    yes(&mut terminal).wait_for("snapshots deleted");
    let left = snapshots(folder.path());
    assert!(left < before);

    close(&mut terminal).wait_for(&format!("all {left}"));
    terminal.keys("Gx").wait_for("1 snapshot to delete");
    yes(&mut terminal).wait_for("snapshot deleted");
    assert_eq!(snapshots(folder.path()), left - 1);
    close(&mut terminal);
    assert_quits(terminal);
}

#[test]
fn the_lost_hour_is_restored_from_the_rows_of_one_table() {
    let folder = TempDir::new().unwrap();
    let mut terminal = start(folder.path(), &["demo", "demo"], &[]);
    terminal.wait_for("R recovers").wait_for("all 13");
    // The first rewound event is selected.
    terminal
        .keys("e")
        .wait_for("72 lost")
        .wait_for("“There was one");
    terminal.keys("<tab>").wait_for("of 72 lost");
    terminal
        .keys("<esc><esc>")
        .wait_until(|screen| !screen.contents().contains("Events"));
    terminal.keys("d").wait_for("rewound in live");
    terminal.keys("<enter>").wait_for("rows differ");
    terminal
        .keys("/herself all along<enter>")
        .wait_for("“The lighthouse keeper was writing");
    terminal.keys("r").wait_for("Restore rewind");
    assert!(!lost_hour_is_back(folder.path()));
    yes(&mut terminal).wait_for("✓ Restored");
    assert!(lost_hour_is_back(folder.path()));
    close(&mut terminal).wait_for("Difference");
    terminal.keys("<esc>").wait_for("all 15");
    assert_quits(terminal);
}

#[test]
fn the_error_without_a_terminal_is_one_line() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    let message = "unrewind: the terminal UI needs a terminal: use `unrewind list` and the other commands instead\n";
    assert_eq!(ran.err, message);
}

#[test]
fn a_configuration_error_is_printed_before_the_screen_opens() {
    let sandbox = Sandbox::new();
    let mut terminal = start(sandbox.path(), &["--config", "none.toml"], &[]);
    assert_eq!(terminal.wait_exit(), 1);
    assert!(terminal.text().contains("none.toml"), "{}", terminal.text());
    assert_eq!(terminal.altered(), Vec::<&str>::new());
}

/// The cells of the screen.
fn cells(screen: &Screen) -> impl Iterator<Item = &Cell> {
    let (rows, columns) = screen.size();
    let places =
        (0..rows.get()).flat_map(move |row| (0..columns.get()).map(move |column| (row, column)));
    places.filter_map(|(row, column)| screen.cell(row, column))
}

#[test]
fn no_color_disables_colours_and_reverses_the_selection() {
    for (value, plain) in [("1", true), ("", false)] {
        let sandbox = Sandbox::new();
        sandbox.take(Kind::Rewind, at(1));
        let mut terminal = start(sandbox.path(), &[], &[("NO_COLOR", value)]);
        terminal
            .wait_for("rewind    2021-03-14 12:01:00")
            .wait_for("have as many rows as in live");
        let screen = terminal.screen();
        let is_plain =
            |cell: &Cell| (cell.fgcolor(), cell.bgcolor()) == (Color::Default, Color::Default);
        assert_eq!(cells(screen).all(is_plain), plain);
        let reversed = cells(screen).filter(|cell| cell.inverse());
        let reversed: String = reversed.map(Cell::contents).collect();
        assert_eq!(reversed.contains("rewind"), plain, "{reversed:?}");
        assert_quits(terminal);
    }
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let mut terminal = start(sandbox.path(), &[], &[]);
    terminal.wait_for("11 tables have as many rows as in live");
    terminal.keys("p").wait_for("Prune by policy");
    for (columns, rows) in [(40, 9), (3, 2), (1, 1), (200, 60)] {
        terminal.resize(columns, rows);
    }
    terminal.wait_until(|screen| {
        let text = screen.contents();
        text.lines().count() == 60 && text.contains("Prune by policy")
    });
    terminal
        .keys("<esc>")
        .wait_until(|screen| !screen.contents().contains("Prune"));
    terminal.resize(40, 9).wait_until(|screen| {
        let text = screen.contents();
        text.lines().count() == 9 && text.lines().all(|line| line.chars().count() <= 40)
    });
    assert_quits(terminal);
}

#[test]
fn a_key_and_a_resize_at_the_same_moment_both_take_effect() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let mut terminal = start(sandbox.path(), &[], &[]);
    terminal.wait_for("11 tables have as many rows as in live");
    for _ in 0..50 {
        for (size, key, shown) in [((60, 20), "p", true), ((90, 30), "<esc>", false)] {
            terminal
                .resize(size.0, size.1)
                .keys(key)
                .wait_until(|screen| screen.contents().contains("Prune by policy") == shown);
        }
    }
    terminal.resize(80, 24);
    assert_quits(terminal);
}

#[cfg(target_os = "linux")]
#[test]
fn a_restored_snapshot_folder_appears_without_a_key() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let (there, away) = (
        sandbox.path().join("data/snapshots"),
        sandbox.path().join("away"),
    );
    fs::rename(&there, &away).unwrap();
    let mut terminal = start(sandbox.path(), &[], &[]);
    terminal.wait_for("There are no snapshots yet.");
    fs::rename(&away, &there).unwrap();
    terminal.wait_for("all 1");
    assert_quits(terminal);
}

/// Other systems report changes later, or not these.
#[cfg(target_os = "linux")]
#[test]
fn changes_by_other_programs_appear_without_a_key() {
    let sandbox = Sandbox::new();
    let mut terminal = start(sandbox.path(), &[], &[]);
    terminal
        .wait_for("There are no snapshots yet.")
        .wait_for("last event 2");
    sandbox.event("from the application");
    terminal.wait_for("last event 3");
    let now = Utc::now();
    sandbox.try_take(Kind::Rewind, now).unwrap();
    terminal
        .wait_for("all 1")
        .wait_for("0 events since the newest snapshot");
    assert_quits(terminal);
}
