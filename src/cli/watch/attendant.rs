//! The loop of a watch: it sleeps until something is to be done in one of its folders, and does it on threads, so
//! that a folder that is locked, slow or gone does not delay the others.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use serde_json::Map;

use super::{
    archiver,
    calls::{Call, Calls},
    drill, reach,
    report::log_line,
    rounds,
    seat::{Response, Seat},
    service::Service,
    voice::{Occasion, Voice},
    waker::Waker,
};
use crate::{
    config::WatchSettings,
    core::{Error, Step, Wakeup, Workspace, now},
    signals, text,
};

/// How the workspace of a folder is opened.
pub(super) type Open<'a> = Box<dyn Fn(&Path) -> anyhow::Result<Workspace> + 'a>;

/// A watch with its seats.
pub(super) struct Attendant<'a> {
    seats: Vec<Seat>,
    /// When each seat is looked at next, at the latest.
    wakes: Vec<Instant>,
    /// The seats whose rounds wait for others.
    ready: VecDeque<usize>,
    open: Open<'a>,
    settings: &'a WatchSettings,
    waker: Waker,
    voice: Voice,
    service: Service,
    caller: Sender<Calls>,
    calls: Receiver<Calls>,
    stop: Arc<AtomicBool>,
    /// The seat whose snapshots are being verified.
    drills: Option<usize>,
}

impl<'a> Attendant<'a> {
    /// The longest sleep.
    const SLOW: Duration = Duration::from_mins(1);
    /// How many rounds run at a time, but those that take unusually long.
    const ROUNDS: usize = 6;

    pub(super) fn new(
        seats: Vec<Seat>,
        open: Open<'a>,
        settings: &'a WatchSettings,
    ) -> anyhow::Result<Self> {
        let (sender, calls) = mpsc::channel();
        let stop = Arc::<AtomicBool>::default();
        let (stops, caller) = (Arc::clone(&stop), sender.clone());
        signals::end_in_the_end();
        signals::on_end(move || {
            stops.store(true, Ordering::SeqCst);
            // One message is enough.
            let _ = caller.send((0, Call::Stop));
            false
        })?;
        Ok(Self {
            wakes: vec![Instant::now(); seats.len()],
            ready: VecDeque::new(),
            waker: Waker::new(sender.clone()),
            voice: Voice::new(settings.hooks.clone(), &stop),
            service: Service::of_environment(),
            caller: sender,
            drills: None,
            seats,
            open,
            settings,
            calls,
            stop,
        })
    }

    /// Watches until stopped. Where there is one folder, what makes it impossible to watch is an error.
    pub(super) fn attend(mut self) -> anyhow::Result<()> {
        let what = match &self.seats[..] {
            [seat] => seat.workspace.as_ref().map_or_else(
                || seat.data_dir.display().to_string(),
                |workspace| workspace.store.root().display().to_string(),
            ),
            seats => text::counted(seats.len() as u64, "data folder"),
        };
        log_line(now(), &format!("watching {what}"));
        self.service
            .is_ready(&format!("watching {}", text::one_line(&what)));
        let ended = self.go_on();
        self.service.stops();
        self.end();
        if ended.is_ok() {
            log_line(now(), "stopped");
        }
        ended
    }

    fn go_on(&mut self) -> anyhow::Result<()> {
        while !self.stop.load(Ordering::SeqCst) {
            self.service.is_alive();
            let due = Instant::now();
            for seat in 0..self.seats.len() {
                if self.wakes[seat] <= due {
                    self.advance(seat)?;
                }
            }
            self.begin_ready();
            let next = self.wakes.iter().min().copied().unwrap_or(due + Self::SLOW);
            let sleep = next.saturating_duration_since(Instant::now());
            let sleep = sleep.min(Self::SLOW).min(self.service.longest_sleep());
            match self.calls.recv_timeout(sleep) {
                Ok((_, Call::Stop)) | Err(RecvTimeoutError::Disconnected) => break,
                Ok((seat, call)) => self.heed(seat, call)?,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Ok(())
    }

    /// Does what is due in a folder, and decides when it is looked at next.
    fn advance(&mut self, number: usize) -> anyhow::Result<()> {
        self.wakes[number] = Instant::now() + Self::SLOW;
        if self.seats[number].running.is_some() || self.ready.contains(&number) {
            return Ok(());
        }
        if !self.responds(number) {
            return Ok(());
        }
        if self.seats[number].watch.is_none() && !self.begin(number)? {
            return Ok(());
        }
        self.begin_archiving(number);
        self.begin_drill(number);
        let seat = &mut self.seats[number];
        let Some(watch) = &mut seat.watch else {
            return Ok(());
        };
        let now = now();
        let wakeup = std::mem::replace(&mut seat.wakeup, Wakeup::Timer);
        let mut step = watch.step(now, wakeup);
        if step == Step::Run && seat.is_resting(now) {
            seat.rest(now);
            if let Some(watch) = &mut seat.watch {
                step = watch.step(now, Wakeup::Timer);
            }
            seat.still_well(self.settings, &self.voice);
        }
        match step {
            Step::Run => self.ready.push_back(number),
            Step::Sleep(wait) => {
                let watch = self.seats[number].watch.as_mut();
                let pause = watch.and_then(|watch| watch.archive_pause(now));
                self.wakes[number] = Instant::now() + pause.unwrap_or(wait).min(wait);
            }
        }
        Ok(())
    }

    /// Returns whether the file system of a folder responds; if that is not known yet, it is asked. Where there is
    /// one folder, waiting for it stops nothing else.
    fn responds(&mut self, number: usize) -> bool {
        let is_single = self.seats.len() == 1;
        let seat = &mut self.seats[number];
        match seat.reach {
            _ if is_single => return true,
            Response::Unknown => reach::ask(number, seat, &self.caller),
            Response::Asked(since, false) if since.elapsed() >= Self::SLOW => {
                seat.reach = Response::Asked(since, true);
                let failure = "its file system has not responded for a minute";
                seat.reporter.warn(now(), &format!("! {failure}"));
                seat.say(Occasion::Failure, failure, Map::new(), &self.voice);
            }
            Response::Asked(..) | Response::Responds => {}
        }
        // What responds now is asked again the next time.
        let responds = matches!(seat.reach, Response::Responds);
        if responds {
            seat.reach = Response::Unknown;
        }
        responds
    }

    /// Begins to watch a folder; returns whether that worked. Where there are several, one that cannot be watched
    /// is tried again.
    fn begin(&mut self, number: usize) -> anyhow::Result<bool> {
        const SLOWEST: u32 = 6;
        let seat = &mut self.seats[number];
        let begun =
            (self.open)(&seat.data_dir).and_then(|workspace| seat.begin(workspace, self.settings));
        let Err(error) = begun else {
            return Ok(true);
        };
        if self.seats.len() == 1 {
            return Err(error);
        }
        let seat = &mut self.seats[number];
        let is_news = seat.failures == 0;
        seat.failures += 1;
        let minutes = 1 << seat.failures.min(SLOWEST) >> 1;
        self.wakes[number] = Instant::now() + Duration::from_mins(minutes);
        if is_news {
            let failure = text::causes(&error);
            seat.reporter
                .say(now(), &format!("{failure}; trying again"));
            seat.say(Occasion::Failure, &failure, Map::new(), &self.voice);
        }
        Ok(false)
    }

    /// Begins the rounds that wait, as far as there is room for them. One that takes unusually long, as where a
    /// file system does not respond, takes no room from others.
    fn begin_ready(&mut self) {
        const USUAL: Duration = Duration::from_secs(10);
        let running = self.seats.iter().filter_map(|seat| seat.running);
        let mut busy = running.filter(|began| began.elapsed() < USUAL).count();
        while busy < Self::ROUNDS
            && let Some(number) = self.ready.pop_front()
        {
            busy += 1;
            let seat = &mut self.seats[number];
            let warning = seat.workspace.as_ref().and_then(|workspace| {
                let known = seat.database.take();
                seat.database = known.or_else(|| workspace.database_path().ok());
                let database = seat.database.as_deref();
                let stuck = seat.watch.as_mut();
                if stuck.is_some_and(|watch| watch.archive_gets_stuck(Instant::now())) {
                    let text = "! the archive has not answered for 10 min; snapshots are taken and pruned without it";
                    seat.reporter.warn(now(), text);
                }
                self.waker.rearm(number, workspace, database)
            });
            if let Some(warning) = warning {
                seat.reporter.say(now(), &warning);
            }
            rounds::begin(number, seat, &self.stop, &self.caller);
        }
        if !self.ready.is_empty() {
            // One that takes unusually long makes room without a call.
            self.wakes[0] = self.wakes[0].min(Instant::now() + USUAL);
        }
    }

    /// Begins the work at the archive that is due, if any.
    fn begin_archiving(&mut self, number: usize) {
        let seat = &mut self.seats[number];
        let work = seat
            .watch
            .as_mut()
            .and_then(|watch| watch.archive_work(now()));
        let (Some(work), Some(workspace)) = (work, &seat.workspace) else {
            return;
        };
        match archiver::begin(number, work, workspace, &self.stop, &self.caller) {
            Ok(()) => seat.archives = true,
            Err(error) => self.archive_ended(number, &Err(error)),
        }
    }

    /// Begins to verify snapshots of a folder, if it is time to, and none of another are being verified.
    fn begin_drill(&mut self, number: usize) {
        if self.drills.is_some() {
            return;
        }
        let seat = &mut self.seats[number];
        let snapshots = seat.watch.as_mut().map(|watch| watch.drill(now()));
        let snapshots = snapshots.unwrap_or_default();
        if let (false, Some(workspace)) = (snapshots.is_empty(), &seat.workspace) {
            let begun = drill::begin(number, snapshots, workspace, &self.stop, &self.caller);
            self.drills = begun.then_some(number);
        }
    }

    /// Heeds a call. Its end may let snapshots be pruned, or a round begin.
    fn heed(&mut self, number: usize, call: Call) -> anyhow::Result<()> {
        let is_single = self.seats.len() == 1;
        let seat = &mut self.seats[number];
        match call {
            Call::Stop => {}
            Call::Change => seat.disturb(),
            Call::Reached => {
                if let Response::Asked(_, true) = seat.reach {
                    seat.reporter.line(now(), "its file system responds again");
                }
                seat.reach = Response::Responds;
            }
            Call::Ran(ran) => {
                seat.running = None;
                seat.ran(*ran, self.settings, &self.voice)?;
                for call in std::mem::take(&mut self.seats[number].waiting) {
                    self.heed(number, call)?;
                }
            }
            Call::Lost => {
                seat.running = None;
                if is_single {
                    anyhow::bail!("the watch ended unexpectedly");
                }
                let text = "! a round ended unexpectedly; trying again";
                seat.reporter.warn(now(), text);
                return Ok(());
            }
            Call::ArchiveStepped(_) | Call::ArchiveEnded(_) if seat.watch.is_none() => {
                seat.waiting.push(call);
                return Ok(());
            }
            Call::ArchiveStepped(step) => {
                let warning = seat.reporter.archive_step(&step);
                if let Some(watch) = &mut seat.watch {
                    watch.archive_stepped(&step, now());
                }
                if let Some(warning) = warning {
                    let failure = warning.trim_start_matches("! ");
                    seat.say(Occasion::Failure, failure, Map::new(), &self.voice);
                }
            }
            Call::ArchiveEnded(result) => {
                seat.archives = false;
                seat.disturb();
                self.archive_ended(number, &result);
            }
            Call::Drilled(drilled) => seat.drilled(&drilled, &self.voice),
            Call::DrillEnded => self.drills = None,
        }
        self.wakes[number] = Instant::now();
        Ok(())
    }

    fn archive_ended(&mut self, number: usize, result: &Result<(), Error>) {
        let seat = &mut self.seats[number];
        let news = seat.watch.as_mut();
        let news = news.and_then(|watch| watch.archive_ended(result, now()));
        let reporter = &seat.reporter;
        let failure = reporter.news(news, result, "the archive works again", now());
        if let Some(failure) = failure {
            seat.say(Occasion::Failure, &failure, Map::new(), &self.voice);
        }
    }

    /// Lets what is under way end by itself, for a while: for the archive its end is like a crash.
    fn end(mut self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        self.stop.store(true, Ordering::SeqCst);
        let is_busy = |seat: &Seat| seat.archives || seat.running.is_some();
        while (self.seats.iter().any(is_busy) || self.drills.is_some())
            && let Ok((number, call)) = self.calls.recv_timeout(PATIENCE)
        {
            if let Err(error) = self.heed(number, call) {
                log::warn!("{}", text::causes(&error));
            }
        }
        self.voice.end();
    }
}
