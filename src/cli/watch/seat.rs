//! One data folder of a watch: what is known of it between its rounds.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{
    calls::{Call, Drilled, Ran},
    report::{Reporter, seconds},
    voice::{Occasion, Voice},
    waker::folders,
};
use crate::{
    cli::list::rfc3339,
    config::WatchSettings,
    core::{Error, Result, Round, Snapshot, Wakeup, Watch, WatchAct, Workspace},
    fs_watch::{CommitStamp, FoldersStamp},
    text,
};

/// One data folder.
pub(super) struct Seat {
    pub(super) data_dir: PathBuf,
    pub(super) reporter: Reporter,
    pub(super) workspace: Option<Workspace>,
    /// The watch of the folder, while no round runs.
    pub(super) watch: Option<Watch>,
    /// When its round began, while one runs.
    pub(super) running: Option<Instant>,
    /// Whether its file system responds, as far as that was asked.
    pub(super) reach: Response,
    /// Whether there is work at the archive under way.
    pub(super) archives: bool,
    /// The database of the last successful round.
    pub(super) database: Option<PathBuf>,
    /// What arrived while a round ran.
    pub(super) waiting: Vec<Call>,
    pub(super) wakeup: Wakeup,
    /// What the last round saw, if there was nothing to do and nothing was reported since.
    rest: Option<Rest>,
    /// What the round that runs may have seen.
    before: Option<SeenState>,
    /// How often it could not begin.
    pub(super) failures: u32,
    stale_said: Option<DateTime<Utc>>,
    success_said: Option<Instant>,
}

/// Whether a file system responds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Response {
    #[default]
    Unknown,
    /// It was asked then; and whether it was reported that it does not respond.
    Asked(Instant, bool),
    /// It has just responded.
    Responds,
}

/// A folder in which there was nothing to do.
struct Rest {
    seen: SeenState,
    /// When there may be something even without a change.
    calls: Option<DateTime<Utc>>,
}

/// What changes with every commit and every snapshot.
#[derive(Clone, PartialEq, Eq)]
struct SeenState {
    database: CommitStamp,
    folders: FoldersStamp,
}

impl SeenState {
    fn of(workspace: &Workspace, database: &Path) -> Self {
        let mut seen = folders(workspace, None);
        // SQLite makes and deletes files beside the database also where it only reads.
        seen.remove(0);
        Self {
            database: CommitStamp::of(database),
            folders: FoldersStamp::of(&seen),
        }
    }
}

impl Seat {
    pub(super) fn new(data_dir: PathBuf, reporter: Reporter) -> Self {
        Self {
            data_dir,
            reporter,
            workspace: None,
            watch: None,
            running: None,
            reach: Response::default(),
            archives: false,
            database: None,
            waiting: Vec::new(),
            wakeup: Wakeup::Timer,
            rest: None,
            before: None,
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

    /// Notes what a round that begins now will see at least.
    pub(super) fn look(&mut self) {
        let (workspace, database) = (self.workspace.as_ref(), self.database.as_deref());
        let seen = workspace.zip(database);
        self.before = seen.map(|(workspace, database)| SeenState::of(workspace, database));
    }

    /// Forgets that there was nothing to do: something was reported.
    pub(super) fn disturb(&mut self) {
        self.wakeup = Wakeup::Change;
        self.rest = None;
    }

    /// Returns whether nothing has changed since the last round, which had nothing to do.
    pub(super) fn is_resting(&self, now: DateTime<Utc>) -> bool {
        let (Some(rest), Some(workspace), Some(database)) =
            (&self.rest, &self.workspace, &self.database)
        else {
            return false;
        };
        let is_called = rest.calls.is_some_and(|calls| calls <= now);
        !is_called && SeenState::of(workspace, database) == rest.seen
    }

    /// Records that there was nothing to do again.
    pub(super) fn rest(&mut self, now: DateTime<Utc>) {
        if let (Some(watch), Some(rest)) = (&mut self.watch, &self.rest) {
            watch.unchanged(now, rest.calls);
        }
    }

    /// Reports a round that ended, and calls the hooks. In the only folder, not knowing which file is the database
    /// is an error: going on would mean watching nothing.
    pub(super) fn ran(&mut self, ran: Ran, settings: &WatchSettings, voice: &Voice) -> Result<()> {
        let Ran {
            mut watch,
            round,
            repaired,
            database,
            began,
            ended,
        } = ran;
        for repaired in &repaired {
            self.reporter.line(ended, &text::repaired(repaired));
        }
        self.reporter.acts(&round, began, ended);
        self.say_rewinds(&round, ended, voice);
        let before = self.before.take();
        self.rest = match (&round.outcome, before) {
            (Ok(calls), Some(seen)) if round.acts.is_empty() && self.wakeup == Wakeup::Timer => {
                Some(Rest {
                    seen,
                    calls: *calls,
                })
            }
            _ => None,
        };
        if matches!(round.outcome, Err(Error::Cancelled)) {
            self.watch = Some(watch);
            return Ok(());
        }
        let is_alone = self.reporter.prefix.is_none();
        if let Err(Error::WhichDatabase { .. }) = &round.outcome
            && is_alone
        {
            return round.outcome.map(drop);
        }
        let news = watch.finished(&round, began, ended);
        self.watch = Some(watch);
        let is_again = news.is_some() && round.outcome.is_ok();
        let (reporter, outcome) = (&self.reporter, &round.outcome);
        if let Some(failure) = reporter.news(news, outcome, "working again", ended) {
            self.say(Occasion::Failure, &failure, Map::new(), voice);
        }
        self.say_stale(&round, ended, voice);
        self.database = database.filter(|_| round.outcome.is_ok());
        if round.outcome.is_err() {
            // Nothing is well.
        } else if is_again || !round.acts.is_empty() {
            self.success(taken(&round), voice);
        } else {
            self.still_well(settings, voice);
        }
        Ok(())
    }

    /// Ends a watch of a single round: calls the hooks, and returns how the round ended.
    pub(super) fn once(
        &mut self,
        workspace: &Workspace,
        round: Round,
        now: DateTime<Utc>,
        voice: &Voice,
    ) -> Result<()> {
        self.workspace = Some(workspace.clone());
        self.say_stale(&round, now, voice);
        if round.outcome.is_ok() {
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
        let listed = self.workspace.as_ref().map(|workspace| {
            let listed = workspace.list(&crate::core::Kind::ALL);
            listed.unwrap_or_default()
        });
        let listed = listed.unwrap_or_default();
        let newest = listed.iter().find(|one| one.is_intact());
        facts.insert("snapshots".to_owned(), listed.len().into());
        let taken_at = newest.map(Snapshot::taken_at);
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
