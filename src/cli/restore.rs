//! `snapback restore`.

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Map, json};

use super::{Exit, output};
use crate::{
    core::{RestorePlan, Restored, Safety, Scope, Snapshot, TableChanges},
    text::{self, Align},
    workplace::Workplace,
};

/// Bring the database back to a snapshot
///
/// Shows what will change and asks first. Before anything changes, live is kept as a rewind snapshot,
/// the guard; afterwards a periodic snapshot makes the next start of the application begin from the
/// restored state.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Args {
    /// A stamp or the beginning of one, kind/stamp, a path, latest, latest:rewind or latest:periodic
    snapshot: String,
    /// How much of the database is restored
    #[arg(long, default_value = "full")]
    scope: ScopeArg,
    /// Show the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// Go ahead without asking
    #[arg(long, short)]
    yes: bool,
    /// Do not keep live as a guard
    #[arg(long)]
    no_guard: bool,
    /// Leave the periodic snapshots as they are
    #[arg(long)]
    no_checkpoint: bool,
    /// For programs: an object of what was, or with --dry-run would be, done
    #[arg(long)]
    json: bool,
}

/// A scope as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeArg {
    /// The projected tables and the event log, exactly as in the snapshot
    Full,
    /// The projected tables only
    Tables,
}

#[derive(Serialize)]
struct RestoredJson {
    last_event_id: i64,
    guard: Option<String>,
    checkpoint: Option<String>,
    tables: Map<String, serde_json::Value>,
}

pub(super) fn run(args: &Args, workplace: &Workplace) -> anyhow::Result<Exit> {
    let Workplace {
        profile,
        store,
        now,
        ..
    } = workplace;
    let snapshot = store.find(&args.snapshot)?;
    let scope = match args.scope {
        ScopeArg::Full => Scope::Full,
        ScopeArg::Tables => Scope::Tables,
    };
    let database = workplace.database()?;
    let plan =
        output::with_progress(|on| RestorePlan::compute(database, profile, snapshot, scope, on))?;
    let safety = Safety {
        guard: !args.no_guard,
        checkpoint: !args.no_checkpoint,
    };
    if args.dry_run {
        print_plan(args, &plan, safety)?;
        return Ok(Exit::Done);
    }
    if !args.yes {
        output::say(&plan_text(&plan, safety));
        if !output::ask("Restore?")? {
            output::say("nothing was changed");
            return Ok(Exit::Declined);
        }
    }
    let restored = output::with_progress(|on| plan.apply(store, safety, *now, on))?;
    print_restored(args, &restored)?;
    Ok(Exit::Done)
}

fn print_plan(args: &Args, plan: &RestorePlan, safety: Safety) -> anyhow::Result<()> {
    if !args.json {
        return output::print(&plan_text(plan, safety));
    }
    let tables = plan
        .tables
        .iter()
        .map(|table| TableChanges::from(&table.diff))
        .collect::<Vec<_>>();
    let (last_event_id, guard, checkpoint) = (plan.last_event_id, None, None);
    output::print_json(&RestoredJson {
        last_event_id,
        guard,
        checkpoint,
        tables: tables_json(&tables),
    })
}

fn print_restored(args: &Args, restored: &Restored) -> anyhow::Result<()> {
    let Restored {
        last_event_id,
        guard,
        checkpoint,
        tables,
    } = restored;
    if args.json {
        let path = |snapshot: &Snapshot| snapshot.path.display().to_string();
        let (guard, checkpoint) = (guard.as_ref().map(path), checkpoint.as_ref().map(path));
        return output::print_json(&RestoredJson {
            last_event_id: *last_event_id,
            guard,
            checkpoint,
            tables: tables_json(tables),
        });
    }
    let rows = tables
        .iter()
        .map(|table| table.added + table.changed + table.removed)
        .sum();
    let mut text = format!(
        "restored: {} changed, last event {}\n",
        text::counted(rows, "row"),
        text::event_id(*last_event_id)
    );
    if let Some(guard) = guard {
        text += &format!(
            "guard: {} holds the database as it was before\n",
            guard.name()
        );
    }
    if let Some(checkpoint) = checkpoint {
        text += &format!(
            "checkpoint: {} is where the application starts from\n",
            checkpoint.name()
        );
    }
    output::print(&text)
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

/// What will change, as a person reads it.
fn plan_text(plan: &RestorePlan, safety: Safety) -> String {
    let mut text = format!(
        "restore {} into {}\n",
        plan.snapshot.name(),
        plan.database().display()
    );
    for line in text::plan(plan, safety) {
        text += &format!("  {line}\n");
    }
    let changed: Vec<_> = plan
        .tables
        .iter()
        .filter(|table| !table.diff.is_empty())
        .collect();
    if changed.is_empty() {
        return text;
    }
    let mut rows = vec![
        ["TABLE", "ADDED", "CHANGED", "REMOVED"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(changed.iter().map(|table| {
        let diff = &table.diff;
        let [added, changed, removed] = [diff.added, diff.changed, diff.removed].map(text::count);
        vec![diff.table.name.clone(), added, changed, removed]
    }));
    text + "\n"
        + &text::columns(
            &rows,
            &[Align::Left, Align::Right, Align::Right, Align::Right],
        )
}
