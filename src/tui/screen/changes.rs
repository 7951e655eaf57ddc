//! The rows of one table that differ, a line each, and the selected one whole:
//!
//! ```text
//! ╭ memories  5 rows differ ──────────────────╮╭ id = 1408 ────────────╮
//! │▌- id = 1408  “The harbour light …”        ││ text  The harbour …   │
//! ╰ + only in live  ~ changed  - only in … ───╯╰───────────────────────╯
//! ```
//!
//! Only the rows in sight are ever read, so memory does not grow with the difference.

mod detail;
mod drawing;
mod words;

use ratatui::{Frame, layout::Rect};

use super::{Command, DrawContext, Reply, Screen, Task};
use crate::{
    core::{ChangeKind, Direction, Progress, RestoreOptions, Snapshot, TableDiff},
    tui::{
        browser::{DetailPane, Focus, list_and_detail},
        keymap::{Action, Context},
        task::{ChangePage, ChangesReply, ChangesRequest, Differing},
        widget::{Input, Window},
    },
};

/// The rows of one table that differ.
#[derive(Debug)]
pub struct Changes {
    rows: Box<Differing>,
    /// The sides in a word or two.
    sides: (&'static str, &'static str),
    restores: Option<(Box<Snapshot>, RestoreOptions)>,
    window: Window,
    page: ChangePage,
    /// The selected row.
    detail: DetailPane,
    focus: Focus,
    finding: FindLine,
    failed: Option<String>,
}

/// A text that is looked for.
#[derive(Debug, Default)]
struct FindLine {
    text: String,
    typing: Option<Input>,
    state: FindResult,
}

#[derive(Debug, Default)]
enum FindResult {
    #[default]
    Idle,
    Looking(Option<Progress>),
    Nowhere,
}

impl Changes {
    /// The rows that differ in a table, and what `r` would restore of it.
    pub(super) fn new(
        diff: TableDiff,
        sides: (&'static str, &'static str),
        restores: Option<(Box<Snapshot>, RestoreOptions)>,
    ) -> Self {
        Self {
            rows: Box::new(Differing { diff, kind: None }),
            sides,
            restores,
            window: Window::default(),
            page: ChangePage::default(),
            detail: DetailPane::default(),
            focus: Focus::List,
            finding: FindLine::default(),
            failed: None,
        }
    }

    fn count(&self) -> usize {
        usize::try_from(self.rows.count()).unwrap_or(usize::MAX)
    }

    /// Reads what is in sight, and a screenful more on either side.
    fn read(&self) -> Command {
        let rows = self.window.rows();
        let more = rows.len();
        let places = rows.start.saturating_sub(more)..rows.end.saturating_add(more);
        let places = places.start as u64..places.end as u64;
        let whole = self.window.selected() as u64;
        Command::Run(Task::Changes(ChangesRequest::Page(
            self.rows.clone(),
            places,
            whole,
        )))
    }

    fn act_in_detail(&mut self, action: Action) {
        if !self.detail.act(action) && matches!(action, Action::Back | Action::Open) {
            self.focus = Focus::List;
            self.show_detail();
        }
    }

    fn next_kind(&mut self) -> Command {
        let kinds = [
            None,
            Some(ChangeKind::Added),
            Some(ChangeKind::Changed),
            Some(ChangeKind::Removed),
        ];
        let place = kinds.iter().position(|kind| *kind == self.rows.kind);
        let others = kinds.iter().cycle().skip(place.unwrap_or(0) + 1);
        let shown = |kind: &&Option<ChangeKind>| self.rows.diff.count(**kind) > 0;
        self.rows.kind = others.take(4).find(shown).copied().flatten();
        self.page = ChangePage::default();
        self.window.set_len(self.count());
        self.window.select(0);
        self.read()
    }

    fn find(&mut self, direction: Direction) -> Option<Command> {
        if self.finding.text.is_empty() || self.count() == 0 {
            return None;
        }
        self.finding.state = FindResult::Looking(None);
        let (text, from) = (self.finding.text.clone(), self.window.selected() as u64);
        let find = ChangesRequest::Find(self.rows.clone(), text, from, direction);
        Some(Command::Run(Task::Changes(find)))
    }

    fn show_detail(&mut self) {
        if let Some((_, change)) = &self.page.whole {
            let lines = detail::lines(change, &self.rows.diff.table);
            self.detail.show(lines);
        }
    }
}

impl Screen for Changes {
    fn context(&self) -> Context {
        match (&self.finding.typing, self.focus) {
            (Some(_), _) => Context::Input,
            (None, Focus::List) => Context::Changes,
            (None, Focus::Detail) => Context::Detail,
        }
    }

    fn resize(&mut self, area: Rect) {
        let [rows, detail] = panes(area);
        self.window
            .resize(usize::from(rows.height.saturating_sub(2)));
        self.detail.resize(detail);
    }

    fn load(&mut self) -> Option<Command> {
        self.window.set_len(self.count());
        Some(self.read())
    }

    fn read_again(&mut self) -> Option<Command> {
        if self.failed.is_some() {
            self.load()
        } else {
            None
        }
    }

    /// What it shows is no more; the difference below is compared anew.
    fn reload(&mut self) -> Option<Command> {
        Some(Command::Close)
    }

    fn act(&mut self, action: Action) -> Option<Command> {
        if self.focus == Focus::Detail {
            self.act_in_detail(action);
            return None;
        }
        if self.window.act(action) {
            return Some(self.read());
        }
        match (action, self.finding.typing.take()) {
            (Action::Answer, Some(input)) => {
                self.finding.text = input.text();
                return self.find(Direction::Down);
            }
            (Action::Open, None) => self.focus = Focus::Detail,
            (Action::Reload, None) => return Some(self.read()),
            (Action::NextKinds, None) => return Some(self.next_kind()),
            (Action::Find, None) => self.finding.typing = Some(Input::default()),
            (Action::FindNext, None) => return self.find(Direction::Down),
            (Action::FindPrevious, None) => return self.find(Direction::Up),
            (Action::Restore, None) => {
                let (snapshot, options) = self.restores.clone()?;
                return Some(Command::Restore(snapshot, options));
            }
            (Action::Back, None) => return Some(Command::Close),
            _ => {}
        }
        None
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.finding.typing.as_mut()
    }

    fn set_progress(&mut self, progress: Progress) {
        if let FindResult::Looking(known) = &mut self.finding.state {
            *known = Some(progress);
        }
    }

    fn receive(&mut self, reply: Reply) -> Option<Command> {
        let Reply::Changes(reply) = reply else {
            return None;
        };
        match reply {
            ChangesReply::Page(Ok(page)) => {
                self.failed = None;
                self.page = page;
                self.show_detail();
            }
            ChangesReply::Found(Ok(Some(place))) => {
                self.failed = None;
                self.finding.state = FindResult::Idle;
                self.window
                    .select(usize::try_from(place).unwrap_or(usize::MAX));
                return Some(self.read());
            }
            ChangesReply::Found(Ok(None)) => {
                self.failed = None;
                self.finding.state = FindResult::Nowhere;
            }
            ChangesReply::Page(Err(error)) | ChangesReply::Found(Err(error)) => {
                self.finding.state = FindResult::Idle;
                self.failed = Some(error.to_string());
            }
        }
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let [rows, detail] = panes(area);
        self.draw_rows(screen, rows, context);
        self.draw_detail(screen, detail, context);
    }
}

/// The rows, and the selected one beside them or below.
fn panes(area: Rect) -> [Rect; 2] {
    list_and_detail(area, 55)
}
