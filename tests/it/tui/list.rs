//! The list of snapshots: what it shows, and what is selected.

use std::fs;

use chrono::TimeDelta;
use insta::assert_snapshot;
use unrewind::{
    core::{
        AllSnapshots, Counts, Coverage, Id, Kind, Note, Replay, Scope, Snapshot, Stamp, StoredIn,
    },
    text::{self, Zone},
    tui::{LiveView, Message, Reply, Slot},
};

use crate::{
    sandbox::{Sandbox, age, at, now},
    screen::Tui,
};

#[test]
fn the_first_screen_fits_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("first_screen_{columns}x{rows}");
        assert_snapshot!(name, sandbox.tui_at_start(columns, rows).frame());
    }
    assert_eq!(sandbox.tui_at_start(0, 0).frame(), "");
}

#[test]
fn the_rewind_to_recover_from_is_selected_until_a_key_is_pressed() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_at_start(80, 24);
    let rewind = "! rewind    2021-03-15 11:48:07";
    assert!(tui.selected().starts_with(rewind));
    let header = tui.frame().lines().nth(1).unwrap().to_owned();
    assert!(header.contains("! R recovers 72 events rewound 11 min ago"));
    assert!(!tui.keys("g").selected().starts_with(rewind));
    let mut early = sandbox.tui_before_anything(80, 24);
    assert!(
        !early.keys("k").selected().starts_with(rewind),
        "a key before the banner keeps the selection"
    );
}

#[test]
fn no_key_is_answered_from_a_list_that_has_not_been_read() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_before_anything(80, 24);
    tui.hold(Slot::Refresh);
    for key in ["R", "p", "u", "U", "d", "r"] {
        assert_eq!(tui.keys(key).dialog(), None, "{key}");
        assert!(tui.frame().contains("reading the snapshots …"), "{key}");
    }
    assert!(tui.release().selected().starts_with("! rewind"));
    let plan = tui.keys("R").dialog().unwrap();
    assert!(plan.contains("72 events come back"), "{plan}");
}

#[test]
fn the_nearest_snapshot_in_time_is_selected_if_the_selected_one_is_filtered_out() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    assert!(
        tui.keys("jjjjj")
            .selected()
            .starts_with("periodic  2021-03-15 06:20:02")
    );
    assert!(
        tui.keys("<tab>")
            .selected()
            .starts_with("! rewind    2021-03-15 11:48:07")
    );
    assert!(
        tui.keys("j")
            .selected()
            .starts_with("rewind    2021-03-12 23:29:27")
    );
    assert!(
        tui.keys("<s-tab><s-tab>")
            .selected()
            .starts_with("periodic  2021-03-15 03:30:02")
    );
    assert!(tui.keys("<s-tab>").frame().contains("Snapshots  rewind 7"));
}

#[test]
fn ages_in_the_header_wake_the_screen() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 20);
    tui.keys("<tab>jjj");
    assert!(tui.frame().contains("no periodic snapshot due"));
    tui.keys("G");
    let wait = tui.wakes_in().unwrap();
    assert!(
        wait.as_secs() < 60,
        "the age of the newest periodic snapshot: {wait:?}"
    );
}

#[test]
fn the_first_frame_claims_nothing_before_the_snapshots_are_listed() {
    let sandbox = Sandbox::demo();
    assert_snapshot!(sandbox.tui_before_anything(80, 24).frame());
}

#[test]
fn the_empty_list_says_how_to_take_a_snapshot() {
    assert_snapshot!(Sandbox::new().tui(80, 24).frame());
}

#[test]
fn the_list_without_a_database_says_how_to_name_one() {
    assert_snapshot!(Sandbox::without_tables().tui(80, 24).frame());
}

#[test]
fn a_damaged_snapshot_is_listed_with_its_reason() {
    let sandbox = Sandbox::new();
    let whole = fs::read(sandbox.take(Kind::Rewind, at(1)).path).unwrap();
    sandbox.put(Kind::Periodic, at(2), &whole[..whole.len() / 2]);
    sandbox.put(Kind::Rewind, at(3), "");
    sandbox.put(Kind::Periodic, at(4), "[1, 2]");
    let mut tui = sandbox.tui(80, 24);
    assert_snapshot!("damaged_no_snapshot", tui.frame());
    assert_snapshot!("damaged_cut_short", tui.keys("jj").frame());
}

#[test]
fn a_safety_snapshot_is_marked_and_names_its_restore() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.event("one more");
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    for file in [restored.safety_snapshot, restored.checkpoint].map(Option::unwrap) {
        age(&file.path, file.taken_at());
    }
    let mut tui = sandbox.tui(80, 24);
    assert_snapshot!(tui.later(TimeDelta::minutes(3)).frame());
}

#[test]
fn the_header_shows_the_end_of_a_long_path() {
    let sandbox = Sandbox::new();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Refresh).keys("<f5>");
    let path = "/home/ロビン/チャット/🌊 the sea and all that is in it/会話/ends here/chat.db";
    tui.answer(Reply::Live(Ok(LiveView {
        path: path.into(),
        size: 12_345_678,
        counts: Counts {
            last_event_id: 1_234_567,
            tables: Vec::new(),
        },
        since_newest: None,
        since_periodic: Some(1_234_567),
        coverage: Coverage::default(),
        description: "data/unrewind.toml".into(),
        archive: std::sync::Arc::default(),
        replay: Replay::Nothing,
        rows_back: 0,
        shadows: Vec::new(),
    })));
    assert_snapshot!(tui.frame());
}

#[test]
fn a_narrow_header_shows_the_database_before_its_numbers() {
    let mut tui = Sandbox::new().tui(40, 10);
    tui.hold(Slot::Refresh).keys("<f5>");
    tui.answer(Reply::Live(Ok(LiveView {
        path: "/home/robin/the chat/data/chat.db".into(),
        size: 12_345_678,
        counts: Counts {
            last_event_id: 1_234_567,
            tables: Vec::new(),
        },
        since_newest: None,
        since_periodic: Some(0),
        coverage: Coverage::default(),
        description: "data/unrewind.toml".into(),
        archive: std::sync::Arc::default(),
        replay: Replay::Nothing,
        rows_back: 0,
        shadows: Vec::new(),
    })));
    let header = |tui: &Tui| tui.frame().lines().next().unwrap().to_owned();
    assert_eq!(header(&tui), " Unrewind  …chat/data/chat.db   12.3 MB");
    tui.resize(60, 10);
    assert_eq!(
        header(&tui),
        " Unrewind  …at/data/chat.db   12.3 MB   last event 1,234,567"
    );
    tui.resize(20, 10);
    assert_eq!(header(&tui), " Unrewind  …/chat.db");
}

#[test]
fn the_header_has_no_last_event_without_a_log() {
    let mut sandbox = Sandbox::new();
    sandbox.profile.log = None;
    let frame = sandbox.tui(80, 24).frame();
    assert!(!frame.lines().next().unwrap().contains("event"), "{frame}");
}

#[test]
fn without_a_log_no_dialog_names_events_or_a_start_from_a_snapshot() {
    let mut sandbox = Sandbox::new();
    sandbox.profile.log = None;
    sandbox.take(Kind::Rewind, at(-1));
    sandbox.sql("DELETE FROM memories");
    let mut tui = sandbox.tui(100, 40);
    let said = ["t", "<esc>r", "y"].map(|keys| tui.keys(keys).frame());
    for (frame, title) in said.iter().zip(["periodic", "Restore", "Restored"]) {
        assert!(frame.contains(title), "{frame}");
        for false_words in [
            "last event",
            "no events",
            "application start",
            "starts from",
        ] {
            assert!(!frame.contains(false_words), "{false_words}: {frame}");
        }
    }
}

#[test]
fn ten_thousand_snapshots_scroll_by_window() {
    let sandbox = Sandbox::new();
    let mut tui = sandbox.tui(80, 24);
    tui.hold(Slot::Count).hold(Slot::Refresh).keys("<f5>");
    tui.answer(Reply::Snapshots(Ok(AllSnapshots {
        snapshots: many(&sandbox, 10_000),
        trouble: None,
    })));
    assert_eq!(tui.keys("j").selected(), row(9_998));
    assert!(tui.frame().contains("Snapshots  all 10,000  row 2"));
    tui.keys("<pgdn><pgdn>");
    assert_eq!(
        tui.selected(),
        row(9_998 - 14),
        "a page is all visible rows but one"
    );
    assert_snapshot!("many_last", tui.keys("G").frame());
    assert_eq!(tui.keys("<pgup>k").selected(), row(8));
    assert_eq!(tui.keys("<home>").selected(), row(9_999));
    assert_eq!(tui.keys("<up>").selected(), row(9_999));
    assert_eq!(tui.keys("<end>j<down>").selected(), row(0));
}

/// The text of the row of this minute's snapshot.
fn row(minute: i64) -> String {
    let taken = at(minute - 10_000);
    let (moment, age) = (text::time(taken, Zone::Utc), text::age(taken, now()));
    let last = match minute {
        0 => "none".to_owned(),
        minute => text::event_id(minute),
    };
    format!("rewind    {moment}  {age:>6}  {last:>10}")
}

/// A snapshot for each minute, newest first, without files.
fn many(sandbox: &Sandbox, count: i64) -> Vec<Snapshot> {
    let snapshot = |minute| {
        let taken = at(minute - 10_000);
        let (kind, stamp) = (Kind::Rewind, Stamp::at(taken));
        let id = Id::plain(kind, stamp);
        Snapshot {
            id: Some(id),
            path: sandbox.store().path(id),
            size: 1_024,
            modified: taken,
            last_event_id: Some(minute),
            damage: None,
            pinned: false,
            pin_damage: None,
            off_log: false,
            note: Note::default(),
            stored_in: StoredIn::Folder,
            sentence: None,
        }
    };
    (0..count).rev().map(snapshot).collect()
}

#[test]
fn tab_cycles_through_the_kinds_and_keeps_the_selection_if_shown() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let selected = tui.keys("j").selected();
    assert!(selected.starts_with("! rewind    2021-03-15 11:48:07"));
    assert_eq!(kinds(tui.keys("<tab>")), ["rewind"; 7]);
    assert!(tui.frame().contains("Snapshots  rewind 7"));
    assert_eq!(tui.selected(), selected);
    assert_eq!(kinds(tui.keys("<tab>")), ["periodic"; 6]);
    let selected = tui.keys("jj").selected();
    assert!(selected.starts_with("periodic  2021-03-15 10:47:01"));
    assert_eq!(tui.keys("<tab>").selected(), selected);
    assert!(tui.frame().contains("Snapshots  all 13  row 4"));
}

/// The kinds of the visible rows.
fn kinds(tui: &Tui) -> Vec<String> {
    let is_row = |row: &&str| row.starts_with('│') && row.contains(" 2021-");
    let kind = |row: &str| {
        let words = row.trim_start_matches(['│', '▌', '!', ' ']);
        words.split_whitespace().next().unwrap().to_owned()
    };
    let frame = tui.frame();
    let list = frame.lines().take_while(|row| !row.starts_with('╰'));
    list.filter(is_row).map(kind).collect()
}

#[test]
fn a_kind_without_snapshots_says_how_to_show_the_others() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    let mut tui = sandbox.tui(80, 24);
    let frame = tui.keys("<tab><tab>").frame();
    assert!(frame.contains("There are no periodic snapshots."));
    assert!(frame.contains("Tab shows the others."));
    assert_eq!(tui.keys("xr").dialog(), None, "nothing is selected");
}

#[test]
fn the_selection_stays_when_the_list_changes() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.keys("jj");
    let selected = tui.selected();
    sandbox.take(Kind::Rewind, at(24 * 60));
    tui.effects();
    tui.send(Message::Changed).send(Message::Changed);
    assert!(tui.effects().is_empty(), "repeated changes are coalesced");
    tui.later(TimeDelta::milliseconds(400));
    assert_eq!(
        tui.effects()
            .iter()
            .filter(|what| *what == "refresh")
            .count(),
        1
    );
    assert!(tui.frame().contains("Snapshots  all 14  row 4"));
    assert_eq!(tui.selected(), selected);
}

#[test]
fn the_next_snapshot_is_selected_when_the_selected_one_is_deleted() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let next = tui.keys("jjj").selected();
    let path = |name: &str| sandbox.store().root().join(name);
    tui.keys("k");
    fs::remove_file(path("periodic/20210315T111802Z.json")).unwrap();
    tui.keys("<f5>");
    assert_eq!(tui.selected(), next);
    fs::remove_dir_all(path("")).unwrap();
    tui.keys("<f5>");
    assert!(tui.frame().contains("There are no snapshots yet."));
}

#[test]
fn marks_belong_to_their_snapshots() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    let frame = tui.keys("<space>j<space>").frame();
    assert!(frame.contains("│ ● periodic  2021-03-15 11:48:08"));
    assert!(frame.contains("│ ● periodic  2021-03-15 11:18:02"));
    assert!(frame.contains("● 2 marked"));
    assert!(tui.keys("kk<space>").frame().contains("● 3 marked"));
    assert!(tui.keys("k<space>").frame().contains("● 2 marked"));
    let marked = sandbox
        .store()
        .root()
        .join("periodic/20210315T111802Z.json");
    fs::remove_file(marked).unwrap();
    assert!(tui.keys("<f5>").frame().contains("● 1 marked"));
    assert!(!tui.keys("<esc>").frame().contains('●'));
}

#[test]
fn ages_grow_with_the_clock_and_wake_the_screen() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 24);
    assert!(tui.frame().contains("11:18:02  41 min "));
    let wait = tui.wakes_in().unwrap();
    assert_eq!(wait.as_secs(), 2, "until the next age changes");
    tui.later(TimeDelta::from_std(wait).unwrap());
    assert!(tui.frame().contains("11:18:02  42 min "));
    tui.later(TimeDelta::minutes(17));
    assert!(tui.frame().contains("✓ no periodic snapshot due"));
    tui.later(TimeDelta::minutes(2));
    assert!(tui.frame().contains("! periodic snapshot due"));
    assert!(tui.frame().contains("rewound 30 min ago"));
}
