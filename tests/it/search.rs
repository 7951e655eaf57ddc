//! Searching: what counts as a text and what as a match, in which sides a row is found, and what
//! becomes of sides that cannot be searched. Its parts hold it against a search without shortcuts, and
//! are about the command.

mod command;
mod edges;
mod random;

use std::{fs, ops::ControlFlow};

use serde_json::json;
use snapback::core::{
    Case, Database, Error, Finding, Findings, Grounds, Kind, Place, Query, Result, Sighting,
    Standing, Syntax, search, unattended,
};

use crate::sandbox::{Sandbox, at};

fn query(text: &str) -> Query {
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
    let grounds = Grounds {
        profile: &sandbox.profile,
        live,
        snapshots: &snapshots,
    };
    let mut findings = Findings::at_most(1000);
    search(
        query,
        grounds,
        &mut |sighting| findings.add(sighting),
        &mut unattended,
    )?;
    Ok(findings)
}

fn found(sandbox: &Sandbox, query: &Query) -> Findings {
    let findings = try_search(sandbox, query).unwrap();
    assert!(findings.failed().is_empty(), "{:?}", findings.failed());
    findings
}

/// The rows that hold it, as `table id`.
fn rows(findings: &Findings) -> Vec<String> {
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

/// Of one memory with this text, whether the pattern finds it in live and in a snapshot.
#[track_caller]
fn finds(text: &str, query: &Query) -> bool {
    let sandbox = Sandbox::new();
    sandbox
        .app
        .execute("INSERT INTO memories (id, chat_id, text, importance, created_at) VALUES (1, 1, ?1, 1, '')", [text])
        .unwrap();
    sandbox.take(Kind::Rewind, at(0));
    let query = query.clone().in_tables(vec!["memories".to_owned()]);
    let findings = found(&sandbox, &query);
    match findings.rows() {
        [] => false,
        [memory] => {
            assert_eq!((memory.is_in_live(), memory.count()), (true, 1), "{text:?}");
            true
        }
        _ => panic!("{findings:?}"),
    }
}

#[test]
fn a_text_is_found_as_a_person_types_it_whatever_its_escapes() {
    let texts = [
        "a café \"quoted\" twice",
        "back\\slash and / slash",
        "two\nlines\tand a tab",
        "東京 and привет",
        "a smile 🙂 above the BMP",
        "\u{1}control\u{7f}",
        "it's <b>1 & 2 = 3</b> + `x`",
        "plain",
    ];
    for text in texts {
        assert!(finds(text, &query(text)), "{text}");
        for start in text.char_indices().map(|(index, _)| index) {
            let character: String = text[start..].chars().take(1).collect();
            assert!(finds(text, &query(&character)), "{character:?} of {text:?}");
        }
    }
    assert!(!finds("a café \"quoted\" twice", &query("café quoted")));
    assert!(!finds("n", &query("\n")), "an escape's letter is no letter");
    assert!(!finds("é", &query("u00e9")), "nor are its digits");
}

#[test]
fn a_text_in_a_payload_is_found_however_often_it_was_written_as_json() {
    let text = "they said “no” to 東京, \"café\" & C:\\new\n🙂";
    let sandbox = Sandbox::new();
    let mut payload = json!({ "text": text });
    for depth in 1..6 {
        let id = sandbox.log("message", &payload);
        sandbox.take(Kind::Rewind, at(depth));
        let event = format!("event_log {id}");
        for pattern in [text, "\"café\"", "🙂", "東", "C:\\new\n", "said “no” to"] {
            let rows = rows(&found(&sandbox, &query(pattern)));
            assert!(
                rows.contains(&event),
                "{pattern:?} at depth {depth}: {rows:?}"
            );
        }
        payload = json!({ "inner": payload.to_string() });
    }
}

#[test]
fn names_numbers_and_marks_are_no_texts() {
    let sandbox = Sandbox::new();
    let id = sandbox.log(
        "note",
        &json!({ "mood": { "weight": 4711, "list": ["calm"] } }),
    );
    sandbox
        .sql("INSERT INTO bots (id, name, persona, created_at) VALUES ('x', x'63616c6d', '', '')");
    sandbox.take(Kind::Rewind, at(0));
    for none in [
        "payload_json",
        "mood",
        "weight",
        "4711",
        "{",
        "\": ",
        "[\"",
        "last_event_id",
    ] {
        assert_eq!(rows(&found(&sandbox, &query(none))), [""; 0], "{none}");
    }
    // A blob is none, either.
    assert_eq!(
        rows(&found(&sandbox, &query("calm"))),
        [format!("event_log {id}")]
    );
}

#[test]
fn a_text_that_happens_to_be_json_is_searched_as_it_is_too() {
    let list = "[\"one\", \"two\"]";
    assert!(finds(list, &query("\", \"")));
    assert!(finds(list, &query("two")));
    let sandbox = Sandbox::new();
    let id = sandbox.event("{\"pasted\": true}");
    let found = found(&sandbox, &query("{\"pasted\": true}"));
    assert_eq!(rows(&found), [format!("event_log {id}")]);
}

#[test]
fn half_an_emoji_hides_no_other_text_of_its_payload() {
    let sandbox = Sandbox::new();
    sandbox.sql(r#"INSERT INTO event_log (ts, kind, payload_json) VALUES ('', 'm', '{"a": "\ud83d", "b": "caf\u00e9"}')"#);
    sandbox.take(Kind::Rewind, at(0));
    assert_eq!(found(&sandbox, &query("café")).rows()[0].count(), 1);
    assert_eq!(found(&sandbox, &query("\u{fffd}")).rows()[0].count(), 1);
}

#[test]
fn small_letters_find_capital_ones_and_capital_letters_themselves_only() {
    assert!(finds("The ÉTÉ of Привет", &query("the été of привет")));
    assert!(!finds("the été", &query("The")));
    assert!(finds("The", &query("The")));
    let exact = Query::new("the", Syntax::Text, Case::Exact).unwrap();
    assert!(!finds("The", &exact));
    let ignored = Query::new("THE É", Syntax::Text, Case::Ignored).unwrap();
    assert!(finds("the é", &ignored));
    assert!(finds("Straße", &query("straße")));
}

#[test]
fn a_regular_expression_is_matched_on_the_text_not_on_its_escapes() {
    let text = "Dear café,\nthe \"lamp\" is out\\over 東京 42 times";
    for pattern in [
        r"caf\p{L}",
        r"^the",
        r#""\w+""#,
        r"out\\over",
        r"(?:gone|lamp)",
        r"東.*times$",
        r"\d{2}",
        r"[東西]京",
        r"dear",
        r"(?i)LAMP",
        r"out.over",
        r"(x|is)\s+out",
        r"a{1}m",
        r"\bis\b",
    ] {
        assert!(finds(text, &regex(pattern)), "{pattern}");
    }
    for pattern in [
        r"u00e9",
        r"\\n",
        r"^lamp",
        r"Lamp",
        r"caf[a-z]",
        r#"\\""#,
        r"gone|never",
    ] {
        assert!(!finds(text, &regex(pattern)), "{pattern}");
    }
}

#[test]
fn a_pattern_that_cannot_be_is_an_error_in_one_sentence() {
    let says = |pattern, syntax| {
        let error = Query::new(pattern, syntax, Case::Smart).unwrap_err();
        assert!(matches!(error, Error::Pattern { .. }));
        error.to_string()
    };
    assert_eq!(
        says("(", Syntax::Regex),
        "cannot search for this pattern: unclosed group"
    );
    assert_eq!(
        says(r"\p{Nope}", Syntax::Regex),
        "cannot search for this pattern: Unicode property not found"
    );
    assert_eq!(
        says("", Syntax::Text),
        "cannot search for this pattern: there is nothing in it to search for"
    );
    assert_eq!(
        says(r"(\w{999}){999}", Syntax::Regex),
        "cannot search for this pattern: it is too large"
    );
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
    let told = |finding: &Finding| {
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
        told(burning),
        (Some(Standing::Current), vec![0, 1, 2, 3], Some(0))
    );
    // The newest snapshot holds the event, but as one that the rewind took back.
    assert_eq!(
        told(out),
        (Some(Standing::Superseded), vec![0, 1, 2], Some(1))
    );
    assert_eq!(told(memory), (None, vec![1, 2], Some(1)));
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
fn a_row_whose_text_was_changed_is_found_where_it_had_that_text() {
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
    let says = try_search(&sandbox, &unknown).unwrap_err().to_string();
    assert!(
        says.starts_with("there is no table memoirs: there are activity, bots,"),
        "{says}"
    );
}

#[test]
fn without_live_the_events_still_have_their_key() {
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
fn a_damaged_snapshot_is_told_and_the_others_are_searched() {
    let sandbox = Sandbox::new();
    let lamp = sandbox.event("the lamp");
    let whole = sandbox.take(Kind::Rewind, at(0));
    let bytes = fs::read(&whole.path).unwrap();
    sandbox.event("the lamp again");
    let newer = fs::read(sandbox.take(Kind::Rewind, at(9)).path).unwrap();
    // Cut short where its last bytes tell, and broken where only reading it to the end does, behind
    // rows that hold the text.
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
        .map(|(place, error)| {
            format!(
                "{place:?} {}",
                error.to_string().rsplit('/').next().unwrap()
            )
        })
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
fn no_more_rows_are_kept_than_asked_for_and_those_stay_complete() {
    let sandbox = Sandbox::new();
    for number in 0..10 {
        sandbox.event(&format!("lamp {number}"));
    }
    sandbox.take(Kind::Rewind, at(0));
    sandbox.take(Kind::Rewind, at(1));
    let (live, snapshots) = (sandbox.database(), sandbox.list());
    let grounds = Grounds {
        profile: &sandbox.profile,
        live: Some(&live),
        snapshots: &snapshots,
    };
    for (most, has_more) in [(3, true), (10, false)] {
        let mut findings = Findings::at_most(most);
        let on_sighting = &mut |sighting| findings.add(sighting);
        search(&query("lamp"), grounds, on_sighting, &mut unattended).unwrap();
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
fn what_is_found_is_told_side_by_side_in_order() {
    let sandbox = Sandbox::new();
    for number in 0..200 {
        sandbox.event(&format!("lamp {number}"));
    }
    for minute in 0..9 {
        sandbox.take(Kind::Rewind, at(minute));
    }
    let (live, snapshots) = (sandbox.database(), sandbox.list());
    let grounds = Grounds {
        profile: &sandbox.profile,
        live: Some(&live),
        snapshots: &snapshots,
    };
    let mut told = Vec::new();
    let mut on_sighting = |sighting| match sighting {
        Sighting::Hit(hit) => told.push((hit.place, hit.row)),
        Sighting::Failed(place, error) => panic!("{place:?}: {error}"),
    };
    search(&query("lamp"), grounds, &mut on_sighting, &mut unattended).unwrap();
    let places = std::iter::once(Place::Live).chain((0..9).map(Place::Snapshot));
    let expected = places.flat_map(|place| (2..202).map(move |row| (place, row)));
    assert_eq!(told, expected.collect::<Vec<_>>());
}

#[test]
fn a_search_stops_when_it_is_told_to() {
    let sandbox = Sandbox::new();
    for number in 0..200 {
        sandbox.event(&format!("lamp {number}"));
    }
    for minute in 0..50 {
        sandbox.take(Kind::Rewind, at(minute));
    }
    let snapshots = sandbox.list();
    let grounds = Grounds {
        profile: &sandbox.profile,
        live: None,
        snapshots: &snapshots,
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
    let result = search(&query("lamp"), grounds, &mut |_| hits += 1, on);
    assert!(matches!(result, Err(Error::Cancelled)));
    assert!(hits < 200, "{hits} hits before it was cancelled");
}
