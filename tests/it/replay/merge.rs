//! A merge where the command makes the tables: counters, too, are right.

use unrewind::core::{Kind, Newer, RestoreOptions, RestorePlan, Safety, unattended};

use super::{history, tables, with_projection};
use crate::{
    chat,
    sandbox::{Sandbox, at},
};

/// Merges the newest rewind snapshot into live.
fn merge(sandbox: &Sandbox) {
    let listed = sandbox.list();
    let newest = listed
        .iter()
        .find(|one| one.kind() == Some(Kind::Rewind))
        .unwrap();
    let options = RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    };
    let (database, store) = (sandbox.database(), sandbox.store());
    let (profile, on) = (&sandbox.profile, &mut unattended);
    let plan = RestorePlan::of_snapshot(database, profile, &store, newest.clone(), options, on);
    let restored = plan
        .unwrap()
        .apply(&store, Safety::default(), at(99), on)
        .unwrap();
    assert_eq!(
        (restored.begins, restored.replays),
        (restored.last_event_id, 0)
    );
}

#[test]
fn a_counter_counts_the_events_of_both_sides() {
    let sandbox = Sandbox::new();
    for minute in 0..3 {
        sandbox.event("Hello?");
        sandbox.take(Kind::Periodic, at(minute));
    }
    sandbox.event("Lost.");
    sandbox.event("Lost, too.");
    sandbox.rewind(5, at(9));
    sandbox.event("New.");
    let sandbox = with_projection(sandbox);
    let count = "SELECT message_count FROM chat_state";
    assert_eq!(sandbox.rows(count), ["4"]);
    merge(&sandbox);
    assert_eq!(sandbox.rows(count), ["6"]);
}

#[test]
fn a_merge_of_a_random_history_has_the_tables_of_its_log() {
    for seed in 1..=8 {
        let (sandbox, _) = history(seed);
        if sandbox
            .list()
            .iter()
            .any(|one| one.kind() == Some(Kind::Rewind))
        {
            let sandbox = with_projection(sandbox);
            merge(&sandbox);
            let promised = chat::projected(&sandbox.app, None, 0);
            assert_eq!(tables(&sandbox.app), tables(&promised), "seed {seed}");
        }
    }
}
