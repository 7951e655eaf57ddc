//! Each command prints the JSON that `docs/json.md` documents.

use std::{fs, iter::Peekable, path::Path, str::Chars};

use serde_json::Value as Json;

use super::sample_chat;

/// How each documented command is run here.
const RUNS: [(&str, &[&str]); 20] = [
    ("list --json", &["list", "--json"]),
    ("show --json", &["show", "latest:rewind", "--json"]),
    (
        "show --rows --json",
        &["show", "latest:rewind", "--rows", "memories", "--json"],
    ),
    ("take --json", &["take", "--json"]),
    (
        "restore --json",
        &["restore", "periodic/20210314T120000Z", "--yes", "--json"],
    ),
    ("prune --json", &["prune", "--dry-run", "--json"]),
    ("verify --json", &["verify", "--json"]),
    ("due --json", &["due", "--json"]),
    ("status --json", &["status", "--json"]),
    ("archive init --json", &["archive", "init", "--json"]),
    (
        "archive add --json",
        &["archive", "add", "periodic/20210314T120000Z", "--json"],
    ),
    ("archive list --json", &["archive", "list", "--json"]),
    (
        "archive get --json",
        &["archive", "get", "latest", "--json"],
    ),
    (
        "archive forget --json",
        &["archive", "forget", "latest", "--yes", "--json"],
    ),
    ("archive check --json", &["archive", "check", "--json"]),
    ("archive status --json", &["archive", "status", "--json"]),
    ("show --at --json", &["show", "--at", "4", "--json"]),
    ("search --json", &["search", "lighthouse", "--json"]),
    ("history --json", &["history", "chats", "1", "--json"]),
    (
        "diff --json",
        &["diff", "latest:rewind", "--rows", "--json"],
    ),
];

/// The shape of a value, as the document writes it.
#[derive(Clone, Debug)]
enum Shape {
    /// Any value.
    Any,
    /// `[…]`
    Array(Box<Shape>),
    /// `{a, b: …}`, with exactly these keys.
    Object(Vec<(String, Shape)>),
    /// `{name: …}`, with arbitrary names as keys.
    Map(Box<Shape>),
}

/// The placeholders for an arbitrary name.
const NAMES: [&str; 3] = ["name", "column", "side"];

impl Shape {
    fn read(text: &mut Peekable<Chars<'_>>) -> Self {
        match text.peek() {
            Some('{') => {
                text.next();
                let mut fields = Self::fields(text);
                assert_eq!(text.next(), Some('}'));
                match &fields[..] {
                    [(key, _)] if NAMES.contains(&key.as_str()) => {
                        Self::Map(Box::new(fields.remove(0).1))
                    }
                    _ => Self::Object(fields),
                }
            }
            Some('[') => {
                text.next();
                let element = Self::read(text);
                assert_eq!(text.next(), Some(']'));
                Self::Array(Box::new(element))
            }
            _ => {
                let _ = word(text);
                Self::Any
            }
        }
    }

    fn fields(text: &mut Peekable<Chars<'_>>) -> Vec<(String, Self)> {
        let mut fields = Vec::new();
        loop {
            let key = word(text);
            let shape = if text.next_if_eq(&':').is_some() {
                skip_blanks(text);
                Self::read(text)
            } else {
                Self::Any
            };
            fields.push((key, shape));
            if text.next_if_eq(&',').is_none() {
                return fields;
            }
            skip_blanks(text);
        }
    }

    /// Asserts that a value has this shape; returns how many values it checked.
    #[track_caller]
    fn assert_matches(&self, value: &Json, place: &str) -> usize {
        match self {
            Self::Any => 1,
            Self::Array(element) => {
                let values = value.as_array().expect(place);
                values
                    .iter()
                    .map(|value| element.assert_matches(value, place))
                    .sum()
            }
            Self::Map(element) => {
                let values = value.as_object().expect(place).values();
                values
                    .map(|value| element.assert_matches(value, place))
                    .sum()
            }
            Self::Object(fields) => {
                let object = value.as_object().expect(place);
                let mut documented: Vec<_> = fields.iter().map(|(key, _)| key.as_str()).collect();
                let mut keys: Vec<_> = object.keys().map(String::as_str).collect();
                documented.sort_unstable();
                keys.sort_unstable();
                assert_eq!(documented, keys, "{place}");
                let fields = fields.iter();
                fields
                    .map(|(key, shape)| {
                        shape.assert_matches(&object[key], &format!("{place}, {key}"))
                    })
                    .sum()
            }
        }
    }
}

fn word(text: &mut Peekable<Chars<'_>>) -> String {
    std::iter::from_fn(|| text.next_if(|next| next.is_alphanumeric() || *next == '_')).collect()
}

fn skip_blanks(text: &mut Peekable<Chars<'_>>) {
    while text.next_if_eq(&' ').is_some() {}
}

/// The rows of the document's table: the first command of each, and what the document says it prints.
fn documented() -> Vec<(String, String)> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let document = fs::read_to_string(document).unwrap();
    let table = document
        .split_once("| command | prints |\n|---|---|\n")
        .unwrap()
        .1;
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let (command, prints) = line.split_once(" | ").unwrap();
        let command = command.split('`').nth(1).unwrap();
        (command.to_owned(), prints.to_owned())
    };
    rows.map(row).collect()
}

/// The shape of a documented output; `listed` is that of a listed snapshot.
fn shape(prints: &str, listed: &mut Vec<(String, Shape)>) -> Shape {
    let code = prints.split('`').nth(1).expect(prints);
    let mut text = code.chars().peekable();
    if text.peek() == Some(&'{') {
        let shape = Shape::read(&mut text);
        assert_eq!(text.next(), None, "{code}");
        if let (true, Shape::Object(fields)) = (prints.starts_with("an array of"), &shape) {
            listed.clone_from(fields);
            return Shape::Array(Box::new(shape));
        }
        return shape;
    }
    let mut fields = listed.clone();
    fields.extend(Shape::fields(&mut text));
    let object = Shape::Object(fields);
    if prints.starts_with("an array of") {
        Shape::Array(Box::new(object))
    } else {
        object
    }
}

#[test]
fn each_command_prints_the_documented_json() {
    let mut listed = Vec::new();
    let documented = documented();
    assert_eq!(
        documented.len(),
        RUNS.len(),
        "a command is missing in docs/json.md or here"
    );
    for (command, prints) in documented {
        let shape = shape(&prints, &mut listed);
        let run = RUNS.iter().find(|(name, _)| *name == command);
        let (_, arguments) = run.expect(&command);
        let chat = sample_chat();
        if command.starts_with("archive") && !command.contains("init") {
            chat.run(&["archive", "init"]);
            chat.run(&["archive", "add", "latest:rewind"]);
        }
        let ran = chat.run(arguments);
        let value = serde_json::from_str(&ran.out).expect(&ran.err);
        assert!(
            shape.assert_matches(&value, &command) > 1,
            "{command}: {shape:?}"
        );
    }
}

#[test]
fn a_value_of_another_shape_fails_the_check() {
    let shape = Shape::read(&mut "{a, b: [{c}], d: {name: {e}}}".chars().peekable());
    let good = serde_json::json!({"a": 1, "b": [{"c": 2}, {"c": 3}], "d": {"x": {"e": 4}}});
    assert_eq!(shape.assert_matches(&good, ""), 4);
    let bad = [
        serde_json::json!({"a": 1, "b": [], "d": {}, "f": 5}),
        serde_json::json!({"a": 1, "b": [{"c": 2}, {}], "d": {}}),
        serde_json::json!({"a": 1, "b": [], "d": {"x": {"f": 4}}}),
    ];
    for value in bad {
        let held = std::panic::catch_unwind(|| shape.assert_matches(&value, ""));
        assert!(held.is_err(), "{value}");
    }
}
