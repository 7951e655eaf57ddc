//! Random rows of random databases, chosen at random: what comes back is what a simple model says, and undo
//! gives back what was there.

use std::collections::BTreeMap;

use unrewind::core::{Dependents, Error, Existing, Kind, Parents, RestoreOptions, RowKey, RowOf};

use crate::{
    rng::Rng,
    sandbox::{Sandbox, at},
};

/// The tables, each referring to the one before it.
const TABLES: [&str; 3] = ["a", "b", "c"];
const SCHEMA: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts, kind, payload_json);
    CREATE TABLE a (id INTEGER PRIMARY KEY, parent INTEGER, value INTEGER);
    CREATE TABLE b (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES a (id), value INTEGER);
    CREATE TABLE c (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES b (id), value INTEGER)";
/// Keys are below this.
const KEYS: i64 = 8;

/// The rows of a table by id: parent and value.
type Rows = BTreeMap<i64, (Option<i64>, i64)>;
type Model = [Rows; 3];

/// Rows that refer only to rows that exist.
fn tables(rng: &mut Rng) -> Model {
    let mut model = Model::default();
    for table in 0..3 {
        for id in 0..KEYS {
            let parents: Vec<i64> = match table {
                0 => Vec::new(),
                _ => model[table - 1].keys().copied().collect(),
            };
            let parent = (!parents.is_empty() && rng.below(4) > 0).then(|| rng.one_of(&parents));
            if rng.below(5) > 1 {
                model[table].insert(id, (parent, rng.one_of(&[0, 1, 2])));
            }
        }
    }
    model
}

fn write(sandbox: &Sandbox, model: &Model) {
    sandbox.sql("DELETE FROM c; DELETE FROM b; DELETE FROM a");
    for (table, rows) in TABLES.iter().zip(model) {
        for (id, (parent, value)) in rows {
            let parent = parent.map_or("NULL".to_owned(), |parent| parent.to_string());
            sandbox.sql(&format!(
                "INSERT INTO {table} VALUES ({id}, {parent}, {value})"
            ));
        }
    }
}

fn read(sandbox: &Sandbox) -> Model {
    TABLES.map(|table| {
        let sql = format!("SELECT id, parent, value FROM {table}");
        let mut statement = sandbox.app.prepare(&sql).unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))
            .unwrap();
        rows.map(Result::unwrap).collect()
    })
}

/// What live should become; `None` if a row would refer to nothing.
fn expected(
    live: &Model,
    snapshot: &Model,
    chosen: &[(usize, i64)],
    options: &RestoreOptions,
) -> Option<Model> {
    let mut after = live.clone();
    let mut selected: Vec<(usize, i64)> = if chosen.is_empty() {
        let all = (0..3).flat_map(|table| snapshot[table].keys().map(move |id| (table, *id)));
        all.collect()
    } else {
        chosen.to_vec()
    };
    for &(table, id) in &selected {
        let row = snapshot[table][&id];
        if options.existing == Existing::Keep {
            after[table].entry(id).or_insert(row);
        } else {
            after[table].insert(id, row);
        }
    }
    if options.dependents == Dependents::Insert {
        for child in 1..3 {
            for (&id, &row) in &snapshot[child] {
                let is_related = row
                    .0
                    .is_some_and(|parent| selected.contains(&(child - 1, parent)));
                if is_related && !after[child].contains_key(&id) {
                    after[child].insert(id, row);
                    selected.push((child, id));
                }
            }
        }
    }
    for table in [2, 1] {
        let came: Vec<i64> = after[table]
            .iter()
            .filter(|(id, row)| live[table].get(id) != Some(row))
            .map(|(id, _)| *id)
            .collect();
        for id in came {
            let Some(parent) = after[table][&id].0 else {
                continue;
            };
            if after[table - 1].contains_key(&parent) {
                continue;
            }
            if options.parents == Parents::Refuse {
                return None;
            }
            after[table - 1].insert(parent, snapshot[table - 1][&parent]);
        }
    }
    Some(after)
}

#[test]
fn random_rows_come_back_as_a_model_says_and_undo_takes_them_back() {
    let sandbox = super::application(SCHEMA);
    let (mut restored, mut refused) = (0, 0);
    for seed in 0..60 {
        let rng = &mut Rng::new(seed);
        let snapshot = tables(rng);
        write(&sandbox, &snapshot);
        let taken = sandbox.take(Kind::Rewind, at(i64::try_from(seed).unwrap()));
        let live = tables(rng);
        write(&sandbox, &live);
        let all = (0..3).flat_map(|table| snapshot[table].keys().map(move |id| (table, *id)));
        let mut chosen: Vec<(usize, i64)> = all.filter(|_| rng.below(6) == 0).collect();
        let mut options = RestoreOptions::default();
        if rng.below(3) == 0 {
            options.existing = Existing::Keep;
        } else if chosen.is_empty() {
            chosen.extend(snapshot[0].keys().next().map(|id| (0, *id)));
        }
        options.parents = rng.one_of(&[Parents::Refuse, Parents::Insert]);
        if !chosen.is_empty() {
            options.dependents = rng.one_of(&[Dependents::Leave, Dependents::Insert]);
        }
        let row = |(table, id): &(usize, i64)| RowOf {
            table: TABLES[*table].to_owned(),
            key: RowKey::parse(&id.to_string()),
        };
        options.rows = chosen.iter().map(row).collect();
        let expected = expected(&live, &snapshot, &chosen, &options);
        match (sandbox.restore(&taken, options.clone()), expected) {
            (Ok(_), Some(expected)) => {
                assert_eq!(read(&sandbox), expected, "seed {seed}: {options:?}");
                if expected != live {
                    sandbox.undo().unwrap();
                    restored += 1;
                }
            }
            (Err(Error::Parents { .. }), None) => refused += 1,
            (result, expected) => panic!("seed {seed}: {result:?}, {expected:?}, {options:?}"),
        }
        assert_eq!(read(&sandbox), live, "seed {seed}: {options:?}");
    }
    assert!(restored > 20 && refused > 5, "{restored} {refused}");
}
