//! The rules of the code base, checked on the text of the source: which module may use which, and what no
//! file may contain.

mod source;
mod tokens;

use std::{collections::HashMap, fs};

use source::{Source, files, root, sources};
use tokens::tokens;

/// The modules of the crate; each line uses only the lines above it.
const FLOORS: [&[&str]; 6] = [
    &["core"],
    &["text"],
    &["config"],
    &["fs_watch", "crash", "environment", "logging", "signals"],
    &["cli", "tui"],
    &["main"],
];

/// The rooms of the core, each using only those before it, and the handle over them.
const ROOMS: [&str; 7] = [
    "base",
    "file",
    "db",
    "compare",
    "store",
    "actions",
    "workspace",
];

/// The modules of the terminal UI, each using only those before it.
const TUI: [&str; 20] = [
    "theme",
    "glyph",
    "appearance",
    "keymap",
    "setup",
    "live",
    "marks",
    "clipboard",
    "widget",
    "task",
    "message",
    "browser",
    "screen",
    "tty",
    "status_bar",
    "dialog",
    "app",
    "task_runner",
    "watch",
    "run",
];

/// The rule that `module` breaks by naming `named`, if any.
fn misuse(module: &[String], named: &[String]) -> Option<String> {
    let floor = |module: &str| FLOORS.iter().position(|floor| floor.contains(&module));
    let (from, to) = (module.first()?, named.first()?);
    if from != to {
        return match (floor(from), floor(to)) {
            (Some(from), Some(to)) if to < from => None,
            (Some(_), Some(_)) => Some("it is not below".to_owned()),
            _ => Some("one of them is on no floor".to_owned()),
        };
    }
    let order: &[&str] = match from.as_str() {
        "core" => &ROOMS,
        "tui" => &TUI,
        _ => return None,
    };
    let place = |module: &String| order.iter().position(|known| known == module);
    let (from, to) = (module.get(1)?, named.get(1)?);
    match (place(from), place(to)) {
        (Some(from), Some(to)) if to <= from => None,
        (Some(_), Some(_)) => Some(format!("{to} comes after {from} in the order")),
        (None, _) => Some(format!("{from} is not in the order")),
        (_, None) => Some(format!(
            "{to} is not in the order, and only the front may name it"
        )),
    }
}

#[track_caller]
fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_module_uses_only_those_below_it() {
    let sources = sources();
    let modules: Vec<_> = sources.iter().map(|source| source.module.clone()).collect();
    let mut broken = Vec::new();
    for source in &sources {
        for used in source.paths(&modules).0 {
            if let Some(why) = misuse(&source.module, &used) {
                broken.push(format!("{} uses {}: {why}", source.name(), used.join("::")));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn every_module_is_in_the_order() {
    let mut broken = Vec::new();
    for source in sources() {
        let known = match &source.module[..] {
            [first] => FLOORS.concat().contains(&first.as_str()),
            [first, second, ..] if first == "core" => ROOMS.contains(&second.as_str()),
            [first, second, ..] if first == "tui" => TUI.contains(&second.as_str()),
            _ => true,
        };
        if !known {
            broken.push(format!(
                "{} has no place in the order of this test",
                source.name()
            ));
        }
    }
    assert_none(&broken);
}

#[test]
fn only_core_db_uses_rusqlite() {
    let sources = sources().into_iter().filter(|source| {
        tokens(&source.text).contains(&"rusqlite")
            && source.module.get(..2) != Some(&["core".to_owned(), "db".to_owned()])
    });
    assert_none(&sources.map(|source| source.name()).collect::<Vec<_>>());
}

#[test]
fn the_core_neither_prints_nor_reads_the_environment_or_the_clock() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.is_in("core")) {
        for pair in tokens(&source.text).windows(2) {
            if let [
                name @ ("print" | "println" | "eprint" | "eprintln" | "dbg"),
                "!",
            ] = pair
            {
                broken.push(format!("{} has {name}!", source.name()));
            }
        }
        for path in source.paths(&[]).1 {
            let parts: Vec<&str> = path.iter().map(String::as_str).collect();
            let clock = matches!(
                parts[..],
                [.., "SystemTime" | "Instant" | "Utc" | "Local", "now"]
            );
            let clock = clock && source.module[1..] != ["base", "clock"];
            if clock || parts.starts_with(&["std", "env"]) || parts[0] == "env" {
                broken.push(format!("{} uses {}", source.name(), parts.join("::")));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn the_core_starts_threads_only_through_base_worker() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.is_in("core")) {
        let tokens = tokens(&source.text);
        // These panic if the system has no thread left.
        if tokens.windows(3).any(|three| three == [".", "spawn", "("]) {
            broken.push(format!("{} spawns past base::worker", source.name()));
        }
        for path in source.paths(&[]).1 {
            if path.ends_with(&["thread".to_owned(), "spawn".to_owned()]) {
                broken.push(format!("{} uses thread::spawn", source.name()));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn the_modules_of_the_core_are_private() {
    let text = fs::read_to_string(root().join("src/core.rs")).unwrap();
    let tokens = tokens(&text);
    assert!(tokens.contains(&"mod"));
    assert!(!tokens.windows(2).any(|pair| pair == ["pub", "mod"]));
}

#[test]
fn every_file_opens_with_a_doc_comment() {
    let silent = files(&["src", "tests", "benches"])
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            !text.strip_prefix("//! ").is_some_and(|text| {
                text.starts_with(char::is_alphanumeric) || text.starts_with('`')
            })
        });
    assert_none(
        &silent
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let long = files(&["src", "tests", "benches"])
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > 400).then(|| format!("{} has {lines} lines", path.display()))
        });
    assert_none(&long.collect::<Vec<_>>());
}

#[test]
fn no_module_is_named_mod_rs() {
    let files = files(&["src", "tests", "benches"]).into_iter();
    let nested = files.filter(|path| path.file_name().is_some_and(|name| name == "mod.rs"));
    assert_none(
        &nested
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_source_has_no_unwrap_todo_or_dbg() {
    let mut broken = Vec::new();
    for source in sources() {
        let tokens = tokens(&source.text);
        if tokens.windows(3).any(|three| three == [".", "unwrap", "("]) {
            broken.push(format!("{} has unwrap()", source.name()));
        }
        for pair in tokens.windows(2) {
            if let [name @ ("todo" | "unimplemented" | "dbg"), "!"] = pair {
                broken.push(format!("{} has {name}!", source.name()));
            }
        }
    }
    assert_none(&broken);
}

/// The name of the type that a line at the left edge defines for other files to use.
fn visible_type(line: &str) -> Option<&str> {
    let shown = line.strip_prefix("pub")?;
    let shown = match shown.strip_prefix('(') {
        Some(within) => within.split_once(')')?.1,
        None => shown,
    };
    let (keyword, rest) = shown.trim_start().split_once(' ')?;
    let name = rest
        .split(|letter: char| !letter.is_alphanumeric())
        .next()?;
    ["struct", "enum", "trait", "type"]
        .contains(&keyword)
        .then_some(name)
}

#[test]
fn no_two_types_that_files_share_have_one_name() {
    // These stand in for others where a feature or a system lacks something.
    let stand_ins = [
        "core::store::archive::absent",
        "core::base::program::single",
    ];
    let mut first: HashMap<String, String> = HashMap::new();
    let mut broken = Vec::new();
    for source in sources() {
        if stand_ins.contains(&source.module.join("::").as_str()) {
            continue;
        }
        let types = source.text.lines().filter_map(visible_type);
        // Each command of the command line has its arguments.
        for name in types.filter(|&name| name != "Args") {
            if let Some(other) = first.insert(name.to_owned(), source.name()) {
                broken.push(format!("{} and {other} have {name}", source.name()));
            }
        }
    }
    assert!(first.contains_key("Workspace") && first.contains_key("AtomicFile"));
    assert_none(&broken);
}

#[test]
fn the_check_finds_uses_against_the_order() {
    let cases = [
        (
            "core/db/rows",
            "use crate::core::actions::restore::Scope;",
            true,
        ),
        ("core/db/rows", "use super::super::store::Store;", true),
        ("core/db/rows", "fn f() { crate::core::compare::x() }", true),
        (
            "core/file/note",
            "use super::super::{base::error::Result, db};",
            true,
        ),
        ("core/actions/take", "use crate::text;", true),
        ("core/actions/take", "use crate::core::Kind;", true),
        (
            "core/actions/take",
            "use crate::core::{db::{Database, Select}, base::error::Result};",
            false,
        ),
        (
            "core/actions/restore",
            "use crate::core::compare::diff::rows::{self, Rows};",
            false,
        ),
        ("cli/list", "use crate::{core, tui::App};", true),
        ("cli/list", "use super::{Exit, output};", false),
        ("tui/theme", "use super::app;", true),
        ("tui/app", "use super::{theme::Theme, widget};", false),
        ("text", "use crate::config::Config;", true),
        ("main", "use unrewind::{cli, tui};", false),
        (
            "core/actions/take",
            "// use crate::tui; \"use crate::tui\"",
            false,
        ),
    ];
    for (module, text, is_misuse) in cases {
        let source = Source {
            path: root().join("src").join(module),
            module: module.split('/').map(str::to_owned).collect(),
            text: text.to_owned(),
        };
        let used = source.paths(&[]).0;
        let broken = used
            .iter()
            .any(|used| misuse(&source.module, used).is_some());
        assert_eq!(broken, is_misuse, "{module}: {text}");
    }
}
