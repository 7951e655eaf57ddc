//! `unrewind show`.

mod at;
mod rows;

use std::{collections::HashMap, num::NonZeroU64};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Exit,
    list::SnapshotJson,
    output::{self, CoverageJson},
    side::{self, OpenedSide, find},
};
use crate::{
    core::Workspace,
    core::{Counts, Database, Snapshot},
    text::{self, Align},
};

/// Count the rows of every table, in a snapshot or a moment and in live, or show rows of one table
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind show latest
  unrewind show live --json
  unrewind show latest:rewind --rows memories --from 2
  unrewind show --at 20m")]
pub struct Args {
    /// A name or its beginning, kind/name, a time, a path, latest, latest:rewind or latest:periodic; or live
    #[arg(value_name = side::VALUE_NAME, required_unless_present = "at")]
    side: Option<String>,
    /// Show a moment, as `restore --at` would make it. SNAPSHOT or live chooses the history. Its tables must come
    /// from a snapshot of exactly that event, or from a replay command
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// Show the rows of this table
    #[arg(long, value_name = "TABLE")]
    rows: Option<String>,
    /// The number of the first row to show
    #[arg(long, value_name = "N", default_value = "1", requires = "rows")]
    from: NonZeroU64,
    /// How many rows to show
    #[arg(long, value_name = "N", default_value = "20", requires = "rows")]
    limit: u64,
    /// Print one object, for programs: the number of rows of each table, or the rows
    #[arg(long)]
    json: bool,
}

/// A snapshot and its tables as JSON.
#[derive(Serialize)]
struct ShownSnapshot<T: Serialize> {
    #[serde(flatten)]
    side: T,
    tables: Map<String, Value>,
    #[serde(flatten)]
    coverage: CoverageJson,
}

/// Live, with a snapshot's fields.
#[derive(Serialize)]
struct LiveJson {
    kind: (),
    name: (),
    stamp: (),
    path: String,
    taken_at: (),
    age_seconds: (),
    size_bytes: u64,
    last_event_id: i64,
    ends_at: i64,
    stored_in: (),
    off_log: bool,
    damaged: (),
    unreadable: (),
    label: (),
    pinned: (),
    verified: (),
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let side = args.side.as_deref().unwrap_or_default();
    if let Some(when) = &args.at {
        at::show(args, when, workspace)?;
    } else if let Some(table) = &args.rows {
        let opened = OpenedSide::to_show(side, workspace)?;
        rows::show(args, opened.side(), table, workspace)?;
    } else if side == "live" {
        let database = workspace.database()?;
        let counts = of_live(&database, workspace)?;
        let coverage = output::warn_of_coverage(&database, workspace);
        show_live(args, &database, &counts, workspace, coverage)?;
    } else {
        let mut snapshot = find(side, workspace)?;
        let counts = output::with_progress(|on| {
            let _unpacked = workspace.store.unpack(&snapshot, on)?;
            Counts::of_snapshot(&snapshot.path, &workspace.cache, on)
        })?;
        snapshot.last_event_id = Some(counts.last_event_id);
        let database = workspace.database();
        let coverage = database.map(|live| output::warn_of_coverage(&live, workspace));
        show_snapshot(
            args,
            &snapshot,
            &counts,
            workspace,
            coverage.unwrap_or_default(),
        )?;
    }
    Ok(Exit::Done)
}

fn of_live(database: &Database, workspace: &Workspace) -> crate::core::Result<Counts> {
    let Workspace { profile, cache, .. } = workspace;
    Counts::of_live(database, profile, cache, workspace.now())
}

fn show_live(
    args: &Args,
    database: &Database,
    counts: &Counts,
    workspace: &Workspace,
    coverage: CoverageJson,
) -> anyhow::Result<()> {
    if args.json {
        let (path, size_bytes) = (database.path().display().to_string(), database.size());
        let (kind, name, stamp, taken_at, age_seconds, damaged) = ((), (), (), (), (), ());
        let (unreadable, label, pinned, verified) = ((), (), (), ());
        let last_event_id = counts.last_event_id;
        let side = LiveJson {
            kind,
            name,
            stamp,
            path,
            taken_at,
            age_seconds,
            size_bytes,
            last_event_id,
            ends_at: last_event_id,
            stored_in: (),
            off_log: workspace.store.is_off_log()?,
            damaged,
            unreadable,
            label,
            pinned,
            verified,
        };
        return output::print_json(&ShownSnapshot {
            side,
            tables: tables(counts),
            coverage,
        });
    }
    let mut rows = vec![vec!["TABLE".to_owned(), "ROWS".to_owned()]];
    rows.extend(
        counts
            .tables
            .iter()
            .map(|(name, rows)| vec![text::name(name), text::count(*rows)]),
    );
    let head = format!(
        "live: {}, {}{}\n\n",
        text::path(database.path()),
        text::size(database.size()),
        text::last_event_point(Some(counts.last_event_id))
    );
    output::print(&(head + &text::columns(&rows, &[Align::Left, Align::Right])))
}

fn show_snapshot(
    args: &Args,
    snapshot: &Snapshot,
    counts: &Counts,
    workspace: &Workspace,
    coverage: CoverageJson,
) -> anyhow::Result<()> {
    if args.json {
        let side = SnapshotJson::of(snapshot, workspace.now());
        return output::print_json(&ShownSnapshot {
            side,
            tables: tables(counts),
            coverage,
        });
    }
    let live = workspace
        .database()
        .and_then(|database| of_live(&database, workspace));
    let mut notes = text::standing(snapshot);
    let label = snapshot.note.label.as_ref();
    notes.extend(label.map(|label| format!("“{label}”")));
    notes.push(String::new());
    let notes: Vec<_> = notes.iter().map(|note| text::one_line(note)).collect();
    let notes = notes.join("\n");
    let head = format!(
        "{}: taken {}, {}, {}{}\n{notes}\n",
        text::one_line(&snapshot.name()),
        text::time(snapshot.taken_at(), text::Zone::Local),
        text::ago(snapshot.taken_at(), workspace.now()),
        text::size(snapshot.size),
        text::last_event_point(Some(counts.last_event_id))
    );
    match live {
        Ok(live) => output::print(&(head + &side_by_side("SNAPSHOT", counts, &live))),
        Err(error) => {
            let mut rows = vec![vec!["TABLE".to_owned(), "SNAPSHOT".to_owned()]];
            rows.extend(
                counts
                    .tables
                    .iter()
                    .map(|(name, rows)| vec![text::name(name), text::count(*rows)]),
            );
            output::print(&(head + &text::columns(&rows, &[Align::Left, Align::Right])))?;
            output::say(&format!("live is not shown: {error}"));
            Ok(())
        }
    }
}

fn side_by_side(side: &str, snapshot: &Counts, live: &Counts) -> String {
    let mut rows = vec![["TABLE", side, "LIVE", "DIFF"].map(str::to_owned).to_vec()];
    let by_name = |counts: &Counts| -> HashMap<String, u64> {
        let tables = counts.tables.iter();
        tables
            .map(|(name, rows)| (name.to_ascii_lowercase(), *rows))
            .collect()
    };
    let (in_snapshot, in_live) = (by_name(snapshot), by_name(live));
    let rows_in =
        |side: &HashMap<String, u64>, name: &str| side.get(&name.to_ascii_lowercase()).copied();
    let missing = live
        .tables
        .iter()
        .filter(|(name, _)| rows_in(&in_snapshot, name).is_none());
    for (name, _) in snapshot.tables.iter().chain(missing) {
        let (theirs, ours) = (rows_in(&in_snapshot, name), rows_in(&in_live, name));
        let shown = |rows: Option<u64>| rows.map_or("no table".to_owned(), text::count);
        let difference = text::difference(ours.unwrap_or(0), theirs.unwrap_or(0));
        rows.push(vec![
            text::name(name),
            shown(theirs),
            shown(ours),
            difference,
        ]);
    }
    text::columns(
        &rows,
        &[Align::Left, Align::Right, Align::Right, Align::Right],
    )
}

fn tables(counts: &Counts) -> Map<String, Value> {
    counts
        .tables
        .iter()
        .map(|(name, rows)| (name.clone(), Value::from(*rows)))
        .collect()
}
