//! The list of snapshots:
//!
//! ```text
//! ╭ Snapshots  all 13 ────────────────────────────────────────────╮
//! │   KIND      TAKEN                   AGE      SIZE  LAST EVENT │
//! │▌● rewind    2026-11-23 03:49:11  11 min  400.4 kB       1,479 │
//! ╰───────────────────────────────────────────────────────────────╯
//! ```

mod columns;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::Look;
use crate::{
    core::{Kind, Snapshot},
    text,
    tui::{
        keymap::{Action, Context},
        msg::Unseen,
        theme::Role,
        widget::{Text, Window, cell, frame},
    },
};
use columns::Columns;

/// Which kinds are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kinds {
    /// Both.
    #[default]
    All,
    /// One of them.
    Only(Kind),
}

impl Kinds {
    /// The choice after this one.
    pub fn next(self) -> Self {
        match self {
            Self::All => Self::Only(Kind::Rewind),
            Self::Only(Kind::Rewind) => Self::Only(Kind::Periodic),
            Self::Only(Kind::Periodic) => Self::All,
        }
    }

    /// The choice before this one.
    pub fn prev(self) -> Self {
        self.next().next()
    }

    fn show(self, snapshot: &Snapshot) -> bool {
        match self {
            Self::All => true,
            Self::Only(kind) => snapshot.kind() == Some(kind),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Only(kind) => kind.name(),
        }
    }
}

/// What is known besides the snapshots themselves.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The snapshot that wants attention.
    pub meant: Option<&'a Path>,
    /// Why live cannot be seen, if it cannot.
    pub unseen: Option<&'a Unseen>,
}

/// What to do where the error does not tell.
const NAME_IT: &str = "name the application's folder with --data-dir, or its database with --db";

/// The list's state.
#[derive(Debug, Default)]
pub struct Snapshots {
    /// Nothing before they were read for the first time.
    all: Option<Vec<Snapshot>>,
    /// Those that are shown, as indices into `all`.
    shown: Vec<usize>,
    kinds: Kinds,
    /// What is to be selected as soon as it is there.
    awaited: Option<PathBuf>,
    marked: BTreeSet<PathBuf>,
    /// Whether any has a label.
    are_labelled: bool,
    window: Window,
}

impl Snapshots {
    /// Every snapshot, newest first; none before they were read.
    pub fn all(&self) -> &[Snapshot] {
        self.all.as_deref().unwrap_or_default()
    }

    /// Takes a new list. What was selected stays selected; if it is gone, what took its place is.
    pub fn set(&mut self, snapshots: Vec<Snapshot>) {
        let is_there = |path: &PathBuf| snapshots.iter().any(|snapshot| snapshot.path == *path);
        let selected = self.awaited.take().filter(is_there);
        let selected = selected.or_else(|| Some(self.selected()?.path.clone()));
        self.marked
            .retain(|path| snapshots.iter().any(|snapshot| snapshot.path == *path));
        self.are_labelled = snapshots.iter().any(|one| one.note.label.is_some());
        self.all = Some(snapshots);
        self.filter();
        let place = selected.and_then(|path| {
            self.shown
                .iter()
                .position(|&index| self.all()[index].path == path)
        });
        self.window.select(place.unwrap_or(self.window.selected()));
    }

    /// Selects a snapshot, now or when it is there.
    pub fn select(&mut self, path: &Path) {
        let mut shown = self.shown.iter();
        match shown.position(|&index| self.all()[index].path == path) {
            Some(row) => self.window.select(row),
            None => self.awaited = Some(path.to_owned()),
        }
    }

    /// Forgets snapshots that are gone; gives how many bytes they took.
    pub fn remove(&mut self, gone: &[PathBuf]) -> u64 {
        let (gone, left): (Vec<_>, Vec<_>) = self
            .all()
            .iter()
            .cloned()
            .partition(|snapshot| gone.contains(&snapshot.path));
        self.set(left);
        gone.iter().map(|snapshot| snapshot.size).sum()
    }

    fn filter(&mut self) {
        let shown = self
            .all()
            .iter()
            .enumerate()
            .filter(|(_, snapshot)| self.kinds.show(snapshot));
        self.shown = shown.map(|(index, _)| index).collect();
        self.window.set_len(self.shown.len());
    }

    /// The selected snapshot.
    pub fn selected(&self) -> Option<&Snapshot> {
        self.all().get(*self.shown.get(self.window.selected())?)
    }

    /// The marked snapshots, newest first.
    pub fn marked(&self) -> impl DoubleEndedIterator<Item = &Snapshot> {
        let all = self.all().iter();
        all.filter(|snapshot| self.marked.contains(&snapshot.path))
    }

    /// The marked snapshots, or without marks the selected one.
    pub fn chosen(&self) -> Vec<Snapshot> {
        if self.marked.is_empty() {
            return self.selected().cloned().into_iter().collect();
        }
        self.marked().cloned().collect()
    }

    /// Moves the selection as an action says; whether it was such an action.
    pub fn act(&mut self, action: Action) -> bool {
        self.window.act(action)
    }

    /// Marks the selected snapshot or unmarks it, and goes to the next.
    pub fn mark(&mut self) {
        if let Some(path) = self.selected().map(|snapshot| snapshot.path.clone()) {
            if !self.marked.remove(&path) {
                self.marked.insert(path);
            }
            self.window.act(Action::Down);
        }
    }

    /// Forgets every mark; whether there was one.
    pub fn unmark(&mut self) -> bool {
        let had = !self.marked.is_empty();
        self.marked.clear();
        had
    }

    /// Shows another choice of kinds. Where the selected snapshot is not among them, the nearest in
    /// time is selected.
    pub fn change_kinds(&mut self, change: impl FnOnce(Kinds) -> Kinds) {
        let selected = self.selected().cloned();
        self.kinds = change(self.kinds);
        self.filter();
        let Some(selected) = selected else { return };
        let apart = |snapshot: &Snapshot| {
            let time = snapshot.taken_at() - selected.taken_at();
            (time.abs(), snapshot.path != selected.path)
        };
        let rows = 0..self.shown.len();
        let nearest = rows.min_by_key(|&row| apart(&self.all()[self.shown[row]]));
        self.window.select(nearest.unwrap_or(0));
    }

    /// Takes the height of the area it will be drawn in.
    pub fn resize(&mut self, area: Rect) {
        // The frame and the heading take three rows.
        self.window
            .resize(usize::from(area.height.saturating_sub(3)));
    }

    fn visible(&self) -> impl Iterator<Item = (usize, &Snapshot)> {
        let rows = self.window.rows();
        rows.map(|row| (row, &self.all()[self.shown[row]]))
    }

    /// How long until an age on the screen is another.
    pub fn changes_in(&self, look: Look<'_>) -> Option<Duration> {
        self.visible()
            .map(|(_, snapshot)| text::age_changes_in(snapshot.taken_at(), look.now))
            .min()
    }

    /// Draws the list.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, around: Around<'_>, look: Look<'_>) {
        let block = self::frame(self.title(), Role::Edge, look.theme);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let columns = Columns::within(usize::from(inner.width), self.are_labelled);
        let lines = match &self.all {
            None => vec![Text::of("  reading the snapshots …", Role::Faint)],
            Some(_) if self.shown.is_empty() => self.empty(around, look, inner.width.into()),
            Some(_) => {
                let rows = self.visible().map(|(row, snapshot)| {
                    let is_meant = around.meant == Some(&snapshot.path);
                    let mark = match (self.marked.contains(&snapshot.path), is_meant) {
                        (true, _) => "●",
                        (false, true) => "!",
                        (false, false) => " ",
                    };
                    self.row((row, mark), snapshot, &columns, look)
                });
                std::iter::once(columns.heading()).chain(rows).collect()
            }
        };
        let lines: Vec<_> = lines.iter().map(|line| line.line(look.theme)).collect();
        frame.render_widget(Paragraph::new(lines), inner);
    }

    fn title(&self) -> Text {
        let title = Text::of("Snapshots", Role::Accent);
        let shown = text::count(self.shown.len() as u64);
        let row = if self.window.is_longer() {
            format!("  row {}", text::count(self.window.selected() as u64 + 1))
        } else {
            String::new()
        };
        let title = title.and(format!("  {} {shown}{row}", self.kinds.name()), Role::Text);
        if self.marked.is_empty() {
            title
        } else {
            title.and(format!("  ● {} marked", self.marked.len()), Role::Warning)
        }
    }

    /// What to do where there is nothing to show.
    fn empty(&self, around: Around<'_>, look: Look<'_>, width: usize) -> Vec<Text> {
        let key = |action| look.keys.key(Context::Snapshots, action);
        let (says, to_do) = match (self.kinds, around.unseen) {
            (Kinds::Only(kind), _) => (
                format!("There are no {kind} snapshots."),
                format!("{} shows the others.", key(Action::NextKinds)),
            ),
            (Kinds::All, None) => (
                "There are no snapshots yet.".to_owned(),
                format!(
                    "Press {} to take the first one: it holds everything as it is now.",
                    key(Action::Take)
                ),
            ),
            (Kinds::All, Some(unseen)) => (
                "There are no snapshots, and no database to take one of.".to_owned(),
                format!(
                    "Quit with {}, then {}.",
                    key(Action::Back),
                    unseen.hint.as_deref().unwrap_or(NAME_IT)
                ),
            ),
        };
        let lines = [Text::of(says, Role::Strong), Text::of(to_do, Role::Text)];
        let indented = |line: Text| Text::of("  ", Role::Text).joined(line);
        let wrapped = lines
            .iter()
            .flat_map(|line| line.wrapped(width.saturating_sub(3).max(1)));
        wrapped.map(indented).collect()
    }

    fn row(
        &self,
        (row, mark): (usize, &str),
        snapshot: &Snapshot,
        columns: &Columns,
        look: Look<'_>,
    ) -> Text {
        let is_selected = row == self.window.selected();
        let role = |role| if is_selected { Role::Selected } else { role };
        let bar = if is_selected { "▌" } else { " " };
        let damaged = snapshot.damage.is_some();
        let mut line = Text::of(bar, Role::Accent).and(format!("{mark} "), role(Role::Warning));
        for (index, column) in columns.shown.iter().enumerate() {
            let (text, plain) = column.cell(snapshot, look);
            let plain = if damaged { Role::Bad } else { plain };
            let gap = if index == 0 { "" } else { "  " };
            line = line.and(
                format!("{gap}{}", cell(&text, column.width(), column.align())),
                role(plain),
            );
        }
        line.and(" ".repeat(columns.spare), role(Role::Text))
    }
}
