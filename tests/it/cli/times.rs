//! Times as people read and write them: the hour that clocks repeat in autumn, and snapshots named by time.

use unrewind::core::Kind;

use crate::sandbox::{Ran, Sandbox};

/// Two snapshots an hour apart, in the hour that clocks repeat in Berlin.
fn repeated_hour() -> Sandbox {
    let sandbox = Sandbox::new();
    for stamp in ["20261025T003000Z", "20261025T013000Z"] {
        let stamp: unrewind::core::Stamp = stamp.parse().unwrap();
        sandbox.take(Kind::Rewind, stamp.time());
    }
    sandbox
}

fn in_berlin(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command(arguments);
    command.env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    Ran::run(command)
}

#[test]
#[cfg_attr(
    windows,
    ignore = "Windows takes the time zone from the system, not from TZ"
)]
fn the_list_shows_the_offset_of_times_in_the_repeated_hour() {
    let sandbox = repeated_hour();
    let list = in_berlin(&sandbox, &["list"]).out;
    assert!(list.contains("  2026-10-25 02:30:00+01:00  "), "{list}");
    assert!(list.contains("  2026-10-25 02:30:00+02:00  "), "{list}");
    let utc = sandbox.run(&["list"]).out;
    assert!(utc.contains("  2026-10-25 00:30:00  "), "{utc}");
}

#[test]
#[cfg_attr(
    windows,
    ignore = "Windows takes the time zone from the system, not from TZ"
)]
fn a_snapshot_is_found_by_the_time_shown_for_it() {
    let sandbox = repeated_hour();
    let shown = |name: &str| in_berlin(&sandbox, &["show", name, "--json"]);
    for name in [
        "2026-10-25 02:30:00+01:00",
        "rewind 2026-10-25 02:30:00+01:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T01:30:00Z",
    ] {
        let found = shown(name);
        assert!(found.out.contains("20261025T013000Z"), "{name}: {found:?}");
    }
    let either = shown("2026-10-25 02:30:00");
    assert_eq!(either.code, 1);
    assert_eq!(
        either.err,
        "unrewind: several snapshots were taken at 2026-10-25 02:30:00: rewind/20261025T013000Z, rewind/20261025T003000Z\n"
    );
    let none = shown("2026-10-25 05:30:00");
    assert_eq!(
        none.err,
        "unrewind: no snapshot in data/snapshots was taken at 2026-10-25 05:30:00\n"
    );
    for name in ["2026-10-25 00:30:00", "2026-10-25 00:30", "rewind 00:30"] {
        let utc = sandbox.run(&["show", name, "--json"]);
        assert!(utc.out.contains("20261025T003000Z"), "{utc:?}");
    }
    let either = shown("02:30").err;
    let message = "unrewind: several snapshots were taken at 02:30: rewind/20261025T013000Z, ";
    assert!(either.starts_with(message), "{either}");
}

#[test]
fn a_misspelled_name_gets_a_suggestion() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, crate::sandbox::at(1));
    for arguments in [
        &["restore", "latest", "--tables", "memmories", "--dry-run"][..],
        &["diff", "latest", "--table", "Memory"],
        &["show", "latest", "--rows", "memoriess"],
        &["search", "lamp", "--table", "memorys"],
    ] {
        let ran = sandbox.run(arguments);
        assert!(ran.err.contains(": did you mean memories?"), "{ran:?}");
    }
    let ran = sandbox.run(&["restore", "latest", "--tables", "memories,"]);
    let message = "unrewind: there is no table with an empty name to restore: there are ";
    assert!(ran.err.starts_with(message), "{ran:?}");
    let ran = sandbox.run(&["restore", "lastest"]);
    assert!(ran.err.ends_with(": did you mean latest?\n"), "{ran:?}");
    let ran = sandbox.run(&["help", "recovr"]);
    let message = "unrewind: there is no command recovr: did you mean `unrewind help recover`?\n";
    assert_eq!((ran.code, &*ran.err), (2, message));
}

#[test]
fn a_moment_before_the_year_1_is_an_error() {
    let sandbox = repeated_hour();
    for ago in ["9999999d", "999999999999d"] {
        let ran = sandbox.run(&["restore", "--at", ago]);
        let message = format!("unrewind: invalid moment \"{ago}\": it is before the year 1\n");
        assert_eq!((ran.code, ran.err), (1, message));
    }
    let ran = sandbox.run(&["restore", "--at", "30000d"]);
    assert!(
        ran.err.contains(" UTC\n") && !ran.err.contains('.'),
        "{}",
        ran.err
    );
}
