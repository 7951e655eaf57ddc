//! Unrewind beside its peers, on the same data and in turn: time, processor, memory, and bytes written.
//!
//! `cargo bench --bench peers -- --events 1000000 --service snapshot.py`; `--help` has the rest.

mod contest;
mod data;
mod growth;
mod measure;
mod plot;
mod screen;
mod site;
mod stop;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::ensure;
use clap::Parser;
use unrewind::text::{self, Align};

use self::{
    contest::{CONTESTS, Contender, Contest},
    measure::{Run, median},
    site::Site,
};

/// Measures Unrewind and its peers on the same data.
#[derive(Debug, Parser)]
struct Args {
    /// How many events the database has
    #[arg(long, default_value_t = 100_000)]
    events: u32,
    /// The Python service; without it, only the others run
    #[arg(long, value_name = "snapshot.py")]
    service: Option<PathBuf>,
    /// How many times each contender runs; quick ones run a multiple
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only the contests whose names begin like this
    #[arg(long, value_delimiter = ',', value_name = "take,show,…")]
    only: Vec<String>,
    /// Instead, measure how time and memory grow with the events: a table and screenshots/growth.svg
    #[arg(long, value_delimiter = ',', value_name = "1000,10000,…")]
    growth: Vec<u32>,
    /// Instead, measure the terminal UI: first frame, response to keys, processor while idle
    #[arg(long)]
    screen: bool,
    /// Instead, measure how soon a cancelled job of the terminal UI ends
    #[arg(long)]
    stop: bool,
    /// The folder to make the data in, or with the data of an earlier run [default: a temporary folder]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Only make the data, in this folder
    #[arg(long, hide = true, value_name = "FOLDER")]
    build: Option<PathBuf>,
    /// Cargo passes this to a benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(folder) = args.build {
        return Site::new(folder).build(args.events);
    }
    let temporary = tempfile::tempdir()?;
    let folder = args.dir.as_deref().unwrap_or(temporary.path());
    if !args.growth.is_empty() {
        let sites = args
            .growth
            .iter()
            .map(|&events| Ok((events, ready(folder, events)?)));
        return growth::measure(&sites.collect::<anyhow::Result<Vec<_>>>()?, &args);
    }
    let site = ready(folder, args.events)?;
    if args.screen {
        return screen::measure(&site, &args);
    }
    if args.stop {
        return stop::measure(&site, &args);
    }
    println!("{}", introduction(&site, &args)?);
    for contest in CONTESTS.iter().filter(|contest| args.chooses(contest)) {
        println!("{}", table(contest, &hold(contest, &site, &args)?));
    }
    site.clear()
}

impl Args {
    fn chooses(&self, contest: &Contest) -> bool {
        let mut only = self.only.iter();
        self.only.is_empty() || only.any(|name| contest.name.starts_with(name))
    }
}

/// Returns the site with this many events in this folder, and makes it if it does not exist.
fn ready(folder: &Path, events: u32) -> anyhow::Result<Site> {
    fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?.join(events.to_string());
    let site = Site::new(folder.clone());
    if !site.is_ready() {
        build(&folder, events)?;
    }
    Ok(site)
}

/// Makes the data in a process of its own, so that this one stays small.
fn build(folder: &Path, events: u32) -> anyhow::Result<()> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("--build").arg(folder);
    let status = command.args(["--events", &events.to_string()]).status()?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}

fn introduction(site: &Site, args: &Args) -> anyhow::Result<String> {
    let length = |path: &Path| fs::metadata(path).map(|file| text::size(file.len()));
    Ok(format!(
        "{}: database {}, snapshot {}; binary {}; {} runs\n",
        text::counted(args.events.into(), "event"),
        length(&site.live())?,
        length(&site.snapshot())?,
        length(Path::new(env!("CARGO_BIN_EXE_unrewind")))?,
        args.runs,
    ))
}

/// The runs of each contender, or the reason why there are none.
type Outcome = Result<Vec<Run>, &'static str>;

/// Runs all contenders in turn, so that changes of the machine's load meet all alike.
fn hold(contest: &Contest, site: &Site, args: &Args) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes: Vec<Outcome> = contest.contenders.iter().map(|_| Ok(Vec::new())).collect();
    for _ in 0..args.runs * contest.often {
        for (contender, outcome) in contest.contenders.iter().zip(&mut outcomes) {
            let Ok(runs) = outcome else { continue };
            match contender.program.command(site, args.service.as_deref()) {
                Ok(command) => runs.push(run(contender, command, site)?),
                Err(reason) => *outcome = Err(reason),
            }
        }
    }
    Ok(outcomes)
}

fn run(contender: &Contender, mut command: Command, site: &Site) -> anyhow::Result<Run> {
    site.clear()?;
    command.args((contender.arguments)(site)?);
    command.stdin(Stdio::null()).stdout(site.output()?);
    measure::settle()?;
    measure::run(&mut command)
}

/// Prints medians, and their ratio to the first contender's.
fn table(contest: &Contest, outcomes: &[Outcome]) -> String {
    let time = |runs: &Vec<Run>| median(runs.iter().map(|run| run.time));
    let yardstick = outcomes.first().and_then(|first| first.as_ref().ok());
    let head = ["TIME", "RATIO", "FROM", "TO", "CPU", "PEAK", "WRITTEN"].map(str::to_owned);
    let row = |outcome: &Outcome| match outcome {
        Err(reason) => vec![format!("left out: {reason}")],
        Ok(runs) => {
            let times = || runs.iter().map(|run| run.time);
            let ratio = yardstick.map(|first| time(runs).div_duration_f64(time(first)));
            let written = runs
                .iter()
                .map(|run| run.written)
                .collect::<Option<Vec<_>>>();
            vec![
                seconds(time(runs)),
                ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.3}")),
                seconds(times().min().unwrap_or_default()),
                seconds(times().max().unwrap_or_default()),
                seconds(median(runs.iter().map(|run| run.cpu))),
                text::size(median(runs.iter().map(|run| run.peak))),
                written.map_or("-".to_owned(), |written| text::size(median(written))),
            ]
        }
    };
    let mut rows = vec![
        std::iter::once(contest.name.to_owned())
            .chain(head)
            .collect(),
    ];
    for (contender, outcome) in contest.contenders.iter().zip(outcomes) {
        let mut cells = vec![contender.name.to_owned()];
        cells.extend(row(outcome));
        rows.push(cells);
    }
    let mut aligns = [Align::Right; 8];
    aligns[0] = Align::Left;
    text::columns(&rows, &aligns)
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..0.01 => format!("{:.2} ms", seconds * 1e3),
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}
