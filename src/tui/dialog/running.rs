//! An operation under way: its stage, its progress, and the key that stops it.

use std::time::Duration;

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::{Process, Progress, Stage},
    text::{self, Rate},
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        theme::Role,
        widget::{Text, bar},
    },
};

#[derive(Debug)]
pub struct RunningDialog {
    title: String,
    progress: Option<Progress>,
    rate: Rate,
    pub cancelled: bool,
    pub writers: Vec<Process>,
    /// Whether it is hidden until it reports progress.
    is_brief: bool,
}

impl RunningDialog {
    pub(super) fn new(title: String) -> Self {
        Self {
            title,
            progress: None,
            rate: Rate::default(),
            cancelled: false,
            writers: Vec::new(),
            is_brief: false,
        }
    }

    pub(super) fn brief(title: String) -> Self {
        Self {
            is_brief: true,
            ..Self::new(title)
        }
    }

    pub(super) fn is_seen(&self) -> bool {
        !self.is_brief || self.progress.is_some()
    }

    pub fn set_progress(&mut self, progress: Progress, now: Duration) {
        self.progress = Some(progress);
        self.rate.update(progress, now);
    }

    fn stage(&self) -> String {
        match self.progress {
            _ if self.cancelled => "stopping".to_owned(),
            None => "starting".to_owned(),
            Some(progress) if progress.stage == Stage::Waiting && !self.writers.is_empty() => {
                let writers = text::processes(&self.writers);
                format!("waiting while {writers} writes to the database")
            }
            Some(progress) => text::stage(progress.stage).to_owned(),
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let percent = self
            .progress
            .map_or(0, |progress| text::percent(progress.done, progress.total));
        let stage = self.progress.map(|progress| progress.stage);
        let is_measured = stage != Some(Stage::Replaying);
        let bar =
            Text::of(bar(percent, 48), Role::Accent).and(format!(" {percent:>3} %"), Role::Strong);
        let lines = [
            Text::of(format!("{} …", self.stage()), Role::Text),
            Text::default(),
            if is_measured { bar } else { Text::default() },
            Text::of(self.rate.words().unwrap_or_default(), Role::Faint),
        ];
        let cancel = context.keys.hints(Context::Running, &[Action::Cancel]);
        let bottom = Text::of(format!("{cancel}: everything stays as it was"), Role::Faint);
        Sheet::new(&*self.title, &lines.into(), bottom).draw(frame, area, context);
    }
}
