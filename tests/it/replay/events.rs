//! Single events: they count again, and the application or the command makes their rows.

use std::collections::BTreeSet;

use rusqlite::Connection;
use unrewind::core::{
    Error, Kind, Parents, RestoreOptions, RestorePlan, Restored, Result, RowKey, RowOf, Safety,
    Snapshot, unattended,
};

use super::{history, tables, with_projection};
use crate::{
    chat,
    sandbox::{Sandbox, at},
};

fn chosen(events: &[i64]) -> RestoreOptions {
    let row = |table: &str, key: String| RowOf {
        table: table.to_owned(),
        key: RowKey::parse(&key),
    };
    RestoreOptions {
        rows: events
            .iter()
            .map(|id| row("event_log", id.to_string()))
            .collect(),
        ..RestoreOptions::default()
    }
}

fn plan(sandbox: &Sandbox, snapshot: &Snapshot, options: RestoreOptions) -> Result<RestorePlan> {
    let (database, store) = (sandbox.database(), sandbox.store());
    let (profile, on) = (&sandbox.profile, &mut unattended);
    RestorePlan::of_snapshot(database, profile, &store, snapshot.clone(), options, on)
}

fn restore(sandbox: &Sandbox, snapshot: &Snapshot, events: &[i64]) -> Restored {
    let plan = plan(sandbox, snapshot, chosen(events)).unwrap();
    let (store, safety) = (sandbox.store(), Safety::default());
    plan.apply(&store, safety, at(99), &mut unattended).unwrap()
}

/// The ids of these events of the log.
fn ids(sandbox: &Sandbox, which: &str) -> BTreeSet<i64> {
    let ids = sandbox.rows(&format!("SELECT id FROM event_log WHERE {which}"));
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

/// Which events count.
const ACTIVE: &str = "superseded_by IS NULL AND hidden = 0";

/// Memories of events 4, 5 and 6, which a rewind took back; event 8 after it.
fn rewound() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.event("Hello?");
    sandbox.take(Kind::Periodic, at(0));
    for text in ["The lamp burns.", "It has 242 steps.", "The lamp went out."] {
        sandbox.memory(text);
    }
    let snapshot = sandbox.rewind(3, at(1));
    sandbox.event("Good night.");
    (sandbox, snapshot)
}

#[test]
fn a_command_makes_the_rows_of_chosen_events() {
    let (sandbox, snapshot) = rewound();
    let sandbox = with_projection(sandbox);
    let before = sandbox.dump();
    let restored = restore(&sandbox, &snapshot, &[5, 6]);
    assert_eq!(
        (restored.begins, restored.replays, restored.events_back),
        (8, 0, 2)
    );
    assert_eq!(sandbox.rows("SELECT id FROM memories"), ["5", "6"]);
    // The rewind stays, superseded by itself: event 4 stays rewound by it.
    let flags = sandbox.rows("SELECT id, superseded_by FROM event_log WHERE id > 3");
    assert_eq!(
        flags,
        ["4 | 7", "5 | NULL", "6 | NULL", "7 | 7", "8 | NULL"]
    );
    assert_eq!(
        tables(&sandbox.app),
        tables(&chat::projected(&sandbox.app, None, 0))
    );
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn the_rewind_leaves_the_log_with_the_last_event_that_it_took_back() {
    let (sandbox, snapshot) = rewound();
    let sandbox = with_projection(sandbox);
    restore(&sandbox, &snapshot, &[4, 5, 6]);
    assert_eq!(ids(&sandbox, ACTIVE), BTreeSet::from([1, 2, 3, 4, 5, 6, 8]));
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM event_log WHERE id = 7"),
        ["0"]
    );
}

#[test]
fn without_a_command_the_next_start_makes_the_rows() {
    let (sandbox, snapshot) = rewound();
    let before = sandbox.dump();
    let restored = restore(&sandbox, &snapshot, &[5]);
    // 5 and 8, over the tables of the periodic snapshot.
    assert_eq!((restored.begins, restored.replays), (3, 2));
    let started = chat::copy(&sandbox.app);
    chat::load_cold(&started, &sandbox.data());
    assert_eq!(
        tables(&started),
        tables(&chat::projected(&sandbox.app, None, 0))
    );
    assert_eq!(Sandbox::rows_of(&started, "SELECT id FROM memories"), ["5"]);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn an_event_that_live_lost_comes_back_under_its_id() {
    let (sandbox, snapshot) = rewound();
    let sandbox = with_projection(sandbox);
    sandbox.sql("PRAGMA foreign_keys = OFF; DELETE FROM event_log WHERE id IN (5, 7)");
    restore(&sandbox, &snapshot, &[5]);
    assert_eq!(sandbox.rows("SELECT id FROM memories"), ["5"]);
    assert!(ids(&sandbox, ACTIVE).contains(&5));
}

#[test]
fn chosen_events_of_random_histories_count_again_and_no_others() {
    let mut restored = 0;
    for seed in 1..=12 {
        let (sandbox, _) = history(seed);
        let sandbox = with_projection(sandbox);
        let rewinds = ids(&sandbox, "kind = 'rewind'");
        let before = ids(&sandbox, ACTIVE);
        let rewound = ids(&sandbox, "superseded_by IS NOT NULL AND kind <> 'rewind'");
        for snapshot in sandbox.list() {
            let is_held = |id: &&i64| Some(**id) <= snapshot.ends_at();
            let chosen: Vec<i64> = rewound.iter().filter(is_held).step_by(2).copied().collect();
            if snapshot.kind() != Some(Kind::Rewind) || chosen.is_empty() {
                continue;
            }
            // The snapshot may have them rewound, too.
            if let Err(Error::TableChoice { .. }) = plan(&sandbox, &snapshot, self::chosen(&chosen))
            {
                continue;
            }
            restore(&sandbox, &snapshot, &chosen);
            let now = ids(&sandbox, ACTIVE);
            let lost: Vec<i64> = before.difference(&now).copied().collect();
            assert!(
                lost.iter().all(|id| rewinds.contains(id)),
                "seed {seed}: {lost:?}"
            );
            let back: Vec<i64> = now.difference(&before).copied().collect();
            assert!(
                back.iter().all(|id| chosen.contains(id)),
                "seed {seed}: {back:?}"
            );
            let promised = chat::projected(&sandbox.app, None, 0);
            assert_eq!(tables(&sandbox.app), tables(&promised), "seed {seed}");
            restored += back.len();
            break;
        }
    }
    assert!(restored > 5, "{restored}");
}

#[test]
fn what_cannot_be_restored_as_an_event_is_refused() {
    let (mut sandbox, snapshot) = rewound();
    let before = sandbox.dump();
    let error = |sandbox: &Sandbox, options| {
        let refused = plan(sandbox, &snapshot, options).unwrap_err();
        assert!(
            matches!(refused, Error::TableChoice { .. } | Error::OldIds { .. }),
            "{refused:?}"
        );
        refused.to_string()
    };
    insta::assert_snapshot!(error(&sandbox, chosen(&[5, 99])), @"the snapshot has no event 99");
    let mut mixed = chosen(&[5]);
    mixed.rows.push(RowOf {
        table: "memories".to_owned(),
        key: RowKey::parse("5"),
    });
    insta::assert_snapshot!(error(&sandbox, mixed), @"events and rows cannot be restored together: choose only events, which bring the rows that they make, or only rows");
    let with_parents = RestoreOptions {
        parents: Parents::Insert,
        ..chosen(&[5])
    };
    insta::assert_snapshot!(error(&sandbox, with_parents), @"events and rows cannot be restored together: choose only events, which bring the rows that they make, or only rows");
    let mut named = chosen(&[]);
    named.rows.push(RowOf {
        table: "event_log".to_owned(),
        key: RowKey::parse("five"),
    });
    insta::assert_snapshot!(error(&sandbox, named), @r#"an event is named by its id, and "five" is not an id"#);
    insta::assert_snapshot!(error(&sandbox, chosen(&[2])), @"event 2 is in the live database as in the snapshot: nothing would come back");
    insta::assert_snapshot!(error(&sandbox, chosen(&[1, 3])), @"the chosen events are in the live database as in the snapshot: nothing would come back");
    sandbox.profile.replays_on_start = false;
    insta::assert_snapshot!(error(&sandbox, chosen(&[5, 6])), @"events 5, 6 cannot be restored alone: neither the application's start nor a replay command makes the rows; restore rows without their events, or the whole log as of an event with `restore --at`");
    sandbox.profile.replays_on_start = true;
    sandbox.sql("UPDATE event_log SET ts = '1999' WHERE id = 6");
    insta::assert_snapshot!(error(&sandbox, chosen(&[6])), @"cannot keep event 6 of the live database: the snapshot has another event of this id");
    sandbox.sql("UPDATE event_log SET ts = '2021-03-14T09:05:00Z' WHERE id = 6");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn the_program_restores_events_also_into_a_new_file() {
    let (sandbox, _) = rewound();
    let words = [
        "restore",
        "latest:rewind",
        "--row",
        "event_log=5",
        "--dry-run",
    ];
    let plan = sandbox.run(&words).out;
    // What follows depends on whether Unrewind sees which programs have the database open.
    let (before, _) = plan.split_once("! ").unwrap();
    insta::assert_snapshot!(before, @r"
    restore rewind/20210314T120100Z into data/chat.db

    1 event comes back, now rewound:
        5  “It has 242 steps.”
    the tables begin with those of periodic/20210314T120000Z, as of event 3; the application replays 2 events to 8 when it starts
    1 event no longer counts: it is a rewind, and other events stay rewound by it:
        7  rewind
    ");
    let words = [
        "restore",
        "latest:rewind",
        "--row",
        "event_log=5",
        "--into",
        "new.db",
    ];
    let ran = sandbox.run(&words);
    assert_eq!(ran.code, 0, "{ran:?}");
    let new = Connection::open(sandbox.path().join("new.db")).unwrap();
    let flag = "SELECT superseded_by FROM event_log WHERE id = 5";
    assert_eq!(Sandbox::rows_of(&new, flag), ["NULL"]);
    let words = [
        "restore",
        "latest:rewind",
        "--row",
        "event_log=5",
        "--yes",
        "--json",
    ];
    let json = sandbox.run(&words).json();
    assert_eq!(json["replays"], 2);
    assert_eq!(json["rows"][0]["key"], 5);
    assert_eq!(sandbox.rows(flag), ["NULL"]);
}
