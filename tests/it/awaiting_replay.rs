//! What the list, the header and the watch report and refuse while events await replay or live is in doubt.

use chrono::TimeDelta;
use unrewind::core::Kind;

use crate::{
    chat,
    sandbox::now,
    status::{awaiting, ends, status},
};

const WARNING: &str = if cfg!(target_os = "linux") {
    "start the application: it will replay 2 events"
} else {
    "start the application, or restart it if it runs: it will replay 2 events"
};

#[test]
fn the_list_reports_events_awaiting_replay() {
    let sandbox = awaiting();
    let ran = sandbox.run(&["list"]);
    // This test has the database open; another program cannot distinguish it from the application.
    assert!(ran.err.contains("it will replay 2 events"), "{}", ran.err);
    let checkpoint = ran.out.lines().find(|line| line.contains("_checkpoint"));
    assert!(
        checkpoint.unwrap().contains("replays after 3"),
        "{}",
        ran.out
    );
    chat::load_cold(&sandbox.app, &sandbox.data());
    let ran = sandbox.run(&["list"]);
    assert_eq!(ran.err, "");
}

#[test]
fn the_header_reports_events_awaiting_replay_until_the_application_starts() {
    let sandbox = awaiting();
    let mut tui = sandbox.tui(100, 30);
    assert!(tui.frame().contains(WARNING), "{}", tui.frame());
    chat::load_cold(&sandbox.app, &sandbox.data());
    tui.keys("<f5>");
    assert!(!tui.frame().contains("replay"), "{}", tui.frame());
}

#[test]
fn a_snapshot_needed_by_the_next_start_cannot_be_deleted_by_hand() {
    let sandbox = awaiting();
    let files = sandbox.files();
    let mut tui = sandbox.tui(100, 30);
    // The checkpoint, and the periodic snapshot before it.
    for place in ["gj", "gjj"] {
        let asked = tui.keys(&format!("{place}x")).dialog().unwrap();
        assert!(asked.contains("events await replay"), "{asked}");
        tui.keys("y<esc><esc>");
        assert_eq!(sandbox.files(), files, "{asked}");
    }
}

#[test]
fn a_service_snapshot_that_hides_awaiting_replay_is_reported_until_the_next_take() {
    let sandbox = awaiting();
    // The service writes outdated tables, and a last_event_id that claims they include every event.
    let half_an_hour_later = now() + TimeDelta::minutes(30);
    let stale = sandbox.put(
        Kind::Periodic,
        half_an_hour_later,
        chat::snapshot(&sandbox.app),
    );
    let (code, json) = status(&sandbox);
    assert_eq!(
        (code, &json["awaiting_replay"]["hidden_by"]),
        (1, &stale.name().into())
    );
    let warning = sandbox.run(&["list"]).err;
    assert!(
        warning.contains(&format!(
            "{} was taken while 2 events awaited replay",
            stale.name()
        )),
        "{warning}"
    );
    let taken = sandbox.take(Kind::Periodic, now() + TimeDelta::minutes(31));
    assert_eq!(ends(&taken), (Some(3), Some(5)));
    let json = status(&sandbox).1;
    assert_eq!(
        json["awaiting_replay"]["hidden_by"],
        serde_json::Value::Null
    );
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["3"]);
    assert_eq!(status(&sandbox).0, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_watch_takes_no_snapshot_while_live_is_in_doubt() {
    use unrewind::core::{Error, Kind, Watch, unattended};

    use crate::{
        sandbox::{Sandbox, at},
        status::{end, holder, keep_newer},
    };

    let sandbox = Sandbox::new();
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("One.");
    let application = holder(&sandbox);
    sandbox.restore(&early, keep_newer()).unwrap();
    for _ in 0..100 {
        sandbox.event("And on.");
    }
    let files = sandbox.files();
    let later = now() + TimeDelta::days(1);
    let mut watch = Watch::begin(sandbox.profile.clone(), sandbox.store(), later).unwrap();
    let round = watch.run(|| Ok(sandbox.database()), later, &mut unattended);
    assert!(
        matches!(round.outcome, Err(Error::InDoubt { .. })),
        "{round:?}"
    );
    assert_eq!((round.acts.len(), sandbox.files()), (0, files));
    end(application);
}

#[cfg(target_os = "linux")]
#[test]
fn another_unrewind_that_has_the_database_open_is_no_application() {
    use std::process::Command;

    use crate::sandbox::{Sandbox, at};

    let sandbox = Sandbox::new();
    sandbox.event("One.");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Two.");
    let program = sandbox.path().join("unrewind");
    std::fs::copy("/bin/sleep", &program).unwrap();
    let mut other = Command::new(&program)
        .arg("1000")
        .stdin(std::fs::File::open(sandbox.db()).unwrap())
        .spawn()
        .unwrap();
    let ran = sandbox.run(&["restore", "latest", "--keep-newer", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = sandbox.run(&["status"]);
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(ran.out.contains("it will replay 1 event"), "{ran:?}");
    assert!(!ran.out.contains("unrewind (pid"), "{ran:?}");
}
