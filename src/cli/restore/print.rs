//! Prints what a restore would do and what it did.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::{Map, json};

use super::{
    Manner,
    at::RestoredFrom,
    merge::{ConflictJson, MergeJson},
    words::plan_text,
};
use crate::{
    cli::{moment::MomentJson, output, prune::held_nowhere_else},
    core::{Operation, RefusedRow, RestorePlan, Restored, Snapshot, TableChanges, Unwritten},
    text,
};

#[derive(Serialize)]
struct RestoredJson {
    /// The file that is changed or created.
    database: String,
    /// `null` for a moment.
    snapshot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<MomentJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge: Option<MergeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflicts: Option<Vec<ConflictJson>>,
    last_event_id: i64,
    replays: u64,
    safety_snapshot: Option<String>,
    checkpoint: Option<String>,
    tables: Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<serde_json::Value>>,
    left_out: BTreeMap<String, String>,
    held_nowhere_else: Map<String, serde_json::Value>,
    note_problem: Option<String>,
}

pub(super) fn print_plan(
    manner: &Manner,
    plan: &RestorePlan,
    headline: &str,
) -> anyhow::Result<()> {
    if !manner.json {
        return output::print(&plan_text(plan, manner.safety(), headline));
    }
    let source = RestoredFrom::of(plan)?;
    let (last_event_id, safety_snapshot, checkpoint) = (plan.last_event_id, None, None);
    output::print_json(&RestoredJson {
        database: changed(plan.database()).display().to_string(),
        snapshot: source.path,
        at: source.moment,
        merge: source.merge,
        conflicts: source.conflicts,
        last_event_id,
        replays: plan.replays,
        safety_snapshot,
        checkpoint,
        tables: tables_json(&plan.changes()),
        rows: source.rows,
        left_out: left_out_json(&plan.unwritten, &plan.refused),
        held_nowhere_else: Map::new(),
        note_problem: None,
    })
}

/// The file that a restore changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangedFile {
    Live,
    Copy,
}

pub(super) fn print_restored(
    manner: &Manner,
    source: &RestoredFrom,
    restored: &Restored,
    database: &Path,
    target: ChangedFile,
) -> anyhow::Result<()> {
    let database = changed(database);
    let Restored {
        origin: _,
        last_event_id,
        begins: _,
        replays,
        safety_snapshot,
        checkpoint,
        events_back: _,
        tables,
        unwritten,
        refused,
        locked_first: _,
        lost,
        starts_from_checkpoint: _,
    } = restored;
    for warning in text::left_by(restored) {
        output::say(&format!("! {warning}"));
    }
    if manner.json {
        let path = |snapshot: &Snapshot| snapshot.path.display().to_string();
        let problem = |checkpoint: &Snapshot| checkpoint.note.unwritten.clone();
        let note_problem = checkpoint.as_ref().and_then(problem);
        let (safety_snapshot, checkpoint) = (
            safety_snapshot.as_ref().map(path),
            checkpoint.as_ref().map(path),
        );
        let tables = tables_json(tables);
        return output::print_json_done(&RestoredJson {
            database: database.display().to_string(),
            snapshot: source.path.clone(),
            at: source.moment.clone(),
            merge: source.merge.clone(),
            conflicts: source.conflicts.clone(),
            last_event_id: *last_event_id,
            replays: *replays,
            safety_snapshot,
            checkpoint,
            tables,
            rows: source.rows.clone(),
            left_out: left_out_json(unwritten, refused),
            held_nowhere_else: held_nowhere_else(lost),
            note_problem,
        });
    }
    let text = restored_text(source, restored, &database, target);
    output::print_done(&text)
}

/// Formats what a restore did; what it left out goes to standard error.
pub(super) fn restored_text(
    source: &RestoredFrom,
    restored: &Restored,
    database: &Path,
    target: ChangedFile,
) -> String {
    let Restored {
        safety_snapshot,
        checkpoint,
        starts_from_checkpoint,
        tables,
        unwritten,
        refused,
        locked_first,
        ..
    } = restored;
    let mut text = String::new();
    let left_out = unwritten.iter().map(text::left_out);
    left_out.for_each(|point| output::say(&format!("! {}", point.sentence)));
    for row in refused {
        output::say(&format!("! {}", text::row_left_out(row)));
    }
    if let Some(sentence) = text::came_back(restored).filter(|_| target == ChangedFile::Live) {
        text += &format!("{sentence}\n");
    }
    if *locked_first {
        text += "the application kept writing, so Unrewind locked the database while it wrote the files\n";
    }
    if let Some(safety_snapshot) = safety_snapshot {
        let way_back = match text::way_back(safety_snapshot) {
            Operation::Redo => "`unrewind redo`",
            _ => "`unrewind undo`",
        };
        text += &format!(
            "safety snapshot: {} holds the database as it was; {} brings that back\n",
            safety_snapshot.name(),
            text::runnable(way_back)
        );
    }
    if let Some(checkpoint) = checkpoint {
        let sentence = text::checkpoint(checkpoint, *starts_from_checkpoint);
        text += &format!("{sentence}\n");
    }
    text += &match target {
        ChangedFile::Copy => unreplayed(restored),
        ChangedFile::Live => awaiting(restored),
    };
    let rows = tables
        .iter()
        .map(|table| table.added + table.changed + table.removed)
        .sum();
    let (name, rows) = (&source.name, text::counted(rows, "row"));
    let name = text::one_line(name);
    let rows = match target {
        ChangedFile::Copy => rows + " differ from live",
        ChangedFile::Live => rows + " changed",
    };
    text + &format!("restored {name} into {}: {rows}\n", text::path(database))
}

/// Says what the application still has to do.
fn awaiting(restored: &Restored) -> String {
    if restored.replays == 0 {
        return String::new();
    }
    format!(
        "! {}; until then the tables are as of event {}\n",
        text::awaited_now(restored.replays),
        text::event_id(restored.begins)
    )
}

/// Says how many events of a new database's log its tables lack: no checkpoint belongs to it.
pub(super) fn unreplayed(restored: &Restored) -> String {
    if restored.replays == 0 {
        return String::new();
    }
    format!(
        "! its tables are as of event {}: they lack {} of its log\n",
        text::event_id(restored.begins),
        text::counted(restored.replays, "event")
    )
}

/// Returns the file that a change of the database is made in: the target of a link.
pub(super) fn changed(database: &Path) -> PathBuf {
    match dunce::canonicalize(database) {
        Ok(file) if database.is_symlink() => file,
        _ => database.to_owned(),
    }
}

/// Tables that stayed as they were, each with the reason, for programs.
pub(in crate::cli) fn unwritten_json(unwritten: &[Unwritten]) -> BTreeMap<String, String> {
    let named = unwritten.iter();
    named
        .map(|Unwritten { table, why }| (table.clone(), why.clone()))
        .collect()
}

/// Returns why tables and rows are left out, by their names.
fn left_out_json(unwritten: &[Unwritten], refused: &[RefusedRow]) -> BTreeMap<String, String> {
    let rows = refused
        .iter()
        .map(|row| (format!("{} {}", row.table, row.key_text), row.why.clone()));
    unwritten_json(unwritten).into_iter().chain(rows).collect()
}

pub(super) fn tables_json(tables: &[TableChanges]) -> Map<String, serde_json::Value> {
    let changes = |table: &TableChanges| {
        let TableChanges {
            name,
            added,
            changed,
            removed,
        } = table;
        (
            name.clone(),
            json!({ "added": added, "changed": changed, "removed": removed }),
        )
    };
    tables.iter().map(changes).collect()
}
