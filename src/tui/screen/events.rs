//! The event logs of a snapshot and of live as one timeline, and the selected event's whole text:
//!
//! ```text
//! ╭ Events  of rewind 2021-03-15 11:48:07 and live  1,479 of 1,485 ───────────────╮
//! │▌! 1,427  2021-03-15 11:20:07  1  message_sent      lost   “The lighthouse …”  │
//! ╰ 72 lost  6 newer ─────────────────────────────────────────────────────────────╯
//! ╭ event 1,427: live has it, superseded ──────────────────────────────────────────╮
//! ```
//!
//! Of every event a few bytes are in memory; what events say is read of those near the screen only.

mod choice;
mod drawing;

use std::collections::HashMap;

use ratatui::{Frame, layout::Rect};

use super::{Command, DrawContext, Reply, Screen, Task};
use crate::{
    core::{
        Contents, Entry, Error, Event, EventChange, History, Progress, RestoreOptions, Snapshot,
    },
    text,
    tui::{
        browser::{Phase, Prompt},
        keymap::{Action, Context},
        task::{EventsRead, EventsReply, EventsRequest},
        widget::{Input, Window},
    },
};
use choice::EventChoice;
use drawing::EventsPanes;

/// The events of a snapshot and of live.
#[derive(Debug)]
pub struct Events {
    snapshot: Option<Box<Snapshot>>,
    history: History,
    /// The snapshot, once it was opened.
    contents: Option<Box<Contents>>,
    state: Phase,
    choice: EventChoice,
    /// What became of how many, where there are some.
    counts: Vec<(EventChange, u64)>,
    /// The events that are shown, by their places in the history.
    shown: Vec<u32>,
    window: Window,
    /// What the events near the screen say.
    texts: HashMap<(i64, u64), Event>,
    prompt: Prompt<EventsQuery>,
    /// Why an event was not gone to.
    says: Option<String>,
    area: Rect,
}

/// What the typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventsQuery {
    /// To show only some kinds and branches.
    Filter,
    /// To go to an event by its id.
    GoTo,
}

impl Events {
    /// The events of a snapshot and of live, or of live alone, before they are known.
    pub fn new(snapshot: Option<Snapshot>) -> Self {
        Self {
            snapshot: snapshot.map(Box::new),
            history: History::default(),
            contents: None,
            state: Phase::Reading(None),
            choice: EventChoice::default(),
            counts: Vec::new(),
            shown: Vec::new(),
            window: Window::default(),
            texts: HashMap::new(),
            prompt: Prompt::default(),
            says: None,
            area: Rect::default(),
        }
    }

    fn filter(&mut self, words: String) {
        self.choice.set_words(words);
        self.choose();
    }

    /// Shows what is chosen; the selected event stays selected, or the next that is shown is.
    fn choose(&mut self) {
        let id = self.selected().map(|entry| entry.id);
        self.show(id);
    }

    fn show(&mut self, id: Option<i64>) {
        let wanted = |kind: &str, branch: &str| self.choice.wants(kind, branch);
        self.shown = self.history.places(self.choice.became(), wanted);
        self.window.set_len(self.shown.len());
        match id {
            Some(id) => self.select(id),
            // The newest events are what one comes for.
            None => self.window.select(usize::MAX),
        }
    }

    /// Selects the first event from this id on.
    fn select(&mut self, id: i64) {
        let entries = self.history.entries();
        let place = self
            .shown
            .partition_point(|place| entries[*place as usize].id < id);
        self.window.select(place);
    }

    fn go_to(&mut self) {
        let text = self.prompt.text();
        let digits: String = text.chars().filter(|letter| *letter != ',').collect();
        let Ok(id) = digits.trim().parse() else {
            self.says = Some(format!("{text} is no event's number"));
            return;
        };
        self.select(id);
        if self.selected().is_none_or(|entry| entry.id != id) {
            self.says = Some(format!("event {} is not among these", text::event_id(id)));
        }
    }

    fn entry(&self, row: usize) -> Option<&Entry> {
        let place = *self.shown.get(row)?;
        self.history.entries().get(place as usize)
    }

    fn selected(&self) -> Option<&Entry> {
        self.entry(self.window.selected())
    }

    /// Reads what the events near the screen say, if it is not known. While the logs are being read
    /// only the end of live's is shown, which is known.
    fn read(&self) -> Option<Command> {
        if let Phase::Reading(_) | Phase::Failed(_) = self.state {
            return None;
        }
        let rows = self.window.rows();
        let mut seen = rows.clone().filter_map(|row| self.entry(row));
        if seen.all(|entry| self.texts.contains_key(&entry.key())) {
            return None;
        }
        let around = rows.start.saturating_sub(rows.len())..rows.end + rows.len();
        let wanted = around.filter_map(|row| self.entry(row)).copied().collect();
        Some(Command::Run(Task::Events(EventsRequest::Texts(
            self.contents.clone(),
            wanted,
        ))))
    }

    fn take(&mut self, told: EventsRead) {
        let id = self.selected().map(|entry| entry.id);
        self.history = told.history;
        self.contents = told.contents;
        self.counts = choice::counts(&self.history);
        self.learn(told.events);
        self.show(id);
    }

    fn learn(&mut self, events: Vec<(Entry, Event)>) {
        let events = events.into_iter();
        self.texts = events.map(|(entry, event)| (entry.key(), event)).collect();
    }
}

impl Screen for Events {
    fn context(&self) -> Context {
        if self.prompt.is_typing() {
            Context::Input
        } else {
            Context::Events
        }
    }

    fn resize(&mut self, area: Rect) {
        self.area = area;
        let list = EventsPanes::of(area).list;
        self.window
            .resize(usize::from(list.height.saturating_sub(2)));
    }

    fn load(&mut self) -> Option<Command> {
        self.state = Phase::Reading(None);
        Some(Command::Run(Task::Events(EventsRequest::History(
            self.snapshot.clone(),
        ))))
    }

    fn read_again(&mut self) -> Option<Command> {
        if let Phase::Failed(_) = self.state {
            self.reload()
        } else {
            None
        }
    }

    fn live_changed(&mut self) {
        self.state.live_changed();
    }

    fn act(&mut self, action: Action) -> Option<Command> {
        self.says = None;
        if self.window.act(action) {
            return self.read();
        }
        if self.prompt.is_typing() {
            match (action, self.prompt.finish()) {
                (Action::Answer, Some(EventsQuery::GoTo)) => self.go_to(),
                (Action::Back, Some(EventsQuery::Filter)) => self.filter(String::new()),
                _ => {}
            }
            return self.read();
        }
        match action {
            Action::Back if self.choice.is_some() => {
                self.choice = EventChoice::default();
                self.choose();
            }
            Action::Back => return Some(Command::Close),
            Action::NextKinds => {
                self.choice.next(&self.counts);
                self.choose();
            }
            Action::Find => {
                self.prompt.set_text(self.choice.words().to_owned());
                self.prompt.edit(EventsQuery::Filter);
            }
            Action::GoTo => self.prompt.begin(EventsQuery::GoTo),
            Action::Reload => return self.load(),
            Action::Restore => {
                let snapshot = self.snapshot.clone()?;
                return Some(Command::Restore(snapshot, RestoreOptions::default()));
            }
            _ => {}
        }
        self.read()
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.prompt.input()
    }

    fn edited(&mut self) -> Option<Command> {
        if let Some(EventsQuery::Filter) = self.prompt.follow() {
            self.filter(self.prompt.text().to_owned());
        }
        None
    }

    fn set_progress(&mut self, progress: Progress) {
        self.state.set_progress(progress);
    }

    fn receive(&mut self, reply: Reply) -> Option<Command> {
        let Reply::Events(reply) = reply else {
            return None;
        };
        match reply {
            // What is known already stays until all is known anew.
            EventsReply::End(told) if self.shown.is_empty() => self.take(*told),
            EventsReply::Known(Ok(told)) => {
                self.state = Phase::Done;
                self.take(*told);
                return self.read();
            }
            EventsReply::Texts(Ok(events)) => self.learn(events),
            EventsReply::End(_)
            | EventsReply::Known(Err(Error::Cancelled))
            | EventsReply::Texts(Err(Error::Cancelled)) => {}
            // The next events that come into sight are read all the same.
            EventsReply::Texts(Err(error)) => self.says = Some(format!("✗ {error}")),
            EventsReply::Known(Err(error)) => {
                self.state = Phase::Failed(error.to_string());
            }
        }
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let panes = EventsPanes::of(area);
        self.draw_list(screen, panes.list, context);
        self.draw_detail(screen, panes.detail, context);
    }
}
