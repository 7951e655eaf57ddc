//! `unrewind status`.

use serde_json::{Value, json};

use super::{Exit, output};
use crate::{
    core::Workspace,
    core::{ColdLoad, Coverage, Process, Repaired, Replay, ReplayCommand, Snapshot, Status},
    text,
};

/// Show whether anything needs attention
///
/// Shows what the application's next start will make of the database: whether events await replay, and
/// whether the newest periodic snapshot still fits the event log. Like every command, it first finishes or
/// clears away a restore that was interrupted, and reports that.
///
/// Exit code 0 if nothing needs attention, 1 if something does, 2 if that cannot be found out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind status
  unrewind status --json")]
pub struct Args {
    /// Note that the application was restarted after the last restore, where Unrewind cannot see that
    #[arg(long)]
    restarted: bool,
    /// Print one object, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let Workspace { profile, store, .. } = workspace;
    let database = workspace.own_database()?;
    if args.restarted {
        Status::restarted(store)?;
    }
    let now = workspace.now();
    let mut status = output::with_progress(|on| Status::of(&database, profile, store, now, on))?;
    let repaired = workspace.take_repaired();
    // That it could not be repaired is already among the repairs.
    status.interrupted.take_if(|_| !repaired.is_empty());
    let mut attention: Vec<String> = repaired.iter().map(text::repaired).collect();
    attention.extend(text::attention(&status));
    let lacking = Coverage {
        outside: Vec::new(),
        ..database.coverage(profile)?
    };
    attention.extend(text::coverage(&lacking, &workspace.description));
    if args.json {
        let mut json = status_json(&status, &repaired, &attention, database.path());
        json["replay_command"] = profile.replay.as_ref().map(words).into();
        output::print_json(&json)?;
    } else {
        let mut text = status_text(&status, &attention, database.path());
        if let Some(command) = &profile.replay {
            let command = words(command).join(" ");
            text += &format!("replay command: {}\n", text::one_line(&command));
        }
        output::print(&text)?;
    }
    Ok(if attention.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

/// Returns a replay command without its last two arguments.
fn words(command: &ReplayCommand) -> Vec<String> {
    let program = std::iter::once(&command.program);
    program.chain(&command.arguments).cloned().collect()
}

fn status_text(status: &Status, attention: &[String], database: &std::path::Path) -> String {
    let database = database.display().to_string();
    let mut text = format!("database: {}\n", text::one_line(&database));
    if let Some(start) = &status.start {
        text += &format!("the next start begins from {}\n", start.name());
    }
    if status.cold_load.off_log {
        text += "the tables do not follow from the event log: a restore took only a part of both\n";
    }
    if status.cold_load.has_just_ended() {
        text += "the tables have changed since the restore: taken for the application's start\n";
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
            "processes": processes_json(open),
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
