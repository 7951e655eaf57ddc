//! Reading the rows of one table: where they are, some of them, and those with a text.

mod request;

use std::{
    cell::RefCell,
    ops::{ControlFlow, Range},
    sync::Arc,
};

use super::{Reply, Report, ShownSide};
use crate::core::{
    Database, Direction, OnProgress, Result, Row, Rows, Side, SparseIndex, Table, TextMatch, Value,
    Workspace, open_at,
};
pub use request::{
    At, Brief, BriefRow, Completeness, Find, RowsRead, RowsReply, RowsRequest, RowsWanted, Survey,
    Surveyed,
};

/// How many rows are reported before the others are located.
const FIRST: usize = 200;
/// And how many bytes.
const FIRST_BYTES: usize = 4 * 1024 * 1024;
/// The most row numbers that a filter keeps: eight megabytes of them.
const MOST: usize = 1_000_000;

impl RowsRequest {
    pub(super) fn fetch(&self, workspace: &Workspace, report: Report<'_>) -> RowsReply {
        let read = self;
        match &read.what {
            RowsWanted::Survey(at) => survey(read, at, workspace, report).map(RowsRead::Surveyed),
            RowsWanted::Rows(survey, ranges) => {
                with_rows(read, survey, workspace, |rows| lines(rows, ranges))
            }
            RowsWanted::Value(survey, row, column) => {
                with_rows(read, survey, workspace, |rows| value(rows, *row, *column))
            }
            RowsWanted::Find(survey, find) => with_rows(read, survey, workspace, |rows| {
                let on = &mut |progress| report(Reply::Progress(progress));
                found(rows, find, on).map(RowsRead::Found)
            }),
            RowsWanted::Filter(survey, text) => with_rows(read, survey, workspace, |rows| {
                let on = &mut |progress| report(Reply::Progress(progress));
                filtered(rows, text, on)
            }),
        }
    }
}

/// Runs `work` with the rows that the survey finds.
fn with_rows<T>(
    read: &RowsRequest,
    survey: &Survey,
    workspace: &Workspace,
    work: impl FnOnce(&Rows<'_>) -> Result<T>,
) -> Result<T> {
    let profile = &workspace.profile;
    match survey {
        Survey::Snapshot(contents) => {
            work(&Rows::of(Side::Snapshot(contents), profile, &read.table)?)
        }
        Survey::Live(index) => {
            let database = workspace.database()?;
            let rows = Rows::of(Side::Live(&database), profile, &read.table)?;
            work(&rows.by(Some(index)))
        }
    }
}

/// Reads the row of this number, with the columns of its table.
pub(super) fn row(
    table: &str,
    survey: &Arc<Survey>,
    number: u64,
    workspace: &Workspace,
) -> Result<(Table, Row)> {
    let read = RowsRequest {
        origin: ShownSide::Live,
        table: table.to_owned(),
        what: RowsWanted::Rows(Arc::clone(survey), Vec::new()),
    };
    with_rows(&read, survey, workspace, |rows| {
        let mut found = Row::default();
        rows.window(number, 1, &mut |_, row| {
            found = row;
            ControlFlow::Break(())
        })?;
        Ok((rows.table().clone(), found))
    })
}

fn survey(
    read: &RowsRequest,
    at: &At,
    workspace: &Workspace,
    report: Report<'_>,
) -> Result<Surveyed> {
    let report = RefCell::new(report);
    let on = &mut |progress| (report.borrow_mut())(Reply::Progress(progress));
    let first = |columns: &[String], lines| {
        let first = RowsRead::First(columns.to_vec(), lines);
        let _ = (report.borrow_mut())(Reply::Rows(Ok(first)));
    };
    let survey = match &read.origin {
        ShownSide::Live => {
            let database = workspace.database()?;
            let index = survey_live(&database, read, workspace, &first, on)?;
            Survey::Live(index)
        }
        ShownSide::Snapshot(snapshot) => {
            let unpacked = workspace.store.unpack(snapshot, on)?;
            let mut lines = FirstLines::default();
            let contents = open_at(
                &snapshot.path,
                &read.table,
                &workspace.cache,
                on,
                &mut |columns, row| {
                    let flow = lines.push(row);
                    if flow.is_break() {
                        first(columns, std::mem::take(&mut lines.lines));
                    }
                    flow
                },
            )?;
            Survey::Snapshot(contents.locked_by(unpacked.locked()))
        }
    };
    let survey = Arc::new(survey);
    with_rows(read, &survey, workspace, |rows| {
        Ok(Surveyed {
            survey: Arc::clone(&survey),
            columns: rows.table().columns.clone(),
            key: key(&read.table, workspace),
            count: rows.count()?,
            sample: sample(rows)?,
            at: begin(rows, at, on)?,
        })
    })
}

/// The columns of a table's key in live; none if there is no such key.
fn key(table: &str, workspace: &Workspace) -> Vec<String> {
    let key = || {
        let schema = workspace.database().ok()?.schema(&workspace.profile).ok()?;
        let table = schema.table(table)?;
        let key = table.key.iter().map(|&index| table.columns[index].clone());
        Some(key.collect())
    };
    key().unwrap_or_default()
}

/// Some rows from all over the table, each read once: a row may be large.
fn sample(rows: &Rows<'_>) -> Result<Vec<BriefRow>> {
    const PLACES: u64 = 16;
    const AT_EACH: u64 = 2;
    let count = rows.count()?;
    let last = count.saturating_sub(AT_EACH);
    let (mut sample, mut from) = (Vec::new(), 0);
    for place in 0..=PLACES {
        let start = (last * place / PLACES).max(from);
        let end = (last * place / PLACES + AT_EACH).min(count);
        if start < end {
            rows.window(start, end - start, &mut |_, row| {
                sample.push(line(row));
                ControlFlow::Continue(())
            })?;
            from = end;
        }
    }
    Ok(sample)
}

fn survey_live(
    database: &Database,
    read: &RowsRequest,
    workspace: &Workspace,
    first: &dyn Fn(&[String], Vec<BriefRow>),
    on: OnProgress<'_>,
) -> Result<SparseIndex> {
    let profile = &workspace.profile;
    let rows = Rows::of(Side::Live(database), profile, &read.table)?;
    let mut lines = FirstLines::default();
    rows.window(0, u64::MAX, &mut |_, row| lines.push(row))?;
    first(&rows.table().columns, lines.lines);
    SparseIndex::of(database, profile, &read.table, on)
}

/// The first rows, as many as are reported.
#[derive(Default)]
struct FirstLines {
    lines: Vec<BriefRow>,
    bytes: usize,
}

impl FirstLines {
    /// Takes the next row; whether there is room for more.
    fn push(&mut self, row: Row) -> ControlFlow<()> {
        let bytes = row.values.iter().map(|value| match value {
            Value::Text(text) => text.len(),
            Value::BrokenText(bytes) | Value::Blob(bytes) => bytes.len(),
            _ => 0,
        });
        self.bytes += bytes.sum::<usize>();
        self.lines.push(line(row));
        if self.lines.len() < FIRST && self.bytes < FIRST_BYTES {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

/// The number of the row to begin with.
fn begin(rows: &Rows<'_>, at: &At, on: OnProgress<'_>) -> Result<Option<u64>> {
    match at {
        At::Row(row) => Ok(Some(*row)),
        At::Key(row, key) => rows.place_of(key, *row, on),
    }
}

fn line(row: Row) -> BriefRow {
    row.values.into_iter().map(Brief::of).collect()
}

fn lines(rows: &Rows<'_>, ranges: &[Range<u64>]) -> Result<RowsRead> {
    let mut lines = Vec::new();
    for range in ranges {
        rows.window(range.start, range.end - range.start, &mut |_, row| {
            lines.push(line(row));
            ControlFlow::Continue(())
        })?;
    }
    Ok(RowsRead::Rows(lines))
}

fn value(rows: &Rows<'_>, number: u64, column: usize) -> Result<RowsRead> {
    let mut value = Value::Null;
    rows.window(number, 1, &mut |_, mut row| {
        if column < row.values.len() {
            value = row.values.swap_remove(column);
        }
        ControlFlow::Break(())
    })?;
    Ok(RowsRead::Value((number, column), value))
}

/// The next row with the text; past the end it goes on at the other end.
fn found(rows: &Rows<'_>, find: &Find, on: OnProgress<'_>) -> Result<Option<(u64, usize)>> {
    let other_end = match find.direction {
        Direction::Down => 0,
        Direction::Up => rows.count()?,
    };
    for from in [find.from, other_end] {
        if let Some(number) = next_among(rows, find, from, on)? {
            let mut column = 0;
            rows.window(number, 1, &mut |_, row| {
                column = find.text.column(&row).unwrap_or(0);
                ControlFlow::Break(())
            })?;
            return Ok(Some((number, column)));
        }
    }
    Ok(None)
}

fn next_among(
    rows: &Rows<'_>,
    find: &Find,
    mut from: u64,
    on: OnProgress<'_>,
) -> Result<Option<u64>> {
    loop {
        let Some(row) = rows.find(&find.text, from, find.direction, on)? else {
            return Ok(None);
        };
        let is_among = |among: &Arc<Vec<u64>>| among.binary_search(&row).is_ok();
        if find.among.as_ref().is_none_or(is_among) {
            return Ok(Some(row));
        }
        from = match find.direction {
            Direction::Down => row + 1,
            Direction::Up => row,
        };
    }
}

fn filtered(rows: &Rows<'_>, text: &TextMatch, on: OnProgress<'_>) -> Result<RowsRead> {
    let (mut numbers, mut completeness) = (Vec::new(), Completeness::Whole);
    rows.filter(text, on, &mut |row| {
        if numbers.len() == MOST {
            completeness = Completeness::More;
            return ControlFlow::Break(());
        }
        numbers.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(RowsRead::Filtered(numbers, completeness))
}
