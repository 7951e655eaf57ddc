//! A restore to just after an event of the events screen.

use insta::assert_snapshot;

use crate::{
    moment::{rewound_at_91, two_histories},
    screen::Tui,
};

const LOG: &str = "SELECT * FROM event_log ORDER BY id";

fn dialog(tui: &Tui) -> String {
    tui.dialog().expect("a dialog is open")
}

#[test]
fn an_event_shows_the_plan_to_restore_to_it_and_the_restore_can_be_undone() {
    let (sandbox, same) = (rewound_at_91(), rewound_at_91());
    let before = sandbox.dump();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!(tui.keys("ei65<enter>r").dialog().unwrap());
    assert_eq!(sandbox.dump(), before);
    let result = tui.keys("y").dialog().unwrap();
    assert!(result.starts_with("✓ Restored"), "{result}");
    same.run(&["restore", "--at", "65", "--yes"]);
    assert_eq!(sandbox.rows(LOG), same.rows(LOG));

    let events = tui.keys("<enter>").frame();
    assert!(events.contains("Events  65 of"), "{events}");
    let undo = tui.keys("<esc>u").dialog().unwrap();
    assert!(undo.starts_with("Undo the restore of event 65"), "{undo}");
    tui.keys("y");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn an_event_means_the_history_in_which_the_screen_shows_it() {
    let sandbox = two_histories();
    let title = |keys: &str| {
        let plan = sandbox.tui(100, 30).keys(keys).dialog().unwrap();
        plan.lines().next().unwrap().to_owned()
    };
    // Both sides have another event 6; the snapshot's comes first.
    assert_eq!(
        title("ei6<enter>r"),
        "Restore to just after event 6 of rewind 2021-03-14 12:00:00"
    );
    assert_eq!(
        title("ei6<enter>jr"),
        "Restore to just after event 6 of live"
    );
    assert_eq!(
        title("ei5<enter>r"),
        "Restore to just after event 5 of live"
    );

    sandbox.tui(100, 30).keys("ei6<enter>ry");
    let text = "SELECT payload_json ->> 'text' FROM event_log WHERE id = 6";
    assert_eq!(sandbox.rows(text), ["'Hello?'"]);
}

#[test]
fn a_moment_whose_events_nothing_replays_is_refused_in_a_sentence() {
    let mut sandbox = rewound_at_91();
    sandbox.profile.replays_on_start = false;
    let before = sandbox.dump();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!(tui.keys("er").dialog().unwrap());
    let frame = tui.keys("<enter>").frame();
    assert!(frame.contains("Events"), "{frame}");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_plan_to_restore_to_an_event_is_made_anew_when_live_changes() {
    let sandbox = rewound_at_91();
    let mut tui = sandbox.tui(100, 30);
    tui.keys("ei65<enter>r");
    sandbox.event("one more");
    let plan = tui.keys("y").dialog().unwrap();
    assert!(
        plan.starts_with("Restore to just after event 65 of live")
            && plan.contains("! live changed since you saw the plan"),
        "{plan}"
    );
    tui.keys("y");
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["65"]);
}

#[test]
fn no_part_of_a_moment_is_restored_from_its_difference() {
    let sandbox = rewound_at_91();
    let before = sandbox.dump();
    let mut tui = sandbox.tui(100, 30);
    let frame = tui.keys("ei65<enter>rd").frame();
    assert!(
        frame.contains("Difference  from live to just after event 65 "),
        "{frame}"
    );
    assert!(frame.contains("+ only in the result "), "{frame}");
    let frame = tui.keys("r").frame();
    let sentence = "this is the difference of a plan: go back to answer it";
    assert!(frame.contains(sentence), "{frame}");
    assert_eq!(tui.keys("<enter>r").dialog(), None);
    let plan = tui.keys("<esc><esc>").dialog().unwrap();
    assert!(plan.starts_with("Restore to just after event 65"), "{plan}");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_moment_is_named_by_an_id_or_a_time_and_its_plan_follows() {
    let sandbox = two_histories();
    let mut tui = sandbox.tui(100, 30);
    let wrong = dialog(tui.keys("@soon<enter>"));
    assert!(wrong.contains("invalid moment \"soon\""), "{wrong}");
    let none = dialog(tui.keys("<c-u>99<enter>"));
    assert!(
        none.contains("neither live nor a snapshot has an event 99"),
        "{none}"
    );
    // Both histories have this one.
    let plan = dialog(tui.keys("<enter>@2021-03-14 09:02<enter>"));
    assert!(plan.contains("to just after event 3 of live"), "{plan}");
    assert_eq!(tui.keys("n").dialog(), None);
}

#[test]
fn where_several_histories_have_the_event_one_is_chosen() {
    let sandbox = two_histories();
    let mut tui = sandbox.tui(100, 30);
    assert_snapshot!(dialog(tui.keys("@6<enter>")));
    assert_eq!(tui.keys("<esc>").dialog(), None);
    let live = dialog(tui.keys("@6<enter><enter>"));
    assert!(live.contains("event 6 of live"), "{live}");
    let other = dialog(tui.keys("n@6<enter>j<enter>"));
    assert!(
        other.contains("event 6 of rewind 2021-03-14 12:00:00"),
        "{other}"
    );
    tui.keys("y<enter>");
    let text = "SELECT payload_json ->> 'text' FROM event_log WHERE id = 6";
    assert_eq!(sandbox.rows(text), ["'Hello?'"]);
}
