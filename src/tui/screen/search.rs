//! The search: a line to type a text in, and below the rows that contain it, as they are found.
//!
//! ```text
//! ╭ Search ─────────────────────────────────────────────────────╮
//! │ text: lamp▏                                                  │
//! │ all snapshots · all tables            3 rows in 38 snapshots │
//! │   LIVE  ROW                IN  LAST    TEXT                  │
//! │ ▌ ✗     memories 41   5 of 38  12 min  … the lamp on the …   │
//! │ ── memories, id = 41, text ───────────────────────────────── │
//! │ the selected row's text, where it is, what brings it back    │
//! ╰──────────────────────────────────────────────────────────────╯
//! ```

mod drawing;
mod marks;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    DrawContext, HistoryScreen, Reply, RowsScreen, Screen, ScreenCommand, ShownSide, Task,
};
use crate::{
    core::{Error, Finding, Kind, Place, RestoreOptions, RowOf, Snapshot, Syntax},
    tui::{
        browser::{Panes, Phase},
        keymap::{Action, Context},
        marks::MarkHow,
        task::{At, FindingsSoFar, HistoryRow, SearchReply, SearchRequest},
        widget::{Input, Window},
    },
};
use drawing::SearchAreas;

/// Which rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    All,
    /// Only rows that are not active in live.
    Missing,
}

#[derive(Debug)]
pub struct SearchScreen {
    request: SearchRequest,
    input: Input,
    is_typing: bool,
    state: Phase,
    found: Option<FindingsSoFar>,
    /// The tables with results when all were searched.
    tables: Vec<String>,
    window: Window,
    which: Which,
    /// Why a key did nothing.
    status: Option<&'static str>,
    /// Where a range of rows to mark begins.
    range_from: Option<usize>,
    panes: Panes,
    area: Rect,
}

impl SearchScreen {
    pub fn new() -> Self {
        Self {
            request: SearchRequest {
                text: String::new(),
                syntax: Syntax::Text,
                kind: None,
                table: None,
            },
            input: Input::default(),
            is_typing: true,
            state: Phase::Idle,
            found: None,
            tables: Vec::new(),
            window: Window::default(),
            which: Which::All,
            status: None,
            range_from: None,
            panes: Panes::default(),
            area: Rect::default(),
        }
    }

    /// Takes what was found, the rows that live lacks first. The selected row stays selected.
    fn show(&mut self, found: Option<FindingsSoFar>) {
        let of = |row: &Finding| (row.table.clone(), row.key.clone());
        let selected = self.selected().map(|(row, _)| of(row));
        self.found = found;
        if let Some(found) = &mut self.found {
            found.rows.sort_by_key(Finding::is_in_live);
        }
        self.choose_rows();
        let selected = selected.filter(|_| self.window.selected() > 0);
        let place = selected.and_then(|it| self.rows().iter().position(|row| of(row) == it));
        self.window.select(place.unwrap_or(self.window.selected()));
        if self.request.table.is_none() {
            let mut tables: Vec<String> = Vec::new();
            for row in self.rows() {
                if !tables.contains(&row.table) {
                    tables.push(row.table.clone());
                }
            }
            self.tables = tables;
        }
    }

    fn search_in(&mut self, kind: Option<Kind>) -> Option<ScreenCommand> {
        self.request.kind = kind;
        self.load()
    }

    fn next_table(&self) -> Option<String> {
        let chosen = self.request.table.as_ref();
        let next = chosen.map_or(Some(0), |chosen| {
            let place = self.tables.iter().position(|table| table == chosen);
            place.map(|place| place + 1)
        });
        self.tables.get(next?).cloned()
    }

    /// Opens the row on a side where it is active; if there is none, where it was found.
    fn open(&self) -> Option<ScreenCommand> {
        let (finding, snapshots) = self.selected()?;
        let (place, row) = match finding.counts_in() {
            Some((index, row)) if !finding.is_in_live() => (Place::Snapshot(index), row),
            _ => finding.seen,
        };
        let origin = match place {
            Place::Live => ShownSide::Live,
            Place::Snapshot(index) => ShownSide::Snapshot(Box::new(snapshots[index].clone())),
        };
        let rows = RowsScreen::new(origin, &*finding.table, At::Key(row, finding.key.clone()))
            .at_column(&finding.excerpt.column);
        Some(ScreenCommand::Open(Box::new(rows)))
    }

    /// Opens the history of the selected row.
    fn history(&self) -> Option<ScreenCommand> {
        let (finding, _) = self.selected()?;
        let key = HistoryRow::Key(marks::key(finding));
        let history = HistoryScreen::new(&*finding.table, key);
        Some(ScreenCommand::Open(Box::new(history)))
    }

    /// Restores the selected row from the newest snapshot in which it is active.
    fn restore(&self) -> Option<ScreenCommand> {
        let (finding, snapshots) = self.selected()?;
        if finding.is_in_live() {
            let sentence = "live holds this row: H shows what snapshots hold of it";
            return Some(ScreenCommand::Say(sentence));
        }
        let Some((index, _)) = finding.counts_in() else {
            let sentence = "no snapshot holds this row from before it was rewound";
            return Some(ScreenCommand::Say(sentence));
        };
        let row = RowOf {
            table: finding.table.clone(),
            key: marks::key(finding),
        };
        let options = RestoreOptions {
            rows: vec![row],
            ..RestoreOptions::default()
        };
        let snapshot = Box::new(snapshots[index].clone());
        Some(ScreenCommand::Restore(snapshot, options))
    }

    /// The rows that are shown.
    fn rows(&self) -> &[Finding] {
        let rows = self.found.as_ref().map_or(&[][..], |found| &found.rows);
        match self.which {
            Which::All => rows,
            Which::Missing => &rows[..rows.partition_point(|row| !row.is_in_live())],
        }
    }

    fn has_found(&self) -> bool {
        let found = self.found.as_ref();
        found.is_some_and(|found| !found.rows.is_empty())
    }

    fn choose_rows(&mut self) {
        self.range_from = None;
        self.window.set_len(self.rows().len());
    }

    /// The selected row, and the snapshots that were searched.
    fn selected(&self) -> Option<(&Finding, &[Snapshot])> {
        let found = self.found.as_ref()?;
        let finding = self.rows().get(self.window.selected())?;
        Some((finding, &found.snapshots))
    }
}

impl Screen for SearchScreen {
    fn context(&self) -> Context {
        if self.is_typing {
            Context::SearchLine
        } else {
            Context::Search
        }
    }

    fn phase(&mut self) -> Option<&mut Phase> {
        Some(&mut self.state)
    }

    fn resize(&mut self, area: Rect) {
        self.area = area;
        self.window.resize(
            SearchAreas::of(area, self.panes)
                .below_heading()
                .height
                .into(),
        );
    }

    fn panes(&mut self) -> Option<&mut Panes> {
        Some(&mut self.panes)
    }

    fn load(&mut self) -> Option<ScreenCommand> {
        if self.request.text.is_empty() {
            let was_searching = matches!(self.state, Phase::Reading(_));
            self.state = Phase::Idle;
            self.show(None);
            return was_searching.then_some(ScreenCommand::Cancel);
        }
        self.state = Phase::Reading(None);
        Some(ScreenCommand::Run(Task::Search(self.request.clone())))
    }

    fn live_changed(&mut self) {
        if self.found.is_some() {
            self.status = Some("live has changed since: the LIVE column may be outdated");
        }
    }

    fn row_at(&self, at: Position) -> Option<isize> {
        let rows = SearchAreas::of(self.area, self.panes).below_heading();
        self.window.row_at(at, rows)
    }

    fn act(&mut self, action: Action) -> Option<ScreenCommand> {
        self.status = None;
        if self.window.act(action) {
            return None;
        }
        match action {
            Action::Answer => {
                let is_reading = matches!(self.state, Phase::Reading(_));
                self.is_typing = self.rows().is_empty() && !is_reading;
            }
            Action::Find => self.is_typing = true,
            Action::Back if self.is_typing && !self.rows().is_empty() => self.is_typing = false,
            Action::Back if self.range_from.take().is_some() => {}
            Action::Back => return Some(ScreenCommand::Close),
            Action::Mark => return self.mark(),
            Action::MarkRange => return self.mark_range(MarkHow::Add),
            Action::Restore if self.range_from.is_some() => {
                return self.mark_range(MarkHow::AddAndRestore);
            }
            Action::Reload => return self.load(),
            Action::NextKinds => return self.search_in(next_kind(self.request.kind)),
            Action::PrevKinds => {
                return self.search_in(next_kind(next_kind(self.request.kind)));
            }
            Action::NextTable => {
                self.request.table = self.next_table();
                return self.load();
            }
            Action::Regex => {
                self.request.syntax = match self.request.syntax {
                    Syntax::Text => Syntax::Regex,
                    Syntax::Regex => Syntax::Text,
                };
                return self.load();
            }
            Action::Missing => {
                self.which = match self.which {
                    Which::All => Which::Missing,
                    Which::Missing => Which::All,
                };
                self.choose_rows();
                self.window.select(0);
            }
            Action::Open => return self.open(),
            Action::History => return self.history(),
            Action::Restore => {
                let whole = self.restore().map(Box::new);
                return Some(ScreenCommand::RestoreMarked(whole));
            }
            _ => {}
        }
        None
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.input)
    }

    fn edited(&mut self) -> Option<ScreenCommand> {
        let text = self.input.text();
        if text == self.request.text {
            return None;
        }
        self.request.text = text;
        self.request.table = None;
        self.load()
    }

    fn receive(&mut self, reply: Reply) -> Option<ScreenCommand> {
        let Reply::Search(reply) = reply else {
            return None;
        };
        match reply {
            SearchReply::Found(found) if matches!(self.state, Phase::Reading(_)) => {
                self.show(Some(*found));
            }
            SearchReply::Over(Ok(())) => {
                self.state = Phase::Done;
                self.is_typing |= !self.has_found();
            }
            SearchReply::Over(Err(error)) if !matches!(error, Error::Cancelled) => {
                self.show(None);
                self.state = Phase::Failed(error.to_string());
                self.is_typing = true;
            }
            _ => {}
        }
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        self.draw_parts(screen, area, context);
    }
}

fn next_kind(kind: Option<Kind>) -> Option<Kind> {
    match kind {
        None => Some(Kind::Rewind),
        Some(Kind::Rewind) => Some(Kind::Periodic),
        Some(Kind::Periodic) => None,
    }
}
