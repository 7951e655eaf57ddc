//! A defect of the program: the terminal is restored, and a report without the user's data is left.

use std::{fs, time::Duration};

use unrewind::{
    config::Config,
    core::{Profile, Workspace},
    crash,
    tui::{self, Setup},
};

use crate::{sandbox::Sandbox, terminal::Terminal};

/// The UI with a timeout that SQLite cannot represent: the first task that opens the database panics.
#[test]
#[ignore = "the test below starts it in a terminal"]
fn ui_with_a_defect() {
    crash::report_panics("the terminal UI".to_owned(), Some("state".into()));
    let profile = Profile {
        busy_timeout: Duration::MAX,
        ..Profile::default()
    };
    let workspace = Workspace::builder("data").profile(profile).build();
    let terminal = tui::Terminal::of(|name| std::env::var(name).ok());
    let ui = Config::defaults().unwrap().ui;
    let setup = Setup::new(&ui, terminal).unwrap();
    tui::run(&workspace, setup).unwrap();
}

#[test]
fn a_crash_restores_the_terminal_and_leaves_a_report() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let this = std::env::current_exe().unwrap();
    let arguments = [
        "--ignored",
        "--exact",
        "pty::crash::ui_with_a_defect",
        "--nocapture",
    ];
    let home = [("HOME", sandbox.path())];
    let mut terminal = Terminal::start(&this, &arguments, sandbox.path(), home, (100, 40));
    assert_eq!(terminal.wait_exit(), 101);
    assert_eq!(terminal.altered(), Vec::<&str>::new());

    let text = terminal.text();
    let message = "unrewind: a defect ended Unrewind; the report is in ";
    let path = text
        .lines()
        .find_map(|line| line.trim().strip_prefix(message));
    let path = path.unwrap_or_else(|| panic!("{text}"));
    let report = fs::read_to_string(sandbox.path().join(path)).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let start = format!("unrewind {version} on linux ");
    assert!(report.starts_with(&start), "{report}");
    for part in [
        "\ncommand: the terminal UI\nthread: ",
        "\nmessage: too big",
        "unrewind::tui::",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    assert!(!report.contains("lighthouse"), "{report}");
}
