//! `unrewind due`.

use serde_json::json;

use super::{Exit, output};
use crate::{
    core::Workspace,
    core::{Due, Kind},
    text,
};

/// Report whether a periodic snapshot is due
///
/// Exit code 0 if one is due, 10 if not, 1 on an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind due
  unrewind due --json")]
pub struct Args {
    /// Print whether one is due, and why, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let database = workspace.database()?;
    let snapshots = workspace.store.list(&[Kind::Periodic])?;
    let Workspace { profile, cache, .. } = workspace;
    let due = Due::judge(&database, profile, cache, &snapshots, workspace.now())?;
    if args.json {
        output::print_json(&json!({ "due": due.is_due(), "reason": text::due(due) }))?;
    } else {
        let answer = if due.is_due() { "due" } else { "not due" };
        output::print(&format!("{answer}: {}\n", text::due(due)))?;
    }
    Ok(if due.is_due() {
        Exit::Done
    } else {
        Exit::NotDue
    })
}
