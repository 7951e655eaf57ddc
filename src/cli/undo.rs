//! `unrewind undo` and `unrewind redo`.

use super::{
    Exit, output,
    restore::{Manner, carry_out},
};
use crate::{core::Operation, core::Workspace, text};

/// Undo the last restore, then the one before
///
/// Every restore first takes a safety snapshot of the database; undo restores it. The next undo undoes the
/// restore before that one; `unrewind redo` works in the other direction. If a restore did not change the event
/// log, undo reverts only the tables that it changed.
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
/// An undo takes a safety snapshot, too, which redo restores. After a new restore there is nothing to redo.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind redo --dry-run
  unrewind redo --yes")]
pub struct RedoArgs {
    #[command(flatten)]
    manner: Manner,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    step(Operation::Undo, &args.manner, workspace)
}

pub(super) fn run_redo(args: &RedoArgs, workspace: &Workspace) -> anyhow::Result<Exit> {
    step(Operation::Redo, &args.manner, workspace)
}

fn step(operation: Operation, manner: &Manner, workspace: &Workspace) -> anyhow::Result<Exit> {
    let (plan, step) = output::with_progress(|on| workspace.plan_step(operation, on))?;
    let headline = format!(
        "{}: restore {}",
        text::undo_step(&step),
        step.snapshot.name()
    );
    carry_out(plan, manner, &headline, workspace)
}
