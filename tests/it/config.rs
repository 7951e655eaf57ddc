//! The configuration: layers of files, each setting some keys, and the errors in them.

use std::{
    fs,
    path::{MAIN_SEPARATOR, Path, PathBuf},
    time::Duration,
};

use unrewind::{
    config::{Config, ConfigFiles, parse_span},
    core::Tables,
};

use crate::sandbox::{Ran, Sandbox};

/// A file with this text.
fn file(sandbox: &Sandbox, name: &str, text: &str) -> PathBuf {
    let path = sandbox.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// The configuration from the user's own file and a chosen one.
fn load(own: Option<&Path>, chosen: Option<&Path>) -> anyhow::Result<Config> {
    Config::load(ConfigFiles {
        own,
        chosen,
        folder: None,
    })
}

/// The error in a configuration with this text, without the folder of the file.
fn error_in(text: &str) -> String {
    let sandbox = Sandbox::without_tables();
    let path = file(&sandbox, "mine.toml", text);
    let error = load(None, Some(&path)).unwrap_err();
    format!("{error:#}").replace(&format!("{}{MAIN_SEPARATOR}", sandbox.path().display()), "")
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[test]
fn the_defaults_are_those_of_the_service() {
    let profile = Config::defaults().unwrap().profile;
    assert_eq!(profile.periodic.keep, 5);
    assert_eq!(profile.periodic.due_events, 100);
    assert_eq!(profile.periodic.due_age, minutes(30));
    assert_eq!(profile.rewind.keep_within, minutes(14 * 24 * 60));
    assert_eq!(profile.busy_timeout, Duration::from_secs(5));
    assert!(profile.replays_on_start);
    let log = profile.log.unwrap();
    assert_eq!(log.table, "event_log");
    let columns = [
        "id",
        "branch_id",
        "ts",
        "kind",
        "payload_json",
        "superseded_by",
        "hidden",
    ];
    assert_eq!(log.columns, columns);
    assert_eq!(
        profile.tables,
        Tables::Named(crate::chat::TABLES.map(str::to_owned).to_vec())
    );
}

#[test]
fn a_missing_or_empty_file_gives_the_defaults() {
    let sandbox = Sandbox::without_tables();
    let defaults = Config::defaults().unwrap().profile;
    let nowhere = sandbox.path().join("nowhere.toml");
    assert_eq!(load(Some(&nowhere), None).unwrap().profile, defaults);
    let empty = file(&sandbox, "empty.toml", "# nothing\n");
    assert_eq!(load(Some(&empty), Some(&empty)).unwrap().profile, defaults);
}

#[test]
fn each_file_overrides_the_one_below_key_by_key() {
    let sandbox = Sandbox::without_tables();
    let own = file(
        &sandbox,
        "own.toml",
        "[periodic]\nkeep = 7\ndue_events = 50\n[log]\ntime = \"at\"\n[database]\nbusy_timeout = \"1s\"\n",
    );
    let chosen = file(
        &sandbox,
        "chosen.toml",
        "tables = [\"notes\"]\n[periodic]\ndue_events = 9\ndue_age = \"1h 30m\"\n[rewind]\nkeep_within = \"36h\"\n",
    );
    let profile = load(Some(&own), Some(&chosen)).unwrap().profile;
    assert_eq!(profile.periodic.keep, 7);
    assert_eq!(profile.periodic.due_events, 9);
    assert_eq!(profile.periodic.due_age, minutes(90));
    assert_eq!(profile.rewind.keep_within, minutes(36 * 60));
    assert_eq!(profile.busy_timeout, Duration::from_secs(1));
    let log = profile.log.unwrap();
    assert_eq!(log.time.as_deref(), Some("at"));
    assert_eq!(log.kind.as_deref(), Some("kind"));
    assert_eq!(profile.tables, Tables::Named(vec!["notes".to_owned()]));
}

#[test]
fn an_unknown_key_is_reported_with_file_and_line() {
    let cases = [
        ("colour = 1\n", 1, "colour"),
        ("# mine\n\nkeep = 3\n", 3, "keep"),
        ("[periodic]\nkeep = 3\nkept = 4\n", 3, "kept"),
        ("[log]\n\n\n  tables = \"x\"", 4, "tables"),
        ("[periodical]\nkeep = 3\n", 1, "periodical"),
    ];
    for (text, line, key) in cases {
        let message = error_in(text);
        let start = format!("mine.toml, line {line}: unknown field `{key}`");
        assert!(message.starts_with(&start), "{message}");
    }
}

#[test]
fn an_invalid_value_is_reported_with_file_and_line() {
    let cases = [
        (
            "[periodic]\nkeep = -1\n",
            "mine.toml, line 2: invalid value: integer `-1`, expected a whole number from 0",
        ),
        (
            "[periodic]\nkeep = \"five\"\n",
            "mine.toml, line 2: invalid type: string \"five\", expected a whole number from 0",
        ),
        (
            "\n[rewind]\nkeep_within = \"soon\"\n",
            "mine.toml, line 3: invalid duration \"soon\": try 30m, 12h or 14d",
        ),
        (
            "[database]\nbusy_timeout = 5\n",
            "mine.toml, line 2: invalid type: integer `5`, expected a string",
        ),
        (
            "tables = \"bots\"\n",
            "mine.toml, line 1: invalid value: string \"bots\", expected \"auto\" or a list of tables",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(error_in(text), message);
    }
    for (text, line) in [
        ("keep 3\n", 1),
        ("[periodic]\nkeep = 3\n[log\n", 3),
        ("a = 1\nb = 'x\n", 2),
    ] {
        let start = format!("mine.toml, line {line}: ");
        assert!(error_in(text).starts_with(&start), "{}", error_in(text));
    }
}

#[test]
fn values_that_make_no_sense_are_refused() {
    assert_eq!(
        error_in("[periodic]\nkeep = 0\n"),
        "periodic.keep is 0, which would delete each periodic snapshot as soon as it is taken"
    );
    assert_eq!(
        error_in("tables = [\"bots\", \"chats\", \"Bots\"]\n"),
        "the configuration names the table Bots twice"
    );
    assert_eq!(
        error_in("tables = [\"bots\", \"EVENT_LOG\"]\n"),
        "the configuration names the table EVENT_LOG twice"
    );
}

#[test]
fn a_missing_chosen_file_is_an_error() {
    let sandbox = Sandbox::without_tables();
    let nowhere = sandbox.path().join("nowhere.toml");
    let message = format!("{:#}", load(None, Some(&nowhere)).unwrap_err());
    let start = format!("cannot read the configuration {}: ", nowhere.display());
    assert!(message.starts_with(&start), "{message}");
}

#[test]
fn durations_are_numbers_with_units() {
    let cases = [
        ("90s", 90),
        ("30m", 1800),
        ("12h", 43_200),
        ("14d", 1_209_600),
        ("1h 30m", 5400),
    ];
    for (text, seconds) in cases {
        assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)), "{text}");
    }
    for text in ["", "14", "d", "-1d", "one day"] {
        assert!(parse_span(text).is_err(), "{text}");
    }
}

#[test]
fn the_program_reads_the_users_file_and_the_chosen_one() {
    let sandbox = Sandbox::new();
    for minute in 0..4 {
        sandbox.put(
            unrewind::core::Kind::Periodic,
            crate::sandbox::at(minute),
            "{}",
        );
    }
    let kept = |arguments: &[&str]| {
        let plan = sandbox
            .run(&[&["prune", "--dry-run", "--json"], arguments].concat())
            .json();
        plan["keep"].as_array().unwrap().len()
    };
    assert_eq!(kept(&[]), 4);
    file(
        &sandbox,
        "config/unrewind/config.toml",
        "[periodic]\nkeep = 3\n",
    );
    assert_eq!(kept(&[]), 3);
    file(&sandbox, "mine.toml", "[periodic]\nkeep = 2\n");
    assert_eq!(kept(&["--config", "mine.toml"]), 2);
}

#[test]
fn an_invalid_file_stops_the_program_before_it_takes_a_snapshot() {
    let sandbox = Sandbox::new();
    file(&sandbox, "mine.toml", "[periodic]\nkept = 3\n");
    let ran: Ran = sandbox.run(&["take", "--config", "mine.toml"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(
        ran.err
            .starts_with("unrewind: mine.toml, line 2: unknown field `kept`"),
        "{}",
        ran.err
    );
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn a_configuration_file_describes_another_application() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE journal (number INTEGER PRIMARY KEY, what TEXT);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
         INSERT INTO journal VALUES (3, 'wrote'), (4, 'read');
         INSERT INTO notes VALUES (1, 'a note')",
    );
    file(
        &sandbox,
        "mine.toml",
        "tables = [\"notes\"]\n[log]\ntable = \"journal\"\nid = \"number\"\ncolumns = [\"number\", \"what\"]\n",
    );
    let taken = sandbox
        .run(&["take", "--config", "mine.toml", "--json"])
        .json();
    assert_eq!(taken["last_event_id"], 4);
    let snapshot = fs::read_to_string(sandbox.path().join(taken["path"].as_str().unwrap()));
    let expected = r#"{"last_event_id": 4, "journal": [{"number": 3, "what": "wrote"}, {"number": 4, "what": "read"}], "notes": [{"id": 1, "text": "a note"}]}"#;
    assert_eq!(snapshot.unwrap(), expected);
}

#[test]
fn the_librarys_default_profile_equals_the_default_configurations() {
    assert_eq!(
        Config::defaults().unwrap().profile,
        unrewind::Profile::default()
    );
}
