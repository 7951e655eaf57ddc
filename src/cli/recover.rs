//! `unrewind recover`.

use anyhow::bail;

use super::{
    Exit, output,
    restore::{Concessions, Manner, MergeArgs, carry_out, plan},
    side::say_passed_over,
};
use crate::{
    core::Workspace,
    core::{Kind, rewound},
    text,
};

/// Undo the last rewind
///
/// Restores the snapshot that was taken before the last rewind, if the database has rewound, hidden or lost
/// events of it since. First shows which events come back, and what has been written since.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind recover --dry-run
  unrewind recover --merge")]
pub struct Args {
    #[command(flatten)]
    merge: MergeArgs,
    #[command(flatten)]
    concessions: Concessions,
    #[command(flatten)]
    manner: Manner,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let search = output::attended(workspace, Workspace::find_rewind)?;
    let may_miss_the_last = search.may_miss_the_last(&workspace.profile);
    let Some(rewind) = search.rewind else {
        say_passed_over(&search.passed_over);
        let rewound = rewound(&workspace.database()?, &workspace.profile)?;
        let snapshots = match rewound {
            0 => 0,
            _ => workspace.store.list(&Kind::ALL)?.len(),
        };
        let why = text::only_in_log(rewound, snapshots).map_or_else(
            || "the live database has every event of every rewind snapshot".to_owned(),
            |sentence| format!("{sentence}: `unrewind` shows them in the event log"),
        );
        bail!("there is no rewind to recover from: {why}");
    };
    if rewind.is_settled {
        say_passed_over(&search.passed_over);
        let name = rewind.snapshot.name();
        bail!(
            "there is nothing more to recover: live was restored since {name} was taken; to go back before that rewind anyway, use `unrewind restore {name}`"
        );
    }
    if args.manner.asks_nothing() && may_miss_the_last {
        say_passed_over(&search.passed_over);
        let name = rewind.snapshot.name();
        let hint = format!("to go back before that rewind anyway: `unrewind restore {name}`");
        return Err(output::Hinted::new(
            format!("the last rewind cannot be recovered from, and {name} was taken before an earlier one; nothing was changed"),
            vec![text::runnable(&hint)],
        )
        .into());
    }
    let taken_at = rewind.snapshot.taken_at();
    let (time, ago) = (
        text::time(taken_at, text::Zone::Local),
        text::ago(taken_at, workspace.now()),
    );
    let headline = format!(
        "recover from the rewind of {time}, {ago}: restore {}",
        rewind.snapshot.name()
    );
    let options = args.merge.apply_to(args.concessions.into());
    let plan = plan(rewind.snapshot, options, workspace)?.recovering(search.passed_over);
    carry_out(plan, &args.manner, &headline, workspace)
}
