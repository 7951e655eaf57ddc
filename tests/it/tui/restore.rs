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

/// The messages of the hour that the demonstration has lost and that count.
fn lost_hour(sandbox: &Sandbox) -> usize {
    let sql = "SELECT id FROM event_log WHERE id BETWEEN 1408 AND 1479 AND superseded_by IS NULL";
    sandbox.rows(sql).len()
}

fn says(tui: &Tui) -> String {
    tui.dialog().expect("a dialog is open")
}

#[test]
fn a_plan_shows_what_changes_and_what_else_it_could_be() {
    let sandbox = Sandbox::demo();
    let (files, dump) = (sandbox.files(), sandbox.dump());
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!("restore", says(tui.keys("r")));
    assert_snapshot!("restore_tables", says(tui.keys("s")));
    assert_snapshot!("restore_newer", says(tui.keys("se")));
    assert_snapshot!("restore_focus", says(tui.keys("e<tab>")));
    assert_eq!((sandbox.files(), sandbox.dump()), (files, dump));
}

#[test]
fn a_plan_on_a_usual_screen() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    assert_snapshot!(tui.keys("r").frame());
}

#[test]
fn another_plan_starts_with_no_as_its_answer() {
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
    assert_snapshot!(says(tui.keys("jry")));
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
fn of_the_tables_only_the_tables_are_restored() {
    let sandbox = Sandbox::demo();
    let log = sandbox.dump().remove("event_log");
    let mut tui = sandbox.tui(100, 40);
    tui.keys("jrsy");
    assert!(says(&tui).starts_with("✓ Restored"));
    assert_eq!(sandbox.dump().remove("event_log"), log);
    let sentence = "SELECT id FROM memories WHERE text LIKE '%writing to herself all along%'";
    assert_eq!(sandbox.rows(sentence).len(), 1);
}

#[test]
fn newer_events_stay_if_that_was_chosen() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("jrey");
    assert!(says(&tui).starts_with("✓ Restored"));
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["1485"]);
    assert_eq!(lost_hour(&sandbox), 72);
    assert!(!tui.keys("<enter>").frame().contains("R recovers"));
}

#[test]
fn recovering_brings_the_lost_hour_back_and_the_banner_goes() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let banner = "! R recovers 72 events rewound 11 min ago";
    assert!(tui.frame().contains(banner));
    assert_eq!(lost_hour(&sandbox), 0);
    assert_snapshot!("recover", says(tui.keys("R")));
    tui.keys("y<enter>");
    assert_eq!(lost_hour(&sandbox), 72);
    assert!(!tui.frame().contains("R recovers"));
    tui.later(TimeDelta::minutes(1));
    assert_snapshot!("recover_none", says(tui.keys("R")));
}

#[test]
fn a_snapshot_taken_after_the_rewind_does_not_hide_it() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("t<enter><enter>");
    assert!(tui.frame().contains("all 14"), "{}", tui.frame());
    assert!(tui.frame().contains("R recovers"), "{}", tui.frame());
    tui.keys("Ry");
    assert_eq!(lost_hour(&sandbox), 72);
}

#[test]
fn the_banner_tells_what_it_costs_to_take_back_an_old_rewind() {
    let sandbox = Sandbox::demo();
    let newest = sandbox
        .list()
        .into_iter()
        .find(|one| one.kind() == Some(Kind::Rewind));
    fs::remove_file(newest.unwrap().path).unwrap();
    let tui = sandbox.tui(120, 40);
    let frame = tui.frame();
    assert!(
        frame.contains("! R recovers 2 events, drops up to 336 newer: the rewind 2 d ago"),
        "{frame}"
    );
}

#[test]
fn the_banner_goes_with_the_snapshot_it_is_about() {
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
    assert_snapshot!(says(tui.keys("R")));
}

#[test]
fn rewound_events_that_no_snapshot_holds_are_in_the_live_log() {
    let sandbox = Sandbox::demo();
    fs::remove_dir_all(sandbox.data().join("snapshots")).unwrap();
    let rewound = "SELECT count(*) FROM event_log WHERE superseded_by IS NOT NULL";
    let rewound = &sandbox.rows(rewound)[0];
    let says_so = |key: &str| {
        format!(
            "No snapshot holds them, but {rewound} rewound events are in the live log: `{key}` shows them"
        )
    };
    let mut tui = sandbox.tui(200, 40);
    let said = says(tui.keys("R")).replace("\n  ", " ");
    assert!(said.contains(&says_so("e")), "{said}");
    assert!(tui.keys("<enter>e").frame().contains(" Events "));
    let mut tui = sandbox.tui_set("[keys.list]\nevents = [\"E\"]", 200, 40);
    let said = says(tui.keys("R")).replace("\n  ", " ");
    assert!(said.contains(&says_so("E")), "{said}");
    let ran = sandbox.run(&["recover"]);
    let says = says_so("e").replacen('N', "n", 1);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains(&says.replace("`e`", "`e` in `unrewind`")),
        "{}",
        ran.err
    );
}

#[test]
fn the_last_event_of_a_restore_is_that_of_live() {
    for (keys, last) in [("Rsy", "1,485"), ("Rey", "1,485"), ("Ry", "1,479")] {
        let sandbox = Sandbox::demo();
        let mut tui = sandbox.tui(100, 40);
        let said = says(tui.keys(keys));
        assert!(said.contains(&format!("last event {last}")), "{said}");
        assert_eq!(said.contains("72 events are back"), keys != "Rsy", "{said}");
    }
}

#[test]
fn the_message_that_the_list_cannot_be_read_goes_when_it_can() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let (kind, away) = (
        sandbox.data().join("snapshots/rewind"),
        sandbox.data().join("snapshots/away"),
    );
    fs::rename(&kind, &away).unwrap();
    fs::write(&kind, "no folder").unwrap();
    let said = says(tui.keys("<f5>"));
    assert!(said.contains("cannot be listed"), "{said}");
    fs::remove_file(&kind).unwrap();
    fs::rename(&away, &kind).unwrap();
    tui.hear(unrewind::tui::Message::Changed)
        .later(TimeDelta::minutes(1));
    assert_eq!(tui.dialog(), None);
}

#[test]
fn undo_undoes_a_restore_and_redo_redoes_it() {
    let sandbox = Sandbox::demo();
    let before = sandbox.dump();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("Ry<enter>").later(TimeDelta::minutes(1));
    let after = sandbox.dump();
    assert_ne!(after, before);
    assert_snapshot!("undo", says(tui.keys("u")));
    tui.keys("y<enter>").later(TimeDelta::minutes(1));
    assert_eq!(sandbox.dump(), before);
    assert!(
        tui.frame().contains("R recovers"),
        "what was lost is lost again"
    );
    assert_snapshot!("nothing_to_undo", says(tui.keys("u")));
    tui.keys("<enter>");
    assert_snapshot!("redo", says(tui.keys("U")));
    tui.keys("y<enter>");
    assert_eq!(sandbox.dump(), after);
}

#[test]
fn without_a_safety_snapshot_there_is_nothing_to_undo() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!(says(tui.keys("u")));
}

#[test]
fn a_plan_that_live_has_left_behind_is_made_anew_and_says_what_changed() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 50);
    tui.keys("R");
    sandbox.sql("DELETE FROM memories WHERE id IN (SELECT id FROM memories ORDER BY id LIMIT 3)");
    let (files, dump) = (sandbox.files(), sandbox.dump());
    tui.keys("y");
    assert_snapshot!(says(&tui));
    assert_eq!(
        (sandbox.files(), sandbox.dump()),
        (files, dump),
        "nothing was done"
    );
    assert!(says(tui.keys("y")).starts_with("✓ Restored"));
    assert_eq!(lost_hour(&sandbox), 72);
}

#[test]
fn a_snapshot_that_is_damaged_is_not_restored() {
    let sandbox = Sandbox::new();
    let whole = sandbox.take(Kind::Rewind, at(1));
    let bytes = std::fs::read(&whole.path).unwrap();
    sandbox.put(Kind::Rewind, at(2), &bytes[..bytes.len() / 2]);
    let dump = sandbox.dump();
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!(says(tui.keys("r")));
    assert_eq!(tui.keys("y<enter>").dialog(), None);
    assert_eq!(sandbox.dump(), dump);
}

#[test]
fn a_locked_database_is_left_alone_and_the_next_try_works() {
    let sandbox = Sandbox::demo();
    let (files, dump) = (sandbox.files(), sandbox.dump());
    let mut tui = sandbox.tui(100, 40);
    let mut writer = sandbox.another();
    let lock = writer.transaction_with_behavior(TransactionBehavior::Immediate);
    let lock = lock.unwrap();
    assert_snapshot!(says(tui.keys("jry")));
    assert_eq!((sandbox.files(), sandbox.dump()), (files, dump));
    drop(lock);
    tui.keys("<enter>").later(TimeDelta::minutes(1));
    assert!(says(tui.keys("ry")).starts_with("✓ Restored"));
    assert_eq!(lost_hour(&sandbox), 72);
}

#[test]
fn that_a_restore_waits_for_another_process_is_seen() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    tui.keys("jr").hold(Slot::Operation).keys("y");
    let waits = says(tui.tell(Stage::Waiting, 50, 5000));
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
    let waits = says(&tui);
    assert!(
        waits.contains("waiting while chat (pid 4711) writes to the database …"),
        "{waits}"
    );
    let goes_on = says(tui.tell(Stage::Applying, 1, 2));
    assert!(!goes_on.contains("4711"), "{goes_on}");
}

#[test]
fn who_else_has_the_database_open_is_told() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(100, 40);
    let one = says(tui.opened_by("chat", 4711).keys("r"));
    assert!(
        one.contains("! chat (pid 4711) has the database open"),
        "{one}"
    );
    let two = says(tui.opened_by("sqlite3", 4712).keys("<esc>r"));
    assert!(
        two.contains("! chat (pid 4711), sqlite3 (pid 4712) have the"),
        "{two}"
    );
}

#[test]
fn a_snapshot_that_live_equals_has_nothing_to_restore() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let (files, dump) = (sandbox.files().len(), sandbox.dump());
    let mut tui = sandbox.tui(100, 40);
    assert_snapshot!(says(tui.keys("r")));
    assert!(says(tui.keys("y")).starts_with("✓ Restored"));
    assert_eq!(sandbox.dump(), dump);
    assert_eq!(
        sandbox.files().len(),
        files + 1,
        "a checkpoint, and no safety snapshot"
    );
}

#[test]
fn what_refuses_a_restore_can_be_done_without_if_the_user_says_so() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.sql("PRAGMA foreign_keys = OFF; UPDATE memories SET scene_id = 77");
    sandbox.take(Kind::Rewind, at(0));
    let before = sandbox.dump();
    sandbox.sql("DELETE FROM memories");
    let mut tui = sandbox.tui(100, 40);
    let asked = says(tui.keys("r"));
    assert!(asked.contains("would refer to a row of"), "{asked}");
    // No is the answer of who only presses Enter.
    assert_eq!(tui.keys("<enter>").dialog(), None);
    let planned = says(tui.keys("ry"));
    assert!(planned.contains("memories"), "{planned}");
    assert_ne!(sandbox.dump(), before);
    tui.keys("y");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_table_that_cannot_be_written_is_left_out_if_the_user_says_so() {
    let sandbox = Sandbox::demo();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let function = |context: &mut Context<'_>| context.get::<String>(0);
    let app = &sandbox.app;
    app.create_scalar_function("sounds_like", 1, flags, function)
        .unwrap();
    sandbox.sql("CREATE INDEX sounds ON bots (sounds_like(name)); UPDATE bots SET name = 'x'");
    let mut tui = sandbox.tui(100, 40);
    let asked = says(tui.keys("r"));
    assert!(
        asked.contains("table bots cannot be written here"),
        "{asked}"
    );
    let planned = says(tui.keys("y"));
    assert!(
        planned.contains("left out, table bots stays as it is"),
        "{planned}"
    );
}
