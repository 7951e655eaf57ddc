//! Snapshots of several buffers' length, rearranged and mutated: equivalent files are read as equal, and others
//! are an error or read as another JSON reader reads them. `random` damages small
//! ones.

mod generate;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use unrewind::core::{Contents, Error, Kind, Scope, Snapshot, unattended};

use crate::{
    rng::Rng,
    sandbox::{Sandbox, at},
};
use generate::{Row, rows, written};

/// The number of bytes that the reader requests from the system at a time.
const BUFFER: usize = 256 * 1024;

/// The application with these rows in its table of bots.
fn application(rows: &[Row]) -> Sandbox {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT, n)",
    );
    sandbox.sql("BEGIN");
    for row in rows {
        let (id, name, n) = (row["id"].as_str(), row["name"].as_str(), row["n"].as_i64());
        let sql = "INSERT INTO bots VALUES (?1, ?2, ?3)";
        sandbox.app.execute(sql, (id, name, n)).unwrap();
    }
    sandbox.sql("COMMIT");
    sandbox
}

/// How many rows a restore would add, change and remove, or its error.
fn planned(sandbox: &Sandbox, snapshot: &Snapshot) -> Result<[usize; 3], Error> {
    let plan = sandbox.plan(snapshot, Scope::Full)?;
    let table = plan
        .changes()
        .into_iter()
        .find(|table| table.name == "bots")
        .unwrap();
    Ok([table.added, table.changed, table.removed].map(|rows| usize::try_from(rows).unwrap()))
}

/// The same according to another JSON reader; `None` if that cannot read the file.
fn expected(live: &[Row], bytes: &[u8]) -> Option<[usize; 3]> {
    let snapshot: Json = serde_json::from_slice(bytes).ok()?;
    let table = snapshot
        .as_object()?
        .iter()
        .rfind(|(name, _)| name.eq_ignore_ascii_case("bots"));
    let rows = table.map_or(Some(Vec::new()), |(_, rows)| rows.as_array().cloned())?;
    let by_id = |rows: &mut dyn Iterator<Item = Row>| -> BTreeMap<String, Row> {
        rows.map(|row| (row["id"].to_string(), row)).collect()
    };
    let there = by_id(&mut rows.iter().filter_map(|row| row.as_object().cloned()));
    let here = by_id(&mut live.iter().cloned());
    let added = there.keys().filter(|id| !here.contains_key(*id)).count();
    let removed = here.keys().filter(|id| !there.contains_key(*id)).count();
    let changed = there
        .iter()
        .filter(|(id, row)| here.get(*id).is_some_and(|other| other != *row));
    Some([added, changed.count(), removed])
}

#[test]
fn equivalent_files_are_read_as_equal() {
    for seed in 0..4 {
        let mut rng = Rng::new(seed);
        let rows = rows(&mut rng);
        let sandbox = application(&rows);
        for plainly in [true, false] {
            let json = written(&rows, &mut rng, plainly);
            assert!(json.len() > 2 * BUFFER);
            let snapshot = sandbox.put(Kind::Rewind, at(0), &json);
            assert_eq!(
                planned(&sandbox, &snapshot).unwrap(),
                [0, 0, 0],
                "seed {seed}"
            );
            let mut other = rows.clone();
            let index = usize::try_from(rng.below(300)).unwrap();
            other[index]["n"] = json!("another");
            other.remove((index + 7) % 300);
            let json = written(&other, &mut rng, plainly);
            let snapshot = sandbox.put(Kind::Rewind, at(0), &json);
            assert_eq!(
                planned(&sandbox, &snapshot).unwrap(),
                [0, 1, 1],
                "seed {seed}"
            );
            let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
            assert_eq!(contents.tables().collect::<Vec<_>>(), [("bots", 299)]);
        }
    }
}

/// Mutates the bytes, mostly near the end of a buffer.
fn mutate(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let mut place = |length: usize| {
        let anywhere = usize::try_from(rng.below(length as u64)).unwrap();
        let near = BUFFER * (1 + anywhere % 2) + anywhere % 64;
        if anywhere % 3 == 0 {
            anywhere
        } else {
            near.saturating_sub(32).min(length - 1)
        }
    };
    let (one, other) = (place(bytes.len()), place(bytes.len()));
    let count = 1 + one % 40;
    let piece = bytes[one..(one + count).min(bytes.len())].to_vec();
    match rng.below(6) {
        0 => bytes.truncate(one),
        1 => bytes[one] = rng.one_of(b"\"\\{}[],: 0a\x00\xff"),
        2 => drop(bytes.splice(other..other, piece)),
        3 => drop(bytes.drain(one..one + piece.len())),
        4 => bytes.swap(one, other),
        _ => bytes[other] ^= 1 << rng.below(8),
    }
}

#[test]
fn a_mutated_file_is_an_error_or_read_correctly() {
    let mut outcomes = [0; 2];
    let cases =
        std::env::var("PROPTEST_CASES").map_or(90, |cases| cases.parse().expect("a number"));
    for seed in 0..cases / 30 {
        let mut rng = Rng::new(1000 + seed);
        let rows = rows(&mut rng);
        let sandbox = application(&rows);
        for case in 0..30 {
            let mut bytes = written(&rows, &mut rng, case % 2 == 0).into_bytes();
            for _ in 0..=rng.below(2) {
                mutate(&mut bytes, &mut rng);
            }
            let snapshot = sandbox.put(Kind::Rewind, at(0), &bytes);
            match planned(&sandbox, &snapshot) {
                Ok(changes) => {
                    outcomes[0] += 1;
                    assert_eq!(
                        Some(changes),
                        expected(&rows, &bytes),
                        "seed {seed}, case {case}"
                    );
                }
                Err(error) => {
                    outcomes[1] += 1;
                    let is_expected = matches!(
                        error,
                        Error::Json { .. } | Error::SchemaDrift { .. } | Error::RepeatedKey { .. }
                    );
                    assert!(is_expected, "seed {seed}, case {case}: {error}");
                }
            }
        }
    }
    assert!(
        outcomes.iter().all(|count| *count > 10),
        "{outcomes:?}: too few cases of either outcome"
    );
}

#[test]
fn a_file_that_is_not_a_snapshot_is_a_short_error() {
    let sandbox = Sandbox::new();
    let deep = 200_000;
    let mut rng = Rng::new(7);
    let noise: Vec<u8> = (0..BUFFER)
        .map(|_| u8::try_from(rng.below(256)).unwrap())
        .collect();
    let cases: [(&str, Vec<u8>); 10] = [
        ("brackets", b"[".repeat(deep)),
        ("nested tables", b"{\"bots\": [{\"a\": ".repeat(deep)),
        (
            "nested values",
            [
                &b"{\"bots\": [{\"id\": "[..],
                &b"[".repeat(deep),
                &b"]".repeat(deep),
                b"}]}",
            ]
            .concat(),
        ),
        (
            "nested objects",
            [
                &b"{\"bots\": [{\"id\": "[..],
                &b"{\"a\": ".repeat(deep),
                b"1",
                &b"}".repeat(deep),
                b"}]}",
            ]
            .concat(),
        ),
        (
            "a string without end",
            [&b"{\"bots\": [{\"id\": \""[..], &b"a".repeat(3 * BUFFER)].concat(),
        ),
        (
            "a key without end",
            [&b"{\""[..], &b"\\\"".repeat(BUFFER)].concat(),
        ),
        (
            "a number without end",
            [&b"{\"last_event_id\": "[..], &b"9".repeat(2 * BUFFER), b"}"].concat(),
        ),
        ("space", b" ".repeat(2 * BUFFER)),
        ("zeros", vec![0; BUFFER]),
        ("noise", noise),
    ];
    for (name, bytes) in cases {
        let snapshot = sandbox.put(Kind::Rewind, at(0), bytes);
        let before = sandbox.dump();
        let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
        assert!(matches!(error, Error::Json { .. }), "{name}: {error}");
        assert!(
            error.to_string().len() < 500,
            "{name}: an error of {} bytes",
            error.to_string().len()
        );
        assert_eq!(sandbox.dump(), before, "{name}");
    }
}
