//! The rows of one table of a snapshot or of live, and the selected value whole:
//!
//! ```text
//! ╭ memories  in rewind 2026-11-23 03:49:11  2 of 1,204 rows ──╮
//! │     id  chat_id  text                                      │
//! │   1  3        1  The lighthouse has 242 steps.             │
//! │▌  2  9        1  NULL                                      │
//! ╰────────────────────────────────────────────────────────────╯
//! ```
//!
//! Only the rows about those in sight are ever held, so a table may be of any length.

mod drawing;
mod grid;
mod json;
mod keys;
mod marks;
mod query;
mod value;

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{HistoryScreen, ScreenCommand, ShownSide, Task};
use crate::{
    core::{Progress, Value},
    tui::{
        browser::{PageCache, Panes, rows_within},
        marks::MarkHow,
        task::{At, BriefRow, HistoryRow, RowsRequest, RowsWanted, Survey},
        widget::Window,
    },
};
use drawing::RowsStatus;
use grid::Grid;
use marks::RowKeys;
use query::{RowsFilter, RowsSelection};
use value::ValuePane;

/// The rows of one table.
#[derive(Debug)]
pub struct RowsScreen {
    origin: ShownSide,
    beside: Option<ShownSide>,
    table: String,
    state: RowsState,
    /// How many rows there are, as far as is known.
    count: u64,
    grid: Grid,
    window: Window,
    pages: PageCache<BriefRow>,
    selection: RowsSelection,
    pane: ValuePane,
    value: Option<ShownValue>,
    panes: Panes,
    /// What is being read now.
    reading: RowsReading,
    status: Option<RowsStatus>,
    /// What the keys of the rows are, once that is known.
    keys: Option<RowKeys>,
    /// Where a range of rows to mark begins.
    range_from: Option<usize>,
    area: Rect,
}

/// Whether it is known where the rows are.
#[derive(Debug)]
enum RowsState {
    Surveying(At, Option<Progress>),
    Known(Arc<Survey>),
    Failed(String),
}

/// The value in the detail pane.
#[derive(Debug)]
struct ShownValue {
    /// The number of its row, and its column.
    place: (u64, usize),
    /// Whether the row that is held has only its beginning.
    is_cut: bool,
    /// All of it, if that is known.
    whole: Option<Value>,
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowsReading {
    Nothing,
    /// Where the rows are.
    Survey,
    /// Rows in sight.
    Rows,
    /// Rows, to mark them.
    Marking(MarkHow),
    /// A whole value, to show it.
    Value,
    /// A whole value, also to copy it.
    Copy,
    /// Every row, to find a text.
    Searching(Option<Progress>),
}

impl RowsScreen {
    /// The rows of a table, beginning with one of them. Beside a snapshot stands live.
    pub fn new(origin: ShownSide, table: impl Into<String>, at: At) -> Self {
        let beside = (origin != ShownSide::Live).then_some(ShownSide::Live);
        Self {
            origin,
            beside,
            table: table.into(),
            state: RowsState::Surveying(at, None),
            count: 0,
            grid: Grid::default(),
            window: Window::default(),
            pages: PageCache::default(),
            selection: RowsSelection::default(),
            pane: ValuePane::default(),
            value: None,
            panes: Panes::default(),
            reading: RowsReading::Nothing,
            status: None,
            keys: None,
            range_from: None,
            area: Rect::default(),
        }
    }

    /// Makes room for the numbers of this many rows.
    #[must_use]
    pub fn expecting(mut self, count: u64) -> Self {
        self.grid.set_count(count);
        self
    }

    /// The same, beginning with the column of this name.
    #[must_use]
    pub fn at_column(mut self, column: &str) -> Self {
        self.grid.begin_at(column);
        self
    }

    /// The same with another side beside it, to which a key turns.
    #[must_use]
    pub fn beside(mut self, origin: ShownSide) -> Self {
        self.beside = Some(origin);
        self
    }

    /// Reads; this cancels what was being read.
    fn read(&mut self, reading: RowsReading, what: RowsWanted) -> ScreenCommand {
        self.pages.cancel_request();
        self.reading = reading;
        ScreenCommand::Run(Task::Rows(Box::new(RowsRequest {
            origin: self.origin.clone(),
            table: self.table.clone(),
            what,
        })))
    }

    /// Opens the history of the selected row.
    fn history(&self) -> Option<ScreenCommand> {
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        let row = HistoryRow::Number(Arc::clone(survey), self.number()?);
        let history = HistoryScreen::new(&*self.table, row);
        Some(ScreenCommand::Open(Box::new(history)))
    }

    /// Reads what is missing of what is in sight.
    fn follow(&mut self) -> Option<ScreenCommand> {
        self.show_value();
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        let survey = Arc::clone(survey);
        if let Some(places) = self.pages.missing(&self.window.rows(), self.len()) {
            let numbers = self.selection.numbers(places.clone());
            let command = self.read(RowsReading::Rows, RowsWanted::Rows(survey, numbers));
            self.pages.request(places);
            return Some(command);
        }
        let (number, column) = match &self.value {
            Some(shown) if shown.is_cut && shown.whole.is_none() => shown.place,
            _ => return None,
        };
        let is_seen = self.divided(self.area)[1].height > 0;
        (is_seen && self.reading == RowsReading::Nothing).then(|| {
            self.read(
                RowsReading::Value,
                RowsWanted::Value(survey, number, column),
            )
        })
    }

    /// Shows the selected value, as far as it is held.
    fn show_value(&mut self) {
        let place = self.number().map(|number| (number, self.grid.selected()));
        if self.value.as_ref().map(|shown| shown.place) == place {
            return;
        }
        self.value = None;
        self.pane.clear();
        let Some((number, column)) = place else {
            return;
        };
        let row = self.pages.get(self.window.selected());
        let Some(brief) = row.and_then(|row| row.get(column)) else {
            return;
        };
        self.pane
            .show(self.grid.name(), &brief.value, brief.cut_from);
        let is_cut = brief.cut_from.is_some();
        self.value = Some(ShownValue {
            place: (number, column),
            is_cut,
            whole: (!is_cut).then(|| brief.value.clone()),
        });
    }

    /// The table, and the selected value beside it or below.
    fn divided(&self, area: Rect) -> [Rect; 2] {
        self.panes.areas(area, 66, 16)
    }

    /// The rows in sight, below the heading.
    fn listed(&self) -> Rect {
        rows_within(self.divided(self.area)[0], 1)
    }

    /// The number of the selected row; `None` if there is none.
    fn number(&self) -> Option<u64> {
        let place = self.window.selected();
        (place < self.len()).then(|| self.selection.number(place))
    }

    /// How many rows are shown.
    fn len(&self) -> usize {
        let filtered = self.selection.filter.as_ref().map(RowsFilter::len);
        filtered.unwrap_or_else(|| usize::try_from(self.count).unwrap_or(usize::MAX))
    }

    /// Shows other rows, and selects the one of this number or the next.
    fn show_others(&mut self, number: u64) -> Option<ScreenCommand> {
        self.pages.clear();
        self.value = None;
        self.range_from = None;
        self.window.set_len(self.len());
        self.window.select(self.selection.place(number));
        self.follow()
    }
}
