//! Verifying: which snapshots are sound, why others are not, and what is remembered of it.

mod deep;

use std::{fs, ops::ControlFlow};

use unrewind::core::{
    Compared, Damage, Depth, Error, Kind, Problem, Scratch, Snapshot, Stage, Verification,
    unattended, verify,
};

use crate::{
    sandbox::{Sandbox, age, at, now},
    system::is_folder_lock,
};

/// A chat with a few memories, and a snapshot of it.
fn chat() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    for text in ["The lamp burns.", "Jo says good night."] {
        sandbox.memory(text);
    }
    let taken = sandbox.take(Kind::Periodic, at(0));
    (sandbox, taken)
}

fn whole(sandbox: &Sandbox, snapshot: &Snapshot) -> Verification {
    let live = &sandbox.database();
    verify(
        snapshot,
        &sandbox.profile,
        Some(live),
        None,
        &mut unattended,
    )
    .unwrap()
}

fn deep(sandbox: &Sandbox, snapshot: &Snapshot) -> Verification {
    let (live, store) = (&sandbox.database(), &sandbox.store());
    let scratch = Some(Scratch { live, store });
    let found = verify(
        snapshot,
        &sandbox.profile,
        Some(live),
        scratch,
        &mut unattended,
    )
    .unwrap();
    let left = fs::read_dir(store.root()).unwrap().flatten();
    let names = left
        .map(|entry| entry.file_name())
        .filter(|name| !is_folder_lock(name));
    let drafts = names.filter(|name| name.to_str().unwrap().starts_with('.'));
    assert_eq!(drafts.count(), 0, "the copy is deleted");
    found
}

/// The snapshot with one text replaced by another, as the service would write it.
fn rewritten(sandbox: &Sandbox, snapshot: &Snapshot, from: &str, to: &str) -> Snapshot {
    let text = fs::read_to_string(&snapshot.path).unwrap();
    assert!(text.contains(from), "{text}");
    sandbox.put(Kind::Rewind, at(1), text.replacen(from, to, 1))
}

fn damage(found: &Verification) -> &str {
    match &found.problem {
        Some(Problem::Damaged(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

fn incompatible(found: &Verification) -> &str {
    match &found.problem {
        Some(Problem::Incompatible(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_snapshot_that_was_just_taken_is_sound() {
    let (sandbox, taken) = chat();
    for found in [whole(&sandbox, &taken), deep(&sandbox, &taken)] {
        assert_eq!(found.problem, None);
        assert_eq!(found.checksum, Some(Compared::Same));
        assert_eq!((found.last_event_id, found.log_ends), (4, Some(4)));
        // Four events, a bot, a chat with its state, and two memories.
        assert_eq!((found.tables, found.rows), (11, 9));
        assert_eq!(found.dangling, 0);
    }
    assert_eq!(deep(&sandbox, &taken).restores, Some(true));
}

#[test]
fn a_changed_bit_is_found() {
    let (sandbox, taken) = chat();
    let mut bytes = fs::read(&taken.path).unwrap();
    let at_lamp = bytes.windows(4).position(|four| four == b"lamp").unwrap();
    bytes[at_lamp] ^= 1;
    fs::write(&taken.path, bytes).unwrap();
    age(&taken.path, taken.modified);
    let found = whole(&sandbox, &taken);
    assert_eq!(found.checksum, Some(Compared::Different));
    let reason = damage(&found);
    assert!(
        reason.starts_with("changed since it was taken: its checksum is xxh128:"),
        "{reason}"
    );
}

#[test]
fn damage_in_the_middle_is_reported_with_its_place() {
    let (sandbox, taken) = chat();
    for (from, to, start) in [
        (
            "\"text\": \"The lamp burns.\"",
            "\"text\": [1]",
            "table memories, row 1, byte ",
        ),
        (
            "\"kind\": \"chat_opened\", ",
            "",
            "table event_log, row 2, byte ",
        ),
        (
            " \"bots\": [{",
            " \"bots\": [7, {",
            "table bots, row 1, byte ",
        ),
    ] {
        let broken = rewritten(&sandbox, &taken, from, to);
        assert!(broken.is_intact(), "its ends look intact");
        let found = whole(&sandbox, &broken);
        assert!(damage(&found).starts_with(start), "{}", damage(&found));
    }
}

#[test]
fn a_file_that_is_not_a_snapshot_or_truncated_is_damaged() {
    let (sandbox, taken) = chat();
    let bytes = fs::read(&taken.path).unwrap();
    for (bytes, message) in [
        (&b""[..], "byte 0: the file is empty"),
        (b"[]", "byte 0: expected '{', found '['"),
        (&bytes[..bytes.len() - 2], "the file ends here, cut short"),
    ] {
        let found = whole(&sandbox, &sandbox.put(Kind::Rewind, at(1), bytes));
        assert!(damage(&found).contains(message), "{}", damage(&found));
    }
    let folder = sandbox
        .data()
        .join("snapshots/rewind/20210314T130000Z.json");
    fs::create_dir(&folder).unwrap();
    assert_eq!(
        damage(&whole(&sandbox, &sandbox.found(&folder))),
        "not a file"
    );
}

#[test]
fn a_log_that_ends_before_the_last_event_is_unsound_but_a_longer_one_is_sound() {
    let (sandbox, taken) = chat();
    let longer = rewritten(
        &sandbox,
        &taken,
        "{\"last_event_id\": 4",
        "{\"last_event_id\": 9",
    );
    assert_eq!(
        damage(&whole(&sandbox, &longer)),
        "its last_event_id is 9, but its event log ends with 4"
    );
    let shorter = rewritten(
        &sandbox,
        &taken,
        "{\"last_event_id\": 4",
        "{\"last_event_id\": 2",
    );
    let found = whole(&sandbox, &shorter);
    assert_eq!((found.problem, found.log_ends), (None, Some(4)));
}

#[test]
fn the_first_verification_of_a_service_snapshot_records_its_checksum() {
    let (sandbox, taken) = chat();
    let theirs = sandbox.put(Kind::Rewind, at(1), fs::read(&taken.path).unwrap());
    let found = whole(&sandbox, &theirs);
    assert_eq!(found.checksum, taken.note.checksum.map(Compared::First));
    found.remember(&theirs, now()).unwrap();
    let again = sandbox.found(&theirs.path);
    assert_eq!(again.note.checksum, taken.note.checksum);
    assert_eq!(whole(&sandbox, &again).checksum, Some(Compared::Same));
}

#[test]
fn a_result_is_remembered_until_the_file_changes() {
    let (sandbox, taken) = chat();
    assert_eq!(taken.verified(), None);
    whole(&sandbox, &taken).remember(&taken, now()).unwrap();
    let found = sandbox.found(&taken.path);
    let verified = found.verified().unwrap();
    assert_eq!(
        (verified.at, verified.depth, &verified.problem),
        (now(), Depth::Whole, &None)
    );
    age(&taken.path, at(7));
    assert_eq!(sandbox.found(&taken.path).verified(), None);
}

#[test]
fn a_snapshot_found_damaged_is_listed_as_damaged_and_not_restored() {
    let (sandbox, taken) = chat();
    let broken = rewritten(
        &sandbox,
        &taken,
        "The lamp burns.\"",
        "The lamp burns.\", \"x\": \"\"",
    );
    assert!(sandbox.found(&broken.path).is_intact());
    let found = whole(&sandbox, &broken);
    found.remember(&broken, now()).unwrap();
    let listed = sandbox.found(&broken.path);
    assert_eq!(
        listed.damage,
        Some(Damage::Bytes(damage(&found).to_owned()))
    );
    assert_eq!(sandbox.store().find("latest").unwrap().id, taken.id);
    let refused = sandbox
        .plan(&listed, unrewind::core::Scope::Full)
        .unwrap_err();
    assert!(matches!(refused, Error::Json { .. }), "{refused}");
}

#[test]
fn a_pin_with_other_bytes_is_found() {
    let (sandbox, taken) = chat();
    let pin = taken.path.with_extension("pinned");
    let mut bytes = fs::read(&taken.path).unwrap();
    fs::write(&pin, &bytes).unwrap();
    assert_eq!(whole(&sandbox, &sandbox.found(&taken.path)).problem, None);
    let at_lamp = bytes.windows(4).position(|four| four == b"lamp").unwrap();
    bytes[at_lamp] ^= 1;
    fs::write(&pin, &bytes).unwrap();
    let name = taken.name();
    let verified = sandbox.run(&["verify"]);
    let line = format!("{name}  damaged  its pin data/snapshots/{name}.pinned holds other bytes\n");
    assert_eq!((verified.code, &*verified.out), (1, &*line));
    // The snapshot itself is what was written, and its noted checksum shows it.
    assert!(sandbox.found(&taken.path).is_intact());
    assert!(sandbox.run(&["list"]).out.contains("damaged: its pin"));
    assert_eq!(sandbox.run(&["pin", &name]).code, 0);
    assert_eq!(fs::read(&pin).unwrap(), fs::read(&taken.path).unwrap());
    assert!(sandbox.run(&["list"]).out.ends_with("  pinned\n"));
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}

#[test]
fn a_pin_that_cannot_be_read_is_named_as_the_damaged_file() {
    let (sandbox, taken) = chat();
    let pin = taken.path.with_extension("pinned");
    fs::write(&pin, "").unwrap();
    let verified = sandbox.run(&["verify"]);
    let name = taken.name();
    let line = format!(
        "{name}  damaged  its pin data/snapshots/{name}.pinned: byte 0: the file is empty\n"
    );
    assert_eq!((verified.code, &*verified.out), (1, &*line));
    let listed = sandbox.run(&["list"]).out;
    assert_eq!(listed.matches("its pin").count(), 1, "{listed}");
}

#[test]
fn the_snapshots_of_a_restore_match_their_checksums() {
    let (sandbox, taken) = chat();
    sandbox.memory("Another.");
    let restored = sandbox
        .restore(&taken, unrewind::core::Scope::Full)
        .unwrap();
    for snapshot in [
        restored.safety_snapshot.unwrap(),
        restored.checkpoint.unwrap(),
    ] {
        assert_eq!(whole(&sandbox, &snapshot).checksum, Some(Compared::Same));
    }
}

#[test]
fn a_file_changed_during_the_verification_is_an_error() {
    let (sandbox, taken) = chat();
    let path = taken.path.clone();
    let refused = verify(&taken, &sandbox.profile, None, None, &mut |progress| {
        if progress.stage == Stage::Checking {
            age(&path, at(3));
        }
        ControlFlow::Continue(())
    });
    assert!(
        matches!(refused, Err(Error::ChangedWhileRead { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_cancelled_verification_leaves_nothing() {
    let (sandbox, taken) = chat();
    let (live, store) = (&sandbox.database(), &sandbox.store());
    let scratch = || Some(Scratch { live, store });
    let mut stages = Vec::new();
    let mut every = |progress: unrewind::core::Progress| {
        stages.push(progress.stage);
        ControlFlow::Continue(())
    };
    verify(&taken, &sandbox.profile, None, scratch(), &mut every).unwrap();
    let names = || -> Vec<_> {
        let entries = fs::read_dir(store.root()).unwrap().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    for last in 0..stages.len() {
        let mut reports = 0;
        let cancelled = verify(&taken, &sandbox.profile, None, scratch(), &mut |_| {
            reports += 1;
            if reports > last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(
            matches!(cancelled, Err(Error::Cancelled)),
            "{last}: {cancelled:?}"
        );
        assert_eq!(names(), before);
    }
}

#[test]
fn the_command_line_verifies_and_lists_results() {
    let (sandbox, taken) = chat();
    let broken = rewritten(
        &sandbox,
        &taken,
        "The lamp burns.\"",
        "The lamp burns.\", \"x\": \"\"",
    );
    let ran = sandbox.run(&["verify", "latest:periodic"]);
    let line =
        "periodic/20210314T120000Z  sound    9 rows in 11 tables, last event 4, checksum matches\n";
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, line, ""));
    let ran = sandbox.run(&["verify", "--all"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 2));
    let first = ran.out.lines().next().unwrap();
    assert!(
        first.starts_with(&format!(
            "{}  damaged  table memories, row 2, byte ",
            broken.name()
        )),
        "{first}"
    );
    assert_eq!(sandbox.run(&["verify"]).out, ran.out);
    let listed = sandbox.run(&["list"]).out;
    assert!(
        listed.contains("  verified\n") && listed.contains("  damaged: table memories"),
        "{listed}"
    );
    let ran = sandbox.run(&["verify", "--deep", "--json", "latest:periodic"]);
    let json = &ran.json()[0];
    assert_eq!(ran.code, 0);
    for (key, value) in [
        ("sound", true.into()),
        ("rows", 9.into()),
        ("restorable", true.into()),
        ("checksum", "same".into()),
    ] {
        let value: serde_json::Value = value;
        assert_eq!(json[key], value, "{key}");
    }
    assert_eq!(json["verified"]["deep"], true);
    for (wrong, code) in [
        (&["verify", "1999"][..], 2),
        (&["verify", "latest", "--all"], 2),
        (
            &["verify", "--deep", "latest:periodic", "--db", "none.db"],
            2,
        ),
    ] {
        assert_eq!(sandbox.run(wrong).code, code, "{wrong:?}");
    }
}
