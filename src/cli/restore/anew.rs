//! `unrewind restore` if live is missing or not a valid database: into a new file, or, with
//! `--make-anew`, in its place.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Manner, tables_json};
use crate::{
    cli::{Exit, output},
    core::Workspace,
    core::{
        Database, Error, MadeAnew, Remade, RestoreOptions, Snapshot, make_anew, refuse_sound,
        restore_into, restore_without_live,
    },
    text,
};

/// The result of a restore without live, as JSON.
#[derive(Serialize)]
struct RemadeJson {
    snapshot: String,
    database: String,
    last_event_id: i64,
    checkpoint: Option<String>,
    moved_aside: Vec<String>,
    tables: Map<String, Value>,
    empty_tables: Vec<String>,
    not_made: Vec<String>,
}

/// What a new file was made from.
pub(super) enum Into {
    /// A copy of live.
    Live(crate::core::Restored),
    /// A saved schema, since live cannot be used, for this reason.
    Schema(Remade, Error),
}

/// Restores into a new file, from live if that can be read.
pub(super) fn into(
    path: &Path,
    snapshot: &Snapshot,
    options: &RestoreOptions,
    workspace: &Workspace,
) -> anyhow::Result<Into> {
    let (store, profile) = (&workspace.store, &workspace.profile);
    let with_live = |live: &Database| {
        output::with_progress(|on| restore_into(path, live, profile, snapshot, options.clone(), on))
    };
    let gone = match workspace.database().and_then(|live| with_live(&live)) {
        Ok(restored) => return Ok(Into::Live(restored)),
        Err(
            gone @ (Error::NoDatabase { .. }
            | Error::NotADatabase { .. }
            | Error::WhichDatabase { .. }
            | Error::Selection { .. }),
        ) => gone,
        Err(error) => return Err(error.into()),
    };
    let remade = output::with_progress(|on| {
        restore_without_live(path, store, profile, snapshot, options.clone(), on)
    });
    match remade {
        Ok(remade) => Ok(Into::Schema(remade, gone)),
        // The lost database is the problem that the user can solve.
        Err(Error::NoSchema { .. }) => Err(gone.into()),
        Err(error) => Err(error.into()),
    }
}

/// Rebuilds live, after a question.
pub(super) fn in_place(
    manner: &Manner,
    snapshot: &Snapshot,
    workspace: &Workspace,
) -> anyhow::Result<Exit> {
    let Workspace { store, profile, .. } = workspace;
    let path = &workspace.database_path()?;
    refuse_sound(path, profile.busy_timeout)?;
    let what = question(path, snapshot);
    if manner.dry_run {
        output::print(&what)?;
        return Ok(Exit::Done);
    }
    if !manner.yes {
        output::say_lines(&what);
        if !output::ask("Make it anew?")? {
            output::say("nothing was changed");
            return Ok(Exit::Declined);
        }
    }
    let made =
        output::with_progress(|on| make_anew(path, store, profile, snapshot, workspace.now(), on))?;
    if manner.json {
        let json = json(path, snapshot, &made.remade, Some(&made));
        output::print_json(&json)?;
    } else {
        output::print(&made_text(path, snapshot, &made))?;
    }
    Ok(Exit::Done)
}

fn question(path: &Path, snapshot: &Snapshot) -> String {
    let (path, name) = (text::path(path), snapshot.name());
    let name = text::one_line(&name);
    let aside = "what is there is moved aside beside it, with its -wal, -shm and -journal; nothing is deleted";
    format!(
        "make {path} anew: restore {name} into a new database\n\n\
         {aside}\n\
         the new database gets the schema that is kept with the snapshots\n"
    )
}

/// Prints what a file was made from.
pub(super) fn print_into(
    manner: &Manner,
    path: &Path,
    snapshot: &Snapshot,
    remade: &Remade,
    gone: &Error,
) -> anyhow::Result<()> {
    if manner.json {
        return output::print_json(&json(path, snapshot, remade, None));
    }
    let gone = gone.to_string();
    let mut text = format!("live was not used: {}\n", text::one_line(&gone));
    text += &remade_text(remade);
    let name = snapshot.name();
    let name = text::one_line(&name);
    text += &format!("restored {name} into {}\n", text::path(path));
    output::print(&text)
}

fn made_text(path: &Path, snapshot: &Snapshot, made: &MadeAnew) -> String {
    let mut text = String::new();
    if let Some(old) = made.aside.first() {
        text += &format!("moved aside: the old database is {}\n", text::path(old));
    }
    if let Some(checkpoint) = &made.checkpoint {
        let name = checkpoint.name();
        text += &format!("checkpoint: {name} is where the application starts from\n");
    }
    text += &remade_text(&made.remade);
    let name = snapshot.name();
    let name = text::one_line(&name);
    text + &format!("made {} anew from {name}\n", text::path(path))
}

fn remade_text(remade: &Remade) -> String {
    let seen = text::time(DateTime::<Utc>::from(remade.schema_seen), text::Zone::Local);
    let mut text = format!("schema: as the database had it on {seen}\n");
    if !remade.empty.is_empty() {
        let tables = text::list(&remade.empty);
        text += &format!("! empty, because the snapshot does not hold them: {tables}\n");
    }
    for part in &remade.left_out {
        text += &format!("! not made: {}\n", text::one_line(part));
    }
    text
}

fn json(path: &Path, snapshot: &Snapshot, remade: &Remade, made: Option<&MadeAnew>) -> RemadeJson {
    let name = |path: &PathBuf| path.display().to_string();
    let checkpoint = made.and_then(|made| made.checkpoint.as_ref());
    RemadeJson {
        snapshot: name(&snapshot.path),
        database: path.display().to_string(),
        last_event_id: remade.restored.last_event_id,
        checkpoint: checkpoint.map(|checkpoint| name(&checkpoint.path)),
        moved_aside: made.map_or(Vec::new(), |made| made.aside.iter().map(name).collect()),
        tables: tables_json(&remade.restored.tables),
        empty_tables: remade.empty.clone(),
        not_made: remade.left_out.clone(),
    }
}
