//! What a thing on the screen means, and how that looks.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
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
}

/// The look of every role.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    colours: Colours,
}

/// Whether there are colours. Meaning is never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// The terminal's own sixteen, which fit its background.
    Sixteen,
    /// None: bold, dim, reversed and underlined text.
    None,
}

impl Theme {
    /// A theme with or without colours.
    pub fn new(colours: Colours) -> Self {
        Self { colours }
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        let plain = Style::new();
        let style = match role {
            Role::Text => plain,
            Role::Faint => plain.add_modifier(Modifier::DIM),
            Role::Strong => plain.add_modifier(Modifier::BOLD),
            Role::Accent => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            Role::Selected => plain.add_modifier(Modifier::REVERSED),
            Role::Added => plain.fg(Color::Green),
            Role::Removed => plain.fg(Color::Red),
            Role::Warning => plain.fg(Color::Yellow),
            Role::Bad => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
        };
        match self.colours {
            Colours::Sixteen => style,
            Colours::None => Style { fg: None, ..style },
        }
    }
}
