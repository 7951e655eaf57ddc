//! One data folder of a watch: what is known of it between its rounds.

use std::{path::PathBuf, time::Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{
    calls::{Call, Drilled, Ran},
    report::{Reporter, seconds},
    rest::RestingState,
    turn::{Listed, Turn},
    voice::{Occasion, Voice},
};
use crate::{
    cli::list::rfc3339,
    config::WatchSettings,
    core::{Error, Result, Round, Snapshot, Wakeup, Watch, WatchAct, Workspace},
    text,
};

/// One data folder.
pub(super) struct Seat {
    pub(super) data_dir: PathBuf,
    pub(super) reporter: Reporter,
    pub(super) workspace: Option<Workspace>,
    /// The watch of the folder, while no turn runs.
    pub(super) watch: Option<Watch>,
    /// Its turn, while one runs.
    pub(super) running: Option<Turn>,
    /// Whether there is work at the archive under way.
    pub(super) archives: bool,
    /// Whether the work at the archive pauses.
    pub(super) archive_pauses: bool,
    /// The database of the last successful round, while no turn runs.
    pub(super) database: Option<PathBuf>,
    /// What arrived while a turn ran.
    pub(super) waiting: Vec<Call>,
    pub(super) wakeup: Wakeup,
    /// What the last round saw, if there was nothing to do and nothing was reported since.
    pub(super) rest: Option<RestingState>,
    /// What snapshots there were after the last round.
    listed: Option<Listed>,
    /// How often it could not begin.
    pub(super) failures: u32,
    stale_said: Option<DateTime<Utc>>,
    success_said: Option<Instant>,
}

impl Seat {
    pub(super) fn new(data_dir: PathBuf, reporter: Reporter) -> Self {
        Self {
            data_dir,
            reporter,
            workspace: None,
            watch: None,
            running: None,
            archives: false,
            archive_pauses: false,
            database: None,
            waiting: Vec::new(),
            wakeup: Wakeup::Timer,
            rest: None,
            listed: None,
            failures: 0,
            stale_said: None,
            success_said: None,
        }
    }

    /// Begins to watch the folder of a workspace.
    pub(super) fn begin(
        &mut self,
        workspace: Workspace,
        settings: &WatchSettings,
    ) -> anyhow::Result<()> {
        self.watch = Some(watch(&workspace, settings)?);
        self.workspace = Some(workspace);
        self.failures = 0;
        Ok(())
    }

    /// Forgets that there was nothing to do: something was reported.
    pub(super) fn disturb(&mut self) {
        self.wakeup = Wakeup::Change;
        self.rest = None;
    }

    /// Records a turn in which nothing had changed.
    pub(super) fn rested(
        &mut self,
        rest: RestingState,
        now: DateTime<Utc>,
        settings: &WatchSettings,
        voice: &Voice,
    ) {
        if let Some(watch) = &mut self.watch {
            watch.unchanged(now, rest.calls);
        }
        // A change that was reported meanwhile is looked at.
        self.rest = Some(rest).filter(|_| self.wakeup == Wakeup::Timer);
        self.still_well(settings, voice);
    }

    /// Reports a round that ended, and calls the hooks. In the only folder, not knowing which file is the database
    /// is an error: going on would mean watching nothing.
    pub(super) fn ran(&mut self, ran: Ran, settings: &WatchSettings, voice: &Voice) -> Result<()> {
        let Ran {
            round,
            warning,
            before,
            repaired,
            listed,
            began,
            ended,
        } = ran;
        if let Some(warning) = warning {
            self.reporter.say(ended, &warning);
        }
        self.listed = listed;
        for repaired in &repaired {
            self.reporter.line(ended, &text::repaired(repaired));
        }
        self.reporter.acts(&round, began, ended);
        self.say_rewinds(&round, ended, voice);
        self.rest = match (&round.outcome, before) {
            (Ok(calls), Some(seen)) if round.acts.is_empty() && self.wakeup == Wakeup::Timer => {
                Some(RestingState {
                    seen,
                    calls: *calls,
                })
            }
            _ => None,
        };
        if matches!(round.outcome, Err(Error::Cancelled)) {
            return Ok(());
        }
        let is_alone = self.reporter.prefix.is_none();
        if let Err(Error::WhichDatabase { .. }) = &round.outcome
            && is_alone
        {
            return round.outcome.map(drop);
        }
        let watch = self.watch.as_mut();
        let news = watch.and_then(|watch| watch.finished(&round, began, ended));
        let is_again = news.is_some() && round.outcome.is_ok();
        let (reporter, outcome) = (&self.reporter, &round.outcome);
        if let Some(failure) = reporter.news(news, outcome, "working again", ended) {
            self.say(Occasion::Failure, &failure, Map::new(), voice);
        }
        self.say_stale(&round, ended, voice);
        if round.outcome.is_err() {
            // Nothing is well, and it may be another file the next time.
            self.database = None;
        } else if is_again || taken(&round).is_some() {
            self.success(taken(&round), voice);
        } else {
            self.still_well(settings, voice);
        }
        Ok(())
    }

    /// Ends a watch of a single round: calls the hooks, and returns how the round ended.
    pub(super) fn once(
        &mut self,
        round: Round,
        listed: Listed,
        now: DateTime<Utc>,
        voice: &Voice,
    ) -> Result<()> {
        self.say_stale(&round, now, voice);
        if round.outcome.is_ok() {
            self.listed = Some(listed);
            self.success(taken(&round), voice);
        }
        round.outcome.map(drop)
    }

    /// Calls the hook for success, if it is time to.
    pub(super) fn still_well(&mut self, settings: &WatchSettings, voice: &Voice) {
        let last = self.success_said;
        if last.is_none_or(|last| last.elapsed() >= settings.success_every) {
            self.success(None, voice);
        }
    }

    fn success(&mut self, taken: Option<&Snapshot>, voice: &Voice) {
        if !voice.has(Occasion::Success) {
            return;
        }
        self.success_said = Some(Instant::now());
        let message = taken.map_or_else(|| "all is well".to_owned(), took);
        let mut facts = Map::new();
        facts.insert("took".to_owned(), taken.map(Snapshot::name).into());
        let listed = self.listed.unwrap_or_default();
        facts.insert("snapshots".to_owned(), listed.snapshots.into());
        let taken_at = listed.newest;
        facts.insert("newest_taken_at".to_owned(), taken_at.map(rfc3339).into());
        let seconds = taken_at.map(|at| at.timestamp());
        facts.insert("newest_seconds".to_owned(), seconds.into());
        self.say(Occasion::Success, &message, facts, voice);
    }

    fn say_rewinds(&self, round: &Round, ended: DateTime<Utc>, voice: &Voice) {
        for act in &round.acts {
            let WatchAct::Rewound { rewind, at } = act else {
                continue;
            };
            let facts = json!({
                "events": rewind.events,
                "rewind_event": rewind.event,
                "rewound_at": rfc3339(*at),
            });
            let message = text::rewound(rewind, *at, ended);
            self.say(Occasion::Rewind, &message, object(facts), voice);
        }
    }

    /// Reports a newest snapshot that is too old: when it becomes so, and once a day.
    fn say_stale(&mut self, round: &Round, now: DateTime<Utc>, voice: &Voice) {
        const AGAIN: TimeDelta = TimeDelta::days(1);
        if !round.is_stale {
            if round.outcome.is_ok() {
                self.stale_said = None;
            }
            return;
        }
        let last = self.stale_said;
        if last.is_some_and(|last| (now - last).abs() < AGAIN) {
            return;
        }
        self.stale_said = Some(now);
        let message = "the newest periodic snapshot is too old, and the database has changed since: `unrewind status` shows more";
        let message = text::runnable(message);
        self.reporter.warn(now, &format!("! {message}"));
        self.say(Occasion::Stale, &message, Map::new(), voice);
    }

    /// Reports what the drill found of a snapshot.
    pub(super) fn drilled(&self, drilled: &Drilled, voice: &Voice) {
        let Drilled {
            snapshot,
            found,
            began,
            ended,
        } = drilled;
        let name = snapshot.name();
        let failure = match found {
            Ok(found) => match &found.problem {
                None => {
                    let took = seconds(*ended - *began);
                    let text = format!("restored {name} into a copy in {took}: it is sound");
                    return self.reporter.line(*ended, &text);
                }
                Some(problem) => text::unsound(snapshot, problem),
            },
            Err(Error::Cancelled | Error::NoFile { .. }) => return,
            Err(error) => format!("{name} was not verified: {error}"),
        };
        self.reporter.warn(*ended, &format!("! {failure}"));
        self.say(Occasion::Failure, &failure, Map::new(), voice);
    }

    pub(super) fn say(
        &self,
        occasion: Occasion,
        message: &str,
        facts: Map<String, Value>,
        voice: &Voice,
    ) {
        let message = self.reporter.runnable(message);
        voice.say(occasion, &self.data_dir, &message, facts);
    }
}

/// Begins the watch of a workspace's folder.
pub(super) fn watch(workspace: &Workspace, settings: &WatchSettings) -> Result<Watch> {
    let (profile, store) = (workspace.profile.clone(), workspace.store.clone());
    let now = workspace.now();
    let watch = Watch::begin(profile, store, now)?
        .with_cache(workspace.cache.clone())
        .with_archive(workspace.archiving())
        .with_drill(settings.verify_every, now)
        .with_stale_after(settings.stale_after);
    Ok(watch)
}

fn taken(round: &Round) -> Option<&Snapshot> {
    round.acts.iter().find_map(|act| match act {
        WatchAct::Took { snapshot, .. } => Some(snapshot),
        _ => None,
    })
}

fn took(snapshot: &Snapshot) -> String {
    format!("took {}", snapshot.name())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
