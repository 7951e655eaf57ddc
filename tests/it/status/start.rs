//! What `status` says of a start that goes wrong without any restore.

use unrewind::core::Kind;

use super::status;
use crate::{
    chat,
    sandbox::{Sandbox, at},
};

#[test]
fn a_start_that_brings_rewound_events_back_is_said() {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    sandbox.memory("Two.");
    sandbox.memory("Three.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.rewind(3, at(10));
    let (code, json) = status(&sandbox);
    assert_eq!((code, &json["start_differs_by"]["rewound"]), (1, &2.into()));
    let says = "the next start brings 2 rewound events' rows back: take a periodic snapshot";
    assert_eq!(json["attention"][0], says);
    let promised = sandbox.dump();
    sandbox.take(Kind::Periodic, at(20));
    assert_eq!(status(&sandbox).0, 0);
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.dump(), promised);
}

#[test]
fn a_start_that_lacks_events_that_count_again_is_said() {
    let sandbox = Sandbox::new();
    sandbox.memory("One.");
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 3");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 0 WHERE id = 3");
    let says = "the next start lacks the rows of 1 event: take a periodic snapshot";
    assert_eq!(status(&sandbox).1["attention"][0], says);
}
