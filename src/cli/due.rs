//! `unrewind due`.

use serde_json::json;

use super::{Exit, output};
use crate::{
    core::{Due, Kind},
    text,
    workspace::Workspace,
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

pub(super) fn run(args: &Args, workplace: &Workspace) -> anyhow::Result<Exit> {
    let database = workplace.database()?;
    let snapshots = workplace.store.list(&[Kind::Periodic])?;
    let Workspace {
        profile,
        cache,
        now,
        ..
    } = workplace;
    let due = Due::judge(&database, profile, cache, &snapshots, *now)?;
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
