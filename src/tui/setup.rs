//! What the user's settings make of the UI.

use super::{
    keymap::{Arrows, Keymap},
    looks::{Looks, Terminal},
};
use crate::config::Ui;

/// How the UI looks, and its keys.
#[derive(Clone, Debug)]
pub struct Setup {
    /// How it looks.
    pub looks: Looks,
    /// What its keys do.
    pub keys: Keymap,
}

impl Setup {
    /// What the settings ask for on this terminal.
    pub fn new(ui: &Ui, terminal: Terminal) -> anyhow::Result<Self> {
        let looks = Looks::new(ui, terminal)?;
        let arrows = if looks.has_unicode() {
            Arrows::Signs
        } else {
            Arrows::Words
        };
        let keys = Keymap::new(&ui.keys, arrows)?;
        Ok(Self { looks, keys })
    }
}
