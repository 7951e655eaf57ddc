//! `unrewind history`.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{
    Exit,
    list::rfc3339,
    output,
    side::{archive_failed, readable},
};
use crate::{
    core::{
        AllSnapshots, Error, FoundVersion, HistoryEvent, HistoryScope, Kind, Place, RowHistory,
        RowKey, RowVersion, Snapshot, Value, Workspace, oldest_first, row_history,
    },
    text::{self, Zone},
};

/// Show every version of a row, in all snapshots and in live
///
/// The oldest version comes first. If the row is missing later, that is a version, too. Exit code 0 if a snapshot
/// or live holds the row, 1 if none does, 2 if live or a snapshot could not be read; it is then named.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind history memories 1428
  unrewind history edges '[\"mara\",\"you\"]' --json")]
pub struct Args {
    /// The table
    #[arg(value_name = "TABLE")]
    table: String,
    /// The row's key as `diff --rows --json` prints it: a number, a text, or a JSON array of several columns
    #[arg(value_name = "KEY", allow_hyphen_values = true)]
    key: String,
    /// Also read the snapshots in an archive on another machine
    #[arg(long)]
    archived: bool,
    /// Print one object, for programs: the row of each version, and the snapshots that hold it
    #[arg(long)]
    json: bool,
}

/// What was read of a row.
struct ReadHistory<'a> {
    args: &'a Args,
    history: RowHistory,
    versions: Vec<RowVersion>,
    /// Why live could not be opened.
    no_live: Option<Error>,
    /// Why the archive may hold other snapshots.
    no_archive: Option<Error>,
    workspace: &'a Workspace,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let AllSnapshots {
        mut snapshots,
        trouble,
    } = readable(&Kind::ALL, args.archived, workspace)?;
    oldest_first(&mut snapshots);
    let (live, no_live) = match workspace.database() {
        Ok(database) => (Some(database), None),
        Err(error) if snapshots.is_empty() => return Err(error.into()),
        Err(error) => (None, Some(error)),
    };
    let mut history = RowHistory::of(snapshots.clone().into());
    let scope = HistoryScope {
        profile: &workspace.profile,
        live: live.as_ref(),
        snapshots: &snapshots,
        cache: &workspace.cache,
        store: &workspace.store,
    };
    output::with_progress(|on| {
        let key = RowKey::parse(&args.key);
        row_history(&args.table, &key, scope, &mut |step| history.add(step), on)
    })?;
    let shown = ReadHistory {
        args,
        versions: history.versions(),
        history,
        no_live,
        no_archive: trouble,
        workspace,
    };
    if args.json {
        shown.print_json()?;
    } else if shown.versions.is_empty() {
        shown.say_missing();
    } else {
        shown.print()?;
    }
    Ok(shown.exit())
}

impl ReadHistory<'_> {
    fn exit(&self) -> Exit {
        if self.failed().next().is_some() || self.no_archive.is_some() {
            Exit::Unsure
        } else if self.versions.is_empty() {
            Exit::NotFound
        } else {
            Exit::Done
        }
    }

    fn snapshot(&self, index: usize) -> &Snapshot {
        &self.history.snapshots()[index]
    }

    fn name(&self, place: Place) -> String {
        match place {
            Place::Live => "live".to_owned(),
            Place::Snapshot(index) => self.snapshot(index).name(),
        }
    }

    /// Returns the sides that could not be read, and why.
    fn failed(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let no_live = self.no_live.iter();
        let no_live = no_live.map(|error| ("live".to_owned(), error.to_string()));
        let failed = self.history.failed().iter();
        failed
            .map(|(place, reason)| (self.name(*place), reason.clone()))
            .chain(no_live)
    }

    /// Returns how many sides were read, in words.
    fn sides(&self) -> String {
        let is_live = |(place, _): &&(Place, String)| *place == Place::Live;
        let (live, snapshots): (Vec<_>, Vec<_>) = self.history.failed().iter().partition(is_live);
        let read = self.history.snapshots().len() - snapshots.len();
        let snapshots = text::counted(read as u64, "snapshot");
        if self.no_live.is_some() || !live.is_empty() {
            snapshots
        } else {
            format!("{snapshots} and live")
        }
    }

    fn say_missing(&self) {
        for (side, reason) in self.failed() {
            output::say(&format!("! {side} is not readable: {reason}"));
        }
        let (table, key) = (text::name(&self.args.table), text::one_line(&self.args.key));
        output::say(&format!(
            "no row of {table} has the key {key}, in {}",
            self.sides()
        ));
    }

    fn print(&self) -> anyhow::Result<()> {
        let table = self.history.table().unwrap_or(&self.args.table);
        let versions = text::counted(self.versions.len() as u64, "version");
        output::print(&format!(
            "{}, {}\n",
            text::name(table),
            text::one_line(&key_text(&self.history.key())),
        ))?;
        output::print(&format!("{versions} in {}, oldest first\n", self.sides()))?;
        for version in &self.versions {
            output::print(&self.version_text(version))?;
        }
        for (side, reason) in self.failed() {
            output::say(&format!("! {side} is not readable: {reason}"));
        }
        Ok(())
    }

    fn version_text(&self, version: &RowVersion) -> String {
        let since = match version.places[0] {
            Place::Live => "live".to_owned(),
            Place::Snapshot(index) => {
                let snapshot = self.snapshot(index);
                let name = text::snapshot(&snapshot.name(), Zone::Local);
                let ago = text::ago(snapshot.taken_at(), self.workspace.now());
                format!("{}, {ago}", text::one_line(&name))
            }
        };
        let change = text::version_change(version, text::CHANGE_WIDTH);
        let change = text::one_line(&change);
        let mut text = format!("\n{since}: {change}\n  {}\n", text::version_places(version));
        for line in marked_lines(version) {
            text += &format!("  {}\n", text::one_line(&line));
        }
        for line in event_lines(&version.rewinds).chain(event_lines(&version.events)) {
            text += &format!("  {}\n", text::one_line(&line));
        }
        if let Some(row) = &version.row
            && version.before.is_none()
        {
            for (column, value) in row.table.columns.iter().zip(&row.row.values) {
                text += &format!("  {}\n", text::one_line(&format!("{column} = {value}")));
            }
        }
        text
    }

    fn print_json(&self) -> anyhow::Result<()> {
        let key = self.history.key();
        let key = key
            .iter()
            .map(|(name, value)| (name.clone(), value.to_json()));
        let failed = self
            .failed()
            .chain(archive_failed(self.no_archive.as_ref()))
            .map(|(side, reason)| (side, reason.into()));
        output::print_json(&json!({
            "table": self.history.table().unwrap_or(&self.args.table),
            "key": key.collect::<Map<_, _>>(),
            "failed": failed.collect::<Map<_, _>>(),
            "versions": self.versions.iter().map(|it| self.version_json(it)).collect::<Json>(),
        }))
    }

    fn version_json(&self, version: &RowVersion) -> Json {
        let taken_at = |index: usize| rfc3339(self.snapshot(index).taken_at());
        let ids = |events: &[Arc<HistoryEvent>]| -> Json {
            events.iter().map(|event| event.event.id).collect()
        };
        let names = version.snapshots().map(|index| self.snapshot(index).name());
        json!({
            "from": version.snapshots().next().map(taken_at),
            "to": version.snapshots().next_back().filter(|_| !version.is_live()).map(taken_at),
            "snapshots": names.collect::<Json>(),
            "live": version.is_live(),
            "row": version.row.as_deref().map(row_json),
            "changed": version.changed,
            "rewinds": ids(&version.rewinds),
            "events": ids(&version.events),
        })
    }
}

fn row_json(row: &FoundVersion) -> Json {
    let named = row.table.columns.iter().zip(&row.row.values);
    let named = named.map(|(column, value)| (column.clone(), value.to_json()));
    named.collect::<Map<_, _>>().into()
}

fn key_text(key: &[(String, Value)]) -> String {
    let named = key
        .iter()
        .map(|(column, value)| format!("{column} = {value}"));
    named.collect::<Vec<_>>().join(", ")
}

/// Returns the changed texts with the words that differ.
fn marked_lines(version: &RowVersion) -> Vec<String> {
    let (Some(before), Some(row)) = (&version.before, &version.row) else {
        return Vec::new();
    };
    let columns = version.changed.iter();
    let lines = columns.filter_map(|column| {
        let text = |row: &FoundVersion| match row.value(column)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let marked = text::marked_words(&text(before)?, &text(row)?);
        Some(format!("{column}: {marked}"))
    });
    lines.collect()
}

/// Returns a line for each event; of many for the first and the last.
fn event_lines(events: &[Arc<HistoryEvent>]) -> impl Iterator<Item = String> {
    const FIRST: usize = 3;
    const LAST: usize = 2;
    let hidden = events.len().saturating_sub(FIRST + LAST);
    let between = (hidden > 0).then(|| format!("… {} more events", text::count(hidden as u64)));
    let first = events.iter().take(FIRST);
    let last = events.iter().skip(FIRST + hidden);
    first
        .map(|event| event_text(event))
        .chain(between)
        .chain(last.map(|event| event_text(event)))
}

fn event_text(event: &HistoryEvent) -> String {
    let kind = event.event.kind.as_deref().unwrap_or("event");
    let time = event.event.time.as_deref().unwrap_or_default();
    let id = text::event_id(event.event.id);
    let text = match &event.event.text {
        Some(text) => format!(", “{}”", text::fit(&text::on_one_line(text), 80)),
        None => String::new(),
    };
    format!("event {id}: {kind} {time}{text}")
}
