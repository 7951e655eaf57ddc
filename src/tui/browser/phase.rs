//! The state of what a screen shows: being read, read, outdated, failed.

use crate::{
    core::Progress,
    text,
    tui::{
        keymap::Context,
        theme::Role,
        widget::{DrawContext, Text, bar, fit},
    },
};

/// The state of what a screen shows.
#[derive(Debug, Default)]
pub enum Phase {
    #[default]
    Idle,
    Reading(Option<Progress>),
    Done,
    /// Live has changed since it was read.
    Outdated,
    /// It cannot be read, for this reason.
    Failed(String),
}

impl Phase {
    pub fn set_progress(&mut self, progress: Progress) {
        if let Self::Reading(known) = self {
            *known = Some(progress);
        }
    }

    pub fn live_changed(&mut self) {
        if let Self::Done = self {
            *self = Self::Outdated;
        }
    }

    /// The progress, or that live has changed and which key reads it again.
    pub fn line(
        &self,
        width: usize,
        (place, does): (Context, &str),
        context: DrawContext<'_>,
    ) -> Option<Text> {
        match self {
            Self::Reading(Some(progress)) => {
                let percent = text::percent(progress.done, progress.total);
                let stage = format!(" {} ", text::stage(progress.stage));
                let bar = bar(percent, width.saturating_sub(36).min(40));
                let line = Text::of(fit(&stage, width), Role::Faint).and(bar, Role::Accent);
                Some(line.and(format!(" {percent:>3} % "), Role::Text))
            }
            Self::Outdated => {
                let sentence = context.outdated(place, does);
                Some(Text::of(fit(&sentence, width), Role::Warning))
            }
            Self::Idle | Self::Reading(None) | Self::Done | Self::Failed(_) => None,
        }
    }
}

/// A bar that shows how far something is, between a label and what follows the percentage.
pub fn progress_line(label: &str, progress: Option<Progress>, end: &str, room: usize) -> Text {
    let percent = progress.map_or(0, |at| text::percent(at.done, at.total));
    let bar = bar(percent, room.saturating_sub(40).min(20));
    Text::of(fit(label, room), Role::Text)
        .and(bar, Role::Accent)
        .and(fit(&format!(" {percent} %{end}"), room), Role::Text)
}
