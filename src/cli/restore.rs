//! `unrewind restore`, and what `undo` and `recover` share with it: showing the plan, asking, and
//! printing the result.

mod anew;
mod apply;
mod at;
mod merge;
mod offer;
mod print;
mod rows;
mod statements;
mod words;

use std::path::PathBuf;

use clap::ValueEnum;

use apply::ask_and_apply;

use super::{
    Exit,
    moment::moment,
    output,
    side::{find, find_unasked},
};
use crate::{
    core::Workspace,
    core::{
        Dangling, Missing, RestoreOptions, RestorePlan, RestoreSource, Safety, Scope, Snapshot,
        Unwritable,
    },
    text,
};
use at::RestoredFrom;
pub(super) use merge::MergeArgs;
pub(super) use print::unwritten_json;
use print::{ChangedFile, changed, print_plan, print_restored, restored_text};
use rows::RowArgs;
pub(super) use words::{changes_table, point_text};
use words::{plan_text, question};

/// Restore the database to a snapshot
///
/// First shows what will change, and asks. Before anything changes, Unrewind takes a safety snapshot of live,
/// which `unrewind undo` restores. It also writes a checkpoint: a periodic snapshot of the restored state, from
/// which the application starts next time.
#[derive(Debug, clap::Args)]
#[command(override_usage = "unrewind restore [OPTIONS] <SNAPSHOT>
       unrewind restore [OPTIONS] --at <WHEN>")]
#[command(after_help = "Examples:
  unrewind restore latest:rewind --dry-run
  unrewind restore latest:rewind --tables edges,chats
  unrewind restore latest:rewind --row memories=1428 --with-references --dry-run
  unrewind restore latest:rewind --missing-only --dry-run
  unrewind restore latest:rewind --merge --dry-run
  unrewind restore --at 20m --dry-run
  unrewind restore latest --into copy.db --yes
  unrewind restore --at 20m --into copy.db")]
pub struct Args {
    /// The snapshot: a name or its beginning, kind/name, a time, a path, latest, latest:rewind or latest:periodic
    #[arg(required_unless_present_any = ["at", "from"])]
    snapshot: Option<String>,
    /// Restore a moment instead: the event log as it was just after an event, and tables from which the application
    /// replays the rest when it starts or, with a replay command, the exact tables. WHEN is an event's id, a time of
    /// day, a date and time, or how long ago it was: 1445, 07:30, "2026-11-29 07:30", "yesterday 18:00", 20m
    #[arg(long, value_name = "WHEN", conflicts_with_all = ["snapshot", "merge", "make_anew"])]
    at: Option<String>,
    /// The history that --at means, if several have such an event: live, or a snapshot that holds it
    #[arg(long, value_name = "SNAPSHOT|live", requires = "at")]
    from: Option<String>,
    /// How much of the database to restore
    #[arg(long, default_value = "full")]
    scope: ScopeArg,
    /// Restore only these tables, separated by commas; the event log only if it is one of them
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    tables: Vec<String>,
    #[command(flatten)]
    rows: RowArgs,
    #[command(flatten)]
    concessions: Concessions,
    /// Restore into a new file, a copy of the database, and do not change the database; also works if it is gone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "no_safety_snapshot", "no_checkpoint"])]
    into: Option<PathBuf>,
    /// If the database is missing or broken, move its files aside and make a new one
    #[arg(long, conflicts_with_all = ["into", "scope", "tables", "rows", "missing_only", "drop_missing", "merge", "no_safety_snapshot", "no_checkpoint"])]
    make_anew: bool,
    /// Print the SQL statements instead, as lines of JSON, and change nothing: for a program that runs them on its
    /// own connection, in its own transaction
    #[arg(long, conflicts_with_all = ["at", "rows", "missing_only", "merge", "into", "make_anew", "dry_run", "yes", "json"])]
    statements: bool,
    #[command(flatten)]
    merge: MergeArgs,
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
    /// Print one object, for programs: what was done or, with --dry-run, what would be done
    #[arg(long)]
    json: bool,
}

impl Manner {
    /// Returns whether the restore is applied unseen.
    pub(super) fn asks_nothing(&self) -> bool {
        self.yes && !self.dry_run
    }

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
    let scope = match args.scope {
        ScopeArg::Full => Scope::Full,
        ScopeArg::Tables => Scope::Tables,
    };
    let options = RestoreOptions {
        scope,
        tables: args.tables.clone(),
        ..args.concessions.into()
    };
    let options = args.merge.apply_to(args.rows.apply_to(options));
    let source = args.source(&options, workspace)?;
    if let Some(path) = &args.into {
        return anew::into(path, &source, &options, &args.manner, workspace);
    }
    let snapshot = match source {
        RestoreSource::Snapshot(snapshot) | RestoreSource::Merge(snapshot, _) => *snapshot,
        RestoreSource::Moment(moment, _) => {
            return at::restore(&moment, options, &args.manner, workspace);
        }
    };
    if args.make_anew {
        return anew::in_place(&args.manner, &snapshot, workspace);
    }
    if args.statements {
        return statements::print(&snapshot, &options, workspace);
    }
    let headline = format!("restore {}", snapshot.name());
    let plan = plan(snapshot, options, workspace)?;
    carry_out(plan, &args.manner, &headline, workspace)
}

impl Args {
    /// Finds what is to be restored.
    fn source(
        &self,
        options: &RestoreOptions,
        workspace: &Workspace,
    ) -> anyhow::Result<RestoreSource> {
        let Some(when) = &self.at else {
            let name = self.snapshot.as_deref().unwrap_or_default();
            let snapshot = if self.manner.asks_nothing() && self.into.is_none() {
                find_unasked(name, workspace)?
            } else {
                find(name, workspace)?
            };
            // What was used last is not deleted to make room.
            let _ = output::with_progress(|on| workspace.store.unpack(&snapshot, on))?;
            let is_composed = self.merge.is_set() || options.names_events(&workspace.profile);
            return Ok(if is_composed {
                RestoreSource::Merge(Box::new(snapshot), workspace.store.clone())
            } else {
                RestoreSource::from(&snapshot)
            });
        };
        let moment = moment(when, self.from.as_deref(), workspace)?;
        Ok(RestoreSource::Moment(moment, workspace.store.clone()))
    }
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
    let undecided = plan
        .merge
        .as_ref()
        .is_some_and(|merge| merge.undecided() > 0);
    if manner.dry_run {
        print_plan(manner, &plan, headline)?;
        return Ok(if undecided {
            Exit::Attention
        } else {
            Exit::Done
        });
    }
    if undecided && !manner.json {
        // It is refused, and the plan lists why.
        output::say_lines(&plan_text(&plan, safety, headline));
    }
    plan.refuse_undecided()?;
    let (source, database) = (RestoredFrom::of(&plan)?, plan.database().to_owned());
    let applied = ask_and_apply(plan, manner.yes, safety, headline, question, workspace)?;
    let Some(restored) = applied else {
        return Ok(Exit::Declined);
    };
    print_restored(manner, &source, &restored, &database, ChangedFile::Live)?;
    let is_start = safety.checkpoint && restored.starts_from_checkpoint;
    if let Some(warning) =
        text::shadowed(&store.shadowing().unwrap_or_default()).filter(|_| is_start)
    {
        output::say(&format!("! {warning}"));
    }
    Ok(Exit::Done)
}

/// Carries out a plan where standard output is another program's: everything goes to standard error. Returns
/// whether it was applied.
pub(super) fn carry_out_aside(
    plan: RestorePlan,
    yes: bool,
    headline: &str,
    workspace: &Workspace,
) -> anyhow::Result<bool> {
    let (source, database) = (RestoredFrom::of(&plan)?, changed(plan.database()));
    let safety = Safety::default();
    let question = |_: &RestorePlan| "Restore?".to_owned();
    let applied = ask_and_apply(plan, yes, safety, headline, question, workspace)?;
    let Some(restored) = applied else {
        return Ok(false);
    };
    for warning in text::left_by(&restored) {
        output::say(&format!("! {warning}"));
    }
    let text = restored_text(&source, &restored, &database, ChangedFile::Live);
    output::say_lines(text.trim_end());
    Ok(true)
}
