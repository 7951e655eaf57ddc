//! The widgets: lines whose pieces have roles, cells of an exact
//! width, frames, wrapped text, a line to type in, a window on a long list.

mod context;
mod input;
mod value;
mod window;

use std::borrow::Cow;

use ratatui::{
    Frame,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
    widgets::{Block, BorderType},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::theme::{Role, Theme};
pub use crate::text::{Align, fit, fit_end};
pub use context::DrawContext;
pub use input::Input;
pub use value::{ValueText, plain, visible};
pub use window::Window;

/// A line on the screen, in pieces with a role each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pieces: Vec<(String, Role)>,
}

impl Text {
    pub fn of(text: impl Into<String>, role: Role) -> Self {
        Self::default().and(text, role)
    }

    /// Appends a piece.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, role: Role) -> Self {
        let text = text.into();
        let text = match crate::text::one_line(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(line) => line,
        };
        self.pieces.push((text, role));
        self
    }

    pub fn text(&self) -> String {
        self.pieces.iter().map(|(text, _)| text.as_str()).collect()
    }

    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(text, _)| columns(text)).sum()
    }

    /// How many columns it takes, wrapped if it takes more than `room`.
    pub fn width_within(&self, room: usize) -> usize {
        match self.width() {
            width if width <= room => width,
            _ => {
                let lines = self.wrapped(room.max(1));
                lines.iter().map(Self::width).max().unwrap_or(0)
            }
        }
    }

    pub fn line(&self, theme: &Theme) -> Line<'static> {
        let span = |(text, role): &(String, Role)| Span::styled(text.clone(), theme.style(*role));
        Line::from(self.pieces.iter().map(span).collect::<Vec<_>>())
    }

    /// How many lines of at most `width` columns it takes.
    pub fn height(&self, width: usize) -> usize {
        if self.width() <= width {
            1
        } else {
            self.wrapped(width).len()
        }
    }

    /// The line in lines of at most `width` columns, broken between words; what follows the first is
    /// indented.
    pub fn wrapped(&self, width: usize) -> Vec<Self> {
        const INDENT: &str = "  ";
        let mut lines = vec![Self::default()];
        let mut used = 0;
        for (text, role) in &self.pieces {
            for word in breakable(text, width.saturating_sub(INDENT.len())) {
                let mut word = word.to_owned();
                let is_space = word.trim().is_empty();
                if used + word.width() > width && used > 0 {
                    lines.push(Self::of(INDENT, Role::Text));
                    used = INDENT.len();
                    if is_space {
                        continue;
                    }
                }
                if used + word.width() > width {
                    word = fit(&word, width.saturating_sub(used));
                }
                used += word.width();
                lines
                    .last_mut()
                    .expect("there is a first line")
                    .pieces
                    .push((word, *role));
            }
        }
        lines
    }
}

/// The columns that a text takes. ASCII, which nearly all text is, needs no table.
fn columns(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// The parts of a text between which a line may break: at blanks, and anywhere between words in what
/// is wider than a line.
fn breakable(text: &str, width: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in text.split_inclusive(' ') {
        let word = part.trim_end_matches(' ');
        if word.width() > width {
            parts.extend(word.split_word_bounds());
        } else {
            parts.push(word);
        }
        parts.push(&part[word.len()..]);
    }
    parts
}

/// A text in exactly `width` columns.
pub fn cell(text: &str, width: usize, align: Align) -> String {
    let text = fit(text, width);
    let gap = " ".repeat(width.saturating_sub(text.width()));
    match align {
        Align::Left => text + &gap,
        Align::Right => gap + &text,
    }
}

/// The bar that a row of a list begins with, and what role a piece of it has.
pub fn row_style(is_selected: bool) -> (Text, impl Fn(Role) -> Role) {
    let bar = if is_selected { "▌" } else { " " };
    let role = move |role| if is_selected { Role::Selected } else { role };
    (Text::of(bar, Role::Accent), role)
}

pub fn frame(title: Text, role: Role, theme: &Theme) -> Block<'static> {
    let title = Text::of(" ", Role::Text).joined(title).and(" ", Role::Text);
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.style(role))
        .title(title.line(theme))
}

impl Text {
    /// Appends another line.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }
}

/// A part of `area` in its middle, at most as large as `area`.
pub fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// A bar of `width` columns that is full to `percent`.
pub fn bar(percent: u64, width: usize) -> String {
    let full = usize::try_from(percent).unwrap_or(100).min(100) * width / 100;
    "█".repeat(full) + &"░".repeat(width - full)
}

/// Dims an area, so that what is drawn over it stands out.
pub fn dim(frame: &mut Frame<'_>, area: Rect) {
    for position in area.positions() {
        if let Some(cell) = frame.buffer_mut().cell_mut(position) {
            cell.modifier.remove(Modifier::BOLD | Modifier::REVERSED);
            cell.modifier.insert(Modifier::DIM);
        }
    }
}
