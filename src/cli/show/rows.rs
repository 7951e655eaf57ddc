//! `unrewind show --rows`: some rows of one table, one per line.

use std::ops::ControlFlow;

use super::Args;
use crate::{
    cli::output,
    core::Workspace,
    core::{Row, Rows, Side, Value, json_row},
    text::{self, Align},
};

/// How many rows are aligned together.
const SHEET: usize = 1000;

pub(super) fn show(
    args: &Args,
    side: Side<'_>,
    table: &str,
    workspace: &Workspace,
) -> anyhow::Result<()> {
    let rows = Rows::of(side, &workspace.profile, table)?;
    if args.json {
        print_json(args, &rows)
    } else {
        print(args, &rows)
    }
}

fn print(args: &Args, rows: &Rows<'_>) -> anyhow::Result<()> {
    output::print(&summary(args, rows)?)?;
    let table = rows.table();
    let align: Vec<Align> = std::iter::once(Align::Right)
        .chain(table.columns.iter().map(|_| Align::Left))
        .collect();
    let mut heading = vec!["ROW".to_owned()];
    heading.extend(table.columns.iter().map(|column| text::fit(column, 60)));
    let mut sheet = vec![heading];
    each(args, rows, |number, row| {
        sheet.push(line(number, row));
        if sheet.len() < SHEET {
            return Ok(ControlFlow::Continue(()));
        }
        output::print_part(&text::columns(&std::mem::take(&mut sheet), &align))
    })?;
    output::print(&text::columns(&sheet, &align))
}

fn summary(args: &Args, rows: &Rows<'_>) -> anyhow::Result<String> {
    let (count, first) = (rows.count()?, args.from.get());
    let name = text::one_line(&rows.table().name);
    let last = count.min((first - 1).saturating_add(args.limit));
    let of = text::counted(count, "row");
    Ok(if first > last {
        format!("{name}: {of}\n\n")
    } else {
        let (first, last) = (text::count(first), text::count(last));
        format!("{name}: row {first} to {last} of {of}\n\n")
    })
}

fn line(number: u64, row: &Row) -> Vec<String> {
    let mut line = vec![(number + 1).to_string()];
    line.extend(row.values.iter().map(Value::to_string));
    line
}

/// Prints rows as JSON, one at a time: they may not fit into memory.
fn print_json(args: &Args, rows: &Rows<'_>) -> anyhow::Result<()> {
    let table = rows.table();
    let (name, columns) = (
        serde_json::to_string(&table.name)?,
        serde_json::to_string(&table.columns)?,
    );
    let (count, from) = (rows.count()?, args.from);
    output::print_json_text(&format!(
        "{{\"table\": {name}, \"columns\": {columns}, \"count\": {count}, \"from\": {from}, \"rows\": ["
    ))?;
    let mut separator = "\n  ";
    each(args, rows, |_, row| {
        let json = json_row(table, row);
        output::print_json_part(&format!(
            "{}{json}",
            std::mem::replace(&mut separator, ",\n  ")
        ))
    })?;
    output::print_json_text("\n]}\n")
}

/// Calls `work` for the chosen rows, up to the first that fails.
fn each(
    args: &Args,
    rows: &Rows<'_>,
    mut work: impl FnMut(u64, &Row) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<()> {
    let mut failed = Ok(());
    rows.window(args.from.get() - 1, args.limit, &mut |number, row| {
        work(number, &row).unwrap_or_else(|error| {
            failed = Err(error);
            ControlFlow::Break(())
        })
    })?;
    failed
}
