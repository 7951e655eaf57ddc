//! Recovering from the last rewind: which rewind that is, what comes back and what goes, and that an older one
//! is not recovered from unasked.

mod passed_over;
mod superseding;

#[cfg(feature = "archive")]
pub use passed_over::rewound_twice;

use std::fs;

use chrono::Utc;
use unrewind::core::{
    Archived, Event, Events, Gone, Kind, Result, Rewind, RewindSearch, Scope, Snapshot,
    find_rewind, rewinds, unattended,
};

use crate::sandbox::{Ran, Sandbox, at};

/// A chat with three messages, which are the events 3 to 5.
fn three_messages() -> Sandbox {
    let sandbox = Sandbox::new();
    for text in ["one", "two", "three"] {
        sandbox.event(text);
    }
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox
}

impl Sandbox {
    /// Finds the rewind to recover from among the snapshots in the folders.
    pub fn find_rewind(&self) -> Result<RewindSearch> {
        let (rewinds, store) = (rewinds(&self.list()), self.store());
        let where_from = (&store, Archived::Here);
        find_rewind(
            &self.database(),
            &self.profile,
            &rewinds,
            where_from,
            &mut unattended,
        )
    }
}

/// The rewind to recover from, if any.
fn found(sandbox: &Sandbox) -> Option<Rewind> {
    sandbox.find_rewind().unwrap().rewind
}

#[track_caller]
fn gone_of(sandbox: &Sandbox, snapshot: &Snapshot) -> Gone {
    let rewind = found(sandbox).expect("a rewind");
    assert_eq!(rewind.snapshot, *snapshot);
    rewind.gone
}

fn texts(events: &Events) -> Vec<&str> {
    let shown = events.first.iter().chain(&events.last);
    shown.map(Event::summary).collect()
}

#[track_caller]
fn assert_fails(ran: &Ran, message: &str) {
    assert_eq!((ran.code, &*ran.out, &*ran.err), (1, "", message));
}

#[track_caller]
fn assert_succeeds(ran: &Ran) {
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
}

const NOTHING: &str = "unrewind: there is no rewind to recover from: the live database has every event of every rewind snapshot\n";

#[test]
fn recover_brings_rewound_events_back() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let snapshot = sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let gone = gone_of(&sandbox, &snapshot);
    assert_eq!(
        texts(&gone.events),
        ["two", "three", "The lighthouse has 242 steps."]
    );
    assert_eq!((gone.rewound, gone.hidden, gone.lost), (3, 0, 0));
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn recover_brings_hidden_events_back() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id > 4; DELETE FROM memories");
    let gone = gone_of(&sandbox, &snapshot);
    assert_eq!((gone.rewound, gone.hidden, gone.lost), (0, 2, 0));
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn recover_brings_deleted_events_back() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id = 4");
    let gone = gone_of(&sandbox, &snapshot);
    assert_eq!((texts(&gone.events), gone.lost), (vec!["two"], 1));
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn recover_brings_events_deleted_at_the_end_of_the_log_back() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 3; DELETE FROM memories");
    assert_eq!(
        found(&sandbox).map(|rewind| rewind.snapshot),
        Some(snapshot)
    );
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn newer_events_leave_the_log_and_come_back_with_undo() {
    let sandbox = three_messages();
    sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let rewound = sandbox.dump();
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["6"]);
    assert_eq!(found(&sandbox), None);
    sandbox.let_time_pass();
    assert_succeeds(&sandbox.run(&["undo", "--yes"]));
    assert_eq!(sandbox.dump(), rewound);
}

#[test]
fn newer_events_stay_in_the_log_with_keep_newer() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let newer = sandbox.rows("SELECT * FROM event_log WHERE id > 7");
    let ran = sandbox.run(&["recover", "--keep-newer", "--dry-run"]);
    assert_succeeds(&ran);
    assert!(ran.out.contains("“Hello?”"), "{}", ran.out);
    assert_succeeds(&sandbox.run(&["recover", "--keep-newer", "--yes"]));
    assert_eq!(sandbox.rows("SELECT * FROM event_log WHERE id > 6"), newer);
    sandbox.sql("DELETE FROM event_log WHERE id > 6");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn an_event_rewound_by_an_active_flag_comes_back() {
    let mut sandbox = three_messages();
    sandbox.sql("ALTER TABLE event_log ADD COLUMN is_current INTEGER; UPDATE event_log SET is_current = 1 WHERE id <> 4;
        UPDATE event_log SET is_current = 7 WHERE id = 5");
    sandbox.profile.log.as_mut().unwrap().active = Some("is_current".to_owned());
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET is_current = 0 WHERE id > 3");
    let gone = gone_of(&sandbox, &snapshot);
    assert_eq!((gone.rewound, gone.hidden, gone.lost), (3, 0, 0));
    sandbox.sql("UPDATE event_log SET is_current = NULL WHERE id = 6");
    assert_eq!(gone_of(&sandbox, &snapshot).events.count, 2);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(found(&sandbox), None);
}

#[test]
fn the_plan_names_returning_and_newer_events() {
    let sandbox = three_messages();
    sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let before = sandbox.dump();
    let ran = sandbox.run(&["recover", "--dry-run"]);
    assert_succeeds(&ran);
    let headline = ran.out.lines().next().unwrap();
    assert!(
        headline.starts_with("recover from the rewind of 2021-03-14 12:00:00, "),
        "{headline}"
    );
    assert!(
        headline.ends_with(" ago: restore rewind/20210314T120000Z into data/chat.db"),
        "{headline}"
    );
    for line in [
        "3 events come back",
        "“two”",
        "“three”",
        "2 newer events will be removed",
        "“Hello?”",
    ] {
        assert!(ran.out.contains(line), "{line} in {}", ran.out);
    }
    assert_eq!((sandbox.dump(), sandbox.list().len()), (before, 1));
}

#[test]
fn without_rewind_snapshots_there_is_nothing_to_recover() {
    let sandbox = three_messages();
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 3");
    assert_fails(&sandbox.run(&["recover", "--yes"]), NOTHING);
}

#[test]
fn there_is_nothing_to_recover_if_live_has_every_event() {
    let sandbox = three_messages();
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    sandbox.sql("UPDATE memories SET text = 'another'; UPDATE event_log SET payload_json = '{}' WHERE id = 3");
    assert_eq!(found(&sandbox), None);
    assert_fails(&sandbox.run(&["recover", "--yes"]), NOTHING);
}

#[test]
fn events_rewound_before_the_snapshot_do_not_come_back() {
    let sandbox = three_messages();
    sandbox.sql("UPDATE event_log SET superseded_by = 6 WHERE id IN (4, 5)");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 4; DELETE FROM event_log WHERE id = 5");
    assert_eq!(found(&sandbox), None);
}

#[test]
fn a_safety_snapshot_is_not_a_rewind() {
    let sandbox = three_messages();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(found(&sandbox), None);
    assert_fails(&sandbox.run(&["recover", "--yes"]), NOTHING);
}

#[test]
fn rewind_snapshots_taken_after_the_rewind_do_not_hide_it() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let rewound = sandbox.rewind(3, at(0));
    sandbox.take(Kind::Rewind, at(10));
    sandbox.event("Hello?");
    sandbox.take(Kind::Rewind, at(20));
    gone_of(&sandbox, &rewound);
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

/// A chat with two rewinds, recovered from the second, and the snapshot of the first.
fn recovered() -> (Sandbox, Snapshot) {
    let sandbox = three_messages();
    let older = sandbox.rewind(4, at(0));
    sandbox.event("Hello?");
    sandbox.rewind(3, at(10));
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    (sandbox, older)
}

#[test]
fn an_older_rewind_is_named_but_not_recovered_from() {
    let (sandbox, older) = recovered();
    let (before, files) = (sandbox.dump(), sandbox.files());
    let rewind = found(&sandbox).expect("the older one");
    assert_eq!((rewind.snapshot, rewind.is_settled), (older, true));
    let message = "unrewind: there is nothing more to recover: live was restored since rewind/20210314T120000Z was taken; to go back before that rewind anyway, use `unrewind restore rewind/20210314T120000Z`\n";
    for arguments in [&["recover", "--yes"], &["recover", "--dry-run"]] {
        assert_fails(&sandbox.run(arguments), message);
    }
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn a_rewind_after_the_restore_is_recovered_from() {
    let (sandbox, _) = recovered();
    sandbox.let_time_pass();
    let before = sandbox.dump();
    let newest = sandbox.rewind(3, Utc::now());
    gone_of(&sandbox, &newest);
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_rewind_brought_back_by_undo_is_recovered_from_again() {
    let (sandbox, _) = recovered();
    let before = sandbox.dump();
    sandbox.let_time_pass();
    assert_succeeds(&sandbox.run(&["undo", "--yes"]));
    assert_eq!(found(&sandbox).map(|rewind| rewind.is_settled), Some(false));
    sandbox.let_time_pass();
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_rewind_snapshot_newer_than_the_restored_one_counts_as_settled() {
    let sandbox = three_messages();
    let rewound = sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let after = sandbox.take(Kind::Rewind, at(10));
    sandbox.restore(&rewound, Scope::Full).unwrap();
    let rewind = found(&sandbox).expect("the snapshot taken after the restored one");
    assert_eq!((rewind.snapshot, rewind.is_settled), (after, true));
}

#[test]
fn a_snapshot_of_the_second_of_the_restore_counts_as_settled() {
    let sandbox = three_messages();
    sandbox.rewind(4, at(0));
    sandbox.event("Hello?");
    let taken = sandbox.take(Kind::Rewind, at(10));
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    let mut snapshots = sandbox.list().into_iter();
    let safety = snapshots.find(Snapshot::is_safety_snapshot).unwrap();
    let named = safety.id.unwrap().stamp.to_string();
    for ending in ["json", "note"] {
        let file = taken.path.with_extension(ending);
        fs::rename(&file, file.with_file_name(format!("{named}.{ending}"))).unwrap();
    }
    assert_eq!(found(&sandbox).map(|rewind| rewind.is_settled), Some(true));
}

#[test]
fn of_two_rewinds_the_newer_is_recovered_from() {
    let sandbox = three_messages();
    sandbox.rewind(5, at(0));
    let before = sandbox.dump();
    let newer = sandbox.rewind(3, at(10));
    gone_of(&sandbox, &newer);
    assert_succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_damaged_snapshot_of_a_newer_rewind_is_skipped() {
    type Damage = fn(&str) -> String;
    let damages: [(Damage, bool); 2] = [
        (|json| json[..json.len() / 2].to_owned(), false),
        (
            |json| json.replacen("\"id\": 1,", "\"id\": 99999999999999999999,", 1),
            true,
        ),
    ];
    for (damage, looks_intact) in damages {
        let sandbox = three_messages();
        let before = sandbox.dump();
        let snapshot = sandbox.rewind(3, at(0));
        let json = fs::read_to_string(&snapshot.path).unwrap();
        let damaged = sandbox.put(Kind::Rewind, at(1), damage(&json));
        assert_eq!(damaged.is_intact(), looks_intact);
        gone_of(&sandbox, &snapshot);
        assert_succeeds(&sandbox.run(&["recover", "--yes"]));
        assert_eq!(sandbox.dump(), before);
    }
}

#[test]
fn recover_refuses_a_profile_with_a_missing_column() {
    let mut sandbox = Sandbox::new();
    sandbox.profile.log.as_mut().unwrap().superseded_by = Some("taken_back_by".to_owned());
    let error = sandbox.find_rewind().unwrap_err();
    let message = "it has no column taken_back_by, which the profile names as its superseded_by";
    assert!(error.to_string().ends_with(message), "{error}");
}

#[test]
fn rows_with_dangling_references_come_back_with_keep_dangling() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("Is the lamp still burning?");
    sandbox.memory("Jo turned the lamp off.");
    sandbox.sql("PRAGMA foreign_keys = OFF; UPDATE memories SET scene_id = 77");
    let before = sandbox.rows("SELECT * FROM memories");
    sandbox.rewind(first, at(20));
    sandbox.sql("DELETE FROM memories");
    for arguments in [&["recover", "--yes"][..], &["recover", "--dry-run"]] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(
            ran.err
                .contains("would refer to a row of scenes that does not exist"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("--keep-dangling"), "{}", ran.err);
    }
    let ran = sandbox.run(&["recover", "--keep-dangling", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(sandbox.rows("SELECT * FROM memories"), before);
}
