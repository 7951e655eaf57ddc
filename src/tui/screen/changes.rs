//! The rows of one table that differ, a line each, and the selected one whole:
//!
//! ```text
//! ╭ memories  5 rows differ ──────────────────╮╭ id = 1408 ────────────╮
//! │▌+ id = 1408  “The harbour light …”        ││ text  The harbour …   │
//! ╰ + only in the snapshot  ~ changed  - … ───╯╰───────────────────────╯
//! ```
//!
//! Only the rows in sight are ever read, so memory does not grow with the difference.

mod detail;
mod drawing;
mod marks;

pub(super) use detail::lines as change_lines;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{DrawContext, HistoryScreen, Reply, Screen, ScreenCommand, Task};
use crate::{
    core::{Change, ChangeKind, Direction, Progress, RestoreOptions, RowKey, Snapshot, TableDiff},
    tui::{
        browser::{DetailPane, Focus, PageCache, Panes, Prompt, rows_within},
        keymap::{Action, Context},
        marks::MarkHow,
        task::{ChangeLine, ChangePage, ChangesReply, ChangesRequest, Differing, HistoryRow},
        widget::{Input, Window},
    },
};

/// The rows of one table that differ.
#[derive(Debug)]
pub struct ChangesScreen {
    rows: Box<Differing>,
    sides: (&'static str, &'static str),
    restores: Option<(Box<Snapshot>, RestoreOptions)>,
    window: Window,
    pages: PageCache<ChangeLine>,
    /// The selected row, whole.
    selected: Option<Change>,
    detail: DetailPane,
    panes: Panes,
    area: Rect,
    prompt: Prompt<()>,
    find: FindState,
    /// Where a range of rows to mark begins.
    range_from: Option<usize>,
    /// Why the last row was not marked.
    warning: Option<&'static str>,
    failed: Option<String>,
}

/// How far the search for a text is.
#[derive(Debug, Default)]
enum FindState {
    #[default]
    Idle,
    Searching(Option<Progress>),
    NotFound,
}

impl ChangesScreen {
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
            pages: PageCache::default(),
            selected: None,
            detail: DetailPane::default(),
            panes: Panes::default(),
            area: Rect::default(),
            prompt: Prompt::default(),
            find: FindState::Idle,
            range_from: None,
            warning: None,
            failed: None,
        }
    }

    fn divided(&self, area: Rect) -> [Rect; 2] {
        self.panes.areas(area, 55, 10)
    }

    fn count(&self) -> usize {
        usize::try_from(self.rows.count()).unwrap_or(usize::MAX)
    }

    /// Reads the selected row, and what is missing of the rows near those in sight.
    fn read(&mut self) -> ScreenCommand {
        self.pages.cancel_request();
        let missing = self.pages.missing(&self.window.rows(), self.count());
        if let Some(places) = &missing {
            self.pages.request(places.clone());
        }
        let selected = self.window.selected() as u64;
        let places = missing.map(|places| places.start as u64..places.end as u64);
        let page = ChangesRequest::Page(self.rows.clone(), places, selected);
        ScreenCommand::Run(Task::Changes(page))
    }

    fn reload_rows(&mut self) -> ScreenCommand {
        self.pages.clear();
        self.read()
    }

    fn act_in_detail(&mut self, action: Action) {
        if !self.detail.act(action) && matches!(action, Action::Back | Action::Open) {
            self.turn_focus(Focus::List);
            self.show_detail();
        }
    }

    fn turn_focus(&mut self, focus: Focus) {
        self.panes.focus = focus;
        self.resize(self.area);
    }

    fn next_kind(&mut self) -> ScreenCommand {
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
        self.window.set_len(self.count());
        self.window.select(0);
        self.reload_rows()
    }

    fn find(&mut self, direction: Direction) -> Option<ScreenCommand> {
        if self.prompt.text().is_empty() || self.count() == 0 {
            return None;
        }
        self.pages.cancel_request();
        self.find = FindState::Searching(None);
        let (text, from) = (self.prompt.text().to_owned(), self.window.selected() as u64);
        let find = ChangesRequest::Find(self.rows.clone(), text, from, direction);
        Some(ScreenCommand::Run(Task::Changes(find)))
    }

    /// Opens the history of the selected row.
    fn history(&self) -> Option<ScreenCommand> {
        let (Change::Added(row) | Change::Removed(row) | Change::Changed { to: row, .. }) =
            self.selected.as_ref()?;
        let table = &self.rows.diff.table;
        let row = HistoryRow::Key(RowKey::of(row, table));
        Some(ScreenCommand::Open(Box::new(HistoryScreen::new(
            &*table.name,
            row,
        ))))
    }

    fn show_detail(&mut self) {
        if let Some(change) = &self.selected {
            let lines = detail::lines(change, &self.rows.diff.table);
            self.detail.show(lines);
        }
    }
}

impl Screen for ChangesScreen {
    fn context(&self) -> Context {
        match (self.prompt.is_typing(), self.panes.focus) {
            (true, _) => Context::Input,
            (false, Focus::List) => Context::Changes,
            (false, Focus::Detail) => Context::Detail,
        }
    }

    fn resize(&mut self, area: Rect) {
        self.area = area;
        let [rows, detail] = self.divided(area);
        self.window
            .resize(usize::from(rows.height.saturating_sub(2)));
        self.detail.resize(detail);
    }

    fn follow_resize(&mut self) -> Option<ScreenCommand> {
        let is_searching = matches!(self.find, FindState::Searching(_));
        let missing = self.pages.missing(&self.window.rows(), self.count());
        missing.filter(|_| !is_searching).map(|_| self.read())
    }

    fn panes(&mut self) -> Option<&mut Panes> {
        Some(&mut self.panes)
    }

    fn load(&mut self) -> Option<ScreenCommand> {
        self.window.set_len(self.count());
        Some(self.reload_rows())
    }

    fn read_again(&mut self) -> Option<ScreenCommand> {
        if self.failed.is_some() {
            self.load()
        } else {
            None
        }
    }

    /// The difference that it was opened from is compared anew.
    fn reload(&mut self) -> Option<ScreenCommand> {
        Some(ScreenCommand::Close)
    }

    fn row_at(&self, at: Position) -> Option<isize> {
        let rows = rows_within(self.divided(self.area)[0], 0);
        self.window.row_at(at, rows)
    }

    fn act(&mut self, action: Action) -> Option<ScreenCommand> {
        if self.panes.focus == Focus::Detail {
            self.act_in_detail(action);
            return None;
        }
        self.warning = None;
        if self.window.act(action) {
            return Some(self.read());
        }
        if self.prompt.is_typing() {
            if action == Action::Answer {
                self.prompt.finish();
                return self.find(Direction::Down);
            }
            self.prompt.cancel();
            return None;
        }
        match action {
            Action::Open => self.turn_focus(Focus::Detail),
            Action::Reload => return Some(self.reload_rows()),
            Action::NextKinds => return Some(self.next_kind()),
            Action::Find => self.prompt.begin(()),
            Action::FindNext => return self.find(Direction::Down),
            Action::FindPrevious => return self.find(Direction::Up),
            Action::Mark => return self.mark(),
            Action::MarkRange => return self.mark_range(MarkHow::Add),
            Action::History => return self.history(),
            Action::Restore if self.range_from.is_some() => {
                return self.mark_range(MarkHow::AddAndRestore);
            }
            Action::Restore => {
                let (snapshot, options) = self.restores.clone()?;
                let table = ScreenCommand::Restore(snapshot, options);
                return Some(ScreenCommand::RestoreMarked(Some(Box::new(table))));
            }
            Action::Back if self.range_from.take().is_some() => {}
            Action::Back => return Some(ScreenCommand::Close),
            _ => {}
        }
        None
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.prompt.input()
    }

    fn set_progress(&mut self, progress: Progress) {
        if let FindState::Searching(known) = &mut self.find {
            *known = Some(progress);
        }
    }

    fn receive(&mut self, reply: Reply) -> Option<ScreenCommand> {
        let Reply::Changes(reply) = reply else {
            return None;
        };
        self.failed = None;
        match reply {
            ChangesReply::Page(Ok(ChangePage { rows, selected })) => {
                if let Some((from, lines)) = rows {
                    self.pages
                        .set(usize::try_from(from).unwrap_or(usize::MAX), lines);
                }
                self.selected = selected;
                self.show_detail();
            }
            ChangesReply::Found(Ok(Some(place))) => {
                self.find = FindState::Idle;
                self.window
                    .select(usize::try_from(place).unwrap_or(usize::MAX));
                return Some(self.read());
            }
            ChangesReply::Found(Ok(None)) => self.find = FindState::NotFound,
            ChangesReply::Page(Err(error)) | ChangesReply::Found(Err(error)) => {
                self.find = FindState::Idle;
                self.pages.cancel_request();
                self.failed = Some(error.to_string());
            }
        }
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let [rows, detail] = self.divided(area);
        self.draw_rows(screen, rows, context);
        self.draw_detail(screen, detail, context);
    }
}
