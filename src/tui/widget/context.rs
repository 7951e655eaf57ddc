//! What every drawing needs to know besides its own state.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    text::Zone,
    tui::{
        keymap::{Action, Context, Keymap},
        theme::Theme,
    },
};

/// What every drawing needs to know besides its own state.
#[derive(Clone, Copy, Debug)]
pub struct DrawContext<'a> {
    /// How things look.
    pub theme: &'a Theme,
    /// What time it is.
    pub now: DateTime<Utc>,
    /// The time on the steady clock.
    pub steady: Duration,
    /// In which zone times are told.
    pub zone: Zone,
    /// What the keys do.
    pub keys: &'a Keymap,
}

impl DrawContext<'_> {
    /// That live has changed under what is shown, and the key that reads it again.
    pub fn outdated(self, context: Context, does: &str) -> String {
        let key = self.keys.key(context, Action::Reload);
        format!(" ! live has changed since: {key} {does} ")
    }
}
