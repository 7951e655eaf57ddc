//! `unrewind archive check`.

use anyhow::Context;
use serde_json::json;

use super::{Exit, open, output, place};
use crate::{
    core::{Archive, Workspace},
    text,
};

/// Check that the archive is whole
///
/// Checks that every file is there that its snapshots need. With --read-data it also reads and decrypts every
/// byte, or one part of the data: `--read-data 2/30` reads the second of thirty parts.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind archive check
  unrewind archive check --read-data
  unrewind archive check --read-data 1/30")]
pub(super) struct Args {
    /// Also read the data: all of it, or a part
    #[arg(long, value_name = "PART/PARTS", num_args = 0..=1, default_missing_value = "1/1", value_parser = part)]
    read_data: Option<(u32, u32)>,
    /// Print an object, for programs
    #[arg(long)]
    json: bool,
}

fn part(text: &str) -> Result<(u32, u32), String> {
    let parsed = text
        .split_once('/')
        .context("")
        .and_then(|(part, of)| Ok((part.parse()?, of.parse()?)));
    match parsed {
        Ok((part, of)) if 0 < part && part <= of => Ok((part, of)),
        _ => Err("write it as 2/30: the second of thirty parts".to_owned()),
    }
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let archive = open(workspace)?;
    let flaws = output::with_progress(|on| archive.check(args.read_data, on))?;
    let is_severe = flaws.iter().any(|flaw| flaw.is_severe);
    if args.json {
        output::print_json(&json!({
            "repository": archive.location(),
            "sound": !is_severe,
            "read": args.read_data.map(|(part, of)| format!("{part}/{of}")),
            "found": flaws.iter().map(|flaw| json!({ "what": flaw.what, "severe": flaw.is_severe })).collect::<Vec<_>>(),
        }))?;
    } else {
        for flaw in &flaws {
            let sign = if flaw.is_severe { "!" } else { " " };
            output::print(&format!("{sign} {}\n", text::one_line(&flaw.what)))?;
        }
        let found = if is_severe {
            how_to_repair(&archive)
        } else {
            "the archive is sound".to_owned()
        };
        output::print(&format!("{}: {found}\n", place(&archive)))?;
    }
    Ok(if is_severe {
        Exit::Incompatible
    } else {
        Exit::Done
    })
}

/// Says what to do about damage. An add alone does not write again what the index still lists.
fn how_to_repair(archive: &Archive) -> String {
    let location = text::quoted(archive.location().as_ref());
    text::runnable(&format!(
        "the archive is damaged: `restic -r {location} check --read-data` (restic 0.17 or later) prints the two commands that repair it; then `unrewind archive add --all` adds again what the data folder still holds"
    ))
}
