//! `unrewind status`.

mod all;

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    CommandSetup, Exit, folders::Folders, list::rfc3339, output, prune::held_nowhere_else,
};
use crate::{
    core::Workspace,
    core::{
        ArchiveHealth, ColdLoad, Coverage, Depth, Health, OnProgress, Process, Repaired, Replay,
        ReplayCommand, Rewind, Room, Snapshot, Status, WatchState,
    },
    text,
};

/// Show whether anything needs attention
///
/// Shows how old the newest snapshot is, what was verified last, whether a watch is running, what the archive holds,
/// how much room is left, which rewind could be recovered, and what the next prune deletes. Also shows what will
/// happen when the application starts next: whether events await replay, and whether the newest periodic snapshot
/// still fits the event log. Like every command, it first finishes or cleans up a restore that was interrupted, and
/// reports that.
///
/// For several data folders, it shows one line each, the worst first, and what needs attention.
///
/// Exit code 0 if nothing needs attention, 1 if something does, 2 if that cannot be found out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind status
  unrewind status --json
  unrewind status path/to/data path/to/other")]
pub struct Args {
    #[command(flatten)]
    pub(super) folders: Folders,
    /// Record that the application has restarted since the last restore, where Unrewind cannot see that
    #[arg(long, conflicts_with_all = ["dirs", "all"])]
    restarted: bool,
    /// Print one object, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(
    args: &Args,
    workspace: &Workspace,
    setup: &CommandSetup<'_>,
) -> anyhow::Result<Exit> {
    if !args.folders.is_empty(setup) {
        let mut folders = args.folders.all(setup)?;
        if let [folder] = &mut folders[..] {
            let (workspace, ignored) = setup.args.opener().open(folder)?;
            if let Some(ignored) = ignored {
                output::say(&format!("! {ignored}"));
            }
            return of_one(args, &workspace, setup);
        }
        return all::run(&folders, args.json, setup);
    }
    of_one(args, workspace, setup)
}

fn of_one(args: &Args, workspace: &Workspace, setup: &CommandSetup<'_>) -> anyhow::Result<Exit> {
    if args.restarted {
        workspace.own_database()?;
        Status::restarted(&workspace.store)?;
    }
    let seen = output::with_progress(|on| inspect(workspace, setup.watch.stale_after, on))?;
    if args.json {
        output::print_json(&json_of(&seen, workspace))?;
    } else {
        let known = text::health(&seen.health, workspace.now());
        let mut text = status_text(&seen.status, &known, &seen.attention, &seen.database);
        if let Some(command) = &workspace.profile.replay {
            let command = words(command).join(" ");
            text += &format!("replay command: {}\n", text::one_line(&command));
        }
        output::print(&text)?;
    }
    Ok(if seen.attention.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

/// What was found of a data folder.
struct Seen {
    database: PathBuf,
    status: Status,
    health: Health,
    repaired: Vec<Repaired>,
    /// A sentence for each thing to do.
    attention: Vec<String>,
}

/// Inspects a data folder.
fn inspect(
    workspace: &Workspace,
    stale_after: Option<Duration>,
    on: OnProgress<'_>,
) -> anyhow::Result<Seen> {
    let Workspace { profile, store, .. } = workspace;
    let database = workspace.own_database()?;
    let now = workspace.now();
    let mut status = Status::of(&database, profile, store, now, on)?;
    let health = workspace.health_of(&database, stale_after, on)?;
    let repaired = workspace.take_repaired();
    // That it could not be repaired is already among the repairs.
    status.interrupted.take_if(|_| !repaired.is_empty());
    let mut attention: Vec<String> = repaired.iter().map(text::repaired).collect();
    attention.extend(text::attention(&status));
    attention.extend(text::health_attention(&health, now));
    let lacking = Coverage {
        outside: Vec::new(),
        ..database.coverage(profile)?
    };
    attention.extend(text::coverage(&lacking, &workspace.description));
    Ok(Seen {
        database: database.path().to_owned(),
        status,
        health,
        repaired,
        attention,
    })
}

fn json_of(seen: &Seen, workspace: &Workspace) -> Value {
    let Seen {
        database,
        status,
        health,
        repaired,
        attention,
    } = seen;
    let mut json = status_json(status, repaired, attention, database);
    add_health(&mut json, health, workspace.now());
    json["replay_command"] = workspace.profile.replay.as_ref().map(words).into();
    json
}

/// Returns a replay command without its last two arguments.
fn words(command: &ReplayCommand) -> Vec<String> {
    let program = std::iter::once(&command.program);
    program.chain(&command.arguments).cloned().collect()
}

fn status_text(
    status: &Status,
    known: &[String],
    attention: &[String],
    database: &std::path::Path,
) -> String {
    let database = database.display().to_string();
    let mut text = format!("database: {}\n", text::one_line(&database));
    for line in known {
        text += &format!("{line}\n");
    }
    if let Some(start) = &status.start {
        text += &format!("the next start begins from {}\n", start.name());
    }
    if status.cold_load.off_log {
        text +=
            "the tables do not follow from the event log: a restore changed only a part of them\n";
    }
    if status.cold_load.has_just_ended() {
        text += "the tables have changed since the restore: Unrewind assumes that the application has started\n";
    }
    for sentence in attention {
        text += &format!("! {sentence}\n");
    }
    if attention.is_empty() {
        text += "nothing needs attention\n";
    }
    text
}

fn status_json(
    status: &Status,
    repaired: &[Repaired],
    attention: &[String],
    database: &std::path::Path,
) -> Value {
    let ColdLoad {
        replay, off_log, ..
    } = &status.cold_load;
    let awaiting = match replay {
        Replay::Awaited {
            after,
            events,
            open,
            hidden_by,
        } => json!({
            "after": after,
            "events": events,
            "processes": processes_json(&open.processes),
            "hidden_by": hidden_by,
        }),
        _ => Value::Null,
    };
    let in_doubt = match replay {
        Replay::Doubtful { after, running, .. } => {
            json!({ "after": after, "processes": processes_json(running) })
        }
        _ => Value::Null,
    };
    let fit = status
        .fit
        .map(|fit| json!({ "rewound": fit.rewound, "missing": fit.missing, "edited": fit.edited }));
    json!({
        "database": database.display().to_string(),
        "well": attention.is_empty(),
        "attention": attention,
        "repaired": repaired.iter().map(repaired_json).collect::<Vec<_>>(),
        "starts_from": status.start.as_ref().map(Snapshot::name),
        "start_differs_by": fit,
        "awaiting_replay": awaiting,
        "in_doubt": in_doubt,
        "off_log": off_log,
    })
}

/// Adds what is known of the history.
fn add_health(json: &mut Value, health: &Health, now: DateTime<Utc>) {
    let newest = |newest: &Snapshot| {
        json!({
            "snapshot": newest.name(),
            "taken_at": rfc3339(newest.taken_at()),
            "age_seconds": (now - newest.taken_at()).num_seconds(),
        })
    };
    let verified = |snapshot: &Snapshot| {
        let found = snapshot.verified()?;
        Some(json!({
            "snapshot": snapshot.name(),
            "at": rfc3339(found.at),
            "deep": found.depth == Depth::Deep,
            "sound": found.problem.is_none(),
        }))
    };
    let archive = |held: &ArchiveHealth| {
        json!({
            "snapshots": held.snapshots,
            "newest": held.newest.map(rfc3339),
            "lacks": held.lacks,
            "problem": held.trouble.as_ref().map(ToString::to_string),
            "damaged": held.is_damaged,
        })
    };
    let rewind = |rewind: &Rewind| json!({ "snapshot": rewind.snapshot.name(), "events": rewind.gone.missed() });
    json["newest"] = health.newest.as_ref().map(newest).into();
    json["events_since"] = health.events_since.into();
    json["stale"] = health.is_stale.into();
    json["verified"] = health.verified.as_ref().and_then(verified).into();
    json["watch"] = match health.watch {
        WatchState::Running { pid } => json!({ "pid": pid }),
        WatchState::None => Value::Null,
    };
    json["archive"] = health.archive.as_ref().map(archive).into();
    let room = |room: Room| json!({ "free_bytes": room.free, "needed_bytes": room.needed });
    json["room"] = health.room.map(room).into();
    json["recoverable"] = health.rewind.as_ref().map(rewind).into();
    let deleted = health.prune.deleted().map(|one| one.snapshot.name());
    json["next_prune"] = json!({
        "deletes": deleted.collect::<Vec<_>>(),
        "held_nowhere_else": held_nowhere_else(&health.at_risk),
    });
}

/// What became of a restore that was interrupted, and what is left of it.
fn repaired_json(repaired: &Repaired) -> Value {
    match repaired {
        Repaired::Finished { of, checkpoint } => json!({
            "restore_of": of,
            "was_committed": true,
            "checkpoint": checkpoint.as_ref().map(Snapshot::name),
        }),
        Repaired::Cleared { of, safety } => json!({
            "restore_of": of,
            "was_committed": false,
            "safety": safety.map(|id| id.to_string()),
        }),
        Repaired::Unfinished { of, why } => json!({
            "restore_of": of,
            "was_committed": Value::Null,
            "problem": why,
        }),
    }
}

fn processes_json(processes: &[Process]) -> Vec<Value> {
    let json = |process: &Process| json!({ "pid": process.pid, "name": process.name });
    processes.iter().map(json).collect()
}
