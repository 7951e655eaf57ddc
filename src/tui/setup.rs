//! The UI's settings.

use super::{
    appearance::{Appearance, Terminal},
    keymap::{Arrows, Keymap},
};
use crate::config::Ui;

/// How the UI looks, and its keys.
#[derive(Clone, Debug)]
pub struct Setup {
    /// How it looks.
    pub appearance: Appearance,
    /// The keys.
    pub keys: Keymap,
    /// Who has the mouse at the start.
    pub mouse: Capture,
    /// A notice to show at the start.
    pub notice: Option<String>,
}

/// Who has the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// The UI.
    Ours,
    /// The terminal, which selects text with it.
    Terminals,
}

impl Capture {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Ours => Self::Terminals,
            Self::Terminals => Self::Ours,
        }
    }
}

impl Setup {
    /// The setup that the user's settings select on this terminal.
    pub fn new(ui: &Ui, terminal: Terminal) -> anyhow::Result<Self> {
        let appearance = Appearance::new(ui, terminal)?;
        let arrows = if appearance.has_unicode() {
            Arrows::Signs
        } else {
            Arrows::Words
        };
        let keys = Keymap::new(&ui.keys, arrows)?;
        let mouse = if ui.mouse {
            Capture::Ours
        } else {
            Capture::Terminals
        };
        Ok(Self {
            appearance,
            keys,
            mouse,
            notice: None,
        })
    }
}
