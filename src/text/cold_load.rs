//! Sentences about what the application's next start makes of live.

use super::{Zone, count, counted, processes, runnable, shadowed, time, unloadable};
use crate::core::{Fit, Kind, Openers, Replay, Snapshot, Status};

/// Says that events await replay, and what to start.
pub fn awaited(events: u64, open: &Openers) -> String {
    let events = counted(events, "event");
    if open.processes.is_empty() {
        let or_restart = if open.are_all {
            ""
        } else {
            ", or restart it if it runs"
        };
        return format!("start the application{or_restart}: it will replay {events}");
    }
    format!(
        "restart {} before its next periodic snapshot: it will replay {events}",
        processes(&open.processes)
    )
}

/// Says after a restore that events await replay, whether the application runs or not.
pub fn awaited_now(events: u64) -> String {
    format!(
        "start the application, or restart it if it is running: it will replay {}",
        counted(events, "event")
    )
}

/// Says what the next start has to replay, if anything.
pub fn replay(replay: &Replay) -> Option<String> {
    match replay {
        Replay::Nothing => None,
        Replay::Awaited {
            hidden_by: Some(name),
            events,
            ..
        } => Some(format!(
            "{name} was taken while {} awaited replay, and a start from it does not replay them: take a periodic snapshot, then restart the application",
            counted(*events, "event")
        )),
        Replay::Awaited { events, open, .. } => Some(awaited(*events, open)),
        Replay::Doubtful { after, running, .. } => {
            let who = match &running[..] {
                [] => "the application".to_owned(),
                running => processes(running),
            };
            Some(format!(
                "the tables may lack events after {after}: restart {who}, which has written since a restore"
            ))
        }
    }
}

/// The same in a few words.
pub fn replay_briefly(replay: &Replay) -> Option<String> {
    match replay {
        Replay::Nothing => None,
        Replay::Awaited { events, .. } => {
            Some(format!("replay of {} pending", counted(*events, "event")))
        }
        Replay::Doubtful { .. } => Some("the tables may lack events".to_owned()),
    }
}

/// Says what is wrong with starting from a snapshot that was taken before a rewind.
pub fn misfit(fit: Fit) -> Option<String> {
    let brings = (fit.rewound > 0).then(|| match fit.rewound {
        1 => "brings 1 rewound event's rows back".to_owned(),
        events => format!("brings {} rewound events' rows back", count(events)),
    });
    let lacks =
        (fit.missing > 0).then(|| format!("lacks the rows of {}", counted(fit.missing, "event")));
    let edited = (fit.edited > 0).then(|| {
        let events = counted(fit.edited, "event");
        format!("has the rows of {events} as they were before an edit")
    });
    let wrong: Vec<String> = [brings, lacks, edited].into_iter().flatten().collect();
    (!wrong.is_empty()).then(|| {
        let wrong = wrong.join(" and ");
        format!("the next start {wrong}: take a periodic snapshot")
    })
}

/// Lists what needs attention, one sentence each.
pub fn attention(status: &Status) -> Vec<String> {
    let unread = |start: &Snapshot| {
        let name = start.name();
        format!(
            "the application cannot load {name}, from which the next start begins: take a periodic snapshot"
        )
    };
    let start = match (&status.start, status.fit) {
        (_, Some(found)) => misfit(found),
        (Some(start), None) => Some(unread(start)),
        (None, None) => None,
    };
    let interrupted = status.interrupted.map(|safety| {
        runnable(&format!(
            "the restore with the safety snapshot {safety} was interrupted, and is neither finished nor cleaned up: run `unrewind status` again"
        ))
    });
    let pins = status.damaged_pins.iter().filter_map(|snapshot| {
        let (name, damage) = (snapshot.name(), snapshot.pin_damage.as_ref()?);
        let what = damage.predicate();
        Some(runnable(&format!(
            "the pin of {name} {what}: run `unrewind pin {name}`"
        )))
    });
    interrupted
        .into_iter()
        .chain(shadowed(&status.shadows))
        .chain(replay(&status.cold_load.replay))
        .chain(start)
        .chain(status.start.as_ref().and_then(unloadable))
        .chain(pins)
        .chain(status.ahead.iter().map(|snapshot| ahead(snapshot, status)))
        .chain(status.dated_ahead.as_ref().map(dated_ahead))
        .collect()
}

/// Warns of a snapshot whose name is ahead of the clock.
fn ahead(snapshot: &Snapshot, status: &Status) -> String {
    let name = snapshot.name();
    runnable(&match snapshot.kind() {
        Some(Kind::Periodic) if status.start.is_some() => format!(
            "{name} is ahead of the clock, and until then the application starts from it or one named after it: if the clock is right, run `unrewind delete {name}`, then `unrewind take --kind periodic`"
        ),
        _ => format!(
            "{name} is ahead of the clock, and until then what a restore writes is named after it: if the clock is right and you do not need it, run `unrewind delete {name}`"
        ),
    })
}

/// Warns of a file's time that is ahead of the clock.
fn dated_ahead(snapshot: &Snapshot) -> String {
    let (name, time) = (snapshot.name(), time(snapshot.modified, Zone::Local));
    runnable(&format!(
        "the file of {name} is dated {time}, ahead of the clock, and until then no periodic snapshot is due by age: run `unrewind take --kind periodic`"
    ))
}
