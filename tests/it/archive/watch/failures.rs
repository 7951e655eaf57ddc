//! Failures in the work of a watch at the archive: each is reported, and keeps nothing else from being done.

use std::{fs, os::unix::fs::symlink, path::Path};

use chrono::TimeDelta;
use unrewind::core::{ArchiveRetention, ArchiveSettings, Kind, unattended};

use super::upkeep::{six_hours, watch, work};
use crate::{
    archive::{add, chat, names, packs, settings},
    sandbox::{age, at},
};

/// Changes a byte in each of these packs; returns them as they were.
fn damage(packs: &[std::path::PathBuf]) -> Vec<Vec<u8>> {
    let whole = packs.iter().map(|pack| fs::read(pack).unwrap()).collect();
    for pack in packs {
        let mut bytes = fs::read(pack).unwrap();
        bytes[10] ^= 1;
        rewrite(pack, &bytes);
    }
    whole
}

/// Restic's files are read-only.
fn rewrite(pack: &Path, bytes: &[u8]) {
    fs::remove_file(pack).unwrap();
    fs::write(pack, bytes).unwrap();
}

#[test]
fn nothing_is_forgotten_until_the_damaged_part_is_clean_again() {
    let (sandbox, workspace, archive) = six_hours();
    let all = names(&archive);
    // Every check reads the trees, so the one on the first day finds this.
    let packs = packs(&sandbox.path().join("repository"));
    let whole = damage(&packs);
    let day = |day: i64| at(360) + TimeDelta::days(day);
    let part = || {
        let text = fs::read(sandbox.data().join("snapshots/.unrewind-check")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&text).unwrap()["part"].clone()
    };
    let mut first = watch(&workspace, day(0));
    let done = work(&workspace, &mut first, day(0));
    assert!(done.len() == 1 && done[0] != "checked, 0 flaws", "{done:?}");
    let damaged = part();
    // Nor by a watch that begins anew, nor after an add.
    drop(first);
    let mut second = watch(&workspace, day(0));
    let hour = day(0) + TimeDelta::hours(2);
    sandbox.take(Kind::Rewind, hour);
    let done = work(&workspace, &mut second, hour);
    assert!(
        done.iter().all(|done| done.starts_with("added")),
        "{done:?}"
    );
    let done = work(&workspace, &mut second, day(1));
    assert_eq!(done.len(), 2, "{done:?}");
    assert_ne!(done[1], "checked, 0 flaws");
    assert_eq!(part(), damaged);
    assert!(names(&archive).ends_with(&all));
    for (pack, bytes) in packs.iter().zip(whole) {
        rewrite(pack, &bytes);
    }
    let done = work(&workspace, &mut second, day(2));
    assert_eq!(done[1..], ["checked, 0 flaws", "forgot 3"]);
    assert_eq!(part(), damaged);
    work(&workspace, &mut second, day(3));
    assert_ne!(part(), damaged);
}

#[test]
fn a_whole_check_by_hand_ends_the_damage_that_a_watch_found() {
    let (sandbox, workspace, archive) = six_hours();
    let packs = packs(&sandbox.path().join("repository"));
    let whole = damage(&packs);
    let mut watch = watch(&workspace, at(360));
    work(&workspace, &mut watch, at(360));
    for (pack, bytes) in packs.iter().zip(whole) {
        rewrite(pack, &bytes);
    }
    let flaws = archive.check(Some((1, 1)), &mut unattended).unwrap();
    assert!(flaws.is_empty(), "{flaws:?}");
    let hour = at(360) + TimeDelta::hours(2);
    sandbox.take(Kind::Rewind, hour);
    let done = work(&workspace, &mut watch, hour);
    assert_eq!(done[1..], ["forgot 3"]);
}

#[test]
fn what_the_archive_does_not_return_stays_and_the_upkeep_goes_on() {
    let (sandbox, workspace, mut archive) = chat();
    let old = sandbox.found_named("latest:rewind");
    add(&workspace, &mut archive, &old).unwrap();
    damage(&packs(&sandbox.data().join("archive")));
    let proves = ArchiveSettings {
        before_prune: true,
        ..ArchiveSettings::default()
    };
    let workspace = workspace.to_builder().archive(proves).build();
    let now = at(20) + TimeDelta::days(20);
    let mut watch = watch(&workspace, now);
    let run = |watch: &mut unrewind::core::Watch, now| {
        let round = watch.run(|| Ok(sandbox.database()), now, &mut unattended);
        round.outcome.unwrap();
    };
    run(&mut watch, now);
    let done = work(&workspace, &mut watch, now);
    let unproven = format!("unproven {}", old.name());
    assert!(done.contains(&unproven), "{done:?}");
    assert!(done.last().unwrap().starts_with("checked, "), "{done:?}");
    // It is not read again until the next day.
    let soon = now + TimeDelta::hours(1);
    run(&mut watch, soon);
    let done = work(&workspace, &mut watch, soon);
    assert!(!done.contains(&unproven), "{done:?}");
    let next = now + TimeDelta::days(1);
    run(&mut watch, next);
    work(&workspace, &mut watch, next);
    run(&mut watch, next);
    let next = next + TimeDelta::hours(1);
    assert!(work(&workspace, &mut watch, next).contains(&unproven));
    assert!(old.path.exists());
}

#[test]
fn what_was_refused_is_not_read_again_until_it_changes() {
    let (sandbox, workspace, archive) = chat();
    let whole = sandbox.found_named("latest:rewind");
    let bytes = fs::read(&whole.path).unwrap();
    let cut = sandbox.put(
        Kind::Rewind,
        at(-60),
        "{\"last_event_id\": 3, \"event_log\": [",
    );
    age(&cut.path, at(-60));
    // Neither is one that cannot be read.
    let elsewhere = sandbox.path().join("elsewhere.json");
    fs::write(&elsewhere, &bytes).unwrap();
    let link = whole.path.with_file_name("20210314T100000Z.json");
    symlink(&elsewhere, &link).unwrap();
    let now = at(60);
    let mut watch = watch(&workspace, now);
    let refused = [
        "refused rewind/20210314T100000Z".to_owned(),
        format!("refused {}", cut.name()),
    ];
    let done = work(&workspace, &mut watch, now);
    assert!(refused.iter().all(|one| done.contains(one)), "{done:?}");
    assert!(
        done.contains(&format!("added {}", whole.name())),
        "{done:?}"
    );
    assert_eq!(done.last().unwrap(), "checked, 0 flaws");
    let later = now + TimeDelta::minutes(5);
    let other = sandbox.take(Kind::Rewind, later);
    let done = work(&workspace, &mut watch, later);
    assert!(
        done.contains(&format!("added {}", other.name())),
        "{done:?}"
    );
    assert!(!refused.iter().any(|one| done.contains(one)), "{done:?}");
    fs::remove_file(&link).unwrap();
    fs::write(&link, &bytes).unwrap();
    let later = later + TimeDelta::minutes(5);
    let done = work(&workspace, &mut watch, later);
    assert!(
        done.contains(&"added rewind/20210314T100000Z".to_owned()),
        "{done:?}"
    );
    assert!(names(&archive).contains(&"rewind/20210314T100000Z".to_owned()));
}

#[test]
fn an_archive_that_cannot_be_written_is_still_checked() {
    let (sandbox, workspace, _) = six_hours();
    let keeps_all = ArchiveSettings {
        keep: ArchiveRetention::default(),
        ..settings(&sandbox.path().join("repository"), "secret")
    };
    let workspace = workspace.to_builder().archive(keeps_all).build();
    let locks = sandbox.path().join("repository/locks");
    fs::create_dir_all(&locks).unwrap();
    fs::write(locks.join("0123"), "").unwrap();
    sandbox.take(Kind::Rewind, at(400));
    let mut watch = watch(&workspace, at(400));
    let due = watch.archive_work(at(400)).unwrap();
    let mut done = Vec::new();
    let ended = workspace.do_archive_work(&due, &mut unattended, |step| done.push(step));
    assert!(
        ended
            .unwrap_err()
            .to_string()
            .starts_with("restic has locked")
    );
    assert!(
        matches!(&done[..], [unrewind::core::ArchiveStep::Checked(flaws)] if flaws.is_empty()),
        "{done:?}"
    );
}
