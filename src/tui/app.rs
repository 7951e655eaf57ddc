//! The whole UI as a value: [`App::update`] changes it and says what is to be done, [`App::draw`]
//! draws it and changes nothing.
//!
//! ```text
//! ┌ header: the database, its size, its last event, what is due ┐
//! │ snapshots                    │ preview                      │
//! │                              │   (below, on a narrow screen)│
//! └ footer: the keys that work now ─────────────────────────────┘
//! ```

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    widgets::Paragraph,
};

use super::{
    dialog::{self, Act, Confirm, Dialog, KindChoice},
    keymap::{self, Action, Context},
    msg::{Effect, Job, LiveView, Msg, News, Purpose},
    screen::{Counted, Look, Preview, Snapshots},
    theme::{Role, Theme},
    widget::{Text, fit},
};
use crate::{
    core::{Error, Kind, Profile, PrunePlan, RestorePlan, Result, Retention, Scope},
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
                self.dialog = Some(Dialog::error("The snapshots cannot be listed", &error))
            }
            News::Seen(live) => self.live = Some(live.map_err(|error| error.to_string())),
            News::Counted(path, counts) => {
                self.preview.set(
                    path,
                    counts.map_or_else(|error| Counted::Failed(error.to_string()), Counted::Known),
                );
            }
            News::Planned(plan) => self.planned(plan),
            News::Taken(taken) => return self.acted(taken, "No snapshot was taken", dialog::taken),
            News::Restored(restored) => {
                return self.acted(restored, "Not restored", dialog::restored);
            }
            News::Deleted(deleted) => {
                let says = |deleted: &Vec<_>| {
                    let count = text::counted(deleted.len() as u64, "snapshot");
                    Dialog::message(
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

    fn planned(&mut self, plan: Result<RestorePlan>) {
        self.dialog = match plan {
            Ok(plan) => Some(Dialog::Confirm(Confirm::restore(
                Box::new(plan),
                self.look(),
            ))),
            Err(Error::Cancelled) => None,
            Err(error) => Some(Dialog::error("This snapshot cannot be restored", &error)),
        };
    }

    /// Shows what an operation came to, and looks at what it changed.
    fn acted<T>(
        &mut self,
        result: Result<T>,
        failed: &str,
        says: impl FnOnce(&T) -> Dialog,
    ) -> Vec<Effect> {
        self.dialog = Some(match result {
            Ok(done) => says(&done),
            Err(Error::Cancelled) => Dialog::message(
                "Cancelled",
                vec![Text::of("Nothing was changed.", Role::Text)],
            ),
            Err(error) => Dialog::error(failed, &error),
        });
        vec![self.start(Job::Look)]
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let context = self
            .dialog
            .as_ref()
            .map_or(Context::Snapshots, Dialog::context);
        match keymap::action(context, key) {
            Some(Action::Quit) => self.leave(),
            Some(action) if self.dialog.is_some() => self.act_in_dialog(action),
            Some(action) => self.act_in_list(action),
            None => Vec::new(),
        }
    }

    fn act_in_list(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Up => self.snapshots.move_by(-1),
            Action::Down => self.snapshots.move_by(1),
            Action::PageUp => self.snapshots.page_by(-1),
            Action::PageDown => self.snapshots.page_by(1),
            Action::First => self.snapshots.select_end(false),
            Action::Last => self.snapshots.select_end(true),
            Action::NextKinds => self.snapshots.next_kinds(),
            Action::Mark => self.snapshots.mark(),
            Action::Take => self.choose_kind(),
            Action::Restore => return self.plan_restore(Scope::Full),
            Action::Prune => {
                let plan = PrunePlan::by_policy(self.snapshots.all(), &self.profile, self.now);
                self.dialog = Some(Dialog::Confirm(Confirm::delete(
                    plan,
                    "Prune by policy",
                    self.look(),
                )));
            }
            Action::Delete => {
                let chosen = self.snapshots.chosen();
                if !chosen.is_empty() {
                    let confirm =
                        Confirm::delete(PrunePlan::of_chosen(chosen), "Delete", self.look());
                    self.dialog = Some(Dialog::Confirm(confirm));
                }
            }
            Action::Reload => return vec![self.start(Job::Look)],
            Action::Help => self.dialog = Some(Dialog::help(Context::Snapshots)),
            Action::Back if self.snapshots.unmark() => {}
            Action::Back => return self.leave(),
            _ => {}
        }
        Vec::new()
    }

    fn choose_kind(&mut self) {
        let retention = Retention::of(Kind::Periodic, &self.profile);
        // The one to be taken will be the newest of those that are kept.
        let others = Retention {
            keep: retention.keep.map(|keep| keep - 1),
            ..retention
        };
        let pruned =
            PrunePlan::by_retention(self.snapshots.all(), Kind::Periodic, others, self.now);
        let keep = text::duration(self.profile.rewind.keep_within);
        self.dialog = Some(Dialog::Kind(KindChoice::new(&keep, &pruned, self.look())));
    }

    fn plan_restore(&mut self, scope: Scope) -> Vec<Effect> {
        let Some(snapshot) = self.snapshots.selected().cloned() else {
            return Vec::new();
        };
        self.plan(snapshot, scope)
    }

    fn plan(&mut self, snapshot: crate::core::Snapshot, scope: Scope) -> Vec<Effect> {
        self.dialog = Some(Dialog::running(format!(
            "Planning to restore {}",
            snapshot.name()
        )));
        vec![self.start(Job::Plan(Box::new(snapshot), scope))]
    }

    fn act_in_dialog(&mut self, action: Action) -> Vec<Effect> {
        let page = isize::try_from(self.area.height / 2).unwrap_or(1);
        let Some(dialog) = &mut self.dialog else {
            return Vec::new();
        };
        match (action, dialog) {
            (Action::Up, dialog) => dialog.scroll_by(-1),
            (Action::Down, dialog) => dialog.scroll_by(1),
            (Action::PageUp, dialog) => dialog.scroll_by(-page),
            (Action::PageDown, dialog) => dialog.scroll_by(page),
            (Action::OtherAnswer, Dialog::Confirm(confirm)) => {
                confirm.yes_has_focus = !confirm.yes_has_focus
            }
            (Action::OtherAnswer, Dialog::Kind(choice)) => choice.other(),
            (Action::Answer, Dialog::Kind(choice)) => {
                let kind = choice.kind;
                self.dialog = Some(Dialog::running(format!("Taking a {kind} snapshot")));
                return vec![self.start(Job::Take(kind))];
            }
            (Action::Answer, Dialog::Confirm(confirm)) if !confirm.yes_has_focus => {
                self.dialog = None
            }
            (Action::Answer | Action::Yes, Dialog::Confirm(_)) => return self.confirmed(),
            (
                Action::Scope,
                Dialog::Confirm(Confirm {
                    act: Act::Restore(plan),
                    ..
                }),
            ) => {
                let scope = match plan.scope {
                    Scope::Full => Scope::Tables,
                    Scope::Tables => Scope::Full,
                };
                let snapshot = plan.snapshot.clone();
                return self.plan(snapshot, scope);
            }
            (Action::Cancel, Dialog::Running(_)) => return self.cancel(),
            (Action::No | Action::Back, _) => self.dialog = None,
            _ => {}
        }
        Vec::new()
    }

    fn confirmed(&mut self) -> Vec<Effect> {
        let Some(Dialog::Confirm(confirm)) = self.dialog.take() else {
            return Vec::new();
        };
        let (title, job) = match confirm.act {
            Act::Restore(plan) => (
                format!("Restoring {}", plan.snapshot.name()),
                Job::Restore(plan),
            ),
            Act::Delete(plan) => ("Deleting".to_owned(), Job::Delete(plan)),
            Act::Nothing => return Vec::new(),
        };
        self.dialog = Some(Dialog::running(title));
        vec![self.start(job)]
    }

    fn cancel(&mut self) -> Vec<Effect> {
        if self.running.contains_key(&Purpose::Act) {
            if let Some(Dialog::Running(running)) = &mut self.dialog {
                running.cancelled = true;
            }
            return vec![Effect::Cancel(Purpose::Act)];
        }
        self.dialog = None;
        self.running.remove(&Purpose::Plan);
        vec![Effect::Cancel(Purpose::Plan)]
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
        let areas = Areas::of(frame.area());
        let look = self.look();
        let live = self.live.as_ref().and_then(|live| live.as_ref().ok());
        frame.render_widget(
            Paragraph::new(
                self.header(usize::from(areas.header.width))
                    .map(|line| line.line(look.theme))
                    .to_vec(),
            ),
            areas.header,
        );
        self.snapshots.draw(frame, areas.list, look);
        self.preview.draw(
            frame,
            areas.preview,
            self.snapshots.selected(),
            live.map(|live| &live.counts),
            look,
        );
        frame.render_widget(
            Paragraph::new(
                self.footer(usize::from(areas.footer.width))
                    .line(look.theme),
            ),
            areas.footer,
        );
        if let Some(dialog) = &self.dialog {
            dialog.draw(frame, frame.area(), look);
        }
    }

    fn header(&self, width: usize) -> [Text; 2] {
        let name = Text::of(" Snapback ", Role::Accent);
        let room = width.saturating_sub(name.width() + 2);
        match &self.live {
            None => [
                name.and("  reading the database …", Role::Faint),
                Text::default(),
            ],
            Some(Err(reason)) => [
                name.and(
                    format!("  ✗ {}", fit(reason, room.saturating_sub(2))),
                    Role::Bad,
                ),
                Text::default(),
            ],
            Some(Ok(live)) => {
                let facts = format!(
                    "  {}  last event {}",
                    text::size(live.size),
                    text::event_id(live.counts.last_event_id)
                );
                let path = fit(
                    &live.path.display().to_string(),
                    room.saturating_sub(facts.len()),
                );
                [
                    name.and(format!("  {path}"), Role::Strong)
                        .and(fit(&facts, room), Role::Text),
                    status(live, width),
                ]
            }
        }
    }

    fn footer(&self, width: usize) -> Text {
        let context = self
            .dialog
            .as_ref()
            .map_or(Context::Snapshots, Dialog::context);
        let mut line = Text::default();
        for binding in keymap::bindings(context) {
            let key = keymap::label(binding.keys[0]);
            let next = Text::of(format!(" {key}"), Role::Accent)
                .and(format!(" {} ", binding.says), Role::Text);
            if line.width() + next.width() > width {
                break;
            }
            line = line.joined(next);
        }
        line
    }
}

/// The header's second line: what has come since, and whether a snapshot is due.
fn status(live: &LiveView, width: usize) -> Text {
    let since = live.since_newest.map(|events| {
        format!(
            "{} since the newest snapshot  ",
            text::counted(events, "event")
        )
    });
    let since = since.unwrap_or_default();
    let (glyph, says, role) = if live.due.is_due() {
        ("!", "periodic snapshot due: ", Role::Warning)
    } else {
        ("✓", "no periodic snapshot due: ", Role::Faint)
    };
    let room = width.saturating_sub(12 + since.len() + 2);
    Text::of(format!("            {since}"), Role::Text).and(
        fit(&format!("{glyph} {says}{}", text::due(live.due)), room),
        role,
    )
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
