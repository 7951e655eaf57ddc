//! The line that is typed below a list: what to find, to filter by or to go to.

use super::{Input, Text, fit};
use crate::tui::theme::Role;

/// A line that is typed for a purpose, and the last text.
#[derive(Debug)]
pub struct Prompt<P> {
    typing: Option<(P, Input)>,
    text: String,
}

impl<P> Default for Prompt<P> {
    fn default() -> Self {
        Self {
            typing: None,
            text: String::new(),
        }
    }
}

impl<P: Copy> Prompt<P> {
    /// Begins to type a new text.
    pub fn begin(&mut self, purpose: P) {
        self.typing = Some((purpose, Input::default()));
    }

    /// Begins to edit the last text.
    pub fn edit(&mut self, purpose: P) {
        self.typing = Some((purpose, Input::of(&*self.text)));
    }

    pub fn input(&mut self) -> Option<&mut Input> {
        self.typing.as_mut().map(|(_, input)| input)
    }

    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// Ends the typing; the text is then the last one.
    pub fn finish(&mut self) -> Option<P> {
        let (purpose, input) = self.typing.take()?;
        self.text = input.text();
        Some(purpose)
    }

    /// Takes what is typed so far as the text, for a filter that follows each key.
    pub fn follow(&mut self) -> Option<P> {
        let (purpose, input) = self.typing.as_ref()?;
        self.text = input.text();
        Some(*purpose)
    }

    /// Ends the typing; the last text stays.
    pub fn cancel(&mut self) -> Option<P> {
        self.typing.take().map(|(purpose, _)| purpose)
    }

    /// What was typed last.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn set_text(&mut self, text: String) {
        self.text = text;
    }

    /// Ends the typing and forgets the text; whether there was one.
    pub fn clear(&mut self) -> bool {
        let had = !self.text.is_empty();
        *self = Self::default();
        had
    }

    /// The line while it is typed, behind a label.
    pub fn line(&self, label: impl FnOnce(P) -> &'static str, width: usize) -> Option<Text> {
        let (purpose, input) = self.typing.as_ref()?;
        Some(typed_line(label(*purpose), input, width))
    }
}

/// A line that is typed, behind a label.
pub fn typed_line(label: &str, input: &Input, width: usize) -> Text {
    let label = Text::of(fit(label, width), Role::Accent);
    let room = width.saturating_sub(label.width());
    label.joined(input.line(room))
}
