//! `unrewind restore` if live is missing or not a valid database: into a new file, or, with
//! `--make-anew`, in its place.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Manner,
    at::RestoredFrom,
    print::{ChangedFile, print_restored, tables_json, unreplayed},
};
use crate::{
    cli::{Exit, moment::MomentJson, output},
    core::Workspace,
    core::{
        AnewPlan, Database, Error, MadeAnew, Remade, RestoreOptions, RestoreSource, Restored,
        Snapshot, make_anew, restore_into, restore_without_live,
    },
    text::{self, Zone},
};

/// The result of a restore without live, as JSON.
#[derive(Serialize)]
struct RemadeJson {
    /// `null` for a moment.
    snapshot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<MomentJson>,
    database: String,
    last_event_id: i64,
    replays: u64,
    checkpoint: Option<String>,
    moved_aside: Vec<String>,
    tables: Map<String, Value>,
    empty_tables: Vec<String>,
    not_made: Vec<String>,
}

/// What a new file was made from.
enum Into {
    /// A copy of live.
    Live(Restored),
    /// A saved schema, since live cannot be used, for this reason.
    Schema(Remade, Error),
}

/// Restores into a new file, and prints the result.
pub(super) fn into(
    path: &Path,
    source: &RestoreSource,
    options: &RestoreOptions,
    manner: &Manner,
    workspace: &Workspace,
) -> anyhow::Result<Exit> {
    let make = || made(path, source, options, workspace);
    match workspace.make_copy(path, make)? {
        Into::Live(restored) => {
            let source = RestoredFrom::of_copy(source, &restored);
            print_restored(manner, &source, &restored, path, ChangedFile::Copy)?;
        }
        Into::Schema(remade, gone) => {
            let source = RestoredFrom::of_copy(source, &remade.restored);
            print_into(manner, path, &source, &remade, &gone)?;
        }
    }
    Ok(Exit::Done)
}

/// Restores into a new file, from live if that can be read and has a place for everything.
fn made(
    path: &Path,
    source: &RestoreSource,
    options: &RestoreOptions,
    workspace: &Workspace,
) -> anyhow::Result<Into> {
    let (store, profile) = (&workspace.store, &workspace.profile);
    let with_live = |live: &Database| {
        output::with_progress(|on| {
            restore_into(path, live, profile, source.clone(), options.clone(), on)
        })
    };
    let gone = match workspace.database().and_then(|live| with_live(&live)) {
        Ok(restored) => return Ok(Into::Live(restored)),
        Err(
            gone @ (Error::NoDatabase { .. }
            | Error::NotADatabase { .. }
            | Error::NoEventLog { .. }
            | Error::WhichDatabase { .. }
            | Error::Selection { .. }),
        ) => gone,
        Err(gone @ Error::SchemaDrift { .. }) if !matches!(source, RestoreSource::Merge(..)) => {
            gone
        }
        Err(error) => return Err(error.into()),
    };
    let remade = output::with_progress(|on| {
        restore_without_live(path, store, profile, source.clone(), options.clone(), on)
    });
    match remade {
        Ok(remade) => Ok(Into::Schema(remade, gone)),
        // The lost database is the problem that the user can solve, but not with --make-anew.
        Err(error @ Error::NoSchema { .. }) => {
            let hints = text::hint(&error).into_iter().collect();
            Err(output::Hinted::new(gone.to_string(), hints).into())
        }
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
    let path = &workspace.own_database_path()?;
    let plan = AnewPlan::compute(path, store, profile, snapshot)?;
    let what = format!(
        "make {} anew:\n{}",
        text::path(path),
        lines(&text::anew(&plan))
    );
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
        let json = json(
            path,
            &RestoredFrom::snapshot(snapshot),
            &made.remade,
            Some(&made),
        );
        output::print_json_done(&json)?;
        return Ok(Exit::Done);
    }
    let name = snapshot.name();
    output::print_done(&format!(
        "{}made {} anew from {}\n",
        lines(&text::made_anew(&made, Zone::Local)),
        text::path(path),
        text::one_line(&name)
    ))?;
    Ok(Exit::Done)
}

fn lines(says: &[String]) -> String {
    says.iter().flat_map(|line| [line, "\n"]).collect()
}

/// Prints what a file was made from.
fn print_into(
    manner: &Manner,
    path: &Path,
    source: &RestoredFrom,
    remade: &Remade,
    gone: &Error,
) -> anyhow::Result<()> {
    if manner.json {
        return output::print_json_done(&json(path, source, remade, None));
    }
    let gone = gone.to_string();
    let mut text = format!("live was not used: {}\n", text::one_line(&gone));
    text += &lines(&text::remade(remade, Zone::Local));
    text += &unreplayed(&remade.restored);
    let name = text::one_line(&source.name);
    text += &format!("restored {name} into {}\n", text::path(path));
    output::print_done(&text)
}

fn json(
    path: &Path,
    source: &RestoredFrom,
    remade: &Remade,
    made: Option<&MadeAnew>,
) -> RemadeJson {
    let name = |path: &PathBuf| path.display().to_string();
    let checkpoint = made.and_then(|made| made.checkpoint.as_ref());
    RemadeJson {
        snapshot: source.path.clone(),
        at: source.moment.clone(),
        database: path.display().to_string(),
        last_event_id: remade.restored.last_event_id,
        replays: remade.restored.replays,
        checkpoint: checkpoint.map(|checkpoint| name(&checkpoint.path)),
        moved_aside: made.map_or(Vec::new(), |made| made.aside.iter().map(name).collect()),
        tables: tables_json(&remade.restored.tables),
        empty_tables: remade.empty.clone(),
        not_made: remade.left_out.clone(),
    }
}
