//! `unrewind archive list`.

use serde_json::{Value, json};

use super::{
    super::list::{columns, rfc3339},
    Exit, list, notes, open, output, place, unless_left_out,
};
use crate::{
    core::{ArchivedSnapshot, Workspace},
    text::{self, Align},
};

/// List the archived snapshots, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind archive list
  unrewind archive list --json | jq -r '.[0].snapshot'")]
pub(super) struct Args {
    /// Also list the snapshots of other data folders
    #[arg(long)]
    all: bool,
    /// Print an array of objects, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let archive = open(workspace)?;
    let mut found = list(&archive, workspace)?;
    if args.all {
        found = output::with_progress(|on| archive.list_all(on))?;
    }
    if args.json {
        output::print_json(&found.iter().map(object).collect::<Vec<_>>())?;
    } else if found.is_empty() {
        output::say(&format!("no snapshots in the archive {}", place(&archive)));
    } else {
        output::print(&table(&found, args.all, workspace))?;
    }
    Ok(unless_left_out(&archive, Exit::Done))
}

pub(super) fn object(one: &ArchivedSnapshot) -> Value {
    json!({
        "snapshot": one.id.to_string(),
        "kind": one.id.kind.name(),
        "name": one.id.name(),
        "taken_at": rfc3339(one.id.stamp.time()),
        "size_bytes": one.size,
        "last_event_id": one.last_event_id,
        "last_sentence": one.sentence,
        "label": one.note.label.as_ref().map(ToString::to_string),
        "pinned": one.pinned,
        "checksum": one.checksum.map(|sum| sum.to_string()),
        "added_at": rfc3339(one.added),
        "host": one.host,
        "folder": one.folder,
        "restic_id": one.restic_id,
    })
}

fn table(found: &[ArchivedSnapshot], all: bool, workspace: &Workspace) -> String {
    let (mut head, mut aligned) = columns();
    if all {
        head.extend(["FOLDER", "MACHINE"]);
        aligned.extend([Align::Left, Align::Left]);
    }
    head.push("");
    aligned.push(Align::Left);
    let row = |one: &ArchivedSnapshot| {
        let taken = one.id.stamp.time();
        let mut row = vec![
            one.id.kind.name().to_owned(),
            one.id.name(),
            text::time(taken, text::Zone::Local),
            text::age(taken, workspace.now()),
            one.size.map_or("?".to_owned(), text::size),
            one.last_event_id.map_or("?".to_owned(), text::event_id),
        ];
        if all {
            row.push(one.folder.clone().unwrap_or_default());
            row.push(text::one_line(&one.host).into_owned());
        }
        row.push(notes(one));
        row
    };
    let head = head.into_iter().map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(found.iter().map(row)).collect();
    text::columns(&rows, &aligned)
}
