//! The notices of this run, so that the user can read them again.

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

/// The notices of this run, newest first.
#[derive(Debug, Default)]
pub(super) struct MessageLog {
    notices: VecDeque<(DateTime<Utc>, Vec<Text>)>,
}

impl MessageLog {
    const KEPT: usize = 200;

    /// Keeps a notice, unless the last one was the same: a lasting problem appears once.
    fn keep(&mut self, lines: Vec<Text>, now: DateTime<Utc>) {
        if self.notices.front().is_some_and(|(_, last)| *last == lines) {
            return;
        }
        self.notices.push_front((now, lines));
        self.notices.truncate(Self::KEPT);
    }
}

impl App {
    /// Shows a notice, and keeps it.
    pub(super) fn show_notice(&mut self, notice: Notice) {
        self.keep_notice(&notice);
        self.dialog = Some(Dialog::Notice(notice));
    }

    /// Keeps a notice without showing it.
    pub(super) fn keep_notice(&mut self, notice: &Notice) {
        self.messages.keep(notice.text(), self.now);
    }

    /// Shows the earlier notices, below what the header warns of now.
    pub(super) fn read_messages(&mut self) {
        let warnings = self.warnings().into_iter();
        let warnings = warnings.flat_map(|warning| warning.explained);
        let mut lines: Vec<Text> = warnings
            .map(|sentence| Text::of(format!("! {sentence}"), Role::Warning))
            .collect();
        for (time, notices) in &self.messages.notices {
            let time = text::time(*time, self.zone);
            let mut notices = notices.iter().filter(|line| line.width() > 0);
            let title = notices.next().cloned().unwrap_or_default();
            lines.push(Text::of(format!("{time}  "), Role::Faint).joined(title));
            lines.extend(notices.map(|line| Text::of("    ", Role::Text).joined(line.clone())));
        }
        if lines.is_empty() {
            lines.push(Text::of("There are no messages yet.", Role::Text));
        }
        let notice = Notice::new("Messages, newest first", lines);
        self.dialog = Some(Dialog::Notice(notice));
    }
}
