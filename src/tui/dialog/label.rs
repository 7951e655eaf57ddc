//! The line in which a snapshot's label is typed.

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::Snapshot,
    text,
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        task::Task,
        theme::Role,
        widget::{Input, Text},
    },
};

#[derive(Debug)]
pub struct Labelling {
    snapshot: Box<Snapshot>,
    input: Input,
    /// Why the typed text is not a label.
    wrong: Option<String>,
}

impl Labelling {
    pub fn new(snapshot: Snapshot) -> Self {
        let label = snapshot.note.label.as_ref();
        let input = label.map_or_else(Input::default, |label| Input::of(label.as_str()));
        Self {
            snapshot: Box::new(snapshot),
            input,
            wrong: None,
        }
    }

    /// Types into its line.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        self.wrong = None;
        edit(&mut self.input);
    }

    /// The task that labels the snapshot; an empty line removes its label. If the text is not a label,
    /// there is none, and the dialog explains why.
    pub fn task(&mut self) -> Option<Task> {
        let text = self.input.text();
        let label = match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some),
        };
        match label {
            Ok(label) => Some(Task::Label(self.snapshot.clone(), label)),
            Err(error) => {
                self.wrong = Some(error.to_string());
                None
            }
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        const WIDEST: usize = 60;
        let name = text::snapshot(&self.snapshot.name(), context.zone);
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
        let bottom = Text::of(format!("{keys}  an empty line: no label"), Role::Faint);
        Sheet::new(format!("Label {name}"), &lines.into(), bottom).draw(frame, area, context);
    }
}
