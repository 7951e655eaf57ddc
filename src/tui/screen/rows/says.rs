//! What is said below the rows, with the user's own keys.

use crate::tui::{
    keymap::{Action, Context},
    screen::DrawContext,
    theme::Role,
    widget::{Text, fit},
};

/// What is to be said below the rows.
#[derive(Debug)]
pub(super) enum Says {
    /// Just this.
    Words(String, Role),
    /// That a key does something: what goes before the key, the key's action, what follows it.
    Key(&'static str, Action, &'static str),
}

impl Says {
    pub(super) fn text(&self, room: usize, context: DrawContext<'_>) -> Text {
        match self {
            Self::Words(words, role) => Text::of(fit(words, room), *role),
            Self::Key(before, action, after) => {
                let key = context.keys.key(Context::Rows, *action);
                Text::of(fit(&format!("{before}{key}{after}"), room), Role::Warning)
            }
        }
    }
}
