//! The preview: rows counted once, beside live's, and never those of another snapshot.

use chrono::TimeDelta;
use insta::assert_snapshot;
use snapback::{
    core::{Counts, Error, Kind, Stage},
    tui::{Msg, News, Purpose},
};

use crate::{
    sandbox::{Sandbox, at},
    screen::Tui,
};

/// The line of the preview that tells of a table, without its blanks.
fn line(tui: &Tui, table: &str) -> String {
    let frame = tui.frame();
    let line = frame.lines().find(|line| line.contains(table));
    let (_, line) = line.unwrap().rsplit_once("││").unwrap();
    let words: Vec<&str> = line.trim_end_matches('│').split_whitespace().collect();
    words.join(" ")
}

#[test]
fn rows_stand_beside_those_of_live_as_it_is_now() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    sandbox.memory("the stairs");
    sandbox.take(Kind::Rewind, at(1));
    let mut tui = sandbox.tui(120, 30);
    assert_eq!(line(&tui, "memories"), "memories 2 2 =");
    sandbox.memory("the lamp");
    sandbox.sql("DELETE FROM chat_state");
    tui.hear(Msg::Changed).later(TimeDelta::seconds(1));
    assert_eq!(line(&tui, "memories"), "memories 2 3 +1");
    assert_eq!(line(&tui, "event_log"), "event_log 4 5 +1");
    assert_eq!(line(&tui, "chat_state"), "chat_state 1 0 -1");
}

#[test]
fn tables_that_one_side_lacks_have_no_number_there() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    sandbox.put(
        Kind::Rewind,
        at(2),
        r#"{"last_event_id": 1, "event_log": []}"#,
    );
    sandbox.sql("DROP TABLE classifier_failures");
    let mut tui = sandbox.tui(120, 30);
    assert_eq!(line(&tui, "bots"), "bots – 1 +1");
    tui.keys("j");
    assert_eq!(
        line(&tui, "classifier_failures"),
        "classifier_failures 0 – ="
    );
}

#[test]
fn without_live_the_rows_stand_alone() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DROP TABLE event_log");
    assert_snapshot!(sandbox.tui(120, 20).frame());
}

#[test]
fn counting_shows_how_far_it_is() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 20);
    tui.hold(Purpose::Count).keys("j");
    assert!(tui.frame().contains("counting rows …"));
    tui.tell(Stage::Reading, 123, 300);
    assert_snapshot!(tui.frame());
    tui.release();
    assert_eq!(line(&tui, "event_log"), "event_log 1,476 1,482 +6");
}

#[test]
fn what_was_counted_is_not_counted_again() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 20);
    tui.keys("jj").effects();
    tui.keys("kk<tab><tab><tab>");
    assert_eq!(tui.effects(), Vec::<String>::new());
    let file = sandbox.list().remove(0);
    sandbox.put(Kind::Periodic, file.taken_at(), r#"{"last_event_id": 1}"#);
    tui.keys("<f5>");
    assert!(tui.effects().contains(&"count 20210315T114808Z".to_owned()));
    assert_eq!(line(&tui, "event_log"), "event_log – 1,482 +1,482");
}

#[test]
fn counting_is_cancelled_by_another_selection_and_begun_again_on_return() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 20);
    tui.hold(Purpose::Count).keys("j");
    tui.tell(Stage::Reading, 1, 2);
    tui.keys("j").effects();
    assert!(
        tui.frame().contains("counting rows …"),
        "the other's progress is gone"
    );
    tui.keys("k");
    assert_eq!(tui.effects(), ["count 20210315T114807Z"]);
    tui.release();
    assert_eq!(line(&tui, "event_log"), "event_log 1,476 1,482 +6");
}

#[test]
fn late_counts_of_another_snapshot_are_not_shown() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 20);
    tui.hold(Purpose::Count).keys("j");
    let (ticket, path) = tui.counting();
    tui.keys("jk");
    let counts = Counts {
        last_event_id: 7,
        tables: vec![("event_log".to_owned(), 7)],
    };
    let news = |news| Msg::Job {
        purpose: Purpose::Count,
        ticket,
        news: Box::new(news),
    };
    tui.hear(news(News::Counted(path, Ok(counts))));
    tui.hear(news(News::Ended));
    assert!(tui.frame().contains("counting rows …"), "{}", tui.frame());
    tui.release();
    assert_eq!(line(&tui, "event_log"), "event_log 1,476 1,482 +6");
}

#[test]
fn rows_that_cannot_be_counted_say_why() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 20);
    tui.hold(Purpose::Count).keys("j");
    let (_, path) = tui.counting();
    tui.answer(News::Counted(
        path,
        Err(Error::ChangedWhileRead {
            path: "there".into(),
        }),
    ));
    assert!(tui.frame().contains("there changed while it was read"));
}
