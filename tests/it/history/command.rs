//! `unrewind history`: what it prints, and its exit codes.

use serde_json::{Value as Json, json};
use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

/// A memory that was edited, then rewound.
fn edited() -> Sandbox {
    let sandbox = Sandbox::new();
    let first = sandbox.event("Hello");
    sandbox.memory("The keeper sleeps, and the lamp burns all night. Godo nihgt, and sleep wlel.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.take(Kind::Periodic, at(10));
    sandbox.sql("UPDATE memories SET text = replace(text, 'Godo nihgt', 'Good night')");
    sandbox.rewind(first, at(20));
    sandbox
}

#[test]
fn versions_are_printed_oldest_first_with_what_changed() {
    let ran = edited().run(&["history", "memories", "4"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    // The ages depend on the clock.
    let age = regex::Regex::new(r"[0-9,]+ d ago").unwrap();
    insta::assert_snapshot!(age.replace_all(&ran.out, "AGO"), @r"
    memories, id = 4
    3 versions in 3 snapshots and live, oldest first

    periodic 2021-03-14 12:00:00, AGO: first seen
      unchanged in 2 snapshots
      id = 4
      chat_id = 1
      scene_id = NULL
      text = 'The keeper sleeps, and the lamp burns all night. Godo nihgt,…'
      importance = 0.1
      created_at = '2021-03-14T09:03:00Z'

    rewind 2021-03-14 12:20:00, AGO: text: Godo nihgt → Good night
      in 1 snapshot
      text: …lamp burns all night. [-Godo nihgt-]{+Good night+}, and sleep wlel.

    live: gone
      missing in live
      event 5: rewind 2021-03-14T09:04:00Z
    ");
}

#[test]
fn json_has_each_version_with_its_row_and_snapshots() {
    let ran = edited().run(&["history", "memories", "4", "--json"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let found: Json = serde_json::from_str(&ran.out).unwrap();
    let row = |text: &str| json!({"id": 4, "chat_id": 1, "scene_id": null, "text": text, "importance": 0.1, "created_at": found["versions"][0]["row"]["created_at"]});
    let texts = ["Godo nihgt", "Good night"].map(|night| {
        format!("The keeper sleeps, and the lamp burns all night. {night}, and sleep wlel.")
    });
    let expected = json!({
        "table": "memories",
        "key": {"id": 4},
        "failed": {},
        "versions": [
            {
                "from": "2021-03-14T12:00:00Z", "to": "2021-03-14T12:10:00Z",
                "snapshots": ["periodic/20210314T120000Z", "periodic/20210314T121000Z"],
                "live": false, "row": row(&texts[0]), "changed": [], "rewinds": [], "events": [],
            },
            {
                "from": "2021-03-14T12:20:00Z", "to": "2021-03-14T12:20:00Z",
                "snapshots": ["rewind/20210314T122000Z"],
                "live": false, "row": row(&texts[1]), "changed": ["text"], "rewinds": [], "events": [],
            },
            {
                "from": null, "to": null, "snapshots": [], "live": true,
                "row": null, "changed": [], "rewinds": [5], "events": [],
            },
        ],
    });
    assert_eq!(found, expected);
}

#[test]
fn a_row_that_no_side_holds_exits_with_1_and_an_unread_side_with_2() {
    let mut sandbox = edited();
    let ran = sandbox.run(&["history", "memories", "99"]);
    assert_eq!(
        (ran.code, &*ran.out, &*ran.err),
        (
            1,
            "",
            "no row of memories has the key 99, in 3 snapshots and live\n"
        )
    );
    let ran = sandbox.run(&["history", "memoris", "4"]);
    assert_eq!(
        (ran.code, &*ran.err),
        (
            2,
            "unrewind: there is no table memoris: did you mean memories?\n"
        )
    );
    sandbox.put(Kind::Rewind, at(30), "{");
    let ran = sandbox.run(&["history", "memories", "4"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.out.contains("3 versions in 3 snapshots and live"),
        "{}",
        ran.out
    );
    assert!(
        ran.err
            .starts_with("! rewind/20210314T123000Z is not readable: "),
        "{}",
        ran.err
    );
    sandbox.quit();
    std::fs::remove_file(sandbox.db()).unwrap();
    let ran = sandbox.run(&["history", "memories", "4"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.out.contains("2 versions in 3 snapshots, oldest"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("! live is not readable: "), "{}", ran.err);
}
