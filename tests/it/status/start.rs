//! What `status` reports about a start that goes wrong without any restore.

use unrewind::core::Kind;

use super::status;
use crate::{
    chat,
    sandbox::{Sandbox, at},
};

#[test]
fn status_reports_a_start_that_would_bring_rewound_events_back() {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    sandbox.memory("Two.");
    sandbox.memory("Three.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.rewind(3, at(10));
    let (code, json) = status(&sandbox);
    assert_eq!((code, &json["start_differs_by"]["rewound"]), (1, &2.into()));
    let warning = "the next start brings 2 rewound events' rows back: take a periodic snapshot";
    assert_eq!(json["attention"][0], warning);
    let promised = sandbox.dump();
    sandbox.take(Kind::Periodic, at(20));
    assert_eq!(status(&sandbox).0, 0);
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.dump(), promised);
}

#[test]
fn status_reports_a_start_that_would_lack_events() {
    let sandbox = Sandbox::new();
    sandbox.memory("One.");
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 3");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 0 WHERE id = 3");
    let warning = "the next start lacks the rows of 1 event: take a periodic snapshot";
    assert_eq!(status(&sandbox).1["attention"][0], warning);
}

#[test]
fn a_periodic_snapshot_that_the_application_cannot_load_is_reported_and_the_last_loadable_stays() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("UPDATE bots SET persona = x'00'");
    for minute in 1..10 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    let cannot = "the application cannot start from periodic/";
    let ran = sandbox.run(&["take", "--kind", "periodic"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains(cannot), "{}", ran.err);
    let (code, json) = status(&sandbox);
    let attention = json["attention"][0].as_str().unwrap();
    assert_eq!(code, 1);
    assert!(attention.starts_with(cannot), "{attention}");
    assert!(
        attention.ends_with("bots holds BLOBs or broken text"),
        "{attention}"
    );
    let prune = |how| sandbox.run(&["prune", "--kind", "periodic", "--keep", "1", how]);
    let ran = prune("--dry-run");
    let kept = "the newest that the application can start from";
    assert!(ran.out.contains(kept), "{}", ran.out);
    prune("--yes");
    let first = "periodic/20210314T120000Z.json".to_owned();
    assert!(sandbox.files().contains(&first));
    sandbox.sql("UPDATE bots SET persona = ''");
    let ran = sandbox.run(&["take", "--kind", "periodic"]);
    assert!(!ran.err.contains(cannot), "{}", ran.err);
    assert_eq!(status(&sandbox).0, 0);
    prune("--yes");
    assert!(!sandbox.files().contains(&first));
}

#[test]
fn status_reports_a_file_that_the_application_would_start_from_instead_of_a_snapshot() {
    for name in [
        "20210314T120000Z_old.json",
        "zz.json",
        "20210314T120001Z_safety.json",
    ] {
        let sandbox = Sandbox::new();
        let periodic = sandbox.take(Kind::Periodic, at(0));
        let path = periodic.path.with_file_name(name);
        std::fs::copy(&periodic.path, &path).unwrap();
        let ran = sandbox.run(&["status"]);
        assert_eq!((ran.code, &*ran.err), (1, ""));
        let warning = format!("! the application starts from data/snapshots/periodic/{name},");
        assert!(ran.out.contains(&warning), "{}", ran.out);
        assert!(!ran.out.contains("begins from"), "{}", ran.out);
        assert!(!ran.out.contains("nothing needs attention"), "{}", ran.out);
        let frame = sandbox.tui(100, 24).frame();
        assert!(
            frame.contains("! the next start uses another file"),
            "{frame}"
        );
        let (_, json) = status(&sandbox);
        assert_eq!(
            (&json["well"], &json["starts_from"]),
            (&false.into(), &serde_json::Value::Null)
        );
        std::fs::remove_file(path).unwrap();
        assert_eq!(status(&sandbox).0, 0);
    }
}

#[test]
fn status_reports_a_lone_file_that_is_no_snapshot() {
    let sandbox = Sandbox::new();
    let folder = sandbox.data().join("snapshots/periodic");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(".a.json"), "{").unwrap();
    let (code, json) = status(&sandbox);
    let attention = json["attention"][0].as_str().unwrap();
    assert_eq!(code, 1);
    assert!(
        attention.contains("periodic/.a.json, whose name"),
        "{attention}"
    );
}
