//! What the screens that browse a list share: the rows that are held, how far their reading is, a framed
//! list, the selected row in a pane beside it, the line to find and to filter.

mod detail;
mod pages;
mod panes;
mod phase;
mod prompt;

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::{
    theme::Role,
    widget::{DrawContext, Input, Text, fit, frame},
};

pub use detail::DetailPane;
pub use pages::PageCache;
pub use panes::{Focus, Panes};
pub use phase::{Phase, progress_line};
pub use prompt::{Prompt, typed_line};

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

/// The rows of a framed list below so many lines.
pub fn rows_within(area: Rect, lines: usize) -> Rect {
    let inner = ratatui::widgets::Block::bordered().inner(area);
    let lines = inner.height.min(u16::try_from(lines).unwrap_or(u16::MAX));
    Rect {
        y: inner.y + lines,
        height: inner.height - lines,
        ..inner
    }
}

/// Draws lines from the upper edge of an area on.
pub fn draw_lines(screen: &mut Frame<'_>, area: Rect, lines: &[Text], context: DrawContext<'_>) {
    let lines: Vec<_> = lines.iter().map(|line| line.line(context.theme)).collect();
    screen.render_widget(Paragraph::new(lines), area);
}
