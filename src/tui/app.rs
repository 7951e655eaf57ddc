//! The whole UI as a value: [`App::update`] changes it and says what is to be done, [`App::draw`]
//! draws it and changes nothing.
//!
//! ```text
//! ┌ header: the database, its size, its last event, what is due ┐
//! │ snapshots                    │ preview                      │
//! │                              │   (below, on a narrow screen)│
//! └ footer: the keys that work now ─────────────────────────────┘
//! ```

mod areas;
mod header;
mod keys;
mod messages;
mod mouse;
mod news;
mod screens;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::{Frame, layout::Rect};

use super::{
    bars::{Header, footer},
    dialog::{Dialog, Intent, Message, Palette},
    keymap::Action,
    msg::{Effect, Job, LiveView, Msg, Purpose, Unseen},
    screen::{Around, Look, Preview, Screen, Snapshots, Subject},
    setup::Setup,
    widget::dim,
};
use crate::{
    core::{Due, Kind, Profile, Rewind, TakenBack, rewinds},
    text::{self, Zone},
};
use areas::{Areas, Split};
use messages::Messages;
use mouse::Mouse;

/// The state of the UI.
#[derive(Debug)]
pub struct App {
    setup: Setup,
    zone: Zone,
    profile: Profile,
    now: DateTime<Utc>,
    area: Rect,
    snapshots: Snapshots,
    preview: Preview,
    /// Live, or why it cannot be seen; nothing before it was looked at.
    live: Option<std::result::Result<LiveView, Unseen>>,
    /// The screens that were opened over the list, the last one on top.
    screens: Vec<Opened>,
    /// What stands over the top screen, or over the list.
    dialog: Option<Dialog>,
    /// The newest job of each purpose, while it runs.
    running: BTreeMap<Purpose, u64>,
    tickets: u64,
    look_again: LookAgain,
    /// When the last look began, and how long it took.
    last_look: (DateTime<Utc>, TimeDelta),
    /// The restore under way, from its key to its result.
    intent: Option<Intent>,
    rewind: LastRewind,
    leaving: bool,
    messages: Messages,
    /// Whether the user has pressed a key.
    touched: bool,
    mouse: Mouse,
    split: Split,
}

/// A screen that was opened, and the dialog it was opened from.
#[derive(Debug)]
struct Opened {
    screen: Screen,
    over: Option<Covered>,
}

/// A dialog that a screen was opened from, and the restore it is about.
#[derive(Debug)]
struct Covered {
    dialog: Dialog,
    intent: Option<Intent>,
}

/// What is known of the last rewind.
#[derive(Debug, Default)]
struct LastRewind {
    /// The snapshot and live's last event for which this was looked up.
    seen: Option<(PathBuf, i64)>,
    /// The rewind, if live has lost events by it.
    found: Option<Rewind>,
    /// What each rewind took back.
    taken_back: Vec<TakenBack>,
    /// Whether the user waits to take back whatever is found.
    recovering: bool,
}

/// When what is on disk is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LookAgain {
    WhenChanged,
    /// It changed: at this time, so that a busy disk does not keep the program busy.
    At(DateTime<Utc>),
}

/// The shortest time between two looks at the disk that nobody asked for.
const LOOKS_APART: TimeDelta = TimeDelta::milliseconds(400);
/// Or so many times as long as the last one took: a large database takes longer to look at.
const LOOKS_SHARE: i32 = 8;

/// How many rewinds are looked at unasked: each takes a pass over the log.
const REWINDS_LOOKED_AT: usize = 3;
/// And of how many it is looked up what they took back.
const REWINDS_SHOWN: usize = 64;

impl App {
    /// The UI before anything is known, and what is to be done first.
    pub fn new(
        setup: Setup,
        zone: Zone,
        profile: Profile,
        now: DateTime<Utc>,
        (width, height): (u16, u16),
    ) -> (Self, Vec<Effect>) {
        let mut app = Self {
            setup,
            zone,
            profile,
            now,
            area: Rect::default(),
            snapshots: Snapshots::new(now, zone),
            preview: Preview::default(),
            live: None,
            screens: Vec::new(),
            dialog: None,
            running: BTreeMap::new(),
            tickets: 0,
            look_again: LookAgain::WhenChanged,
            last_look: (now, TimeDelta::zero()),
            intent: None,
            rewind: LastRewind::default(),
            leaving: false,
            messages: Messages::default(),
            touched: false,
            mouse: Mouse::default(),
            split: Split::default(),
        };
        app.resize(width, height);
        let look = app.start(Job::Look);
        (app, vec![look])
    }

    fn look(&self) -> Look<'_> {
        Look {
            theme: self.setup.looks.theme(),
            keys: &self.setup.keys,
            now: self.now,
            zone: self.zone,
        }
    }

    /// Takes what happened, and says what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = match msg {
            Msg::Key(key) => self.key(key),
            Msg::Mouse(event) => self.mouse(event),
            Msg::Paste(text) => self.paste(&text),
            Msg::Resize(width, height) => {
                self.resize(width, height);
                Vec::new()
            }
            Msg::Clock(now) => {
                self.now = now;
                self.snapshots.tick(now);
                Vec::new()
            }
            Msg::Changed => {
                if self.look_again == LookAgain::WhenChanged {
                    let apart = LOOKS_APART.max(self.last_look.1 * LOOKS_SHARE);
                    self.look_again = LookAgain::At(self.now + apart);
                }
                Vec::new()
            }
            Msg::Terminate => self.leave(),
            Msg::Failed => vec![Effect::Fail],
            Msg::Job {
                purpose,
                ticket,
                news,
            } => self.hear(purpose, ticket, *news),
        };
        effects.extend(self.look_when_due());
        effects.extend(self.count_selected());
        effects.extend(self.look_at_rewinds());
        effects.extend(self.stop_looking_for_what_is_unique());
        effects
    }

    /// How long the UI can be left alone before the clock alone changes what it shows or does.
    pub fn wakes_in(&self) -> Option<Duration> {
        let looks = match self.look_again {
            LookAgain::At(time) => Some((time - self.now).to_std().unwrap_or_default()),
            LookAgain::WhenChanged => None,
        };
        let periodic = Due::newest(self.snapshots.all()).map(|newest| newest.modified);
        let rewind = self.rewind.found.as_ref();
        let told = [periodic, rewind.map(|rewind| rewind.snapshot.taken_at())];
        let ages = told.map(|time| Some(text::age_changes_in(time?, self.now)));
        [looks, self.snapshots.changes_in(self.look())]
            .into_iter()
            .chain(ages)
            .flatten()
            .min()
    }

    fn start(&mut self, job: Job) -> Effect {
        self.tickets += 1;
        let purpose = job.purpose();
        if purpose == Purpose::Look {
            self.last_look.0 = self.now;
        }
        self.running.insert(purpose, self.tickets);
        Effect::Start {
            purpose,
            ticket: self.tickets,
            job,
        }
    }

    fn look_when_due(&mut self) -> Option<Effect> {
        let due = matches!(self.look_again, LookAgain::At(time) if time <= self.now);
        if !due || self.running.contains_key(&Purpose::Look) {
            return None;
        }
        self.look_again = LookAgain::WhenChanged;
        Some(self.start(Job::Look))
    }

    fn count_selected(&mut self) -> Option<Effect> {
        let selected = self.snapshots.selected();
        if let Some(wanted) = selected.filter(|selected| self.preview.wants(selected)) {
            let path = wanted.path.clone();
            return Some(self.start(Job::Count(path)));
        }
        let stops = self.preview.leaves(selected) && self.running.remove(&Purpose::Count).is_some();
        stops.then_some(Effect::Cancel(Purpose::Count))
    }

    /// Looks what rewinds took back and whether live has lost it, when it or the rewind snapshots are
    /// new.
    fn look_at_rewinds(&mut self) -> Vec<Effect> {
        let mut snapshots = self.snapshots.all().iter();
        let newest = snapshots.find(|snapshot| snapshot.kind() == Some(Kind::Rewind));
        let (Some(newest), Some(Ok(live))) = (newest, &self.live) else {
            return Vec::new();
        };
        let seen = Some((newest.path.clone(), live.counts.last_event_id));
        if self.rewind.seen == seen || self.rewind.recovering {
            return Vec::new();
        }
        self.rewind.seen = seen;
        let mut rewinds = rewinds(self.snapshots.all());
        let ends = rewinds.iter().filter_map(|one| one.snapshot.last_event_id);
        let ends = ends.take(REWINDS_SHOWN).collect();
        rewinds.retain(|rewind| !rewind.is_settled);
        rewinds.truncate(REWINDS_LOOKED_AT);
        vec![
            self.start(Job::FindTakenBack(ends)),
            self.start(Job::FindRewind(rewinds)),
        ]
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        self.touched = true;
        if let Some(action) = self.setup.keys.action(self.context(), key) {
            return self.act(action);
        }
        self.type_key(key)
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Quit => self.leave(),
            action if self.dialog.is_some() => self.act_in_dialog(action),
            Action::NextTheme => {
                self.setup.looks.next_theme();
                Vec::new()
            }
            Action::Mouse => self.switch_mouse(),
            Action::Help => {
                let help = Message::help(&self.setup.keys, self.context());
                self.dialog = Some(Dialog::Message(help));
                Vec::new()
            }
            Action::Palette => {
                let area = Areas::of(self.area).dialog;
                let palette = Palette::new(&self.setup.keys, self.context(), area);
                self.dialog = Some(Dialog::Palette(palette));
                Vec::new()
            }
            Action::Messages => {
                self.read_messages();
                Vec::new()
            }
            action if !self.screens.is_empty() => self.act_in_screen(action),
            action => self.act_in_list(action),
        }
    }

    /// Ends the program, but not before an operation under way has stopped and cleared up.
    fn leave(&mut self) -> Vec<Effect> {
        if self.running.contains_key(&Purpose::Act) {
            self.leaving = true;
            return self.cancel();
        }
        vec![Effect::Quit]
    }

    fn resize(&mut self, width: u16, height: u16) {
        self.area = Rect::new(0, 0, width, height);
        let areas = self.areas();
        self.snapshots.resize(areas.list);
        for opened in &mut self.screens {
            opened.screen.resize(areas.screen);
        }
        if let Some(Dialog::Palette(palette)) = &mut self.dialog {
            palette.resize(areas.dialog);
        }
    }

    fn areas(&self) -> Areas {
        Areas::of(self.area).divided(self.split)
    }

    /// Draws the whole screen.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let (areas, look) = (Areas::of(frame.area()).divided(self.split), self.look());
        Header {
            live: self.live.as_ref(),
            due: self.due(),
            banner: self.banner().filter(|_| self.screens.is_empty()),
        }
        .draw(frame, areas.header, look);
        if let Some(opened) = self.screens.last() {
            opened.screen.draw(frame, areas.screen, look);
        } else {
            self.draw_list(frame, &areas, look);
        }
        footer(self.context(), frame, areas.footer, look);
        if let Some(dialog) = self.dialog.as_ref().filter(|dialog| dialog.is_seen()) {
            dim(frame, areas.dialog);
            dialog.draw(frame, areas.dialog, look);
        }
        self.setup.looks.finish(frame.buffer_mut());
    }

    fn draw_list(&self, frame: &mut Frame<'_>, areas: &Areas, look: Look<'_>) {
        let timeline = self.timeline();
        timeline.draw(frame, areas.timeline, look);
        let rewind = self.rewind.found.as_ref();
        let around = Around {
            timeline: areas.timeline.is_empty().then_some(&timeline),
            meant: rewind.map(|rewind| rewind.snapshot.path.as_path()),
            unseen: self.live.as_ref().and_then(|live| live.as_ref().err()),
        };
        self.snapshots.draw(frame, areas.list, around, look);
        let subject = subject(&self.snapshots, self.live.as_ref());
        self.preview.draw(frame, areas.preview, subject, look);
    }
}

/// What the preview is of.
fn subject<'a>(
    snapshots: &'a Snapshots,
    live: Option<&'a std::result::Result<LiveView, Unseen>>,
) -> Subject<'a> {
    let live = live.and_then(|live| live.as_ref().ok());
    Subject {
        snapshot: snapshots.selected(),
        live: live.map(|live| &live.counts),
        all: snapshots.all(),
    }
}
