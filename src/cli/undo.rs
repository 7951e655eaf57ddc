//! `unrewind undo`.

use anyhow::Context;

use super::{
    Exit,
    restore::{Manner, carry_out, plan},
};
use crate::{
    core::{Kind, RestoreOptions, guards},
    workplace::Workplace,
};

/// Undo the last restore
///
/// Every restore first keeps the database as it was, the guard. This restores the newest guard, which
/// is a restore like any other: the next undo takes it back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind undo --dry-run
  unrewind undo --yes")]
pub struct Args {
    #[command(flatten)]
    manner: Manner,
}

pub(super) fn run(args: &Args, workplace: &Workplace) -> anyhow::Result<Exit> {
    let snapshots = workplace.store.list(&[Kind::Rewind])?;
    let mut guards = guards(&snapshots).peekable();
    loop {
        let guard = guards
            .next()
            .context("there is no guard, so no restore to undo")?;
        let plan = plan(guard.clone(), RestoreOptions::default(), workplace)?;
        if !plan.is_empty() || guards.peek().is_none() {
            let of = guard.note.guards.clone().unwrap_or_default();
            let headline = format!("undo the restore of {of}: restore {}", guard.name());
            return carry_out(plan, &args.manner, &headline, workplace);
        }
    }
}
