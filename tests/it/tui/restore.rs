//! Restoring, recovering and undoing: the plan first, then the rows.

use std::fs;

use chrono::TimeDelta;
use insta::assert_snapshot;
use rusqlite::{
    TransactionBehavior,
    functions::{Context, FunctionFlags},
};
use unrewind::{
    core::{Kind, Process, Stage},
    tui::{Reply, Slot},
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// The number of active events of the demonstration's lost hour.
pub fn lost_hour(sandbox: &Sandbox) -> usize {
    let sql = "SELECT id FROM event_log WHERE id BETWEEN 1408 AND 1479 AND superseded_by IS NULL";
    sandbox.rows(sql).len()
}

fn dialog_text(tui: &Tui) -> String {
    tui.dialog().expect("a dialog is open")
}

#[test]
fn a_plan_shows_its_changes_and_its_alternatives() {
    let sandbox = Sandbox::demo();
    let (files, dump) = (sandbox.files(), sandbox.dump());
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!("restore", dialog_text(tui.keys("r")));
    assert_snapshot!("restore_tables", dialog_text(tui.keys("s")));
    assert_snapshot!("restore_newer", dialog_text(tui.keys("sb")));
    assert_snapshot!("restore_focus", dialog_text(tui.keys("b<tab>")));
    assert_eq!((sandbox.files(), sandbox.dump()), (files, dump));
}

#[test]
fn a_plan_on_a_screen_of_80_by_24() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    assert_snapshot!(tui.keys("r").frame());
}

#[test]
fn another_plan_resets_the_answer_to_no() {
    let sandbox = Sandbox::demo();
    let dump = sandbox.dump();
    let mut tui = sandbox.tui(100, 40);
    assert_eq!(tui.keys("r<tab>s<enter>").dialog(), None);
    assert_eq!(sandbox.dump(), dump);
}

#[test]
fn yes_restores_the_whole_snapshot() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!(dialog_text(tui.keys("jry")));
    assert_eq!(lost_hour(&sandbox), 72);
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["1479"]);
    assert!(sandbox.full_text_is_sound());
    let files = sandbox.files();
    for file in [
        "periodic/20210315T120000Z_checkpoint.json",
        "rewind/20210315T120000Z_safety.json",
    ] {
        assert!(
            files.contains(&file.to_owned()),
            "{file} is not in {files:?}"
        );
    }
}

#[test]
fn the_tables_scope_restores_only_tables() {
    let sandbox = Sandbox::demo();
    let log = sandbox.dump().remove("event_log");
    let mut tui = sandbox.tui(100, 40);
    tui.keys("jrsy");
    assert!(dialog_text(&tui).starts_with("✓ Restored"));
    assert_eq!(sandbox.dump().remove("event_log"), log);
    let sentence = "SELECT id FROM memories WHERE text LIKE '%writing to herself all along%'";
    assert_eq!(sandbox.rows(sentence).len(), 1);
}

#[test]
fn recover_brings_the_lost_hour_back_and_removes_the_banner() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let banner = "! R recovers 72 events rewound 11 min ago";
    assert!(tui.frame().contains(banner));
    assert_eq!(lost_hour(&sandbox), 0);
    assert_snapshot!("recover", dialog_text(tui.keys("R")));
    tui.keys("y<enter>");
    assert_eq!(lost_hour(&sandbox), 72);
    assert!(!tui.frame().contains("R recovers"));
    tui.later(TimeDelta::minutes(1));
    assert_snapshot!("recover_none", dialog_text(tui.keys("R")));
}

#[test]
fn a_snapshot_taken_after_the_rewind_does_not_hide_the_banner() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("t<enter><enter>");
    assert!(tui.frame().contains("all 14"), "{}", tui.frame());
    assert!(tui.frame().contains("R recovers"), "{}", tui.frame());
    tui.keys("Ry");
    assert_eq!(lost_hour(&sandbox), 72);
}

#[test]
fn the_banner_names_the_cost_of_recovering_from_an_old_rewind() {
    let sandbox = Sandbox::demo();
    let newest = sandbox
        .list()
        .into_iter()
        .find(|one| one.kind() == Some(Kind::Rewind));
    fs::remove_file(newest.unwrap().path).unwrap();
    let tui = sandbox.tui(120, 40);
    let frame = tui.frame();
    assert!(
        frame.contains("! R recovers 2 events rewound 2 d ago; 338 are newer, and you choose"),
        "{frame}"
    );
}

#[test]
fn the_banner_goes_with_its_snapshot() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    assert!(tui.frame().contains("R recovers"));
    for file in sandbox.files() {
        if file.starts_with("rewind/") {
            fs::remove_file(sandbox.data().join("snapshots").join(file)).unwrap();
        }
    }
    assert!(!tui.keys("<f5>").frame().contains("R recovers"));
}

#[test]
fn without_a_rewind_there_is_nothing_to_recover() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(1));
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!(dialog_text(tui.keys("R")));
}

#[test]
fn recover_points_to_rewound_events_that_only_live_has() {
    let sandbox = Sandbox::demo();
    fs::remove_dir_all(sandbox.data().join("snapshots")).unwrap();
    let rewound = "SELECT count(*) FROM event_log WHERE superseded_by IS NOT NULL";
    let rewound = &sandbox.rows(rewound)[0];
    let rewound_hint = |key: &str| {
        format!(
            "No snapshot holds them, but {rewound} rewound events are in the live log: `{key}` shows them"
        )
    };
    let mut tui = sandbox.tui(200, 40);
    let dialog = dialog_text(tui.keys("R")).replace("\n  ", " ");
    assert!(dialog.contains(&rewound_hint("e")), "{dialog}");
    assert!(tui.keys("<enter>e").frame().contains(" Events "));
    let mut tui = sandbox.tui_set("[keys.list]\nevents = [\"E\"]", 200, 40);
    let dialog = dialog_text(tui.keys("R")).replace("\n  ", " ");
    assert!(dialog.contains(&rewound_hint("E")), "{dialog}");
    let ran = sandbox.run(&["recover"]);
    let hint = rewound_hint("e").replacen('N', "n", 1);
    assert_eq!(ran.code, 1);
    let hint = hint.replace("`e` shows them", "`unrewind` shows them in the event log");
    assert!(ran.err.contains(&hint), "{}", ran.err);
}

#[test]
fn a_restore_reports_lives_last_event() {
    for (keys, last) in [("Rsy", "1,487"), ("Ry", "1,487"), ("Rby", "1,479")] {
        let sandbox = Sandbox::demo();
        let mut tui = sandbox.tui(100, 40);
        let dialog = dialog_text(tui.keys(keys));
        assert!(dialog.contains(&format!("last event {last}")), "{dialog}");
        assert_eq!(
            dialog.contains("72 events are back"),
            keys != "Rsy",
            "{dialog}"
        );
    }
}

#[test]
fn the_error_of_the_list_closes_when_the_list_can_be_read() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let (kind, away) = (
        sandbox.data().join("snapshots/rewind"),
        sandbox.data().join("snapshots/away"),
    );
    fs::rename(&kind, &away).unwrap();
    fs::write(&kind, "no folder").unwrap();
    let dialog = dialog_text(tui.keys("<f5>"));
    assert!(dialog.contains("cannot be listed"), "{dialog}");
    fs::remove_file(&kind).unwrap();
    fs::rename(&away, &kind).unwrap();
    tui.send(unrewind::tui::Message::Changed)
        .later(TimeDelta::minutes(1));
    assert_eq!(tui.dialog(), None);
}

#[test]
fn undo_undoes_a_restore_and_redo_redoes_it() {
    let sandbox = Sandbox::demo();
    let before = sandbox.dump();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("Rby<enter>").later(TimeDelta::minutes(1));
    let after = sandbox.dump();
    assert_ne!(after, before);
    assert_snapshot!("undo", dialog_text(tui.keys("u")));
    let done = dialog_text(tui.keys("y"));
    assert!(done.contains("as it was before; U"), "{done}");
    tui.keys("<enter>").later(TimeDelta::minutes(1));
    assert_eq!(sandbox.dump(), before);
    assert!(tui.frame().contains("R recovers"), "the hour is lost again");
    assert_snapshot!("nothing_to_undo", dialog_text(tui.keys("u")));
    tui.keys("<enter>");
    assert_snapshot!("redo", dialog_text(tui.keys("U")));
    tui.keys("y<enter>");
    assert_eq!(sandbox.dump(), after);
}

#[test]
fn without_a_safety_snapshot_there_is_nothing_to_undo() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!(dialog_text(tui.keys("u")));
}

#[test]
fn a_stale_plan_is_made_again_and_names_what_changed() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 50);
    tui.keys("R");
    sandbox.sql("DELETE FROM memories WHERE id IN (SELECT id FROM memories ORDER BY id LIMIT 3)");
    let (files, dump) = (sandbox.files(), sandbox.dump());
    tui.keys("y");
    assert_snapshot!(dialog_text(&tui));
    assert_eq!(
        (sandbox.files(), sandbox.dump()),
        (files, dump),
        "nothing was changed"
    );
    assert!(dialog_text(tui.keys("y")).starts_with("✓ Restored"));
    assert_eq!(lost_hour(&sandbox), 72);
}

#[test]
fn a_damaged_snapshot_is_not_restored() {
    let sandbox = Sandbox::new();
    let intact = sandbox.take(Kind::Rewind, at(1));
    let bytes = std::fs::read(&intact.path).unwrap();
    sandbox.put(Kind::Rewind, at(2), &bytes[..bytes.len() / 2]);
    let dump = sandbox.dump();
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!(dialog_text(tui.keys("r")));
    assert_eq!(tui.keys("y<enter>").dialog(), None);
    assert_eq!(sandbox.dump(), dump);
}

#[test]
fn a_locked_database_is_unchanged_and_the_next_try_works() {
    let sandbox = Sandbox::demo();
    let (files, dump) = (sandbox.files(), sandbox.dump());
    let mut tui = sandbox.tui(100, 40);
    let mut writer = sandbox.another();
    let lock = writer.transaction_with_behavior(TransactionBehavior::Immediate);
    let lock = lock.unwrap();
    assert_snapshot!(dialog_text(tui.keys("jry")));
    assert_eq!((sandbox.files(), sandbox.dump()), (files, dump));
    drop(lock);
    tui.keys("<enter>").later(TimeDelta::minutes(1));
    assert!(dialog_text(tui.keys("ry")).starts_with("✓ Restored"));
    assert_eq!(lost_hour(&sandbox), 72);
}

#[test]
fn a_restore_shows_that_it_waits_for_another_process() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("jr").hold(Slot::Operation).keys("y");
    let waits = dialog_text(tui.progress(Stage::Waiting, 50, 5000));
    assert!(
        waits.contains("waiting for another process that is writing"),
        "{waits}"
    );
    let name = "chat".to_owned();
    tui.reply(Reply::Writers(vec![Process {
        pid: 4711,
        name,
        started: None,
    }]));
    let waits = dialog_text(&tui);
    assert!(
        waits.contains("waiting while chat (pid 4711) writes to the database …"),
        "{waits}"
    );
    let running = dialog_text(tui.progress(Stage::Applying, 1, 2));
    assert!(!running.contains("4711"), "{running}");
}

#[test]
fn the_plan_names_processes_that_have_the_database_open() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let one = dialog_text(tui.opened_by("chat", 4711).keys("r"));
    assert!(
        one.contains("! chat (pid 4711) has the database open"),
        "{one}"
    );
    let two = dialog_text(tui.opened_by("sqlite3", 4712).keys("<esc>r"));
    assert!(
        two.contains("! chat (pid 4711), sqlite3 (pid 4712) have the"),
        "{two}"
    );
}

#[test]
fn the_plan_says_where_processes_cannot_be_seen() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let plan = dialog_text(tui.sees_no_processes().keys("r"));
    assert!(
        plan.contains("Unrewind cannot see which programs have the database open: restart the"),
        "{plan}"
    );
}

#[test]
fn a_restore_of_an_equal_snapshot_writes_only_a_checkpoint() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let (files, dump) = (sandbox.files().len(), sandbox.dump());
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!(dialog_text(tui.keys("r")));
    assert!(dialog_text(tui.keys("y")).starts_with("✓ Restored"));
    assert_eq!(sandbox.dump(), dump);
    assert_eq!(
        sandbox.files().len(),
        files + 1,
        "a checkpoint, and no safety snapshot"
    );
}

#[test]
fn a_restore_with_dangling_references_is_done_after_a_yes() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.sql("PRAGMA foreign_keys = OFF; UPDATE memories SET scene_id = 77");
    sandbox.take(Kind::Rewind, at(0));
    let before = sandbox.dump();
    sandbox.sql("DELETE FROM memories");
    let mut tui = sandbox.tui(100, 40);
    let asked = dialog_text(tui.keys("r"));
    assert!(asked.contains("would refer to a row of"), "{asked}");
    // Enter alone answers no.
    assert_eq!(tui.keys("<enter>").dialog(), None);
    let planned = dialog_text(tui.keys("ry"));
    assert!(planned.contains("memories"), "{planned}");
    assert_ne!(sandbox.dump(), before);
    tui.keys("y");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_table_that_cannot_be_written_is_left_out_after_a_yes() {
    let sandbox = Sandbox::demo();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let function = |context: &mut Context<'_>| context.get::<String>(0);
    let app = &sandbox.app;
    app.create_scalar_function("sounds_like", 1, flags, function)
        .unwrap();
    sandbox.sql("CREATE INDEX sounds ON bots (sounds_like(name)); UPDATE bots SET name = 'x'");
    let mut tui = sandbox.tui(100, 40);
    let asked = dialog_text(tui.keys("r"));
    assert!(
        asked.contains("table bots cannot be written here"),
        "{asked}"
    );
    let planned = dialog_text(tui.keys("y"));
    assert!(
        planned.contains("left out, table bots stays as it is"),
        "{planned}"
    );
}
