//! How soon a cancelled job of the terminal UI ends, at any point of its work.

use std::{
    fs,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use unrewind::{
    core::{Kind, Scope, Snapshot, Syntax, Workspace},
    text::{self, Align},
    tui::{
        At, DiffRequest, EventsRequest, Job, Jobs, Msg, News, Origin, Purpose, Request,
        RowsRequest, RowsWanted, SearchRequest,
    },
};

use crate::{Args, measure::median, seconds, site::Site};

/// The number of points at which each job is cancelled in a run.
const MOMENTS: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(40);

/// Makes a job for a snapshot.
type Make = fn(&Snapshot) -> Job;

/// The names of the jobs, and how each is made.
const JOBS: &[(&str, Make)] = &[
    ("looking at live", |_| Job::Look),
    ("counting rows", |snapshot| {
        Job::Count(snapshot.path.clone())
    }),
    ("comparing", |snapshot| {
        Job::Read(
            0,
            Request::Diff(DiffRequest {
                from: origin(snapshot),
                to: Origin::Live,
            }),
        )
    }),
    ("planning", |snapshot| {
        Job::Plan(Box::new(snapshot.clone()), Scope::Full.into())
    }),
    ("reading events", |snapshot| {
        Job::Read(
            0,
            Request::Events(EventsRequest::History(Some(Box::new(snapshot.clone())))),
        )
    }),
    ("opening rows", |snapshot| rows(origin(snapshot))),
    ("opening rows of live", |_| rows(Origin::Live)),
    ("searching a text", |_| {
        search("nowhere to be found", Syntax::Text)
    }),
    ("searching an expression", |_| {
        search("[a-z]+ [aeiou]+z{3}", Syntax::Regex)
    }),
    ("looking for what is unique", |snapshot| {
        Job::FindUnique(vec![snapshot.clone()], Vec::new())
    }),
    ("verifying", |snapshot| Job::Verify(vec![snapshot.clone()])),
    ("taking", |_| Job::Take(Kind::Rewind)),
];

fn origin(snapshot: &Snapshot) -> Origin {
    Origin::Snapshot(Box::new(snapshot.clone()))
}

fn rows(origin: Origin) -> Job {
    let (table, what) = ("event_log".to_owned(), RowsWanted::Survey(At::Row(0)));
    let read = RowsRequest {
        origin,
        table,
        what,
    };
    Job::Read(0, Request::Rows(Box::new(read)))
}

fn search(text: &str, syntax: Syntax) -> Job {
    Job::Read(
        0,
        Request::Search(SearchRequest {
            text: text.to_owned(),
            syntax,
            kind: None,
            table: None,
        }),
    )
}

/// Measures and prints.
pub fn measure(site: &Site, args: &Args) -> anyhow::Result<()> {
    site.clear()?;
    // A take must leave nothing in the data folder.
    let (data, live, large) = (site.scratch(), site.live(), site.snapshot());
    let link = data.join(large.strip_prefix(site.data())?);
    fs::create_dir_all(link.parent().context("it is in a folder")?)?;
    fs::hard_link(large, link)?;
    let workspace = Workspace::builder(&data).database(&live).build();
    let snapshot = workspace.store().list(&Kind::ALL)?.pop();
    let snapshot = snapshot.context("there is no snapshot")?;
    let head = ["CANCELLED WHILE", "WHOLE", "ENDS WITHIN", "AT MOST"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for (name, job) in JOBS {
        let whole = Stopping::new(&workspace, job(&snapshot)).end()?;
        let mut ends = Vec::new();
        for moment in 0..MOMENTS * u32::try_from(args.runs)? {
            let stopping = Stopping::new(&workspace, job(&snapshot));
            thread::sleep(whole * (2 * (moment % MOMENTS) + 1) / (2 * MOMENTS));
            stopping.jobs.cancel(stopping.purpose);
            ends.push(stopping.end()?);
        }
        let most = ends.iter().copied().max().unwrap_or_default();
        let times = [whole, median(ends), most].map(seconds);
        lines.push(std::iter::once((*name).to_owned()).chain(times).collect());
    }
    let aligns = [Align::Left, Align::Right, Align::Right, Align::Right];
    println!("{}", text::columns(&lines, &aligns));
    site.clear()
}

/// A running job.
struct Stopping {
    jobs: Jobs,
    purpose: Purpose,
    messages: Receiver<Msg>,
}

impl Stopping {
    fn new(workspace: &Workspace, job: Job) -> Self {
        let (sender, messages) = mpsc::channel();
        let (mut jobs, purpose) = (Jobs::new(workspace.clone(), sender), job.purpose());
        jobs.start(purpose, 0, job);
        Self {
            jobs,
            purpose,
            messages,
        }
    }

    /// How long it still runs.
    fn end(self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        loop {
            let msg = self.messages.recv_timeout(PATIENCE);
            match msg.context("a job does not end")? {
                Msg::Job { news, .. } if matches!(*news, News::Ended) => {
                    return Ok(start.elapsed());
                }
                Msg::Failed => bail!("a job met a defect"),
                _ => {}
            }
        }
    }
}
