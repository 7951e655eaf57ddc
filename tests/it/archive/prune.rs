//! What a prune shows of the archive: which snapshots it holds, which go there first, and that what it holds is
//! not lost.

use std::fs;

use unrewind::core::{ArchiveSettings, Error, PrunePlan};

use super::{chat, workspace};
use crate::sandbox::{Sandbox, at};

/// Prints the plan of a prune, for people and as JSON.
fn planned(sandbox: &Sandbox) -> (String, serde_json::Value) {
    let ran = sandbox.run(&["prune", "--dry-run"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let json = sandbox.run(&["prune", "--dry-run", "--json"]).json();
    (ran.out, json)
}

#[test]
fn what_the_archive_holds_is_not_lost_by_a_prune() {
    let (sandbox, _, _) = chat();
    let (text, json) = planned(&sandbox);
    let held_nowhere_else = "it holds 1 row of memories that exists nowhere else";
    assert!(text.contains(held_nowhere_else), "{text}");
    assert!(!text.contains("archived"), "{text}");
    assert_eq!(json["archived"], 0);
    assert_eq!(sandbox.run(&["archive", "add", "--all"]).code, 0);
    let (text, json) = planned(&sandbox);
    assert!(
        text.contains("; archived: 1 of 1\nthe archive keeps everything\n"),
        "{text}"
    );
    assert!(text.contains("every row exists elsewhere, too"), "{text}");
    assert_eq!(json["archived"], 1);
    assert_eq!(json["archived_first"], 0);
    assert_eq!(json["held_nowhere_else"], serde_json::json!({}));
}

#[test]
fn a_prune_that_archives_first_says_so_and_loses_nothing() {
    let (sandbox, _, _) = chat();
    let own = sandbox.path().join("config/unrewind/config.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    let settings = "before_prune = true\nkeep = { daily = 14, yearly = 1, within = \"2d\" }";
    fs::write(own, format!("[archive]\n{settings}\n")).unwrap();
    let (text, json) = planned(&sandbox);
    let keeps = "by its policy the archive keeps 14 daily, 1 yearly, all of the last 2 d";
    let said = format!("; 1 goes to the archive first\n{keeps}\n");
    assert!(text.contains(&said), "{text}");
    assert!(text.contains("every row exists elsewhere, too"), "{text}");
    assert_eq!(
        (&json["archived"], &json["archived_first"]),
        (&0.into(), &1.into())
    );
    assert_eq!(json["held_nowhere_else"], serde_json::json!({}));
    // A plan archives nothing.
    let listed = sandbox.run(&["archive", "list", "--json"]).json();
    assert_eq!(listed, serde_json::json!([]));
    let ran = sandbox.run(&["prune", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let listed = sandbox.run(&["archive", "list", "--json"]).json();
    assert_eq!(listed[0]["snapshot"], "rewind/20210314T122000Z");
}

#[test]
fn what_is_not_archived_and_what_cannot_be_deleted_are_named_in_one_error() {
    let (sandbox, _, _) = chat();
    let proves = ArchiveSettings {
        before_prune: true,
        ..ArchiveSettings::default()
    };
    let workspace = workspace(&sandbox, proves);
    let [old, chosen] = ["latest:rewind", "latest:periodic"].map(|name| sandbox.found_named(name));
    let all = sandbox.list();
    let now = at(20) + chrono::TimeDelta::days(20);
    let by_policy = PrunePlan::by_policy(&all, &sandbox.profile, now);
    let mut plan = PrunePlan::of_chosen(vec![chosen.clone()], &all);
    plan.verdicts.extend(by_policy.deleted().cloned());
    // Both were written since.
    for snapshot in [&old, &chosen] {
        let mut bytes = fs::read(&snapshot.path).unwrap();
        bytes.push(b' ');
        fs::write(&snapshot.path, bytes).unwrap();
    }
    let error = workspace.prune(plan).unwrap_err();
    let Error::Delete {
        deleted,
        left,
        source,
    } = &error
    else {
        panic!("{error}");
    };
    assert!(deleted.is_empty());
    assert_eq!(*left, [&*chosen.path, &*old.path]);
    let kept = format!("{} was kept: it is not in the archive: ", old.name());
    let source = source.to_string();
    assert!(
        source.contains(&kept) && !source.starts_with(&kept),
        "{source}"
    );
}
