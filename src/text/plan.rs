//! What an operation will do, in sentences.

use super::{count, counted, event_id, shortened, size};
use crate::core::{Event, Events, Gone, LogDiff, Newer, PrunePlan, RestorePlan, Safety, Scope};

/// What a line of a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A sentence of the plan.
    Plain,
    /// An example for the sentence above.
    Detail,
    /// A sentence that wants attention.
    Warning,
}

type Line = (Tone, String);

/// What a restore will do, without the numbers of each table.
pub fn plan(plan: &RestorePlan, safety: Safety) -> Vec<Line> {
    let mut lines = Vec::new();
    if plan.is_empty() {
        lines.push((
            Tone::Plain,
            "live is already as in the snapshot: no row changes".to_owned(),
        ));
    } else {
        lines.extend(
            plan.log
                .as_ref()
                .map_or_else(|| log_untouched(plan), |log| of_log(log, safety)),
        );
    }
    if plan.options.newer == Newer::Keep && plan.kept.count > 0 {
        let events = counted(plan.kept.count, "newer event");
        // A checkpoint of some tables only is where the others stand: at the log's end.
        let replayed = if plan.options.tables.is_empty() {
            ", and the next start of the application replays them"
        } else {
            ""
        };
        lines.push((Tone::Plain, format!("{events} stay in the log{replayed}:")));
        lines.extend(events_lines(&plan.kept));
    }
    for table in plan
        .tables
        .iter()
        .filter(|table| !table.drift.only_from.is_empty())
    {
        let (name, columns) = (&table.table.name, table.drift.only_from.join(", "));
        lines.push((
            Tone::Warning,
            format!(
                "table {name}: the snapshot knows no {columns}, so its rows get the default there"
            ),
        ));
    }
    if !plan.left_out.is_empty() {
        lines.push((
            Tone::Warning,
            format!(
                "left out, because the database has no place for it: {}",
                plan.left_out.join(", ")
            ),
        ));
    }
    if !plan.is_empty() && !safety.guard {
        lines.push((
            Tone::Warning,
            "no guard is taken: this cannot be undone".to_owned(),
        ));
    }
    lines.extend(others(plan));
    lines
}

fn log_untouched(plan: &RestorePlan) -> Vec<Line> {
    let what = match plan.options.scope {
        Scope::Tables if plan.options.tables.is_empty() => {
            "the event log is not touched: the next start of the application replays what is newer than the snapshot"
        }
        _ => "the event log and the tables that were not chosen are not touched",
    };
    vec![(Tone::Plain, what.to_owned())]
}

fn of_log(log: &LogDiff, safety: Safety) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |events: &Events, what: String| {
        if events.count > 0 {
            let come = if events.count == 1 {
                "1 event".to_owned()
            } else {
                counted(events.count, "event")
            };
            lines.push((Tone::Plain, format!("{come} {what}:")));
            lines.extend(events_lines(events));
        }
    };
    let verb = |events: &Events, one: &str, many: &str| {
        if events.count == 1 {
            one.to_owned()
        } else {
            many.to_owned()
        }
    };
    let back = &log.gone_from.events;
    say(
        back,
        format!(
            "{}, {}",
            verb(back, "comes back", "come back"),
            became(&log.gone_from)
        ),
    );
    let last = &log.newer_to;
    say(
        last,
        format!(
            "{}, newer than the last of live",
            verb(last, "comes back", "come back")
        ),
    );
    let newer = &log.newer_from;
    let kept = if safety.guard {
        "the guard keeps"
    } else {
        "nothing keeps"
    };
    say(
        newer,
        format!(
            "newer than the snapshot {} the log; {kept} {}",
            verb(newer, "leaves", "leave"),
            verb(newer, "it", "them")
        ),
    );
    let again = &log.gone_to.events;
    say(
        again,
        format!(
            "that {} now will be as in the snapshot: {}",
            verb(again, "counts", "count"),
            became(&log.gone_to)
        ),
    );
    lines
}

/// What became of events that count on one side only.
fn became(gone: &Gone) -> String {
    let parts = [
        (gone.superseded, "superseded"),
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

fn others(plan: &RestorePlan) -> Vec<Line> {
    let names: Vec<String> = plan
        .others
        .iter()
        .map(|process| format!("{} (pid {})", process.name, process.pid))
        .collect();
    match names.len() {
        0 => Vec::new(),
        1 => vec![(
            Tone::Warning,
            format!(
                "{} has the database open: restart it afterwards, so that it sees the restored state",
                names[0]
            ),
        )],
        _ => vec![(
            Tone::Warning,
            format!(
                "{} have the database open: restart them afterwards, so that they see the restored state",
                names.join(", ")
            ),
        )],
    }
}

/// The first and last of some events, a line each.
pub fn events(events: &Events) -> Vec<String> {
    events_lines(events)
        .into_iter()
        .map(|(_, line)| line)
        .collect()
}

fn events_lines(events: &Events) -> Vec<Line> {
    const LONGEST: usize = 100;
    let shown = (events.first.len() + events.last.len()) as u64;
    let line = |event: &Event| {
        let kind = event.kind.as_deref().unwrap_or_default();
        let says = event.text.as_deref().map_or_else(
            || kind.to_owned(),
            |text| format!("“{}”", shortened(text, LONGEST)),
        );
        (Tone::Detail, format!("{}  {says}", event_id(event.id)))
    };
    let mut lines: Vec<Line> = events.first.iter().map(line).collect();
    if shown < events.count {
        lines.push((
            Tone::Detail,
            format!("… {} more …", count(events.count - shown)),
        ));
    }
    lines.extend(events.last.iter().map(line));
    lines
}

/// What differs between two logs, called by these names.
pub fn difference_of_logs(log: &LogDiff, from: &str, to: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let counts = |gone: &Gone, here: &str, there: &str| {
        let verb = if gone.events.count == 1 {
            "counts"
        } else {
            "count"
        };
        format!("{verb} in {here} and not in {there}: {}", became(gone))
    };
    let sayings = [
        (&log.gone_to.events, counts(&log.gone_to, from, to)),
        (&log.gone_from.events, counts(&log.gone_from, to, from)),
        (
            &log.newer_from,
            format!("in {from} newer than the last of {to}"),
        ),
        (
            &log.newer_to,
            format!("in {to} newer than the last of {from}"),
        ),
    ];
    for (events, what) in sayings.into_iter().filter(|(events, _)| events.count > 0) {
        lines.push((
            Tone::Plain,
            format!("{} {what}", counted(events.count, "event")),
        ));
        lines.extend(events_lines(events));
    }
    lines
}

/// What a prune deletes and keeps, in one line.
pub fn prune_summary(plan: &PrunePlan) -> String {
    let (deleted, kept) = (plan.deleted().count() as u64, plan.kept().count() as u64);
    if deleted == 0 {
        return format!("nothing to delete; {} kept", counted(kept, "snapshot"));
    }
    format!(
        "{} to delete, {} freed; {} kept",
        counted(deleted, "snapshot"),
        size(plan.freed()),
        count(kept)
    )
}
