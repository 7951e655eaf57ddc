//! Help, manual pages and completions, all generated from the same definitions.

use std::{fs, process::Command as Process};

use clap::{Command, CommandFactory, Parser};
use unrewind::cli::Args;

use crate::sandbox::Sandbox;

/// The commands except `help`, which is clap's.
fn commands() -> Vec<Command> {
    let mut program = Args::command();
    program.build();
    let commands = program.get_subcommands();
    commands
        .filter(|command| command.get_name() != "help")
        .cloned()
        .collect()
}

/// The examples below the help of a command.
fn examples(command: &Command) -> Vec<String> {
    let after = command.get_after_help().map(ToString::to_string);
    let after = after.unwrap_or_default();
    let mut lines = after.lines();
    assert_eq!(lines.next(), Some("Examples:"), "{}", command.get_name());
    lines.map(str::to_owned).collect()
}

#[test]
fn every_command_has_examples_and_each_parses() {
    for command in commands().iter().chain([&Args::command()]) {
        let examples = examples(command);
        assert!(!examples.is_empty(), "{}", command.get_name());
        for example in examples {
            let line = example.strip_prefix("  ").expect(&example);
            let until = line.find([';', '|', '>']).unwrap_or(line.len());
            let words = line[..until].split_whitespace();
            if let Err(error) = Args::try_parse_from(words.clone()) {
                panic!("{example}\n{error}");
            }
            let named = command.get_name();
            assert!(
                named == "unrewind" || words.clone().any(|word| word == named),
                "{example}"
            );
        }
    }
}

#[test]
fn the_help_of_each_command_has_examples_and_fits_a_terminal() {
    let sandbox = Sandbox::new();
    for command in commands() {
        let help = sandbox.run(&["help", command.get_name()]);
        assert_eq!((help.code, &*help.err), (0, ""));
        assert!(
            help.out.contains("\nExamples:\n  unrewind "),
            "{}",
            help.out
        );
        let widest = help.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{}", help.out);
    }
}

#[test]
fn the_help_of_a_command_has_more_than_its_line_in_the_list() {
    let sandbox = Sandbox::new();
    let help = sandbox.run(&["restore", "--help"]).out;
    let (first, rest) = help.split_once('\n').unwrap();
    assert!(rest.contains("a safety snapshot"), "{help}");
    assert!(sandbox.run(&["--help"]).out.contains(first));
    assert!(
        sandbox
            .run(&["man", "restore"])
            .out
            .contains("a safety snapshot")
    );
}

#[test]
fn a_manual_page_has_every_option_of_its_command() {
    let sandbox = Sandbox::new();
    for command in commands() {
        let page = sandbox.run(&["man", command.get_name()]);
        assert_eq!((page.code, &*page.err), (0, ""));
        assert!(
            page.out.contains(&format!(
                "unrewind\\-{}",
                command.get_name().replace('-', "\\-")
            )),
            "{}",
            page.out
        );
        for option in command.get_arguments().filter_map(clap::Arg::get_long) {
            let option = format!("\\-\\-{}", option.replace('-', "\\-"));
            assert!(page.out.contains(&option), "{option}: {}", page.out);
        }
        assert!(page.out.contains("Examples:"), "{}", page.out);
    }
    let unknown = sandbox.run(&["man", "lost"]);
    let message = "unrewind: there is no command lost; `unrewind --help` lists them\n";
    assert_eq!((unknown.code, &*unknown.err), (2, message));
}

#[test]
fn man_all_writes_every_manual_page_into_a_folder() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path().join("man");
    fs::create_dir(&folder).unwrap();
    let ran = sandbox.run(&["man", "--all", "man"]);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""));
    let pages = fs::read_dir(folder).unwrap();
    let mut pages: Vec<_> = pages
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let mut expected = vec!["unrewind.1".to_owned()];
    expected.extend(
        commands()
            .iter()
            .map(|one| format!("unrewind-{}.1", one.get_name())),
    );
    expected.sort();
    assert_eq!(pages, expected);
    let nowhere = sandbox.run(&["man", "--all", "nowhere"]);
    let begins = "unrewind: cannot write the manual page nowhere/unrewind-";
    assert!(nowhere.err.starts_with(begins), "{}", nowhere.err);
}

#[test]
fn completion_scripts_are_valid_and_have_every_command() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = sandbox.run(&["completions", shell]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
        for command in commands() {
            assert!(ran.out.contains(command.get_name()), "{shell}");
        }
        let script = sandbox.path().join(shell);
        fs::write(&script, &ran.out).unwrap();
        // A shell that is not installed cannot check its script.
        if let Ok(checked) = Process::new(shell).arg("-n").arg(&script).output() {
            assert!(checked.status.success(), "{checked:?}");
        }
    }
}

#[test]
fn the_help_of_a_value_has_no_shell_characters() {
    // The completions for fish put the text between double quotes without escaping it.
    for command in commands() {
        for argument in command.get_arguments() {
            for value in argument.get_possible_values() {
                let help = value.get_help().map(ToString::to_string);
                let help = help.unwrap_or_default();
                assert!(!help.contains(['"', '$', '\\']), "{help}");
            }
        }
    }
}

#[test]
fn bash_completes_a_command_and_an_option() {
    let sandbox = Sandbox::new();
    let script = sandbox.path().join("script");
    fs::write(&script, sandbox.run(&["completions", "bash"]).out).unwrap();
    let complete = |words: &str, word: usize| {
        let ask = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={word}; _unrewind unrewind \"${{COMP_WORDS[{word}]}}\" \"${{COMP_WORDS[{}]}}\"; echo \"${{COMPREPLY[*]}}\"",
            script.display(),
            word - 1
        );
        let asked = Process::new("bash").args(["-c", &ask]).output().ok()?;
        Some(String::from_utf8(asked.stdout).unwrap().trim().to_owned())
    };
    // Without bash there is nothing to test.
    let Some(commands) = complete("unrewind re", 1) else {
        return;
    };
    assert_eq!(commands, "restore recover redo");
    assert_eq!(complete("unrewind take --k", 2).unwrap(), "--kind");
    assert_eq!(complete("unrewind take --kind p", 3).unwrap(), "periodic");
}
