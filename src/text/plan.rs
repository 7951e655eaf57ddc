//! What an operation will do, in sentences.

mod warnings;

use super::{awaited, count, counted, event_id, fit, one_line};
use crate::core::{
    Event, EventDiff, Events, Gone, Ids, Newer, Process, RestorePlan, Safety, SchemaVersion, Scope,
    Superseding, TableDiff,
};
use warnings::{orphans, stamp_ahead};

pub use warnings::{left_out, passed_over};

/// How a sentence is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// It wants attention.
    Warning,
}

/// One thing that an operation will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// How it is to be taken.
    pub tone: Tone,
    /// What it is, in a sentence without a full stop.
    pub says: String,
    /// The events it is about, if it is about some.
    pub events: Events,
}

impl Point {
    /// What it says is one line, whatever the names in it hold.
    fn plain(says: impl AsRef<str>) -> Self {
        Self {
            tone: Tone::Plain,
            says: one_line(says.as_ref()).into_owned(),
            events: Events::default(),
        }
    }

    fn warning(says: impl AsRef<str>) -> Self {
        Self {
            tone: Tone::Warning,
            ..Self::plain(says)
        }
    }

    /// A sentence about some events, if there are any; `one` is said of a single one.
    fn about(events: &Events, one: &str, many: &str) -> Option<Self> {
        let says = match events.count {
            0 => return None,
            1 => format!("1 event {one}"),
            number => format!("{} events {many}", count(number)),
        };
        Some(Self {
            events: events.clone(),
            ..Self::plain(says)
        })
    }
}

/// What a restore will do, without the numbers of each table.
pub fn plan(plan: &RestorePlan, safety: Safety) -> Vec<Point> {
    let mut points: Vec<Point> = plan.passed_over.iter().map(passed_over).collect();
    if plan.is_empty() {
        points.push(Point::plain(
            "live is already as in the snapshot: no row changes",
        ));
    } else {
        let of_log = plan.log.as_ref().map(|log| of_log(log, safety));
        points.extend(of_log.unwrap_or_else(|| untouched(plan).into_iter().collect()));
    }
    if plan.options.newer == Newer::Keep {
        points.extend(kept(plan));
        points.extend(superseding(&plan.superseding));
    }
    for table in plan
        .tables
        .iter()
        .filter(|table| !table.drift.only_from.is_empty())
    {
        points.extend(new_columns(table));
    }
    points.extend(plan.versions.iter().map(schema_version));
    if !plan.left_out.is_empty() {
        let what = plan.left_out.join(", ");
        points.push(Point::warning(format!(
            "left out, because the database lacks it: {what}"
        )));
    }
    points.extend(orphans(&plan.orphans));
    points.extend(plan.unwritten.iter().map(left_out));
    if !plan.is_empty() && !safety.safety_snapshot {
        points.push(Point::warning(
            "no safety snapshot is taken: this cannot be undone",
        ));
    }
    if !safety.checkpoint {
        points.push(Point::warning(
            "no checkpoint is written: the next start of the application loads an older state over this one",
        ));
    }
    points.extend(
        plan.ahead
            .iter()
            .filter_map(|ahead| stamp_ahead(ahead, safety, plan)),
    );
    points.extend(emptied(plan).map(Point::warning));
    if safety.checkpoint && !plan.unloadable.is_empty() {
        points.push(Point::warning(unloadable(&plan.unloadable)));
    }
    points.extend(replay(plan).or_else(|| others(plan)));
    points
}

/// What becomes of the columns of live that the snapshot lacks.
fn new_columns(table: &TableDiff) -> Option<Point> {
    let (name, columns) = (&table.table.name, &table.drift.only_from);
    let what = match columns.len() {
        1 => format!("column {}", columns[0]),
        _ => format!("columns {}", columns.join(", ")),
    };
    let says = format!("the snapshot has no {what} of table {name}");
    match (table.added, table.is_empty()) {
        (_, true) => None,
        (0, _) => Some(Point::plain(format!("{says}: live's values stay"))),
        _ => Some(Point::warning(format!(
            "{says}: rows that come back get the default, all others keep their values"
        ))),
    }
}

/// That a table stays, because a restore leaves the schema as it is.
fn schema_version(version: &SchemaVersion) -> Point {
    let SchemaVersion { table, differs } = version;
    if *differs {
        Point::warning(format!(
            "schema version table {table} stays as live has it, which is not as in the snapshot"
        ))
    } else {
        Point::plain(format!("schema version table {table} stays as live has it"))
    }
}

/// Which tables a restore empties because the snapshot does not know them.
pub fn emptied(plan: &RestorePlan) -> Option<String> {
    let tables = plan.absent.join(", ");
    (!tables.is_empty())
        .then(|| format!("the snapshot does not know {tables}: every row there is removed"))
}

fn kept(plan: &RestorePlan) -> Option<Point> {
    Point::about(
        &plan.kept,
        "newer than the snapshot stays in the log",
        "newer than the snapshot stay in the log",
    )
}

/// That the application's own restore refuses what its start is to load.
fn unloadable(tables: &[String]) -> String {
    let tables: Vec<_> = tables.iter().map(|table| one_line(table)).collect();
    let (tables, hold) = (
        tables.join(", "),
        if tables.len() == 1 { "holds" } else { "hold" },
    );
    format!(
        "the application cannot start from the checkpoint: {tables} {hold} BLOBs or broken text, and its restore fails with \"type 'dict' is not supported\""
    )
}

/// What the application's next start has to do.
fn replay(plan: &RestorePlan) -> Option<Point> {
    (plan.replays > 0).then(|| Point::warning(awaited(plan.replays, &plan.others)))
}

/// What becomes of newer events that superseded what comes back.
fn superseding(events: &Superseding) -> impl Iterator<Item = Point> {
    let removed = Point::about(
        &events.removed,
        "is removed: it is a rewind, and no event stays rewound by it",
        "are removed: they are rewinds, and no event stays rewound by them",
    );
    let staying = Point::about(
        &events.staying,
        "no longer counts: it is a rewind, and other events stay rewound by it",
        "no longer count: they are rewinds, and other events stay rewound by them",
    );
    let content = Point::about(
        &events.content,
        "that superseded what comes back is no rewind: it stays",
        "that superseded what comes back are no rewinds: they stay",
    );
    [removed, staying, content].into_iter().flatten()
}

/// What a restore that does not touch the event log leaves as it is.
fn untouched(plan: &RestorePlan) -> Option<Point> {
    let is_whole = plan.options.tables.is_empty();
    let says = match plan.options.scope {
        _ if !plan.has_log() && is_whole => return None,
        _ if !plan.has_log() => "the tables that were not chosen are not touched",
        Scope::Tables if is_whole => "the event log is not touched",
        _ => "the event log and the tables that were not chosen are not touched",
    };
    Some(Point::plain(says))
}

fn of_log(log: &EventDiff, safety: Safety) -> Vec<Point> {
    let back = &log.gone_from;
    let (one, many) = (
        format!("comes back, now {}", became(back)),
        format!("come back, now {}", became(back)),
    );
    let back = Point::about(&back.events, &one, &many);
    let later = Point::about(
        &log.newer_to,
        "newer than the last of live comes back",
        "newer than the last of live come back",
    );
    let (one, many) = if safety.safety_snapshot {
        (
            "newer than the snapshot leaves the log; the safety snapshot keeps it",
            "newer than the snapshot leave the log; the safety snapshot keeps them",
        )
    } else {
        (
            "newer than the snapshot leaves the log, and nothing keeps it",
            "newer than the snapshot leave the log, and nothing keeps them",
        )
    };
    let newer = Point::about(&log.newer_from, one, many);
    let again = &log.gone_to;
    let (one, many) = (
        format!("is {} again", became(again)),
        format!("are {} again", became(again)),
    );
    let again = Point::about(&again.events, &one, &many);
    let edited = Point::about(
        &log.edited,
        "was edited since the snapshot: the snapshot's version comes back",
        "were edited since the snapshot: the snapshot's versions come back",
    );
    let points = [reused(&log.reused), back, later, newer, again, edited];
    points.into_iter().flatten().collect()
}

/// That ids name other events on the other side.
fn reused(ids: &Ids) -> Option<Point> {
    let says = match ids.count {
        0 => return None,
        1 => format!("event id {ids} was used again: it names another event on each side"),
        number => format!(
            "{} event ids were used again ({ids}): each names another event on each side",
            count(number)
        ),
    };
    Some(Point::warning(says))
}

/// What became of events that count on one side only.
fn became(gone: &Gone) -> String {
    let parts = [
        (gone.rewound, "superseded"),
        (gone.hidden, "hidden"),
        (gone.lost, "not in the log"),
    ];
    let parts: Vec<(u64, &str)> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .collect();
    match parts[..] {
        [(_, only)] => only.to_owned(),
        _ => parts
            .iter()
            .map(|(number, what)| format!("{} {what}", count(*number)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn others(plan: &RestorePlan) -> Option<Point> {
    let says = match plan.others.len() {
        0 => return None,
        1 => "has the database open: restart it afterwards, so that it sees the restored state",
        _ => "have the database open: restart them afterwards, so that they see the restored state",
    };
    let others = processes(&plan.others);
    Some(Point::warning(format!("{others} {says}")))
}

/// Processes by their names and numbers.
pub fn processes(processes: &[Process]) -> String {
    let named = processes.iter().map(Process::to_string);
    named.collect::<Vec<_>>().join(", ")
}

/// What differs between two logs, called by these names.
pub fn difference_of_logs(log: &EventDiff, from: &str, to: &str) -> Vec<Point> {
    let gone = |gone: &Gone, here: &str, there: &str| {
        let became = became(gone);
        Point::about(
            &gone.events,
            &format!("that counts in {here} is {became} in {there}"),
            &format!("that count in {here} are {became} in {there}"),
        )
    };
    let newer = |events: &Events, here: &str, there: &str| {
        let says = format!("in {here} newer than the last of {there}");
        Point::about(events, &says, &says)
    };
    let edited = Point::about(
        &log.edited,
        "counts in both and was edited",
        "count in both and were edited",
    );
    let points = [
        reused(&log.reused),
        gone(&log.gone_to, from, to),
        gone(&log.gone_from, to, from),
        newer(&log.newer_from, from, to),
        newer(&log.newer_to, to, from),
        edited,
    ];
    points.into_iter().flatten().collect()
}

/// The first and last of some events, a line each.
pub fn events(events: &Events) -> Vec<String> {
    let shown = (events.first.len() + events.last.len()) as u64;
    let left_out = (shown < events.count)
        .then(|| format!("… {} …", counted(events.count - shown, "more event")));
    let first = events.first.iter().map(event);
    first
        .chain(left_out)
        .chain(events.last.iter().map(event))
        .collect()
}

fn event(event: &Event) -> String {
    const LONGEST: usize = 100;
    let says = event
        .text
        .as_deref()
        .map(|text| format!("“{}”", fit(text, LONGEST)));
    let says = says.unwrap_or_else(|| fit(event.summary(), LONGEST));
    format!("{}  {says}", event_id(event.id))
}

/// The first and the last of some events, in one line.
pub fn ends(events: &Events) -> Option<String> {
    const LONGEST: usize = 34;
    let quoted = |event: &Event| format!("“{}”", fit(event.summary(), LONGEST));
    let first = events.first.first()?;
    let last = events
        .last
        .last()
        .or(events.first.last())
        .filter(|last| *last != first);
    Some(last.map_or_else(
        || quoted(first),
        |last| format!("{} … {}", quoted(first), quoted(last)),
    ))
}
