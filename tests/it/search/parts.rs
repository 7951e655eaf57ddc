//! Snapshots that share most of their bytes: in each of them the same is found as if it were searched alone.

use unrewind::core::{
    Cache, HistoryScope, HistoryStep, Hit, Kind, Place, RowKey, SearchEvent, SearchScope, Snapshot,
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
            let Place::Snapshot(index) = place else {
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
        let mut events: Vec<i64> = side.events().map(|event| event.event.id).collect();
        events.sort_unstable();
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
    for seed in 0..4 {
        let mut rng = Rng::new(seed);
        let sandbox = Sandbox::new();
        let has_checksums = seed % 2 == 0;
        for _ in 0..9 {
            sandbox.memory(&text(&mut rng));
        }
        for minute in 0..6 {
            for _ in 0..if minute == 0 { 30 } else { 1 } {
                edit(&sandbox, &mut rng);
            }
            let snapshot = sandbox.take(Kind::Rewind, at(minute));
            if !has_checksums {
                std::fs::remove_file(snapshot.path.with_extension("note")).unwrap();
            }
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

#[test]
fn damage_in_any_row_refuses_a_file_without_a_checksum_whatever_the_others_share_with_it() {
    let sandbox = Sandbox::new();
    let rows = |name: &str| {
        let row = |id| format!("{{\"id\": {id}, \"text\": \"{name} {id} of many rows\"}}");
        (1..=3000).map(row).collect::<Vec<_>>().join(", ")
    };
    let (chats, memories) = (rows("chat"), rows("memory"));
    let whole =
        format!("{{\"last_event_id\": 1, \"chats\": [{chats}], \"memories\": [{memories}]}}");
    let broken = |place: usize| {
        let at = whole.match_indices("of many").nth(place).unwrap().0;
        // A control character must be escaped.
        let mut bytes = whole.clone().into_bytes();
        bytes[at] = 0x01;
        bytes
    };
    sandbox.put(Kind::Rewind, at(0), &whole);
    let mut damaged = Vec::new();
    for (minute, place) in [0, 700, 2999, 3000, 3001, 4500, 5999]
        .into_iter()
        .enumerate()
    {
        let minute = u32::try_from(minute).unwrap() + 1;
        damaged.push(
            sandbox
                .put(Kind::Rewind, at(minute.into()), broken(place))
                .path,
        );
    }
    sandbox.put(Kind::Rewind, at(59), &whole);
    let query = query("memory 2999 of").in_tables(vec!["memories".to_owned()]);
    let snapshots = sandbox.list();
    let findings = super::try_search(&sandbox, &query).unwrap();
    let failed: Vec<_> = findings.failed().iter().map(|(place, _)| *place).collect();
    let wrong = |place: &Place| match place {
        Place::Snapshot(index) => snapshots[*index].path.clone(),
        Place::Live => panic!("live is sound"),
    };
    let mut failed: Vec<_> = failed.iter().map(wrong).collect();
    failed.sort();
    assert_eq!(failed, damaged);
    let sound: Vec<usize> = findings.rows()[0].snapshots().collect();
    assert_eq!(sound, [0, snapshots.len() - 1]);
}
