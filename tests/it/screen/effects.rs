//! What passes between the UI and its tasks: effects as text, and replies without what differs between
//! machines.

use std::path::{Path, PathBuf};

use unrewind::{
    core::{Error, Openers},
    tui::{
        ChangesRequest, DiffReply, DiffRequest, Effect, EventsRequest, Reply, Restorable,
        RowsWanted, ShownSide, Task,
    },
};

/// The folder in which the UI sees everything.
const ELSEWHERE: &str = "/home/robin/chat";

/// An effect as a word or two.
pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::Start { task, .. } => task_words(task),
        Effect::Cancel(slot) => format!("cancel {slot:?}").to_lowercase(),
        Effect::Copy(text) => format!("copy {text}"),
        Effect::Remember(theme) => format!("remember {theme}"),
        Effect::Mouse(capture) => format!("mouse {capture:?}").to_lowercase(),
        Effect::Repaint => "repaint".to_owned(),
        Effect::Suspend => "suspend".to_owned(),
        Effect::Stop => "stop".to_owned(),
        Effect::Retake => "retake".to_owned(),
        Effect::Quit => "quit".to_owned(),
        Effect::Fail => "fail".to_owned(),
    }
}

fn task_words(task: &Task) -> String {
    match task {
        Task::Refresh => "refresh".to_owned(),
        Task::Count(snapshot) => {
            let stamp = snapshot.path.file_stem().unwrap().to_str().unwrap();
            format!("count {stamp}")
        }
        Task::About(requests) => format!("read about {}", requests.len()),
        Task::CountCached(snapshots) => format!("recall {}", snapshots.len()),
        Task::FindRewind(rewinds) => format!("find rewind among {}", rewinds.len()),
        Task::CountRewound => "count rewound".to_owned(),
        Task::FindRewoundRanges(ends) => format!("find what {} took back", ends.len()),
        Task::FindExclusiveRows(going, _) => format!("find unique of {}", going.len()),
        Task::Plan(Restorable::Snapshot(snapshot), ..) => format!("plan {}", snapshot.name()),
        Task::Plan(Restorable::Moment(event, _), ..) => format!("plan event {event}"),
        Task::FindMoments(when) => format!("find {when:?}"),
        Task::PlanStep(operation) => format!("plan {operation:?}"),
        Task::Take(kind) => format!("take {kind}"),
        Task::Restore(plan) => format!("restore {}", plan.snapshot.name()),
        Task::MakeAnew(plan) => format!("make {} anew", plan.snapshot.name()),
        Task::Delete(plan) => format!("delete {}", plan.deleted().count()),
        Task::Export(request) => format!("export {}", request.table),
        Task::Label(snapshot, _) => format!("label {}", snapshot.name()),
        Task::Pin(snapshots) => format!("pin {}", snapshots.len()),
        Task::Unpin(snapshots) => format!("unpin {}", snapshots.len()),
        Task::Verify(snapshots) => format!("verify {}", snapshots.len()),
        Task::Diff(DiffRequest { from, to }) => {
            format!("compare {} with {}", name(from), name(to))
        }
        Task::Events(EventsRequest::History(_)) => "read events".to_owned(),
        Task::Events(EventsRequest::Texts(_, wanted)) => {
            format!("read {} events", wanted.len())
        }
        Task::Events(EventsRequest::Find(find)) => format!("find {}", find.text.text()),
        Task::Changes(ChangesRequest::Page(rows, places, _)) => match places {
            Some(places) => format!("read {} {places:?}", rows.diff.table.name),
            None => format!("read a row of {}", rows.diff.table.name),
        },
        Task::Changes(ChangesRequest::Find(_, text, from, _)) => {
            format!("find {text} from {from}")
        }
        Task::History(_) => "read a row's history".to_owned(),
        Task::Search(sought) => format!("search {:?}", sought.text),
        Task::Rows(rows) => {
            let what = match &rows.what {
                RowsWanted::Survey(_) => "survey".to_owned(),
                RowsWanted::Rows(_, ranges) => format!("read {ranges:?} of"),
                RowsWanted::Value(_, row, column) => format!("value {row}:{column} of"),
                RowsWanted::Find(_, find) => format!("find {} in", find.text.text()),
                RowsWanted::Filter(_, text) => format!("filter {} in", text.text()),
            };
            format!("{what} {} {}", name(&rows.origin), rows.table)
        }
    }
}

fn name(origin: &ShownSide) -> String {
    match origin {
        ShownSide::Live => "live".to_owned(),
        ShownSide::Snapshot(snapshot) => snapshot.name(),
    }
}

/// Replaces paths in `data` with paths elsewhere, and the processes that have the database open with `others`:
/// a program started by another test briefly has every file of the tests open.
pub(super) fn elsewhere(reply: &mut Reply, data: &Path, others: &Openers) {
    let moved = |path: &mut PathBuf| {
        if let Ok(within) = path.strip_prefix(data) {
            *path = Path::new(ELSEWHERE).join(within);
        }
    };
    match reply {
        Reply::Planned(Ok(plan)) | Reply::PlannedStep(_, Ok((_, plan))) => {
            plan.others = others.clone();
        }
        Reply::Live(Ok(live)) => moved(&mut live.path),
        Reply::Restored(Ok(done)) => moved(&mut done.database),
        Reply::Taken(Ok(taken)) => taken.pruned.iter_mut().for_each(moved),
        _ => {}
    }
    match error(reply) {
        Some(
            Error::Io { path, .. }
            | Error::Database { path, .. }
            | Error::Locked { path, .. }
            | Error::NoEventLog { path, .. }
            | Error::Json { path, .. },
        ) => moved(path),
        Some(Error::Selection { what } | Error::Stale { what }) => {
            *what = what.replace(data.to_str().unwrap(), ELSEWHERE);
        }
        _ => {}
    }
}

/// The original error of a reply.
fn error(reply: &mut Reply) -> Option<&mut Error> {
    let (Reply::Snapshots(Err(error))
    | Reply::Live(Err(error))
    | Reply::Counted(_, Err(error))
    | Reply::LastEvents(_, Err(error))
    | Reply::Rewind(Err(error))
    | Reply::Planned(Err(error))
    | Reply::Taken(Err(error))
    | Reply::Restored(Err(error))
    | Reply::Deleted(Err(error))
    | Reply::Diff(DiffReply::Compared(Err(error)))) = reply
    else {
        return None;
    };
    match error {
        Error::Delete { source, .. } => Some(source),
        error => Some(error),
    }
}
