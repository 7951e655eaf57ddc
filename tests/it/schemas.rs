//! Databases of other applications: whatever their schema, a take and a restore bring back every row, and the
//! application finds it.

mod full_text;
mod keys;
mod profiles;
mod rules;
mod trees;

use std::fs;

use rusqlite::Connection;
use unrewind::core::{
    Contents, Difference, Kind, Log, Rows, Scope, Scratch, Side, Snapshot, Tables, export_database,
    unattended, verify,
};

use crate::sandbox::{Sandbox, at};

/// A feature of schemas.
struct Feature<'a> {
    /// The tables and their rows, created after the log.
    schema: &'a str,
    /// What the application does after the snapshot.
    changes: &'a str,
    /// Queries of the application, whose results must not change.
    asks: &'a [&'a str],
}

/// A database with a log of two columns; every other table is projected.
fn any(schema: &str) -> Sandbox {
    let log = "CREATE TABLE events (id INTEGER PRIMARY KEY, what TEXT);
        INSERT INTO events VALUES (1, 'began'), (2, 'went on');";
    let mut sandbox = Sandbox::with_schema(&format!("{log} {schema}"));
    sandbox.profile.log = Some(log_of("events", "id"));
    sandbox.profile.tables = Tables::Auto {
        exclude: Vec::new(),
    };
    sandbox
}

fn log_of(table: &str, id: &str) -> Log {
    Log {
        table: table.to_owned(),
        columns: Vec::new(),
        id: id.to_owned(),
        time: None,
        branch: None,
        kind: None,
        payload: None,
        superseded_by: None,
        active: None,
        rewind_kinds: vec!["rewind".to_owned()],
        person_kinds: Vec::new(),
        hidden: None,
    }
}

/// The application's queries, each with its result.
fn results(sandbox: &Sandbox, asks: &[&str]) -> Vec<Vec<String>> {
    let result = |ask: &&str| [vec![(*ask).to_owned()], sandbox.rows(ask)].concat();
    asks.iter().map(result).collect()
}

/// The number of changes between a snapshot and live.
fn difference_count(sandbox: &Sandbox, snapshot: &Snapshot) -> u64 {
    let (database, contents) = (
        sandbox.database(),
        Contents::open(&snapshot.path, &mut unattended).unwrap(),
    );
    let (from, to) = (Side::Snapshot(&contents), Side::Live(&database));
    let only = [];
    let keyed = Some(&database);
    let difference =
        Difference::compute(from, to, &sandbox.profile, keyed, &only, &mut unattended).unwrap();
    let changes = difference.tables.iter();
    changes
        .map(|table| table.added + table.changed + table.removed)
        .sum()
}

/// Asserts that an export of the snapshot as a database has every row of live.
fn assert_exports(sandbox: &Sandbox, snapshot: &Snapshot) {
    let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
    let rows = |(name, _)| Rows::of(Side::Snapshot(&contents), &sandbox.profile, name).unwrap();
    let tables: Vec<Rows<'_>> = contents.tables().map(rows).collect();
    let (path, live) = (sandbox.path().join("exported.db"), sandbox.database());
    export_database(&path, &tables, Some(&live), &mut unattended).unwrap();
    let exported = Connection::open(&path).unwrap();
    let quoted = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
    for table in tables.iter().map(Rows::table) {
        let columns: Vec<String> = table.columns.iter().map(quoted).collect();
        if columns.is_empty() {
            continue;
        }
        let query = format!("SELECT {} FROM {}", columns.join(", "), quoted(&table.name));
        let mut rows = [Sandbox::rows_of(&exported, &query), sandbox.rows(&query)];
        for rows in &mut rows {
            rows.sort();
        }
        assert_eq!(rows[0], rows[1], "an export differs from live");
    }
    drop(exported);
    fs::remove_file(path).unwrap();
}

impl Feature<'_> {
    /// Takes, exports, changes, verifies, restores and undoes, and asserts that each step gives the expected rows and
    /// results.
    #[track_caller]
    fn survives(&self) {
        self.survives_in(&any(self.schema));
    }

    #[track_caller]
    fn survives_in(&self, sandbox: &Sandbox) {
        let asks = [
            self.asks,
            &["PRAGMA foreign_key_check", "PRAGMA integrity_check"],
        ]
        .concat();
        let state = || (sandbox.dump(), results(sandbox, &asks));
        let before = state();
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        assert_eq!(
            difference_count(sandbox, &snapshot),
            0,
            "a snapshot differs from live"
        );
        assert_exports(sandbox, &snapshot);
        sandbox.sql(self.changes);
        sandbox.sql("INSERT INTO events (what) VALUES ('changed')");
        let after = state();
        assert!(
            difference_count(sandbox, &snapshot) > 1,
            "the changes have no effect"
        );
        let (live, store) = (&sandbox.database(), &sandbox.store());
        let scratch = Some(Scratch { live, store });
        let found = verify(&snapshot, &sandbox.profile, None, scratch, &mut unattended).unwrap();
        assert_eq!(found.problem, None, "the snapshot is not sound");
        assert_eq!(state(), after, "verifying changed live");
        let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
        assert_eq!(state(), before);
        assert_eq!(difference_count(sandbox, &snapshot), 0);
        sandbox
            .restore(&restored.safety_snapshot.unwrap(), Scope::Full)
            .unwrap();
        assert_eq!(state(), after);
    }
}
