//! Databases of other applications: whatever their schema is made of, a take and a restore bring back
//! every row, and the application finds it.

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

/// One thing that a schema can be made of.
struct Feature<'a> {
    /// The tables, and rows in them; the log is made before.
    schema: &'a str,
    /// What the application does after the snapshot.
    changes: &'a str,
    /// What the application asks, and must be answered as before.
    asks: &'a [&'a str],
}

/// A log of two columns, and every table projected.
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
        hidden: None,
    }
}

/// What the application is answered, each answer with its question.
fn answers(sandbox: &Sandbox, asks: &[&str]) -> Vec<Vec<String>> {
    let answer = |ask: &&str| [vec![(*ask).to_owned()], sandbox.rows(ask)].concat();
    asks.iter().map(answer).collect()
}

/// The changes between a snapshot and live.
fn differing(sandbox: &Sandbox, snapshot: &Snapshot) -> u64 {
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

/// Exports a snapshot of what live is as a database, which must hold every row.
fn exports(sandbox: &Sandbox, snapshot: &Snapshot) {
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
        assert_eq!(rows[0], rows[1], "an export is not what it exports");
    }
    fs::remove_file(path).unwrap();
}

impl Feature<'_> {
    /// Takes, exports, changes, verifies, restores and undoes; every row and every answer must be as it was each time.
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
        let state = || (sandbox.dump(), answers(sandbox, &asks));
        let before = state();
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        assert_eq!(
            differing(sandbox, &snapshot),
            0,
            "a take is not what it took"
        );
        exports(sandbox, &snapshot);
        sandbox.sql(self.changes);
        sandbox.sql("INSERT INTO events (what) VALUES ('changed')");
        let after = state();
        assert!(
            differing(sandbox, &snapshot) > 1,
            "the changes are not seen"
        );
        let (live, store) = (&sandbox.database(), &sandbox.store());
        let scratch = Some(Scratch {
            live,
            store,
            elsewhere: store.root(),
        });
        let found = verify(&snapshot, &sandbox.profile, scratch, &mut unattended).unwrap();
        assert_eq!(found.flaw, None, "it is not found sound");
        assert_eq!(state(), after, "verifying changed live");
        let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
        assert_eq!(state(), before);
        assert_eq!(differing(sandbox, &snapshot), 0);
        sandbox
            .restore(&restored.safety_snapshot.unwrap(), Scope::Full)
            .unwrap();
        assert_eq!(state(), after);
    }
}
