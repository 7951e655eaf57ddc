//! A restore while another process writes: it waits and reports that.

use std::{ops::ControlFlow, time::Duration};

use rusqlite::TransactionBehavior;
use unrewind::core::{
    Error, Kind, OnProgress, RestorePlan, Restored, Result, Safety, Scope, Snapshot, Stage,
};

use crate::sandbox::{Sandbox, at, now};

/// A chat with a very long lock timeout.
fn patient() -> (Sandbox, Snapshot) {
    let mut sandbox = Sandbox::new();
    sandbox.profile.busy_timeout = Duration::from_hours(24);
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night, then.");
    (sandbox, snapshot)
}

fn apply(sandbox: &Sandbox, plan: RestorePlan, on: OnProgress<'_>) -> Result<Restored> {
    plan.apply(&sandbox.store(), Safety::default(), now(), on)
}

#[test]
fn waiting_for_another_process_is_reported_and_can_be_cancelled() {
    let (sandbox, snapshot) = patient();
    let before = sandbox.dump();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let mut writer = sandbox.another();
    let lock = writer.transaction_with_behavior(TransactionBehavior::Immediate);
    let lock = lock.unwrap();
    let mut waits = 0;
    let stopped = apply(&sandbox, plan, &mut |progress| {
        waits += u64::from(progress.stage == Stage::Waiting);
        if waits == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    drop(lock);
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.files(), ["rewind/20210314T120000Z.json"]);
}

#[test]
fn a_restore_continues_once_the_other_process_ends_its_transaction() {
    let (sandbox, snapshot) = patient();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let mut writer = sandbox.another();
    let lock = writer.transaction_with_behavior(TransactionBehavior::Immediate);
    let mut lock = Some(lock.unwrap());
    let restored = apply(&sandbox, plan, &mut |progress| {
        if progress.stage == Stage::Waiting {
            lock = None;
        }
        ControlFlow::Continue(())
    });
    restored.unwrap();
    assert!(lock.is_none(), "the restore has waited");
    assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
}
