//! Creates the demonstration, a data folder with the history that `story` describes, and replays its events.

pub(super) mod story;

use std::{
    fs::{self, File},
    path::Path,
};

use chrono::{DateTime, Utc};

use crate::core::{
    actions::{
        composed::for_each_event,
        demo::story::{DemoStep, projection, story},
        take::Dump,
    },
    base::{
        error::{Error, Result},
        event::{Event, EventStatus},
        profile::Profile,
        progress::{Stage, unattended},
    },
    compare::diff::Side,
    db::{Access, Database, run_script},
    file::{
        note::Note,
        snapshot::{Id, Kind, Stamp},
    },
    store::Store,
};

const SCHEMA: &str = include_str!("../../../assets/chat.sql");
const DATABASE: &str = "chat.db";

/// Creates a demonstration in `folder`, which must be empty or missing: a database whose history
/// ends at `now` with a bad rewind, and the snapshots that the service took meanwhile. Fails if the
/// folder cannot be written, or already has a database.
pub fn make_demo(folder: &Path, profile: &Profile, now: DateTime<Utc>) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let path = folder.join(DATABASE);
    let store = Store::new(folder);
    let mut sql = SCHEMA.to_owned();
    for step in story(now) {
        match step {
            DemoStep::Write(statements) => sql += &statements,
            DemoStep::Take { kind, at } => {
                run_script(&path, &std::mem::take(&mut sql))?;
                take_at(&path, profile, &store, kind, at)?;
            }
        }
    }
    run_script(&path, &sql)
}

/// Applies the active events above an id to the tables of a demonstration's database: its replay command. Fails
/// if the database is not a demonstration's, or cannot be written.
pub fn replay_demo(database: &Path, after: i64) -> Result<()> {
    let chat = Profile::default();
    let mut sql = String::new();
    let opened = Database::open(database, Access::Read, chat.busy_timeout)?;
    let (live, ids) = (Side::Live(&opened), after..i64::MAX);
    for_each_event(live, &chat, ids, &mut unattended, |id, table, row| {
        let event = chat.log.as_ref().map(|log| Event::of(&row, table, log));
        let active = event.filter(|event| event.status == EventStatus::Active);
        let Some(kind) = active.and_then(|event| event.kind) else {
            return Ok(());
        };
        sql += &projection(&kind, id).ok_or_else(|| {
            let what = format!("the demonstration has no events of the kind {kind}");
            Error::Replay(what)
        })?;
        Ok(())
    })?;
    drop(opened);
    run_script(database, &sql)
}

/// Takes a snapshot as if it were `at`; prunes nothing.
fn take_at(
    path: &Path,
    profile: &Profile,
    store: &Store,
    kind: Kind,
    at: DateTime<Utc>,
) -> Result<()> {
    let database = Database::open(path, Access::Read, profile.busy_timeout)?;
    let draft = database.reading(|| {
        let dump = Dump {
            database: &database,
            profile,
            last_event_id: database.last_event_id(profile)?,
            stage: Stage::Writing,
        };
        dump.write(store.draft(kind)?, &mut unattended)
    })?;
    let stamp = Stamp::at(at);
    let published = draft.publish(stamp, &Note::default())?;
    let snapshot = published.ok_or_else(|| Error::Exists {
        path: store.path(Id::plain(kind, stamp)),
    })?;
    let written = File::options()
        .append(true)
        .open(&snapshot.path)
        .and_then(|file| file.set_modified(at.into()));
    written.map_err(Error::io("write", &snapshot.path))
}
