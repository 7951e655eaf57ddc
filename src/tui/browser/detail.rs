//! The pane that shows the selected row whole, in lines that wrap and scroll.

use ratatui::{Frame, layout::Rect, widgets::Block};

use super::draw_lines;
use crate::{
    text,
    tui::{
        keymap::Action,
        theme::Role,
        widget::{DrawContext, Text},
    },
};

/// Lines that wrap at the pane's width, and can be scrolled.
#[derive(Debug, Default)]
pub struct DetailPane {
    lines: Vec<Text>,
    wrapped: Vec<Text>,
    width: usize,
    height: usize,
    /// The number of lines above those in sight.
    scrolled: usize,
}

impl DetailPane {
    pub fn show(&mut self, lines: Vec<Text>) {
        self.lines = lines;
        self.scrolled = 0;
        self.wrap();
    }

    pub fn resize(&mut self, area: Rect) {
        self.height = usize::from(area.height.saturating_sub(2));
        let width = usize::from(area.width.saturating_sub(4));
        if width != self.width {
            self.width = width;
            self.wrap();
        }
        self.scroll(0);
    }

    fn wrap(&mut self) {
        let width = self.width.max(1);
        let lines = self.lines.iter();
        self.wrapped = lines.flat_map(|line| line.wrapped(width)).collect();
        self.scroll(0);
    }

    /// Scrolls; whether the action was to scroll.
    pub fn act(&mut self, action: Action) -> bool {
        let page = isize::try_from(self.height.max(2) - 1).unwrap_or(isize::MAX);
        match action {
            Action::Up => self.scroll(-1),
            Action::Down => self.scroll(1),
            Action::PageUp => self.scroll(-page),
            Action::PageDown => self.scroll(page),
            Action::First => self.scroll(isize::MIN),
            Action::Last => self.scroll(isize::MAX),
            _ => return false,
        }
        true
    }

    fn scroll(&mut self, lines: isize) {
        let last = self.wrapped.len().saturating_sub(self.height);
        self.scrolled = self.scrolled.saturating_add_signed(lines).min(last);
    }

    /// How many lines are below those in sight.
    pub fn more(&self) -> Option<Text> {
        let hidden = self
            .wrapped
            .len()
            .saturating_sub(self.scrolled + self.height);
        let sentence = format!(" ↓ {} ", text::counted(hidden as u64, "more line"));
        (hidden > 0).then(|| Text::of(sentence, Role::Warning))
    }

    pub fn draw(
        &self,
        screen: &mut Frame<'_>,
        area: Rect,
        frame: Block<'_>,
        context: DrawContext<'_>,
    ) {
        let inner = frame.inner(area);
        screen.render_widget(frame, area);
        let lines = self.wrapped.iter().skip(self.scrolled).take(self.height);
        let margin = Text::of(" ", Role::Text);
        let lines: Vec<Text> = lines
            .map(|line| margin.clone().joined(line.clone()))
            .collect();
        draw_lines(screen, inner, &lines, context);
    }
}
