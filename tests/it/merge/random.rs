//! Random merges of rows against a simple model.

use std::collections::BTreeMap;

use unrewind::core::{Kind, Prefer, Tables};

use super::merge;
use crate::{
    rng::Rng,
    sandbox::{Sandbox, at},
};

const SCHEMA: &str =
    "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts TEXT, branch_id, kind TEXT,
        payload_json TEXT, superseded_by INTEGER, hidden INTEGER DEFAULT 0);
    INSERT INTO event_log (ts, kind) VALUES ('1', 'begin');
    CREATE TABLE by_number (k INTEGER PRIMARY KEY, a, b);
    CREATE TABLE by_text (k TEXT PRIMARY KEY, a, b);
    CREATE TABLE by_two (k, l, a, b, PRIMARY KEY (k, l)) WITHOUT ROWID;";

const TABLES: [&str; 3] = ["by_number", "by_text", "by_two"];

/// The rows of a table by key: two columns each.
type Rows = BTreeMap<u64, [u64; 2]>;

fn changed(rows: &Rows, rng: &mut Rng) -> Rows {
    let mut rows = rows.clone();
    for _ in 0..6 {
        let key = rng.below(14);
        match rng.below(4) {
            0 => drop(rows.remove(&key)),
            1 => drop(rows.entry(key).or_insert([rng.below(3), rng.below(3)])),
            column => {
                if let Some(row) = rows.get_mut(&key) {
                    row[usize::try_from(column).unwrap() - 2] = rng.below(3);
                }
            }
        }
    }
    rows
}

fn merged(base: &Rows, live: &Rows, snapshot: &Rows, prefer: Prefer) -> Rows {
    let pick = |of_live, of_snapshot| match prefer {
        Prefer::Live => of_live,
        Prefer::Snapshot => of_snapshot,
    };
    let mut merged = Rows::new();
    for key in 0..14 {
        let [base, live, snapshot] = [base, live, snapshot].map(|rows| rows.get(&key).copied());
        let row = match (base, live, snapshot) {
            _ if live == snapshot || base == snapshot => live,
            _ if base == live => snapshot,
            (Some(base), Some(live), Some(snapshot)) => Some([0, 1].map(|column| {
                let [base, live, snapshot] = [base, live, snapshot].map(|row| row[column]);
                if live == snapshot || base == snapshot {
                    live
                } else if base == live {
                    snapshot
                } else {
                    pick(live, snapshot)
                }
            })),
            _ => match prefer {
                Prefer::Live => live,
                Prefer::Snapshot => snapshot,
            },
        };
        merged.extend(row.map(|row| (key, row)));
    }
    merged
}

fn key(table: &str, key: u64) -> String {
    match table {
        "by_number" => key.to_string(),
        // Not in the order of insertion.
        "by_text" => format!("'{}'", (key * 5) % 14),
        _ => format!("{}, 'l{}'", key % 3, key / 3),
    }
}

fn write(sandbox: &Sandbox, table: &str, rows: &Rows) {
    sandbox.sql(&format!("DELETE FROM {table}"));
    for (id, [a, b]) in rows {
        let key = key(table, *id);
        sandbox.sql(&format!("INSERT INTO {table} VALUES ({key}, {a}, {b})"));
    }
}

fn read(sandbox: &Sandbox, table: &str) -> Vec<String> {
    sandbox.rows(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
}

#[test]
fn a_merge_is_what_a_simple_model_says() {
    for seed in 0..24 {
        let mut rng = Rng::new(seed);
        let mut sandbox = Sandbox::with_schema(SCHEMA);
        sandbox.profile.replays_on_start = false;
        sandbox.profile.tables = Tables::Named(TABLES.map(str::to_owned).to_vec());
        let prefer = rng.one_of(&[Prefer::Live, Prefer::Snapshot]);
        let bases = TABLES.map(|_| changed(&Rows::new(), &mut rng));
        let [snapshots, lives] =
            [(), ()].map(|()| bases.each_ref().map(|base| changed(base, &mut rng)));
        let set = |rows: &[Rows; 3]| {
            let tables = TABLES.iter().zip(rows);
            tables.for_each(|(table, rows)| write(&sandbox, table, rows));
        };
        set(&bases);
        sandbox.take(Kind::Periodic, at(0));
        set(&snapshots);
        let snapshot = sandbox.take(Kind::Rewind, at(1));
        set(&lives);
        let before = sandbox.dump();
        sandbox.restore(&snapshot, merge(Some(prefer))).unwrap();
        let after = TABLES.map(|table| read(&sandbox, table));
        if sandbox.dump() != before {
            sandbox.undo().unwrap();
            assert_eq!(sandbox.dump(), before, "seed {seed}");
        }
        let sides = bases.iter().zip(&lives).zip(&snapshots);
        for ((table, after), ((base, live), snapshot)) in TABLES.iter().zip(&after).zip(sides) {
            write(&sandbox, table, &merged(base, live, snapshot, prefer));
            assert_eq!(
                after,
                &read(&sandbox, table),
                "seed {seed}, {table}, {prefer:?}"
            );
        }
    }
}
