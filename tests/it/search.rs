//! Searching: in which sides a row is found, and what happens to sides that cannot be searched. Submodules: what
//! counts as a text and as a match, a comparison with a search without shortcuts, and the
//! command.

mod command;
mod edges;
mod parts;
mod random;
mod texts;

use std::{fs, ops::ControlFlow};

use unrewind::core::{
    Cache, Case, Database, Error, EventStatus, Finding, Findings, Kind, Place, Query, Result,
    SearchEvent, SearchScope, Syntax, search, unattended,
};

use crate::sandbox::{Sandbox, at};

pub fn query(text: &str) -> Query {
    Query::new(text, Syntax::Text, Case::Smart).unwrap()
}

fn regex(pattern: &str) -> Query {
    Query::new(pattern, Syntax::Regex, Case::Smart).unwrap()
}

/// Searches live and all snapshots.
fn try_search(sandbox: &Sandbox, query: &Query) -> Result<Findings> {
    let live = sandbox.database();
    search_in(sandbox, Some(&live), query)
}

fn search_in(sandbox: &Sandbox, live: Option<&Database>, query: &Query) -> Result<Findings> {
    let snapshots = sandbox.list();
    let scope = SearchScope {
        profile: &sandbox.profile,
        live,
        snapshots: &snapshots,
        cache: &Cache::default(),
        store: &sandbox.store(),
        most: 1000,
    };
    let mut findings = Findings::at_most(1000);
    search(
        query,
        scope,
        &mut |event| findings.add(event),
        &mut unattended,
    )?;
    Ok(findings)
}

pub fn found(sandbox: &Sandbox, query: &Query) -> Findings {
    let findings = try_search(sandbox, query).unwrap();
    assert!(findings.failed().is_empty(), "{:?}", findings.failed());
    findings
}

/// The matching rows, as `table id`.
pub fn rows(findings: &Findings) -> Vec<String> {
    let row = |finding: &Finding| {
        let key: Vec<String> = finding
            .key
            .iter()
            .map(|(_, value)| value.to_string())
            .collect();
        format!("{} {}", finding.table, key.join(" "))
    };
    findings.rows().iter().map(row).collect()
}

#[test]
fn the_same_row_of_several_sides_is_one_finding() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("The keeper left the lamp burning.");
    sandbox.take(Kind::Periodic, at(0));
    let memory = sandbox.memory("The lamp went out.");
    let event = memory;
    sandbox.take(Kind::Periodic, at(10));
    sandbox.rewind(first, at(20));
    sandbox.take(Kind::Periodic, at(30));
    let findings = found(&sandbox, &query("lamp"));
    let facts = |finding: &Finding| {
        let snapshots: Vec<usize> = finding.snapshots().collect();
        (
            finding.live,
            snapshots,
            finding.counts_in().map(|(index, _)| index),
        )
    };
    assert_eq!(
        rows(&findings),
        [
            format!("event_log {first}"),
            format!("event_log {event}"),
            format!("memories {memory}")
        ]
    );
    let [burning, out, memory] = findings.rows() else {
        panic!("{findings:?}");
    };
    assert_eq!(
        facts(burning),
        (Some(EventStatus::Active), vec![0, 1, 2, 3], Some(0))
    );
    // The newest snapshot has the event as rewound.
    assert_eq!(
        facts(out),
        (Some(EventStatus::Rewound), vec![0, 1, 2], Some(1))
    );
    assert_eq!(facts(memory), (None, vec![1, 2], Some(1)));
    assert!(burning.is_in_live() && !out.is_in_live() && !memory.is_in_live());
    assert_eq!(memory.excerpt.column, "text");
    assert_eq!(
        (
            &*memory.excerpt.before,
            &*memory.excerpt.found,
            &*memory.excerpt.behind
        ),
        ("The ", "lamp", " went out.")
    );
}

#[test]
fn a_row_is_one_finding_where_sides_spell_its_table_differently() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp went out.");
    let taken = sandbox.take(Kind::Periodic, at(0));
    let bytes = fs::read_to_string(&taken.path).unwrap();
    let spelled = bytes.replacen("\"memories\"", "\"Memories\"", 1);
    assert_ne!(bytes, spelled);
    fs::write(&taken.path, spelled).unwrap();
    fs::remove_file(taken.path.with_extension("note")).unwrap();
    assert_eq!(rows(&found(&sandbox, &query("lamp"))).len(), 2);
}

#[test]
fn a_row_with_a_changed_text_is_found_only_in_snapshots_with_that_text() {
    let sandbox = Sandbox::new();
    let memory = sandbox.memory("the old lamp");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE memories SET text = 'the new light'");
    sandbox.take(Kind::Rewind, at(1));
    let findings = found(
        &sandbox,
        &query("lamp").in_tables(vec!["memories".to_owned()]),
    );
    assert_eq!(rows(&findings), [format!("memories {memory}")]);
    assert_eq!(findings.rows()[0].live, None);
    assert_eq!(findings.rows()[0].snapshots().collect::<Vec<_>>(), [1]);
}

#[test]
fn only_the_chosen_tables_are_searched_and_an_unknown_one_is_an_error() {
    let sandbox = Sandbox::new();
    let memory = sandbox.memory("the lamp");
    sandbox.take(Kind::Rewind, at(0));
    let chosen = query("lamp").in_tables(vec!["MEMORIES".to_owned()]);
    assert_eq!(
        rows(&found(&sandbox, &chosen)),
        [format!("memories {memory}")]
    );
    let unknown = query("lamp").in_tables(vec!["memoirs".to_owned()]);
    let error = try_search(&sandbox, &unknown).unwrap_err().to_string();
    assert!(
        error.starts_with("there is no table memoirs: did you mean memories?"),
        "{error}"
    );
}

#[test]
fn events_are_identified_by_key_without_live() {
    let sandbox = Sandbox::new();
    let id = sandbox.event("the lamp");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("something else");
    sandbox.take(Kind::Rewind, at(1));
    let findings = search_in(&sandbox, None, &query("lamp")).unwrap();
    assert_eq!(rows(&findings), [format!("event_log {id}")]);
    assert_eq!(
        (findings.rows()[0].live, findings.rows()[0].count()),
        (None, 2)
    );
}

#[test]
fn a_damaged_snapshot_is_reported_and_the_others_are_searched() {
    let sandbox = Sandbox::new();
    let lamp = sandbox.event("the lamp");
    let intact = sandbox.take(Kind::Rewind, at(0));
    let bytes = fs::read(&intact.path).unwrap();
    sandbox.event("the lamp again");
    let newer = fs::read(sandbox.take(Kind::Rewind, at(9)).path).unwrap();
    // One is truncated, which its last bytes show; the other is invalid after rows with the text, which only
    // a complete read shows.
    sandbox.put(Kind::Rewind, at(1), &bytes[..bytes.len() / 2]);
    let broken =
        String::from_utf8(newer)
            .unwrap()
            .replacen("\"memories\": [", "\"memories\": {", 1);
    sandbox.put(Kind::Rewind, at(2), &broken);
    sandbox.sql("DELETE FROM event_log");
    fs::remove_file(sandbox.store().path(sandbox.list()[0].id.unwrap())).unwrap();

    let findings = try_search(&sandbox, &query("lamp")).unwrap();
    assert_eq!(rows(&findings), [format!("event_log {lamp}")]);
    assert_eq!(findings.rows()[0].snapshots().collect::<Vec<_>>(), [2]);
    let failed: Vec<String> = findings
        .failed()
        .iter()
        .map(|(place, error)| format!("{place:?} {}", error.rsplit(['/', '\\']).next().unwrap()))
        .collect();
    assert_eq!(
        failed,
        [
            "Snapshot(0) 20210314T120200Z.json: table memories, byte 875: expected '[', found '{'",
            "Snapshot(1) 20210314T120100Z.json is damaged: cut short",
        ]
    );
}

#[test]
fn at_most_the_requested_rows_are_kept_each_complete() {
    let sandbox = Sandbox::new();
    for number in 0..10 {
        sandbox.event(&format!("lamp {number}"));
    }
    sandbox.take(Kind::Rewind, at(0));
    sandbox.take(Kind::Rewind, at(1));
    let (live, snapshots) = (sandbox.database(), sandbox.list());
    let scope = SearchScope {
        profile: &sandbox.profile,
        live: Some(&live),
        snapshots: &snapshots,
        cache: &Cache::default(),
        store: &sandbox.store(),
        most: 1000,
    };
    for (most, has_more) in [(3, true), (10, false)] {
        let mut findings = Findings::at_most(most);
        let on_event = &mut |event| findings.add(event);
        search(&query("lamp"), scope, on_event, &mut unattended).unwrap();
        assert_eq!(
            (findings.rows().len(), findings.has_more()),
            (most, has_more)
        );
        assert!(
            findings
                .rows()
                .iter()
                .all(|row| row.is_in_live() && row.count() == 2)
        );
    }
}

#[test]
fn hits_are_reported_side_by_side_in_order() {
    let sandbox = Sandbox::new();
    for number in 0..200 {
        sandbox.event(&format!("lamp {number}"));
    }
    for minute in 0..9 {
        sandbox.take(Kind::Rewind, at(minute));
    }
    let (live, snapshots) = (sandbox.database(), sandbox.list());
    let scope = SearchScope {
        profile: &sandbox.profile,
        live: Some(&live),
        snapshots: &snapshots,
        cache: &Cache::default(),
        store: &sandbox.store(),
        most: 1000,
    };
    let mut hits = Vec::new();
    let mut on_event = |event| match event {
        SearchEvent::Hit(hit) => hits.push((hit.place, hit.row)),
        other => panic!("{other:?}"),
    };
    search(&query("lamp"), scope, &mut on_event, &mut unattended).unwrap();
    let places = std::iter::once(Place::Live).chain((0..9).map(Place::Snapshot));
    let expected = places.flat_map(|place| (2..202).map(move |row| (place, row)));
    assert_eq!(hits, expected.collect::<Vec<_>>());
}

#[test]
fn a_search_can_be_cancelled() {
    let sandbox = Sandbox::new();
    for number in 0..200 {
        sandbox.event(&format!("lamp {number}"));
    }
    for minute in 0..50 {
        sandbox.take(Kind::Rewind, at(minute));
    }
    let snapshots = sandbox.list();
    let scope = SearchScope {
        profile: &sandbox.profile,
        live: None,
        snapshots: &snapshots,
        cache: &Cache::default(),
        store: &sandbox.store(),
        most: 1000,
    };
    let mut hits = 0;
    let mut asked = 0;
    let on = &mut |_| {
        asked += 1;
        if asked == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let result = search(&query("lamp"), scope, &mut |_| hits += 1, on);
    assert!(matches!(result, Err(Error::Cancelled)));
    assert!(hits < 200, "{hits} hits before it was cancelled");
}
