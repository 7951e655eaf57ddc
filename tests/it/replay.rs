//! The replay command: what it makes of a moment, and what becomes of it when it fails, hangs or does too
//! much. The simulated application's own projection is one, run by this test program.

mod events;
mod into;
mod merge;
#[cfg(unix)]
mod program;
pub mod settings;
mod shown;
mod verify;

use std::{env, path::Path};

use rusqlite::Connection;
use unrewind::core::{
    Error, Kind, Moment, ReplayCommand, RestoreOptions, RestorePlan, Result, Safety, Scope, When,
    unattended,
};

use crate::{
    chat,
    rng::Rng,
    sandbox::{Sandbox, at},
};

const LOG: &str = "SELECT * FROM event_log ORDER BY id";

/// A command that runs a function of this program, which is an ignored test.
pub fn of_this_program(function: &str) -> ReplayCommand {
    let program = env::current_exe().unwrap();
    let name = format!("replay::{function}");
    ReplayCommand {
        program: program.to_str().unwrap().to_owned(),
        arguments: [&*name, "--exact", "--ignored"].map(str::to_owned).to_vec(),
    }
}

/// The database and the id with which this program was called as a replay command, if it was.
fn called_with() -> Option<(String, i64)> {
    let mut arguments: Vec<String> = env::args().collect();
    let after = arguments.pop()?.parse().ok()?;
    Some((arguments.pop()?, after))
}

#[test]
#[ignore = "a replay command of other tests"]
fn projects_events() {
    let Some((database, after)) = called_with() else {
        return;
    };
    let app = Connection::open(database).unwrap();
    app.pragma_update(None, "foreign_keys", false).unwrap();
    app.execute_batch("BEGIN").unwrap();
    chat::replay_after(&app, after);
    app.execute_batch("COMMIT").unwrap();
}

#[test]
#[ignore = "a replay command of other tests"]
fn hides_an_event() {
    let Some((database, after)) = called_with() else {
        return;
    };
    let app = Connection::open(database).unwrap();
    let sql = "UPDATE event_log SET hidden = 1 WHERE id = ?1 + 1";
    app.execute(sql, [after]).unwrap();
}

#[test]
#[ignore = "a replay command of other tests"]
fn adds_a_column() {
    let Some((database, _)) = called_with() else {
        return;
    };
    let app = Connection::open(database).unwrap();
    let sql = "ALTER TABLE memories ADD COLUMN mood";
    app.execute_batch(sql).unwrap();
}

#[test]
#[ignore = "a replay command of other tests"]
fn forgets_feelings() {
    let Some((database, after)) = called_with() else {
        return;
    };
    projects_events();
    let app = Connection::open(database).unwrap();
    let sql = "UPDATE edges SET feeling = 'none' WHERE ?1 > 0";
    app.execute(sql, [after]).unwrap();
}

/// A chat whose application does not replay events when it starts, with a command that does.
fn with_projection(mut sandbox: Sandbox) -> Sandbox {
    sandbox.profile.replays_on_start = false;
    sandbox.profile.replay = Some(of_this_program("projects_events"));
    sandbox
}

fn plan(sandbox: &Sandbox, event: i64, options: RestoreOptions) -> Result<RestorePlan> {
    let (database, store) = (sandbox.database(), sandbox.store());
    let (profile, on) = (&sandbox.profile, &mut unattended);
    let moment = Moment::find(
        When::Event(event),
        None,
        Some(&database),
        profile,
        &store,
        on,
    )?;
    RestorePlan::of_moment(database, profile, &store, &moment, options, on)
}

/// The rows of every projected table.
pub fn tables(app: &Connection) -> Vec<Vec<String>> {
    let sql = |table| format!("SELECT * FROM {table} ORDER BY 1, 2");
    let rows = |table| Sandbox::rows_of(app, &sql(table));
    chat::TABLES.into_iter().map(rows).collect()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    found
}

/// A chat with rewinds and snapshots of both kinds, and its log just after each event.
pub fn history(seed: u64) -> (Sandbox, Vec<(i64, Vec<String>)>) {
    let (sandbox, mut rng) = (Sandbox::new(), Rng::new(seed));
    let mut logs = Vec::new();
    for minute in 0..20 {
        let last = logs.last().map_or(2, |(id, _)| *id);
        let id = match rng.below(8) {
            0 | 1 => sandbox.memory("The lamp burns."),
            2 if last > 4 => {
                sandbox.rewind((last - rng.below(6).cast_signed()).max(2), at(minute));
                last + 1
            }
            3 => {
                sandbox.take(Kind::Periodic, at(minute));
                continue;
            }
            4 => {
                let feeling = serde_json::json!({ "bot": "mara", "feeling": minute.to_string() });
                sandbox.log("felt", &feeling)
            }
            _ => sandbox.event("Hello?"),
        };
        logs.push((id, sandbox.rows(LOG)));
    }
    (sandbox, logs)
}

#[test]
fn every_event_of_a_history_is_restored_exactly_and_the_restore_undone() {
    for seed in 1..=3 {
        let (sandbox, logs) = history(seed);
        let sandbox = with_projection(sandbox);
        let before = sandbox.dump();
        for (index, (event, log)) in logs.iter().enumerate() {
            let plan = plan(&sandbox, *event, RestoreOptions::default()).unwrap();
            let minute = 100 + 2 * i64::try_from(index).unwrap();
            let (store, safety) = (sandbox.store(), Safety::default());
            let restored = plan.apply(&store, safety, at(minute), &mut unattended);
            let restored = restored.unwrap();
            let ends = (restored.last_event_id, restored.begins, restored.replays);
            assert_eq!(ends, (*event, *event, 0), "seed {seed}");
            assert_eq!(&sandbox.rows(LOG), log, "seed {seed}, event {event}");
            let promised = chat::projected(&sandbox.app, None, 0);
            assert_eq!(
                tables(&sandbox.app),
                tables(&promised),
                "seed {seed}, event {event}"
            );
            assert!(sandbox.full_text_is_sound());
            if restored.safety_snapshot.is_some() {
                sandbox.undo().unwrap();
            }
            assert_eq!(sandbox.dump(), before, "seed {seed}, event {event}");
        }
    }
}

/// A periodic snapshot of event 3, and a memory after it.
fn remembering() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.event("Hello?");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.memory("The lamp burns.");
    sandbox.memory("The lamp went out.");
    with_projection(sandbox)
}

#[test]
fn tables_alone_are_restored_as_of_an_event() {
    let sandbox = remembering();
    let plan = plan(&sandbox, 4, Scope::Tables.into()).unwrap();
    let restored = plan.apply(&sandbox.store(), Safety::default(), at(9), &mut unattended);
    restored.unwrap();
    assert_eq!(sandbox.rows("SELECT id FROM memories"), ["4"]);
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["5"]);
}

#[test]
fn a_plan_leaves_no_scratch_file_and_live_as_it_is() {
    let sandbox = remembering();
    let (before, files_before) = (sandbox.dump(), files(&sandbox.data()));
    drop(plan(&sandbox, 4, RestoreOptions::default()).unwrap());
    assert_eq!(files(&sandbox.data()), files_before);
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_command_that_changes_the_log_or_the_schema_is_refused() {
    let mut sandbox = remembering();
    let mut message_of = |function| {
        sandbox.profile.replay = Some(of_this_program(function));
        let refused = plan(&sandbox, 4, RestoreOptions::default()).unwrap_err();
        assert!(matches!(refused, Error::Replay(_)), "{refused}");
        refused.to_string()
    };
    let message = message_of("adds_a_column");
    let end = "changed the schema of table memories: it may only change rows of the other tables";
    assert!(message.ends_with(end), "{message}");
    let message = message_of("hides_an_event");
    let end = "changed the event log event_log: it may only change rows of the other tables";
    assert!(message.ends_with(end), "{message}");
}

#[test]
fn a_snapshot_of_exactly_the_event_needs_no_replay() {
    let mut sandbox = remembering();
    sandbox.profile.replay = Some(ReplayCommand {
        program: "/nowhere/replay".to_owned(),
        arguments: Vec::new(),
    });
    let exact = plan(&sandbox, 3, RestoreOptions::default()).unwrap();
    assert!(exact.moment.unwrap().replayed.is_none());
    let refused = plan(&sandbox, 4, RestoreOptions::default()).unwrap_err();
    // The reason is in the words of the system.
    let start = "the replay command /nowhere/replay cannot be started: ";
    assert!(refused.to_string().starts_with(start), "{refused}");
}
