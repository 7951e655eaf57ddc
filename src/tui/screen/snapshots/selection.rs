//! Which snapshots the list shows and in which order, and which are marked.

use std::path::Path;

use ratatui::layout::{Position, Rect};

use super::{
    Kinds, ListOrder, SnapshotList,
    columns::ListColumn,
    filter::{Filter, FilterContext},
};
use crate::{
    core::{Snapshot, fold_identical},
    tui::{keymap::Action, widget::Input},
};

impl SnapshotList {
    /// Filters and sorts anew.
    pub(super) fn filter(&mut self) {
        let beside = FilterContext {
            now: self.now,
            zone: self.zone,
            marked: &self.marked,
            all: self.all.as_deref().unwrap_or_default(),
        };
        let (filter, _) = Filter::parse(self.prompt.text());
        let fits = |index: &usize| {
            let snapshot = &self.all()[*index];
            self.kinds.show(snapshot) && filter.fits(snapshot, beside)
        };
        let mut shown: Vec<usize> = (0..self.all().len()).filter(fits).collect();
        if !self.order.is_plain() {
            let all = self.all();
            shown.sort_by(|&one, &other| self.order.compare(&all[one], &all[other]));
        }
        // With a filter a user looks for a certain one, which may be folded.
        if self.prompt.text().is_empty() {
            shown = self.folded(&shown);
        } else {
            self.abouts.fold(&[]);
        }
        self.shown = shown;
        self.window.set_len(self.shown.len());
    }

    /// Returns those of the shown that are not folded into another.
    fn folded(&mut self, shown: &[usize]) -> Vec<usize> {
        let all = self.all.as_deref().unwrap_or_default();
        let folds = fold_identical(shown.iter().map(|&index| &all[index]));
        self.abouts.fold(&folds);
        let mut at = 0;
        let firsts = folds.iter().map(|fold| {
            let first = shown[at];
            at += 1 + fold.identical;
            first
        });
        firsts.collect()
    }

    /// The row into which a snapshot is folded.
    pub(super) fn folded_row_of(&self, path: &Path) -> Option<usize> {
        let index = self.all().iter().position(|one| one.path == path)?;
        let is_before = |&row: &usize| {
            let first = self.shown[row];
            let folded = self.abouts.identical(&self.all()[first]).unwrap_or(0);
            (first..=first + folded).contains(&index)
        };
        (0..self.shown.len()).find(is_before)
    }

    /// Takes the time, and filters anew if the filter depends on it.
    pub fn tick(&mut self, now: chrono::DateTime<chrono::Utc>) {
        self.now = now;
        if Filter::parse(self.prompt.text()).0.has_ages() {
            self.rearrange();
        }
    }

    /// Filters and sorts anew, with the same snapshot selected, or if it is not shown the nearest in time.
    fn rearrange(&mut self) {
        let selected = self.selected().cloned();
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

    pub fn change_kinds(&mut self, change: impl FnOnce(Kinds) -> Kinds) {
        self.kinds = change(self.kinds);
        self.rearrange();
    }

    pub fn change_order(&mut self, change: impl FnOnce(ListOrder) -> ListOrder) {
        self.order = change(self.order);
        self.rearrange();
    }

    pub fn is_typing(&self) -> bool {
        self.prompt.is_typing()
    }

    pub fn type_filter(&mut self) {
        self.prompt.edit(());
        self.fit();
    }

    /// Ends the typing of the filter; Back clears it.
    pub fn end_typing(&mut self, action: Action) {
        self.prompt.cancel();
        if action == Action::Back {
            self.prompt.clear();
        }
        self.rearrange();
        self.fit();
    }

    /// Clears the filter; whether there was one.
    pub fn unfilter(&mut self) -> bool {
        let had = !self.prompt.text().is_empty();
        self.end_typing(Action::Back);
        had
    }

    /// Types into the filter, if it is being typed.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        let Some(input) = self.prompt.input() else {
            return;
        };
        edit(input);
        self.prompt.follow();
        self.rearrange();
    }

    /// Marks the selected snapshot or unmarks it, and goes to the next. A range that has begun is marked
    /// instead.
    pub fn mark(&mut self) {
        if self.range_from.is_some() {
            self.mark_range();
            return;
        }
        if let Some(path) = self.selected().map(|snapshot| snapshot.path.clone()) {
            if !self.marked.remove(&path) {
                self.marked.insert(path);
            }
            self.window.act(Action::Down);
        }
    }

    /// Begins a range at the selected snapshot, or marks the one that has begun.
    pub fn range(&mut self) {
        if self.range_from.is_some() {
            self.mark_range();
        } else {
            self.range_from = self.selected().map(|snapshot| snapshot.path.clone());
        }
    }

    fn mark_range(&mut self) {
        let range: Vec<_> = self
            .in_range()
            .map(|snapshot| snapshot.path.clone())
            .collect();
        self.marked.extend(range);
        self.range_from = None;
    }

    /// The snapshots in a range that has begun.
    pub(super) fn in_range(&self) -> impl Iterator<Item = &Snapshot> {
        let from = self.range_from.as_ref().and_then(|path| self.row_of(path));
        let to = self.window.selected();
        let rows = from.map_or(0..0, |from| from.min(to)..from.max(to) + 1);
        let shown = self.shown.get(rows).unwrap_or_default();
        shown.iter().map(|&index| &self.all()[index])
    }

    /// Marks everything that is shown, or unmarks it if all of it is marked.
    pub fn mark_all(&mut self) {
        self.range_from = None;
        let shown = self
            .shown
            .iter()
            .map(|&index| self.all()[index].path.clone());
        let shown: Vec<_> = shown.collect();
        if shown.iter().all(|path| self.marked.contains(path)) {
            self.marked.retain(|path| !shown.contains(path));
        } else {
            self.marked.extend(shown);
        }
    }

    /// Removes every mark; whether there was one.
    pub fn unmark(&mut self) -> bool {
        let had = !self.marked.is_empty() || self.range_from.is_some();
        self.marked.clear();
        self.range_from = None;
        had
    }

    /// Selects the row that is clicked, or sorts by the heading that is clicked;
    /// whether it was a row.
    pub fn click(&mut self, area: Rect, at: Position) -> bool {
        let heading = area.y + 1 + self.lines_above();
        let inside = area.x + 1..area.right().saturating_sub(1);
        if !inside.contains(&at.x) {
            return false;
        }
        if at.y == heading {
            let width = usize::from(area.width.saturating_sub(2));
            let columns = self.columns(width);
            let column = columns.at(usize::from(at.x - area.x - 1));
            if let Some(key) = column.and_then(ListColumn::sort_key) {
                self.change_order(|order| order.by(key));
            }
            return false;
        }
        let row = at.y.checked_sub(heading + 1).map(usize::from);
        let row = row.and_then(|row| self.window.rows().nth(row));
        if let Some(row) = row {
            self.window.select(row);
        }
        row.is_some()
    }

    pub fn wheel(&mut self, rows: isize) {
        let row = self.window.selected().saturating_add_signed(rows);
        self.window.select(row);
    }
}
