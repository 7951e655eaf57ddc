//! What a thing on the screen means, and how that looks: roles and their styles, from a theme's file.

mod file;

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The screen itself, and what has no colour of its own.
    Ground,
    /// Ordinary text.
    Text,
    /// The frame of what has not the focus.
    Edge,
    /// What is there if one looks for it.
    Faint,
    /// What is looked at first.
    Strong,
    /// Headings, keys, the frame of what has the focus.
    Accent,
    /// The selected row.
    Selected,
    /// What comes.
    Added,
    /// What goes.
    Removed,
    /// What wants attention.
    Warning,
    /// What is damaged or failed.
    Bad,
    /// What was looked for, in the selected row; themes do not name it.
    Sought,
}

impl Role {
    const COUNT: usize = Self::NAMES.len();

    /// Every role as it is called in a theme's file.
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

/// The look of every role. Meaning is never by colour alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    styles: [Style; Role::COUNT],
}

impl Theme {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        match role {
            Role::Sought => self
                .style(Role::Selected)
                .add_modifier(Modifier::UNDERLINED),
            named => self.styles[named as usize],
        }
    }

    /// Gives everything that has no colour of its own the ground's.
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
