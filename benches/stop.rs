//! How soon a cancelled task of the terminal UI ends, at any point of its work.

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
        At, DiffRequest, EventsRequest, Message, Planning, Reply, Restorable, RowsRequest,
        RowsWanted, SearchRequest, ShownSide, Slot, Task, TaskRunner,
    },
};

use crate::{Args, measure::median, seconds, site::Site};

/// The number of points at which each task is cancelled in a run.
const MOMENTS: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(40);

/// Makes a task for a snapshot.
type Make = fn(&Snapshot) -> Task;

/// The names of the tasks, and how each is made.
const TASKS: &[(&str, Make)] = &[
    ("looking at live", |_| Task::Refresh),
    ("counting rows", |snapshot| {
        Task::Count(Box::new(snapshot.clone()))
    }),
    ("comparing", |snapshot| {
        Task::Diff(DiffRequest {
            from: origin(snapshot),
            to: ShownSide::Live,
        })
    }),
    ("planning", |snapshot| {
        let source = Restorable::Snapshot(Box::new(snapshot.clone()));
        Task::Plan(source, Scope::Full.into(), Planning::AsAsked)
    }),
    ("reading events", |snapshot| {
        Task::Events(EventsRequest::History(Some(Box::new(snapshot.clone()))))
    }),
    ("opening rows", |snapshot| rows(origin(snapshot))),
    ("opening rows of live", |_| rows(ShownSide::Live)),
    ("searching a text", |_| {
        search("nowhere to be found", Syntax::Text)
    }),
    ("searching an expression", |_| {
        search("[a-z]+ [aeiou]+z{3}", Syntax::Regex)
    }),
    ("looking for what is unique", |snapshot| {
        Task::FindExclusiveRows(vec![snapshot.clone()], Vec::new())
    }),
    ("verifying", |snapshot| Task::Verify(vec![snapshot.clone()])),
    ("taking", |_| Task::Take(Kind::Rewind)),
];

fn origin(snapshot: &Snapshot) -> ShownSide {
    ShownSide::Snapshot(Box::new(snapshot.clone()))
}

fn rows(origin: ShownSide) -> Task {
    let (table, what) = ("event_log".to_owned(), RowsWanted::Survey(At::Row(0)));
    let read = RowsRequest {
        origin,
        table,
        what,
    };
    Task::Rows(Box::new(read))
}

fn search(text: &str, syntax: Syntax) -> Task {
    Task::Search(SearchRequest {
        text: text.to_owned(),
        syntax,
        kind: None,
        table: None,
    })
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
    for (name, task) in TASKS {
        let whole = Stopping::new(&workspace, task(&snapshot)).end()?;
        let mut ends = Vec::new();
        for moment in 0..MOMENTS * u32::try_from(args.runs)? {
            let stopping = Stopping::new(&workspace, task(&snapshot));
            thread::sleep(whole * (2 * (moment % MOMENTS) + 1) / (2 * MOMENTS));
            stopping.runner.cancel(stopping.slot);
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

/// A running task.
struct Stopping {
    runner: TaskRunner,
    slot: Slot,
    messages: Receiver<Message>,
}

impl Stopping {
    fn new(workspace: &Workspace, task: Task) -> Self {
        let (sender, messages) = mpsc::channel();
        let (mut runner, slot) = (TaskRunner::new(workspace.clone(), sender), task.slot());
        runner.start(slot, 0, task);
        Self {
            runner,
            slot,
            messages,
        }
    }

    /// How long it still runs.
    fn end(self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        loop {
            let message = self.messages.recv_timeout(PATIENCE);
            match message.context("a task does not end")? {
                Message::Reply { reply, .. } if matches!(*reply, Reply::Ended) => {
                    return Ok(start.elapsed());
                }
                Message::Failed => bail!("a task panicked"),
                _ => {}
            }
        }
    }
}
