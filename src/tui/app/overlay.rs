//! The help and the palette, which stand over everything else, and the question that they may cover.

use super::{App, areas::Areas};
use crate::tui::{
    dialog::{Dialog, Notice, Palette, ReadDelay},
    keymap::Action,
};

impl App {
    /// A frame of what the UI is now is drawn and written next.
    pub fn begin_frame(&mut self) {
        self.question().into_iter().for_each(ReadDelay::begin_frame);
    }

    /// Since when the question on the screen can be read, if there is one.
    pub(super) fn question(&mut self) -> Option<&mut ReadDelay> {
        let covered = self.overlay.is_some();
        let dialog = self.dialog.as_mut().filter(|_| !covered);
        dialog.and_then(Dialog::asked)
    }

    pub(super) fn ask_again(&mut self) {
        self.dialog.iter_mut().for_each(Dialog::ask_again);
    }

    /// Explains the keys, or ends that.
    pub(super) fn help(&mut self) {
        if self.overlay.take().is_some() {
            return self.ask_again();
        }
        let help = Notice::help(&self.setup.keys, self.context());
        self.overlay = Some(Dialog::Notice(help));
    }

    /// Shows what can be done here.
    pub(super) fn open_palette(&mut self) {
        let area = Areas::of(self.area).dialog;
        let palette = Palette::new(&self.setup.keys, self.context(), area);
        self.overlay = Some(Dialog::Palette(palette));
    }

    /// What keys do in the help and in the palette, which stand over everything else.
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
            (Action::Back, Some(Dialog::Notice(message))) if message.reader.prompt.is_typing() => {
                message.reader.prompt.cancel();
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
