//! `unrewind watch`.

mod archiver;
mod waker;

use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{Exit, output};
use crate::{
    core::Workspace,
    core::{ArchiveStep, Error, Result, Round, Step, Wakeup, Watch, WatchAct, WatchNews, now},
    logging, signals, text,
};
use waker::{Call, Waker};

/// Take periodic snapshots when they are due and prune both kinds, until stopped
///
/// Prints a line for each snapshot that is taken or deleted, and for what goes wrong; then it tries again.
/// It checks when the database or the snapshots change, when a snapshot becomes due or too old, and once a
/// minute. SIGTERM and Ctrl-C end it; a snapshot that is being written then does not appear.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind watch --data-dir path/to/data
  unrewind watch --once --log unrewind.log")]
pub struct Args {
    /// Check once and end, for cron and timers
    #[arg(long)]
    once: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let (profile, store) = (workspace.profile.clone(), workspace.store.clone());
    let watch = Watch::begin(profile, store, workspace.now())?;
    let watch = watch.with_cache(workspace.cache.clone());
    let watch = watch.with_archive(workspace.archiving());
    if args.once {
        once(workspace, watch)?;
    } else {
        Attendant::new(workspace, watch)?.attend()?;
    }
    Ok(Exit::Done)
}

/// Takes what is due, archives, and prunes.
fn once(workspace: &Workspace, mut watch: Watch) -> Result<()> {
    let run = |watch: &mut Watch| {
        let live = || workspace.own_database();
        let round = output::with_progress(|on| watch.run(live, workspace.now(), on));
        log_acts(&round, workspace.now(), now());
        round.outcome.map(drop)
    };
    let taken = run(&mut watch);
    let Some(work) = watch.archive_work(workspace.now()) else {
        return taken;
    };
    let archived = output::with_progress(|on| {
        workspace.do_archive_work(&work, on, |step| {
            watch.archive_stepped(&step, workspace.now());
            log_step(&step);
        })
    });
    watch.archive_ended(&archived, workspace.now());
    // What waited for the archive goes now.
    taken.and(run(&mut watch)).and(archived)
}

/// A watch with its waker.
struct Attendant<'a> {
    workspace: &'a Workspace,
    watch: Watch,
    waker: Waker,
    caller: mpsc::Sender<Call>,
    calls: mpsc::Receiver<Call>,
    stop: Arc<AtomicBool>,
    /// The database of the last successful run.
    database: Option<PathBuf>,
    /// Whether there is work at the archive under way.
    archives: bool,
}

impl<'a> Attendant<'a> {
    fn new(workspace: &'a Workspace, watch: Watch) -> anyhow::Result<Self> {
        let (sender, calls) = mpsc::channel();
        let stop = Arc::<AtomicBool>::default();
        let (stops, caller) = (Arc::clone(&stop), sender.clone());
        signals::end_in_the_end();
        signals::on_end(move || {
            stops.store(true, Ordering::SeqCst);
            // One message is enough.
            let _ = caller.send(Call::Stop);
            false
        })?;
        Ok(Self {
            workspace,
            watch,
            waker: Waker::new(sender.clone()),
            caller: sender,
            calls,
            stop,
            database: None,
            archives: false,
        })
    }

    /// Runs and sleeps until stopped. Not knowing which file is the database is an error: going on
    /// would mean watching nothing.
    fn attend(mut self) -> Result<()> {
        let folder = self.workspace.store.root().display();
        log_line(now(), &format!("watching {folder}"));
        let mut wakeup = Wakeup::Timer;
        while !self.stop.load(Ordering::SeqCst) {
            self.begin_archiving();
            wakeup = match self.watch.step(now(), wakeup) {
                Step::Run => {
                    self.run()?;
                    Wakeup::Timer
                }
                Step::Sleep(wait) => {
                    let pause = self.watch.archive_pause(now());
                    match self.calls.recv_timeout(pause.unwrap_or(wait).min(wait)) {
                        Ok(Call::Change) => Wakeup::Change,
                        Ok(Call::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                        Ok(call) => self.heed(call),
                        Err(RecvTimeoutError::Timeout) => Wakeup::Timer,
                    }
                }
            };
        }
        self.end_archiving();
        log_line(now(), "stopped");
        Ok(())
    }

    /// Begins the work at the archive that is due, if any.
    fn begin_archiving(&mut self) {
        if self.watch.archive_gets_stuck(Instant::now()) {
            let text = "! the archive has not answered for 10 min; snapshots are taken and pruned without it";
            log::warn!("{text}");
            log_line(now(), text);
        }
        let Some(work) = self.watch.archive_work(now()) else {
            return;
        };
        match archiver::begin(work, self.workspace, &self.stop, &self.caller) {
            Ok(()) => self.archives = true,
            Err(error) => self.end_work(&Err(error)),
        }
    }

    /// Records what the work at the archive reports. Its end may let snapshots be pruned.
    fn heed(&mut self, call: Call) -> Wakeup {
        match call {
            Call::ArchiveStepped(step) => {
                log_step(&step);
                self.watch.archive_stepped(&step, now());
                Wakeup::Timer
            }
            Call::ArchiveEnded(result) => {
                self.archives = false;
                self.end_work(&result);
                Wakeup::Change
            }
            Call::Change | Call::Stop => Wakeup::Change,
        }
    }

    fn end_work(&mut self, result: &Result<()>) {
        let news = self.watch.archive_ended(result, now());
        log_news(news, result, "the archive works again", now());
    }

    /// Lets the work at the archive end by itself, for a while: its end is like a crash to the archive.
    fn end_archiving(&mut self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        while self.archives
            && let Ok(call) = self.calls.recv_timeout(PATIENCE)
        {
            self.heed(call);
        }
    }

    fn run(&mut self) -> Result<()> {
        let began = now();
        let database = self.database.take();
        let database = database.map_or_else(|| self.workspace.database_path(), Ok);
        let known = database.as_ref().ok().cloned();
        if let Some(warning) = self.waker.rearm(self.workspace, known.as_deref()) {
            output::say(&line(began, &warning));
        }
        let live = || {
            let there = self.workspace.to_builder().database(database?);
            there.clock(began).build().own_database()
        };
        let round = self.watch.run(live, began, &mut |_| {
            if self.stop.load(Ordering::SeqCst) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        let ended = now();
        for repaired in self.workspace.take_repaired() {
            log_line(ended, &text::repaired(&repaired));
        }
        log_acts(&round, began, ended);
        match round.outcome {
            Err(Error::Cancelled) => return Ok(()),
            Err(error @ Error::WhichDatabase { .. }) => return Err(error),
            _ => {}
        }
        if round.outcome.is_ok() {
            self.database = known;
        }
        let news = self.watch.finished(&round, began, ended);
        log_news(news, &round.outcome, "working again", ended);
        Ok(())
    }
}

fn log_acts(round: &Round, began: DateTime<Utc>, ended: DateTime<Utc>) {
    for act in &round.acts {
        let text = match act {
            WatchAct::Took { snapshot, due, .. } => format!(
                "took {} ({}, last event {}) in {}: {}",
                snapshot.name(),
                text::size(snapshot.size),
                text::last_event(snapshot),
                seconds(ended - began),
                text::due(*due)
            ),
            WatchAct::Lost(unique) => {
                let is_deletion = |act: &&WatchAct| matches!(act, WatchAct::Pruned { .. });
                let deleted = round.acts.iter().filter(is_deletion).count();
                let text = format!("deleting; {}", text::unique(unique, deleted));
                log::warn!("{text}");
                text
            }
            WatchAct::Pruned { snapshot, reason } => format!(
                "deleted {} ({}): {}",
                snapshot.name(),
                text::size(snapshot.size),
                text::reason(*reason)
            ),
        };
        log_line(ended, &text);
        if let WatchAct::Took {
            snapshot, ahead, ..
        } = act
        {
            let warnings = [
                text::unwritten_note(snapshot),
                text::unloadable(snapshot),
                ahead.as_ref().map(text::taken_ahead),
            ];
            for warning in warnings.into_iter().flatten() {
                log_line(ended, &warning);
            }
        }
    }
}

/// Prints a step of the work at the archive.
fn log_step(step: &ArchiveStep) {
    for text in archiver::lines(step) {
        if text.starts_with('!') {
            log::warn!("{text}");
        }
        log_line(now(), &text);
    }
}

fn log_news<T>(news: Option<WatchNews>, outcome: &Result<T>, again: &str, now: DateTime<Utc>) {
    match (news, outcome) {
        (Some(WatchNews::Failed), Err(error)) => {
            logging::trouble(error);
            let hint = match error {
                Error::Archive { .. } => text::hint(error).map(|hint| text::runnable(&hint)),
                _ => None,
            };
            let hint = hint.map_or_else(String::new, |hint| format!(": {hint}"));
            output::say(&line(now, &format!("{error}{hint}; trying again")));
        }
        (Some(WatchNews::Recovered(after)), _) => {
            log::info!("{again}");
            log_line(now, &format!("{again} after {}", text::span(after)));
        }
        _ => {}
    }
}

/// Prints a line. A closed output does not stop the watch.
fn log_line(now: DateTime<Utc>, text: &str) {
    let line = line(now, text);
    let _ = output::print(&format!("{}\n", text::one_line(&line)));
}

fn line(now: DateTime<Utc>, text: &str) -> String {
    format!("{} {text}", now.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn seconds(length: TimeDelta) -> String {
    format!("{:.1} s", length.as_seconds_f32().max(0.0))
}
