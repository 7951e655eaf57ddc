//! Proving the command: from each snapshot it must make the tables of the next of the same history.

use std::fs;

use chrono::TimeDelta;
use unrewind::core::{
    Change, Error, Kind, ReplayCheck, ReplayFinding, RowKey, Scope, Snapshot, Unpaired, unattended,
};

use super::{files, history, of_this_program, settings, with_projection};
use crate::{
    chat,
    sandbox::{Sandbox, at, now},
    system::is_folder_lock,
};

fn check(sandbox: &Sandbox, snapshot: &Snapshot) -> ReplayFinding {
    let store = sandbox.store();
    let check = ReplayCheck::new(sandbox.database(), &sandbox.profile, &store).unwrap();
    check.of(snapshot, &mut unattended).unwrap()
}

/// From which snapshot and over how many events a replay led to the same tables.
#[track_caller]
fn same(finding: &ReplayFinding) -> (&str, u64) {
    match finding {
        ReplayFinding::Replayed {
            from,
            events,
            difference: None,
        } => (from, *events),
        other => panic!("{other:?}"),
    }
}

fn feel(sandbox: &Sandbox, feeling: &str) {
    let payload = serde_json::json!({ "bot": "mara", "feeling": feeling });
    sandbox.log("felt", &payload);
}

/// Periodic snapshots of events 3 and 5, with a rewind snapshot of event 6 after them, and one of event 8 after
/// the rewind.
fn rewound() -> (Sandbox, Vec<Snapshot>) {
    let sandbox = Sandbox::new();
    feel(&sandbox, "fond");
    let first = sandbox.take(Kind::Periodic, at(0));
    sandbox.memory("The lamp burns.");
    feel(&sandbox, "proud");
    let second = sandbox.take(Kind::Periodic, at(1));
    sandbox.memory("The lamp went out.");
    let before = sandbox.rewind(4, at(2));
    sandbox.event("Hello?");
    let last = sandbox.take(Kind::Periodic, at(3));
    (with_projection(sandbox), vec![first, second, before, last])
}

#[test]
fn each_snapshot_follows_from_the_one_before_it_in_its_history() {
    let (sandbox, snapshots) = rewound();
    let files_before = files(&sandbox.data());
    let [first, second, before, last] = &snapshots[..] else {
        panic!("{snapshots:?}")
    };
    assert_eq!(
        check(&sandbox, first),
        ReplayFinding::Unpaired(Unpaired::First)
    );
    assert_eq!(same(&check(&sandbox, second)), (&*first.name(), 2));
    assert_eq!(same(&check(&sandbox, before)), (&*second.name(), 1));
    // The rewind took event 5 back: 4, the rewind and 8 count.
    assert_eq!(same(&check(&sandbox, last)), (&*first.name(), 3));
    assert_eq!(files(&sandbox.data()), files_before);
}

#[test]
fn every_pair_of_a_random_history_is_the_same() {
    for seed in 1..4 {
        let (sandbox, _) = history(seed);
        let sandbox = with_projection(sandbox);
        let findings = sandbox.list();
        let findings = findings.iter().map(|snapshot| check(&sandbox, snapshot));
        let paired =
            findings.filter(|finding| *finding != ReplayFinding::Unpaired(Unpaired::First));
        assert!(
            paired.map(|finding| same(&finding).1).sum::<u64>() > 0,
            "seed {seed}"
        );
    }
}

#[test]
fn the_first_row_that_differs_is_named() {
    let (mut sandbox, snapshots) = rewound();
    sandbox.profile.replay = Some(of_this_program("forgets_feelings"));
    match check(&sandbox, &snapshots[1]) {
        ReplayFinding::Replayed {
            difference: Some(difference),
            ..
        } => {
            assert_eq!(difference.table.name, "edges");
            let key = RowKey::of(difference.change.newest(), &difference.table);
            assert_eq!(key, RowKey::parse(r#"["mara", "you"]"#));
            let Change::Changed { from, to } = &difference.change else {
                panic!("{difference:?}")
            };
            let columns: Vec<usize> = from.changed_columns(to).collect();
            assert_eq!(columns, [difference.table.column("feeling").unwrap()]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn snapshots_off_the_log_and_after_a_restore_are_not_paired() {
    let (sandbox, snapshots) = rewound();
    let restored = sandbox.restore(&snapshots[1], Scope::Full).unwrap();
    let checkpoint = restored.checkpoint.unwrap();
    assert_eq!(
        check(&sandbox, &checkpoint),
        ReplayFinding::Unpaired(Unpaired::First)
    );
    let safety = restored.safety_snapshot.unwrap();
    assert_eq!(same(&check(&sandbox, &safety)).0, snapshots[3].name());
    sandbox.event("Hello?");
    let later = now() + TimeDelta::minutes(1);
    let after = sandbox.put(Kind::Periodic, later, chat::snapshot(&sandbox.app));
    assert_eq!(same(&check(&sandbox, &after)), (&*checkpoint.name(), 1));

    let restored = sandbox.restore(&snapshots[0], Scope::Tables).unwrap();
    let checkpoint = sandbox.found(&restored.checkpoint.unwrap().path);
    assert_eq!(
        check(&sandbox, &checkpoint),
        ReplayFinding::Unpaired(Unpaired::OffLog)
    );
}

#[test]
fn without_a_command_nothing_is_checked() {
    let (mut sandbox, _) = rewound();
    sandbox.profile.replay = None;
    let store = sandbox.store();
    let refused = ReplayCheck::new(sandbox.database(), &sandbox.profile, &store);
    assert!(matches!(refused.err(), Some(Error::Invalid { .. })));
    let ran = sandbox.run(&["verify", "--replay"]);
    assert_eq!((ran.code, &*ran.out), (2, ""), "{ran:?}");
    assert!(
        ran.err
            .contains("no replay command is set for this data folder"),
        "{ran:?}"
    );
}

#[test]
fn the_program_proves_the_demonstrations_command() {
    let sandbox = settings::demonstration();
    settings::set(&sandbox, settings::OWN, &settings::command());
    let words = ["verify", "--replay", "--data-dir", "demo"];
    let ran = sandbox.run(&words);
    assert_eq!(ran.code, 0, "{ran:?}");
    let replayed = ran.out.lines().filter(|line| line.ends_with(": the same"));
    assert_eq!(replayed.count(), 6, "{ran:?}");
    // The periodic snapshots before old rewinds are long deleted.
    assert_eq!(
        ran.err,
        "7 of 13 snapshots could not be paired with an earlier one\n"
    );

    // One that does not apply the events at all.
    let ending = |code: u8| {
        if cfg!(windows) {
            format!("replay.command = ['cmd', '/c', 'exit {code}']\n")
        } else {
            format!("replay.command = ['/bin/sh', '-c', 'exit {code}']\n")
        }
    };
    settings::set(&sandbox, settings::OWN, &ending(0));
    let ran = sandbox.run(&[&words[..], &["latest:periodic", "--json"]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let replay = &json[0]["replay"];
    assert_eq!(
        (&replay["same"], &replay["not_replayed"]),
        (&false.into(), &().into())
    );
    assert_ne!(replay["difference"]["key"], serde_json::Value::Null);
    assert!(replay["events"].as_u64() > Some(0), "{replay}");
    // A failure is no finding.
    settings::set(&sandbox, settings::OWN, &ending(1));
    let ran = sandbox.run(&[&words[..], &["latest:periodic"]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    let program = if cfg!(windows) { "cmd" } else { "/bin/sh" };
    let failed = format!("not verified: the replay command {program} failed");
    assert!(ran.err.contains(&failed), "{ran:?}");
    let left = fs::read_dir(sandbox.path().join("demo/snapshots"))
        .unwrap()
        .filter(|entry| !is_folder_lock(&entry.as_ref().unwrap().file_name()))
        .count();
    assert_eq!(left, 3, "the folders of both kinds, and the kept schema");
}
