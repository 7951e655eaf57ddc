//! `unrewind verify`.

mod replay;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Exit,
    list::SnapshotJson,
    output::{self, CoverageJson},
    restore::unwritten_json,
    side::{find, readable},
};
use crate::{
    core::Workspace,
    core::{
        self, AllSnapshots, Compared, Database, Error, Kind, ReplayCheck, ReplayFinding, Scratch,
        Snapshot, Verification,
    },
    text,
};
use replay::ReplayJson;

/// Check that snapshots are as they were written
///
/// Reads every byte and decodes every row. Compares the last event with the log, and the bytes with the
/// checksum that was recorded when the snapshot was taken. The application's service records none; then the
/// first verification does. Unrewind remembers the result until the file changes.
///
/// With --replay it also proves your replay command: it begins with the tables of each snapshot, replays the
/// events up to the next one of the same history, and compares the tables.
///
/// Exit code 0 if all are sound and replayed exactly, 1 if one is not, 2 on an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind verify
  unrewind verify --deep latest
  unrewind verify --replay
  unrewind verify --all --json")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Args {
    /// The snapshots: names or their beginnings, kind/name, times, paths, latest, latest:rewind, latest:periodic
    #[arg(value_name = "SNAPSHOT", conflicts_with = "all")]
    snapshots: Vec<String>,
    /// Verify every snapshot; the same as naming none
    #[arg(long)]
    all: bool,
    /// Also restore each snapshot into a copy of live, which is deleted afterwards
    #[arg(long)]
    deep: bool,
    /// Also replay the events since the snapshot before each one with your replay command, and compare the tables
    #[arg(long)]
    replay: bool,
    /// Also verify the snapshots in an archive on another machine
    #[arg(long)]
    archived: bool,
    /// Print an array of objects, for programs
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct VerifiedJson {
    #[serde(flatten)]
    snapshot: SnapshotJson,
    sound: bool,
    reason: Option<String>,
    rows: u64,
    checksum: Option<&'static str>,
    restorable: Option<bool>,
    dangling_rows: Option<u64>,
    unproved_tables: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayJson>,
    #[serde(flatten)]
    coverage: CoverageJson,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let AllSnapshots { snapshots, trouble } = chosen(args, workspace)?;
    let live = workspace.database();
    let coverage = match &live {
        Ok(live) => output::warn_of_coverage(live, workspace),
        Err(_) => CoverageJson::default(),
    };
    let live = if args.deep { Some(live?) } else { live.ok() };
    let deep = live.as_ref().filter(|_| args.deep);
    // Restoring into a copy of a corrupt file proves nothing.
    deep.map(Database::refuse_corrupt).transpose()?;
    let check = if args.replay {
        let live = workspace.database()?;
        Some(ReplayCheck::new(
            live,
            &workspace.profile,
            &workspace.store,
        )?)
    } else {
        None
    };
    let mut objects = Vec::new();
    let (mut incompatible, mut unpaired) = (0, 0_u64);
    let mut failed = usize::from(trouble.is_some());
    for snapshot in &snapshots {
        let found = one(snapshot, live.as_ref(), deep, workspace).and_then(|found| {
            let check = check.as_ref().filter(|_| found.problem.is_none());
            let replayed = check.map(|check| output::with_progress(|on| check.of(snapshot, on)));
            Ok((found, replayed.transpose()?))
        });
        let (found, replayed) = match found {
            Ok(found) => found,
            Err(error @ (Error::Cancelled | Error::DiskFull { .. })) => return Err(error.into()),
            // The service may have deleted it since it was listed.
            Err(Error::NoFile { .. }) if args.snapshots.is_empty() => continue,
            Err(error) => {
                output::say(&format!("{}: not verified: {error}", snapshot.name()));
                failed += 1;
                continue;
            }
        };
        let differs = replayed.as_ref().is_some_and(ReplayFinding::differs);
        incompatible += usize::from(found.problem.is_some() || differs);
        unpaired += u64::from(matches!(replayed, Some(ReplayFinding::Unpaired(_))));
        if args.json {
            objects.push(VerifiedJson {
                replay: replayed.as_ref().map(ReplayJson::of),
                ..json(snapshot, &found, &coverage, workspace)
            });
        } else {
            let word = match text::soundness(found.problem.as_ref()) {
                _ if differs => "differs",
                word => word,
            };
            let mut sentence = text::verification(&found);
            if let Some(replayed) = &replayed {
                sentence += &format!(", {}", text::replayed(replayed));
            }
            let line = format!("{}  {word:<7}  {sentence}", snapshot.name());
            output::print(&format!("{}\n", text::one_line(&line)))?;
        }
    }
    if args.json {
        output::print_json(&objects)?;
    } else if snapshots.is_empty() {
        let root = workspace.store.root().display();
        output::say(&format!("no snapshots in {root}"));
    }
    if unpaired > 0 {
        let (unpaired, all) = (text::count(unpaired), snapshots.len());
        let all = text::counted(all as u64, "snapshot");
        output::say(&format!(
            "{unpaired} of {all} could not be paired with an earlier one"
        ));
    }
    Ok(match (incompatible, failed) {
        (_, 1..) => Exit::Failed,
        (1.., _) => Exit::Incompatible,
        _ => Exit::Done,
    })
}

fn chosen(args: &Args, workspace: &Workspace) -> core::Result<AllSnapshots> {
    if args.snapshots.is_empty() {
        return readable(&Kind::ALL, args.archived, workspace);
    }
    let named = args.snapshots.iter().map(|name| find(name, workspace));
    Ok(AllSnapshots {
        snapshots: named.collect::<core::Result<_>>()?,
        trouble: None,
    })
}

/// Verifies a snapshot and saves the result.
fn one(
    snapshot: &Snapshot,
    live: Option<&Database>,
    deep: Option<&Database>,
    workspace: &Workspace,
) -> core::Result<Verification> {
    let Workspace { profile, store, .. } = workspace;
    let scratch = deep.map(|live| Scratch { live, store });
    let found = output::with_progress(|on| {
        let _unpacked = store.unpack(snapshot, on)?;
        core::verify(snapshot, profile, live, scratch, on)
    })?;
    if snapshot.id.is_some()
        && !snapshot.is_only_archived()
        && let Err(error) = found.remember(snapshot, workspace.now())
    {
        let name = snapshot.name();
        output::say(&format!("{name}: cannot save the result: {error}"));
    }
    Ok(found)
}

fn json(
    snapshot: &Snapshot,
    found: &Verification,
    coverage: &CoverageJson,
    workspace: &Workspace,
) -> VerifiedJson {
    let again = find(&snapshot.name(), workspace);
    let mut snapshot = again.unwrap_or_else(|_| snapshot.clone());
    snapshot.last_event_id = Some(found.last_event_id);
    VerifiedJson {
        snapshot: SnapshotJson::of(&snapshot, workspace.now()),
        sound: found.problem.is_none(),
        reason: found
            .problem
            .as_ref()
            .map(|problem| problem.reason().to_owned()),
        rows: found.rows,
        checksum: found.checksum.map(|compared| match compared {
            Compared::Same => "same",
            Compared::Different => "different",
            Compared::First(_) => "first",
        }),
        restorable: found.restores,
        dangling_rows: found
            .restores
            .filter(|restores| *restores)
            .map(|_| found.dangling),
        unproved_tables: unwritten_json(&found.unproved),
        replay: None,
        coverage: coverage.clone(),
    }
}
