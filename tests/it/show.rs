//! Counting the rows of a snapshot and of live, and the cache of the counts.

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    ops::ControlFlow,
};

use chrono::{DateTime, TimeDelta, Utc};
use unrewind::core::{Cache, Counts, Error, Kind, last_events, unattended};

use crate::sandbox::{Sandbox, age, at, now};

fn count(sandbox: &Sandbox, cache: &Cache) -> Result<Counts, Error> {
    let snapshot = sandbox.list().remove(0);
    Counts::of_snapshot(&snapshot.path, cache, &mut unattended)
}

fn count_live(sandbox: &Sandbox, cache: &Cache, now: DateTime<Utc>) -> Counts {
    Counts::of_live(&sandbox.database(), &sandbox.profile, cache, now).unwrap()
}

fn cache(sandbox: &Sandbox) -> Cache {
    Cache::new(sandbox.path().join("cache/counts"))
}

const ONE_BOT: &str = r#"{"last_event_id": 4, "event_log": [], "bots": [{"id": 1}]}"#;

#[test]
fn the_rows_of_a_snapshot_are_counted() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    sandbox.memory("The boat leaks.");
    sandbox.take(Kind::Rewind, at(0));
    let counts = count(&sandbox, &Cache::default()).unwrap();
    assert_eq!(counts.last_event_id, 4);
    let names: Vec<&str> = counts.tables.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names[..4], ["event_log", "bots", "you_entity", "edges"]);
    assert_eq!(names.len(), 11);
    assert_eq!(
        (
            counts.rows("event_log"),
            counts.rows("Memories"),
            counts.rows("scenes")
        ),
        (Some(4), Some(2), Some(0))
    );
    assert_eq!(counts.rows("settings"), None);
}

#[test]
fn rows_are_counted_whatever_their_text() {
    let sandbox = Sandbox::new();
    let rows = r#"{"a": "}, {"}, {"a": {"$blob": "AA=="}}, {"a": "\"}]"} ,{"a": "\\"}"#;
    sandbox.put(
        Kind::Rewind,
        at(0),
        format!(r#"{{"bots": [{rows}], "chats": [ ]}}"#),
    );
    let counts = count(&sandbox, &Cache::default()).unwrap();
    let expected = [("bots".to_owned(), 4), ("chats".to_owned(), 0)];
    assert_eq!(
        (counts.last_event_id, counts.tables),
        (0, expected.to_vec())
    );
}

#[test]
fn the_rows_of_live_are_counted() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    sandbox.sql("DROP TABLE activity");
    let counts = count_live(&sandbox, &Cache::default(), now());
    assert_eq!(counts.last_event_id, 3);
    assert_eq!(
        (counts.rows("event_log"), counts.rows("memories")),
        (Some(3), Some(1))
    );
    assert_eq!(counts.rows("activity"), None);
    assert_eq!(counts.tables.len(), 10);
}

#[test]
fn the_last_event_of_an_empty_log_is_zero() {
    let sandbox = Sandbox::with_schema("CREATE TABLE event_log (id INTEGER PRIMARY KEY)");
    let counts = count_live(&sandbox, &Cache::default(), now());
    assert_eq!(
        (counts.last_event_id, counts.tables),
        (0, vec![("event_log".to_owned(), 0)])
    );
}

#[test]
fn a_damaged_snapshot_is_not_counted() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(0), &ONE_BOT[..ONE_BOT.len() - 1]);
    let error = count(&sandbox, &cache(&sandbox)).unwrap_err();
    assert!(matches!(error, Error::Json { .. }), "{error}");
    assert!(!sandbox.path().join("cache").exists());
}

#[test]
fn a_counted_snapshot_is_not_read_again() {
    let sandbox = Sandbox::new();
    let cache = cache(&sandbox);
    let snapshot = sandbox.put(Kind::Rewind, at(0), ONE_BOT);
    let counts = count(&sandbox, &cache).unwrap();
    assert_eq!(counts.rows("bots"), Some(1));
    // The same name, size and time, but content that cannot be counted.
    fs::write(&snapshot.path, " ".repeat(ONE_BOT.len())).unwrap();
    age(&snapshot.path, at(0));
    assert_eq!(count(&sandbox, &cache).unwrap(), counts);
    assert!(count(&sandbox, &Cache::default()).is_err());
}

#[test]
fn the_last_events_are_read_without_reading_a_cached_snapshot_again() {
    let sandbox = Sandbox::new();
    for number in 0..300 {
        sandbox.event(&format!("{number} {}", "the sea ".repeat(200)));
    }
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let cache = cache(&sandbox);
    let last = |cache: &Cache| {
        let contents = cache.open(&snapshot.path, &mut unattended).unwrap();
        last_events(&contents, &sandbox.profile, 3, &mut unattended).unwrap()
    };
    let read = last(&Cache::default());
    let ids: Vec<i64> = read.iter().map(|event| event.id).collect();
    let last_id = snapshot.last_event_id.unwrap();
    assert_eq!(ids, [last_id - 2, last_id - 1, last_id]);
    assert!(read[2].text.as_ref().unwrap().starts_with("299 the sea"));
    assert_eq!(last(&cache), read);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .open(&snapshot.path)
        .unwrap();
    // What comes earlier in the file is not read again.
    file.seek(SeekFrom::Start(100_000)).unwrap();
    file.write_all(b"\"]]}").unwrap();
    age(&snapshot.path, at(0));
    assert_eq!(last(&cache), read);
    assert!(
        Cache::default()
            .open(&snapshot.path, &mut unattended)
            .is_err()
    );
}

#[test]
fn reading_the_last_events_can_be_cancelled() {
    let sandbox = Sandbox::new();
    sandbox.event("the sea");
    sandbox.event("the stairs");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let contents = Cache::default()
        .open(&snapshot.path, &mut unattended)
        .unwrap();
    let mut calls = 0;
    let stopped = last_events(&contents, &sandbox.profile, 3, &mut |_| {
        calls += 1;
        ControlFlow::Break(())
    });
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    assert_eq!(calls, 1);
}

#[test]
fn a_cache_with_offsets_outside_the_file_is_ignored() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(0), ONE_BOT);
    let counts = count(&sandbox, &cache(&sandbox)).unwrap();
    for entry in fs::read_dir(sandbox.path().join("cache/counts")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let end = text.find("\"end\":").expect("the end of a table") + 6;
        fs::write(&path, format!("{}9{}", &text[..end], &text[end..])).unwrap();
    }
    assert_eq!(count(&sandbox, &cache(&sandbox)).unwrap(), counts);
}

#[test]
fn a_file_with_another_size_or_time_is_counted_again() {
    let sandbox = Sandbox::new();
    let cache = cache(&sandbox);
    sandbox.put(Kind::Rewind, at(0), ONE_BOT);
    count(&sandbox, &cache).unwrap();
    sandbox.put(
        Kind::Rewind,
        at(0),
        ONE_BOT.replace(r#"{"id": 1}"#, r#"{"id": 1}, {"id": 2}"#),
    );
    assert_eq!(count(&sandbox, &cache).unwrap().rows("bots"), Some(2));
    let other = ONE_BOT.replace("bots", "boat");
    let snapshot = sandbox.put(Kind::Rewind, at(0), ONE_BOT);
    count(&sandbox, &cache).unwrap();
    fs::write(&snapshot.path, other).unwrap();
    age(&snapshot.path, at(1));
    assert_eq!(count(&sandbox, &cache).unwrap().rows("boat"), Some(1));
}

#[test]
#[cfg_attr(
    windows,
    ignore = "a number in the file, not only its time, shows a commit there"
)]
fn live_is_counted_again_if_its_time_changed_or_is_recent() {
    let sandbox = Sandbox::new();
    let cache = cache(&sandbox);
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let write_and_count = |written, now| {
        sandbox.memory("The lamp burns.");
        age(&sandbox.db(), written);
        count_live(&sandbox, &cache, now).rows("memories").unwrap()
    };
    assert_eq!(write_and_count(at(0), at(1)), 1);
    // The same size and time, as if nothing had been written.
    assert_eq!(write_and_count(at(0), at(1)), 1);
    assert_eq!(write_and_count(at(1), at(1)), 3);
    assert_eq!(write_and_count(at(1), at(1) + TimeDelta::seconds(1)), 4);
    assert_eq!(write_and_count(at(1), at(2)), 5);
    assert_eq!(write_and_count(at(1), at(2)), 5);
}

#[test]
fn counts_of_live_are_cached_per_set_of_tables() {
    let sandbox = Sandbox::new();
    let cache = cache(&sandbox);
    age(&sandbox.db(), at(0));
    let log = sandbox.data().join("chat.db-wal");
    age(&log, at(0));
    let all = count_live(&sandbox, &cache, now());
    let mut other = Sandbox::new().profile;
    other.tables = unrewind::core::Tables::Named(vec!["bots".to_owned()]);
    let counts = Counts::of_live(&sandbox.database(), &other, &cache, now()).unwrap();
    assert_eq!((all.tables.len(), counts.tables.len()), (11, 2));
}

#[test]
fn an_unusable_cache_does_no_harm() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(0), ONE_BOT);
    let folder = sandbox.path().join("cache/counts");
    count(&sandbox, &cache(&sandbox)).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        fs::write(entry.unwrap().path(), "{ not json").unwrap();
    }
    assert_eq!(
        count(&sandbox, &cache(&sandbox)).unwrap().rows("bots"),
        Some(1)
    );
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "a file in the way").unwrap();
    assert_eq!(
        count(&sandbox, &cache(&sandbox)).unwrap().rows("bots"),
        Some(1)
    );
}
