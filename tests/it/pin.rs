//! Pins: they keep a snapshot's bytes from every pruning, including the service's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use unrewind::core::{
    Cache, Due, Error, Kind, PrunePlan, Reason, Scope, Snapshot, Store, unattended,
};

use crate::sandbox::{Sandbox, age, at, now};

fn pin(sandbox: &Sandbox, snapshot: &Snapshot) {
    sandbox
        .store()
        .pin(snapshot, &sandbox.profile, None, &mut unattended)
        .unwrap();
}

/// The `*.json` files of a kind's folder, sorted by name, as the service lists them.
fn service_list(sandbox: &Sandbox, kind: Kind) -> Vec<PathBuf> {
    let folder = sandbox.data().join("snapshots").join(kind.name());
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut service_list: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    service_list.sort();
    service_list
}

/// Prunes as the service does: all but the last five periodic names, and rewinds by the age of their files.
fn service_prunes(sandbox: &Sandbox, now: DateTime<Utc>) {
    let periodic = service_list(sandbox, Kind::Periodic);
    let old = |path: &PathBuf| {
        let written: DateTime<Utc> = fs::metadata(path).unwrap().modified().unwrap().into();
        now - written > TimeDelta::days(14)
    };
    let rewind = service_list(sandbox, Kind::Rewind).into_iter().filter(old);
    let many = periodic.len().saturating_sub(5);
    for path in periodic.into_iter().take(many).chain(rewind) {
        fs::remove_file(path).unwrap();
    }
}

/// Folders with seven snapshots of a kind, a month apart, and these, oldest first.
fn months(kind: Kind) -> (Sandbox, Vec<Snapshot>) {
    let sandbox = Sandbox::new();
    for kind in Kind::ALL {
        sandbox.put(kind, at(-30 * 24 * 60 * 8), "{}");
    }
    let put = |month: i64| {
        sandbox.event("Another month.");
        let taken = sandbox.take(Kind::Rewind, at(-30 * 24 * 60 * (7 - month)));
        if kind == Kind::Rewind {
            return taken;
        }
        let bytes = fs::read(&taken.path).unwrap();
        fs::remove_file(&taken.path).unwrap();
        sandbox.put(kind, taken.taken_at(), bytes)
    };
    let months = (0..7).map(put).collect();
    (sandbox, months)
}

#[test]
fn a_pinned_snapshot_survives_the_services_pruning() {
    for kind in Kind::ALL {
        let (sandbox, months) = months(kind);
        let oldest = &months[0];
        let bytes = fs::read(&oldest.path).unwrap();
        pin(&sandbox, oldest);
        service_prunes(&sandbox, now());
        assert!(!oldest.path.exists(), "the service has deleted it");
        let listed = sandbox.list();
        let kept = listed.iter().find(|kept| kept.id == oldest.id).unwrap();
        assert!(kept.pinned && kept.is_intact() && !kept.is_in_place());
        assert_eq!(
            (kept.size, kept.modified, kept.last_event_id),
            (oldest.size, oldest.modified, oldest.last_event_id)
        );
        assert_eq!(fs::read(&kept.path).unwrap(), bytes);
        assert!(listed.iter().all(|other| other.id != months[1].id));
        sandbox.restore(kept, Scope::Full).unwrap();
        assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["3"]);
    }
}

#[test]
fn a_pinned_snapshot_is_listed_once_and_found_by_its_name() {
    let (sandbox, months) = months(Kind::Periodic);
    let before = sandbox.list();
    pin(&sandbox, &months[0]);
    pin(&sandbox, &months[0]);
    let mut listed = sandbox.list();
    let place = listed.iter().position(|one| one.id == months[0].id);
    assert!(std::mem::take(&mut listed[place.unwrap()].pinned));
    assert_eq!(listed, before);
    service_prunes(&sandbox, now());
    let name = months[0].name();
    let stamp = &name["periodic/".len()..];
    let pinned = sandbox.list().into_iter().find(|one| one.pinned).unwrap();
    for text in [&name, stamp, pinned.path.to_str().unwrap()] {
        assert_eq!(sandbox.store().find(text).unwrap(), pinned);
    }
}

#[test]
fn pins_change_neither_where_a_cold_load_starts_nor_when_a_snapshot_is_due() {
    let (sandbox, months) = months(Kind::Periodic);
    let due = || {
        let (database, snapshots) = (sandbox.database(), sandbox.list());
        Due::judge(
            &database,
            &sandbox.profile,
            &Cache::default(),
            &snapshots,
            at(0),
        )
        .unwrap()
    };
    let (last, was_due) = (service_list(&sandbox, Kind::Periodic).pop(), due());
    for snapshot in [&months[0], &months[6]] {
        pin(&sandbox, snapshot);
        assert_eq!(
            (service_list(&sandbox, Kind::Periodic).pop(), due()),
            (last.clone(), was_due)
        );
    }
    // With only its pin left, the service sees no snapshot.
    for path in service_list(&sandbox, Kind::Periodic) {
        fs::remove_file(path).unwrap();
    }
    assert_eq!(due(), Due::First);
    let refused = sandbox
        .store()
        .unpin(&sandbox.found_named(&months[6].name()));
    let message = refused.unwrap_err().to_string();
    let expected = format!(
        "without its pin, {} would be the snapshot that the application starts from",
        months[6].name()
    );
    assert_eq!(message, expected);
    assert!(service_list(&sandbox, Kind::Periodic).is_empty());
}

#[test]
fn an_unpinned_snapshot_returns_to_its_place_and_is_pruned_next() {
    for kind in Kind::ALL {
        let (sandbox, months) = months(kind);
        for service_came in [false, true] {
            pin(&sandbox, &sandbox.found_named(&months[0].name()));
            if service_came {
                service_prunes(&sandbox, now());
            }
            let pinned = sandbox.found_named(&months[0].name());
            if service_came && kind == Kind::Rewind {
                sandbox.take(kind, at(1));
            }
            sandbox.store().unpin(&pinned).unwrap();
            let found = sandbox.found_named(&months[0].name());
            assert!(!found.pinned && found.is_in_place());
            assert_eq!(found.path, months[0].path);
        }
        service_prunes(&sandbox, now());
        assert!(sandbox.list().iter().all(|one| one.id != months[0].id));
    }
}

#[test]
fn no_plan_deletes_a_pinned_snapshot_not_even_one_made_before() {
    let (sandbox, months) = months(Kind::Periodic);
    let before = sandbox.list();
    pin(&sandbox, &months[1]);
    let listed = sandbox.list();
    let pinned = listed.iter().find(|one| one.pinned).unwrap().clone();
    let plans = [
        PrunePlan::by_policy(&listed, &sandbox.profile, now()),
        PrunePlan::of_chosen(vec![pinned], &listed),
    ];
    for plan in &plans {
        let verdict = |id| plan.verdicts.iter().find(|one| one.snapshot.id == id);
        assert_eq!(verdict(months[1].id).unwrap().reason, Reason::Pinned);
        assert!(plan.deleted().all(|one| one.snapshot.id != months[1].id));
    }
    let stale = PrunePlan::by_policy(&before, &sandbox.profile, now());
    let refused = stale.apply(&mut unattended).unwrap_err();
    assert!(matches!(refused, Error::Delete { .. }), "{refused}");
    assert!(sandbox.found_named(&months[1].name()).pinned);
}

#[test]
fn a_pin_without_its_file_does_not_count_among_the_newest() {
    let (sandbox, months) = months(Kind::Periodic);
    let last = &months[6];
    pin(&sandbox, last);
    fs::remove_file(&last.path).unwrap();
    let plan = PrunePlan::by_policy(&sandbox.list(), &sandbox.profile, now());
    let kept = |one: &&unrewind::core::Verdict| one.snapshot.kind() == Some(Kind::Periodic);
    let reasons: Vec<_> = plan.kept().filter(kept).map(|one| one.reason).collect();
    let newest = (1..=5).map(Reason::Newest);
    assert_eq!(
        reasons,
        [Reason::Pinned]
            .into_iter()
            .chain(newest)
            .collect::<Vec<_>>()
    );
}

/// Copies a folder as `cp -r` does: links become files, and every file is new.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.unwrap().file_name()),
        );
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::write(target, fs::read(&path).unwrap()).unwrap();
        }
    }
}

#[test]
fn pins_and_labels_survive_a_copy_of_the_folder() {
    let (sandbox, months) = months(Kind::Periodic);
    for (snapshot, label) in [(&months[0], "the move"), (&months[6], "before the flood")] {
        pin(&sandbox, snapshot);
        let label = label.parse().unwrap();
        sandbox.store().label(snapshot, Some(label)).unwrap();
    }
    service_prunes(&sandbox, now());
    let elsewhere = sandbox.path().join("elsewhere");
    copy(&sandbox.data(), &elsewhere);
    let copied = Store::new(&elsewhere).list(&Kind::ALL).unwrap();
    let facts = |snapshots: &[Snapshot]| -> Vec<_> {
        let facts = |one: &Snapshot| (one.id, one.size, one.pinned, one.note.label.clone());
        snapshots.iter().map(facts).collect()
    };
    assert_eq!(facts(&copied), facts(&sandbox.list()));
    assert_eq!(copied.iter().filter(|one| one.pinned).count(), 2);
}

#[test]
fn of_a_pinned_snapshots_two_files_the_intact_one_is_listed() {
    let (sandbox, months) = months(Kind::Periodic);
    let newest = &months[6];
    let bytes = fs::read(&newest.path).unwrap();
    fs::write(newest.path.with_extension("pinned"), &bytes).unwrap();
    fs::write(&newest.path, &bytes[..bytes.len() / 2]).unwrap();
    let found = sandbox.found_named(&newest.name());
    assert!(found.is_intact() && found.pinned);
    sandbox.store().unpin(&found).unwrap();
    assert_eq!(fs::read(&newest.path).unwrap(), bytes);
    assert!(!sandbox.found_named(&newest.name()).pinned);
}

#[test]
fn no_new_snapshot_takes_the_name_of_a_pinned_one() {
    let sandbox = Sandbox::new();
    let pinned = sandbox.take(Kind::Rewind, at(0));
    pin(&sandbox, &pinned);
    fs::remove_file(&pinned.path).unwrap();
    sandbox.event("Good night.");
    let taken = sandbox.take(Kind::Rewind, at(0));
    assert_ne!(taken.id, pinned.id);
    assert_eq!(sandbox.list().len(), 2);
}

#[test]
fn the_next_take_deletes_notes_of_snapshots_that_the_service_deleted() {
    let (sandbox, months) = months(Kind::Periodic);
    for snapshot in [&months[0], &months[1]] {
        let label = Some("old".parse().unwrap());
        sandbox.store().label(snapshot, label).unwrap();
    }
    pin(&sandbox, &months[1]);
    service_prunes(&sandbox, now());
    assert!(months[0].path.with_extension("note").exists());
    sandbox.take(Kind::Rewind, at(0));
    assert!(!months[0].path.with_extension("note").exists());
    let kept = sandbox.found_named(&months[1].name());
    assert_eq!(kept.note.label.unwrap().as_str(), "old");
}

#[test]
fn a_file_outside_the_snapshot_folders_cannot_be_pinned_or_labelled() {
    let sandbox = Sandbox::new();
    let path = sandbox.path().join("mine.json");
    fs::write(&path, "{}").unwrap();
    let found = sandbox.found(&path);
    let message = format!(
        "{} is not in the snapshot folders, and only snapshots there can be labelled or pinned",
        path.display()
    );
    let refused = sandbox
        .store()
        .pin(&found, &sandbox.profile, None, &mut unattended)
        .unwrap_err();
    assert_eq!(refused.to_string(), message);
    let refused = sandbox.store().label(&found, None).unwrap_err();
    assert_eq!(refused.to_string(), message);
}

#[test]
fn a_pin_has_the_time_of_its_snapshot() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let bytes = fs::read(&taken.path).unwrap();
    age(&taken.path, at(-5));
    pin(&sandbox, &taken);
    fs::remove_file(&taken.path).unwrap();
    let kept = sandbox.found_named(&taken.name());
    assert_eq!(
        (fs::read(&kept.path).unwrap(), kept.modified),
        (bytes, at(-5))
    );
}

#[test]
fn the_command_line_pins_and_unpins() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let ran = sandbox.run(&["pin", "latest"]);
    assert_eq!(
        (ran.code, &*ran.out),
        (0, "pinned rewind/20210314T120000Z\n")
    );
    let listed = sandbox.run(&["list", "--json"]).json();
    assert_eq!(listed[0]["pinned"], true);
    assert!(sandbox.run(&["list"]).out.ends_with("  pinned\n"));
    let plan = sandbox.run(&["prune", "--dry-run", "--json"]).json();
    assert_eq!(plan["keep"][0]["reason"], "pinned");
    let ran = sandbox.run(&["unpin", "latest"]);
    assert_eq!(
        (ran.code, &*ran.out),
        (0, "unpinned rewind/20210314T120000Z\n")
    );
    let ran = sandbox.run(&["unpin", "latest"]);
    assert_eq!(
        (ran.code, &*ran.out),
        (0, "not pinned: rewind/20210314T120000Z\n")
    );
    assert_eq!(sandbox.list(), [taken]);
    assert_eq!(sandbox.run(&["pin"]).code, 2);
    assert_eq!(sandbox.run(&["pin", "1999"]).code, 1);
}

#[test]
fn a_broken_pin_is_written_anew_and_another_one_is_kept() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    pin(&sandbox, &taken);
    let file = taken.path.with_extension("pinned");
    fs::write(&file, "").unwrap();
    let broken = "its pin is damaged: pin it again";
    let listed = sandbox.run(&["list"]);
    assert!(listed.out.contains(broken), "{listed:?}");
    let frame = sandbox.tui(120, 24).frame();
    assert!(frame.contains(broken), "{frame}");
    let status = sandbox.run(&["status"]);
    let name = taken.name();
    let attention =
        format!("! the pin of {name} is damaged: the file is empty: run `unrewind pin {name}`\n");
    assert!(
        status.code == 1 && status.out.contains(&attention),
        "{status:?}"
    );
    pin(&sandbox, &taken);
    assert_eq!(sandbox.run(&["status"]).code, 0);
    assert_eq!(fs::read(&file).unwrap(), fs::read(&taken.path).unwrap());
    let other = fs::read_to_string(&taken.path).unwrap() + "\n";
    fs::write(&file, &other).unwrap();
    // Nothing shows which of the two was pinned.
    fs::remove_file(taken.path.with_extension("note")).unwrap();
    let ran = sandbox.run(&["pin", &taken.name()]);
    assert!(
        ran.code == 1 && ran.err.contains("hold different snapshots"),
        "{ran:?}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), other);
}
