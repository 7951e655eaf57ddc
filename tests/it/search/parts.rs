//! Snapshots that share most of their bytes: in each of them the same is found as if it were searched alone.

use unrewind::core::{
    Cache, HistoryScope, HistoryStep, Hit, Kind, RowKey, SearchEvent, SearchScope, Snapshot,
    row_history, search, unattended,
};

use super::query;
use crate::{
    rng::Rng,
    sandbox::{Sandbox, at},
};

/// Texts that look like the ends of rows and tables, and the words that are looked for.
const TEXTS: [&str; 8] = [
    "lamp",
    "}]",
    "}, {\"a\": 1}], ",
    "[{\"id\": 1}]",
    "{\"memory_id\": 4}",
    "the lamp, [1, 2] and }]}",
    "ö\u{1f600}",
    "",
];

fn text(rng: &mut Rng) -> String {
    let mut text = String::new();
    // One in fifty is longer than what is searched at a time.
    let length = if rng.below(50) == 0 {
        9000
    } else {
        rng.below(40)
    };
    for _ in 0..length {
        text += if rng.below(30) == 0 {
            rng.one_of(&TEXTS)
        } else {
            "word "
        };
    }
    text
}

fn payload(rng: &mut Rng) -> String {
    let memory = rng.one_of(&[4, 5, 44]);
    serde_json::json!({"text": text(rng), "memory_id": memory, "of": [{"a": []}]}).to_string()
}

/// Changes a few rows, each so that those behind it move in the file or do not.
fn edit(sandbox: &Sandbox, rng: &mut Rng) {
    for _ in 0..rng.below(4) {
        let id = rng.below(600);
        let statement = match rng.below(4) {
            0 => "UPDATE event_log SET payload_json = ?2 WHERE id = ?1",
            1 => "UPDATE event_log SET hidden = 1 - hidden WHERE id = ?1 AND ?2 <> ''",
            2 => "DELETE FROM event_log WHERE id = ?1 AND ?2 <> ''",
            _ => "UPDATE memories SET text = ?2 WHERE id = ?1 % 9",
        };
        let parameters = (i64::try_from(id).unwrap(), payload(rng));
        sandbox.app.execute(statement, parameters).unwrap();
    }
    for _ in 0..rng.below(20) {
        let insert = "INSERT INTO event_log (ts, kind, payload_json) VALUES ('2026-11-01T12:00:00+00:00', 'memory_edited', ?1)";
        sandbox.app.execute(insert, [payload(rng)]).unwrap();
    }
}

/// What is found in each of some snapshots: row, key, status, and the excerpt where the row is described.
fn hits(sandbox: &Sandbox, snapshots: &[Snapshot], word: &str) -> Vec<Vec<String>> {
    let scope = SearchScope {
        profile: &sandbox.profile,
        live: None,
        snapshots,
        cache: &Cache::default(),
        store: &sandbox.store(),
        most: 40,
    };
    let mut hits = vec![Vec::new(); snapshots.len()];
    let mut on_event = |event| match event {
        SearchEvent::Hit(Hit {
            place,
            row,
            key,
            status,
            found,
            ..
        }) => {
            let unrewind::core::Place::Snapshot(index) = place else {
                panic!("live was not searched")
            };
            let excerpt = found.map(|found| found.excerpt.found);
            hits[index].push(format!("{row} {key:x} {status:?} {excerpt:?}"));
        }
        other => panic!("{other:?}"),
    };
    search(&query(word), scope, &mut on_event, &mut unattended).unwrap();
    hits
}

/// What each of some snapshots holds of a memory: the row's text, its place, and the events that name it.
fn versions(sandbox: &Sandbox, snapshots: &[Snapshot], id: &str) -> Vec<String> {
    let scope = HistoryScope {
        profile: &sandbox.profile,
        live: None,
        snapshots,
        cache: &Cache::default(),
        store: &sandbox.store(),
    };
    let mut versions = Vec::new();
    let mut on_step = |step| {
        let HistoryStep::Read(side) = step else {
            panic!("{step:?}")
        };
        let events: Vec<i64> = side.events.iter().map(|event| event.event.id).collect();
        let text = side.row.as_ref().map(|row| row.value("text").cloned());
        versions.push(format!("{} {text:?} {events:?}", side.number));
    };
    row_history(
        "memories",
        &RowKey::parse(id),
        scope,
        &mut on_step,
        &mut unattended,
    )
    .unwrap();
    versions
}

#[test]
fn what_snapshots_share_is_found_in_each_of_them() {
    for seed in 0..3 {
        let mut rng = Rng::new(seed);
        let sandbox = Sandbox::new();
        for _ in 0..9 {
            sandbox.memory(&text(&mut rng));
        }
        for minute in 0..6 {
            for _ in 0..if minute == 0 { 30 } else { 1 } {
                edit(&sandbox, &mut rng);
            }
            sandbox.take(Kind::Rewind, at(minute));
        }
        let snapshots = sandbox.list();
        let alone = |index: usize| std::slice::from_ref(&snapshots[index]);
        for word in ["lamp", "memory_id", "}]", "word", "nowhere"] {
            let together = hits(&sandbox, &snapshots, word);
            for (index, together) in together.iter().enumerate() {
                let apart = hits(&sandbox, alone(index), word).remove(0);
                assert_eq!(*together, apart, "seed {seed}, {word}, snapshot {index}");
            }
        }
        for id in ["4", "5", "9"] {
            let together = versions(&sandbox, &snapshots, id);
            let apart = (0..snapshots.len()).flat_map(|index| versions(&sandbox, alone(index), id));
            assert_eq!(
                together,
                apart.collect::<Vec<_>>(),
                "seed {seed}, memory {id}"
            );
        }
    }
}
