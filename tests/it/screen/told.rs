//! What passes between the UI and its jobs: effects in words, and news without what only this
//! machine has.

use std::path::{Path, PathBuf};

use unrewind::{
    core::{Error, Process},
    tui::{
        ChangesRequest, DiffReply, DiffRequest, Effect, EventsRequest, Job, News, Origin, Reply,
        Request, RowsWanted,
    },
};

/// Where the UI is told that everything is.
const ELSEWHERE: &str = "/home/robin/chat";

/// An effect in a word or two.
pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::Start { job, .. } => match job {
            Job::Look => "look".to_owned(),
            Job::Count(path) => {
                let stamp = path.file_stem().unwrap().to_str().unwrap();
                format!("count {stamp}")
            }
            Job::Recall(snapshots) => format!("recall {}", snapshots.len()),
            Job::FindRewind(rewinds) => format!("find rewind among {}", rewinds.len()),
            Job::CountRewound => "count rewound".to_owned(),
            Job::FindTakenBack(ends) => format!("find what {} took back", ends.len()),
            Job::FindUnique(going, _) => format!("find unique of {}", going.len()),
            Job::Plan(snapshot, _) => format!("plan {}", snapshot.name()),
            Job::PlanStep(operation) => format!("plan {operation:?}"),
            Job::Take(kind) => format!("take {kind}"),
            Job::Restore(plan) => format!("restore {}", plan.snapshot.name()),
            Job::MakeAnew(plan) => format!("make {} anew", plan.snapshot.name()),
            Job::Delete(plan) => format!("delete {}", plan.deleted().count()),
            Job::Label(snapshot, _) => format!("label {}", snapshot.name()),
            Job::Pin(snapshots) => format!("pin {}", snapshots.len()),
            Job::Unpin(snapshots) => format!("unpin {}", snapshots.len()),
            Job::Verify(snapshots) => format!("verify {}", snapshots.len()),
            Job::Read(_, request) => read(request),
        },
        Effect::Cancel(purpose) => format!("cancel {purpose:?}").to_lowercase(),
        Effect::Copy(text) => format!("copy {text}"),
        Effect::Mouse(capture) => format!("mouse {capture:?}").to_lowercase(),
        Effect::Repaint => "repaint".to_owned(),
        Effect::Suspend => "suspend".to_owned(),
        Effect::Stop => "stop".to_owned(),
        Effect::Retake => "retake".to_owned(),
        Effect::Quit => "quit".to_owned(),
        Effect::Fail => "fail".to_owned(),
    }
}

fn read(request: &Request) -> String {
    match request {
        Request::Diff(DiffRequest { from, to }) => {
            format!("compare {} with {}", name(from), name(to))
        }
        Request::Events(EventsRequest::History(_)) => "read events".to_owned(),
        Request::Events(EventsRequest::Texts(_, wanted)) => {
            format!("read {} events", wanted.len())
        }
        Request::Changes(ChangesRequest::Page(rows, places, _)) => {
            format!("read {} {places:?}", rows.diff.table.name)
        }
        Request::Changes(ChangesRequest::Find(_, text, from, _)) => {
            format!("find {text} from {from}")
        }
        Request::Search(sought) => format!("search {:?}", sought.text),
        Request::Rows(rows) => {
            let what = match &rows.what {
                RowsWanted::Survey(_) => "survey".to_owned(),
                RowsWanted::Rows(_, ranges) => format!("read {ranges:?} of"),
                RowsWanted::Value(_, row, column) => format!("value {row}:{column} of"),
                RowsWanted::Find(_, find) => format!("find {} in", find.needle.text()),
                RowsWanted::Filter(_, needle) => format!("filter {} in", needle.text()),
            };
            format!("{what} {} {}", name(&rows.origin), rows.table)
        }
    }
}

fn name(origin: &Origin) -> String {
    match origin {
        Origin::Live => "live".to_owned(),
        Origin::Snapshot(snapshot) => snapshot.name(),
    }
}

/// Moves what is told of in `data` elsewhere, and has just these others open the database: a program
/// that a test beside this one is starting has all that the tests have open for a moment.
pub(super) fn elsewhere(news: &mut News, data: &Path, others: &[Process]) {
    let moved = |path: &mut PathBuf| {
        if let Ok(within) = path.strip_prefix(data) {
            *path = Path::new(ELSEWHERE).join(within);
        }
    };
    match news {
        News::Planned(Ok(plan)) => plan.others = others.to_vec(),
        News::Seen(Ok(live)) => moved(&mut live.path),
        News::Restored(Ok(done)) => moved(&mut done.database),
        News::Taken(Ok(taken)) => taken.pruned.iter_mut().for_each(moved),
        _ => {}
    }
    match error(news) {
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

/// What went wrong at the bottom of it.
fn error(news: &mut News) -> Option<&mut Error> {
    let (News::Listed(Err(error))
    | News::Seen(Err(error))
    | News::Counted(_, Err(error))
    | News::LastEvents(_, Err(error))
    | News::Rewind(Err(error))
    | News::Planned(Err(error))
    | News::Taken(Err(error))
    | News::Restored(Err(error))
    | News::Deleted(Err(error))
    | News::Screen(Reply::Diff(DiffReply::Compared(Err(error))))) = news
    else {
        return None;
    };
    match error {
        Error::Delete { source, .. } => Some(source),
        error => Some(error),
    }
}
