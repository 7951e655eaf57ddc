//! What drawing needs besides the state of what is drawn.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    text::Zone,
    tui::{
        keymap::{Action, Context, Keymap},
        marks::Marks,
        theme::Theme,
    },
};

/// What drawing needs besides the state of what is drawn.
#[derive(Clone, Copy, Debug)]
pub struct DrawContext<'a> {
    pub theme: &'a Theme,
    pub now: DateTime<Utc>,
    /// The time on the steady clock.
    pub steady: Duration,
    /// The zone in which times are shown.
    pub zone: Zone,
    pub keys: &'a Keymap,
    /// The rows that are marked to be restored.
    pub marks: &'a Marks,
}

impl DrawContext<'_> {
    /// That live has changed since, and the key that reads it again.
    pub fn outdated(self, context: Context, does: &str) -> String {
        let key = self.keys.key(context, Action::Reload);
        format!(" ! live has changed since: {key} {does} ")
    }
}
