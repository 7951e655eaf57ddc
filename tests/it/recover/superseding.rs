//! With newer events kept: what becomes of the events that superseded the returning ones.

use unrewind::core::{Kind, Newer, RestoreOptions, Snapshot, Superseding};

use super::three_messages;
use crate::{
    chat,
    sandbox::{Sandbox, at},
};

/// What superseded each event from this one on.
fn superseded(sandbox: &Sandbox, from: i64) -> Vec<String> {
    sandbox.rows(&format!(
        "SELECT id, superseded_by FROM event_log WHERE id >= {from} ORDER BY id"
    ))
}

/// The superseding events of a plan that keeps newer events: how many are removed, stay, and are
/// content.
fn superseding(sandbox: &Sandbox, snapshot: &Snapshot) -> [u64; 3] {
    let plan = sandbox.plan(snapshot, keep_newer()).unwrap();
    let Superseding {
        removed,
        staying,
        content,
        ..
    } = &plan.merge.as_ref().unwrap().superseding;
    [removed.count, staying.count, content.count]
}

fn keep_newer() -> RestoreOptions {
    RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    }
}

#[test]
fn the_rewind_recovered_from_leaves_the_log() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let snapshot = sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    assert_eq!(superseding(&sandbox, &snapshot), [1, 0, 0]);
    let ran = sandbox.run(&["recover", "--keep-newer", "--dry-run"]);
    let message = "1 rewind is removed because it no longer rewinds any event:\n    7  ";
    assert!(ran.out.contains(message), "{}", ran.out);
    let rewound = sandbox.dump();
    sandbox.restore(&snapshot, keep_newer()).unwrap();
    assert_eq!(
        superseded(&sandbox, 3),
        ["3 | NULL", "4 | NULL", "5 | NULL", "6 | NULL", "8 | NULL"]
    );
    sandbox.sql("DELETE FROM event_log WHERE id = 8");
    assert_eq!(sandbox.dump(), before);
    sandbox.sql("INSERT INTO event_log (id, ts, kind, payload_json) VALUES (8, '', 'message', '')");
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), rewound);
}

#[test]
fn a_rewind_that_rewound_other_events_too_stays_as_rewound() {
    let sandbox = three_messages();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let later = sandbox.event("later");
    chat::rewind(&sandbox.app, 3);
    assert_eq!(superseding(&sandbox, &snapshot), [0, 1, 0]);
    sandbox.restore(&snapshot, keep_newer()).unwrap();
    let rewind = later + 1;
    assert_eq!(
        superseded(&sandbox, later),
        [
            format!("{later} | {rewind}"),
            format!("{rewind} | {rewind}")
        ]
    );
    // A second restore has nothing to do.
    assert!(sandbox.plan(&snapshot, keep_newer()).unwrap().is_empty());
}

#[test]
fn rewinds_of_rewinds_leave_the_log_together() {
    let sandbox = three_messages();
    let snapshot = sandbox.rewind(4, at(0));
    chat::rewind(&sandbox.app, 3);
    assert_eq!(
        superseded(&sandbox, 4),
        ["4 | 8", "5 | 8", "6 | 8", "7 | 8", "8 | NULL"]
    );
    sandbox.sql("UPDATE event_log SET superseded_by = 7 WHERE id IN (5, 6)");
    assert_eq!(superseding(&sandbox, &snapshot), [2, 0, 0]);
    sandbox.restore(&snapshot, keep_newer()).unwrap();
    assert_eq!(
        sandbox.rows("SELECT max(id), count(superseded_by) FROM event_log"),
        ["6 | 0"]
    );
}

#[test]
fn a_rewind_superseded_by_itself_leaves_the_log() {
    let sandbox = three_messages();
    let snapshot = sandbox.rewind(3, at(0));
    sandbox.sql("UPDATE event_log SET superseded_by = 7 WHERE id = 7");
    assert_eq!(superseding(&sandbox, &snapshot), [1, 0, 0]);
}

#[test]
fn an_event_that_replaced_another_is_content_and_stays() {
    let sandbox = three_messages();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let edited = sandbox.event("two, edited");
    sandbox.sql(&format!(
        "UPDATE event_log SET superseded_by = {edited} WHERE id = 4"
    ));
    assert_eq!(superseding(&sandbox, &snapshot), [0, 0, 1]);
    let ran = sandbox.run(&["recover", "--keep-newer", "--dry-run"]);
    let message = "1 event that superseded an event that comes back is not a rewind: it stays:\n";
    assert!(ran.out.contains(message), "{}", ran.out);
    sandbox.restore(&snapshot, keep_newer()).unwrap();
    assert_eq!(superseded(&sandbox, edited), [format!("{edited} | NULL")]);
}

#[test]
fn the_profile_says_which_kinds_are_rewinds() {
    let mut sandbox = three_messages();
    let snapshot = sandbox.rewind(3, at(0));
    let log = sandbox.profile.log.as_mut().unwrap();
    log.rewind_kinds = vec!["undone".to_owned()];
    assert_eq!(superseding(&sandbox, &snapshot), [0, 0, 1]);
    sandbox.sql("UPDATE event_log SET kind = 'undone' WHERE id = 7");
    assert_eq!(superseding(&sandbox, &snapshot), [1, 0, 0]);
    sandbox.profile.log.as_mut().unwrap().kind = None;
    assert_eq!(superseding(&sandbox, &snapshot), [0, 0, 1]);
}
