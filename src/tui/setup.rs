//! The UI's settings.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    appearance::{Appearance, Terminal},
    keymap::{Arrows, Keymap},
};
use crate::{
    config::Ui,
    core::{Links, read_file},
};

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
    /// Where the theme is remembered.
    pub memory: ThemeMemory,
}

/// The file in which the theme of the last run is remembered, or none. What cannot be read or written is
/// not remembered.
#[derive(Clone, Debug, Default)]
pub struct ThemeMemory {
    file: Option<PathBuf>,
}

impl ThemeMemory {
    const LARGEST: u64 = 256;

    /// A memory in this folder, which need not exist.
    pub fn new(folder: &Path) -> Self {
        Self {
            file: Some(folder.join("theme")),
        }
    }

    fn theme(&self) -> Option<String> {
        let bytes = read_file(self.file.as_ref()?, Links::Refuse, Self::LARGEST).ok()?;
        Some(String::from_utf8(bytes).ok()?.trim().to_owned())
    }

    /// Remembers a theme by its name.
    pub fn remember(&self, theme: &str) {
        let write = |file: &PathBuf| {
            let folder = file.parent()?;
            fs::create_dir_all(folder).ok()?;
            let mut draft = tempfile::NamedTempFile::new_in(folder).ok()?;
            writeln!(draft, "{theme}").ok()?;
            draft.persist(file).ok()
        };
        self.file.as_ref().and_then(write);
    }
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
            memory: ThemeMemory::default(),
        })
    }

    /// The same with the theme of the last run, which this one remembers anew.
    #[must_use]
    pub fn remembering(mut self, mut memory: ThemeMemory) -> Self {
        // A theme for all colours is not one for a terminal of sixteen.
        if self.appearance.theme().name() == "sixteen"
            && let Some(file) = &mut memory.file
        {
            file.set_extension("sixteen");
        }
        if let Some(theme) = memory.theme() {
            self.appearance.recall(&theme);
        }
        self.memory = memory;
        self
    }
}
