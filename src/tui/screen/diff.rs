//! What differs between two sides, table by table:
//!
//! ```text
//! ╭ Difference  from live to rewind 2026-11-23 03:49:11 ──────────╮
//! │ • 62 events that are active in the snapshot are rewound in …  │
//! │                                                               │
//! │   TABLE        ADDED   CHANGED   REMOVED                      │
//! │▌  event_log        ·       ~62        -3                      │
//! ╰ + only in the snapshot  ~ changed  - only in live ────────────╯
//! ```

mod columns;
mod sentences;

use std::collections::BTreeSet;

use ratatui::{
    Frame,
    layout::{Position, Rect, Size},
};
use unicode_width::UnicodeWidthStr;

use super::{ChangesScreen, DrawContext, Reply, Screen, ScreenCommand, ShownSide, Task};
use crate::{
    core::{Error, EventDiff, RestoreOptions, RestorePlan, Snapshot, TableDiff, TextMatch},
    text,
    tui::{
        browser::{FramedList, Phase, Prompt, rows_within},
        keymap::{Action, Context},
        task::{DiffReply, DiffRequest},
        widget::{Input, Text, Window},
    },
};
use columns::DiffColumns;

/// What differs from one side to another.
#[derive(Debug)]
pub struct DiffScreen {
    from: ShownSide,
    to: ShownSide,
    restores: Restores,
    tables: Vec<ComparedTable>,
    log: Option<Box<EventDiff>>,
    state: Phase,
    /// What the names of the shown tables contain.
    prompt: Prompt<()>,
    /// Those that are shown, as indices into `tables`.
    shown: Vec<usize>,
    /// The names of those that are marked.
    marked: BTreeSet<String>,
    window: Window,
    /// Why a table was not opened.
    status: Option<String>,
    area: Rect,
}

/// What of this difference can be restored.
#[derive(Clone, Debug)]
enum Restores {
    /// The tables that are chosen here, with these options.
    Tables(RestoreOptions),
    /// Only the whole, which a plan composed and calls this.
    Composed(String),
}

/// A table, and what differs in it once it is known.
#[derive(Debug)]
struct ComparedTable {
    name: String,
    diff: Option<TableDiff>,
}

impl ComparedTable {
    fn differs(&self) -> bool {
        self.diff.as_ref().is_some_and(|diff| !diff.is_empty())
    }
}

impl DiffScreen {
    /// The difference from one side to another, before it is known. The names are those of the
    /// tables that are compared in any case.
    pub fn new(from: ShownSide, to: ShownSide, names: Vec<String>) -> Self {
        let tables = names
            .into_iter()
            .map(|name| ComparedTable { name, diff: None });
        let mut diff = Self {
            from,
            to,
            restores: Restores::Tables(RestoreOptions::default()),
            tables: tables.collect(),
            log: None,
            state: Phase::Reading(None),
            prompt: Prompt::default(),
            shown: Vec::new(),
            marked: BTreeSet::new(),
            window: Window::default(),
            status: None,
            area: Rect::default(),
        };
        diff.filter();
        diff
    }

    /// What a restore would change.
    pub fn of_plan(plan: &RestorePlan) -> Self {
        let snapshot = ShownSide::Snapshot(Box::new(plan.snapshot.clone()));
        let mut diff = Self::new(ShownSide::Live, snapshot, Vec::new());
        let tables = plan.tables.iter().map(|diff| ComparedTable {
            name: diff.table.name.clone(),
            diff: Some(diff.clone()),
        });
        diff.tables = tables.collect();
        diff.restores = match (&plan.moment, &plan.merge) {
            (Some(composed), _) => {
                let event = text::event_id(composed.moment.event);
                Restores::Composed(format!("just after event {event}"))
            }
            (None, Some(_)) => Restores::Composed("both sides merged".to_owned()),
            (None, None) => Restores::Tables(plan.options.clone()),
        };
        diff.log = plan.log.clone().map(Box::new);
        diff.state = Phase::Done;
        diff.filter();
        diff
    }

    fn compare(&mut self) -> ScreenCommand {
        self.state = Phase::Reading(None);
        self.log = None;
        for table in &mut self.tables {
            table.diff = None;
        }
        self.fit();
        ScreenCommand::Run(Task::Diff(DiffRequest {
            from: self.from.clone(),
            to: self.to.clone(),
        }))
    }

    fn selected(&self) -> Option<&TableDiff> {
        let table = &self.tables[*self.shown.get(self.window.selected())?];
        table.diff.as_ref()
    }

    /// The rows of the selected table that differ.
    fn open(&mut self) -> Option<ScreenCommand> {
        let diff = self.selected()?;
        if diff.is_empty() {
            self.status = Some(format!(
                "nothing differs in {}",
                text::name(&diff.table.name)
            ));
            return None;
        }
        let restores = self.restored_by(vec![diff.table.name.clone()]);
        let changes = ChangesScreen::new(diff.clone(), self.briefly(), restores);
        Some(ScreenCommand::Open(Box::new(changes)))
    }

    fn mark(&mut self) {
        if let Some(name) = self.selected().map(|diff| diff.table.name.clone()) {
            if !self.marked.remove(&name) {
                self.marked.insert(name);
            }
            self.window.act(Action::Down);
        }
    }

    /// Restores the marked tables, else the marked rows, or without marks the selected table.
    fn restore(&mut self) -> Option<ScreenCommand> {
        if let Restores::Composed(_) = self.restores {
            self.status = Some("this is the difference of a plan: go back to answer it".to_owned());
            return None;
        }
        let chosen = if self.marked.is_empty() {
            vec![self.selected()?.table.name.clone()]
        } else {
            self.marked.iter().cloned().collect()
        };
        let (snapshot, options) = self.restored_by(chosen)?;
        let tables = ScreenCommand::Restore(snapshot, options);
        Some(if self.marked.is_empty() {
            ScreenCommand::RestoreMarked(Some(Box::new(tables)))
        } else {
            tables
        })
    }

    /// How just these tables are restored from the snapshot, if it is compared with live.
    fn restored_by(&self, tables: Vec<String>) -> Option<(Box<Snapshot>, RestoreOptions)> {
        let snapshot = match (&self.from, &self.to) {
            (ShownSide::Snapshot(snapshot), ShownSide::Live)
            | (ShownSide::Live, ShownSide::Snapshot(snapshot)) => snapshot.clone(),
            _ => return None,
        };
        let Restores::Tables(options) = self.restores.clone() else {
            return None;
        };
        Some((snapshot, RestoreOptions { tables, ..options }))
    }

    fn filter(&mut self) {
        let shown = self.tables.iter().enumerate();
        let shown = if self.prompt.text().is_empty() {
            let shown = shown.filter(|(_, table)| table.differs());
            shown.map(|(index, _)| index).collect()
        } else {
            // Any table can be found, though nothing differs in it.
            let find = TextMatch::new(self.prompt.text());
            let shown = shown.filter(|(_, table)| find.is_in(&table.name));
            shown.map(|(index, _)| index).collect()
        };
        self.shown = shown;
        self.window.set_len(self.shown.len());
        self.fit();
    }

    /// Leaves the tables the room that the lines above and below them do not take.
    fn fit(&mut self) {
        let inside = usize::from(self.area.height.saturating_sub(2));
        let width = usize::from(self.area.width.saturating_sub(2));
        let folded = usize::from(self.folded().is_some());
        let taken = 1 + usize::from(self.finds()) + folded;
        let taken = taken + self.story_in(width, inside).len();
        self.window.resize(inside.saturating_sub(taken));
    }

    /// The lines above the tables, unless these need the room.
    fn story_in(&self, width: usize, inside: usize) -> Vec<Text> {
        const LEAST: usize = 3;
        let story = self.story(width);
        let rows = self.shown.len().min(LEAST);
        if rows > 0 && inside < story.len() + rows + 2 {
            return Vec::new();
        }
        story
    }

    fn finds(&self) -> bool {
        self.prompt.is_typing() || !self.prompt.text().is_empty()
    }
}

impl Screen for DiffScreen {
    fn context(&self) -> Context {
        if self.prompt.is_typing() {
            Context::Input
        } else {
            Context::Diff
        }
    }

    fn phase(&mut self) -> Option<&mut Phase> {
        Some(&mut self.state)
    }

    fn resize(&mut self, area: Rect) {
        self.area = area;
        self.fit();
    }

    fn load(&mut self) -> Option<ScreenCommand> {
        matches!(self.state, Phase::Reading(_)).then(|| self.compare())
    }

    fn reload(&mut self) -> Option<ScreenCommand> {
        Some(self.compare())
    }

    fn live_changed(&mut self) {
        let shows_live = [&self.from, &self.to].contains(&&ShownSide::Live);
        if shows_live {
            self.state.live_changed();
        }
    }

    fn row_at(&self, at: Position) -> Option<isize> {
        let Size { width, height } = rows_within(self.area, 0).as_size();
        let story = self.story_in(width.into(), height.into());
        let rows = rows_within(self.area, story.len() + 1);
        self.window.row_at(at, rows)
    }

    fn act(&mut self, action: Action) -> Option<ScreenCommand> {
        self.status = None;
        if self.window.act(action) {
            return None;
        }
        let was_typing = self.prompt.cancel().is_some();
        match action {
            Action::Back if self.prompt.clear() || was_typing => self.filter(),
            Action::Back if !self.marked.is_empty() => self.marked.clear(),
            Action::Back => return Some(ScreenCommand::Close),
            Action::Find => self.prompt.edit(()),
            Action::Reload => return Some(self.compare()),
            Action::Restore => return self.restore(),
            Action::Open => return self.open(),
            Action::Export => {
                let table = self.selected()?.table.name.clone();
                return Some(ScreenCommand::Export(self.to.clone(), table));
            }
            Action::Mark => self.mark(),
            _ => {}
        }
        self.fit();
        None
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.prompt.input()
    }

    fn edited(&mut self) -> Option<ScreenCommand> {
        self.prompt.follow()?;
        self.filter();
        None
    }

    fn receive(&mut self, reply: Reply) -> Option<ScreenCommand> {
        let Reply::Diff(reply) = reply else {
            return None;
        };
        match reply {
            DiffReply::Table(compared) => {
                let (diff, log) = *compared;
                self.log = self.log.take().or_else(|| log.map(Box::new));
                let name = diff.table.name.clone();
                let known = self.tables.iter_mut().find(|table| table.name == name);
                let diff = Some(diff);
                match known {
                    Some(table) => table.diff = diff,
                    None => self.tables.push(ComparedTable { name, diff }),
                }
                self.filter();
            }
            DiffReply::Compared(Ok(())) => self.state = Phase::Done,
            DiffReply::Compared(Err(Error::Cancelled)) => {}
            DiffReply::Compared(Err(error)) => self.state = Phase::Failed(error.to_string()),
        }
        self.fit();
        None
    }

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let width = usize::from(area.width.saturating_sub(2));
        let widest = self
            .tables
            .iter()
            .map(|table| text::name(&table.name).width())
            .max();
        let columns = DiffColumns::within(width, widest.unwrap_or(0));
        let inside = usize::from(area.height.saturating_sub(2));
        let mut lines = self.story_in(width, inside);
        lines.push(columns.heading());
        lines.extend(self.window.rows().map(|row| {
            let table = &self.tables[self.shown[row]];
            let is_marked = self.marked.contains(&table.name);
            let mark = if is_marked { "●" } else { " " };
            let is_selected = row == self.window.selected();
            columns.row(
                (&text::name(&table.name), mark),
                table.diff.as_ref(),
                is_selected,
            )
        }));
        lines.extend(self.folded());
        if self.finds() {
            lines.truncate(usize::from(area.height.saturating_sub(3)));
            lines.push(self.find_line(width));
        }
        let list = FramedList {
            title: self.title(context.zone),
            bottom: self.bottom(width, context),
            lines,
        };
        list.draw(screen, area, context);
    }
}
