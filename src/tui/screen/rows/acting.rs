//! What keys do among the rows, and what follows from what was read.

use std::sync::Arc;

use ratatui::{Frame, layout::Rect};

use super::{Command, Rows, RowsReading, RowsState, Says, panes, seeking::RowsQuery};
use crate::{
    core::{Direction, Error, Progress, RestoreOptions, Value},
    text,
    tui::{
        browser::Focus,
        keymap::{Action, Context},
        screen::{DrawContext, Screen},
        task::{At, NumberedRow, Origin, Reply, RowsRead, RowsWanted, Surveyed},
        theme::Role,
        widget::{Input, plain},
    },
};

impl Screen for Rows {
    fn context(&self) -> Context {
        match (self.seeking.is_typing(), self.focus) {
            (true, _) => Context::Input,
            (false, Focus::List) => Context::Rows,
            (false, Focus::Detail) => Context::Value,
        }
    }

    fn resize(&mut self, area: Rect) {
        self.area = area;
        let [table, detail] = panes(area, self.focus);
        let width = table.width.saturating_sub(2);
        self.grid.resize(usize::from(width));
        let height = table.height.saturating_sub(3);
        self.window.resize(usize::from(height));
        self.detail.resize(detail);
    }

    fn load(&mut self) -> Option<Command> {
        let at = match &self.state {
            RowsState::Surveying(at, _) => at.clone(),
            RowsState::Known(_) | RowsState::Failed(_) => At::Row(self.number().unwrap_or(0)),
        };
        self.state = RowsState::Surveying(at.clone(), None);
        self.loaded.clear();
        self.value = None;
        self.seeking.forget_filter();
        Some(self.read(RowsReading::Survey, RowsWanted::Survey(at)))
    }

    fn read_again(&mut self) -> Option<Command> {
        if let RowsState::Failed(_) = self.state {
            self.reload()
        } else {
            None
        }
    }

    fn live_changed(&mut self) {
        if self.origin == Origin::Live && !matches!(self.state, RowsState::Surveying(..)) {
            self.says = Some(Says::Key(
                "! live has changed: ",
                Action::Reload,
                " reads it again",
            ));
        }
    }

    fn act(&mut self, action: Action) -> Option<Command> {
        if self.seeking.is_typing() {
            return match action {
                Action::Answer => self.sought(),
                Action::Back => {
                    self.seeking.stop_typing();
                    None
                }
                _ => None,
            };
        }
        if self.focus == Focus::Detail && self.detail.act(action) {
            return None;
        }
        if self.window.act(action) || self.grid.act(action) {
            self.says = None;
            return self.follow();
        }
        match action {
            Action::Open => return self.turn_focus(),
            Action::Find => self.seeking.begin(RowsQuery::Text),
            Action::Filter => self.seeking.begin(RowsQuery::Filter),
            Action::Jump => self.seeking.begin(RowsQuery::Number),
            Action::FindNext => return self.find(Direction::Down, 1),
            Action::FindPrevious => return self.find(Direction::Up, 0),
            Action::OtherSide => return self.turn_side(),
            Action::Copy => return self.copy(),
            Action::Restore => return self.restore(),
            Action::Reload => {
                self.says = None;
                return self.load();
            }
            Action::Back => return self.back(),
            _ => {}
        }
        None
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.seeking.input()
    }

    fn set_progress(&mut self, progress: Progress) {
        if let RowsState::Surveying(_, known) = &mut self.state {
            *known = Some(progress);
        } else if let RowsReading::Seeking(known) = &mut self.reading {
            *known = Some(progress);
        }
    }

    fn receive(&mut self, reply: Reply) -> Option<Command> {
        match reply {
            Reply::Rows(Ok(read)) => return self.take(read),
            Reply::Rows(Err(error)) if !matches!(error, Error::Cancelled) => self.failed(&error),
            _ => {}
        }
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let [table, detail] = panes(area, self.focus);
        self.draw_table(screen, table, context);
        let edge = match self.focus {
            Focus::List => Role::Edge,
            Focus::Detail => Role::Accent,
        };
        self.detail.draw(screen, detail, edge, context);
    }
}

impl Rows {
    /// The most bytes that are copied to the clipboard: terminals take no more.
    const COPIED: usize = 1024 * 1024;

    fn turn_focus(&mut self) -> Option<Command> {
        self.focus = match self.focus {
            Focus::List => Focus::Detail,
            Focus::Detail => Focus::List,
        };
        self.resize(self.area);
        self.follow()
    }

    /// Restores the snapshot whose rows they are.
    fn restore(&mut self) -> Option<Command> {
        if let Origin::Snapshot(snapshot) = &self.origin {
            return Some(Command::Restore(
                snapshot.clone(),
                RestoreOptions::default(),
            ));
        }
        self.says = Some(match self.beside {
            Some(_) => Says::Key(
                "these are live's rows: ",
                Action::OtherSide,
                " shows the snapshot's",
            ),
            None => Says::Words("these are live's rows".to_owned(), Role::Warning),
        });
        None
    }

    fn turn_side(&mut self) -> Option<Command> {
        let beside = self.beside.as_mut()?;
        std::mem::swap(beside, &mut self.origin);
        self.says = None;
        self.load()
    }

    /// Takes back one thing: what is under way, the focus, the filter, the screen.
    fn back(&mut self) -> Option<Command> {
        if let RowsReading::Seeking(_) = self.reading {
            self.reading = RowsReading::Nothing;
            self.says = Some(Says::Words("cancelled".to_owned(), Role::Faint));
            return Some(Command::Cancel);
        }
        if self.focus == Focus::Detail {
            return self.turn_focus();
        }
        if self.seeking.filter().is_some() {
            return self.show_all();
        }
        Some(Command::Close)
    }

    fn show_all(&mut self) -> Option<Command> {
        let number = self.number().unwrap_or(0);
        self.seeking.forget_filter();
        self.show_others(number)
    }

    /// Does what was typed.
    fn sought(&mut self) -> Option<Command> {
        self.says = None;
        match self.seeking.end()? {
            RowsQuery::Text => self.find(Direction::Down, 0),
            RowsQuery::Filter => self.filter(),
            RowsQuery::Number => {
                let number = self.seeking.typed_number()?;
                let place = self.seeking.place(number.saturating_sub(1));
                self.window.select(place);
                self.follow()
            }
        }
    }

    fn filter(&mut self) -> Option<Command> {
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        let survey = Arc::clone(survey);
        match self.seeking.needle() {
            Some(needle) => Some(self.read(
                RowsReading::Seeking(None),
                RowsWanted::Filter(survey, needle),
            )),
            None => self.show_all(),
        }
    }

    /// Looks for the text from so many rows behind the selected one on, or from before it upwards.
    fn find(&mut self, way: Direction, behind: u64) -> Option<Command> {
        let RowsState::Known(survey) = &self.state else {
            return None;
        };
        let survey = Arc::clone(survey);
        let find = self.seeking.find(self.number()? + behind, way)?;
        self.says = None;
        Some(self.read(RowsReading::Seeking(None), RowsWanted::Find(survey, find)))
    }

    fn copy(&mut self) -> Option<Command> {
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

    fn copied(&mut self, value: &Value) -> Option<Command> {
        let text = plain(value);
        let size = text::size(text.len() as u64);
        if text.len() > Self::COPIED {
            let says = format!("! {size} are too much to copy: `unrewind export` writes them");
            self.says = Some(Says::Words(says, Role::Warning));
            return None;
        }
        self.says = Some(Says::Words(
            format!("{size} sent to the terminal"),
            Role::Strong,
        ));
        Some(Command::Copy(text))
    }

    fn take(&mut self, read: RowsRead) -> Option<Command> {
        match read {
            RowsRead::First(columns, lines) => self.came_first(&columns, lines),
            RowsRead::Surveyed(surveyed) => self.surveyed(surveyed),
            RowsRead::Rows(lines) => self.came(lines),
            RowsRead::Value(place, value) => self.value_came(place, value),
            RowsRead::Found(found) => {
                self.reading = RowsReading::Nothing;
                match found {
                    Some((number, column)) => {
                        self.window.select(self.seeking.place(number));
                        self.grid.select(column);
                    }
                    None => self.says = Some(self.seeking.nowhere()),
                }
                self.follow()
            }
            RowsRead::Filtered(numbers, _) if numbers.is_empty() => {
                self.reading = RowsReading::Nothing;
                self.seeking.forget_filter();
                self.says = Some(self.seeking.nowhere());
                self.show_all()
            }
            RowsRead::Filtered(numbers, completeness) => {
                self.reading = RowsReading::Nothing;
                let number = self.number().unwrap_or(0);
                self.seeking.set_filter(numbers, completeness);
                self.show_others(number)
            }
        }
    }

    fn failed(&mut self, error: &Error) {
        self.state = RowsState::Failed(error.to_string());
        self.reading = RowsReading::Nothing;
        self.count = 0;
        self.window.set_len(0);
        self.loaded.clear();
        self.value = None;
        self.detail.clear();
    }

    /// The first rows are shown before it is known where the others are, if they are to be shown at all.
    fn came_first(&mut self, columns: &[String], lines: Vec<NumberedRow>) -> Option<Command> {
        self.grid.set_names(columns);
        self.grid.measure(&lines);
        if matches!(self.state, RowsState::Surveying(At::Row(0), _)) {
            self.count = lines.len() as u64;
            self.grid.set_count(self.count);
            self.window.set_len(lines.len());
            self.loaded.take(lines);
        }
        self.follow()
    }

    fn surveyed(&mut self, surveyed: Surveyed) -> Option<Command> {
        let begins_anywhere = matches!(self.state, RowsState::Surveying(At::Row(0), _));
        self.state = RowsState::Known(surveyed.survey);
        self.reading = RowsReading::Nothing;
        self.count = surveyed.count;
        self.grid.set_names(&surveyed.columns);
        self.grid.measure(&surveyed.sample);
        self.grid.set_count(surveyed.count);
        let number = match surveyed.at {
            // Meanwhile another may have been selected.
            Some(_) if begins_anywhere => self.window.selected() as u64,
            Some(number) => number,
            None => {
                let says = "! the row is no longer there".to_owned();
                self.says = Some(Says::Words(says, Role::Warning));
                0
            }
        };
        // What came first may be of a table that the file holds once more.
        self.loaded.unask();
        self.window.set_len(self.places());
        self.window.select(self.seeking.place(number));
        self.follow()
    }

    fn came(&mut self, lines: Vec<NumberedRow>) -> Option<Command> {
        self.reading = RowsReading::Nothing;
        // Live has fewer rows than when they were counted.
        if lines.len() < self.loaded.asked() && self.origin == Origin::Live {
            return self.load();
        }
        self.grid.measure_numbers(&lines);
        self.loaded.take(lines);
        self.follow()
    }

    fn value_came(&mut self, place: (u64, usize), value: Value) -> Option<Command> {
        let to_copy = self.reading == RowsReading::Copy;
        self.reading = RowsReading::Nothing;
        let is_shown = self
            .value
            .as_ref()
            .is_some_and(|shown| shown.place == place);
        if is_shown {
            self.detail.show(self.grid.name(), &value, None);
        }
        let ask = if to_copy { self.copied(&value) } else { None };
        if let Some(shown) = self.value.as_mut().filter(|_| is_shown) {
            shown.whole = Some(value);
        }
        ask.or_else(|| self.follow())
    }
}
