//! Drawing the rows: the table in its frame, with a title and a line below.

use ratatui::{Frame, layout::Rect};

use super::{RowsReading, RowsScreen, RowsState};
use crate::{
    text,
    tui::{
        browser::{FramedList, progress_line},
        keymap::{Action, Context},
        screen::DrawContext,
        task::ShownSide,
        theme::Role,
        widget::{Text, fit},
    },
};

use super::query::{RowsFilter, RowsQuery};

/// A sentence below the rows.
#[derive(Debug)]
pub(super) enum RowsStatus {
    /// Just this.
    Text(String, Role),
    /// What a key does: the words before the key, the key's action, the words after it.
    Key(&'static str, Action, &'static str),
}

impl RowsStatus {
    fn line(&self, room: usize, context: DrawContext<'_>) -> Text {
        match self {
            Self::Text(text, role) => Text::of(fit(text, room), *role),
            Self::Key(before, action, after) => {
                let key = context.keys.key(Context::Rows, *action);
                Text::of(fit(&format!("{before}{key}{after}"), room), Role::Warning)
            }
        }
    }
}

impl RowsScreen {
    pub(super) fn draw_table(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let room = usize::from(area.width.saturating_sub(4));
        let bottom = Text::of(" ", Role::Text).joined(self.bottom(room, context));
        let mut lines = vec![self.grid.heading()];
        if let RowsState::Failed(reason) = &self.state {
            let width = usize::from(area.width.saturating_sub(2)).max(1);
            lines = Text::of(format!(" ✗ {reason}"), Role::Bad).wrapped(width);
        } else if self.len() == 0 {
            let text = match self.state {
                RowsState::Surveying(..) => " …",
                _ => " no rows",
            };
            lines = vec![Text::of(text, Role::Faint)];
        }
        lines.extend(self.window.rows().map(|place| {
            let number = self.selection.number(place);
            let is_selected = place == self.window.selected();
            let line = self.pages.get(place);
            let is_marked = self.is_marked(line, context.marks);
            self.grid.row(number, line, [is_selected, is_marked])
        }));
        let list = FramedList {
            title: self.title(room, context),
            bottom: bottom.and(" ", Role::Text),
            lines,
        };
        list.draw(screen, area, context);
    }

    fn title(&self, room: usize, context: DrawContext<'_>) -> Text {
        let name = fit(&text::name(&self.table), room);
        let side = match &self.origin {
            ShownSide::Live => "live".to_owned(),
            ShownSide::Snapshot(snapshot) => text::snapshot(&snapshot.name(), context.zone),
        };
        let side = format!("  in {side}");
        let filter = self.selection.filter.as_ref();
        let place = match (&self.state, filter.map(RowsFilter::summary), self.number()) {
            (RowsState::Known(_), None, Some(number)) => {
                let rows = text::counted(self.count, "row");
                format!("  {} of {rows}", text::count(number + 1))
            }
            (RowsState::Known(_), Some(rows), _) => {
                let place = text::count(self.window.selected() as u64 + 1);
                format!("  {place} of {rows}")
            }
            _ => String::new(),
        };
        let left = room.saturating_sub(Text::of(&*name, Role::Text).width());
        let rest = fit(&format!("{side}{place}"), left);
        Text::of(name, Role::Accent).and(rest, Role::Text)
    }

    /// The typed line, the progress, or a sentence; else how many columns are out of sight.
    fn bottom(&self, room: usize, context: DrawContext<'_>) -> Text {
        if let Some(line) = self.selection.prompt.line(RowsQuery::label, room) {
            return line;
        }
        match (&self.state, self.reading) {
            (RowsState::Surveying(_, progress), _) => {
                return progress_line("finding the rows ", *progress, "", room);
            }
            (_, RowsReading::Searching(progress)) => {
                return progress_line("searching the rows ", progress, "", room);
            }
            _ => {}
        }
        if let Some(status) = &self.status {
            return status.line(room, context);
        }
        if let Some(from) = self.range_from {
            let row = text::count(self.selection.number(from) + 1);
            let key = context.keys.key(Context::Rows, Action::MarkRange);
            let sentence = format!("a range begins at row {row}: {key} marks those up to here");
            return Text::of(fit(&sentence, room), Role::Warning);
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
