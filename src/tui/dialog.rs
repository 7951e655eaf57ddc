//! The dialogs over the screen: a question with its plan, the choice of a kind, a line to type in, an
//! operation under way, a notice, the palette. Each is state and drawing; the app handles its keys.

mod confirm;
mod conflicts;
mod exporting;
mod help;
mod kind;
mod label;
mod line;
mod lines;
mod marked;
mod moment;
mod notice;
mod palette;
mod pruning;
mod read_delay;
mod reader;
mod running;
mod sheet;

use std::time::Duration;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    keymap::{Action, Context},
    screen::DrawContext,
    widget::Input,
};
use crate::core::Direction;

pub use confirm::{Act, Confirm, Intent, RestorePurpose};
pub use conflicts::ConflictList;
pub use exporting::Exporting;
pub use kind::KindChoice;
pub use label::Labelling;
pub use lines::SheetLines;
pub use marked::MarkedList;
pub use moment::{MomentLine, MomentList};
pub use notice::Notice;
pub use palette::Palette;
pub use pruning::{Holds, Pruning};
pub use read_delay::ReadDelay;
pub use reader::SheetReader;
pub use running::RunningDialog;
pub use sheet::Sheet;

#[derive(Debug)]
pub enum Dialog {
    Confirm(Confirm),
    Conflicts(ConflictList),
    Kind(KindChoice),
    Label(Labelling),
    Export(Exporting),
    Marked(MarkedList),
    Moment(MomentLine),
    Moments(MomentList),
    Running(RunningDialog),
    Notice(Notice),
    Palette(Palette),
}

impl Dialog {
    pub fn running(title: impl Into<String>) -> Self {
        Self::Running(RunningDialog::new(title.into()))
    }

    /// An operation that has usually ended before its dialog could be read.
    pub fn briefly(title: impl Into<String>) -> Self {
        Self::Running(RunningDialog::brief(title.into()))
    }

    pub fn is_seen(&self) -> bool {
        match self {
            Self::Running(running) => running.is_seen(),
            _ => true,
        }
    }

    /// Whether the screen has room for its question.
    pub fn fits(&self, area: Rect) -> bool {
        !matches!(self, Self::Confirm(_)) || Sheet::has_room_to_ask(area)
    }

    /// The read delay, if it is a question.
    pub fn read_delay(&mut self) -> Option<&mut ReadDelay> {
        match self {
            Self::Confirm(confirm) if !confirm.has_nothing_to_do() => Some(&mut confirm.read_delay),
            Self::Kind(choice) => Some(&mut choice.read_delay),
            Self::Export(exporting) => Some(&mut exporting.read_delay),
            _ => None,
        }
    }

    pub fn takes_yes_at(&self) -> Option<Duration> {
        match self {
            Self::Confirm(confirm) => confirm.read_delay.takes_yes_at(),
            Self::Kind(choice) => choice.read_delay.takes_yes_at(),
            Self::Export(exporting) => exporting.read_delay.takes_yes_at(),
            _ => None,
        }
    }

    pub fn is_yes(&self, action: Action) -> bool {
        match self {
            Self::Confirm(confirm) => match action {
                Action::Yes => true,
                Action::Answer => confirm.yes_has_focus,
                _ => false,
            },
            Self::Kind(_) | Self::Export(_) => action == Action::Answer,
            _ => false,
        }
    }

    /// Asks anew: the question was covered, and must be read again before a yes counts.
    pub fn ask_again(&mut self) {
        if let Some(delay) = self.read_delay() {
            *delay = ReadDelay::NotYet;
        }
    }

    pub fn context(&self) -> Context {
        match self {
            Self::Confirm(Confirm { reader, .. }) | Self::Notice(Notice { reader, .. })
                if reader.prompt.is_typing() =>
            {
                Context::Input
            }
            Self::Confirm(confirm) => confirm.context(),
            Self::Conflicts(_) => Context::Conflicts,
            Self::Kind(_) => Context::Kind,
            Self::Label(_) | Self::Export(_) | Self::Moment(_) => Context::Input,
            Self::Moments(_) => Context::Moments,
            Self::Marked(_) => Context::Marked,
            Self::Running(_) => Context::Running,
            Self::Notice(_) => Context::Message,
            Self::Palette(_) => Context::Palette,
        }
    }

    /// The position in its lines, if it has some.
    pub fn reader(&mut self) -> Option<(&mut SheetReader, &SheetLines)> {
        match self {
            Self::Confirm(confirm) => Some((&mut confirm.reader, &confirm.lines)),
            Self::Notice(notice) => Some((&mut notice.reader, &notice.lines)),
            Self::Kind(_)
            | Self::Label(_)
            | Self::Export(_)
            | Self::Marked(_)
            | Self::Moment(_)
            | Self::Moments(_)
            | Self::Conflicts(_)
            | Self::Running(_)
            | Self::Palette(_) => None,
        }
    }

    pub fn reads(&self) -> bool {
        matches!(self, Self::Confirm(_) | Self::Notice(_))
    }

    /// Scrolls its lines, and stops at the ends.
    pub fn scroll_by(&mut self, by: isize, area: Rect) {
        if let Some((reader, lines)) = self.reader() {
            reader.scroll_by(by, lines, area);
        }
    }

    /// Scrolls its lines, or finds a text in them.
    pub fn read(&mut self, action: Action, area: Rect) {
        const FAR: isize = isize::MAX / 2;
        let page = isize::try_from(area.height / 2).unwrap_or(1);
        let Some((reader, lines)) = self.reader() else {
            return;
        };
        match action {
            Action::Up => reader.scroll_by(-1, lines, area),
            Action::Down => reader.scroll_by(1, lines, area),
            Action::PageUp => reader.scroll_by(-page, lines, area),
            Action::PageDown => reader.scroll_by(page, lines, area),
            Action::First => reader.scroll_by(-FAR, lines, area),
            Action::Last => reader.scroll_by(FAR, lines, area),
            Action::Find => reader.prompt.begin(()),
            Action::FindNext => reader.find(Direction::Down, lines, area),
            Action::FindPrevious => reader.find(Direction::Up, lines, area),
            Action::Answer => reader.finish_typing(lines, area),
            Action::Back => drop(reader.prompt.cancel()),
            _ => {}
        }
    }

    /// Types into its line, if it has one.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        match self {
            Self::Palette(palette) => palette.type_with(edit),
            Self::Label(labelling) => labelling.type_with(edit),
            Self::Export(exporting) => exporting.type_with(edit),
            Self::Moment(line) => line.type_with(edit),
            Self::Confirm(Confirm { reader, .. }) | Self::Notice(Notice { reader, .. }) => {
                if let Some(input) = reader.prompt.input() {
                    edit(input);
                }
            }
            Self::Kind(_)
            | Self::Marked(_)
            | Self::Moments(_)
            | Self::Conflicts(_)
            | Self::Running(_) => {}
        }
    }

    /// What the button or the answer at a place on the screen does.
    pub fn action_at(&self, at: Position, area: Rect, context: DrawContext<'_>) -> Option<Action> {
        match self {
            Self::Confirm(confirm) => confirm.action_at(at, area, context),
            Self::Notice(notice) => notice.action_at(at, area),
            Self::Kind(choice) => choice.action_at(at, area, context),
            _ => None,
        }
    }

    /// How many rows below the selected one the row at a place on the screen is.
    pub fn row_at(&self, at: Position, area: Rect, context: DrawContext<'_>) -> Option<isize> {
        match self {
            Self::Palette(palette) => palette.row_at(at, area, context),
            Self::Marked(list) => list.row_at(at, area, context),
            Self::Moments(list) => list.row_at(at, area, context),
            Self::Conflicts(list) => list.row_at(at, area, context),
            _ => None,
        }
    }

    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        match self {
            Self::Confirm(confirm) => confirm.draw(frame, area, context),
            Self::Kind(choice) => choice.draw(frame, area, context),
            Self::Label(labelling) => labelling.draw(frame, area, context),
            Self::Export(exporting) => exporting.draw(frame, area, context),
            Self::Conflicts(list) => list.draw(frame, area, context),
            Self::Marked(list) => list.draw(frame, area, context),
            Self::Moment(line) => line.draw(frame, area, context),
            Self::Moments(list) => list.draw(frame, area, context),
            Self::Running(running) => running.draw(frame, area, context),
            Self::Notice(notice) => notice.draw(frame, area, context),
            Self::Palette(palette) => palette.draw(frame, area, context),
        }
    }
}
