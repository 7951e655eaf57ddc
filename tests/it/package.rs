//! The installed files: the program accepts the units' command lines, and the changelog is of its
//! version.

use std::{fs, path::Path};

use clap::Parser;
use unrewind::cli::Args;

fn asset(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets")
        .join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_program_accepts_the_units_command_lines() {
    for (unit, once) in [
        ("unrewind-watch@", false),
        ("unrewind-watch", false),
        ("unrewind-once@", true),
    ] {
        let text = asset(&format!("systemd/{unit}.service"));
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="));
        let words: Vec<&str> = line.unwrap().split_whitespace().collect();
        Args::try_parse_from(&words).unwrap();
        assert_eq!(words[..2], ["unrewind", "watch"]);
        assert_eq!(words.contains(&"--once"), once, "{unit}");
    }
}

#[test]
fn the_newest_release_in_the_changelog_is_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let changelog =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md")).unwrap();
    let mut released = changelog
        .lines()
        .filter_map(|line| line.strip_prefix("## ["));
    let newest = released
        .find(|line| !line.starts_with("Unreleased"))
        .unwrap();
    assert!(newest.starts_with(&format!("{version}] - ")), "{newest}");
}

#[test]
fn the_python_package_has_the_programs_licence() {
    let text = |path: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    assert_eq!(text("python/LICENSE"), text("LICENSE"));
}
