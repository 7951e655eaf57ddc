//! The history of one row: a line for each version, oldest first, and the selected one whole.
//!
//! ```text
//! ╭ memories, id = 4  3 versions in 3 snapshots and live ────────────────╮
//! │     SEEN  SNAPSHOT             IN           CHANGE                   │
//! │▌  20 min  periodic 12:00:00    2 snapshots  first seen               │
//! │   10 min  rewind 12:20:00      1 snapshot   text: nihgt → night      │
//! │        -  live                 live         gone                     │
//! ╰──────────────────────────────────────────────────────────────────────╯
//! ```

mod detail;
mod drawing;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{DrawContext, Reply, RowsScreen, Screen, ScreenCommand, ShownSide, Task};
use crate::{
    core::{Error, Place, RestoreOptions, RowHistory, RowKey, RowOf, RowVersion},
    tui::{
        browser::{DetailPane, Focus, Panes, Phase, rows_within},
        keymap::{Action, Context},
        task::{At, HistoryReply, HistoryRequest, HistoryRow},
        widget::{Input, Window},
    },
};

/// The history of one row.
#[derive(Debug)]
pub struct HistoryScreen {
    request: HistoryRequest,
    state: Phase,
    read: Option<KnownRow>,
    window: Window,
    detail: DetailPane,
    panes: Panes,
    area: Rect,
    /// Why a key did nothing.
    status: Option<&'static str>,
}

/// What is known of the row.
#[derive(Debug)]
struct KnownRow {
    key: RowKey,
    history: RowHistory,
    versions: Vec<RowVersion>,
    lines: Vec<HistoryLine>,
}

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HistoryLine {
    /// The version at this index.
    Version(usize),
    /// The side at this index of those that could not be read.
    Failed(usize),
}

impl KnownRow {
    fn new(key: RowKey, history: RowHistory) -> Self {
        let versions = history.versions();
        let since = |line: &HistoryLine| match line {
            HistoryLine::Version(index) => order(versions[*index].places[0]),
            HistoryLine::Failed(index) => order(history.failed()[*index].0),
        };
        let failed = (0..history.failed().len()).map(HistoryLine::Failed);
        let mut lines: Vec<_> = (0..versions.len()).map(HistoryLine::Version).collect();
        lines.extend(failed);
        lines.sort_by_key(since);
        Self {
            key,
            history,
            versions,
            lines,
        }
    }

    /// The newest version that live lacks, or the last line.
    fn first_choice(&self) -> usize {
        let is_restorable = |line: &HistoryLine| match line {
            HistoryLine::Version(index) => {
                let version = &self.versions[*index];
                version.row.is_some() && !version.is_live()
            }
            HistoryLine::Failed(_) => false,
        };
        let last = self.lines.len().saturating_sub(1);
        self.lines.iter().rposition(is_restorable).unwrap_or(last)
    }
}

fn order(place: Place) -> usize {
    match place {
        Place::Live => usize::MAX,
        Place::Snapshot(index) => index,
    }
}

impl HistoryScreen {
    pub fn new(table: impl Into<String>, row: HistoryRow) -> Self {
        Self {
            request: HistoryRequest {
                table: table.into(),
                row,
            },
            state: Phase::Idle,
            read: None,
            window: Window::default(),
            detail: DetailPane::default(),
            panes: Panes::default(),
            area: Rect::default(),
            status: None,
        }
    }

    fn divided(&self, area: Rect) -> [Rect; 2] {
        self.panes.areas(area, 55, 10)
    }

    fn line(&self) -> Option<HistoryLine> {
        let known = self.read.as_ref()?;
        known.lines.get(self.window.selected()).copied()
    }

    /// The selected version, and what is known of the row.
    fn selected(&self) -> Option<(&RowVersion, &KnownRow)> {
        let known = self.read.as_ref()?;
        match self.line()? {
            HistoryLine::Version(index) => Some((&known.versions[index], known)),
            HistoryLine::Failed(_) => None,
        }
    }

    fn show(&mut self, known: KnownRow) {
        // A person begins with the newest version that can be restored, until another is selected.
        let is_first_choice = self
            .read
            .as_ref()
            .is_none_or(|before| self.window.selected() == before.first_choice());
        self.window.set_len(known.lines.len());
        if is_first_choice {
            self.window.select(known.first_choice());
        }
        self.read = Some(known);
        self.show_detail();
    }

    fn show_detail(&mut self) {
        let lines = match (self.line(), &self.read) {
            (Some(HistoryLine::Version(index)), Some(known)) => {
                detail::of_version(&known.versions[index])
            }
            (Some(HistoryLine::Failed(index)), Some(known)) => {
                detail::of_failure(&known.history.failed()[index].1)
            }
            _ => Vec::new(),
        };
        self.detail.show(lines);
    }

    /// Opens the selected version among the rows of the newest snapshot that holds it.
    fn open(&mut self) -> Option<ScreenCommand> {
        let (version, known) = self.selected()?;
        let Some(row) = &version.row else {
            self.status = Some("the row did not exist then");
            return None;
        };
        let (origin, number) = match version.snapshots().next_back() {
            Some(index) => {
                let snapshot = Box::new(known.history.snapshots()[index].clone());
                (ShownSide::Snapshot(snapshot), version.number)
            }
            None => (ShownSide::Live, 0),
        };
        let named = row.row.key_columns(&row.table);
        let key = named.map(|(column, value)| (column.to_owned(), value.clone()));
        let mut rows = RowsScreen::new(origin, &*row.table.name, At::Key(number, key.collect()));
        if let Some(column) = version.changed.first() {
            rows = rows.at_column(column);
        }
        Some(ScreenCommand::Open(Box::new(rows)))
    }

    /// Restores the selected version of the row from the newest snapshot that holds it.
    fn restore(&mut self) -> Option<ScreenCommand> {
        let (version, known) = self.selected()?;
        let place = version.snapshots().next_back();
        let (Some(row), Some(index), false) = (&version.row, place, version.is_live()) else {
            self.status = Some(match &version.row {
                None => "the row did not exist then: nothing to restore",
                Some(_) => "live holds this version: there is nothing to bring back",
            });
            return None;
        };
        let row = RowOf {
            table: row.table.name.clone(),
            key: known.key.clone(),
        };
        let snapshot = Box::new(known.history.snapshots()[index].clone());
        let options = RestoreOptions {
            rows: vec![row],
            ..RestoreOptions::default()
        };
        Some(ScreenCommand::Restore(snapshot, options))
    }

    fn turn_focus(&mut self, focus: Focus) {
        self.panes.focus = focus;
        self.resize(self.area);
        self.show_detail();
    }
}

impl Screen for HistoryScreen {
    fn context(&self) -> Context {
        match self.panes.focus {
            Focus::List => Context::History,
            Focus::Detail => Context::Detail,
        }
    }

    fn phase(&mut self) -> Option<&mut Phase> {
        Some(&mut self.state)
    }

    fn resize(&mut self, area: Rect) {
        self.area = area;
        let [list, detail] = self.divided(area);
        // The frame, and the heading.
        self.window
            .resize(usize::from(list.height.saturating_sub(3)));
        self.detail.resize(detail);
    }

    fn panes(&mut self) -> Option<&mut Panes> {
        Some(&mut self.panes)
    }

    fn load(&mut self) -> Option<ScreenCommand> {
        self.state = Phase::Reading(None);
        Some(ScreenCommand::Run(Task::History(Box::new(
            self.request.clone(),
        ))))
    }

    fn row_at(&self, at: Position) -> Option<isize> {
        let rows = rows_within(self.divided(self.area)[0], 1);
        self.window.row_at(at, rows)
    }

    fn act(&mut self, action: Action) -> Option<ScreenCommand> {
        self.status = None;
        if self.panes.focus == Focus::Detail {
            if !self.detail.act(action) && matches!(action, Action::Back | Action::Open) {
                self.turn_focus(Focus::List);
            }
            return None;
        }
        if self.window.act(action) {
            self.show_detail();
            return None;
        }
        match action {
            Action::Right => self.turn_focus(Focus::Detail),
            Action::Open => return self.open(),
            Action::Restore => return self.restore(),
            Action::Reload => return self.load(),
            Action::Back if matches!(self.state, Phase::Reading(_)) && self.read.is_some() => {
                self.state = Phase::Failed("cancelled".to_owned());
                return Some(ScreenCommand::Cancel);
            }
            Action::Back => return Some(ScreenCommand::Close),
            _ => {}
        }
        None
    }

    fn input(&mut self) -> Option<&mut Input> {
        None
    }

    fn receive(&mut self, reply: Reply) -> Option<ScreenCommand> {
        let (Reply::History(reply), Phase::Reading(_)) = (reply, &self.state) else {
            return None;
        };
        match reply {
            HistoryReply::Read(key, history) => self.show(KnownRow::new(key, *history)),
            HistoryReply::Over(Ok(())) => self.state = Phase::Done,
            HistoryReply::Over(Err(Error::Cancelled)) => {}
            HistoryReply::Over(Err(error)) => self.state = Phase::Failed(error.to_string()),
        }
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let [list, detail] = self.divided(area);
        self.draw_list(screen, list, context);
        self.draw_detail(screen, detail, context);
    }
}
