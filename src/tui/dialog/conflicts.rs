//! The conflicts of a merge, to be decided one by one:
//!
//! ```text
//! ╭ 2 conflicts between live and the snapshot, 1 undecided ──────────────────╮
//! │▌  ?        notes id = 1, text                                            │
//! │   live     notes id = 1, views                                           │
//! │                                                                          │
//! │ before: first                                                            │
//! │ 1 live                             2 snapshot                            │
//! │ first, anew                        first, again                          │
//! ╰──────────────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{lines::SheetLines, sheet::Sheet};
use crate::{
    core::{Answer, Conflict, Prefer, Row},
    text::{self, WordPiece},
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        theme::Role,
        widget::{Text, ValueText, Window, fit, row_style},
    },
};

/// The conflicts, which of them is selected, and how much of it is shown.
#[derive(Debug)]
pub struct ConflictList {
    conflicts: Vec<Conflict>,
    window: Window,
    shows_whole: bool,
    /// How many lines of it are above the first in sight.
    scroll: usize,
    /// What was decided here.
    pub answers: Vec<Answer>,
}

impl ConflictList {
    /// The lines of the list at most; the others are for the selected one.
    const LISTED: u16 = 8;
    const PAGE: usize = 10;

    pub fn new(conflicts: Vec<Conflict>, area: Rect) -> Self {
        let mut list = Self {
            window: Window::default(),
            conflicts,
            shows_whole: false,
            scroll: 0,
            answers: Vec::new(),
        };
        list.resize(area);
        list.window.set_len(list.conflicts.len());
        list
    }

    pub fn resize(&mut self, area: Rect) {
        let rows = (area.height / 3).clamp(1, Self::LISTED);
        self.window.resize(rows.into());
    }

    /// Does what a key does here; whether it was one of this list.
    pub fn act(&mut self, action: Action) {
        let prefer = match action {
            Action::TakeLive => Prefer::Live,
            Action::TakeSnapshot => Prefer::Snapshot,
            Action::ShowWhole => {
                self.shows_whole = !self.shows_whole;
                self.scroll = 0;
                return;
            }
            // Whole rows may be long; another one is selected when they are closed.
            _ if self.shows_whole => {
                self.scroll = match action {
                    Action::Up => self.scroll.saturating_sub(1),
                    Action::Down => self.scroll + 1,
                    Action::PageUp => self.scroll.saturating_sub(Self::PAGE),
                    Action::PageDown => self.scroll + Self::PAGE,
                    Action::First => 0,
                    Action::Last => usize::MAX,
                    _ => self.scroll,
                };
                return;
            }
            _ => {
                self.window.act(action);
                return;
            }
        };
        let selected = self.window.selected();
        if let Some(conflict) = self.conflicts.get_mut(selected) {
            conflict.answer = Some(prefer);
            self.answers.push(conflict.answered(prefer));
            self.scroll = 0;
            let is_open = |place: &usize| self.conflicts[*place].answer.is_none();
            let mut others = (selected + 1..self.conflicts.len()).chain(0..selected);
            let following = (selected + 1).min(self.conflicts.len() - 1);
            self.window
                .select(others.find(is_open).unwrap_or(following));
        }
    }

    pub(super) fn row_at(
        &self,
        at: Position,
        area: Rect,
        context: DrawContext<'_>,
    ) -> Option<isize> {
        let lines = self.lines(area);
        let (line, _) = self.sheet(&lines, area, context).line_at(at, area)?;
        // Under whole rows, the keys scroll.
        self.window.row_in(line).filter(|_| !self.shows_whole)
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let lines = self.lines(area);
        self.sheet(&lines, area, context).draw(frame, area, context);
    }

    fn lines(&self, area: Rect) -> SheetLines {
        let room = Sheet::room(area);
        let mut lines: Vec<Text> = self
            .window
            .rows()
            .map(|place| self.line(place, room))
            .collect();
        lines.push(Text::default());
        if let Some(conflict) = self.conflicts.get(self.window.selected()) {
            lines.extend(detail(conflict, self.shows_whole, room));
        }
        lines.into()
    }

    fn sheet<'l>(&self, lines: &'l SheetLines, area: Rect, context: DrawContext<'_>) -> Sheet<'l> {
        let undecided = self
            .conflicts
            .iter()
            .filter(|one| one.answer.is_none())
            .count();
        let number = text::counted(self.conflicts.len() as u64, "conflict");
        let title = match undecided {
            0 => format!("{number} between live and the snapshot, decided"),
            _ => format!("{number} between live and the snapshot, {undecided} undecided"),
        };
        let actions = [
            Action::TakeLive,
            Action::TakeSnapshot,
            Action::ShowWhole,
            Action::Back,
        ];
        let keys = context.keys.hints(Context::Conflicts, &actions);
        Sheet {
            scroll: self.scroll.min(Sheet::last_scroll(lines, area)),
            ..Sheet::new(title, lines, Text::of(keys, Role::Faint))
        }
    }

    fn line(&self, place: usize, room: usize) -> Text {
        let conflict = &self.conflicts[place];
        let (bar, role) = row_style(place == self.window.selected());
        let (answer, is) = match conflict.answer {
            None => ("?", Role::Warning),
            Some(Prefer::Live) => ("live", Role::Text),
            Some(Prefer::Snapshot) => ("snapshot", Role::Text),
        };
        let column = conflict.column();
        let column = column.map_or(String::new(), |column| format!(", {}", text::name(column)));
        let row = format!("{} {}{column}", text::name(&conflict.table), conflict.row);
        let line = bar.and(format!(" {answer:<9}"), role(is));
        let left = room.saturating_sub(line.width());
        line.and(fit(&text::one_line(&row), left), role(Role::Text))
    }
}

/// Returns what both sides have, side by side.
fn detail(conflict: &Conflict, whole: bool, room: usize) -> Vec<Text> {
    let mut lines = Vec::new();
    if let Some(why) = &conflict.why {
        lines.push(Text::of(format!("! {why}"), Role::Warning));
    }
    if conflict.may_be_computed {
        let sentence = "! numbers on all sides: the application may compute them";
        lines.push(Text::of(sentence, Role::Warning));
    }
    let half = room.saturating_sub(2) / 2;
    let heading = |side: &str, row: &Option<Row>| match row {
        Some(_) => Text::of(side.to_owned(), Role::Strong),
        None => Text::of(side.to_owned(), Role::Strong).and(": no such row", Role::Faint),
    };
    let headings = [
        heading("live", &conflict.live),
        heading("snapshot", &conflict.snapshot),
    ];
    let all = 0..conflict.columns.len();
    let columns: Vec<usize> = match conflict.at {
        Some(at) if !whole => vec![at],
        _ if whole => all.collect(),
        _ => all.filter(|&column| differs(conflict, column)).collect(),
    };
    if let (Some(base), [at]) = (&conflict.base, &columns[..]) {
        let before = ValueText::of(&base.values[*at], None).text;
        lines.push(Text::of("before: ", Role::Faint).and(before, Role::Faint));
    }
    lines.extend(beside(headings, half));
    let is_named = columns.len() > 1;
    for column in columns {
        lines.extend(beside(values(conflict, column, is_named), half));
    }
    lines
}

fn differs(conflict: &Conflict, column: usize) -> bool {
    match (&conflict.live, &conflict.snapshot) {
        (Some(live), Some(snapshot)) => !live.values[column].same(&snapshot.values[column]),
        _ => true,
    }
}

/// Returns a column of both rows; words that only one has stand out.
fn values(conflict: &Conflict, column: usize, is_named: bool) -> [Text; 2] {
    let text = |row: &Option<Row>| {
        let value = row
            .as_ref()
            .map(|row| ValueText::of(&row.values[column], None));
        value.map_or(String::new(), |shown| shown.text)
    };
    let name = if is_named {
        format!("{}: ", text::name(&conflict.columns[column]))
    } else {
        String::new()
    };
    let [mut live, mut snapshot] = [(), ()].map(|()| Text::of(name.clone(), Role::Faint));
    for piece in text::word_diff(&text(&conflict.live), &text(&conflict.snapshot)) {
        match piece {
            WordPiece::Same(words) => {
                live = live.and(words.clone(), Role::Text);
                snapshot = snapshot.and(words, Role::Text);
            }
            WordPiece::Removed(words) => live = live.and(words, Role::Removed),
            WordPiece::Added(words) => snapshot = snapshot.and(words, Role::Added),
        }
    }
    [live, snapshot]
}

/// Returns two texts side by side, each wrapped in so many columns.
fn beside(texts: [Text; 2], half: usize) -> Vec<Text> {
    let [left, right] = texts.map(|text| text.wrapped(half.max(1)));
    let lines = 0..left.len().max(right.len());
    let line = |index: usize| {
        let left = left.get(index).cloned().unwrap_or_default();
        let gap = " ".repeat((half + 2).saturating_sub(left.width()));
        left.and(gap, Role::Text)
            .joined(right.get(index).cloned().unwrap_or_default())
    };
    lines.map(line).collect()
}
