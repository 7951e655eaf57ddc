//! What was told, so that it can be read again.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::App;
use crate::{
    text,
    tui::{
        dialog::{Dialog, Notice},
        theme::Role,
        widget::Text,
    },
};

/// The messages of this run of the program, newest first.
#[derive(Debug, Default)]
pub(super) struct MessageLog {
    told: VecDeque<(DateTime<Utc>, Vec<Text>)>,
}

impl MessageLog {
    const KEPT: usize = 200;

    /// Keeps a message, unless the last one said just this: what goes on being wrong is told once.
    fn keep(&mut self, lines: Vec<Text>, now: DateTime<Utc>) {
        if self.told.front().is_some_and(|(_, last)| *last == lines) {
            return;
        }
        self.told.push_front((now, lines));
        self.told.truncate(Self::KEPT);
    }
}

impl App {
    /// Tells the user something, who may read it again later.
    pub(super) fn say(&mut self, message: Notice) {
        self.note(&message);
        self.dialog = Some(Dialog::Notice(message));
    }

    /// Keeps what nobody asked for, for whoever reads the messages.
    pub(super) fn note(&mut self, message: &Notice) {
        self.messages.keep(message.text(), self.now);
    }

    /// Shows the messages.
    pub(super) fn read_messages(&mut self) {
        let mut lines = Vec::new();
        for (time, told) in &self.messages.told {
            let time = text::time(*time, self.zone);
            let mut told = told.iter().filter(|line| line.width() > 0);
            let title = told.next().cloned().unwrap_or_default();
            lines.push(Text::of(format!("{time}  "), Role::Faint).joined(title));
            lines.extend(told.map(|line| Text::of("    ", Role::Text).joined(line.clone())));
        }
        if lines.is_empty() {
            lines.push(Text::of("Nothing was told yet.", Role::Text));
        }
        let message = Notice::new("Messages, newest first", lines);
        self.dialog = Some(Dialog::Notice(message));
    }
}
