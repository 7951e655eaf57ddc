//! The search: what it shows at every size, as a text is typed, and what can be done from it.

use insta::assert_snapshot;
use ratatui::{buffer::Cell, style::Modifier};
use unrewind::{
    core::{Kind, Stage},
    tui::{Message, Slot},
};

use unicode_width::UnicodeWidthStr;

use crate::sandbox::{Sandbox, at};

#[test]
fn a_search_fits_every_size() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(60, 15), (80, 24), (120, 35), (200, 60)] {
        let name = format!("search_{columns}x{rows}");
        let mut tui = sandbox.tui(columns, rows);
        assert_snapshot!(name, tui.keys("sto<space>herself<enter>jjj").frame());
    }
    for (columns, rows) in [(0, 0), (1, 1), (3, 2), (20, 5), (40, 11)] {
        let mut tui = sandbox.tui(columns, rows);
        tui.keys("se<enter>Gjk<pgdn>").buffer();
    }
}

#[test]
fn an_empty_search_says_what_will_be_searched() {
    let frame = Sandbox::rewound().tui(80, 24).keys("s").frame();
    assert!(frame.contains("Type a text"), "{frame}");
    assert!(
        frame.contains("live and all snapshots · all tables"),
        "{frame}"
    );
}

#[test]
fn each_edit_searches_again_and_an_empty_line_searches_nothing() {
    let sandbox = Sandbox::rewound();
    let mut tui = sandbox.tui(100, 24);
    tui.keys("s").effects();
    tui.keys("la");
    assert_eq!(tui.effects(), ["search \"l\"", "search \"la\""]);
    let frame = tui.keys("mp").frame();
    assert!(frame.contains("3 rows"), "{frame}");
    let frame = tui.keys("s").frame();
    assert!(frame.contains("no row contains it"), "{frame}");
    tui.effects();
    let frame = tui.keys("<c-u>").frame();
    assert!(frame.contains("Type a text"), "{frame}");
    assert!(tui.effects().is_empty());
    let frame = tui.send(Message::Paste("\"lamp\"".to_owned())).frame();
    assert!(frame.contains("1 row"), "{frame}");
}

#[test]
fn an_edit_or_leaving_cancels_a_running_search() {
    let sandbox = Sandbox::rewound();
    let mut tui = sandbox.tui(100, 24);
    tui.hold(Slot::Screen(0)).keys("slamp");
    let frame = tui.progress(Stage::Searching, 1, 4).frame();
    assert!(frame.contains(" 25 %"), "{frame}");
    tui.effects();
    tui.keys("<c-u>");
    assert_eq!(tui.effects(), ["cancel screen(0)"]);
    let before = tui.frame();
    assert_eq!(tui.release().frame(), before, "a late result is not shown");
    tui.hold(Slot::Screen(0)).keys("lamp").effects();
    tui.keys("<esc>");
    assert_eq!(tui.effects(), ["cancel screen(0)"]);
    assert!(tui.frame().contains("Snapshots"));
}

#[test]
fn enter_goes_to_the_rows_of_a_search_that_still_runs() {
    let sandbox = Sandbox::rewound();
    let mut tui = sandbox.tui(100, 24);
    tui.hold(Slot::Screen(0)).keys("slamp<enter>j");
    let frame = tui.release().keys("j").frame();
    assert!(frame.contains("text: lamp "), "{frame}");
    let line = |text: &str| frame.lines().position(|line| line.contains(text)).unwrap();
    assert_eq!(line("▌"), line("LIVE") + 2, "the second row: {frame}");
    let mut tui = sandbox.tui(100, 24);
    tui.hold(Slot::Screen(0)).keys("sxyz<enter>");
    let frame = tui.release().keys("a").frame();
    assert!(frame.contains("text: xyza "), "nothing was found: {frame}");
}

#[test]
fn a_search_can_be_narrowed_by_kind_and_table() {
    let sandbox = Sandbox::rewound();
    let mut tui = sandbox.tui(100, 24);
    let frame = tui.keys("slamp<c-t>").frame();
    assert!(frame.contains("· event_log  2 rows"), "{frame}");
    let frame = tui.keys("<c-t>").frame();
    assert!(frame.contains("· memories  1 row"), "{frame}");
    let frame = tui.keys("<c-t><tab><tab>").frame();
    assert!(
        frame.contains("live and periodic snapshots · all tables  2 rows"),
        "{frame}"
    );
    let frame = tui.keys("<s-tab>").frame();
    assert!(
        frame.contains("live and rewind snapshots · all tables  3 rows"),
        "{frame}"
    );
}

#[test]
fn an_incomplete_regular_expression_shows_its_error_and_a_complete_one_is_searched() {
    let sandbox = Sandbox::rewound();
    let mut tui = sandbox.tui(100, 24);
    let frame = tui.keys("s<c-r>turned.*(").frame();
    assert!(frame.contains("regular expression: turned.*("), "{frame}");
    assert!(
        frame.contains("cannot search for this pattern: unclosed group"),
        "{frame}"
    );
    let frame = tui.keys("off|on)").frame();
    assert!(frame.contains("2 rows"), "{frame}");
}

#[test]
fn a_lost_row_is_restored_from_the_newest_snapshot_in_which_it_is_active() {
    let sandbox = Sandbox::rewound();
    sandbox.take(Kind::Periodic, at(30));
    let mut tui = sandbox.tui(100, 30);
    tui.keys("slamp<enter>G");
    let frame = tui.keys("r").frame();
    assert!(frame.contains("live holds this row"), "{frame}");
    let frame = tui.keys("g").frame();
    assert!(
        frame.contains("in live, but rewound; in 2 of 3 snapshots"),
        "{frame}"
    );
    assert!(
        frame.contains("rewind 2021-03-14 12:20:00 brings it back"),
        "{frame}"
    );
    let plan = tui.keys("r").dialog().unwrap();
    assert!(
        plan.starts_with("Restore rewind 2021-03-14 12:20:00"),
        "{plan}"
    );
    let done = tui.keys("y").dialog().unwrap();
    assert!(done.starts_with("✓ Restored"), "{done}");
    let frame = tui.keys("<enter>").frame();
    assert!(
        frame.contains("live and all snapshots · all tables  3 rows"),
        "{frame}"
    );
    assert!(
        !frame.contains('✗') && !frame.contains("rewound"),
        "{frame}"
    );
}

#[test]
fn a_found_row_opens_in_its_snapshot_which_can_be_restored_from_there() {
    let sandbox = Sandbox::rewound();
    let mut tui = sandbox.tui(100, 30);
    let frame = tui.keys("slamp<enter>j<enter>").frame();
    assert!(
        frame.contains("memories  in rewind 2021-03-14 12:20:00"),
        "{frame}"
    );
    assert!(frame.contains("café's lamp off"), "{frame}");
    assert!(
        frame.contains("╭ text  text"),
        "the column with the text is selected: {frame}"
    );
    let plan = tui.keys("r").dialog().unwrap();
    assert!(
        plan.starts_with("Restore rewind 2021-03-14 12:20:00"),
        "{plan}"
    );
    let frame = tui.keys("n<esc>").frame();
    assert!(frame.contains("text: lamp"), "{frame}");
    let frame = tui.keys("G<enter>").frame();
    assert!(frame.contains("event_log  in live"), "{frame}");
    assert!(tui.keys("r").dialog().is_none(), "live is not restored");
}

#[test]
fn a_snapshot_that_cannot_be_searched_is_reported() {
    let sandbox = Sandbox::rewound();
    sandbox.put(Kind::Rewind, at(40), "{");
    let frame = sandbox.tui(100, 24).keys("slantern").frame();
    assert!(frame.contains("0 rows, 1 side not searched"), "{frame}");
    assert!(
        frame.contains("! rewind/20210314T124000Z could not be searched: "),
        "{frame}"
    );
}

#[test]
fn the_matching_text_is_underlined_in_the_selected_row() {
    let sandbox = Sandbox::rewound();
    let mut tui = sandbox.tui(100, 24);
    let buffer = tui.keys("slamp<enter>").buffer();
    let underlined = |cell: &&Cell| cell.modifier.contains(Modifier::UNDERLINED);
    let cells = buffer.content.iter().filter(underlined);
    assert_eq!(cells.map(Cell::symbol).collect::<String>(), "lamp");
}

#[test]
fn wide_characters_are_never_cut_in_half() {
    let sandbox = Sandbox::new();
    sandbox.memory(
        "灯台の光は窓の外の海を照らし、👨‍👩‍👧は灯を見ていた。灯台の光は窓の外の海を照らしていた。",
    );
    for columns in 60..90 {
        let frame = sandbox.tui(columns, 24).keys("s見て<enter>").frame();
        let row = frame.lines().find(|line| line.contains("▌")).unwrap();
        assert!(row.contains("見て"), "{frame}");
        let width = UnicodeWidthStr::width(row);
        assert_eq!(width, usize::from(columns), "{frame}");
    }
}

#[test]
fn rows_that_live_lacks_come_first_and_can_be_shown_alone() {
    let sandbox = Sandbox::new();
    sandbox.memory("a lamp in the hall");
    sandbox.memory("a lamp on the stairs");
    sandbox.memory("a lamp at sea");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM memories WHERE text LIKE '%sea'");
    let mut tui = sandbox.tui(120, 30);
    let found = tui.keys("sa<space>lamp<c-t><enter>g").frame();
    let place = |text: &str| found.lines().position(|line| line.contains(text));
    assert!(place("✗ ") < place("✓ "), "{found}");
    assert!(tui.selected().contains("at sea"), "{found}");
    assert!(tui.footer().contains("m missing only"), "{}", tui.footer());
    let lacking = tui.keys("m").frame();
    assert!(lacking.contains("1 that live lacks, of "), "{lacking}");
    assert!(!lacking.contains("✓ "), "{lacking}");
    assert!(tui.selected().contains("at sea"));
    assert!(tui.keys("m").frame().contains("✓ "));
}
