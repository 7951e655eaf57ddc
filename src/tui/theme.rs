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

impl Role {
    const COUNT: usize = Self::LOOKS.len();

    const LOOKS: [(Self, (Option<Color>, Modifier)); 9] = [
        (Self::Text, (None, Modifier::empty())),
        (Self::Faint, (None, Modifier::DIM)),
        (Self::Strong, (None, Modifier::BOLD)),
        (Self::Accent, (Some(Color::Cyan), Modifier::BOLD)),
        (Self::Selected, (None, Modifier::REVERSED)),
        (Self::Added, (Some(Color::Green), Modifier::empty())),
        (Self::Removed, (Some(Color::Red), Modifier::empty())),
        (Self::Warning, (Some(Color::Yellow), Modifier::empty())),
        (Self::Bad, (Some(Color::Red), Modifier::BOLD)),
    ];
}

/// The look of every role.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: [Style; Role::COUNT],
}

/// Whether there are colours. Meaning is never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// The terminal's own sixteen, which fit its background.
    Sixteen,
    /// None: bold, dim and reversed text.
    None,
}

impl Theme {
    /// A theme with or without colours.
    pub fn new(colours: Colours) -> Self {
        let style = |(colour, modifier): (Option<Color>, Modifier)| {
            let colour = colour.filter(|_| colours == Colours::Sixteen);
            // A frame's faint style lies under its title, too.
            let style = Style::new()
                .remove_modifier(Modifier::DIM)
                .add_modifier(modifier);
            colour.map_or(style, |colour| style.fg(colour))
        };
        let mut styles = [Style::new(); Role::COUNT];
        for (role, look) in Role::LOOKS {
            styles[role as usize] = style(look);
        }
        Self { styles }
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}
