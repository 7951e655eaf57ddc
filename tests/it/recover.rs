//! Taking back the last rewind: which one it is, what comes back and what goes, and that an older one
//! is not taken in its place unasked.

mod superseding;

use std::fs;

use chrono::Utc;
use unrewind::core::{
    Event, Events, Gone, Kind, Rewind, Scope, Snapshot, find_rewind, rewinds, unattended,
};

use crate::sandbox::{Ran, Sandbox, at};

/// A chat with three messages, of which the events are 3 to 5.
fn three_messages() -> Sandbox {
    let sandbox = Sandbox::new();
    for text in ["one", "two", "three"] {
        sandbox.event(text);
    }
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox
}

/// The rewind to take back, if there is one.
fn found(sandbox: &Sandbox) -> Option<Rewind> {
    let (database, snapshots) = (sandbox.database(), sandbox.list());
    let rewinds = rewinds(&snapshots);
    let search = find_rewind(&database, &sandbox.profile, &rewinds, &mut unattended);
    search.unwrap().rewind
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
fn succeeds(ran: &Ran) {
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
}

const NOTHING: &str = "unrewind: there is no rewind to recover from: the live database has every event of every rewind snapshot\n";

#[test]
fn superseded_events_come_back() {
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
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn hidden_events_come_back() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id > 4; DELETE FROM memories");
    let gone = gone_of(&sandbox, &snapshot);
    assert_eq!((gone.rewound, gone.hidden, gone.lost), (0, 2, 0));
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn events_deleted_from_the_log_come_back() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id = 4");
    let gone = gone_of(&sandbox, &snapshot);
    assert_eq!((texts(&gone.events), gone.lost), (vec!["two"], 1));
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn events_deleted_from_the_end_of_the_log_come_back() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 3; DELETE FROM memories");
    assert_eq!(
        found(&sandbox).map(|rewind| rewind.snapshot),
        Some(snapshot)
    );
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn what_is_newer_leaves_the_log_and_is_in_the_safety_snapshot() {
    let sandbox = three_messages();
    sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let rewound = sandbox.dump();
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["6"]);
    assert_eq!(found(&sandbox), None);
    sandbox.let_time_pass();
    succeeds(&sandbox.run(&["undo", "--yes"]));
    assert_eq!(sandbox.dump(), rewound);
}

#[test]
fn what_is_newer_stays_in_the_log_if_it_is_to_be_kept() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let newer = sandbox.rows("SELECT * FROM event_log WHERE id > 7");
    let ran = sandbox.run(&["recover", "--keep-newer", "--dry-run"]);
    succeeds(&ran);
    assert!(ran.out.contains("“Hello?”"), "{}", ran.out);
    succeeds(&sandbox.run(&["recover", "--keep-newer", "--yes"]));
    assert_eq!(sandbox.rows("SELECT * FROM event_log WHERE id > 6"), newer);
    sandbox.sql("DELETE FROM event_log WHERE id > 6");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn an_event_that_an_inverted_flag_switched_off_comes_back() {
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
fn the_command_says_what_comes_back_and_what_has_been_written_since() {
    let sandbox = three_messages();
    sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let before = sandbox.dump();
    let ran = sandbox.run(&["recover", "--dry-run"]);
    succeeds(&ran);
    let headline = ran.out.lines().next().unwrap();
    assert!(
        headline.starts_with("recover from the rewind of 2021-03-14 12:00:00, "),
        "{headline}"
    );
    assert!(
        headline.ends_with(" ago: restore rewind/20210314T120000Z into data/chat.db"),
        "{headline}"
    );
    for said in [
        "3 events come back",
        "“two”",
        "“three”",
        "2 newer events will be removed",
        "“Hello?”",
    ] {
        assert!(ran.out.contains(said), "{said} in {}", ran.out);
    }
    assert_eq!((sandbox.dump(), sandbox.list().len()), (before, 1));
}

#[test]
fn without_rewinds_there_is_nothing_to_take_back() {
    let sandbox = three_messages();
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 3");
    assert_fails(&sandbox.run(&["recover", "--yes"]), NOTHING);
}

#[test]
fn where_live_has_every_event_there_is_nothing_to_take_back() {
    let sandbox = three_messages();
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    sandbox.sql("UPDATE memories SET text = 'another'; UPDATE event_log SET payload_json = '{}' WHERE id = 3");
    assert_eq!(found(&sandbox), None);
    assert_fails(&sandbox.run(&["recover", "--yes"]), NOTHING);
}

#[test]
fn events_taken_back_before_the_rewind_are_not_to_come_back() {
    let sandbox = three_messages();
    sandbox.sql("UPDATE event_log SET superseded_by = 6 WHERE id IN (4, 5)");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 4; DELETE FROM event_log WHERE id = 5");
    assert_eq!(found(&sandbox), None);
}

#[test]
fn a_safety_snapshot_is_no_rewind() {
    let sandbox = three_messages();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(found(&sandbox), None);
    assert_fails(&sandbox.run(&["recover", "--yes"]), NOTHING);
}

#[test]
fn a_snapshot_taken_after_the_rewind_does_not_hide_it() {
    let sandbox = three_messages();
    let before = sandbox.dump();
    let rewound = sandbox.rewind(3, at(0));
    sandbox.take(Kind::Rewind, at(10));
    sandbox.event("Hello?");
    sandbox.take(Kind::Rewind, at(20));
    gone_of(&sandbox, &rewound);
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

/// Two rewinds, of which the second is taken back.
fn recovered() -> (Sandbox, Snapshot) {
    let sandbox = three_messages();
    let older = sandbox.rewind(4, at(0));
    sandbox.event("Hello?");
    sandbox.rewind(3, at(10));
    succeeds(&sandbox.run(&["recover", "--yes"]));
    (sandbox, older)
}

#[test]
fn an_older_rewind_is_named_and_not_taken_back_unasked() {
    let (sandbox, older) = recovered();
    let (before, files) = (sandbox.dump(), sandbox.files());
    let rewind = found(&sandbox).expect("the older one");
    assert_eq!((rewind.snapshot, rewind.is_settled), (older, true));
    let message = "unrewind: there is nothing more to recover: live was restored since rewind/20210314T120000Z was taken; to go back before that rewind all the same, use `unrewind restore rewind/20210314T120000Z`\n";
    for arguments in [&["recover", "--yes"], &["recover", "--dry-run"]] {
        assert_fails(&sandbox.run(arguments), message);
    }
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn a_rewind_after_the_restore_is_taken_back() {
    let (sandbox, _) = recovered();
    sandbox.let_time_pass();
    let before = sandbox.dump();
    let newest = sandbox.rewind(3, Utc::now());
    gone_of(&sandbox, &newest);
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_rewind_that_is_back_after_an_undo_is_taken_back_again() {
    let (sandbox, _) = recovered();
    let before = sandbox.dump();
    sandbox.let_time_pass();
    succeeds(&sandbox.run(&["undo", "--yes"]));
    assert_eq!(found(&sandbox).map(|rewind| rewind.is_settled), Some(false));
    sandbox.let_time_pass();
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn what_a_restore_went_back_behind_is_no_rewind() {
    let sandbox = three_messages();
    let rewound = sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let after = sandbox.take(Kind::Rewind, at(10));
    sandbox.restore(&rewound, Scope::Full).unwrap();
    let rewind = found(&sandbox).expect("the snapshot that live went back behind");
    assert_eq!((rewind.snapshot, rewind.is_settled), (after, true));
}

#[test]
fn of_two_rewinds_the_newer_is_taken_back() {
    let sandbox = three_messages();
    sandbox.rewind(5, at(0));
    let before = sandbox.dump();
    let newer = sandbox.rewind(3, at(10));
    gone_of(&sandbox, &newer);
    succeeds(&sandbox.run(&["recover", "--yes"]));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_damaged_snapshot_of_a_newer_rewind_is_passed_over() {
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
        succeeds(&sandbox.run(&["recover", "--yes"]));
        assert_eq!(sandbox.dump(), before);
    }
}

#[test]
fn recover_refuses_a_profile_whose_columns_are_not_there() {
    let mut sandbox = Sandbox::new();
    sandbox.profile.log.as_mut().unwrap().superseded_by = Some("taken_back_by".to_owned());
    let error =
        find_rewind(&sandbox.database(), &sandbox.profile, &[], &mut unattended).unwrap_err();
    let says = "it has no column taken_back_by, which the profile names as its superseded_by";
    assert!(error.to_string().ends_with(says), "{error}");
}

#[test]
fn rows_that_refer_to_nothing_come_back_if_it_is_asked_for() {
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

#[test]
fn a_damaged_snapshot_is_passed_over_by_name() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("Is the lamp still burning?");
    sandbox.event("Yes.");
    let whole = sandbox.rewind(first, at(20));
    sandbox.event("Who is there?");
    for noted in [true, false] {
        let damaged = sandbox.take(Kind::Rewind, at(if noted { 30 } else { 40 }));
        let bytes = std::fs::read_to_string(&damaged.path).unwrap();
        let bytes = bytes.replace("{\"id\": 1,", "{\"id\": 1 ");
        std::fs::write(&damaged.path, bytes).unwrap();
        if !noted {
            std::fs::remove_file(damaged.path.with_extension("note")).unwrap();
        }
        let ran = sandbox.run(&["recover", "--dry-run"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let says = format!("! passed over, {} is damaged: ", damaged.name());
        assert!(ran.out.contains(&says), "{}", ran.out);
        assert!(ran.out.contains(&format!("restore {}", whole.name())));
    }
    std::fs::remove_file(&whole.path).unwrap();
    let ran = sandbox.run(&["recover"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("! passed over, "), "{}", ran.err);
}
