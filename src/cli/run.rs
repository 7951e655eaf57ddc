//! `unrewind run`: a snapshot, then a command of the user, and the way back if it fails.

mod afterwards;
mod child;

use std::{ffi::OsString, path::Path};

use super::{Exit, output};
use crate::{
    core::Workspace,
    core::{Kind, Label, Snapshot},
    text,
};

/// Take a snapshot, run a command, and offer the way back if it fails
///
/// The command gets the terminal, standard input and standard output as they are. Unrewind exits with its
/// exit code, or by the same signal. Where it fails, or with --ask, Unrewind prints to standard error
/// what has changed in the database since the snapshot, and asks whether to undo it; where there is no terminal to
/// ask on, it prints the command that does.
///
/// If the snapshot cannot be taken, the command does not run. Exit code: the command's; 127 if it is not found,
/// 126 if it cannot be started, 125 if there is no snapshot.
#[derive(Debug, clap::Args)]
#[command(override_usage = "unrewind run [OPTIONS] [--] <COMMAND>...")]
#[command(after_help = "Examples:
  unrewind run -- ./manage.py migrate
  unrewind run --ask -- sqlite3 data/chat.db
  unrewind run --yes -- ./nightly-cleanup --all")]
pub struct Args {
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true)]
    command: Vec<OsString>,
    /// Also show what has changed, and ask whether to undo it, where the command succeeds
    #[arg(long)]
    ask: bool,
    /// Where the command fails, undo what has changed without asking
    #[arg(long, short, conflicts_with = "ask")]
    yes: bool,
    /// A line of text to recognise the snapshot by [default: "before" and the command's name]
    #[arg(long, value_name = "TEXT")]
    label: Option<Label>,
}

impl Args {
    /// Returns the file name of the command. Its arguments may hold a password.
    fn name(&self) -> String {
        let program = self.command.first().map(Path::new);
        let name = program.and_then(Path::file_name).unwrap_or_default();
        text::one_line(&name.to_string_lossy()).into_owned()
    }
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let name = args.name();
    let snapshot = take(args, &name, workspace)?;
    let ending = match child::run(&args.command)? {
        Ok(ending) => ending,
        Err(exit) => return Ok(exit),
    };
    if args.ask || !ending.is_success() {
        output::say(&format!("! {name} {}", ending.words()));
        // Whatever can be done about it, the command has ended as it has.
        if let Err(error) = afterwards::offer(args, snapshot, workspace) {
            output::report(&error);
        }
    }
    Ok(ending.exit())
}

/// Takes the snapshot, and labels it.
fn take(args: &Args, name: &str, workspace: &Workspace) -> anyhow::Result<Snapshot> {
    let taken = output::attended(workspace, |workspace| workspace.take(Kind::Rewind))?;
    if let Ok(live) = workspace.database() {
        output::warn_of_coverage(&live, workspace);
    }
    let snapshot = taken.snapshot;
    let warnings = [
        text::unwritten_note(&snapshot),
        taken.ahead.as_ref().map(text::taken_ahead),
    ];
    for warning in warnings.into_iter().flatten() {
        output::say(&format!("! {warning}"));
    }
    let label = args.label.clone();
    let label = label.or_else(|| format!("before {name}").parse().ok());
    if let Err(error) = workspace.store.label(&snapshot, label) {
        output::say(&format!("! {} has no label: {error}", snapshot.name()));
    }
    output::say(&format!("took {} before {name}", snapshot.name()));
    Ok(snapshot)
}
