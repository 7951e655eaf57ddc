//! `unrewind archive`: the commands on the archive.

mod add;
mod check;
mod forget;
mod get;
mod init;
mod list;
mod status;

use clap::Subcommand;

use super::{Exit, output, side::say_trouble};
use crate::{
    core::{Archive, ArchivedSnapshot, Workspace},
    text,
};

/// Keep any number of snapshots in a small, encrypted archive
///
/// The archive is a restic repository: a folder beside the snapshots, or one elsewhere. restic and rustic can
/// read it without Unrewind.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind archive init
  unrewind archive add --all
  unrewind archive list")]
pub struct Args {
    #[command(subcommand)]
    command: ArchiveCommand,
}

#[derive(Debug, Subcommand)]
enum ArchiveCommand {
    Init(init::Args),
    Add(add::Args),
    List(list::Args),
    Get(get::Args),
    Forget(forget::Args),
    Check(check::Args),
    Status(status::Args),
}

impl Args {
    /// Returns whether 1 is an answer rather than a failure.
    pub(super) fn judges(&self) -> bool {
        matches!(
            self.command,
            ArchiveCommand::Check(_) | ArchiveCommand::Status(_)
        )
    }
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    match &args.command {
        ArchiveCommand::Init(args) => init::run(args, workspace),
        ArchiveCommand::Add(args) => add::run(args, workspace),
        ArchiveCommand::List(args) => list::run(args, workspace),
        ArchiveCommand::Get(args) => get::run(args, workspace),
        ArchiveCommand::Forget(args) => forget::run(args, workspace),
        ArchiveCommand::Check(args) => check::run(args, workspace),
        ArchiveCommand::Status(args) => status::run(args, workspace),
    }
}

/// Opens the archive.
fn open(workspace: &Workspace) -> anyhow::Result<Archive> {
    Ok(output::attended(workspace, Workspace::open_archive)?)
}

/// Lists what the archive holds of the data folder, and prints what is left out.
fn list(archive: &Archive, workspace: &Workspace) -> anyhow::Result<Vec<ArchivedSnapshot>> {
    let listed = output::attended(workspace, |workspace| workspace.archived(archive));
    say_trouble(archive.left_out().as_ref());
    Ok(listed?)
}

/// Returns the exit code, which is 2 if the last list left out a damaged snapshot.
fn unless_left_out(archive: &Archive, exit: Exit) -> Exit {
    archive.left_out().map_or(exit, |_| Exit::Failed)
}

/// Describes a snapshot of the archive in a few words: its label, and that it is pinned.
fn notes(one: &ArchivedSnapshot) -> String {
    let mut notes = Vec::new();
    notes.extend(one.pinned.then(|| "pinned".to_owned()));
    notes.extend(one.note.label.as_ref().map(|label| format!("“{label}”")));
    notes.join(", ")
}

/// Names the repository on one line.
fn place(archive: &Archive) -> String {
    text::one_line(archive.location()).into_owned()
}

/// Prints the result of a change, as JSON or for people.
fn print_done(json: Option<&serde_json::Value>, text: &str) -> anyhow::Result<()> {
    match json {
        Some(json) => output::print_json_done(json),
        None => output::print_done(text),
    }
}
