//! Roles of what is on the screen, and their styles, from a theme's file.

mod file;

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};

/// The role of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The background, and what has no colour of its own.
    Ground,
    /// Ordinary text.
    Text,
    /// The frame of what does not have the focus.
    Edge,
    /// Less important text.
    Faint,
    /// The most important text.
    Strong,
    /// Headings, keys, the frame of what has the focus.
    Accent,
    /// The selected row.
    Selected,
    /// What is added.
    Added,
    /// What is removed.
    Removed,
    /// What needs attention.
    Warning,
    /// What is damaged or failed.
    Bad,
    /// The match in the selected row; themes do not name it.
    Match,
}

impl Role {
    const COUNT: usize = Self::NAMES.len();

    /// The roles with their names in a theme's file.
    const NAMES: [(Self, &str); 11] = [
        (Self::Ground, "ground"),
        (Self::Text, "text"),
        (Self::Edge, "edge"),
        (Self::Faint, "faint"),
        (Self::Strong, "strong"),
        (Self::Accent, "accent"),
        (Self::Selected, "selected"),
        (Self::Added, "added"),
        (Self::Removed, "removed"),
        (Self::Warning, "warning"),
        (Self::Bad, "bad"),
    ];
}

/// The style of every role. No meaning depends on colour alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    styles: [Style; Role::COUNT],
}

impl Theme {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        match role {
            Role::Match => self
                .style(Role::Selected)
                .add_modifier(Modifier::UNDERLINED),
            named => self.styles[named as usize],
        }
    }

    /// Gives everything without a colour of its own the background's.
    pub(super) fn paint_ground(&self, buffer: &mut Buffer) {
        let ground = self.style(Role::Ground);
        for cell in &mut buffer.content {
            if cell.fg == Color::Reset {
                cell.fg = ground.fg.unwrap_or_default();
            }
            if cell.bg == Color::Reset {
                cell.bg = ground.bg.unwrap_or_default();
            }
        }
    }
}
