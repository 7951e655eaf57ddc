//! A side named on the command line: `live`, or a snapshot.

use chrono::{NaiveDateTime, NaiveTime, SubsecRound};

use super::output;
use crate::{
    core::{
        AllSnapshots, Archived, Contents, Database, Error, Kind, Latest, OnProgress, PassedOver,
        Result, Side, Snapshot, Workspace, nearest,
    },
    text::{self, Zone},
};

/// The name of a side in the help.
pub(super) const VALUE_NAME: &str = "SNAPSHOT|live";

/// Finds the snapshot that a person names: as [`Workspace::find`] takes it, or by its local time as the
/// screens show it, with or without its kind. Prints the damaged ones that `latest` passes over.
pub(super) fn find(name: &str, workspace: &Workspace) -> Result<Snapshot> {
    let (found, passed_over) = newest_or_named(name, workspace)?;
    say_passed_over(&passed_over);
    Ok(found)
}

/// Prints what was passed over for another snapshot, a line each.
pub(super) fn say_passed_over(passed_over: &[PassedOver]) {
    let points = passed_over.iter().map(text::passed_over);
    points.for_each(|point| output::say(&format!("! {}", point.sentence)));
}

/// Finds a snapshot that is restored or deleted unasked: fails if `latest` would pass over a damaged one.
pub(super) fn find_unasked(name: &str, workspace: &Workspace) -> anyhow::Result<Snapshot> {
    let (found, passed_over) = newest_or_named(name, workspace)?;
    let Some(PassedOver::Damaged { name: newer, what }) = passed_over.first() else {
        return Ok(found);
    };
    let hint = format!(
        "name the snapshot instead; the newest intact one is {}",
        found.name()
    );
    let message = format!("{name} would not be the newest: {newer} {what}; nothing was changed");
    Err(output::Hinted::new(message, vec![hint]).into())
}

/// Finds a snapshot, with the newer damaged ones that `latest` passes over.
fn newest_or_named(name: &str, workspace: &Workspace) -> Result<(Snapshot, Vec<PassedOver>)> {
    let Some(latest) = Latest::parse(name) else {
        return Ok((named(name, workspace)?, Vec::new()));
    };
    let mut passed_over = Vec::new();
    let is_meant = |one: &Snapshot| one.id.is_some_and(|id| latest.means(id));
    let snapshots = workspace.list(latest.kinds())?.into_iter();
    for snapshot in snapshots.filter(is_meant) {
        let Some(damage) = &snapshot.damage else {
            return Ok((snapshot, passed_over));
        };
        passed_over.push(PassedOver::Damaged {
            name: snapshot.name(),
            what: damage.predicate(),
        });
    }
    Ok((workspace.find(name)?, passed_over))
}

fn named(name: &str, workspace: &Workspace) -> Result<Snapshot> {
    let named = Kind::ALL.into_iter().find_map(|kind| {
        let time = name
            .strip_prefix(kind.name())?
            .strip_prefix(|c| c == ' ' || std::path::is_separator(c))?;
        Some((vec![kind], time))
    });
    let (kinds, time) = named.unwrap_or((Kind::ALL.to_vec(), name));
    let (moments, minute) = (text::moments(time, Zone::Local), minute(time));
    if moments.is_empty() && minute.is_none() {
        return workspace
            .find(name)
            .map_err(|error| suggesting(name, error));
    }
    let mut found = workspace.store.list_all(&kinds)?.snapshots;
    found.retain(|snapshot| {
        let taken_at = snapshot.taken_at();
        let shown = text::time(taken_at, Zone::Local);
        let (_, clock) = shown.split_once(' ').unwrap_or_default();
        let is_within = |minute: &String| shown.starts_with(minute) || clock.starts_with(minute);
        moments.contains(&taken_at.trunc_subsecs(0)) || minute.as_ref().is_some_and(is_within)
    });
    let names: Vec<String> = found.iter().map(Snapshot::name).collect();
    let what = match &mut found[..] {
        [_] => return Ok(found.remove(0)),
        [] => format!(
            "no snapshot in {} was taken at {time}",
            workspace.store().root().display()
        ),
        _ => format!(
            "several snapshots were taken at {time}: {}",
            names.join(", ")
        ),
    };
    Err(Error::Selection { what })
}

/// Lists the snapshots to read, with those in the archive if it is on this machine or `archived` asks for them.
/// Prints why the archive may hold others.
pub(super) fn readable(
    kinds: &[Kind],
    archived: bool,
    workspace: &Workspace,
) -> Result<AllSnapshots> {
    let archived = if archived {
        Archived::Everywhere
    } else {
        Archived::Here
    };
    let found = output::with_progress(|on| workspace.store.list_readable(kinds, archived, on))?;
    say_trouble(found.trouble.as_ref());
    Ok(found)
}

/// Prints why the archive may hold other snapshots than are known.
pub(super) fn say_trouble(trouble: Option<&Error>) {
    if let Some(trouble) = trouble {
        let hint = text::hint(trouble).map(|hint| format!(": {hint}"));
        output::say(&format!("! {trouble}{}", hint.unwrap_or_default()));
    }
}

/// Returns the archive as a side that could not be read, for programs.
pub(super) fn archive_failed(trouble: Option<&Error>) -> Option<(String, String)> {
    Some(("archive".to_owned(), trouble?.to_string()))
}

/// Adds to the error of a damaged snapshot that the archive holds it.
pub(super) fn naming_archived(error: anyhow::Error, workspace: &Workspace) -> anyhow::Error {
    let known = error.downcast_ref::<Error>();
    let copy = known
        .and_then(Error::damaged)
        .and_then(|path| workspace.store.archived_copy(path));
    let (Some(damage), Some(copy)) = (known, copy) else {
        return error;
    };
    let name = copy.name();
    let hint = format!(
        "the archive holds {name}: `unrewind archive get {name}` writes it to a file in the current folder, which `unrewind restore` takes by its path"
    );
    output::Hinted::new(damage.to_string(), vec![text::runnable(&hint)]).into()
}

/// Adds what a misspelled name probably means.
fn suggesting(name: &str, error: Error) -> Error {
    match (
        error,
        nearest(name, ["latest", "latest:rewind", "latest:periodic"]),
    ) {
        (Error::Selection { what }, Some(meant)) if meant != name => Error::Selection {
            what: format!("{what}: did you mean {meant}?"),
        },
        (error, _) => error,
    }
}

/// Returns the beginning of the times in a minute, as screens show them, if the text is a time of day or
/// a date and time without seconds.
fn minute(text: &str) -> Option<String> {
    let clock = NaiveTime::parse_from_str(text, "%H:%M").map(|time| time.format("%H:%M:"));
    let dated = || {
        let mut forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"].into_iter();
        forms.find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    };
    let clock = clock.map(|clock| clock.to_string()).ok();
    clock.or_else(|| Some(dated()?.format("%Y-%m-%d %H:%M:").to_string()))
}

/// An opened side.
pub(super) enum OpenedSide {
    Live(Database),
    Snapshot(Contents),
}

impl OpenedSide {
    /// Opens a side to show it; facts about a snapshot may come from the cache.
    pub(super) fn to_show(name: &str, workspace: &Workspace) -> anyhow::Result<Self> {
        Self::of(name, workspace, |snapshot, on| {
            workspace.open_whole(snapshot, on)
        })
    }

    /// Opens a side whose rows will be used further: a damaged snapshot is refused.
    pub(super) fn to_use(name: &str, workspace: &Workspace) -> anyhow::Result<Self> {
        let keys = workspace.keys();
        Self::of(name, workspace, |snapshot, on| {
            workspace.store.open(snapshot, &keys, on)
        })
    }

    fn of(
        name: &str,
        workspace: &Workspace,
        open: impl FnOnce(&Snapshot, OnProgress<'_>) -> Result<Contents>,
    ) -> anyhow::Result<Self> {
        if name == "live" {
            return Ok(Self::Live(workspace.database()?));
        }
        let snapshot = find(name, workspace)?;
        let contents = output::with_progress(|on| open(&snapshot, on))?;
        Ok(Self::Snapshot(contents))
    }

    /// Returns the side.
    pub(super) fn side(&self) -> Side<'_> {
        match self {
            Self::Live(database) => Side::Live(database),
            Self::Snapshot(contents) => Side::Snapshot(contents),
        }
    }

    /// Lists its tables, in its own order.
    pub(super) fn tables(&self, workspace: &Workspace) -> anyhow::Result<Vec<String>> {
        Ok(match self {
            Self::Live(database) => database.tables(&workspace.profile)?,
            Self::Snapshot(contents) => {
                contents.tables().map(|(name, _)| name.to_owned()).collect()
            }
        })
    }
}
