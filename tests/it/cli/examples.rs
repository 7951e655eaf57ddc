//! The examples of `--help` run on the demonstration, with its replay command, as they are printed.

use crate::{
    replay::settings::{OWN, command, set},
    sandbox::Sandbox,
};

/// The examples in a help text.
fn examples(help: &str) -> Vec<String> {
    let (_, examples) = help.split_once("Examples:\n").unwrap_or_default();
    let lines = examples
        .lines()
        .take_while(|line| line.starts_with("  unrewind"));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The words of a command, up to a pipe or a redirection.
fn words(example: &str) -> Vec<&str> {
    let words = example.split_whitespace().skip(1);
    let words = words.take_while(|word| !["|", ">"].contains(word));
    words.map(|word| word.trim_matches('\'')).collect()
}

/// Whether the example opens the screen, or runs until it is stopped.
fn stays_open(example: &str) -> bool {
    let is_screen = example.starts_with("unrewind demo") || example.ends_with(" path/to/data");
    let is_watch = example.starts_with("unrewind watch") && !example.contains("--once");
    is_screen || is_watch
}

#[test]
fn every_example_runs_on_the_demonstration() {
    let sandbox = Sandbox::demo();
    let help = sandbox.run(&["--help"]).out;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let is_command = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let commands = commands.lines().filter(is_command);
    let names = commands.map(|line| line.split_whitespace().next().unwrap());
    let mut all = examples(&help);
    for name in names.filter(|name| *name != "help") {
        let found = examples(&sandbox.run(&[name, "--help"]).out);
        assert!(!found.is_empty(), "{name} has no examples");
        all.extend(found);
    }
    for example in all.iter().filter(|example| !stays_open(example)) {
        let sandbox = Sandbox::demo();
        set(&sandbox, OWN, &command());
        let mut command = words(example);
        if command[0] == "redo" {
            sandbox.run(&["recover", "--yes"]);
            sandbox.run(&["undo", "--yes"]);
        } else if command[0] == "undo" {
            sandbox.run(&["recover", "--yes"]);
        } else if command[0] == "archive" {
            sandbox.run(&["archive", "init"]);
        }
        if command[0] == "run" {
            // The user's own commands are not here.
            let options = command.iter().take_while(|word| **word != "--");
            let nothing = if cfg!(windows) { "hostname" } else { "true" };
            command = options.copied().chain(["--", nothing]).collect();
        }
        let ran = sandbox.run(&command);
        // Some ask first; some report what they found with their exit code.
        let asks = ran.err.contains("Unrewind cannot ask");
        let finds = ["diff", "due", "status"].contains(&command[0]) && ran.err.is_empty();
        assert!(
            ran.code == 0 || asks || finds,
            "{example}: {}{}",
            ran.out,
            ran.err
        );
    }
}
