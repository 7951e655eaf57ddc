//! The list of snapshots:
//!
//! ```text
//! ╭ Snapshots  all 13 ────────────────────────────────────────────╮
//! │   KIND      TAKEN                   AGE      SIZE  LAST EVENT │
//! │▌● rewind    2026-11-23 03:49:11  11 min  400.4 kB       1,479 │
//! ╰───────────────────────────────────────────────────────────────╯
//! ```

mod abouts;
mod columns;
mod empty;
mod filter;
mod kinds;
mod order;
mod selection;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::{DrawContext, Timeline};
use crate::{
    core::{Snapshot, StoredIn},
    text::{self, Zone},
    tui::{
        browser::Prompt,
        keymap::Action,
        live::Unseen,
        task::{About, AboutRequest},
        theme::Role,
        widget::{Text, Window, cell, fit, frame, row_style},
    },
};
use abouts::Abouts;
use columns::{Beside, ListColumns};
use filter::Filter;

pub use kinds::Kinds;
pub use order::ListOrder;

/// What the list shows besides the snapshots.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The snapshot that a recover would restore.
    pub meant: Option<&'a Path>,
    /// Why live cannot be read, if it cannot.
    pub unseen: Option<&'a Unseen>,
    /// The timeline, on the lower edge if it has no lines of its own.
    pub timeline: Option<&'a Timeline<'a>>,
}

/// Whether the application keeps an event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventLog {
    Kept,
    None,
}

#[derive(Debug)]
pub struct SnapshotList {
    /// `None` until they are read for the first time.
    all: Option<Vec<Snapshot>>,
    /// Those that are shown, as indices into `all`.
    shown: Vec<usize>,
    kinds: Kinds,
    /// The snapshot to select as soon as it is listed.
    awaited: Option<PathBuf>,
    /// The filter.
    prompt: Prompt<()>,
    order: ListOrder,
    marked: BTreeSet<PathBuf>,
    beside: Beside,
    /// The snapshot at which a range of marks began.
    range_from: Option<PathBuf>,
    window: Window,
    log: EventLog,
    abouts: Abouts,
    height: u16,
    now: DateTime<Utc>,
    zone: Zone,
}

impl SnapshotList {
    pub fn new(now: DateTime<Utc>, zone: Zone, log: EventLog) -> Self {
        Self {
            all: None,
            shown: Vec::new(),
            kinds: Kinds::default(),
            awaited: None,
            prompt: Prompt::default(),
            order: ListOrder::default(),
            marked: BTreeSet::new(),
            beside: Beside::default(),
            range_from: None,
            window: Window::default(),
            log,
            abouts: Abouts::default(),
            height: 0,
            now,
            zone,
        }
    }

    /// Every snapshot, newest first; none until they are read.
    pub fn all(&self) -> &[Snapshot] {
        self.all.as_deref().unwrap_or_default()
    }

    /// Those that are not only in the archive, newest first.
    pub fn in_folder(&self) -> Vec<Snapshot> {
        let all = self.all().iter();
        all.filter(|snapshot| !snapshot.is_only_archived())
            .cloned()
            .collect()
    }

    /// Whether they have been read.
    pub fn are_read(&self) -> bool {
        self.all.is_some()
    }

    /// Takes a new list. The selected snapshot stays selected; if it is gone, the one in its place is.
    pub fn set(&mut self, snapshots: Vec<Snapshot>) {
        let is_there = |path: &PathBuf| snapshots.iter().any(|snapshot| snapshot.path == *path);
        let selected = self.awaited.take().filter(is_there);
        let selected = selected.or_else(|| Some(self.selected()?.path.clone()));
        self.marked
            .retain(|path| snapshots.iter().any(|snapshot| snapshot.path == *path));
        self.beside = Beside {
            are_labelled: snapshots.iter().any(|one| one.note.label.is_some()),
            are_archived: snapshots
                .iter()
                .any(|one| one.stored_in != StoredIn::Folder),
        };
        self.all = Some(snapshots);
        self.filter();
        let place = selected.and_then(|path| self.row_of(&path));
        self.window.select(place.unwrap_or(self.window.selected()));
    }

    /// Selects a snapshot, now or as soon as it is listed.
    pub fn select(&mut self, path: &Path) {
        match self.row_of(path) {
            Some(row) => self.window.select(row),
            None => self.awaited = Some(path.to_owned()),
        }
    }

    /// Removes deleted snapshots; returns their size in bytes.
    pub fn remove(&mut self, gone: &[PathBuf]) -> u64 {
        let (gone, left): (Vec<_>, Vec<_>) = self
            .all()
            .iter()
            .cloned()
            .partition(|snapshot| gone.contains(&snapshot.path));
        self.set(left);
        gone.iter().map(|snapshot| snapshot.size).sum()
    }

    fn row_of(&self, path: &Path) -> Option<usize> {
        let mut shown = self.shown.iter();
        let row = shown.position(|&index| self.all()[index].path == path);
        row.or_else(|| self.folded_row_of(path))
    }

    pub fn selected(&self) -> Option<&Snapshot> {
        self.all().get(*self.shown.get(self.window.selected())?)
    }

    /// The marked snapshots, newest first, with those of a range that has begun.
    pub fn marked(&self) -> impl DoubleEndedIterator<Item = &Snapshot> {
        let range: BTreeSet<&PathBuf> = self.in_range().map(|snapshot| &snapshot.path).collect();
        let all = self.all().iter();
        all.filter(move |snapshot| {
            self.marked.contains(&snapshot.path) || range.contains(&snapshot.path)
        })
    }

    /// The marked snapshots, or without marks the selected one.
    pub fn chosen(&self) -> Vec<Snapshot> {
        let marked: Vec<Snapshot> = self.marked().cloned().collect();
        if marked.is_empty() {
            return self.selected().cloned().into_iter().collect();
        }
        marked
    }

    /// Moves the selection; whether the action was to move it.
    pub fn act(&mut self, action: Action) -> bool {
        self.window.act(action)
    }

    pub fn resize(&mut self, area: Rect) {
        self.height = area.height;
        self.fit();
    }

    /// Gives the rows the height that the frame, the filter and the heading leave.
    fn fit(&mut self) {
        let taken = 3 + self.lines_above();
        self.window.resize(self.height.saturating_sub(taken).into());
    }

    fn lines_above(&self) -> u16 {
        match (self.prompt.is_typing(), self.prompt.text().is_empty()) {
            (true, _) => 2,
            (false, false) => 1,
            (false, true) => 0,
        }
    }

    /// The filter, and below it its syntax or its error while it is typed.
    fn filter_lines(&self, width: usize) -> Vec<Text> {
        let (label, room, text) = (" / ", width.saturating_sub(1), self.prompt.text());
        let Some(line) = self.prompt.line(|()| label, room) else {
            let text = fit(text, room.saturating_sub(label.len()));
            let line = Text::of(label, Role::Accent).and(text, Role::Strong);
            return std::iter::once(line)
                .take(self.lines_above().into())
                .collect();
        };
        let (below, role) = match Filter::parse(text) {
            (_, Some(wrong)) => (wrong, Role::Warning),
            (_, None) => (filter::EXPLAINED.to_owned(), Role::Faint),
        };
        vec![line, Text::of(fit(&format!("   {below}"), width), role)]
    }

    fn visible(&self) -> impl Iterator<Item = (usize, &Snapshot)> {
        let rows = self.window.rows();
        rows.map(|row| (row, &self.all()[self.shown[row]]))
    }

    /// How long until an age on the screen changes.
    pub fn changes_in(&self, context: DrawContext<'_>) -> Option<Duration> {
        let hidden = self
            .all()
            .iter()
            .filter(|_| Filter::parse(self.prompt.text()).0.has_ages());
        let seen = self.visible().map(|(_, snapshot)| snapshot);
        seen.chain(hidden)
            .map(|snapshot| text::age_changes_in(snapshot.taken_at(), context.now))
            .min()
    }

    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        around: Around<'_>,
        context: DrawContext<'_>,
    ) {
        let block = self::frame(self.title(), Role::Edge, context.theme);
        let inner = block.inner(area);
        let edge = around.timeline.and_then(|it| it.edge(inner.width.into()));
        let block = match edge {
            Some(edge) => block.title_bottom(edge.line(context.theme)),
            None => block,
        };
        frame.render_widget(block, area);
        let columns = self.columns(usize::from(inner.width));
        let mut lines = self.filter_lines(inner.width.into());
        lines.extend(match &self.all {
            None => vec![Text::of("  reading the snapshots …", Role::Faint)],
            Some(_) if self.shown.is_empty() => self.empty(around, context, inner.width.into()),
            Some(_) => {
                let range: Vec<&Snapshot> = self.in_range().collect();
                let is_marked = |snapshot: &Snapshot| {
                    self.marked.contains(&snapshot.path) || range.contains(&snapshot)
                };
                let rows = self.visible().map(|(row, snapshot)| {
                    let is_meant = around.meant == Some(&snapshot.path);
                    let mark = match (is_marked(snapshot), is_meant) {
                        (true, _) => "●",
                        (false, true) => "!",
                        (false, false) => " ",
                    };
                    self.row((row, mark), snapshot, &columns, context)
                });
                let heading = columns.heading(self.order);
                std::iter::once(heading).chain(rows).collect()
            }
        });
        let lines: Vec<_> = lines.iter().map(|line| line.line(context.theme)).collect();
        frame.render_widget(Paragraph::new(lines), inner);
    }

    fn columns(&self, width: usize) -> ListColumns {
        ListColumns::within(width, self.beside, self.log, self.order)
    }

    /// What is to be read of the snapshots in sight next.
    pub fn wanted_abouts(&mut self) -> Vec<AboutRequest> {
        if self.log == EventLog::None {
            return Vec::new();
        }
        let rows = self.window.rows();
        let all = self.all.as_deref().unwrap_or_default();
        let visible = rows.map(|row| &all[self.shown[row]]);
        self.abouts.wanted(visible)
    }

    pub fn set_about(&mut self, path: &Path, about: About) {
        self.abouts.set(path, about);
    }

    pub fn live_changed(&mut self) {
        self.abouts.live_changed();
    }

    /// The last sentence of the selected snapshot: empty until it is read, `None` without an event log.
    pub fn sentence(&self) -> Option<&str> {
        let selected = self.selected().filter(|_| self.log == EventLog::Kept)?;
        Some(self.abouts.sentence(selected).unwrap_or_default())
    }

    fn title(&self) -> Text {
        let title = Text::of("Snapshots", Role::Accent);
        let shown = text::count(self.shown.len() as u64);
        let row = if self.window.is_longer() {
            format!("  row {}", text::count(self.window.selected() as u64 + 1))
        } else {
            String::new()
        };
        let of = if self.prompt.text().is_empty() {
            String::new()
        } else {
            format!(" of {}", text::count(self.all().len() as u64))
        };
        let folded = match self.abouts.folded() {
            0 => String::new(),
            folded => format!(" +{} identical", text::count(folded as u64)),
        };
        let title = title.and(
            format!("  {} {shown}{folded}{of}{row}", self.kinds.name()),
            Role::Text,
        );
        match (self.marked().count(), &self.range_from) {
            (0, _) => title,
            (marked, None) => title.and(format!("  ● {marked} marked"), Role::Warning),
            (marked, Some(_)) => title.and(format!("  ● {marked} in range"), Role::Warning),
        }
    }

    fn row(
        &self,
        (row, mark): (usize, &str),
        snapshot: &Snapshot,
        columns: &ListColumns,
        context: DrawContext<'_>,
    ) -> Text {
        let is_selected = row == self.window.selected();
        let (bar, role) = row_style(is_selected);
        let damaged = snapshot.damage.is_some();
        let mut line = bar.and(format!("{mark} "), role(Role::Warning));
        for (index, column) in columns.shown.iter().enumerate() {
            let (text, plain) = column.cell(snapshot, &self.abouts, context);
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
