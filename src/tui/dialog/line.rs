//! A dialog of one line to type in, and below it why the typed text is refused.

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::tui::{
    keymap::{Action, Context},
    screen::DrawContext,
    theme::Role,
    widget::{Input, Text},
};

/// A line, and what is wrong with it.
#[derive(Debug)]
pub(super) struct CheckedLine {
    input: Input,
    wrong: Option<String>,
}

impl CheckedLine {
    pub(super) fn new(input: Input) -> Self {
        Self { input, wrong: None }
    }

    /// What was typed, without blanks around it.
    pub(super) fn text(&self) -> String {
        self.input.text().trim().to_owned()
    }

    /// Types into it.
    pub(super) fn edit(&mut self, edit: impl FnOnce(&mut Input)) {
        self.wrong = None;
        edit(&mut self.input);
    }

    /// Shows why the text is refused until something is typed.
    pub(super) fn refuse(&mut self, why: impl Into<String>) {
        self.wrong = Some(why.into());
    }

    /// Draws it under a title; `hint` stands beside its keys.
    pub(super) fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        [title, hint]: [String; 2],
        context: DrawContext<'_>,
    ) {
        const WIDEST: usize = 66;
        let width = WIDEST.min(usize::from(area.width).saturating_sub(6));
        let line = self.input.line(width);
        let blank = " ".repeat(width.saturating_sub(line.width()));
        let wrong = self.wrong.as_deref().map(|wrong| format!("✗ {wrong}"));
        let lines = [
            Text::of("› ", Role::Accent)
                .joined(line)
                .and(blank, Role::Text),
            Text::of(wrong.unwrap_or_default(), Role::Bad),
        ];
        let actions = [Action::Answer, Action::Back];
        let keys = context.keys.hints(Context::Input, &actions);
        let bottom = Text::of(format!("{keys}  {hint}"), Role::Faint);
        Sheet::new(title, &lines.into(), bottom).draw(frame, area, context);
    }
}
