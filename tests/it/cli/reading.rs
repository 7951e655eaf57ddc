//! The read-only commands: list, show and due.

use unrewind::core::Kind;

use super::{assert_fails, keys, sample_chat, steady};
use crate::sandbox::{Sandbox, age, at};

#[test]
fn list_shows_both_kinds_newest_first() {
    let ran = sample_chat().run(&["list"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(steady(&ran.out), @r"
    KIND  NAME  TAKEN  AGE  SIZE  LAST EVENT
    periodic  20210314T122000Z  2021-03-14 12:20:00  N d  43 B  7  damaged: cut short
    rewind  20210314T121000Z  2021-03-14 12:10:00  N d  1.7 kB  6
    periodic  20210314T120000Z  2021-03-14 12:00:00  N d  1.3 kB  4
    ");
}

#[test]
fn list_aligns_its_columns() {
    let ran = sample_chat().run(&["list"]);
    let ends = ran.out.lines().map(|line| line.find("  ").unwrap());
    assert_eq!(ends.collect::<Vec<_>>(), [4, 8, 6, 8]);
    let second: Vec<_> = ran.out.lines().map(|line| &line[10..12]).collect();
    assert_eq!(second, ["NA", "20", "20", "20"]);
    let sizes: Vec<_> = ran
        .out
        .lines()
        .map(|line| line.find("SIZE").or(line.find(" B")).or(line.find("kB")))
        .collect();
    assert_eq!(sizes.iter().flatten().count(), 4);
}

#[test]
fn list_can_show_one_kind() {
    let sandbox = sample_chat();
    for (kind, count) in [("rewind", 1), ("periodic", 2)] {
        let listed = sandbox.run(&["list", "--kind", kind, "--json"]).json();
        let listed = listed.as_array().unwrap();
        assert_eq!(listed.len(), count);
        assert!(listed.iter().all(|snapshot| snapshot["kind"] == kind));
    }
}

#[test]
fn list_marks_safety_snapshots() {
    let sandbox = sample_chat();
    let snapshot = sandbox.list().remove(2);
    sandbox
        .restore(&snapshot, unrewind::core::Scope::Full)
        .unwrap();
    let safety_snapshot = sandbox.run(&["list", "--kind", "rewind"]).out;
    assert!(
        safety_snapshot
            .lines()
            .nth(1)
            .unwrap()
            .ends_with("  safety"),
        "{safety_snapshot}"
    );
    assert!(
        safety_snapshot.lines().nth(2).unwrap().ends_with('6'),
        "{safety_snapshot}"
    );
}

#[test]
fn list_with_json_is_an_array_of_objects() {
    let sandbox = sample_chat();
    let listed = sandbox.run(&["list", "--json"]).json();
    let keys_of_one = [
        "age_seconds",
        "damaged",
        "ends_at",
        "kind",
        "label",
        "last_event_id",
        "name",
        "off_log",
        "path",
        "pinned",
        "size_bytes",
        "stamp",
        "stored_in",
        "taken_at",
        "unreadable",
        "verified",
    ];
    for snapshot in listed.as_array().unwrap() {
        assert_eq!(keys(snapshot), keys_of_one);
        assert!(snapshot["age_seconds"].as_i64() > Some(86_400));
    }
    let rewind = &listed[1];
    assert_eq!(rewind["kind"], "rewind");
    assert_eq!(rewind["stamp"], "20210314T121000Z");
    assert_eq!(
        rewind["path"],
        "data/snapshots/rewind/20210314T121000Z.json"
    );
    assert_eq!(rewind["taken_at"], "2021-03-14T12:10:00Z");
    assert_eq!(rewind["size_bytes"], sandbox.list()[1].size);
    assert_eq!(rewind["last_event_id"], 6);
    assert!(rewind["damaged"].is_null());
    assert_eq!(listed[0]["damaged"], "cut short");
}

#[test]
fn list_without_snapshots_names_the_folder() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["list"]);
    assert_eq!(
        (ran.code, &*ran.out, &*ran.err),
        (0, "", "no snapshots in data/snapshots\n")
    );
    assert_eq!(
        sandbox.run(&["list", "--json"]).json(),
        serde_json::json!([])
    );
}

#[test]
fn list_needs_no_database() {
    let mut sandbox = sample_chat();
    sandbox.quit();
    std::fs::remove_file(sandbox.db()).unwrap();
    assert_eq!(sandbox.run(&["list"]).code, 0);
}

#[test]
fn show_compares_a_snapshot_with_live() {
    let sandbox = sample_chat();
    sandbox.sql("DROP TABLE activity; DELETE FROM memories");
    let ran = sandbox.run(&["show", "latest:rewind"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.err
            .starts_with("! the database has no table activity, "),
        "{ran:?}"
    );
    insta::assert_snapshot!(steady(&ran.out), @r"
    rewind/20210314T121000Z: taken 2021-03-14 12:10:00, N d ago, 1.7 kB, last event 6

    TABLE  SNAPSHOT  LIVE  DIFF
    event_log  6  8  -2
    bots  1  1  =
    you_entity  0  0  =
    edges  0  0  =
    memories  1  0  +1
    chats  1  1  =
    chat_state  1  1  =
    containers  0  0  =
    scenes  0  0  =
    activity  0  no table  =
    classifier_failures  0  0  =
    ");
}

#[test]
fn show_works_without_live() {
    let mut sandbox = sample_chat();
    sandbox.quit();
    std::fs::remove_file(sandbox.db()).unwrap();
    let ran = sandbox.run(&["show", "latest:rewind"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains("\nmemories                    1\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.err
            .starts_with("live is not shown: there is no SQLite database in data"),
        "{}",
        ran.err
    );
}

#[test]
fn show_live_counts_its_rows() {
    let ran = sample_chat().run(&["show", "live"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let head = ran.out.lines().next().unwrap();
    assert!(head.starts_with("live: data/chat.db, "), "{head}");
    assert!(head.ends_with("kB, last event 8"), "{head}");
    assert!(
        ran.out
            .contains("\nevent_log               8\nbots                    1\n"),
        "{}",
        ran.out
    );
}

#[test]
fn show_with_json_is_a_snapshot_with_its_tables() {
    let sandbox = sample_chat();
    let tables = [
        "activity",
        "bots",
        "chat_state",
        "chats",
        "classifier_failures",
        "containers",
        "edges",
        "event_log",
        "memories",
        "scenes",
        "you_entity",
    ];
    let keys_of_one = [
        "age_seconds",
        "columns_lacking",
        "damaged",
        "ends_at",
        "kind",
        "label",
        "last_event_id",
        "name",
        "off_log",
        "path",
        "pinned",
        "size_bytes",
        "stamp",
        "stored_in",
        "tables",
        "tables_lacking",
        "tables_not_held",
        "taken_at",
        "unreadable",
        "verified",
    ];
    let shown = sandbox.run(&["show", "latest:rewind", "--json"]).json();
    assert_eq!(
        (keys(&shown), keys(&shown["tables"])),
        (keys_of_one.to_vec(), tables.to_vec())
    );
    assert_eq!(shown["tables"]["event_log"], 6);
    assert_eq!(shown["last_event_id"], 6);
    let live = sandbox.run(&["show", "live", "--json"]).json();
    assert_eq!(
        (keys(&live), keys(&live["tables"])),
        (keys_of_one.to_vec(), tables.to_vec())
    );
    assert_eq!(live["path"], "data/chat.db");
    assert_eq!(live["last_event_id"], 8);
    assert_eq!(live["tables"]["event_log"], 8);
    for key in [
        "kind", "name", "stamp", "damaged", "label", "pinned", "verified",
    ] {
        assert!(live[key].is_null(), "{key}");
    }
}

#[test]
fn show_of_a_damaged_snapshot_names_the_place_of_the_damage() {
    assert_fails(
        &sample_chat().run(&["show", "periodic/20210314T122000Z"]),
        "unrewind: data/snapshots/periodic/20210314T122000Z.json: table event_log, row 1, byte 43: the file ends here, cut short\n\
         hint: the file is damaged or not a snapshot; choose another one\n",
    );
}

#[test]
fn due_exits_with_0_if_a_snapshot_is_due_and_with_10_if_not() {
    let sandbox = Sandbox::new();
    let first = sandbox.run(&["due"]);
    assert_eq!(
        (first.code, &*first.out),
        (0, "due: there is no periodic snapshot yet\n")
    );
    let snapshot = sandbox.take(Kind::Periodic, at(0));
    let old = sandbox.run(&["due", "--json"]);
    assert_eq!((old.code, keys(&old.json())), (0, vec!["due", "reason"]));
    assert_eq!(old.json()["due"], true);
    let reason = old.json()["reason"].as_str().map(steady);
    assert_eq!(
        reason.as_deref(),
        Some("the newest periodic snapshot is N d old\n")
    );
    age(
        &snapshot.path,
        chrono::Utc::now() + chrono::TimeDelta::hours(1),
    );
    sandbox.event("Hello?");
    let not_due = sandbox.run(&["due", "--json"]);
    assert_eq!((not_due.code, &not_due.json()["due"]), (10, &false.into()));
    let ran = sandbox.run(&["due"]);
    assert!(
        ran.out
            .starts_with("not due: the newest periodic snapshot is "),
        "{}",
        ran.out
    );
    assert!(ran.out.ends_with(", with 1 event since\n"), "{}", ran.out);
}

#[test]
fn no_snapshot_of_an_empty_log_is_due() {
    let sandbox = Sandbox::with_schema("CREATE TABLE event_log (id INTEGER PRIMARY KEY)");
    let ran = sandbox.run(&["due"]);
    assert_eq!(
        (ran.code, &*ran.out),
        (10, "not due: there are no events to capture\n")
    );
}
