//! The whole UI as a value: [`App::update`] changes it and says what is to be done, [`App::draw`]
//! draws it and changes nothing.
//!
//! ```text
//! ┌ header: the database, its size, its last event, what is due ┐
//! │ snapshots                    │ preview                      │
//! │                              │   (below, on a narrow screen)│
//! └ footer: the keys that work now ─────────────────────────────┘
//! ```

mod keys;

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{
    bars::{Header, footer},
    dialog::{Confirm, Dialog, Message},
    keymap::{self, Action, Context},
    msg::{Effect, Job, LiveView, Msg, News, Purpose},
    screen::{Counted, Look, Preview, Snapshots},
    theme::{Role, Theme},
    widget::{Text, dim},
};
use crate::{
    core::{Due, Error, Profile, RestorePlan, Result},
    text::{self, Zone},
};

/// The state of the UI.
#[derive(Debug)]
pub struct App {
    theme: Theme,
    zone: Zone,
    profile: Profile,
    now: DateTime<Utc>,
    area: Rect,
    snapshots: Snapshots,
    preview: Preview,
    /// Live, or why it cannot be seen; nothing before it was looked at.
    live: Option<std::result::Result<LiveView, String>>,
    dialog: Option<Dialog>,
    /// The newest job of each purpose, while it runs.
    running: BTreeMap<Purpose, u64>,
    tickets: u64,
    look_again: LookAgain,
    leaving: bool,
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

impl App {
    /// The UI before anything is known, and what is to be done first.
    pub fn new(
        theme: Theme,
        zone: Zone,
        profile: Profile,
        now: DateTime<Utc>,
        (width, height): (u16, u16),
    ) -> (Self, Vec<Effect>) {
        let mut app = Self {
            theme,
            zone,
            profile,
            now,
            area: Rect::default(),
            snapshots: Snapshots::default(),
            preview: Preview::default(),
            live: None,
            dialog: None,
            running: BTreeMap::new(),
            tickets: 0,
            look_again: LookAgain::WhenChanged,
            leaving: false,
        };
        app.resize(width, height);
        let look = app.start(Job::Look);
        (app, vec![look])
    }

    fn look(&self) -> Look<'_> {
        Look {
            theme: &self.theme,
            now: self.now,
            zone: self.zone,
        }
    }

    /// Takes what happened, and says what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = match msg {
            Msg::Key(key) => self.key(key),
            Msg::Resize(width, height) => {
                self.resize(width, height);
                Vec::new()
            }
            Msg::Clock(now) => {
                self.now = now;
                Vec::new()
            }
            Msg::Changed => {
                if self.look_again == LookAgain::WhenChanged {
                    self.look_again = LookAgain::At(self.now + LOOKS_APART);
                }
                Vec::new()
            }
            Msg::Terminate => self.leave(),
            Msg::Job {
                purpose,
                ticket,
                news,
            } => self.hear(purpose, ticket, *news),
        };
        effects.extend(self.look_when_due());
        effects.extend(self.count_selected());
        effects
    }

    /// How long the UI can be left alone before the clock alone changes what it shows or does.
    pub fn wakes_in(&self) -> Option<Duration> {
        let looks = match self.look_again {
            LookAgain::At(time) => Some((time - self.now).to_std().unwrap_or_default()),
            LookAgain::WhenChanged => None,
        };
        [looks, self.snapshots.changes_in(self.look())]
            .into_iter()
            .flatten()
            .min()
    }

    fn start(&mut self, job: Job) -> Effect {
        self.tickets += 1;
        let purpose = job.purpose();
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
        let selected = self.snapshots.selected()?;
        if !self.preview.wants(selected) {
            return None;
        }
        let path = selected.path.clone();
        Some(self.start(Job::Count(path)))
    }

    fn hear(&mut self, purpose: Purpose, ticket: u64, news: News) -> Vec<Effect> {
        if self.running.get(&purpose) != Some(&ticket) {
            return Vec::new();
        }
        match news {
            News::Progress(progress) => {
                if purpose == Purpose::Count {
                    self.preview.set_progress(progress);
                } else if let Some(Dialog::Running(running)) = &mut self.dialog {
                    running.progress = Some(progress);
                }
            }
            News::Listed(Ok(snapshots)) => self.snapshots.set(snapshots),
            News::Listed(Err(error)) => {
                self.say(Message::error("The snapshots cannot be listed", &error));
            }
            News::Seen(live) => self.live = Some(live.map_err(|error| error.to_string())),
            News::Counted(path, counts) => {
                self.preview.set(
                    &path,
                    counts.map_or_else(|error| Counted::Failed(error.to_string()), Counted::Known),
                );
            }
            News::Planned(plan) => self.planned(plan),
            News::Taken(taken) => {
                return self.acted(taken, "No snapshot was taken", Message::taken);
            }
            News::Restored(restored) => {
                return self.acted(restored, "Not restored", Message::restored);
            }
            News::Deleted(deleted) => {
                let says = |deleted: &Vec<_>| {
                    let count = text::counted(deleted.len() as u64, "snapshot");
                    Message::new(
                        "✓ Deleted",
                        vec![Text::of(format!("{count} deleted"), Role::Text)],
                    )
                };
                self.snapshots.unmark();
                return self.acted(deleted, "Not everything was deleted", says);
            }
            News::Ended => {
                self.running.remove(&purpose);
                if self.leaving && purpose == Purpose::Act {
                    return vec![Effect::Quit];
                }
            }
        }
        Vec::new()
    }

    fn say(&mut self, message: Message) {
        self.dialog = Some(Dialog::Message(message));
    }

    fn planned(&mut self, plan: Result<Box<RestorePlan>>) {
        self.dialog = match plan {
            Ok(plan) => Some(Dialog::Confirm(Confirm::restore(plan, self.look()))),
            Err(Error::Cancelled) => None,
            Err(error) => Some(Dialog::Message(Message::error(
                "This snapshot cannot be restored",
                &error,
            ))),
        };
    }

    /// Shows what an operation came to, and looks at what it changed.
    fn acted<T>(
        &mut self,
        result: Result<T>,
        failed: &str,
        says: impl FnOnce(&T) -> Message,
    ) -> Vec<Effect> {
        let message = match result {
            Ok(done) => says(&done),
            Err(Error::Cancelled) => Message::new(
                "Cancelled",
                vec![Text::of("Nothing was changed.", Role::Text)],
            ),
            Err(error) => Message::error(failed, &error),
        };
        self.say(message);
        vec![self.start(Job::Look)]
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        match keymap::action(self.context(), key) {
            Some(Action::Quit) => self.leave(),
            Some(action) if self.dialog.is_some() => self.act_in_dialog(action),
            Some(action) => self.act_in_list(action),
            None => Vec::new(),
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
        let list = Areas::of(self.area).list;
        self.snapshots.resize(list);
    }

    /// Draws the whole screen.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let (areas, look) = (Areas::of(area), self.look());
        let live = self.live.as_ref().and_then(|live| live.as_ref().ok());
        Header {
            live: self.live.as_ref(),
            due: self.due(),
        }
        .draw(frame, areas.header, look);
        self.snapshots.draw(frame, areas.list, look);
        let counts = live.map(|live| &live.counts);
        self.preview.draw(
            frame,
            areas.preview,
            self.snapshots.selected(),
            counts,
            look,
        );
        footer(self.context(), frame, areas.footer, look);
        if let Some(dialog) = &self.dialog {
            dim(
                frame,
                Rect {
                    height: area.height.saturating_sub(1),
                    ..area
                },
            );
            dialog.draw(frame, area, look);
        }
    }

    fn context(&self) -> Context {
        self.dialog
            .as_ref()
            .map_or(Context::Snapshots, Dialog::context)
    }

    /// Whether a periodic snapshot is due now.
    fn due(&self) -> Option<Due> {
        let live = self.live.as_ref()?.as_ref().ok()?;
        let newest = Due::newest(self.snapshots.all());
        Some(Due::decide(
            newest,
            live.since_periodic,
            &self.profile,
            self.now,
        ))
    }
}

/// Where things are on the screen.
struct Areas {
    header: Rect,
    list: Rect,
    preview: Rect,
    footer: Rect,
}

impl Areas {
    /// From this width on the preview stands beside the list.
    const WIDE: u16 = 112;
    const LIST_WIDTH: u16 = 64;

    fn of(area: Rect) -> Self {
        let rows = [
            Constraint::Length(2),
            Constraint::Min(0),
            Constraint::Length(1),
        ];
        let [header, body, footer] = Layout::vertical(rows).areas(area);
        let [list, preview] = if area.width >= Self::WIDE {
            Layout::horizontal([Constraint::Length(Self::LIST_WIDTH), Constraint::Min(0)])
                .areas(body)
        } else {
            // As much of the preview as its tables need in two columns, but the list comes first.
            let preview = (body.height / 2).min(11);
            Layout::vertical([Constraint::Min(0), Constraint::Length(preview)]).areas(body)
        };
        Self {
            header,
            list,
            preview,
            footer,
        }
    }
}
