//! The whole UI as a value: [`App::update`] changes it and returns what is to be done as [`Effect`]s,
//! [`App::draw`] draws it and changes nothing.
//!
//! ```text
//! ┌ header: the database, its size, its last event, what is due ┐
//! │ snapshots                    │ preview                      │
//! │                              │   (below, on a narrow screen)│
//! └ footer: the keys that work now ─────────────────────────────┘
//! ```

mod areas;
mod background;
mod header;
mod keys;
mod marking;
mod merging;
mod message_log;
mod moments;
mod mouse;
mod overlay;
mod replies;
mod restore_flow;
mod screens;

use std::{collections::BTreeMap, mem, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::{Frame, layout::Rect};

use super::{
    dialog::Dialog,
    keymap::Action,
    live::{LiveView, Unseen},
    marks::Marks,
    message::{Effect, Message},
    screen::{Around, DrawContext, EventLog, Preview, Screen, SnapshotList, Subject},
    setup::Setup,
    status_bar::{Footer, Header},
    task::{Slot, Task},
    widget::{Text, dim},
};
use crate::{
    core::{Due, PassedOver, Profile, Rewind, RewoundRange},
    text::{self, Zone},
};
use areas::{Areas, Split};
use message_log::MessageLog;
use mouse::Mouse;
use restore_flow::RestoreFlow;

/// The state of the UI.
#[derive(Debug)]
pub struct App {
    setup: Setup,
    zone: Zone,
    profile: Profile,
    now: DateTime<Utc>,
    /// The steady clock, by which intervals are measured.
    steady: Duration,
    /// When the last key came from the terminal.
    typed: Duration,
    area: Rect,
    snapshots: SnapshotList,
    preview: Preview,
    /// Live, or why it cannot be read; `None` before the first reply.
    live: Option<std::result::Result<LiveView, Unseen>>,
    /// The screens that were opened over the list, the last one on top.
    screens: Vec<OpenedScreen>,
    /// The dialog over the top screen or the list.
    dialog: Option<Dialog>,
    /// The help or the palette, over everything else.
    overlay: Option<Dialog>,
    /// The ticket of the newest task in each slot, while it runs.
    running: BTreeMap<Slot, u64>,
    tickets: u64,
    next_refresh: NextRefresh,
    /// When the last refresh began, and how long it took.
    last_refresh: (Duration, Duration),
    /// The restore under way, from its key to its result.
    restore: RestoreFlow,
    rewind: LastRewind,
    leaving: bool,
    messages: MessageLog,
    /// The notice that the snapshots cannot be listed, until they can be.
    list_error: Option<Vec<Text>>,
    /// Whether the user has pressed a key.
    touched: bool,
    mouse: Mouse,
    /// What the last key did, in the place of the keys until the next one.
    flash: Option<String>,
    split: Split,
    marks: Marks,
    /// Whether the screens have read live anew since it was last looked at.
    reloaded: bool,
    /// What is to be done after this update.
    effects: Vec<Effect>,
}

/// A screen that was opened, and the dialog it was opened from.
#[derive(Debug)]
struct OpenedScreen {
    screen: Box<dyn Screen>,
    over: Option<Covered>,
}

/// A dialog that a screen was opened from, and the restore it is about.
#[derive(Debug)]
struct Covered {
    dialog: Dialog,
    restore: RestoreFlow,
}

/// The last rewind, as far as it is known.
#[derive(Debug, Default)]
struct LastRewind {
    /// The snapshot and live's last event for which it was searched.
    searched_for: Option<(PathBuf, i64)>,
    /// The rewind, if live has lost events to it.
    found: Option<Rewind>,
    /// The events that each rewind superseded.
    rewound_ranges: Vec<RewoundRange>,
    /// Damaged snapshots that were passed over when no rewind was found.
    passed_over: Vec<PassedOver>,
}

/// When what is on disk is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextRefresh {
    WhenChanged,
    /// At this time, so that a busy disk does not keep the program busy.
    At(Duration),
}

/// The shortest time between two refreshes that the user did not request.
const REFRESH_INTERVAL: Duration = Duration::from_millis(400);
/// Or this many times the duration of the last one: a large database takes longer to read.
const REFRESH_SHARE: u32 = 8;

impl App {
    /// The UI before any reply, and its first effects.
    pub fn new(
        setup: Setup,
        zone: Zone,
        profile: Profile,
        now: DateTime<Utc>,
        (width, height): (u16, u16),
    ) -> (Self, Vec<Effect>) {
        let log = match profile.log {
            Some(_) => EventLog::Kept,
            None => EventLog::None,
        };
        let mut app = Self {
            setup,
            zone,
            profile,
            now,
            steady: Duration::ZERO,
            typed: Duration::ZERO,
            area: Rect::default(),
            snapshots: SnapshotList::new(now, zone, log),
            preview: Preview::default(),
            live: None,
            screens: Vec::new(),
            dialog: None,
            overlay: None,
            running: BTreeMap::new(),
            tickets: 0,
            next_refresh: NextRefresh::WhenChanged,
            last_refresh: (Duration::ZERO, Duration::ZERO),
            restore: RestoreFlow::Idle,
            rewind: LastRewind::default(),
            leaving: false,
            messages: MessageLog::default(),
            list_error: None,
            touched: false,
            mouse: Mouse::default(),
            flash: None,
            split: Split::default(),
            marks: Marks::default(),
            reloaded: false,
            effects: Vec::new(),
        };
        app.resize(width, height);
        if let Some(notice) = app.setup.notice.take() {
            app.show_notice(super::dialog::Notice::warning(
                "The data folder's configuration",
                notice,
            ));
        }
        app.start(Task::Refresh);
        let effects = mem::take(&mut app.effects);
        (app, effects)
    }

    fn draw_context(&self) -> DrawContext<'_> {
        DrawContext {
            theme: self.setup.appearance.theme(),
            keys: &self.setup.keys,
            now: self.now,
            steady: self.steady,
            zone: self.zone,
            marks: &self.marks,
        }
    }

    /// Follows a message, and returns what is to be done.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Key { key, typed } => self.key(key, typed),
            Message::Mouse { event, used } => self.mouse(event, used),
            Message::Paste(text) => self.type_with(|input| input.paste(&text)),
            Message::Resize(width, height) => self.resize(width, height),
            Message::Clock(now) => {
                self.now = now.clock;
                self.steady = now.steady;
                self.snapshots.tick(now.clock);
            }
            Message::Drawn(at) => self
                .question()
                .into_iter()
                .for_each(|delay| delay.written(at)),
            Message::Stop => self.effects.push(Effect::Stop),
            Message::Continue => {
                self.ask_again();
                self.effects.push(Effect::Retake);
            }
            Message::Changed => {
                if self.next_refresh == NextRefresh::WhenChanged {
                    let apart = REFRESH_INTERVAL.max(self.last_refresh.1 * REFRESH_SHARE);
                    self.next_refresh = NextRefresh::At(self.steady + apart);
                }
            }
            Message::Terminate => self.leave(),
            Message::Failed => self.effects.push(Effect::Fail),
            Message::Reply {
                slot,
                ticket,
                reply,
            } => self.receive(slot, ticket, *reply),
        }
        self.refresh_when_due();
        self.count_selected();
        self.read_abouts();
        self.find_rewinds();
        self.stop_finding_exclusive_rows();
        mem::take(&mut self.effects)
    }

    /// How long until the clock alone changes what the UI shows or does.
    pub fn wakes_in(&self) -> Option<Duration> {
        let refresh = match self.next_refresh {
            NextRefresh::At(time) => Some(time.saturating_sub(self.steady)),
            NextRefresh::WhenChanged => None,
        };
        let yes = self.dialog.as_ref().and_then(Dialog::takes_yes_at);
        let periodic = Due::newest(self.snapshots.all()).map(|newest| newest.modified);
        let rewind = self.rewind.found.as_ref();
        let shown = [periodic, rewind.map(|rewind| rewind.snapshot.taken_at())];
        let ages = shown.map(|time| Some(text::age_changes_in(time?, self.now)));
        [
            refresh,
            yes.and_then(|time| time.checked_sub(self.steady))
                .filter(|wait| !wait.is_zero()),
            self.snapshots.changes_in(self.draw_context()),
        ]
        .into_iter()
        .chain(ages)
        .flatten()
        .min()
    }

    fn start(&mut self, task: Task) {
        self.start_in(task.slot(), task);
    }

    fn start_in(&mut self, slot: Slot, task: Task) {
        self.tickets += 1;
        if slot == Slot::Refresh {
            self.last_refresh.0 = self.steady;
        }
        self.running.insert(slot, self.tickets);
        self.effects.push(Effect::Start {
            slot,
            ticket: self.tickets,
            task,
        });
    }

    /// Cancels the task in a slot and ignores its replies.
    fn cancel_task(&mut self, slot: Slot) {
        if self.running.remove(&slot).is_some() {
            self.effects.push(Effect::Cancel(slot));
        }
    }

    fn key(&mut self, key: KeyEvent, typed: Duration) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        self.typed = typed;
        self.flash = None;
        if let Some(action) = self.setup.keys.action(self.context(), key) {
            self.touched = true;
            return self.act(action);
        }
        self.type_with(|input| input.key(key));
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Quit => self.leave(),
            Action::Repaint => self.effects.push(Effect::Repaint),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Help => self.help(),
            action if self.overlay.is_some() => self.act_in_overlay(action),
            Action::Palette => self.open_palette(),
            action if self.dialog.is_some() => self.act_in_dialog(action),
            Action::Moment => self.ask_for_moment(),
            Action::NextTheme => self.next_theme(),
            Action::Mouse => self.switch_mouse(),
            Action::Messages => self.read_messages(),
            Action::Marks => self.open_marked(),
            Action::Zoom => self.zoom(),
            action if !self.screens.is_empty() => self.act_in_screen(action),
            action => self.act_in_list(action),
        }
    }

    /// Ends the program, but not before an operation under way has stopped and cleaned up.
    fn leave(&mut self) {
        if self.running.contains_key(&Slot::Operation) {
            self.leaving = true;
            return self.cancel();
        }
        self.effects.push(Effect::Quit);
    }

    /// Draws the whole screen.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let (areas, context) = (self.areas_of(frame.area()), self.draw_context());
        Header {
            live: self.live.as_ref(),
            due: self.due(),
            warnings: if self.screens.is_empty() {
                self.warnings()
            } else {
                self.start_warning().into_iter().collect()
            },
        }
        .draw(frame, areas.header, context);
        if let Some(opened) = self.screens.last() {
            opened.screen.draw(frame, areas.screen, context);
        } else {
            self.draw_list(frame, &areas, context);
        }
        Footer {
            sentence: self.flash.as_deref(),
            place: self.context(),
            idle: &self.idle(),
            keys: &self.setup.keys,
        }
        .draw(frame, areas.footer, context.theme);
        let dialogs = [&self.dialog, &self.overlay].into_iter().flatten();
        for dialog in dialogs.filter(|dialog| dialog.is_seen()) {
            dim(frame, areas.dialog);
            dialog.draw(frame, areas.dialog, context);
        }
        self.setup.appearance.finish(frame.buffer_mut());
    }

    fn draw_list(&self, frame: &mut Frame<'_>, areas: &Areas, context: DrawContext<'_>) {
        let timeline = self.timeline();
        timeline.draw(frame, areas.timeline, context);
        let rewind = self.rewind.found.as_ref();
        let around = Around {
            timeline: areas.timeline.is_empty().then_some(&timeline),
            meant: rewind.map(|rewind| rewind.snapshot.path.as_path()),
            unseen: self.live.as_ref().and_then(|live| live.as_ref().err()),
        };
        self.snapshots.draw(frame, areas.list, around, context);
        let subject = subject(&self.snapshots, self.live.as_ref());
        self.preview.draw(frame, areas.preview, subject, context);
    }
}

/// What the preview is of.
fn subject<'a>(
    snapshots: &'a SnapshotList,
    live: Option<&'a std::result::Result<LiveView, Unseen>>,
) -> Subject<'a> {
    let live = live.and_then(|live| live.as_ref().ok());
    Subject {
        snapshot: snapshots.selected(),
        live: live.map(|live| &live.counts),
        sentence: snapshots.sentence(),
        all: snapshots.all(),
    }
}
