//! What the README says of the JSON of each command is what the command prints.

use std::{fs, iter::Peekable, path::Path, str::Chars};

use serde_json::Value as Json;

use super::evening;

/// How each command that the README tells of is run here.
const RUNS: [(&str, &[&str]); 11] = [
    ("list --json", &["list", "--json"]),
    ("show --json", &["show", "latest", "--json"]),
    (
        "show --rows --json",
        &["show", "latest", "--rows", "memories", "--json"],
    ),
    ("take --json", &["take", "--json"]),
    (
        "restore --json",
        &["restore", "latest:periodic", "--yes", "--json"],
    ),
    ("prune --json", &["prune", "--dry-run", "--json"]),
    ("verify --json", &["verify", "--json"]),
    ("due --json", &["due", "--json"]),
    ("status --json", &["status", "--json"]),
    ("search --json", &["search", "lighthouse", "--json"]),
    ("diff --json", &["diff", "latest", "--rows", "--json"]),
];

/// What a value is made of, as the README writes it.
#[derive(Clone, Debug)]
enum Shape {
    /// Whatever it is.
    Any,
    /// `[…]`
    Array(Box<Shape>),
    /// `{a, b: …}`, with just these keys.
    Object(Vec<(String, Shape)>),
    /// `{name: …}`, with names of something as keys.
    Map(Box<Shape>),
}

/// What stands for the names of something.
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

    /// Asserts that a value is so; returns how many values it looked at.
    #[track_caller]
    fn holds(&self, value: &Json, place: &str) -> usize {
        match self {
            Self::Any => 1,
            Self::Array(element) => {
                let values = value.as_array().expect(place);
                values.iter().map(|value| element.holds(value, place)).sum()
            }
            Self::Map(element) => {
                let values = value.as_object().expect(place).values();
                values.map(|value| element.holds(value, place)).sum()
            }
            Self::Object(fields) => {
                let object = value.as_object().expect(place);
                let mut told: Vec<_> = fields.iter().map(|(key, _)| key.as_str()).collect();
                let mut keys: Vec<_> = object.keys().map(String::as_str).collect();
                told.sort_unstable();
                keys.sort_unstable();
                assert_eq!(told, keys, "{place}");
                let fields = fields.iter();
                fields
                    .map(|(key, shape)| shape.holds(&object[key], &format!("{place}, {key}")))
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

/// The rows of the README's table: the first command of each, and what it gives.
fn told() -> Vec<(String, String)> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let table = readme
        .split_once("| command | gives |\n|---|---|\n")
        .unwrap()
        .1;
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let (command, gives) = line.split_once(" | ").unwrap();
        let command = command.split('`').nth(1).unwrap();
        (command.to_owned(), gives.to_owned())
    };
    rows.map(row).collect()
}

/// The shape in what the README says a command gives; `listed` is that of a listed snapshot.
fn shape(gives: &str, listed: &mut Vec<(String, Shape)>) -> Shape {
    let code = gives.split('`').nth(1).expect(gives);
    let mut text = code.chars().peekable();
    if text.peek() == Some(&'{') {
        let shape = Shape::read(&mut text);
        assert_eq!(text.next(), None, "{code}");
        if let (true, Shape::Object(fields)) = (gives.starts_with("an array of"), &shape) {
            listed.clone_from(fields);
            return Shape::Array(Box::new(shape));
        }
        return shape;
    }
    let mut fields = listed.clone();
    fields.extend(Shape::fields(&mut text));
    let object = Shape::Object(fields);
    if gives.starts_with("an array of") {
        Shape::Array(Box::new(object))
    } else {
        object
    }
}

#[test]
fn the_readme_tells_the_json_of_each_command() {
    let mut listed = Vec::new();
    let told = told();
    assert_eq!(
        told.len(),
        RUNS.len(),
        "a command is missing in the README or here"
    );
    for (command, gives) in told {
        let shape = shape(&gives, &mut listed);
        let run = RUNS.iter().find(|(name, _)| *name == command);
        let (_, arguments) = run.expect(&command);
        let ran = evening().run(arguments);
        let value = serde_json::from_str(&ran.out).expect(&ran.err);
        assert!(shape.holds(&value, &command) > 1, "{command}: {shape:?}");
    }
}

#[test]
fn what_is_not_so_is_noticed() {
    let shape = Shape::read(&mut "{a, b: [{c}], d: {name: {e}}}".chars().peekable());
    let good = serde_json::json!({"a": 1, "b": [{"c": 2}, {"c": 3}], "d": {"x": {"e": 4}}});
    assert_eq!(shape.holds(&good, ""), 4);
    let bad = [
        serde_json::json!({"a": 1, "b": [], "d": {}, "f": 5}),
        serde_json::json!({"a": 1, "b": [{"c": 2}, {}], "d": {}}),
        serde_json::json!({"a": 1, "b": [], "d": {"x": {"f": 4}}}),
    ];
    for value in bad {
        let held = std::panic::catch_unwind(|| shape.holds(&value, ""));
        assert!(held.is_err(), "{value}");
    }
}
