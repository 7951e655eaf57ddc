//! `unrewind undo` and `unrewind redo`.

use super::{
    Exit, output,
    restore::{Manner, carry_out},
};
use crate::{
    core::{Operation, RestorePlan},
    text,
    workspace::Workspace,
};

/// Undo the last restore, then the one before
///
/// Every restore first takes a safety snapshot of the database; undo restores it. The next undo undoes the
/// restore before; `unrewind redo` goes the other way. If the restore left the event log alone, undo
/// reverts only the tables that it changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind undo --dry-run
  unrewind undo --yes")]
pub struct Args {
    #[command(flatten)]
    manner: Manner,
}

/// Redo the restore that was undone last
///
/// An undo takes a safety snapshot, too; redo restores it. After a new restore there is nothing to redo.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind redo --dry-run
  unrewind redo --yes")]
pub struct RedoArgs {
    #[command(flatten)]
    manner: Manner,
}

pub(super) fn run(args: &Args, workplace: &Workspace) -> anyhow::Result<Exit> {
    step(Operation::Undo, &args.manner, workplace)
}

pub(super) fn run_redo(args: &RedoArgs, workplace: &Workspace) -> anyhow::Result<Exit> {
    step(Operation::Redo, &args.manner, workplace)
}

fn step(operation: Operation, manner: &Manner, workplace: &Workspace) -> anyhow::Result<Exit> {
    // What a restore that died left is finished first, since it may be the one to undo.
    let database = workplace.database()?;
    let history = workplace.store.history()?;
    let step = match operation {
        Operation::Redo => history.redo()?,
        _ => history.undo()?,
    };
    let plan =
        output::with_progress(|on| RestorePlan::of_step(database, &workplace.profile, &step, on))?;
    let headline = format!(
        "{}: restore {}",
        text::undo_step(&step),
        step.snapshot.name()
    );
    carry_out(plan, manner, &headline, workplace)
}
