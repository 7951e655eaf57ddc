//! Random histories against a model that keeps every state: each key has the same versions, however the
//! snapshots are written.

use std::{collections::BTreeMap, fs};

use serde_json::Value as Json;
use unrewind::core::{Kind, Place, Snapshot, Value};

use super::{changed, history};
use crate::{
    rng::Rng,
    sandbox::{Sandbox, at},
};

/// The rows of a state: the value of each key.
type State = BTreeMap<(i64, String), i64>;

const TEXTS: [&str; 4] = ["a", "7", "é\"/", ""];

/// Makes a few random changes to the table and the model.
fn change(sandbox: &Sandbox, state: &mut State, rng: &mut Rng) {
    for _ in 0..rng.below(4) {
        let key = (rng.one_of(&[-1, 0, 1]), rng.one_of(&TEXTS).to_owned());
        let value = rng.one_of(&[0, 1, 2]);
        let parameters = (key.0, key.1.clone(), value);
        let sql = if rng.below(3) == 0 {
            state.remove(&key);
            "DELETE FROM t WHERE k = ?1 AND l = ?2 AND ?3 IS NOT NULL"
        } else {
            state.insert(key, value);
            "INSERT OR REPLACE INTO t (k, l, v) VALUES (?1, ?2, ?3)"
        };
        sandbox.app.execute(sql, parameters).unwrap();
    }
}

/// Writes a snapshot as another program would: indented, in another order, without escapes.
fn rewrite(sandbox: &Sandbox, snapshot: &Snapshot, minute: i64) {
    let text = fs::read_to_string(&snapshot.path).unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    fs::remove_file(&snapshot.path).unwrap();
    fs::remove_file(snapshot.path.with_extension("note")).unwrap();
    sandbox.put(
        Kind::Rewind,
        at(minute),
        serde_json::to_string_pretty(&json).unwrap(),
    );
}

/// The versions that the states have: each as its first state, its last, and the value.
fn expected(states: &[State], key: &(i64, String)) -> Vec<(usize, usize, Option<i64>)> {
    let mut versions: Vec<(usize, usize, Option<i64>)> = Vec::new();
    for (place, state) in states.iter().enumerate() {
        let value = state.get(key).copied();
        match versions.last_mut() {
            Some((_, end, known)) if *known == value => *end = place,
            None if value.is_none() => {}
            _ => versions.push((place, place, value)),
        }
    }
    versions
}

#[test]
fn random_histories_are_those_of_the_model() {
    for seed in 0..12 {
        let mut rng = Rng::new(seed);
        let nothing = ["SELECT 1"; 4];
        let schema = "CREATE TABLE t (l TEXT, v, k INTEGER, PRIMARY KEY (k, l))";
        let sandbox = changed(schema, nothing);
        let (mut state, mut states) = (State::new(), vec![State::new(); 3]);
        for minute in 3..20 {
            change(&sandbox, &mut state, &mut rng);
            let snapshot = sandbox.take(Kind::Rewind, at(minute));
            if rng.below(3) == 0 {
                rewrite(&sandbox, &snapshot, minute);
            }
            states.push(state.clone());
        }
        change(&sandbox, &mut state, &mut rng);
        states.push(state);
        for k in -1..2 {
            for l in TEXTS {
                let key = serde_json::to_string(&(k, l)).unwrap();
                let history = history(&sandbox, "t", &key).unwrap();
                let place = |place: &Place| match place {
                    Place::Live => states.len() - 1,
                    Place::Snapshot(index) => *index,
                };
                let versions = history.versions();
                let found = versions.iter().map(|version| {
                    let value = version.row.as_ref().map(|row| match row.value("v") {
                        Some(Value::Integer(value)) => *value,
                        other => panic!("{other:?}"),
                    });
                    let last = version.places.last().unwrap();
                    (place(&version.places[0]), place(last), value)
                });
                let expected = expected(&states, &(k, l.to_owned()));
                assert_eq!(found.collect::<Vec<_>>(), expected, "seed {seed}, {key}");
            }
        }
    }
}
