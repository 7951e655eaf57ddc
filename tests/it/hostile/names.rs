//! Names of tables, columns, kinds and files are untrusted text: in everything for people they stay on their
//! line and control nothing, and JSON returns them unchanged.

use std::{fs, process::Command};

use serde_json::Value as Json;
use unrewind::core::{Kind, Tables, is_plain, one_line};

use crate::{
    sandbox::{Ran, Sandbox, at},
    system::slashed,
};

/// Line breaks, a window title, the clipboard, C1, DEL, text directions, and invisible characters.
const NASTY: &str = "x\nFORGED\r\u{1b}]0;t\u{7}\u{9b}31m\u{7f}\u{85}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{200b}\u{feff}\u{e0041}";

/// An application in which every name is nasty.
fn nasty() -> Sandbox {
    let sandbox = Sandbox::with_schema(&format!(
        "CREATE TABLE \"log {NASTY}\" (id INTEGER PRIMARY KEY, ts TEXT, kind TEXT, payload TEXT, superseded_by INTEGER);
         CREATE TABLE \"t {NASTY}\" (\"id {NASTY}\" INTEGER PRIMARY KEY, \"c {NASTY}\" TEXT);
         CREATE TABLE \"child {NASTY}\" (id INTEGER PRIMARY KEY, t REFERENCES \"t {NASTY}\");
         INSERT INTO \"log {NASTY}\" VALUES (1, '2021-03-14', 'kind {NASTY}', 'needle {NASTY}', NULL);
         INSERT INTO \"t {NASTY}\" VALUES (1, 'needle {NASTY}')"
    ));
    assert_eq!(
        sandbox
            .run(&["init", "--event-log", &format!("log {NASTY}")])
            .code,
        0
    );
    sandbox.let_time_pass();
    assert_eq!(sandbox.run(&["take", "--kind", "rewind"]).code, 0);
    sandbox.let_time_pass();
    sandbox.sql(&format!(
        "INSERT INTO \"log {NASTY}\" VALUES (2, '2021-03-15', 'kind {NASTY}', 'more {NASTY}', NULL);
         UPDATE \"log {NASTY}\" SET superseded_by = 2 WHERE id = 1;
         UPDATE \"t {NASTY}\" SET \"c {NASTY}\" = 'other {NASTY}';
         INSERT INTO \"child {NASTY}\" VALUES (1, 1);
         ALTER TABLE \"child {NASTY}\" ADD \"late {NASTY}\""
    ));
    sandbox
}

#[track_caller]
fn assert_harmless(ran: &Ran, arguments: &[&str]) {
    let output = format!("{}{}", ran.out, ran.err);
    assert!(
        !output.lines().any(|line| line.starts_with("FORGED")),
        "{arguments:?}: {output}"
    );
    let is_control = |character: &char| *character != '\n' && !is_plain(*character);
    assert_eq!(
        output.chars().find(is_control),
        None,
        "{arguments:?}: {output:?}"
    );
}

#[test]
fn no_name_in_the_database_breaks_a_line_or_controls_a_terminal() {
    let sandbox = nasty();
    let table = format!("t {NASTY}");
    let missing = format!("no {NASTY}");
    for arguments in [
        &["list"][..],
        &["show", "latest"],
        &["show", "live"],
        &["show", "live", "--rows", &table],
        &["show", "latest", "--rows", &missing],
        &["show", &missing],
        &["diff", "latest"],
        &["diff", "latest", "--rows"],
        &["diff", "latest", "--table", &missing],
        &["search", "needle"],
        &["search", "needle", "--table", &missing],
        &["search", "--regex", &format!("({NASTY}")],
        &["restore", "latest", "--dry-run"],
        &["restore", "latest", "--tables", &missing],
        &["restore", "latest", "--tables", &table, "--dry-run"],
        &["recover", "--dry-run"],
        &["export", "latest", "--table", &missing, "--format", "csv"],
        &[
            "export",
            "latest",
            "--format",
            "sqlite",
            "--output",
            &format!("e{NASTY}"),
        ],
        &["label", "latest", &missing],
        &["verify", "--deep"],
        &["prune", "--dry-run"],
        &["due"],
        &["init", "--dry-run"],
        &["--db", &missing, "show", "live"],
        &["--data-dir", &missing, "list"],
        &["--config", &missing, "list"],
        &["restore", "latest", "--yes"],
        &["undo", "--dry-run"],
    ] {
        assert_harmless(&sandbox.run(arguments), arguments);
    }
    sandbox.sql(&format!(
        "DROP TABLE \"child {NASTY}\"; ALTER TABLE \"t {NASTY}\" DROP \"c {NASTY}\""
    ));
    for arguments in [
        &["show", "latest"][..],
        &["diff", "latest"],
        &["restore", "latest", "--yes"],
        &["restore", "latest", "--drop-missing", "--dry-run"],
    ] {
        assert_harmless(&sandbox.run(arguments), arguments);
    }
}

#[test]
fn a_table_has_one_name_on_every_screen_and_a_long_one_is_cut() {
    let (odd, long) = ("o\t\u{1b}\u{200b}x", "long".repeat(30));
    let mut sandbox = Sandbox::new();
    sandbox.profile.tables = Tables::Auto {
        exclude: vec!["b*".to_owned()],
    };
    fs::write(sandbox.data().join("unrewind.toml"), "exclude = [\"b*\"]\n").unwrap();
    sandbox.sql(&format!(
        "CREATE TABLE \"{odd}\" (id INTEGER PRIMARY KEY);
         CREATE TABLE {long} (id INTEGER PRIMARY KEY);
         INSERT INTO \"{odd}\" VALUES (1); INSERT INTO {long} VALUES (1)"
    ));
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(&format!("DELETE FROM \"{odd}\"; DELETE FROM {long}"));
    let mut tui = sandbox.tui(160, 40);
    let mut screens = vec![tui.frame(), tui.keys("d").frame()];
    screens.push(tui.keys("<enter>").frame() + &tui.keys("<esc>j<enter>").frame());
    screens.push(tui.keys("<esc><esc>r").frame());
    screens.push(sandbox.run(&["show", "latest"]).out);
    screens.push(sandbox.run(&["diff", "latest"]).out);
    for screen in screens {
        assert!(screen.contains(&slashed(r"o\t\u{1b}\u{200b}x")), "{screen}");
        assert!(screen.contains("longlong"), "{screen}");
        assert!(!screen.contains(&long), "{screen}");
    }
}

#[test]
fn the_name_of_a_column_is_written_out_on_every_screen() {
    let name = "o\t\u{1b}\u{202e}x";
    let mut sandbox = Sandbox::with_schema(&format!(
        "CREATE TABLE bots (\"{name}\" TEXT PRIMARY KEY, other);
         CREATE TABLE event_log (id INTEGER PRIMARY KEY)"
    ));
    sandbox.profile.log = None;
    sandbox.profile.tables = Tables::Named(vec!["bots".to_owned()]);
    sandbox.sql("INSERT INTO bots VALUES ('needle', 1)");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE bots SET other = 2");
    for keys in [
        "d<enter>",
        "d<enter><enter>",
        "<enter><enter>",
        "sneedle<enter>",
    ] {
        let frame = sandbox.tui(160, 40).keys(keys).frame();
        assert!(
            frame.contains(&slashed(r"o\t\u{1b}\u{202e}x")),
            "{keys}: {frame}"
        );
        assert!(!frame.contains("\u{202e}"), "{keys}: {frame}");
    }
}

#[test]
#[cfg_attr(windows, ignore = "no file name has a control character there")]
fn no_file_name_breaks_a_line_or_controls_a_terminal() {
    let sandbox = nasty();
    fs::copy(
        sandbox.db(),
        sandbox.data().join(format!("second{NASTY}.db")),
    )
    .unwrap();
    let snapshot = sandbox.list()[0].path.clone();
    let elsewhere = format!("s{NASTY}.json");
    fs::copy(&snapshot, sandbox.path().join(&elsewhere)).unwrap();
    fs::remove_file(sandbox.data().join("unrewind.toml")).unwrap();
    fs::write(
        sandbox
            .data()
            .join(format!("snapshots/rewind/z{NASTY}.json")),
        "{}",
    )
    .unwrap();
    for arguments in [
        &["show", "live"][..],
        &["show", &elsewhere],
        &["verify", &elsewhere],
        &["restore", &elsewhere, "--yes"],
        &["list"],
        &["watch", "--once"],
    ] {
        assert_harmless(&sandbox.run(arguments), arguments);
    }
}

#[test]
fn json_returns_every_name_and_text_unchanged() {
    let sandbox = nasty();
    let (table, column) = (format!("t {NASTY}"), format!("c {NASTY}"));
    let json = |arguments: &[&str]| -> Json {
        let ran = sandbox.run(arguments);
        assert_harmless(&ran, arguments);
        serde_json::from_str(&ran.out)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", ran.out))
    };
    assert_eq!(json(&["show", "latest", "--json"])["tables"][&table], 1);
    assert_eq!(json(&["show", "live", "--json"])["tables"][&table], 1);
    let text = format!("needle {NASTY}");
    let shown = json(&["show", "latest", "--rows", &table, "--json"]);
    assert_eq!(
        (&shown["table"], &shown["columns"][1]),
        (&table.clone().into(), &column.clone().into())
    );
    assert_eq!(shown["rows"][0][&column], text.as_str());
    let diff = json(&["diff", "latest", "--rows", "--json"]);
    assert_eq!(
        diff["tables"][&table]["rows"][0]["changed"]["to"][&column],
        text.as_str()
    );
    let found = json(&["search", "needle", "--json"]);
    let tables: Vec<&Json> = found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["table"])
        .collect();
    assert!(tables.contains(&&table.clone().into()), "{found}");
    assert_eq!(
        json(&["restore", "latest", "--dry-run", "--json"])["tables"][&table]["changed"],
        1
    );
    let ran = sandbox.run(&["export", "latest", "--table", &table, "--format", "jsonl"]);
    let row: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(row[&column], text.as_str());
    for arguments in [
        &["list", "--json"][..],
        &["recover", "--dry-run", "--json"],
        &["verify", "--all", "--json"],
        &["prune", "--dry-run", "--json"],
        &["due", "--json"],
        &["restore", "latest", "--yes", "--json"],
    ] {
        json(arguments);
    }
}

#[test]
fn no_name_breaks_a_line_of_the_log() {
    let sandbox = nasty();
    let missing = format!("no {NASTY}");
    for arguments in [
        &["restore", "latest", "--tables", &missing, "--yes"][..],
        &["restore", "latest", "--yes"],
        &["show", &missing],
    ] {
        sandbox.run(&[&["--log", "log"], arguments].concat());
    }
    let log = fs::read_to_string(sandbox.path().join("log")).unwrap();
    let is_control = |character: &char| *character != '\n' && !is_plain(*character);
    assert_eq!(log.chars().find(is_control), None, "{log:?}");
    let begins = chrono::Utc::now().format("%Y-").to_string();
    assert!(
        log.lines().count() >= 6 && log.lines().all(|line| line.starts_with(&begins)),
        "{log}"
    );
}

#[test]
fn visible_text_is_unchanged() {
    for text in [
        "naïve café",
        "日本語",
        "👨‍👩‍👧",
        "می‌خواهم",
        "Zażółć",
        "עברית",
        "❤️",
    ] {
        assert_eq!(one_line(text), text);
    }
    assert_eq!(
        one_line("a\nb\tc\u{1b}\u{202e}"),
        "a\\nb\\tc\\u{1b}\\u{202e}"
    );
}

#[test]
#[cfg_attr(windows, ignore = "no file name has a control character there")]
fn the_name_of_a_snapshot_file_elsewhere_is_printed_on_one_line() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let elsewhere = format!("s{NASTY}.json");
    fs::copy(&taken.path, sandbox.path().join(&elsewhere)).unwrap();
    sandbox.memory("Jo turned the lamp off.");
    let arguments = ["restore", &elsewhere, "--yes"];
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_harmless(&ran, &arguments);
}

#[test]
#[cfg_attr(windows, ignore = "no folder name has a control character there")]
fn a_printed_command_with_a_nasty_folder_name_runs_as_printed() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    let folder = format!("it's {NASTY}");
    fs::rename(sandbox.data(), sandbox.path().join(&folder)).unwrap();
    let run = |arguments: &[&str]| {
        let ran = sandbox.run(&[&["--data-dir", &folder], arguments].concat());
        assert_harmless(&ran, arguments);
        ran
    };
    assert_eq!(run(&["status"]).code, 0);
    assert_eq!(run(&["recover"]).code, 1);
    let restored = run(&["restore", "latest", "--yes"]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    let (_, rest) = restored.out.split_once("`unrewind").unwrap();
    let (words, _) = rest.split_once('`').unwrap();
    let script = format!("{}{words} --yes", env!("CARGO_BIN_EXE_unrewind"));
    let mut bash = Command::new("bash");
    let settings = sandbox.command(&[]);
    let settings = settings
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    bash.args(["-c", &script])
        .current_dir(sandbox.path())
        .env_clear()
        .envs(settings);
    let ran = Ran::run(bash);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let count = "SELECT count(*) FROM event_log WHERE payload_json LIKE '%Hello?%'";
    assert_eq!(sandbox.rows(count), ["1"], "the restore is undone");
}
