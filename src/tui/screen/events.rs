//! The event logs of a snapshot and of live as one timeline, and the selected event's whole text:
//!
//! ```text
//! ╭ Events  of rewind 2021-03-15 11:48:07 and live  1,479 of 1,485 ───────────────╮
//! │▌! 1,427  2021-03-15 11:20:07  1  message_sent      lost   “The lighthouse …”  │
//! ╰ 72 lost  6 newer ─────────────────────────────────────────────────────────────╯
//! ╭ event 1,427  snapshot: active  live: rewound ──────────────────────────────────────────╮
//! ```
//!
//! Each event takes a few bytes of memory; texts are read for events near the screen only.

mod choice;
mod drawing;
mod slider;

use std::ops::Range;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{DrawContext, Reply, Screen, ScreenCommand, Task};
use crate::{
    core::{
        Anchor, Contents, Direction, Error, Event, EventChange, EventEntry, EventHistory, Progress,
        Result, Snapshot, TextMatch,
    },
    text,
    tui::{
        browser::{PageCache, Panes, Phase, Prompt, rows_within},
        keymap::{Action, Context},
        task::{EventsRead, EventsReply, EventsRequest, FindEvent},
        widget::{Input, Window},
    },
};
use choice::EventChoice;
use drawing::EventsPanes;
pub use slider::Slider;

#[derive(Debug)]
pub struct EventsScreen {
    snapshot: Option<Box<Snapshot>>,
    history: EventHistory,
    /// The snapshot, once it is open.
    contents: Option<Box<Contents>>,
    state: Phase,
    choice: EventChoice,
    /// How many events changed in which way.
    counts: Vec<(EventChange, u64)>,
    /// The events that are shown, as indices into the history; `None` means all.
    shown: Option<Vec<u32>>,
    window: Window,
    /// The events near the screen, with their texts; `None` for one that is gone.
    pages: PageCache<Option<Event>>,
    prompt: Prompt<EventsQuery>,
    /// The text that was found last, and how far the search for it is.
    text: Option<TextMatch>,
    find: Phase,
    /// Why the selection did not go to an event.
    status: Option<String>,
    slider: Slider,
    panes: Panes,
    area: Rect,
}

/// What the typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventsQuery {
    /// To find the next event with a text.
    Find,
    /// To show only some kinds and branches.
    Filter,
    /// To go to an event by its id.
    GoTo,
}

impl EventsScreen {
    /// The events of a snapshot and of live, or of live alone.
    pub fn new(snapshot: Option<Snapshot>, slider: Slider) -> Self {
        Self {
            snapshot: snapshot.map(Box::new),
            history: EventHistory::default(),
            contents: None,
            state: Phase::Reading(None),
            choice: EventChoice::default(),
            counts: Vec::new(),
            shown: None,
            window: Window::default(),
            pages: PageCache::default(),
            prompt: Prompt::default(),
            text: None,
            find: Phase::Idle,
            status: None,
            slider,
            panes: Panes::default(),
            area: Rect::default(),
        }
    }

    fn filter(&mut self, words: String) {
        self.choice.words = words;
        self.choose();
    }

    /// Filters anew; the selected event stays selected, or the next that is shown.
    fn choose(&mut self) {
        let id = self.selected().map(|entry| entry.id);
        self.show(id);
    }

    fn show(&mut self, id: Option<i64>) {
        let includes = |kind: &str, branch: &str| self.choice.includes(kind, branch);
        let is_chosen = self.choice.is_some();
        self.shown = is_chosen.then(|| self.history.places(self.choice.change, includes));
        self.pages.clear();
        self.find = Phase::Idle;
        self.window.set_len(self.len());
        match id {
            Some(id) => self.select(id),
            // The newest events are the most interesting.
            None => self.window.select(usize::MAX),
        }
    }

    /// How many events are shown.
    fn len(&self) -> usize {
        self.shown.as_ref().map_or(self.history.len(), Vec::len)
    }

    /// Selects the first event from this id on.
    fn select(&mut self, id: i64) {
        let place = self.history.place_of(id);
        let shown = self.shown.as_ref();
        let row = shown.map(|shown| shown.partition_point(|known| (*known as usize) < place));
        self.window.select(row.unwrap_or(place));
    }

    fn go_to(&mut self) {
        let text = self.prompt.text();
        let digits: String = text.chars().filter(|letter| *letter != ',').collect();
        let Ok(id) = digits.trim().parse() else {
            self.status = Some(format!("{text} is not an event number"));
            return;
        };
        self.select(id);
        if self.selected().is_none_or(|entry| entry.id != id) {
            self.status = Some(format!("event {} is not among these", text::event_id(id)));
        }
    }

    /// Finds the text from this many events behind the selected one on, or upwards from before it.
    fn find(&mut self, direction: Direction, behind: usize) -> Option<ScreenCommand> {
        if let Phase::Reading(_) | Phase::Failed(_) = self.state {
            return None;
        }
        let find = FindEvent {
            text: self.text.clone()?,
            history: self.history.clone(),
            shown: self.shown.clone(),
            from: self.window.selected() + behind,
            direction,
            contents: self.contents.clone(),
        };
        self.pages.cancel_request();
        self.find = Phase::Reading(None);
        Some(ScreenCommand::Run(Task::Events(EventsRequest::Find(
            Box::new(find),
        ))))
    }

    fn entry(&self, row: usize) -> Option<EventEntry> {
        let place = match &self.shown {
            Some(shown) => *shown.get(row)? as usize,
            None => row,
        };
        self.history.entry(place)
    }

    fn selected(&self) -> Option<EventEntry> {
        self.entry(self.window.selected())
    }

    /// Reads the texts of the events near the screen, if they are missing. While the logs are being read,
    /// only the end of live's is shown, whose texts are known.
    fn read(&mut self) -> Option<ScreenCommand> {
        if let Phase::Reading(_) | Phase::Failed(_) = self.state {
            return None;
        }
        let rows = self.pages.missing(&self.window.rows(), self.len())?;
        let entries = rows.clone().filter_map(|row| self.entry(row)).collect();
        self.pages.request(rows);
        self.find = Phase::Idle;
        let texts = EventsRequest::Texts(self.contents.clone(), entries);
        Some(ScreenCommand::Run(Task::Events(texts)))
    }

    fn take(&mut self, read: EventsRead) {
        let id = self.selected().map(|entry| entry.id);
        self.history = read.history;
        self.contents = read.contents;
        self.counts = choice::counts(&self.history);
        self.show(id);
        if !read.events.is_empty() {
            self.set_texts(0..self.len(), read.events);
        }
    }

    /// Takes the texts of the events in these rows; an event that is gone has none.
    fn set_texts(&mut self, rows: Range<usize>, events: Vec<(EventEntry, Event)>) {
        let mut events = events.into_iter().peekable();
        let from = rows.start;
        let texts = rows.map(|row| {
            let entry = self.entry(row)?;
            let found = events.next_if(|(found, _)| *found == entry);
            found.map(|(_, event)| event)
        });
        let texts = texts.collect();
        self.pages.set(from, texts);
    }

    fn found(&mut self, found: Result<Option<usize>>) -> Option<ScreenCommand> {
        match found {
            Ok(Some(row)) => self.window.select(row),
            Ok(None) => {
                let text = self.text.as_ref().map_or("", TextMatch::text);
                self.status = Some(format!("! no event has “{text}”"));
            }
            Err(error) => self.status = Some(format!("✗ {error}")),
        }
        self.read()
    }

    fn text(&self, row: usize) -> Option<&Event> {
        self.pages.get(row)?.as_ref()
    }
}

impl Screen for EventsScreen {
    fn context(&self) -> Context {
        if self.prompt.is_typing() {
            Context::Input
        } else {
            Context::Events
        }
    }

    fn phase(&mut self) -> Option<&mut Phase> {
        Some(&mut self.state)
    }

    fn resize(&mut self, area: Rect) {
        self.area = area;
        let list = EventsPanes::of(area, self.panes).list;
        self.window
            .resize(usize::from(list.height.saturating_sub(3)));
    }

    fn follow_resize(&mut self) -> Option<ScreenCommand> {
        match self.find {
            Phase::Reading(_) => None,
            _ => self.read(),
        }
    }

    fn panes(&mut self) -> Option<&mut Panes> {
        Some(&mut self.panes)
    }

    fn load(&mut self) -> Option<ScreenCommand> {
        self.state = Phase::Reading(None);
        Some(ScreenCommand::Run(Task::Events(EventsRequest::History(
            self.snapshot.clone(),
        ))))
    }

    fn row_at(&self, at: Position) -> Option<isize> {
        let rows = rows_within(EventsPanes::of(self.area, self.panes).list, 1);
        self.window.row_at(at, rows)
    }

    fn act(&mut self, action: Action) -> Option<ScreenCommand> {
        self.status = None;
        if self.window.act(action) {
            return self.read();
        }
        if self.prompt.is_typing() {
            match (action, self.prompt.finish()) {
                (Action::Answer, Some(EventsQuery::Find)) => {
                    let text = self.prompt.text();
                    self.text = (!text.is_empty()).then(|| TextMatch::new(text));
                    return self.find(Direction::Down, 0);
                }
                (Action::Answer, Some(EventsQuery::GoTo)) => self.go_to(),
                (Action::Back, Some(EventsQuery::Filter)) => self.filter(String::new()),
                _ => {}
            }
            return self.read();
        }
        match action {
            Action::Back if matches!(self.find, Phase::Reading(_)) => {
                self.find = Phase::Idle;
                self.status = Some("cancelled".to_owned());
                return Some(ScreenCommand::Cancel);
            }
            Action::Back if self.choice.is_some() => {
                self.choice = EventChoice::default();
                self.choose();
            }
            Action::Back => return Some(ScreenCommand::Close),
            Action::NextKinds => {
                self.choice.next(&self.counts);
                self.choose();
            }
            Action::Earlier => self.slide(Direction::Up),
            Action::Later => self.slide(Direction::Down),
            Action::Find => self.prompt.begin(EventsQuery::Find),
            Action::FindNext => return self.find(Direction::Down, 1),
            Action::FindPrevious => return self.find(Direction::Up, 0),
            Action::Filter => {
                self.prompt.set_text(self.choice.words.clone());
                self.prompt.edit(EventsQuery::Filter);
            }
            Action::GoTo => self.prompt.begin(EventsQuery::GoTo),
            Action::Reload => return self.load(),
            Action::Restore => {
                let entry = self.selected()?;
                // The same id may name another event on the other side.
                let side = match (entry.live(), &self.snapshot) {
                    (None, Some(snapshot)) => Anchor::Snapshot(snapshot.clone()),
                    _ => Anchor::Live,
                };
                return Some(ScreenCommand::RestoreMoment(entry.id, side));
            }
            _ => {}
        }
        self.read()
    }

    fn set_progress(&mut self, progress: Progress) {
        self.find.set_progress(progress);
        self.state.set_progress(progress);
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.prompt.input()
    }

    fn edited(&mut self) -> Option<ScreenCommand> {
        if let Some(EventsQuery::Filter) = self.prompt.follow() {
            self.filter(self.prompt.text().to_owned());
        }
        self.read()
    }

    fn receive(&mut self, reply: Reply) -> Option<ScreenCommand> {
        let Reply::Events(reply) = reply else {
            return None;
        };
        match reply {
            // What is shown already stays until all is read anew.
            EventsReply::End(read) if self.history.is_empty() => self.take(*read),
            EventsReply::Known(Ok(read)) => {
                self.state = Phase::Done;
                self.take(*read);
                return self.read();
            }
            EventsReply::Texts(Ok(events)) => self.set_texts(self.pages.requested(), events),
            EventsReply::Found(found) if matches!(self.find, Phase::Reading(_)) => {
                self.find = Phase::Idle;
                return self.found(found);
            }
            EventsReply::End(_)
            | EventsReply::Found(_)
            | EventsReply::Known(Err(Error::Cancelled))
            | EventsReply::Texts(Err(Error::Cancelled)) => {}
            // The next events that come into sight are read nevertheless.
            EventsReply::Texts(Err(error)) => {
                self.pages.cancel_request();
                self.status = Some(format!("✗ {error}"));
            }
            EventsReply::Known(Err(error)) => {
                self.state = Phase::Failed(error.to_string());
            }
        }
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let panes = EventsPanes::of(area, self.panes);
        self.draw_list(screen, panes.list, context);
        self.draw_detail(screen, panes.detail, context);
    }
}
