//! The line in which the path of an export is typed.

use std::path::PathBuf;

use ratatui::{Frame, layout::Rect};

use super::{line::CheckedLine, read_delay::ReadDelay};
use crate::{
    core::RowFormat,
    text,
    tui::{
        screen::DrawContext,
        task::{ExportRequest, ShownSide, Task},
        widget::Input,
    },
};

#[derive(Debug)]
pub struct Exporting {
    origin: ShownSide,
    table: String,
    line: CheckedLine,
    /// Writing a file is an answer, too.
    pub read_delay: ReadDelay,
}

impl Exporting {
    /// The export of a table, with a path beside the current folder's files to edit.
    pub fn new(origin: ShownSide, table: String) -> Self {
        let name = table.replace(
            |sign: char| !(sign.is_alphanumeric() || "-_".contains(sign)),
            "_",
        );
        Self {
            origin,
            table,
            line: CheckedLine::new(Input::of(format!("{name}.csv"))),
            read_delay: ReadDelay::default(),
        }
    }

    /// Types into its line.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        self.line.edit(edit);
    }

    /// The task that writes the file. If that is not possible, there is none, and the dialog explains why.
    pub fn task(&mut self) -> Option<Task> {
        let path = PathBuf::from(self.line.text());
        let lines = match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => RowFormat::Csv,
            Some("jsonl") => RowFormat::Json,
            _ => {
                let sentence = "let the name end with .csv or with .jsonl (JSON lines)";
                self.line.refuse(sentence);
                return None;
            }
        };
        if path.symlink_metadata().is_ok() {
            self.line.refuse("this file exists: type another name");
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
        let of = match &self.origin {
            ShownSide::Live => "live".to_owned(),
            ShownSide::Snapshot(snapshot) => text::snapshot(&snapshot.name(), context.zone),
        };
        let title = format!("Export {} of {of}", text::name(&self.table));
        let hint = ".csv or .jsonl".to_owned();
        self.line.draw(frame, area, [title, hint], context);
    }
}
