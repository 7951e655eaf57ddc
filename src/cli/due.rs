//! `unrewind due`.

use serde_json::json;

use super::{Exit, output};
use crate::{
    core::{Due, Kind},
    text,
    workspace::Workspace,
};

/// Tell whether a periodic snapshot is due: exit code 0 if it is, 10 if not
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind due
  unrewind due --json")]
pub struct Args {
    /// For programs: whether, and why
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
