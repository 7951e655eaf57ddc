//! `unrewind diff`.

use anyhow::bail;
use serde_json::{Map, Value as Json, json};

use super::{
    Exit, moment, output,
    restore::{changes_table, point_text},
    side::{self, find},
};
use crate::{
    core::Workspace,
    core::{
        Change, ComposedMoment, Contents, Database, DiffDetail, Difference, EventDiff, Gone, Row,
        RowKey, Side, Sides, Table, TableChanges, TableDiff,
    },
    text,
};

/// Show what differs between two snapshots, or between a snapshot or a moment and live
///
/// Exit code 0 if nothing differs, 1 if something does, 2 if they cannot be compared.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind diff latest
  unrewind diff latest:periodic latest:rewind --table memories --rows
  unrewind diff latest:rewind live --json
  unrewind diff --at 20m")]
pub struct Args {
    /// The side to compare from, a snapshot, named as for restore, or live; alone, the side to compare live with
    #[arg(value_name = "A", required_unless_present = "at")]
    first: Option<String>,
    /// The side to compare to: a snapshot, named as for restore, or live
    #[arg(value_name = "B", conflicts_with = "at")]
    second: Option<String>,
    /// Compare live, or A, to a moment, as `restore --at` would make it. Its tables must come from a snapshot of
    /// exactly that event, or from a replay command
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// The history that --at means, if several have such an event: live, or a snapshot that holds it
    #[arg(long, value_name = side::VALUE_NAME, requires = "at")]
    from: Option<String>,
    /// Compare only this table; may be given several times
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
    /// Show the rows that differ
    #[arg(long)]
    rows: bool,
    /// Print one object, for programs: the numbers of each table, the events and, with --rows, the rows
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Returns the names of both sides. A single one is what a restore would make of live.
    fn sides(&self, moment: Option<&ComposedMoment>) -> [String; 2] {
        let first = self.first.as_deref();
        let [from, to] = match (first, self.second.as_deref(), moment) {
            (first, _, Some(moment)) => {
                return [
                    first.unwrap_or("live").to_owned(),
                    format!("the moment of event {}", moment.moment.event),
                ];
            }
            (Some(first), Some(second), None) => [first, second],
            (first, _, None) => ["live", first.unwrap_or("live")],
        };
        [from, to].map(str::to_owned)
    }
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let at = args.at.as_ref();
    let moment = at.map(|when| moment::shown(when, args.from.as_deref(), workspace));
    let moment = moment.transpose()?;
    let names = args.sides(moment.as_ref());
    let [first, second] = &names;
    let to = match &moment {
        Some(moment) => Some(moment.contents().clone()),
        None => open(second, workspace)?,
    };
    let from = open(first, workspace)?;
    let mut difference = compute(args, from.as_ref(), to.as_ref(), workspace)?;
    let is_empty = difference.is_empty();
    if args.json {
        print_json(&mut difference, args.rows)?;
    } else if is_empty {
        output::say(&format!("{first} and {second} are the same"));
    } else {
        print(args, &names, &mut difference)?;
    }
    Ok(if is_empty {
        Exit::Done
    } else {
        Exit::Different
    })
}

/// Opens a snapshot; `None` for live.
fn open(name: &str, workspace: &Workspace) -> anyhow::Result<Option<Contents>> {
    if name == "live" {
        return Ok(None);
    }
    let snapshot = find(name, workspace)?;
    Ok(Some(output::with_progress(|on| {
        workspace.open_whole(&snapshot, on)
    })?))
}

fn compute(
    args: &Args,
    from: Option<&Contents>,
    to: Option<&Contents>,
    workspace: &Workspace,
) -> anyhow::Result<Difference> {
    let database = workspace.database();
    let profile = &workspace.profile;
    let (from, to, keyed): (Side<'_>, Side<'_>, Option<&Database>) = match (from, to, &database) {
        (Some(from), Some(to), keyed) => (
            Side::Snapshot(from),
            Side::Snapshot(to),
            keyed.as_ref().ok(),
        ),
        (Some(from), None, Ok(live)) => (Side::Snapshot(from), Side::Live(live), Some(live)),
        (None, Some(to), Ok(live)) => (Side::Live(live), Side::Snapshot(to), Some(live)),
        (None, None, _) => bail!("both sides are live: name a snapshot to compare it with"),
        (_, _, Err(_)) => return Err(database.expect_err("it is one").into()),
    };
    let sides = Sides {
        from,
        to,
        profile,
        keyed,
        detail: if args.rows {
            DiffDetail::Rows
        } else {
            DiffDetail::Counts
        },
    };
    Ok(output::with_progress(|on| {
        sides.compare(&args.table, &mut |_, _| (), on)
    })?)
}

fn print(args: &Args, [from, to]: &[String; 2], difference: &mut Difference) -> anyhow::Result<()> {
    output::print(&difference_text(difference, [from, to]))?;
    if args.rows {
        print_rows(difference)?;
    }
    Ok(())
}

/// Formats what differs: the logs, and each table's numbers.
pub(super) fn difference_text(difference: &Difference, [from, to]: [&str; 2]) -> String {
    let mut text = String::new();
    if let Some(log) = &difference.log {
        for point in text::difference_of_logs(log, from, to) {
            text += &point_text(&point);
        }
    }
    for table in difference
        .tables
        .iter()
        .filter(|table| !table.schema_diff.is_empty())
    {
        let columns = text::list(
            table
                .schema_diff
                .only_from
                .iter()
                .chain(&table.schema_diff.only_to),
        );
        let name = text::name(&table.table.name);
        text += &format!("! table {name}: only one side has {columns}, which is not compared\n");
    }
    if !text.is_empty() {
        text += "\n";
    }
    let changed: Vec<TableChanges> = difference
        .tables
        .iter()
        .filter(|table| !table.is_empty())
        .map(TableChanges::from)
        .collect();
    text + &changes_table(&changed)
}

fn print_rows(difference: &mut Difference) -> anyhow::Result<()> {
    for diff in difference.tables.iter_mut().filter(|diff| !diff.is_empty()) {
        let table = diff.table.clone();
        output::print(&format!("\n{}\n", text::name(&table.name)))?;
        each(diff, |change| {
            let row = text::row_change(change, &table);
            output::print(&format!("{}\n", text::one_line(&row)))
        })?;
    }
    Ok(())
}

/// Prints the difference as JSON, row by row: it may not fit into memory.
fn print_json(difference: &mut Difference, rows: bool) -> anyhow::Result<()> {
    let log = difference.log.as_ref().map(log_json);
    let (same, log) = (difference.is_empty(), serde_json::to_string(&log)?);
    output::print_json_text(&format!(
        "{{\"same\": {same}, \"log\": {log}, \"tables\": {{"
    ))?;
    let mut separator = "";
    for diff in &mut difference.tables {
        let name = serde_json::to_string(&diff.table.name)?;
        let (added, changed, removed) = (diff.added, diff.changed, diff.removed);
        let numbers = format!("\"added\": {added}, \"changed\": {changed}, \"removed\": {removed}");
        output::print_json_text(&format!("{separator}\n  {name}: {{{numbers}"))?;
        if rows {
            print_rows_json(diff)?;
        }
        output::print_json_text("}")?;
        separator = ",";
    }
    output::print_json_text("\n}}\n")
}

fn print_rows_json(diff: &mut TableDiff) -> anyhow::Result<()> {
    let table = diff.table.clone();
    let mut separator = ", \"rows\": [";
    each(diff, |change| {
        let row = with_key(Map::new(), change, &table);
        output::print_json_text(&format!(
            "{}\n    {row}",
            std::mem::replace(&mut separator, ",")
        ))
    })?;
    output::print_json_text(if separator == "," {
        "]"
    } else {
        ", \"rows\": []"
    })
}

/// Calls `work` for every change, up to the first that fails.
fn each(
    diff: &mut TableDiff,
    mut work: impl FnMut(&Change) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut failed = None;
    diff.for_each(|change| {
        if failed.is_none() {
            failed = work(&change).err();
        }
        Ok(())
    })?;
    failed.map_or(Ok(()), Err)
}

fn log_json(log: &EventDiff) -> Json {
    let gone = |gone: &Gone| json!({ "events": gone.events.count, "rewound": gone.rewound, "hidden": gone.hidden, "lost": gone.lost });
    json!({
        "gone_from_a": gone(&log.gone_from),
        "gone_from_b": gone(&log.gone_to),
        "newer_in_a": log.newer_from.count,
        "newer_in_b": log.newer_to.count,
        "edited": log.edited.count,
        "reused_ids": log.reused.count,
    })
}

/// Returns a change with the table and the key of its row.
pub(super) fn keyed_change_json(change: &Change, table: &Table) -> Json {
    let named = [("table".to_owned(), Json::from(&*table.name))];
    with_key(named.into_iter().collect(), change, table)
}

/// Adds to an object the key of a row, and its change.
fn with_key(mut row: Map<String, Json>, change: &Change, table: &Table) -> Json {
    let key = RowKey::of(change.newest(), table).to_json();
    row.insert("key".to_owned(), key);
    if let Json::Object(change) = change_json(change, table) {
        row.extend(change);
    }
    row.into()
}

fn change_json(change: &Change, table: &Table) -> Json {
    match change {
        Change::Added(row) => json!({ "added": row_json(row, table) }),
        Change::Removed(row) => json!({ "removed": row_json(row, table) }),
        Change::Changed { from, to } => {
            let columns: Vec<&String> = from
                .changed_columns(to)
                .map(|index| &table.columns[index])
                .collect();
            json!({ "changed": { "columns": columns, "from": row_json(from, table), "to": row_json(to, table) } })
        }
    }
}

fn row_json(row: &Row, table: &Table) -> Json {
    let named = table.columns.iter().zip(&row.values);
    named
        .map(|(column, value)| (column.clone(), value.to_json()))
        .collect::<Map<_, _>>()
        .into()
}
