//! An operation under way: what it does, how far it is, and how to stop it.

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::Progress,
    text,
    tui::{
        keymap::{Action, Context},
        screen::Look,
        theme::Role,
        widget::{Text, bar},
    },
};

/// An operation under way.
#[derive(Debug)]
pub struct Running {
    pub(super) title: String,
    /// How far it is, once it told.
    pub progress: Option<Progress>,
    /// Whether it was asked to stop.
    pub cancelled: bool,
    /// Whether it is not shown before it tells how far it is.
    pub(super) is_brief: bool,
}

impl Running {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let (stage, percent) = self.progress.map_or(("starting", 0), |progress| {
            (
                text::stage(progress.stage),
                text::percent(progress.done, progress.total),
            )
        });
        let stage = if self.cancelled { "stopping" } else { stage };
        let lines = [
            Text::of(format!("{stage} …"), Role::Text),
            Text::default(),
            Text::of(bar(percent, 48), Role::Accent).and(format!(" {percent:>3} %"), Role::Strong),
        ];
        let title = Text::of(self.title.clone(), Role::Accent);
        let cancel = look.keys.hints(Context::Running, &[Action::Cancel]);
        let bottom = Text::of(format!("{cancel}: everything stays as it was"), Role::Faint);
        Sheet {
            title,
            lines: &lines,
            scroll: 0,
            bottom,
            beside: Text::default(),
        }
        .draw(frame, area, look);
    }
}
