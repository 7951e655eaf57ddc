//! What counts as a text, and what as a match, whatever the escapes in the file.

use serde_json::json;
use unrewind::core::{Case, Error, Kind, Query, Syntax};

use super::{found, query, regex, rows};
use crate::sandbox::{Sandbox, at};

/// Whether the pattern finds a memory with this text. Asserts that live and a snapshot agree.
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
fn a_text_is_found_as_typed_whatever_its_escapes() {
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
    assert!(
        !finds("n", &query("\n")),
        "an escape's letter is not part of the text"
    );
    assert!(!finds("é", &query("u00e9")), "nor are its digits");
}

#[test]
fn a_text_in_nested_json_is_found_at_any_depth() {
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
fn names_numbers_and_punctuation_of_json_are_not_texts() {
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
    // A blob is not a text, either.
    assert_eq!(
        rows(&found(&sandbox, &query("calm"))),
        [format!("event_log {id}")]
    );
}

#[test]
fn a_text_that_is_json_is_also_searched_as_a_whole() {
    let list = "[\"one\", \"two\"]";
    assert!(finds(list, &query("\", \"")));
    assert!(finds(list, &query("two")));
    let sandbox = Sandbox::new();
    let id = sandbox.event("{\"pasted\": true}");
    let found = found(&sandbox, &query("{\"pasted\": true}"));
    assert_eq!(rows(&found), [format!("event_log {id}")]);
}

#[test]
fn half_an_emoji_does_not_hide_the_other_texts_of_its_payload() {
    let sandbox = Sandbox::new();
    sandbox.sql(r#"INSERT INTO event_log (ts, kind, payload_json) VALUES ('', 'm', '{"a": "\ud83d", "b": "caf\u00e9"}')"#);
    sandbox.take(Kind::Rewind, at(0));
    assert_eq!(found(&sandbox, &query("café")).rows()[0].count(), 1);
    assert_eq!(found(&sandbox, &query("\u{fffd}")).rows()[0].count(), 1);
}

#[test]
fn lower_case_matches_any_case_and_upper_case_only_itself() {
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
fn a_regular_expression_matches_the_text_not_its_escapes() {
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
fn an_invalid_pattern_is_an_error_of_one_sentence() {
    let error = |pattern, syntax| {
        let error = Query::new(pattern, syntax, Case::Smart).unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }));
        error.to_string()
    };
    assert_eq!(
        error("(", Syntax::Regex),
        "cannot search for this pattern: unclosed group"
    );
    assert_eq!(
        error(r"\p{Nope}", Syntax::Regex),
        "cannot search for this pattern: Unicode property not found"
    );
    assert_eq!(
        error("", Syntax::Text),
        "cannot search for this pattern: there is nothing in it to search for"
    );
    assert_eq!(
        error(r"(\w{999}){999}", Syntax::Regex),
        "cannot search for this pattern: it is too large"
    );
}
