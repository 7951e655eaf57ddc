//! The help and the palette, which stand over everything else, and the question that they may cover.

use super::{App, areas::Areas};
use crate::tui::{
    dialog::{Dialog, Notice, Palette, ReadDelay, Sheet},
    keymap::Action,
};

impl App {
    /// Notes that the next frame is about to be drawn and written. A yes does not count where the window
    /// is too small for the question.
    pub fn begin_frame(&mut self) {
        let area = Areas::of(self.area).dialog;
        let is_shown = self.dialog.iter().all(|dialog| dialog.fits(area));
        match self.question() {
            Some(delay) if is_shown => delay.begin_frame(),
            Some(delay) => *delay = ReadDelay::NotYet,
            None => {}
        }
    }

    /// The read delay of the question on the screen, if there is one.
    pub(super) fn question(&mut self) -> Option<&mut ReadDelay> {
        let covered = self.overlay.is_some();
        let dialog = self.dialog.as_mut().filter(|_| !covered);
        dialog.and_then(Dialog::read_delay)
    }

    pub(super) fn ask_again(&mut self) {
        self.dialog.iter_mut().for_each(Dialog::ask_again);
    }

    /// Opens the help, or closes it.
    pub(super) fn help(&mut self) {
        if self.overlay.take().is_some() {
            return self.ask_again();
        }
        let room = Sheet::room(Areas::of(self.area).dialog);
        let help = Notice::help(&self.setup.keys, self.context(), room);
        self.overlay = Some(Dialog::Notice(help));
    }

    pub(super) fn open_palette(&mut self) {
        let area = Areas::of(self.area).dialog;
        let palette = Palette::new(&self.setup.keys, self.context(), area);
        self.overlay = Some(Dialog::Palette(palette));
    }

    pub(super) fn act_in_overlay(&mut self, action: Action) {
        let area = Areas::of(self.area).dialog;
        match (action, &mut self.overlay) {
            (Action::Answer, Some(Dialog::Palette(palette))) => {
                let chosen = palette.chosen();
                self.close_overlay();
                if let Some(action) = chosen {
                    self.act(action);
                }
            }
            (Action::Up | Action::Down, Some(Dialog::Palette(palette))) => palette.act(action),
            (Action::Back, Some(Dialog::Notice(notice))) if notice.reader.prompt.is_typing() => {
                notice.reader.prompt.cancel();
            }
            (Action::Back, _) => self.close_overlay(),
            (action, Some(overlay)) => overlay.read(action, area),
            (_, None) => {}
        }
    }

    fn close_overlay(&mut self) {
        self.overlay = None;
        self.ask_again();
    }
}
