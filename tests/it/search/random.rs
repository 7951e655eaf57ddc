//! Random texts, written as JSON in every possible way, and random patterns: the result equals that of a search
//! that decodes everything.

use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use regex::RegexBuilder;
use serde_json::{Value as Json, json};
use unrewind::core::{Case, Kind, Query, Syntax};

use super::{found, rows};
use crate::{
    random::config,
    sandbox::{Sandbox, at},
};

/// Characters that some JSON writers escape, and some plain ones.
const AWKWARD: &str = "[abcABC u0147é É пП東ß😀\"\\\\/\n\t\u{1}\u{7f}'<&{}:,\\[\\]]";

/// A way to write a string as JSON.
#[derive(Clone, Copy, Debug)]
enum Writer {
    /// Only what must be escaped, as JavaScript does.
    Plain,
    /// In ASCII, as Python does.
    Ascii,
    /// In ASCII, with capital digits, and without characters that HTML or a script would interpret.
    Careful,
    /// Every character as an escape.
    Escaping,
}

impl Writer {
    const ALL: [Self; 4] = [Self::Plain, Self::Ascii, Self::Careful, Self::Escaping];

    fn write(self, text: &str) -> String {
        let plain = serde_json::to_string(text).unwrap();
        let escapes = |character: char| match self {
            Self::Plain => false,
            Self::Ascii => !character.is_ascii(),
            Self::Careful => !character.is_ascii() || "<>&'=+`".contains(character),
            Self::Escaping => true,
        };
        let escape = |unit: &u16| match self {
            Self::Careful => format!("\\u{unit:04X}"),
            _ => format!("\\u{unit:04x}"),
        };
        if matches!(self, Self::Escaping) {
            let escaped: Vec<String> = text.encode_utf16().map(|unit| escape(&unit)).collect();
            return format!("\"{}\"", escaped.concat());
        }
        let mut written = String::new();
        for character in plain.chars() {
            if escapes(character) {
                written.extend(character.encode_utf16(&mut [0; 2]).iter().map(escape));
            } else if character == '/' && matches!(self, Self::Careful) {
                written += "\\/";
            } else {
                written.push(character);
            }
        }
        written
    }
}

/// A text, or a text in nested JSON.
fn cell() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        prop::string::string_regex(&format!("{AWKWARD}{{0,12}}")).unwrap(),
        "[a-c ]{0,12}",
        any::<String>(),
    ];
    let layer = (prop::sample::select(&Writer::ALL[..]), any::<bool>());
    (text, vec(layer, 0..4)).prop_map(|(text, layers)| {
        layers.into_iter().fold(text, |text, (writer, object)| {
            let written = writer.write(&text);
            if object {
                format!("{{\"abc\": [1, {written}], \"b\": null}}")
            } else {
                format!("[{written}, {{\"a\": {written}}}]")
            }
        })
    })
}

/// A pattern that is likely to occur.
fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::string::string_regex(&format!("{AWKWARD}{{1,3}}")).unwrap(),
        "[a-cA-C ]{1,4}",
        "[éп東😀]",
    ]
}

fn expression() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        pattern().prop_map(|text| regex::escape(&text)),
        Just(".".to_owned()),
        Just("[abé]".to_owned()),
        Just("\\w".to_owned()),
        Just("\\b".to_owned()),
        Just("^".to_owned()),
    ];
    atom.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            vec(inner.clone(), 1..3).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            inner.clone().prop_map(|part| format!("({part})?")),
            inner.clone().prop_map(|part| format!("(?:{part})+")),
            inner.prop_map(|part| format!("(?i:{part}){{2}}")),
        ]
    })
}

/// Every text of a cell.
fn texts(cell: &str) -> Vec<String> {
    fn strings(json: &Json, all: &mut Vec<String>) {
        match json {
            Json::String(text) => {
                all.push(text.clone());
                if let Ok(inner @ (Json::Array(_) | Json::Object(_))) = serde_json::from_str(text) {
                    strings(&inner, all);
                }
            }
            Json::Array(values) => values.iter().for_each(|value| strings(value, all)),
            Json::Object(fields) => fields.values().for_each(|value| strings(value, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    match serde_json::from_str(cell) {
        Ok(json @ Json::Object(_)) => strings(&json, &mut all),
        Ok(json @ Json::Array(_)) => {
            all.push(cell.to_owned());
            strings(&json, &mut all);
        }
        _ => all.push(cell.to_owned()),
    }
    all
}

/// Searches for a pattern in these cells, in live and in two snapshots, and compares the result with the naive one.
fn check(
    cells: &[String],
    query: &Query,
    matches: impl Fn(&str) -> bool,
) -> Result<(), TestCaseError> {
    let expected = |cell: &&(usize, &String)| texts(cell.1).iter().any(|text| matches(text));
    let cells: Vec<(usize, &String)> = cells.iter().enumerate().collect();
    let expected: Vec<String> = cells
        .iter()
        .filter(expected)
        .map(|(id, _)| format!("memories {id}"))
        .collect();
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE memories (id INTEGER PRIMARY KEY, text)",
    );
    let sql = "INSERT INTO memories VALUES (?1, ?2)";
    for &(id, text) in &cells {
        sandbox.app.execute(sql, (id.to_string(), text)).unwrap();
    }
    sandbox.take(Kind::Rewind, at(0));
    // The same rows, as another program writes them.
    let others = cells
        .iter()
        .map(|(id, text)| json!({ "text": text, "id": id }));
    let other = json!({ "memories": others.collect::<Vec<_>>() });
    sandbox.put(Kind::Rewind, at(1), other.to_string());
    let findings = found(&sandbox, query);
    prop_assert_eq!(rows(&findings), expected);
    for row in findings.rows() {
        prop_assert_eq!((row.is_in_live(), row.count()), (true, 2));
    }
    Ok(())
}

/// Whether a text contains a pattern, ignoring case.
fn contains_ignoring_case(text: &str, pattern: &str) -> bool {
    let lower = |text: &str| {
        text.chars()
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    lower(text).contains(&lower(pattern))
}

#[test]
fn a_text_is_found_exactly_where_a_naive_search_finds_it() {
    let cases = (vec(cell(), 1..24), pattern());
    let run = |(cells, pattern): (Vec<String>, String)| {
        let exact = Query::new(&pattern, Syntax::Text, Case::Exact).unwrap();
        check(&cells, &exact, |text| text.contains(&pattern))?;
        let ignored = Query::new(&pattern, Syntax::Text, Case::Ignored).unwrap();
        check(&cells, &ignored, |text| {
            contains_ignoring_case(text, &pattern)
        })
    };
    TestRunner::new(config(64)).run(&cases, run).unwrap();
}

#[test]
fn an_expression_is_found_exactly_where_a_naive_search_finds_it() {
    let cases = (vec(cell(), 1..24), expression(), any::<bool>());
    let run = |(cells, pattern, ignores): (Vec<String>, String, bool)| {
        let case = if ignores { Case::Ignored } else { Case::Exact };
        let query = Query::new(&pattern, Syntax::Regex, case).unwrap();
        let plain = RegexBuilder::new(&pattern)
            .multi_line(true)
            .case_insensitive(ignores)
            .build()
            .unwrap();
        check(&cells, &query, |text| plain.is_match(text))
    };
    TestRunner::new(config(64)).run(&cases, run).unwrap();
}
