//! The health of the history, as `unrewind status` shows it.

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

fn json(sandbox: &Sandbox) -> (i32, serde_json::Value) {
    let ran = sandbox.run(&["status", "--json"]);
    (ran.code, ran.json())
}

#[test]
fn an_empty_folder_has_nothing_to_show_and_is_well() {
    let sandbox = Sandbox::new();
    let (code, json) = json(&sandbox);
    assert_eq!(code, 0);
    for key in ["newest", "verified", "watch", "archive", "recoverable"] {
        assert!(json[key].is_null(), "{key}: {}", json[key]);
    }
    assert_eq!(json["room"]["needed_bytes"], 0);
    assert!(json["room"]["free_bytes"].as_u64().unwrap() > 0);
    assert_eq!(json["next_prune"]["deletes"].as_array().unwrap().len(), 0);
}

#[test]
fn the_newest_snapshot_and_the_last_verification_are_shown() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    sandbox.event("Hello?");
    let taken = sandbox.take(Kind::Rewind, at(1));
    sandbox.run(&["verify", "latest", "--deep"]);
    let (code, json) = json(&sandbox);
    assert_eq!(code, 0);
    assert_eq!(json["newest"]["snapshot"], taken.name());
    assert_eq!(json["events_since"], 1);
    assert_eq!(json["verified"]["snapshot"], taken.name());
    assert_eq!(
        (&json["verified"]["deep"], &json["verified"]["sound"]),
        (&true.into(), &true.into())
    );
    assert_eq!(json["room"]["needed_bytes"], 2 * taken.size);
    let out = sandbox.run(&["status"]).out;
    assert!(
        out.contains("; 1 event since the last periodic one\n"),
        "{out}"
    );
    assert!(
        out.contains(": sound, with a restore into a copy\n"),
        "{out}"
    );
}

#[test]
fn a_snapshot_that_was_found_damaged_needs_attention() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let text = std::fs::read_to_string(&taken.path).unwrap();
    std::fs::write(&taken.path, text.replace("Mara", "Mira")).unwrap();
    assert_eq!(json(&sandbox).0, 0, "nobody has looked yet");
    assert_eq!(sandbox.run(&["verify"]).code, 1);
    let (code, json) = json(&sandbox);
    let sentence = json["attention"][0].as_str().unwrap();
    assert!(
        code == 1 && sentence.starts_with(&format!("{} is damaged: ", taken.name())),
        "{json}"
    );
}

#[test]
fn every_snapshot_that_cannot_be_used_needs_attention() {
    let sandbox = Sandbox::new();
    let taken: Vec<_> = (0..5)
        .map(|minute| sandbox.take(Kind::Rewind, at(minute)))
        .collect();
    for snapshot in &taken[..4] {
        let bytes = std::fs::read(&snapshot.path).unwrap();
        std::fs::write(&snapshot.path, &bytes[..bytes.len() / 2]).unwrap();
    }
    assert_eq!(sandbox.run(&["verify", "latest"]).code, 0);
    let (code, json) = json(&sandbox);
    let sentences = json["attention"].as_array().unwrap();
    let named = |place: usize| format!("{} is damaged: ", taken[3 - place].name());
    assert_eq!((code, sentences.len()), (1, 4), "{json}");
    for (place, sentence) in sentences[..3].iter().enumerate() {
        assert!(
            sentence.as_str().unwrap().starts_with(&named(place)),
            "{json}"
        );
    }
    let more = sentences[3].as_str().unwrap();
    assert!(
        more.starts_with("1 more snapshot cannot be used: "),
        "{json}"
    );
}

#[test]
fn a_rewind_that_could_be_recovered_is_shown_until_it_is() {
    let sandbox = Sandbox::rewound();
    let (code, before) = json(&sandbox);
    assert_eq!((code, &before["recoverable"]["events"]), (0, &1.into()));
    let out = sandbox.run(&["status"]).out;
    assert!(out.contains("to recover: 1 event rewound "), "{out}");
    assert_eq!(sandbox.run(&["recover", "--yes"]).code, 0);
    assert!(json(&sandbox).1["recoverable"].is_null());
}

#[test]
fn what_only_the_snapshots_hold_that_the_next_prune_deletes_is_shown() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    let taken = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM memories");
    let (code, json) = json(&sandbox);
    assert_eq!(code, 0);
    assert_eq!(
        json["next_prune"]["deletes"],
        serde_json::json!([taken.name()])
    );
    assert_eq!(json["next_prune"]["held_nowhere_else"]["memories"], 1);
    let out = sandbox.run(&["status"]).out;
    assert!(
        out.contains("next prune: deletes 1 snapshot; it holds "),
        "{out}"
    );
}

#[cfg(unix)]
#[test]
fn a_running_watch_is_shown_with_its_process() {
    use crate::watch::program::Running;

    let sandbox = Sandbox::new();
    let running = Running::start(&sandbox);
    running.await_lines(&["took periodic/"]);
    let pid = json(&sandbox).1["watch"]["pid"].as_u64();
    assert_eq!(pid, Some(u64::from(running.id())));
    assert_eq!(running.stop("TERM").1, Some(0));
    assert!(json(&sandbox).1["watch"].is_null());
}

#[cfg(feature = "archive")]
#[test]
fn the_archive_is_shown_and_needs_attention_when_it_cannot_be_used() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    assert_eq!(sandbox.run(&["archive", "init"]).code, 0);
    assert_eq!(sandbox.run(&["archive", "add", "latest"]).code, 0);
    sandbox.take(Kind::Rewind, at(1));
    let (code, before) = json(&sandbox);
    assert_eq!(code, 0, "{before}");
    assert_eq!(
        (&before["archive"]["snapshots"], &before["archive"]["lacks"]),
        (&1.into(), &1.into())
    );
    assert!(before["archive"]["problem"].is_null());
    // The disk with the archive that the configuration names is not there.
    let away = sandbox.path().join("disk");
    std::fs::rename(sandbox.data().join("archive"), &away).unwrap();
    let own = sandbox.path().join("config/unrewind");
    std::fs::create_dir_all(&own).unwrap();
    let set = format!("[archive]\nrepository = '{}'\n", away.display());
    std::fs::write(own.join("config.toml"), set).unwrap();
    assert_eq!(json(&sandbox).1["archive"]["snapshots"], 1);
    std::fs::rename(&away, sandbox.path().join("gone")).unwrap();
    let (code, after) = json(&sandbox);
    assert_eq!(code, 1, "{after}");
    assert!(after["archive"]["problem"].is_string(), "{after}");
}
