//! `unrewind watch`.

mod archiver;
mod attendant;
mod calls;
mod drill;
mod report;
mod rest;
mod seat;
mod service;
mod turn;
mod voice;
mod waker;

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use serde_json::Map;

use super::{
    CommandSetup, Exit,
    each_folder::{FolderLimits, each_folder, no_progress},
    folders::Folders,
    output,
};
use crate::{
    config::WatchSettings,
    core::{Error, OnProgress, Round, Watch, Workspace, now},
    signals::Interrupt,
    text,
};
use attendant::Attendant;
use report::Reporter;
use seat::{Seat, watch};
use turn::{Listed, Open};
use voice::{Occasion, Voice};

/// Take periodic snapshots when they are due and prune both kinds, until stopped
///
/// Prints a line for each snapshot that it takes or deletes, and for each failure, after which it tries again.
/// It checks when the database or the snapshots change, when a snapshot becomes due or too old, and once a
/// minute. SIGTERM and Ctrl-C end it; a snapshot that it is writing then does not appear.
///
/// One watch can look after many data folders: name them, or add them to your configuration and give --all. If one of
/// them is locked, broken or gone, the others go on. [hooks] in your configuration names programs that it calls.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind watch --data-dir path/to/data
  unrewind watch path/to/data path/to/other
  unrewind watch --once --log unrewind.log")]
pub struct Args {
    #[command(flatten)]
    pub(super) folders: Folders,
    /// Check once and end, for cron and timers
    #[arg(long)]
    once: bool,
}

pub(super) fn run(
    args: &Args,
    workspace: &Workspace,
    setup: &CommandSetup<'_>,
) -> anyhow::Result<Exit> {
    let open: Open = if args.folders.is_empty(setup) {
        let workspace = workspace.clone();
        Arc::new(move |_| Ok(workspace.clone()))
    } else {
        let opener = setup.args.opener();
        Arc::new(move |folder| {
            let (opened, ignored) = opener.open(folder)?;
            if let Some(ignored) = ignored {
                output::say(&format!("! {ignored}"));
            }
            Ok(opened)
        })
    };
    let seats = if args.folders.is_empty(setup) {
        vec![Seat::new(workspace.data_dir.clone(), Reporter::default())]
    } else {
        seats(args.folders.all(setup)?)
    };
    if args.once {
        return once(seats, open, setup.watch);
    }
    let mut seats = seats;
    if let [seat] = &mut seats[..] {
        // A single one that cannot be watched is refused before the first line.
        seat.begin(open(&seat.data_dir)?, setup.watch)?;
    }
    Attendant::new(seats, open, setup.watch)?.attend()?;
    Ok(Exit::Done)
}

/// Returns a seat for each folder.
fn seats(folders: Vec<PathBuf>) -> Vec<Seat> {
    let are_several = folders.len() > 1;
    let seat = |folder: PathBuf| {
        let reporter = Reporter {
            prefix: are_several.then(|| text::path(&folder)),
            data_dir: Some(folder.clone()),
        };
        Seat::new(folder, reporter)
    };
    folders.into_iter().map(seat).collect()
}

/// Takes what is due, archives, and prunes, in each folder, in a few at a time.
fn once(mut seats: Vec<Seat>, open: Open, settings: &WatchSettings) -> anyhow::Result<Exit> {
    const LIMITS: FolderLimits = FolderLimits {
        threads: Attendant::TURNS,
        longest: Duration::from_mins(10),
    };
    let voice = Voice::new(settings.hooks.clone(), &Arc::<AtomicBool>::default());
    let (is_single, mut result) = (seats.len() == 1, Ok(Exit::Done));
    let folder = |seat: &Seat| (seat.data_dir.clone(), seat.reporter.clone());
    let (folders, own): (Vec<_>, _) = (seats.iter().map(folder).collect(), settings.clone());
    let work = move |number: usize, on: OnProgress<'_>| {
        let (data_dir, reporter): &(PathBuf, Reporter) = &folders[number];
        let workspace = open(data_dir)?;
        let watch = watch(&workspace, &own)?;
        Ok(one(reporter, &workspace, watch, on))
    };
    each_folder(seats.len(), LIMITS, work, |number, ended| {
        let seat = &mut seats[number];
        let ended = ended.unwrap_or_else(|| Err(anyhow::anyhow!(no_progress(LIMITS.longest))));
        let ended =
            ended.and_then(|(round, listed)| Ok(seat.once(round, listed, now(), &voice)?));
        let Err(error) = ended else {
            return;
        };
        let failure = text::causes(&error);
        seat.say(Occasion::Failure, &failure, Map::new(), &voice);
        if is_single {
            result = Err(error);
        } else {
            output::say(&format!("{}: {failure}", text::path(&seat.data_dir)));
            result = Ok(Exit::Attention);
        }
    });
    voice.end();
    if Interrupt::of_program().is_asked() {
        return Err(Error::Cancelled.into());
    }
    result
}

/// Does all of this in one folder. Also returns what snapshots there are then.
fn one(
    reporter: &Reporter,
    workspace: &Workspace,
    mut watch: Watch,
    on: OnProgress<'_>,
) -> (Round, Listed) {
    let run = |watch: &mut Watch, on: OnProgress<'_>| {
        let live = || workspace.own_database();
        let began = workspace.now();
        let round = watch.run(live, began, on);
        reporter.acts(&round, began, now());
        round
    };
    let mut round = run(&mut watch, on);
    let work = watch.archive_work(workspace.now());
    let mut archived = Ok(());
    if let Some(work) = work {
        archived = workspace.do_archive_work(&work, on, |step| {
            watch.archive_stepped(&step, workspace.now());
            reporter.archive_step(&step);
        });
        watch.archive_ended(&archived, workspace.now());
        // What waited for the archive goes now.
        let pruned = run(&mut watch, on);
        round.outcome = round.outcome.and(pruned.outcome);
    }
    round.outcome = match archived {
        Err(error) if round.outcome.is_ok() => Err(error),
        _ => round.outcome,
    };
    (round, Listed::of(workspace))
}
