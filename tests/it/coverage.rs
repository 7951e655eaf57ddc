//! Warnings about what a snapshot does not hold: tables outside the profile, and names that the database lacks.

use std::fs;

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

#[test]
fn take_verify_show_and_the_header_report_tables_outside_the_profile() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    assert!(!sandbox.run(&["show", "latest"]).err.contains('!'));
    sandbox.sql("CREATE TABLE notes (t TEXT); CREATE VIRTUAL TABLE places USING rtree (id, a, b)");
    let warning = "! no snapshot holds 2 tables: notes, places: add the tables that snapshots should hold to `tables` in data/unrewind.toml, and the rest to `exclude`\n";
    for command in [
        &["take"][..],
        &["take", "--json"],
        &["verify"],
        &["verify", "--deep"],
        &["show", "latest"],
        &["show", "live"],
    ] {
        let ran = sandbox.run(command);
        assert_eq!((ran.code, &*ran.err), (0, warning), "{command:?}");
    }
    for command in [
        &["take", "--json"][..],
        &["show", "live", "--json"],
        &["show", "latest", "--json"],
    ] {
        let json: serde_json::Value = serde_json::from_str(&sandbox.run(command).out).unwrap();
        assert_eq!(
            json["tables_not_held"],
            serde_json::json!(["notes", "places"]),
            "{command:?}"
        );
        assert_eq!(json["tables_lacking"], serde_json::json!([]), "{command:?}");
    }
    let tui = sandbox.tui(100, 20);
    assert!(
        tui.frame()
            .contains("! no snapshot holds 2 tables: notes, places"),
        "{}",
        tui.frame()
    );
    let chosen = "exclude = [\"n*\", \"places\"]\n";
    fs::write(sandbox.data().join("unrewind.toml"), chosen).unwrap();
    assert_eq!(sandbox.run(&["take"]).err, "");
}

#[test]
fn a_configured_table_that_the_database_lacks_gets_a_suggestion() {
    let sandbox = Sandbox::new();
    let names = "tables = [\"bots\", \"memoriez\"]\nexclude = [\"[a-l]*\", \"s*\", \"you*\"]\n";
    fs::write(sandbox.data().join("unrewind.toml"), names).unwrap();
    let ran = sandbox.run(&["take"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.err.ends_with(
            "! the database has no table memoriez (did you mean memories?), which the profile names: correct `tables` in data/unrewind.toml\n"
        ),
        "{ran:?}"
    );
    assert!(
        ran.err
            .starts_with("! no snapshot holds 1 table: memories: "),
        "{ran:?}"
    );
}

#[test]
fn a_column_that_the_event_log_lacks_is_reported() {
    let mut sandbox = Sandbox::new();
    let names = "[log]\ntime = \"notime\"\nhidden = \"nohidden\"\n";
    fs::write(sandbox.data().join("unrewind.toml"), names).unwrap();
    let warnings = [
        "notime, which the profile names as its time",
        "nohidden, which the profile names as its hidden",
    ]
    .map(|what| {
        format!("! the event log has no column {what}: correct `[log]` in data/unrewind.toml\n")
    })
    .concat();
    for command in [
        &["take"][..],
        &["verify"],
        &["show", "live"],
        &["show", "latest"],
    ] {
        let ran = sandbox.run(command);
        assert_eq!((ran.code, ran.err), (0, warnings.clone()), "{command:?}");
    }
    let status = sandbox.run(&["status"]);
    assert_eq!(
        (status.code, status.out.ends_with(&warnings)),
        (1, true),
        "{status:?}"
    );
    let shown = &sandbox.run(&["show", "live", "--json"]).out;
    let shown: serde_json::Value = serde_json::from_str(shown).unwrap();
    assert_eq!(
        shown["columns_lacking"],
        serde_json::json!(["notime", "nohidden"])
    );
    let log = sandbox.profile.log.as_mut().unwrap();
    (log.time, log.hidden) = (Some("notime".into()), Some("nohidden".into()));
    let tui = sandbox.tui(100, 20);
    assert!(
        tui.frame()
            .contains("! the event log lacks notime, nohidden"),
        "{}",
        tui.frame()
    );
}

#[test]
fn no_command_leaves_files_beside_a_closed_database() {
    let mut sandbox = Sandbox::rewound();
    let data = sandbox.data();
    let names = || {
        let mut names: Vec<String> = fs::read_dir(&data)
            .unwrap()
            .chain(fs::read_dir(data.join("snapshots")).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".unrewind-lock")
            .collect();
        names.sort();
        names
    };
    // It removes its write-ahead log.
    sandbox.quit();
    let before = ["chat.db", "periodic", "rewind", "schema", "snapshots"];
    assert_eq!(names(), before);
    for command in [
        &["show", "live"][..],
        &["take"],
        &["verify", "--deep"],
        &["diff", "latest:periodic"],
        &["restore", "latest:periodic", "--dry-run"],
        &["search", "lamp"],
        &["restore", "latest:rewind", "--yes"],
        &["export", "live", "--table", "bots", "--format", "csv"],
    ] {
        let ran = sandbox.run(command);
        assert_eq!(names(), before, "{command:?}: {ran:?}");
    }
}

#[test]
fn a_table_of_the_profile_that_live_lost_needs_attention() {
    let sandbox = Sandbox::new();
    sandbox.sql("DROP TABLE activity");
    let ran = sandbox.run(&["status"]);
    let message = "! the database has no table activity, which the profile names: ";
    assert!(ran.code == 1 && ran.out.contains(message), "{ran:?}");
}
