//! What the user's settings make of the UI.

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
    /// What its keys do.
    pub keys: Keymap,
    /// Who has the mouse at first.
    pub mouse: Capture,
    /// What the user is to read first.
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
    /// What the settings ask for on this terminal.
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
