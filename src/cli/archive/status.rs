//! `unrewind archive status`.

use serde_json::json;

use super::{Exit, list::object, open, output, place, unless_left_out};
use crate::{
    core::{ArchivePassword, Kind, Workspace, not_archived},
    text,
};

/// Show where the archive is, how large it is, and what it lacks
///
/// Exits with 0 if it holds all snapshots of the data folder, with 1 if it lacks some.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind archive status
  unrewind archive status --json")]
pub(super) struct Args {
    /// Print an object, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let archive = open(workspace)?;
    let archived = super::list(&archive, workspace)?;
    let size = output::with_progress(|on| archive.size(on))?;
    let snapshots = workspace.list(&Kind::ALL)?;
    let lacking = not_archived(&snapshots, &archived);
    let settings = workspace.archive_settings();
    let is_documented = settings.password == ArchivePassword::Documented;
    if args.json {
        output::print_json(&json!({
            "repository": archive.location(),
            "folder": archive.folder().map(ToString::to_string),
            "snapshots": archived.len(),
            "newest": archived.first().map(object),
            "size_bytes": size.bytes,
            "snapshots_of_all_folders": size.snapshots,
            "lacks": lacking.iter().map(crate::core::Snapshot::name).collect::<Vec<_>>(),
            "append_only": settings.append_only,
            "documented_password": is_documented,
        }))?;
    } else {
        let count = text::counted(archived.len() as u64, "snapshot");
        let copies: usize = archived.iter().map(|one| 1 + one.copies.len()).sum();
        let others = size.snapshots.saturating_sub(copies as u64);
        let mut lines = format!("archive   {}\n", place(&archive));
        lines += &format!("holds     {count} of this data folder");
        if others > 0 {
            lines += &format!(", and {others} of others");
        }
        lines += &format!("\nsize      {}\n", text::size(size.bytes));
        if let Some(newest) = archived.first() {
            let age = text::age(newest.id.stamp.time(), workspace.now());
            lines += &format!("newest    {}, {age} old\n", newest.id);
        }
        if is_documented {
            lines += &format!(
                "password  the documented one, {}\n",
                ArchivePassword::DOCUMENTED
            );
        }
        if !lacking.is_empty() {
            let count = text::counted(lacking.len() as u64, "snapshot");
            lines += &text::runnable(&format!(
                "lacks     {count}: `unrewind archive add --all` adds them\n"
            ));
        }
        output::print(&lines)?;
    }
    let exit = if lacking.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    };
    Ok(unless_left_out(&archive, exit))
}
