//! Sentences about what an operation will do.

mod merge;
mod moment;
mod rows;
mod warnings;

use super::{awaited, count, counted, event_id, fit, list, name, one_line};
use crate::core::{
    Event, EventDiff, Events, Gone, Ids, Process, RestorePlan, Safety, Scope, TableDiff,
};
use merge::merge;
use moment::already_there;
pub use moment::moment;
use rows::rows;
use warnings::{of_view, off_log, schema_version, stamp_ahead, version_change};

pub use rows::row_left_out;
pub use warnings::{left_out, orphans, passed_over, taken_ahead};

/// How to display a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Normally.
    Plain,
    /// As a warning.
    Warning,
}

/// One thing that an operation will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// How to display it.
    pub tone: Tone,
    /// A sentence without a full stop.
    pub sentence: String,
    /// The events it is about, if any.
    pub events: Events,
    /// The changed rows it is about, a line each, if any.
    pub rows: Vec<String>,
}

impl Point {
    /// Creates a point of one line, whatever the names in it contain.
    fn plain(sentence: impl AsRef<str>) -> Self {
        Self {
            tone: Tone::Plain,
            sentence: one_line(sentence.as_ref()).into_owned(),
            events: Events::default(),
            rows: Vec::new(),
        }
    }

    fn warning(sentence: impl AsRef<str>) -> Self {
        Self {
            tone: Tone::Warning,
            ..Self::plain(sentence)
        }
    }

    /// Creates a point about events, if there are any; `one` is used for a single event.
    fn about(events: &Events, one: &str, many: &str) -> Option<Self> {
        Self::about_some("event", events, one, many)
    }

    /// The same, with a more specific noun for the events.
    fn about_some(noun: &str, events: &Events, one: &str, many: &str) -> Option<Self> {
        let predicate = match events.count {
            0 => return None,
            1 => one,
            _ => many,
        };
        Some(Self {
            events: events.clone(),
            ..Self::plain(format!("{} {predicate}", counted(events.count, noun)))
        })
    }
}

/// Describes what a restore will do, without the numbers per table.
pub fn plan(plan: &RestorePlan, safety: Safety) -> Vec<Point> {
    let mut points: Vec<Point> = plan.passed_over.iter().map(passed_over).collect();
    points.extend(
        plan.moment
            .iter()
            .flat_map(|composed| moment(composed, plan.replays)),
    );
    if plan.is_empty() {
        points.push(unchanged(plan));
    } else {
        points.extend(plan.moment.iter().find_map(already_there));
    }
    if plan.options.is_of_rows() {
        points.extend(rows(plan));
    } else if !plan.is_empty() {
        let of_log = plan.log.as_ref().map(|log| of_log(log, safety));
        points.extend(of_log.unwrap_or_else(|| untouched(plan).into_iter().collect()));
        points.extend(off_log(plan));
    }
    points.extend(plan.merge.iter().flat_map(|composed| merge(composed, plan)));
    for table in plan
        .tables
        .iter()
        .filter(|table| !table.schema_diff.only_from.is_empty())
    {
        points.extend(new_columns(table));
    }
    points.extend(plan.versions.iter().map(schema_version));
    points.extend(plan.views.iter().map(|view| of_view(view)));
    points.extend(plan.version_changes.iter().map(version_change));
    if !plan.left_out.is_empty() {
        let what = plan.left_out.join(", ");
        points.push(Point::warning(format!(
            "left out, because the database or its profile lacks it: {what}"
        )));
    }
    points.extend(orphans(&plan.orphans));
    points.extend(plan.unwritten.iter().map(left_out));
    if !plan.is_empty() && !safety.safety_snapshot {
        points.push(Point::warning(
            "no safety snapshot is taken: this cannot be undone",
        ));
    }
    if !safety.checkpoint && plan.is_replayed_on_start() {
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

/// Says that there is nothing to do.
fn unchanged(plan: &RestorePlan) -> Point {
    if !plan.refused.is_empty() || plan.left_alone() > 0 {
        return Point::plain("no row changes");
    }
    let sentence = match (&plan.moment, plan.options.is_of_rows()) {
        (_, true) => "the live database already has these rows",
        (Some(_), _) => "the live database already equals that moment",
        (None, _) if plan.refuse_undecided().is_err() => {
            return Point::plain("no row changes before the conflicts are decided");
        }
        (None, _)
            if plan
                .merge
                .as_ref()
                .is_some_and(|merge| !merge.events.is_empty()) =>
        {
            "these events already count"
        }
        (None, _) if plan.merge.is_some() => "the live database already has what both sides have",
        (None, _) => "the live database already equals the snapshot",
    };
    Point::plain(format!("{sentence}: no row changes"))
}

/// Describes what happens to columns of live that the snapshot lacks.
fn new_columns(table: &TableDiff) -> Option<Point> {
    let (name, columns) = (name(&table.table.name), &table.schema_diff.only_from);
    let what = match columns.len() {
        1 => format!("column {}", list(columns)),
        _ => format!("columns {}", list(columns)),
    };
    let sentence = format!("the snapshot has no {what} of table {name}");
    match (table.added, table.is_empty()) {
        (_, true) => None,
        (0, _) => Some(Point::plain(format!("{sentence}: live's values stay"))),
        _ => Some(Point::warning(format!(
            "{sentence}: rows that come back get the default, all others keep their values"
        ))),
    }
}

/// Names the tables that a restore empties because the snapshot lacks them.
pub fn emptied(plan: &RestorePlan) -> Option<String> {
    let tables = list(&plan.absent);
    (!tables.is_empty())
        .then(|| format!("the snapshot lacks {tables}: every row there will be removed"))
}

/// Says that the application's own restore would reject the checkpoint.
fn unloadable(tables: &[String]) -> String {
    let hold = if tables.len() == 1 { "holds" } else { "hold" };
    let tables = list(tables);
    format!(
        "the application cannot start from the checkpoint: {tables} {hold} BLOBs or broken text, and its restore fails with \"type 'dict' is not supported\""
    )
}

/// Says what the application's next start has to replay.
fn replay(plan: &RestorePlan) -> Option<Point> {
    // For a moment it was said where its tables come from.
    let is_new = plan.replays > 0 && (plan.moment.is_none() || !plan.others.processes.is_empty());
    is_new.then(|| Point::warning(awaited(plan.replays, &plan.others)))
}

/// Describes what a restore that does not touch the event log leaves unchanged.
fn untouched(plan: &RestorePlan) -> Option<Point> {
    let is_whole = plan.options.tables.is_empty();
    let sentence = match plan.options.scope {
        _ if !plan.has_log() && is_whole => return None,
        _ if !plan.has_log() => "the tables that were not chosen are not touched",
        Scope::Tables if is_whole => "the event log is not touched",
        _ => "the event log and the tables that were not chosen are not touched",
    };
    Some(Point::plain(sentence))
}

fn of_log(log: &EventDiff, safety: Safety) -> Vec<Point> {
    let back = &log.gone_from;
    let (one, many) = (
        format!("comes back, now {}", became(back)),
        format!("come back, now {}", became(back)),
    );
    let back = if back.missed() == 0 {
        Point::about_some("rewind", &back.events, &one, &many)
    } else {
        Point::about(&back.events, &one, &many)
    };
    let later = Point::about(
        &log.newer_to,
        "newer than live's last event comes back",
        "newer than live's last event come back",
    );
    let (one, many) = if safety.safety_snapshot {
        (
            "will be removed (the safety snapshot keeps it)",
            "will be removed (the safety snapshot keeps them)",
        )
    } else {
        (
            "will be removed, and nothing keeps it",
            "will be removed, and nothing keeps them",
        )
    };
    let newer = Point::about_some("newer event", &log.newer_from, one, many);
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

/// Warns that ids name different events on the two sides.
fn reused(ids: &Ids) -> Option<Point> {
    let sentence = match ids.count {
        0 => return None,
        1 => format!("event id {ids} was reused: it names different events on the two sides"),
        number => format!(
            "{} event ids were reused ({ids}): each names different events on the two sides",
            count(number)
        ),
    };
    Some(Point::warning(sentence))
}

/// Says what happened to events that are active on one side only.
fn became(gone: &Gone) -> String {
    let parts = [
        (gone.rewound, "rewound"),
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
    let sentence = match plan.others.processes.len() {
        0 if plan.others.are_all => return None,
        0 => {
            return Some(Point::plain(
                "Unrewind cannot see which programs have the database open: restart the application afterwards, so that it sees the restored state",
            ));
        }
        1 => "has the database open: restart it afterwards, so that it sees the restored state",
        _ => "have the database open: restart them afterwards, so that they see the restored state",
    };
    let others = processes(&plan.others.processes);
    Some(Point::warning(format!("{others} {sentence}")))
}

/// Names processes, each with its pid.
pub fn processes(processes: &[Process]) -> String {
    let named = processes.iter().map(Process::to_string);
    named.collect::<Vec<_>>().join(", ")
}

/// Describes the difference between two logs with these names.
pub fn difference_of_logs(log: &EventDiff, from: &str, to: &str) -> Vec<Point> {
    let gone = |gone: &Gone, here: &str, there: &str| {
        let became = became(gone);
        Point::about(
            &gone.events,
            &format!("that is active in {here} is {became} in {there}"),
            &format!("that are active in {here} are {became} in {there}"),
        )
    };
    let newer = |events: &Events, here: &str, there: &str| {
        let sentence = format!("in {here} newer than the last of {there}");
        Point::about(events, &sentence, &sentence)
    };
    let edited = Point::about(
        &log.edited,
        "is active in both and was edited",
        "are active in both and were edited",
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

/// Shows the first and last of some events, one per line.
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
    let sentence = event
        .text
        .as_deref()
        .map(|text| format!("“{}”", fit(text, LONGEST)));
    let sentence = sentence.unwrap_or_else(|| fit(event.summary(), LONGEST));
    format!("{}  {sentence}", event_id(event.id))
}

/// Shows the first and the last of some events, on one line.
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
