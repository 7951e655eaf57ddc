//! A list and its detail pane: which of them has the focus, and how they share the screen.

use ratatui::layout::{Constraint, Layout, Rect};

/// Which pane the keys move in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    List,
    Detail,
}

/// How the panes share the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Share {
    #[default]
    Both,
    /// The pane that has the focus takes all.
    One,
}

/// The panes of a screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Panes {
    pub focus: Focus,
    share: Share,
}

impl Panes {
    /// From this width on they are side by side.
    const WIDE: u16 = 112;

    /// Enlarges the pane that has the focus, or shows both again.
    pub fn zoom(&mut self) {
        self.share = match self.share {
            Share::Both => Share::One,
            Share::One => Share::Both,
        };
    }

    pub fn is_enlarged(self) -> bool {
        self.share == Share::One
    }

    /// The areas of the list, which gets a percentage, and of the detail pane beside it or below. On a
    /// screen lower than this only the one that has the focus is shown.
    pub fn areas(self, area: Rect, percent: u16, least: u16) -> [Rect; 2] {
        let parts = [Constraint::Percentage(percent), Constraint::Min(0)];
        let is_wide = area.width >= Self::WIDE;
        let has_room = is_wide || area.height >= least;
        if self.is_enlarged() || !has_room {
            return self.one(area);
        }
        if is_wide {
            Layout::horizontal(parts).areas(area)
        } else {
            Layout::vertical(parts).areas(area)
        }
    }

    /// All of the area for the one that has the focus.
    pub fn one(self, area: Rect) -> [Rect; 2] {
        let nowhere = Rect::new(area.x, area.y, 0, 0);
        match self.focus {
            Focus::List => [area, nowhere],
            Focus::Detail => [nowhere, area],
        }
    }
}
