//! `unrewind list`.

use anyhow::bail;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Exit, KindArg, kinds, output, side::say_trouble};
use crate::{
    core::Workspace,
    core::{
        AllSnapshots, ColdLoad, Damage, Depth, Fold, Id, Label, Snapshot, StoredIn, Verified,
        fold_identical, unattended,
    },
    text::{self, Align},
};

/// List the snapshots, newest first
///
/// Exits with 2 if the archive cannot be listed, and prints why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind list
  unrewind list --kind periodic
  unrewind list --json | jq -r '.[0].path'")]
pub struct Args {
    /// List only this kind
    #[arg(long)]
    kind: Option<KindArg>,
    /// Print an array of objects, for programs
    #[arg(long)]
    json: bool,
}

/// A snapshot as JSON.
#[derive(Debug, Serialize)]
pub(super) struct SnapshotJson {
    kind: Option<&'static str>,
    name: Option<String>,
    stamp: Option<String>,
    path: String,
    taken_at: String,
    age_seconds: i64,
    size_bytes: u64,
    last_event_id: Option<i64>,
    ends_at: Option<i64>,
    stored_in: &'static str,
    off_log: bool,
    damaged: Option<String>,
    unreadable: Option<String>,
    label: Option<String>,
    pinned: bool,
    verified: Option<FoundJson>,
}

/// The result of the last verification as JSON.
#[derive(Debug, Serialize)]
struct FoundJson {
    at: String,
    deep: bool,
    sound: bool,
    reason: Option<String>,
}

impl FoundJson {
    fn of(found: &Verified) -> Self {
        Self {
            at: rfc3339(found.at),
            deep: found.depth == Depth::Deep,
            sound: found.problem.is_none(),
            reason: found
                .problem
                .as_ref()
                .map(|problem| problem.reason().to_owned()),
        }
    }
}

impl SnapshotJson {
    pub(super) fn of(snapshot: &Snapshot, now: DateTime<Utc>) -> Self {
        let (damaged, unreadable) = match snapshot.damage.clone() {
            Some(Damage::Bytes(reason)) => (Some(reason), None),
            Some(Damage::Unread { reason, .. }) => (None, Some(reason)),
            None => (None, None),
        };
        Self {
            kind: snapshot.kind().map(crate::core::Kind::name),
            name: snapshot.id.map(Id::name),
            stamp: snapshot.id.map(|id| id.stamp.to_string()),
            path: snapshot.path.display().to_string(),
            taken_at: rfc3339(snapshot.taken_at()),
            age_seconds: (now - snapshot.taken_at()).num_seconds(),
            size_bytes: snapshot.size,
            last_event_id: snapshot.last_event_id,
            ends_at: snapshot.ends_at(),
            stored_in: text::stored_in(snapshot),
            off_log: snapshot.off_log,
            damaged,
            unreadable,
            label: snapshot.note.label.as_ref().map(Label::to_string),
            pinned: snapshot.pinned,
            verified: snapshot.verified().map(FoundJson::of),
        }
    }
}

pub(super) fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let AllSnapshots { snapshots, trouble } = workspace.store.list_all(&kinds(args.kind))?;
    say_trouble(trouble.as_ref());
    if args.json {
        let list: Vec<SnapshotJson> = snapshots
            .iter()
            .map(|snapshot| SnapshotJson::of(snapshot, workspace.now()))
            .collect();
        output::print_json(&list)?;
    } else if snapshots.is_empty() {
        if !workspace.data_dir.exists() {
            bail!(
                "there is no folder {}; name the application's data folder with --data-dir",
                workspace.data_dir.display()
            );
        }
        output::say(&format!(
            "no snapshots in {}",
            workspace.store.root().display()
        ));
    } else {
        output::print(&table(&snapshots, workspace))?;
        if workspace.profile.starts_from_snapshots()
            && let Some(warning) = text::shadowed(&workspace.store.shadowing()?)
        {
            output::say(&format!("! {warning}"));
        }
        if let Some(warning) = next_start(&snapshots, workspace) {
            output::say(&format!("! {warning}"));
        }
    }
    Ok(trouble.map_or(Exit::Done, |_| Exit::Failed))
}

/// Says what the application's next start has to replay. The database is opened only if a note says
/// that there may be something.
fn next_start(snapshots: &[Snapshot], workspace: &Workspace) -> Option<String> {
    if !snapshots.iter().any(Snapshot::may_await_replay) {
        return None;
    }
    let database = workspace.database().ok()?;
    let on = &mut unattended;
    let cold_load = ColdLoad::of(&database, &workspace.profile, &workspace.store, on).ok()?;
    text::replay(&cold_load.replay)
}

/// Returns the columns that every list of snapshots begins with: their heads, and how they are aligned.
pub(super) fn columns() -> (Vec<&'static str>, Vec<Align>) {
    let columns = [
        ("KIND", Align::Left),
        ("NAME", Align::Left),
        ("TAKEN", Align::Left),
        ("AGE", Align::Right),
        ("SIZE", Align::Right),
        ("LAST EVENT", Align::Right),
    ];
    columns.into_iter().unzip()
}

fn table(snapshots: &[Snapshot], workspace: &Workspace) -> String {
    let is_archived = |snapshot: &Snapshot| snapshot.stored_in != StoredIn::Folder;
    let has_places = snapshots.iter().any(is_archived);
    let (mut head, mut aligned) = columns();
    if has_places {
        head.push("WHERE");
        aligned.push(Align::Left);
    }
    head.push("");
    aligned.push(Align::Left);
    let row = |fold: &Fold<'_>| {
        let snapshot = fold.first;
        let mut notes = text::standing(snapshot);
        notes.extend(text::identical(fold, text::Zone::Local));
        notes.extend(
            snapshot
                .note
                .label
                .as_ref()
                .map(|label| format!("“{label}”")),
        );
        let mut row = vec![
            snapshot
                .kind()
                .map_or("", crate::core::Kind::name)
                .to_owned(),
            snapshot.id.map_or(String::new(), Id::name),
            text::time(snapshot.taken_at(), text::Zone::Local),
            text::age(snapshot.taken_at(), workspace.now()),
            text::size(snapshot.size),
            text::last_event(snapshot),
        ];
        row.extend(has_places.then(|| text::stored_in(snapshot).to_owned()));
        row.push(notes.join(", "));
        row
    };
    let head = head.into_iter().map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head)
        .chain(fold_identical(snapshots).iter().map(row))
        .collect();
    text::columns(&rows, &aligned)
}
