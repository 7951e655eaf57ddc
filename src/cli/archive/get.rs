//! `unrewind archive get`.

use std::path::PathBuf;

use serde_json::json;

use super::{super::side::say_trouble, Exit, open, output, print_done};
use crate::{core::Workspace, text};

/// Write an archived snapshot to a file
///
/// Compares its bytes with those that were added. Never writes into the snapshot folders, because the
/// application would start from the file: to restore it, give `restore` its path.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind archive get latest --output old.json
  unrewind archive get latest:rewind --output old.json && unrewind diff old.json")]
pub(super) struct Args {
    /// The snapshot: a name or the beginning of one, kind/name, latest, latest:rewind, latest:periodic
    #[arg(value_name = "SNAPSHOT")]
    snapshot: String,
    /// The file, which must not exist [default: its own name, in the current folder]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print an object, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let archive = open(workspace)?;
    let found = output::with_progress(|on| archive.find(&args.snapshot, on));
    say_trouble(archive.left_out().as_ref());
    let found = found?;
    let to = args.output.clone();
    let to = to.unwrap_or_else(|| PathBuf::from(format!("{}.json", found.id.name())));
    workspace.refuse_own_file(&to)?;
    output::with_progress(|on| archive.get(&found, &to, on))?;
    let (name, path) = (found.id.to_string(), text::path(&to));
    let unproven = found.checksum.is_none();
    if unproven {
        output::say("! restic added it, so there is no checksum to compare its bytes with");
    }
    let json = json!({ "snapshot": name, "path": to.display().to_string(), "compared": !unproven });
    print_done(
        args.json.then_some(&json),
        &format!("wrote {name} to {path}\n"),
    )?;
    Ok(Exit::Done)
}
