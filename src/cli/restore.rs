//! `unrewind restore`, and what `undo` and `recover` share with it: showing the plan, asking, and
//! printing the result.

mod anew;

mod ahead;
mod offer;
mod words;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Map, json};

use ahead::go_ahead;

use super::{Exit, output, prune::held_nowhere_else, side::find};
use crate::{
    core::Workspace,
    core::{
        Dangling, Missing, Newer, RestoreOptions, RestorePlan, Restored, Safety, Scope, Snapshot,
        TableChanges, Unwritable, Unwritten,
    },
    text,
};
use anew::Into;
use words::plan_text;
pub(super) use words::{changes_table, point_text};

/// Restore the database to a snapshot
///
/// Shows what will change and asks first. Before anything changes, Unrewind takes the safety snapshot of
/// live, which `unrewind undo` restores. Then it writes a checkpoint, a periodic snapshot of the restored
/// state, from which the application's next start begins.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind restore latest:rewind --dry-run
  unrewind restore latest:rewind --tables edges,chats
  unrewind restore latest --into copy.db --yes")]
pub struct Args {
    /// The snapshot: a name or its beginning, kind/name, a time, a path, latest, latest:rewind or latest:periodic
    snapshot: String,
    /// How much of the database to restore
    #[arg(long, default_value = "full")]
    scope: ScopeArg,
    /// Restore only these tables, separated by commas; the event log only if it is one of them
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    tables: Vec<String>,
    #[command(flatten)]
    concessions: Concessions,
    /// Restore into a copy of the database, a new file, and leave the database alone; works where it is gone, too
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "no_safety_snapshot", "no_checkpoint"])]
    into: Option<PathBuf>,
    /// If the database is missing or broken, move what is there aside and make a new one
    #[arg(long, conflicts_with_all = ["into", "scope", "tables", "drop_missing", "keep_newer", "no_safety_snapshot", "no_checkpoint"])]
    make_anew: bool,
    #[command(flatten)]
    newer: NewerArg,
    #[command(flatten)]
    manner: Manner,
}

/// How much of the database, as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeArg {
    /// The projected tables and the event log, exactly as in the snapshot
    Full,
    /// The projected tables only
    Tables,
}

/// What becomes of newer events, as an argument.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct NewerArg {
    /// Keep events newer than the snapshot in the log; the application replays them at its next start
    #[arg(long)]
    keep_newer: bool,
}

impl From<NewerArg> for Newer {
    fn from(arg: NewerArg) -> Self {
        if arg.keep_newer {
            Self::Keep
        } else {
            Self::Drop
        }
    }
}

/// What a restore leaves out rather than being refused.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Concessions {
    /// Leave out tables and columns that the database no longer has
    #[arg(long)]
    drop_missing: bool,
    /// Restore rows that refer to nothing as the snapshot has them
    #[arg(long)]
    keep_dangling: bool,
    /// Leave out tables that only the application can write, because they need a function of its own
    #[arg(long)]
    skip_unwritable: bool,
}

impl From<Concessions> for RestoreOptions {
    fn from(concessions: Concessions) -> Self {
        let mut options = Self::default();
        if concessions.drop_missing {
            options.missing = Missing::LeaveOut;
        }
        if concessions.keep_dangling {
            options.dangling = Dangling::Keep;
        }
        if concessions.skip_unwritable {
            options.unwritable = Unwritable::LeaveOut;
        }
        options
    }
}

/// How a restore proceeds.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(super) struct Manner {
    /// Show the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Take no safety snapshot: the restore cannot be undone
    #[arg(long)]
    no_safety_snapshot: bool,
    /// Write no checkpoint
    #[arg(long)]
    no_checkpoint: bool,
    /// Print one object of what was done, or with --dry-run of what would be, for programs
    #[arg(long)]
    json: bool,
}

impl Manner {
    fn safety(&self) -> Safety {
        Safety {
            safety_snapshot: !self.no_safety_snapshot,
            checkpoint: !self.no_checkpoint,
        }
    }
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    carry_out_as_said(args, workspace).map_err(|error| args.offering(error))
}

fn carry_out_as_said(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let snapshot = find(&args.snapshot, workspace)?;
    let scope = match args.scope {
        ScopeArg::Full => Scope::Full,
        ScopeArg::Tables => Scope::Tables,
    };
    let options = RestoreOptions {
        scope,
        tables: args.tables.clone(),
        newer: args.newer.into(),
        ..args.concessions.into()
    };
    if let Some(path) = &args.into {
        workspace.allow_copy(path)?;
        let manner = &args.manner;
        match anew::into(path, &snapshot, &options, workspace)? {
            Into::Live(restored) => {
                print_restored(manner, &snapshot, &restored, path, ChangedFile::Copy)?;
            }
            Into::Schema(remade, gone) => {
                anew::print_into(manner, path, &snapshot, &remade, &gone)?;
            }
        }
        return Ok(Exit::Done);
    }
    if args.make_anew {
        return anew::in_place(&args.manner, &snapshot, workspace);
    }
    let headline = format!("restore {}", snapshot.name());
    let plan = plan(snapshot, options, workspace)?;
    carry_out(plan, &args.manner, &headline, workspace)
}

/// Plans a restore.
pub(super) fn plan(
    snapshot: Snapshot,
    options: RestoreOptions,
    workspace: &Workspace,
) -> anyhow::Result<RestorePlan> {
    Ok(output::attended(workspace, |workspace| {
        workspace.plan_restore(snapshot, options)
    })?)
}

/// Shows a plan under a headline, asks, and applies it.
pub(super) fn carry_out(
    plan: RestorePlan,
    manner: &Manner,
    headline: &str,
    workspace: &Workspace,
) -> anyhow::Result<Exit> {
    let Workspace { store, .. } = workspace;
    let safety = manner.safety();
    if manner.dry_run {
        print_plan(manner, &plan, headline)?;
        return Ok(Exit::Done);
    }
    let (snapshot, database) = (plan.snapshot.clone(), plan.database().to_owned());
    let Some(restored) = go_ahead(plan, manner.yes, safety, headline, workspace)? else {
        return Ok(Exit::Declined);
    };
    print_restored(manner, &snapshot, &restored, &database, ChangedFile::Live)?;
    if let Some(warning) =
        text::shadowed(&store.shadowing().unwrap_or_default()).filter(|_| safety.checkpoint)
    {
        output::say(&format!("! {warning}"));
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct RestoredJson {
    /// The file that is changed or created.
    database: String,
    snapshot: String,
    last_event_id: i64,
    replays: u64,
    safety_snapshot: Option<String>,
    checkpoint: Option<String>,
    tables: Map<String, serde_json::Value>,
    left_out: BTreeMap<String, String>,
    held_nowhere_else: Map<String, serde_json::Value>,
    note_problem: Option<String>,
}

fn print_plan(manner: &Manner, plan: &RestorePlan, headline: &str) -> anyhow::Result<()> {
    if !manner.json {
        return output::print(&plan_text(plan, manner.safety(), headline));
    }
    let (last_event_id, safety_snapshot, checkpoint) = (plan.last_event_id, None, None);
    output::print_json(&RestoredJson {
        database: changed(plan.database()).display().to_string(),
        snapshot: plan.snapshot.path.display().to_string(),
        last_event_id,
        replays: plan.replays,
        safety_snapshot,
        checkpoint,
        tables: tables_json(&plan.changes()),
        left_out: unwritten_json(&plan.unwritten),
        held_nowhere_else: Map::new(),
        note_problem: None,
    })
}

/// The file that a restore changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChangedFile {
    Live,
    Copy,
}

fn print_restored(
    manner: &Manner,
    snapshot: &Snapshot,
    restored: &Restored,
    database: &Path,
    target: ChangedFile,
) -> anyhow::Result<()> {
    let database = changed(database);
    let Restored {
        last_event_id,
        begins: _,
        replays,
        safety_snapshot,
        checkpoint,
        events_back,
        tables,
        unwritten,
        locked_first,
        lost,
    } = restored;
    for warning in text::left_by(restored) {
        output::say(&format!("! {warning}"));
    }
    if manner.json {
        let path = |snapshot: &Snapshot| snapshot.path.display().to_string();
        let problem = |checkpoint: &Snapshot| checkpoint.note.unwritten.clone();
        let note_problem = checkpoint.as_ref().and_then(problem);
        let (safety_snapshot, checkpoint) = (
            safety_snapshot.as_ref().map(path),
            checkpoint.as_ref().map(path),
        );
        let tables = tables_json(tables);
        return output::print_json(&RestoredJson {
            database: database.display().to_string(),
            snapshot: path(snapshot),
            last_event_id: *last_event_id,
            replays: *replays,
            safety_snapshot,
            checkpoint,
            tables,
            left_out: unwritten_json(unwritten),
            held_nowhere_else: held_nowhere_else(lost),
            note_problem,
        });
    }
    let mut text = String::new();
    let left_out = unwritten.iter().map(text::left_out);
    left_out.for_each(|point| output::say(&format!("! {}", point.sentence)));
    if let Some(sentence) = text::events_back(*events_back).filter(|_| target == ChangedFile::Live)
    {
        text += &format!("{sentence}\n");
    }
    if *locked_first {
        text += "the application kept writing, so Unrewind locked the database while it wrote the files\n";
    }
    if let Some(safety_snapshot) = safety_snapshot {
        text += &format!(
            "safety snapshot: {} holds the database as it was; {} brings that back\n",
            safety_snapshot.name(),
            text::runnable("`unrewind undo`")
        );
    }
    if let Some(checkpoint) = checkpoint {
        text += &format!(
            "checkpoint: {} is where the application starts from\n",
            checkpoint.name()
        );
    }
    let rows = tables
        .iter()
        .map(|table| table.added + table.changed + table.removed)
        .sum();
    let (name, rows) = (snapshot.name(), text::counted(rows, "row"));
    let name = text::one_line(&name);
    let rows = match target {
        ChangedFile::Copy => rows + " differ from live",
        ChangedFile::Live => rows + " changed",
    };
    text += &format!("restored {name} into {}: {rows}\n", text::path(&database));
    output::print(&text)
}

/// Returns the file that a change of the database is made in: the target of a link.
fn changed(database: &Path) -> PathBuf {
    match database.canonicalize() {
        Ok(file) if database.is_symlink() => file,
        _ => database.to_owned(),
    }
}

/// Tables that stayed as they were, each with the reason, for programs.
pub(super) fn unwritten_json(unwritten: &[Unwritten]) -> BTreeMap<String, String> {
    let named = unwritten.iter();
    named
        .map(|Unwritten { table, why }| (table.clone(), why.clone()))
        .collect()
}

fn tables_json(tables: &[TableChanges]) -> Map<String, serde_json::Value> {
    let changes = |table: &TableChanges| {
        let TableChanges {
            name,
            added,
            changed,
            removed,
        } = table;
        (
            name.clone(),
            json!({ "added": added, "changed": changed, "removed": removed }),
        )
    };
    tables.iter().map(changes).collect()
}
