//! The documents are correct: the files they name exist, and they have every command, option and key.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use clap::CommandFactory;
use unrewind::{
    cli::Args,
    tui::{Keymap, name},
};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

/// The Markdown files of the project.
fn documents() -> Vec<PathBuf> {
    let folders = [project().to_owned(), project().join("docs")];
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let files = files.map(|file| file.unwrap().path());
    let mut documents: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    documents.sort();
    documents
}

/// What a document links to, and the project's files that it names as code.
fn named(document: &Path) -> Vec<PathBuf> {
    const FOLDERS: [&str; 5] = ["src/", "tests/", "docs/", "assets/", "benches/"];
    let text = fs::read_to_string(document).unwrap();
    let folder = document.parent().unwrap();
    let links = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|link| !link.is_empty() && !link.starts_with("https://"))
        .map(|link| folder.join(link));
    let code = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| FOLDERS.iter().any(|folder| code.starts_with(folder)))
        // In `src/cli/NAME.rs`, NAME is a placeholder.
        .filter(|code| !code.contains("NAME"))
        .map(|code| project().join(code));
    links.chain(code).collect()
}

#[test]
fn every_file_that_a_document_names_exists() {
    let mut missing = Vec::new();
    let mut found = 0;
    for document in documents() {
        for path in named(&document) {
            if path.exists() {
                found += 1;
            } else {
                missing.push(format!("{}: {}", document.display(), path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 50, "{found}");
}

#[test]
fn the_readme_is_short_and_starts_with_the_two_commands() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 180);
    let (_, code) = readme.split_once("```console\n").unwrap();
    let commands: Vec<&str> = code.lines().take(2).collect();
    assert!(commands[0].starts_with("cargo run --release -- demo"));
    assert!(commands[1].starts_with("cargo test"));
}

#[test]
fn the_documents_have_exactly_the_commands_and_options() {
    let text = read("docs/commands.md") + &read("docs/restore.md");
    let mut options = BTreeSet::new();
    for command in Args::command().get_subcommands() {
        let row = format!("| `unrewind {}", command.get_name());
        assert!(text.contains(&row), "docs/commands.md lacks {row}");
        for argument in command.get_arguments() {
            let aliases = argument.get_visible_aliases().unwrap_or_default();
            let longs = argument.get_long().into_iter().chain(aliases);
            options.extend(longs.map(|long| format!("--{long}")));
        }
    }
    let globals = ["--config", "--data-dir", "--db", "--help", "--log"];
    options.extend(globals.map(str::to_owned));
    let is_part = |character: char| character.is_ascii_lowercase() || character == '-';
    let words = text.split(|character| !is_part(character));
    let documented: BTreeSet<String> = words
        .filter(|word| word.starts_with("--") && !word.ends_with('-'))
        .map(str::to_owned)
        .collect();
    assert_eq!(options, documented);
}

#[test]
fn every_key_is_documented() {
    let mut table = "| where | keys | does | name |\n|---|---|---|---|\n".to_owned();
    let keys = Keymap::default();
    for line in keys.lines() {
        let labels: Vec<String> = line.names.iter().map(|key| format!("`{key}`")).collect();
        let does = keys.help(line);
        let (place, action) = (name(line.context), name(line.action));
        table += &format!("| {place} | {} | {does} | `{action}` |\n", labels.join(" "));
    }
    let text = read("docs/keys.md");
    let start = text.find("| where | keys |").expect("the table of keys");
    if std::env::var_os("UNREWIND_DOCS").is_some_and(|value| value == "write") {
        fs::write(
            project().join("docs/keys.md"),
            text[..start].to_owned() + &table,
        )
        .unwrap();
    } else {
        assert!(
            text[start..] == table,
            "docs/keys.md is stale: UNREWIND_DOCS=write cargo test every_key_is_documented"
        );
    }
}
