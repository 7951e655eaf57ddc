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

mod acting;
mod detail;
mod grid;
mod loaded;
mod pretty;
mod says;
mod seeking;

use std::sync::Arc;

use ratatui::{Frame, layout::Rect};

use super::{Command, DrawContext, Origin, Task};
use crate::{
    core::{Progress, Value},
    text,
    tui::{
        browser::{Focus, FramedList, WIDE, list_and_detail},
        task::{At, RowsRequest, RowsWanted, Survey},
        theme::Role,
        widget::{Text, Window, bar, fit},
    },
};
use detail::Detail;
use grid::Grid;
use loaded::Loaded;
use says::Says;
use seeking::{RowsFilter, Seeking};

/// The rows of one table.
#[derive(Debug)]
pub struct Rows {
    origin: Origin,
    beside: Option<Origin>,
    table: String,
    state: RowsState,
    /// How many rows there are, as far as is known.
    count: u64,
    grid: Grid,
    window: Window,
    loaded: Loaded,
    seeking: Seeking,
    detail: Detail,
    value: Option<ShownValue>,
    focus: Focus,
    /// What is being read now.
    reading: RowsReading,
    says: Option<Says>,
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
    /// A whole value, to show it.
    Value,
    /// A whole value, also to copy it.
    Copy,
    /// A text in the rows.
    Seeking(Option<Progress>),
}

impl Rows {
    /// The rows of a table, beginning with one of them. Beside a snapshot stands live.
    pub fn new(origin: Origin, table: impl Into<String>, at: At) -> Self {
        let beside = (origin != Origin::Live).then_some(Origin::Live);
        Self {
            origin,
            beside,
            table: table.into(),
            state: RowsState::Surveying(at, None),
            count: 0,
            grid: Grid::default(),
            window: Window::default(),
            loaded: Loaded::default(),
            seeking: Seeking::default(),
            detail: Detail::default(),
            value: None,
            focus: Focus::List,
            reading: RowsReading::Nothing,
            says: None,
            area: Rect::default(),
        }
    }

    /// The same where it is known that there were so many rows.
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
    pub fn beside(mut self, origin: Origin) -> Self {
        self.beside = Some(origin);
        self
    }

    /// Reads; what was being read is not read to its end.
    fn read(&mut self, reading: RowsReading, what: RowsWanted) -> Command {
        if self.reading == RowsReading::Rows {
            self.loaded.unask();
        }
        self.reading = reading;
        Command::Run(Task::Rows(Box::new(RowsRequest {
            origin: self.origin.clone(),
            table: self.table.clone(),
            what,
        })))
    }

    /// Reads what is missing of what is in sight.
    fn follow(&mut self) -> Option<Command> {
        self.show_value();
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        let survey = Arc::clone(survey);
        let places = self.places();
        if let Some(places) = self.loaded.wanted(&self.window.rows(), places) {
            let numbers = self.seeking.numbers(places.clone());
            let ask = self.read(RowsReading::Nothing, RowsWanted::Rows(survey, numbers));
            self.loaded.ask(places);
            self.reading = RowsReading::Rows;
            return Some(ask);
        }
        let (number, column) = match &self.value {
            Some(shown) if shown.is_cut && shown.whole.is_none() => shown.place,
            _ => return None,
        };
        let is_seen = panes(self.area, self.focus)[1].height > 0;
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
        self.detail.clear();
        let Some((number, column)) = place else {
            return;
        };
        let line = self.loaded.line(number);
        let Some(brief) = line.and_then(|line| line.cells.get(column)) else {
            return;
        };
        self.detail
            .show(self.grid.name(), &brief.value, brief.cut_from);
        let is_cut = brief.cut_from.is_some();
        self.value = Some(ShownValue {
            place: (number, column),
            is_cut,
            whole: (!is_cut).then(|| brief.value.clone()),
        });
    }

    /// The number of the selected row; nothing if there is none.
    fn number(&self) -> Option<u64> {
        let place = self.window.selected();
        (place < self.places()).then(|| self.seeking.number(place))
    }

    /// How many rows are shown.
    fn places(&self) -> usize {
        let filtered = self.seeking.filter().map(RowsFilter::len);
        filtered.unwrap_or_else(|| usize::try_from(self.count).unwrap_or(usize::MAX))
    }

    /// Shows other rows, and selects the one of this number or the next.
    fn show_others(&mut self, number: u64) -> Option<Command> {
        self.loaded.clear();
        self.value = None;
        self.window.set_len(self.places());
        self.window.select(self.seeking.place(number));
        self.follow()
    }

    fn draw_table(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let room = usize::from(area.width.saturating_sub(4));
        let bottom = Text::of(" ", Role::Text).joined(self.bottom(room, context));
        let mut lines = vec![self.grid.heading()];
        if let RowsState::Failed(reason) = &self.state {
            let width = usize::from(area.width.saturating_sub(2)).max(1);
            lines = Text::of(format!(" ✗ {reason}"), Role::Bad).wrapped(width);
        } else if self.places() == 0 {
            let says = match self.state {
                RowsState::Surveying(..) => " …",
                _ => " no rows",
            };
            lines = vec![Text::of(says, Role::Faint)];
        }
        lines.extend(self.window.rows().map(|place| {
            let number = self.seeking.number(place);
            let is_selected = place == self.window.selected();
            self.grid.row(number, self.loaded.line(number), is_selected)
        }));
        let list = FramedList {
            title: self.title(room, context),
            bottom: bottom.and(" ", Role::Text),
            lines,
        };
        list.draw(screen, area, context);
    }

    fn title(&self, room: usize, context: DrawContext<'_>) -> Text {
        let name = fit(&self.table, room);
        let side = match &self.origin {
            Origin::Live => "live".to_owned(),
            Origin::Snapshot(snapshot) => text::snapshot(&snapshot.name(), context.zone),
        };
        let side = format!("  in {side}");
        let place = match (&self.state, self.seeking.filter(), self.number()) {
            (RowsState::Known(_), None, Some(number)) => {
                let rows = text::counted(self.count, "row");
                format!("  {} of {rows}", text::count(number + 1))
            }
            (RowsState::Known(_), Some(filter), _) => {
                let place = text::count(self.window.selected() as u64 + 1);
                format!("  {place} of {}", filter.says())
            }
            _ => String::new(),
        };
        let left = room.saturating_sub(Text::of(&*name, Role::Text).width());
        let rest = fit(&format!("{side}{place}"), left);
        Text::of(name, Role::Accent).and(rest, Role::Text)
    }

    /// What is typed, under way, or to be said; else what is out of sight.
    fn bottom(&self, room: usize, context: DrawContext<'_>) -> Text {
        if let Some(line) = self.seeking.line(room) {
            return line;
        }
        let progress = match (&self.state, self.reading) {
            (RowsState::Surveying(_, progress), _) => Some(("finding the rows", *progress)),
            (_, RowsReading::Seeking(progress)) => Some(("searching the rows", progress)),
            _ => None,
        };
        if let Some((doing, progress)) = progress {
            let percent = progress.map_or(0, |at| text::percent(at.done, at.total));
            let bar = bar(percent, room.saturating_sub(40).min(20));
            return Text::of(fit(&format!("{doing} "), room), Role::Text)
                .and(bar, Role::Accent)
                .and(fit(&format!(" {percent} %"), room), Role::Text);
        }
        if let Some(says) = &self.says {
            return says.text(room, context);
        }
        let (left, right) = self.grid.out_of_sight();
        let columns = |count: usize| text::counted(count as u64, "column");
        let more = match (left, right) {
            (0, 0) => String::new(),
            (0, right) => format!("{} more →", columns(right)),
            (left, 0) => format!("← {} more", columns(left)),
            (left, right) => format!("← {left} and {right} more columns →"),
        };
        Text::of(fit(&more, room), Role::Faint)
    }
}

/// The table, and the selected value beside it or below; on a small screen the one that has the focus.
fn panes(area: Rect, focus: Focus) -> [Rect; 2] {
    /// From this height on one stands below the other.
    const TALL: u16 = 16;
    if area.width >= WIDE || area.height >= TALL {
        return list_and_detail(area, 66);
    }
    let nowhere = Rect::new(area.x, area.y, 0, 0);
    match focus {
        Focus::List => [area, nowhere],
        Focus::Detail => [nowhere, area],
    }
}
