//! `unrewind label`.

use super::{Exit, output, side::find};
use crate::core::{Label, Workspace};

/// Label a snapshot with a line of text
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind label latest beforehand
  unrewind label latest:periodic --clear")]
pub struct Args {
    /// The snapshot: a name or its beginning, kind/name, a time, a path, latest, latest:rewind or latest:periodic
    snapshot: String,
    /// The label; it replaces an earlier one
    #[arg(required_unless_present = "clear")]
    text: Option<Label>,
    /// Remove the label
    #[arg(long, conflicts_with = "text")]
    clear: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let snapshot = find(&args.snapshot, workspace)?;
    workspace.store.label(&snapshot, args.text.clone())?;
    let said = match &args.text {
        Some(label) => format!("labelled {}: {label}\n", snapshot.name()),
        None => format!("{} has no label\n", snapshot.name()),
    };
    output::print_done(&said)?;
    Ok(Exit::Done)
}
