//! What keys do among the rows, and what follows from replies.

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    RowKeys, RowsReading, RowsScreen, RowsState, RowsStatus, ScreenCommand, query::RowsQuery,
};
use crate::{
    core::{Direction, Error, Progress, Value},
    text,
    tui::{
        browser::{Focus, Panes},
        keymap::{Action, Context},
        marks::MarkHow,
        screen::{DrawContext, Screen},
        task::{At, BriefRow, Reply, RowsRead, RowsWanted, ShownSide, Surveyed},
        theme::Role,
        widget::{Input, plain},
    },
};

impl Screen for RowsScreen {
    fn context(&self) -> Context {
        match (self.selection.prompt.is_typing(), self.panes.focus) {
            (true, _) => Context::Input,
            (false, Focus::List) => Context::Rows,
            (false, Focus::Detail) => Context::Value,
        }
    }

    fn resize(&mut self, area: Rect) {
        self.area = area;
        let [table, detail] = self.divided(area);
        self.grid.resize(table.width.saturating_sub(2).into());
        self.window.resize(table.height.saturating_sub(3).into());
        self.pane.lines.resize(detail);
    }

    fn follow_resize(&mut self) -> Option<ScreenCommand> {
        let is_idle = self.reading == RowsReading::Nothing;
        is_idle.then(|| self.follow())?
    }

    fn panes(&mut self) -> Option<&mut Panes> {
        Some(&mut self.panes)
    }

    fn load(&mut self) -> Option<ScreenCommand> {
        let at = match &self.state {
            RowsState::Surveying(at, _) => at.clone(),
            RowsState::Known(_) | RowsState::Failed(_) => At::Row(self.number().unwrap_or(0)),
        };
        self.state = RowsState::Surveying(at.clone(), None);
        self.pages.clear();
        self.value = None;
        self.selection.filter = None;
        self.range_from = None;
        Some(self.read(RowsReading::Survey, RowsWanted::Survey(at)))
    }

    fn read_again(&mut self) -> Option<ScreenCommand> {
        if let RowsState::Failed(_) = self.state {
            self.reload()
        } else {
            None
        }
    }

    fn live_changed(&mut self) {
        if self.origin == ShownSide::Live && !matches!(self.state, RowsState::Surveying(..)) {
            self.status = Some(RowsStatus::Key(
                "! live has changed: ",
                Action::Reload,
                " reads it again",
            ));
        }
    }

    fn row_at(&self, at: Position) -> Option<isize> {
        self.window.row_at(at, self.listed())
    }

    fn act(&mut self, action: Action) -> Option<ScreenCommand> {
        if self.selection.prompt.is_typing() {
            match action {
                Action::Answer => return self.run_query(),
                Action::Back => drop(self.selection.prompt.cancel()),
                _ => {}
            }
            return None;
        }
        if self.panes.focus == Focus::Detail && self.pane.lines.act(action) {
            return None;
        }
        if self.window.act(action) || self.grid.act(action) {
            self.status = None;
            return self.follow();
        }
        match action {
            Action::Open => return self.turn_focus(),
            Action::Find => self.selection.prompt.begin(RowsQuery::Find),
            Action::Filter => self.selection.prompt.begin(RowsQuery::Filter),
            Action::Jump => self.selection.prompt.begin(RowsQuery::Number),
            Action::FindNext => return self.find(Direction::Down, 1),
            Action::FindPrevious => return self.find(Direction::Up, 0),
            Action::OtherSide => return self.turn_side(),
            Action::Copy => return self.copy(),
            Action::Export => {
                return Some(ScreenCommand::Export(
                    self.origin.clone(),
                    self.table.clone(),
                ));
            }
            Action::History => return self.history(),
            Action::Mark => return self.mark(),
            Action::MarkRange => return self.mark_range(MarkHow::Add),
            Action::Restore if self.range_from.is_some() => {
                return self.mark_range(MarkHow::AddAndRestore);
            }
            Action::Restore => {
                let whole = self.restore().map(Box::new);
                return Some(ScreenCommand::RestoreMarked(whole));
            }
            Action::Reload => {
                self.status = None;
                return self.load();
            }
            Action::Back => return self.back(),
            _ => {}
        }
        None
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.selection.prompt.input()
    }

    fn set_progress(&mut self, progress: Progress) {
        if let RowsState::Surveying(_, known) = &mut self.state {
            *known = Some(progress);
        } else if let RowsReading::Searching(known) = &mut self.reading {
            *known = Some(progress);
        }
    }

    fn receive(&mut self, reply: Reply) -> Option<ScreenCommand> {
        match reply {
            Reply::Rows(Ok(read)) => return self.take(read),
            Reply::Rows(Err(error)) if !matches!(error, Error::Cancelled) => self.failed(&error),
            _ => {}
        }
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let [table, detail] = self.divided(area);
        self.draw_table(screen, table, context);
        let edge = match self.panes.focus {
            Focus::List => Role::Edge,
            Focus::Detail => Role::Accent,
        };
        self.pane.draw(screen, detail, edge, context);
    }
}

impl RowsScreen {
    /// The most bytes that are copied to the clipboard: terminals take no more.
    const COPIED: usize = 1024 * 1024;

    fn turn_focus(&mut self) -> Option<ScreenCommand> {
        self.panes.focus = match self.panes.focus {
            Focus::List => Focus::Detail,
            Focus::Detail => Focus::List,
        };
        self.resize(self.area);
        self.follow()
    }

    fn turn_side(&mut self) -> Option<ScreenCommand> {
        let beside = self.beside.as_mut()?;
        std::mem::swap(beside, &mut self.origin);
        self.status = None;
        self.load()
    }

    /// Takes back one thing: what is under way, the focus, the filter, the screen.
    fn back(&mut self) -> Option<ScreenCommand> {
        if let RowsReading::Searching(_) = self.reading {
            self.reading = RowsReading::Nothing;
            self.status = Some(RowsStatus::Text("cancelled".to_owned(), Role::Faint));
            return Some(ScreenCommand::Cancel);
        }
        if self.panes.focus == Focus::Detail {
            return self.turn_focus();
        }
        if self.range_from.take().is_some() {
            return None;
        }
        if self.selection.filter.is_some() {
            return self.show_all();
        }
        Some(ScreenCommand::Close)
    }

    fn show_all(&mut self) -> Option<ScreenCommand> {
        let number = self.number().unwrap_or(0);
        self.selection.filter = None;
        self.show_others(number)
    }

    /// Does what the typed line is for.
    fn run_query(&mut self) -> Option<ScreenCommand> {
        self.status = None;
        match self.selection.prompt.finish()? {
            RowsQuery::Find => self.find(Direction::Down, 0),
            RowsQuery::Filter => self.filter(),
            RowsQuery::Number => {
                let number = self.selection.typed_number()?;
                let place = self.selection.place(number.saturating_sub(1));
                self.window.select(place);
                self.follow()
            }
        }
    }

    fn filter(&mut self) -> Option<ScreenCommand> {
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        let survey = Arc::clone(survey);
        let Some(text) = self.selection.text_match() else {
            return self.show_all();
        };
        let filter = RowsWanted::Filter(survey, text);
        Some(self.read(RowsReading::Searching(None), filter))
    }

    /// Finds the text from this many rows behind the selected one on, or upwards from before it.
    fn find(&mut self, direction: Direction, behind: u64) -> Option<ScreenCommand> {
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        let survey = Arc::clone(survey);
        let find = self.selection.find(self.number()? + behind, direction)?;
        self.status = None;
        Some(self.read(RowsReading::Searching(None), RowsWanted::Find(survey, find)))
    }

    fn copy(&mut self) -> Option<ScreenCommand> {
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        let survey = Arc::clone(survey);
        let shown = self.value.as_ref()?;
        if let Some(value) = shown.whole.clone() {
            return self.copied(&value);
        }
        let (number, column) = shown.place;
        Some(self.read(RowsReading::Copy, RowsWanted::Value(survey, number, column)))
    }

    fn copied(&mut self, value: &Value) -> Option<ScreenCommand> {
        let text = plain(value);
        let size = text::size(text.len() as u64);
        if text.len() > Self::COPIED {
            let text = format!("! {size} are too much to copy: `unrewind export` writes them");
            self.status = Some(RowsStatus::Text(text, Role::Warning));
            return None;
        }
        self.status = Some(RowsStatus::Text(
            format!("{size} sent to the terminal"),
            Role::Strong,
        ));
        Some(ScreenCommand::Copy(text))
    }

    fn take(&mut self, read: RowsRead) -> Option<ScreenCommand> {
        match read {
            RowsRead::First(columns, lines) => self.show_first(&columns, lines),
            RowsRead::Surveyed(surveyed) => self.surveyed(surveyed),
            RowsRead::Rows(lines) => self.show_rows(lines),
            RowsRead::Value(place, value) => self.take_value(place, value),
            RowsRead::Found(found) => {
                self.reading = RowsReading::Nothing;
                match found {
                    Some((number, column)) => {
                        self.window.select(self.selection.place(number));
                        self.grid.select(column);
                    }
                    None => self.status = Some(self.selection.not_found()),
                }
                self.follow()
            }
            RowsRead::Filtered(numbers, _) if numbers.is_empty() => {
                self.reading = RowsReading::Nothing;
                self.selection.filter = None;
                self.status = Some(self.selection.not_found());
                self.show_all()
            }
            RowsRead::Filtered(numbers, completeness) => {
                self.reading = RowsReading::Nothing;
                let number = self.number().unwrap_or(0);
                self.selection.set_filter(numbers, completeness);
                self.show_others(number)
            }
        }
    }

    fn failed(&mut self, error: &Error) {
        self.state = RowsState::Failed(error.to_string());
        self.reading = RowsReading::Nothing;
        self.count = 0;
        self.window.set_len(0);
        self.pages.clear();
        self.value = None;
        self.pane.clear();
    }

    /// The first rows are shown before it is known where the others are, if they are to be shown at all.
    fn show_first(&mut self, columns: &[String], lines: Vec<BriefRow>) -> Option<ScreenCommand> {
        self.grid.set_names(columns);
        self.grid.measure(&lines);
        if matches!(self.state, RowsState::Surveying(At::Row(0), _)) {
            self.count = lines.len() as u64;
            self.grid.set_count(self.count);
            self.window.set_len(lines.len());
            self.pages.set(0, lines);
        }
        self.follow()
    }

    fn surveyed(&mut self, surveyed: Surveyed) -> Option<ScreenCommand> {
        let begins_anywhere = matches!(self.state, RowsState::Surveying(At::Row(0), _));
        self.state = RowsState::Known(surveyed.survey);
        self.reading = RowsReading::Nothing;
        self.count = surveyed.count;
        self.keys = Some(RowKeys::new(
            &self.table,
            surveyed.columns.clone(),
            &surveyed.key,
        ));
        self.grid.set_names(&surveyed.columns);
        self.grid.measure(&surveyed.sample);
        self.grid.set_count(surveyed.count);
        let number = match surveyed.at {
            // Meanwhile another may have been selected.
            Some(_) if begins_anywhere => self.window.selected() as u64,
            Some(number) => number,
            None => {
                let text = "! the row is no longer there".to_owned();
                self.status = Some(RowsStatus::Text(text, Role::Warning));
                0
            }
        };
        self.window.set_len(self.len());
        self.window.select(self.selection.place(number));
        self.follow()
    }

    fn show_rows(&mut self, lines: Vec<BriefRow>) -> Option<ScreenCommand> {
        let reading = std::mem::replace(&mut self.reading, RowsReading::Nothing);
        if let RowsReading::Marking(how) = reading {
            return self.marked(&lines, how);
        }
        // Live has fewer rows than when they were counted.
        if lines.len() < self.pages.requested().len() && self.origin == ShownSide::Live {
            return self.load();
        }
        self.grid.measure_numbers(&lines);
        self.pages.set(self.pages.requested().start, lines);
        self.follow()
    }

    fn take_value(&mut self, place: (u64, usize), value: Value) -> Option<ScreenCommand> {
        let to_copy = self.reading == RowsReading::Copy;
        self.reading = RowsReading::Nothing;
        let is_shown = self
            .value
            .as_ref()
            .is_some_and(|shown| shown.place == place);
        if is_shown {
            self.pane.show(self.grid.name(), &value, None);
        }
        let ask = if to_copy { self.copied(&value) } else { None };
        if let Some(shown) = self.value.as_mut().filter(|_| is_shown) {
            shown.whole = Some(value);
        }
        ask.or_else(|| self.follow())
    }
}
