//! The loop of a watch: it sleeps until something is to be done in one of its folders, and does it on threads, so
//! that a folder that is locked, slow or gone does not delay the others.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use serde_json::Map;

use super::{
    calls::{Call, Calls, Turned},
    drill,
    report::log_line,
    seat::Seat,
    service::Service,
    turn::{self, Open, Shared},
    voice::{Occasion, Voice},
    waker::Waker,
};
use crate::{
    cli::each_folder::no_progress,
    config::WatchSettings,
    core::{Error, Snapshot, Step, Wakeup, now},
    signals, text,
};

/// A watch with its seats.
pub(super) struct Attendant {
    seats: Vec<Seat>,
    /// When each seat is looked at next, at the latest.
    wakes: Vec<Instant>,
    /// The seats whose turns wait for others.
    ready: VecDeque<usize>,
    shared: Shared,
    voice: Voice,
    service: Service,
    calls: Receiver<Calls>,
    /// The snapshots that wait to be verified, each with its seat.
    drills: VecDeque<(usize, Vec<Snapshot>)>,
    /// When the drill that runs began.
    drilling: Option<Instant>,
}

impl Attendant {
    /// The longest sleep.
    const SLOW: Duration = Duration::from_mins(1);
    /// How many turns run at a time, but those that take unusually long.
    pub(super) const TURNS: usize = 6;
    /// How long a drill may take before the next begins beside it.
    const LONGEST_DRILL: Duration = Duration::from_hours(1);

    pub(super) fn new(
        seats: Vec<Seat>,
        open: Open,
        settings: &WatchSettings,
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
        let voice = Voice::new(settings.hooks.clone(), &stop);
        let shared = Shared {
            open,
            settings: Arc::new(settings.clone()),
            waker: Waker::new(sender.clone()),
            stop,
            calls: sender,
            lists: voice.has(Occasion::Success),
        };
        Ok(Self {
            wakes: vec![Instant::now(); seats.len()],
            ready: VecDeque::new(),
            shared,
            voice,
            service: Service::of_environment(),
            drills: VecDeque::new(),
            drilling: None,
            seats,
            calls,
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
        while !self.shared.stop.load(Ordering::SeqCst) {
            self.service.is_alive();
            let due = Instant::now();
            for seat in 0..self.seats.len() {
                if self.wakes[seat] <= due {
                    self.advance(seat);
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

    /// Decides whether a folder has its turn, or else when it is looked at next.
    fn advance(&mut self, number: usize) {
        self.wakes[number] = Instant::now() + Self::SLOW;
        let seat = &mut self.seats[number];
        if let Some(turn) = &mut seat.running {
            let heard = turn.progress.last();
            let is_quiet = heard.elapsed() >= Self::SLOW;
            let next = if is_quiet { Instant::now() } else { heard };
            self.wakes[number] = next + Self::SLOW;
            if is_quiet && !std::mem::replace(&mut turn.is_stuck, true) {
                let failure = no_progress(Self::SLOW);
                seat.reporter.warn(now(), &format!("! {failure}"));
                seat.say(Occasion::Failure, &failure, Map::new(), &self.voice);
            }
            return;
        }
        if self.ready.contains(&number) {
            return;
        }
        let Some(watch) = &mut seat.watch else {
            self.ready.push_back(number);
            return;
        };
        let now = now();
        let wakeup = std::mem::replace(&mut seat.wakeup, Wakeup::Timer);
        match watch.step(now, wakeup) {
            Step::Run => self.ready.push_back(number),
            Step::Sleep(wait) => {
                let pause = watch.archive_pause(now);
                if std::mem::replace(&mut seat.archive_pauses, pause.is_some()) && pause.is_none() {
                    // The next turn begins the work at the archive.
                    self.ready.push_back(number);
                }
                self.wakes[number] = Instant::now() + pause.unwrap_or(wait).min(wait);
            }
        }
    }

    /// Reports a folder that cannot be watched, and tries it again later; where it is the only one, that is an error.
    fn cannot_begin(&mut self, number: usize, error: anyhow::Error) -> anyhow::Result<()> {
        const SLOWEST: u32 = 6;
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
        Ok(())
    }

    /// Begins the turns that wait, as far as there is room for them. One that takes unusually long, as where a
    /// file system does not respond, takes no room from others.
    fn begin_ready(&mut self) {
        const USUAL: Duration = Duration::from_secs(10);
        let running = self.seats.iter().filter_map(|seat| seat.running.as_ref());
        let mut busy = running.filter(|turn| turn.began.elapsed() < USUAL).count();
        while busy < Self::TURNS
            && let Some(number) = self.ready.pop_front()
        {
            busy += 1;
            let seat = &mut self.seats[number];
            let stuck = seat.watch.as_mut();
            if stuck.is_some_and(|watch| watch.archive_gets_stuck(Instant::now())) {
                let text = "! the archive has not answered for 10 min; snapshots are taken and pruned without it";
                seat.reporter.warn(now(), text);
            }
            turn::begin(number, seat, &self.shared);
        }
        if !self.ready.is_empty() {
            // One that takes unusually long makes room without a call.
            self.wakes[0] = self.wakes[0].min(Instant::now() + USUAL);
        }
    }

    /// Begins to verify the snapshots that wait for it, those of one folder at a time.
    fn begin_drill(&mut self) {
        let is_busy = |began: Instant| began.elapsed() < Self::LONGEST_DRILL;
        if self.drilling.is_some_and(is_busy) {
            return;
        }
        if let Some((number, snapshots)) = self.drills.pop_front()
            && let Some(workspace) = &self.seats[number].workspace
        {
            let Shared { stop, calls, .. } = &self.shared;
            let begun = drill::begin(number, snapshots, workspace, stop, calls);
            self.drilling = begun.then(Instant::now);
        }
    }

    /// Records a turn that ended.
    fn turned(&mut self, number: usize, turned: anyhow::Result<Turned>) -> anyhow::Result<bool> {
        let seat = &mut self.seats[number];
        if let Some(turn) = seat.running.take().filter(|turn| turn.is_stuck) {
            let after = TimeDelta::from_std(turn.began.elapsed()).unwrap_or_default();
            let text = format!("its file system responds again after {}", text::span(after));
            seat.reporter.line(now(), &text);
        }
        let turned = match turned {
            Ok(turned) => turned,
            Err(error) => return self.cannot_begin(number, error).map(|()| false),
        };
        seat.failures = 0;
        seat.workspace = Some(turned.workspace);
        seat.watch = Some(turned.watch);
        seat.database = turned.database;
        if !turned.drill.is_empty() {
            self.drills.push_back((number, turned.drill));
        }
        let settings = &self.shared.settings;
        if let Some(rest) = turned.rest {
            seat.rested(rest, now(), settings, &self.voice);
        }
        if let Some(ran) = turned.ran {
            seat.ran(ran, settings, &self.voice)?;
        }
        self.begin_drill();
        Ok(true)
    }

    /// Heeds a call. Its end may let snapshots be pruned, or a round begin.
    fn heed(&mut self, number: usize, call: Call) -> anyhow::Result<()> {
        let is_single = self.seats.len() == 1;
        let seat = &mut self.seats[number];
        match call {
            Call::Stop => {}
            Call::Change => seat.disturb(),
            Call::Turned(turned) => {
                if !self.turned(number, *turned)? {
                    return Ok(());
                }
                for call in std::mem::take(&mut self.seats[number].waiting) {
                    self.heed(number, call)?;
                }
            }
            Call::Lost => {
                seat.running = None;
                if is_single {
                    anyhow::bail!("the watch ended unexpectedly");
                }
                let text = "! a turn ended unexpectedly; trying again";
                seat.reporter.warn(now(), text);
                return Ok(());
            }
            Call::Archives => {
                seat.archives = true;
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
            Call::DrillEnded => {
                self.drilling = None;
                self.begin_drill();
            }
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
        self.shared.stop.store(true, Ordering::SeqCst);
        self.drills.clear();
        let is_busy = |seat: &Seat| seat.archives || seat.running.is_some();
        while (self.seats.iter().any(is_busy) || self.drilling.is_some())
            && let Ok((number, call)) = self.calls.recv_timeout(PATIENCE)
        {
            if let Err(error) = self.heed(number, call) {
                log::warn!("{}", text::causes(&error));
            }
        }
        self.voice.end();
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Mutex, thread};

    use super::*;
    use crate::cli::watch::report::Reporter;

    #[test]
    fn a_folder_whose_file_system_hangs_delays_no_other() {
        let seats = ["hangs", "other"].map(|name| {
            let reporter = Reporter {
                prefix: Some(name.to_owned()),
                data_dir: None,
            };
            Seat::new(name.into(), reporter)
        });
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let (opened, opens) = mpsc::channel();
        let open: Open = Arc::new(move |folder: &Path| {
            if folder.ends_with("hangs") {
                // It returns once the other was opened.
                let _ = released.lock().unwrap().recv();
            } else {
                opened.send(()).unwrap();
            }
            anyhow::bail!("there is nothing")
        });
        let attendant = Attendant::new(seats.into(), open, &WatchSettings::default()).unwrap();
        let calls = attendant.shared.calls.clone();
        let watching = thread::spawn(move || attendant.attend());
        opens.recv().unwrap();
        drop(release);
        calls.send((0, Call::Stop)).unwrap();
        watching.join().unwrap().unwrap();
    }
}
