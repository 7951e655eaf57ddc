//! What the screens that browse a list share: the rows that are held, how far their reading is, a framed
//! list, the selected row in a pane beside it, the line to find and to filter.

mod detail;
mod pages;
mod phase;
mod prompt;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    widgets::Paragraph,
};

use super::{
    theme::Role,
    widget::{DrawContext, Input, Text, fit, frame},
};

pub use detail::DetailPane;
pub use pages::PageCache;
pub use phase::{Phase, progress_line};
pub use prompt::{Prompt, typed_line};

/// Which pane the keys move in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    List,
    Detail,
}

pub struct FramedList {
    pub title: Text,
    pub bottom: Text,
    /// The lines in sight.
    pub lines: Vec<Text>,
}

impl FramedList {
    pub fn draw(self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let theme = context.theme;
        let block = frame(self.title, Role::Edge, theme).title_bottom(self.bottom.line(theme));
        let inner = block.inner(area);
        screen.render_widget(block, area);
        draw_lines(screen, inner, &self.lines, context);
    }
}

/// Draws lines from the upper edge of an area on.
pub fn draw_lines(screen: &mut Frame<'_>, area: Rect, lines: &[Text], context: DrawContext<'_>) {
    let lines: Vec<_> = lines.iter().map(|line| line.line(context.theme)).collect();
    screen.render_widget(Paragraph::new(lines), area);
}

/// From this width on the list and its detail pane are side by side.
pub const WIDE: u16 = 112;

/// The areas of a list, which gets a percentage, and of the detail pane beside it or below.
pub fn list_and_detail(area: Rect, percent: u16) -> [Rect; 2] {
    let parts = [Constraint::Percentage(percent), Constraint::Min(0)];
    if area.width >= WIDE {
        Layout::horizontal(parts).areas(area)
    } else {
        Layout::vertical(parts).areas(area)
    }
}
