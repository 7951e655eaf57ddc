//! The line in which a snapshot's label is typed.

use ratatui::{Frame, layout::Rect};

use super::line::CheckedLine;
use crate::{
    core::Snapshot,
    text,
    tui::{screen::DrawContext, task::Task, widget::Input},
};

#[derive(Debug)]
pub struct Labelling {
    snapshot: Box<Snapshot>,
    line: CheckedLine,
}

impl Labelling {
    pub fn new(snapshot: Snapshot) -> Self {
        let label = snapshot.note.label.as_ref();
        let input = label.map_or_else(Input::default, |label| Input::of(label.as_str()));
        Self {
            snapshot: Box::new(snapshot),
            line: CheckedLine::new(input),
        }
    }

    /// Types into its line.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        self.line.edit(edit);
    }

    /// The task that labels the snapshot; an empty line removes its label. If the text is not a label,
    /// there is none, and the dialog explains why.
    pub fn task(&mut self) -> Option<Task> {
        let label = match &*self.line.text() {
            "" => Ok(None),
            text => text.parse().map(Some),
        };
        match label {
            Ok(label) => Some(Task::Label(self.snapshot.clone(), label)),
            Err(error) => {
                self.line.refuse(error.to_string());
                None
            }
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let title = format!(
            "Label {}",
            text::snapshot(&self.snapshot.name(), context.zone)
        );
        let hint = "an empty line: no label".to_owned();
        self.line.draw(frame, area, [title, hint], context);
    }
}
