//! The line in which the path of an export is typed.

use std::path::PathBuf;

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::Lines,
    text,
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        task::{ExportRequest, Origin, Task},
        theme::Role,
        widget::{Input, Text},
    },
};

#[derive(Debug)]
pub struct Exporting {
    origin: Origin,
    table: String,
    input: Input,
    /// Why nothing is written to the typed path.
    wrong: Option<String>,
}

impl Exporting {
    /// The export of a table, with a path beside the current folder's files to edit.
    pub fn new(origin: Origin, table: String) -> Self {
        let name = table.replace(
            |sign: char| !(sign.is_alphanumeric() || "-_".contains(sign)),
            "_",
        );
        Self {
            origin,
            table,
            input: Input::of(format!("{name}.csv")),
            wrong: None,
        }
    }

    /// Types into its line.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        self.wrong = None;
        edit(&mut self.input);
    }

    /// The task that writes the file. If that is not possible, there is none, and the dialog explains why.
    pub fn task(&mut self) -> Option<Task> {
        let path = PathBuf::from(self.input.text().trim());
        let lines = match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Lines::Csv,
            Some("jsonl") => Lines::Json,
            _ => {
                let sentence = "let the name end with .csv or with .jsonl (JSON lines)";
                self.wrong = Some(sentence.to_owned());
                return None;
            }
        };
        if path.symlink_metadata().is_ok() {
            self.wrong = Some("this file exists: type another name".to_owned());
            return None;
        }
        Some(Task::Export(Box::new(ExportRequest {
            origin: self.origin.clone(),
            table: self.table.clone(),
            lines,
            path,
        })))
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        const WIDEST: usize = 66;
        let of = match &self.origin {
            Origin::Live => "live".to_owned(),
            Origin::Snapshot(snapshot) => text::snapshot(&snapshot.name(), context.zone),
        };
        let title = format!("Export {} of {of}", text::name(&self.table));
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
        let bottom = Text::of(format!("{keys}  .csv or .jsonl"), Role::Faint);
        Sheet::new(title, &lines.into(), bottom).draw(frame, area, context);
    }
}
