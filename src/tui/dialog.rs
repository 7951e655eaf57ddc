//! What stands over the screen: a question with its plan, the choice of a kind, a line to type in, an
//! operation under way, a message. Each is state and how it is drawn; what keys do to it is the app's.

mod confirm;
mod kind;
mod label;
mod message;
mod palette;
mod pruning;
mod running;
mod sheet;

use ratatui::{Frame, layout::Rect};

use super::{keymap::Context, screen::Look};
use sheet::Sheet;

pub use confirm::{Act, Confirm, Intent, RestorePurpose};
pub use kind::KindChoice;
pub use label::Labelling;
pub use message::{Message, explained};
pub use palette::Palette;
pub use pruning::{Holds, Pruning};
pub use running::Running;

/// What stands over the screen.
#[derive(Debug)]
pub enum Dialog {
    /// A question with a plan.
    Confirm(Confirm),
    /// Which kind to take.
    Kind(KindChoice),
    /// A label that is being typed.
    Label(Labelling),
    /// An operation under way.
    Running(Running),
    /// Something to read.
    Message(Message),
    /// Everything that can be done.
    Palette(Palette),
}

impl Dialog {
    /// An operation under way.
    pub fn running(title: impl Into<String>) -> Self {
        Self::Running(Running::new(title.into()))
    }

    /// An operation that mostly is done before it could be read what it is.
    pub fn briefly(title: impl Into<String>) -> Self {
        Self::Running(Running::brief(title.into()))
    }

    /// Whether there is anything to be seen of it.
    pub fn is_seen(&self) -> bool {
        match self {
            Self::Running(running) => running.is_seen(),
            _ => true,
        }
    }

    /// Where keys are looked up while it is open.
    pub fn context(&self) -> Context {
        match self {
            Self::Confirm(confirm) => confirm.context(),
            Self::Kind(_) => Context::Kind,
            Self::Label(_) => Context::Input,
            Self::Running(_) => Context::Running,
            Self::Message(_) => Context::Message,
            Self::Palette(_) => Context::Palette,
        }
    }

    /// Moves what is longer than the dialog that is drawn in `area`; it stops at the ends.
    pub fn scroll_by(&mut self, lines: isize, area: Rect) {
        let (scroll, text) = match self {
            Self::Confirm(confirm) => (&mut confirm.scroll, &confirm.lines),
            Self::Message(message) => (&mut message.scroll, &message.lines),
            Self::Kind(_) | Self::Label(_) | Self::Running(_) | Self::Palette(_) => return,
        };
        let last = Sheet::last_scroll(text, area);
        // A larger screen may have made the last one smaller.
        *scroll = (*scroll).min(last).saturating_add_signed(lines).min(last);
    }

    /// Draws it in the middle of the screen.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        match self {
            Self::Confirm(confirm) => confirm.draw(frame, area, look),
            Self::Kind(choice) => choice.draw(frame, area, look),
            Self::Label(labelling) => labelling.draw(frame, area, look),
            Self::Running(running) => running.draw(frame, area, look),
            Self::Message(message) => message.draw(frame, area, look),
            Self::Palette(palette) => palette.draw(frame, area, look),
        }
    }
}
