//! What a watch does at the archive beside adding: it forgets by the policy, checks a part each day, and proves
//! what pruning is to delete.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use unrewind::core::{
    Archive, ArchiveRetention, ArchiveSettings, ArchiveStep, Kind, Snapshot, Watch, WatchAct,
    Workspace, unattended,
};

use super::{configure, named, once};
use crate::{
    archive::{add, chat, names, packs, settings, workspace},
    sandbox::{Sandbox, at},
};

/// An archive with a policy that keeps the newest of four hours, and rewind snapshots of six hours in it, which the
/// data folder no longer holds.
pub(super) fn six_hours() -> (Sandbox, Workspace, Archive) {
    let sandbox = Sandbox::new();
    let kept = ArchiveSettings {
        keep: ArchiveRetention {
            hourly: Some(4),
            ..ArchiveRetention::default()
        },
        ..settings(&sandbox.path().join("repository"), "secret")
    };
    let workspace = workspace(&sandbox, kept);
    let (mut archive, _) = workspace.create_archive().unwrap();
    for hour in 0..6 {
        sandbox.event("Another hour.");
        let snapshot = sandbox.take(Kind::Rewind, at(60 * hour));
        add(&workspace, &mut archive, &snapshot).unwrap();
        fs::remove_file(&snapshot.path).unwrap();
    }
    (sandbox, workspace, archive)
}

pub(super) fn watch(workspace: &Workspace, now: DateTime<Utc>) -> Watch {
    let store = workspace.store().clone();
    let watch = Watch::begin(workspace.profile().clone(), store, now).unwrap();
    let there = workspace.to_builder().clock(now).build();
    watch.with_archive(there.archiving())
}

/// Does the work that is due at the archive; returns what it did, as text.
pub(super) fn work(workspace: &Workspace, watch: &mut Watch, now: DateTime<Utc>) -> Vec<String> {
    let mut done = Vec::new();
    // Its moment is the work's own: the clock of a workspace stands still while the machine sleeps.
    if let Some(work) = watch.archive_work(now) {
        let result = workspace.do_archive_work(&work, &mut unattended, |step| {
            watch.archive_stepped(&step, now);
            done.push(match step {
                ArchiveStep::Added { snapshot, .. } => format!("added {}", snapshot.name()),
                ArchiveStep::Held(snapshot) => format!("held {}", snapshot.name()),
                ArchiveStep::Proven(snapshot) => format!("proven {}", snapshot.name()),
                ArchiveStep::Checked(flaws) => format!("checked, {} flaws", flaws.len()),
                ArchiveStep::Forgot(gone) => format!("forgot {}", gone.len()),
                ArchiveStep::Spared { gone, of } => format!("spared {gone} of {of}"),
                ArchiveStep::Refused { snapshot, .. } => format!("refused {}", snapshot.name()),
                ArchiveStep::Unproven { snapshot, .. } => format!("unproven {}", snapshot.name()),
                other => format!("{other:?}"),
            });
        });
        watch.archive_ended(&result, now);
        result.unwrap();
    }
    done
}

#[test]
fn the_policy_is_applied_after_adding_and_once_an_hour_at_most() {
    let (sandbox, workspace, archive) = six_hours();
    let mut watch = watch(&workspace, at(360));
    assert_eq!(
        work(&workspace, &mut watch, at(360)),
        ["checked, 0 flaws", "forgot 2"]
    );
    assert_eq!(names(&archive).len(), 4);
    assert_eq!(work(&workspace, &mut watch, at(400)), [""; 0]);
    let seventh = sandbox.take(Kind::Rewind, at(401));
    let added = format!("added {}", seventh.name());
    assert_eq!(work(&workspace, &mut watch, at(402)), [added]);
    fs::remove_file(&seventh.path).unwrap();
    assert_eq!(work(&workspace, &mut watch, at(419)), [""; 0]);
    assert_eq!(work(&workspace, &mut watch, at(421)), ["forgot 1"]);
    assert_eq!(names(&archive).len(), 4);
}

#[test]
fn what_the_data_folder_still_holds_is_not_forgotten() {
    let (sandbox, workspace, archive) = six_hours();
    // Two of the same hour, of which the policy keeps one.
    for minute in [361, 362] {
        sandbox.take(Kind::Rewind, at(minute));
    }
    let mut watch = watch(&workspace, at(363));
    let done = work(&workspace, &mut watch, at(363));
    assert_eq!(done[2..], ["checked, 0 flaws", "forgot 3"]);
    let here: Vec<String> = sandbox.list().iter().map(Snapshot::name).collect();
    assert_eq!(names(&archive)[..2], here);
}

#[test]
fn neither_a_clock_that_jumps_nor_a_slip_forgets_more_than_half() {
    let (sandbox, workspace, archive) = six_hours();
    let all = names(&archive);
    let within = ArchiveSettings {
        keep: ArchiveRetention {
            within: Some(std::time::Duration::from_hours(48)),
            ..ArchiveRetention::default()
        },
        ..workspace.archive_settings().clone()
    };
    let workspace = workspace.to_builder().archive(within).build();
    // The clock is ten years ahead, and so is a snapshot.
    let ahead = at(0) + TimeDelta::days(3650);
    let taken = sandbox.take(Kind::Rewind, ahead);
    let mut first = watch(&workspace, ahead);
    let done = work(&workspace, &mut first, ahead);
    assert_eq!(done[1..], ["checked, 0 flaws", "spared 6 of 7"]);
    // It is right again: the snapshot of the future does not count, and the check is not stopped.
    drop(first);
    let mut second = watch(&workspace, at(361));
    fs::remove_file(&taken.path).unwrap();
    assert_eq!(work(&workspace, &mut second, at(361)), ["checked, 0 flaws"]);
    assert_eq!(names(&archive)[1..], all);
}

#[test]
fn an_append_only_archive_is_checked_and_forgets_nothing() {
    let (_sandbox, workspace, archive) = six_hours();
    let append_only = ArchiveSettings {
        append_only: true,
        ..workspace.archive_settings().clone()
    };
    let workspace = workspace.to_builder().archive(append_only).build();
    let mut watch = watch(&workspace, at(360));
    assert_eq!(work(&workspace, &mut watch, at(360)), ["checked, 0 flaws"]);
    assert_eq!(names(&archive).len(), 6);
}

#[test]
fn every_part_is_checked_within_thirty_days_despite_restarts() {
    let (sandbox, workspace, _) = six_hours();
    let keeps_all = settings(&sandbox.path().join("repository"), "secret");
    let workspace = workspace.to_builder().archive(keeps_all).build();
    let repository = sandbox.path().join("repository");
    // A large pack holds trees, which every check reads.
    let size = |pack: &PathBuf| fs::metadata(pack).unwrap().len();
    let pack = packs(&repository).into_iter().min_by_key(size).unwrap();
    let mut bytes = fs::read(&pack).unwrap();
    bytes[10] ^= 1;
    fs::remove_file(&pack).unwrap();
    fs::write(&pack, bytes).unwrap();
    let mut clean = 0;
    loop {
        let now = at(360) + TimeDelta::days(clean);
        let mut watch = watch(&workspace, now);
        let done = work(&workspace, &mut watch, now);
        let soon = now + TimeDelta::hours(23);
        assert_eq!(work(&workspace, &mut watch, soon), [""; 0]);
        if done != ["checked, 0 flaws"] {
            break;
        }
        clean += 1;
        assert!(clean < 30, "the damage is not found");
    }
}

#[test]
fn an_archive_that_does_not_answer_is_reported_once_and_holds_no_prune() {
    let (sandbox, workspace, _) = chat();
    let now = at(20) + TimeDelta::days(20);
    let mut watch = watch(&workspace, now);
    let run = |watch: &mut Watch, now| {
        let round = watch.run(|| Ok(sandbox.database()), now, &mut unattended);
        round.outcome.unwrap();
        let is_prune = |act: &&WatchAct| matches!(act, WatchAct::Pruned { .. });
        round.acts.iter().filter(is_prune).count()
    };
    let began = Instant::now();
    let later = |minutes| began + Duration::from_mins(minutes);
    assert!(!watch.archive_gets_stuck(began));
    let work = watch.archive_work(now).unwrap();
    assert!(!watch.archive_gets_stuck(later(1)));
    assert!(!watch.archive_gets_stuck(later(10)));
    // A clock that jumps does not make it late.
    assert_eq!(run(&mut watch, now + TimeDelta::days(1)), 0);
    // What moves is an answer, also while no step is done.
    let ended = workspace.do_archive_work(&work, &mut unattended, drop);
    ended.unwrap();
    assert!(!watch.archive_gets_stuck(later(11)));
    assert!(!watch.archive_gets_stuck(later(20)));
    assert_eq!(run(&mut watch, now), 0);
    assert!(watch.archive_gets_stuck(later(21)));
    assert!(!watch.archive_gets_stuck(later(22)));
    assert_eq!(run(&mut watch, now), 1);
}

#[test]
fn a_watch_that_must_prove_deletes_only_what_was_proven() {
    let (sandbox, workspace, archive) = chat();
    let proves = ArchiveSettings {
        before_prune: true,
        ..ArchiveSettings::default()
    };
    let workspace = workspace.to_builder().archive(proves).build();
    let now = at(20) + TimeDelta::days(20);
    let mut watch = watch(&workspace, now);
    let run = |watch: &mut Watch| {
        let round = watch.run(|| Ok(sandbox.database()), now, &mut unattended);
        round.outcome.unwrap();
        let acts = round.acts.into_iter();
        let pruned = acts.filter_map(|act| match act {
            WatchAct::Pruned { snapshot, .. } => Some(snapshot.name()),
            _ => None,
        });
        pruned.collect::<Vec<_>>()
    };
    let old = sandbox.found_named("latest:rewind");
    assert_eq!(run(&mut watch), [""; 0]);
    let done = work(&workspace, &mut watch, now);
    assert!(done.contains(&format!("proven {}", old.name())), "{done:?}");
    assert_eq!(run(&mut watch), [old.name()]);
    assert!(names(&archive).contains(&old.name()));
}

#[test]
fn a_prune_that_must_prove_leaves_what_the_archive_does_not_return() {
    let sandbox = Sandbox::rewound();
    sandbox.take(Kind::Rewind, at(30));
    let place = sandbox.path().join("there").display().to_string();
    configure(
        &sandbox,
        &format!("[archive]\nrepository = {place:?}\nbefore_prune = true\n"),
    );
    let gone = ["rewind/20210314T122000Z", "rewind/20210314T123000Z"];
    let ran = sandbox.run(&["prune", "--yes"]);
    assert_eq!(ran.code, 1);
    let expected = format!(
        "unrewind: deleted 0 of 2 snapshots, then: {} were kept: they are not in the archive: there is no archive {place}\n",
        gone.join(", ")
    );
    assert!(
        ran.err.ends_with(&expected) || ran.err.contains(&expected),
        "{}",
        ran.err
    );
    assert_eq!(sandbox.list().len(), 3);
    // A watch goes on without deleting.
    let ran = once(&sandbox);
    assert_eq!(ran.code, 1);
    assert_eq!(named(&ran, "took").len(), 1);
    assert_eq!(sandbox.list().len(), 4);
    assert_eq!(sandbox.run(&["archive", "init"]).code, 0);
    let ran = sandbox.run(&["prune", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(sandbox.list().len(), 2);
    let listed = sandbox.run(&["archive", "list", "--json"]).json();
    let listed: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["snapshot"].as_str().unwrap())
        .collect();
    assert_eq!(listed, [gone[1], gone[0]]);
}

#[test]
fn a_data_folder_cannot_turn_off_that_pruning_proves() {
    let sandbox = Sandbox::rewound();
    configure(&sandbox, "[archive]\nbefore_prune = true\n");
    let own = sandbox.data().join("unrewind.toml");
    fs::write(own, "[archive]\nbefore_prune = false\n").unwrap();
    let ran = sandbox.run(&["prune", "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err
            .contains("the settings of [archive], which are yours"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("was kept: it is not in the archive"),
        "{}",
        ran.err
    );
    assert_eq!(sandbox.list().len(), 2);
    // What is deleted by name goes.
    let ran = sandbox.run(&["delete", "latest:rewind", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}
