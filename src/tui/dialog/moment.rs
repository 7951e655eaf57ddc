//! The line in which a moment is typed, and the list of the histories that have such an event:
//!
//! ```text
//! ╭ Several histories have such an event: choose one ────────────────────────╮
//! │▌ live: event 6, 2021-03-15 09:00:00                                      │
//! │    “after”                                                               │
//! │  rewind 2021-03-14 12:00:00: event 6, 2021-03-14 09:05:00                │
//! │    “Hello?”                                                              │
//! ╰──────────────────────────────────────────────────────────────────────────╯
//! ```

use chrono::{DateTime, Utc};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{line::CheckedLine, lines::SheetLines, sheet::Sheet};
use crate::{
    core::{Anchor, FoundMoment, When},
    text::{self, Zone},
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        theme::Role,
        widget::{Input, Text, Window, fit, row_style},
    },
};

/// The line in which a moment is typed.
#[derive(Debug)]
pub struct MomentLine {
    line: CheckedLine,
}

impl MomentLine {
    pub fn new() -> Self {
        Self {
            line: CheckedLine::new(Input::default()),
        }
    }

    /// Types into its line.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        self.line.edit(edit);
    }

    /// What is meant. If the text is no moment, the dialog explains why.
    pub fn when(&mut self, now: DateTime<Utc>, zone: Zone) -> Option<When> {
        let when = text::when(&self.line.text(), now, zone);
        when.map_err(|why| self.line.refuse(why)).ok()
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let title = "Restore to a moment: an event's id or a time".to_owned();
        let hint = "1445, 20m, 07:30, yesterday 18:00".to_owned();
        self.line.draw(frame, area, [title, hint], context);
    }
}

/// The moments that may be meant, each of another history.
#[derive(Debug)]
pub struct MomentList {
    found: Vec<FoundMoment>,
    window: Window,
}

impl MomentList {
    /// The frame, and the keys below a blank.
    const AROUND: u16 = 4;

    pub fn new(found: Vec<FoundMoment>, area: Rect) -> Self {
        let mut list = Self {
            window: Window::default(),
            found,
        };
        list.resize(area);
        list.window.set_len(list.found.len());
        list
    }

    pub fn resize(&mut self, area: Rect) {
        let rows = area.height.saturating_sub(Self::AROUND) / 2;
        self.window.resize(rows.max(1).into());
    }

    /// Moves the selection.
    pub fn act(&mut self, action: Action) {
        self.window.act(action);
    }

    pub fn chosen(&self) -> Option<&FoundMoment> {
        self.found.get(self.window.selected())
    }

    pub(super) fn row_at(
        &self,
        at: Position,
        area: Rect,
        context: DrawContext<'_>,
    ) -> Option<isize> {
        let lines = self.lines(area, context);
        let (line, _) = Self::sheet(&lines, context).line_at(at, area)?;
        self.window.row_in(line / 2)
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        Self::sheet(&self.lines(area, context), context).draw(frame, area, context);
    }

    /// Two lines a moment.
    fn lines(&self, area: Rect, context: DrawContext<'_>) -> SheetLines {
        let room = Sheet::room(area);
        let lines = self.window.rows().flat_map(|place| {
            let found = &self.found[place];
            let side = match &found.moment.anchor {
                Anchor::Live => "live".to_owned(),
                Anchor::Snapshot(snapshot) => text::snapshot(&snapshot.name(), context.zone),
            };
            let time = found.moment.time.as_deref().unwrap_or_default();
            let time = time.replacen('T', " ", 1).replacen('Z', "", 1);
            let event = text::event_id(found.moment.event);
            let (bar, role) = row_style(place == self.window.selected());
            let said = text::one_line(&found.summary);
            [
                bar.and(
                    format!(" {side}: event {event}, {time}"),
                    role(Role::Strong),
                ),
                Text::of(fit(&format!("    “{said}”"), room), Role::Text),
            ]
        });
        lines.collect::<Vec<Text>>().into()
    }

    fn sheet<'l>(lines: &'l SheetLines, context: DrawContext<'_>) -> Sheet<'l> {
        let actions = [Action::Answer, Action::Down, Action::No];
        let bottom = Text::of(context.keys.hints(Context::Moments, &actions), Role::Faint);
        let title = "Several histories have such an event: choose one";
        Sheet::new(title, lines, bottom)
    }
}
