//! Reading rows that differ: some of them in a line each, and the next one with a text.

use std::ops::{ControlFlow, Range};

use super::{Reply, Report};
use crate::{
    core::{
        Change, ChangeKind, Direction, Event, OnProgress, Profile, Progress, Result, Row, RowKey,
        Stage, Table, TableDiff, TextMatch, Value, Workspace,
    },
    text::{fit, main_text, near_difference},
};

/// What to read of the rows that differ.
#[derive(Debug)]
pub enum ChangesRequest {
    /// The rows at these places, if any, in a line each, and one row whole.
    Page(Box<Differing>, Option<Range<u64>>, u64),
    /// The next row with a text, from a place on.
    Find(Box<Differing>, String, u64, Direction),
}

/// What was read of the rows that differ.
#[derive(Debug)]
pub enum ChangesReply {
    /// Some of them.
    Page(Result<ChangePage>),
    /// The place of the next row with the text, if there is one.
    Found(Result<Option<u64>>),
}

/// The rows of a table that differ, all or of one kind.
#[derive(Clone, Debug)]
pub struct Differing {
    /// The table, and all that differs in it.
    pub diff: TableDiff,
    /// Only changes of this kind.
    pub kind: Option<ChangeKind>,
}

impl Differing {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.diff.count(self.kind)
    }
}

/// Some of the rows that differ in a table.
#[derive(Debug, Default)]
pub struct ChangePage {
    /// Rows in a line each, from this place on.
    pub rows: Option<(u64, Vec<ChangeLine>)>,
    /// The selected row, whole.
    pub selected: Option<Change>,
}

/// A row that differs, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// How it differs.
    pub kind: ChangeKind,
    /// Its key.
    pub key: String,
    /// What changed in it, as old → new.
    pub cells: String,
    /// What identifies it for a person.
    pub label: String,
    /// Its key, to restore it.
    pub row: RowKey,
}

impl ChangesRequest {
    pub(super) fn fetch(self, workspace: &Workspace, report: Report<'_>) -> ChangesReply {
        match self {
            Self::Page(rows, places, selected) => {
                ChangesReply::Page(page(&rows, places, selected, &workspace.profile))
            }
            Self::Find(rows, text, from, direction) => {
                let on = &mut |progress| report(Reply::Progress(progress));
                ChangesReply::Found(ChangesQuery::new(&rows, &text).find(from, direction, on))
            }
        }
    }
}

/// Characters of a value in a line.
const LONGEST: usize = 40;
/// Characters of a label.
const LABEL: usize = 200;

fn page(
    Differing { diff, kind }: &Differing,
    places: Option<Range<u64>>,
    selected: u64,
    profile: &Profile,
) -> Result<ChangePage> {
    let mut page = ChangePage::default();
    if let Some(places) = places {
        let mut lines = Vec::new();
        diff.each_from(*kind, places.start, |place, change| {
            if place >= places.end {
                return Ok(ControlFlow::Break(()));
            }
            lines.push(line(&change, &diff.table, profile));
            Ok(ControlFlow::Continue(()))
        })?;
        page.rows = Some((places.start, lines));
    }
    diff.each_from(*kind, selected, |_, change| {
        page.selected = Some(change);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(page)
}

fn line(change: &Change, table: &Table, profile: &Profile) -> ChangeLine {
    let (kind, row) = match change {
        Change::Added(row) => (ChangeKind::Added, row),
        Change::Removed(row) => (ChangeKind::Removed, row),
        Change::Changed { to, .. } => (ChangeKind::Changed, to),
    };
    let cells = match change {
        Change::Changed { from, to } => {
            let cells = from.changed_columns(to).map(|index| {
                let both = near_difference(&from.values[index], &to.values[index]);
                let [from, to] = both.map(|value| brief(&value));
                format!("{} {from} → {to}", table.columns[index])
            });
            cells.collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    };
    let key = if table.key.is_empty() {
        String::new()
    } else {
        fit(&row.key_text(table), LONGEST)
    };
    ChangeLine {
        kind,
        key,
        cells,
        label: fit(&label(row, table, profile), LABEL),
        row: RowKey::of(row, table),
    }
}

fn brief(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("“{}”", fit(text, LONGEST)),
        other => other.to_string(),
    }
}

/// What identifies a row for a person: an event's text, else its text or name, else its longest
/// text, else all of its values.
fn label(row: &Row, table: &Table, profile: &Profile) -> String {
    let log = profile.log.as_ref();
    if let Some(log) = log.filter(|_| profile.is_log(&table.name)) {
        let event = Event::of(row, table, log);
        let kind = event.kind.as_deref().unwrap_or_default();
        return match &event.text {
            Some(text) => format!("{kind} “{text}”"),
            None => kind.to_owned(),
        };
    }
    let values = || {
        let named = table.columns.iter().zip(&row.values);
        let named = named.map(|(column, value)| format!("{column} {value}"));
        named.collect::<Vec<_>>().join(", ")
    };
    let column = main_text(row, table).map(|column| &row.values[column]);
    match column {
        Some(Value::Text(text)) => format!("“{text}”"),
        _ => values(),
    }
}

/// A text to find in rows that differ.
struct ChangesQuery<'a> {
    rows: &'a Differing,
    text: TextMatch,
}

impl<'a> ChangesQuery<'a> {
    fn new(rows: &'a Differing, text: &str) -> Self {
        let text = TextMatch::new(text);
        Self { rows, text }
    }

    /// The place of the next row that has the text in one of its values; the one at `from` comes last.
    fn find(&self, from: u64, direction: Direction, on: OnProgress<'_>) -> Result<Option<u64>> {
        let all = self.rows.count();
        let found = match direction {
            Direction::Down => self.first(from + 1..all, on)?,
            Direction::Up => self.last(0..from, on)?,
        };
        match (found, direction) {
            (Some(_), _) => Ok(found),
            (None, Direction::Down) => self.first(0..all.min(from + 1), on),
            (None, Direction::Up) => self.last(from..all, on),
        }
    }

    fn first(&self, places: Range<u64>, on: OnProgress<'_>) -> Result<Option<u64>> {
        let mut found = None;
        self.each_match(places, on, |place| {
            found = Some(place);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    fn last(&self, places: Range<u64>, on: OnProgress<'_>) -> Result<Option<u64>> {
        let mut found = None;
        self.each_match(places, on, |place| {
            found = Some(place);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    fn each_match(
        &self,
        places: Range<u64>,
        on: OnProgress<'_>,
        mut each: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        const TELL_EVERY: u64 = 256;
        let Differing { diff, kind } = self.rows;
        diff.each_from(*kind, places.start, |place, change| {
            if place >= places.end {
                return Ok(ControlFlow::Break(()));
            }
            let progress = Progress {
                stage: Stage::Reading,
                done: place,
                total: self.rows.count(),
            };
            if place.is_multiple_of(TELL_EVERY) && on(progress).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if self.is_in(&change) {
                Ok(each(place))
            } else {
                Ok(ControlFlow::Continue(()))
            }
        })
    }

    fn is_in(&self, change: &Change) -> bool {
        let has = |row: &Row| self.text.column(row).is_some();
        match change {
            Change::Added(row) | Change::Removed(row) => has(row),
            Change::Changed { from, to } => has(from) || has(to),
        }
    }
}
