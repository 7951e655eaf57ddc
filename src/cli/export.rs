//! `unrewind export`.

mod shown;

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use clap::{ValueEnum, error::ErrorKind};

use super::{
    Exit, output,
    side::{self, OpenedSide},
};
use crate::{
    core::Workspace,
    core::{
        Error, Exported, ExportedColumns, RowFormat, Rows, export, export_database, export_file,
    },
    text,
};
use shown::TerminalCsv;

/// Write the rows of a table for other programs, from a snapshot or from live
///
/// Never replaces an existing file.
///
/// CSV holds each text exactly as it is. A spreadsheet runs text that begins with = + - or @ as a formula,
/// and a formula can send the sheet's contents elsewhere: add --csv-safe for a spreadsheet.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind export latest --table memories --format csv --output memories.csv
  unrewind export live --table event_log --format jsonl | grep lighthouse
  unrewind export latest:rewind --format sqlite --output before.db")]
pub struct Args {
    /// A name or its beginning, kind/name, a time, a path, latest, latest:rewind or latest:periodic; or live
    #[arg(value_name = side::VALUE_NAME)]
    side: String,
    /// The table; with --format sqlite may be given several times [default there: every table]
    #[arg(long, value_name = "TABLE", required_if_eq_any([("format", "csv"), ("format", "jsonl")]))]
    table: Vec<String>,
    /// The format to write
    #[arg(long)]
    format: Format,
    /// In CSV, put an apostrophe before text that begins with = + - @ or a tab
    #[arg(long)]
    csv_safe: bool,
    /// The file to write [default: standard output; required with --format sqlite]
    #[arg(long, short, value_name = "FILE", required_if_eq("format", "sqlite"))]
    output: Option<PathBuf>,
}

/// What rows are exported as.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// RFC 4180 with a header; text and base64 of BLOBs quoted, numbers not, NULL empty and not quoted
    Csv,
    /// One JSON object a line; a BLOB is an object with its base64
    Jsonl,
    /// A new database, with tables as live has them or, where they do not fit, with plain columns
    Sqlite,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let lines = match args.format {
        Format::Csv if args.csv_safe => RowFormat::SafeCsv,
        Format::Csv => RowFormat::Csv,
        Format::Jsonl => RowFormat::Json,
        Format::Sqlite => return to_database(args, workspace).map(|()| Exit::Done),
    };
    let [table] = &args.table[..] else {
        let message = "one file holds one table: give --table once, or use --format sqlite\n";
        clap::Error::raw(ErrorKind::TooManyValues, message).exit();
    };
    let opened = OpenedSide::to_use(&args.side, workspace)?;
    let rows = Rows::of(opened.side(), &workspace.profile, table)?;
    if let Some(path) = &args.output {
        workspace.refuse_own_file(path)?;
        let count = output::with_progress(|on| export_file(&rows, lines, path, on))?;
        print_written(path, &[text::counted(count, "row")]);
        return Ok(Exit::Done);
    }
    let (mut out, path) = (output::stdout(), Path::new("standard output"));
    let printed = if io::stdout().is_terminal() && lines != RowFormat::Json {
        let mut out = TerminalCsv::new(out);
        output::with_progress(|on| export(&rows, lines, &mut out, path, on))
    } else {
        output::with_progress(|on| export(&rows, lines, &mut out, path, on))
    };
    output::unless_closed(printed)?;
    Ok(Exit::Done)
}

fn to_database(args: &Args, workspace: &Workspace) -> anyhow::Result<()> {
    let path = args.output.as_ref().expect("clap asks for it");
    let opened = OpenedSide::to_use(&args.side, workspace)?;
    let names = if args.table.is_empty() {
        opened.tables(workspace)?
    } else {
        args.table.clone()
    };
    let rows = |name: &String| Rows::of(opened.side(), &workspace.profile, name);
    let rows: Vec<Rows<'_>> = names.iter().map(rows).collect::<Result<_, Error>>()?;
    let live = workspace.database().ok();
    let exported = workspace.make_copy(path, || {
        output::with_progress(|on| export_database(path, &rows, live.as_ref(), on))
    })?;
    let tables: Vec<String> = exported.iter().map(summary).collect();
    print_written(path, &tables);
    Ok(())
}

fn summary(exported: &Exported) -> String {
    let Exported { table, rows, .. } = exported;
    let rows = text::counted(*rows, "row");
    match exported.schema {
        ExportedColumns::Live => format!("{table}: {rows}"),
        ExportedColumns::Plain => format!("{table}: {rows}, in plain columns"),
        ExportedColumns::Unknown => format!("{table}: left out: it has no rows, and live lacks it"),
    }
}

fn print_written(path: &Path, parts: &[String]) {
    output::say(&format!("wrote {}: {}", path.display(), parts.join("; ")));
}
