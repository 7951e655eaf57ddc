//! The areas of the screen, and giving each part its own.

use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::App;
use crate::tui::{
    browser::{Focus, Panes},
    dialog::Dialog,
};

/// The areas of the screen.
pub(super) struct Areas {
    pub(super) header: Rect,
    /// Above the list; empty if there is no room.
    pub(super) timeline: Rect,
    pub(super) list: Rect,
    pub(super) preview: Rect,
    /// A screen that is opened over the list and the preview.
    pub(super) screen: Rect,
    pub(super) footer: Rect,
    /// A dialog: the header stays in sight above it if there is room, and the keys below it
    /// always.
    pub(super) dialog: Rect,
}

impl Areas {
    /// From this width on the preview is beside the list, which has room for its last sentences there.
    const WIDE: u16 = 148;
    const PREVIEW_WIDTH: (u16, u16) = (48, 84);
    /// From this size on there is room for the timeline above the list.
    const HIGH: (u16, u16) = (100, 30);
    /// From this height on a dialog leaves the header in sight.
    const TALL: u16 = 16;
    /// From these heights on there is room for a footer, a line of the header, and both of its lines.
    const LOW: [u16; 3] = [6, 7, 10];
    /// From this height on the list and the preview share the room below the header.
    const SHARED: u16 = 10;

    pub(super) fn of(area: Rect) -> Self {
        // The rows of the list are worth more than what is around them.
        let [footer, line, both] = Self::LOW.map(|least| u16::from(area.height >= least));
        let rows = [
            Constraint::Length(line + both),
            Constraint::Min(0),
            Constraint::Length(footer),
        ];
        let [header, body, footer] = Layout::vertical(rows).areas(area);
        let has_room = area.width >= Self::HIGH.0 && area.height >= Self::HIGH.1;
        let timeline = Constraint::Length(if has_room { 3 } else { 0 });
        let [timeline, below] = Layout::vertical([timeline, Constraint::Min(0)]).areas(body);
        let [list, preview] = if area.width >= Self::WIDE {
            let (least, most) = Self::PREVIEW_WIDTH;
            let preview = (area.width * 7 / 20).clamp(least, most);
            Layout::horizontal([Constraint::Min(0), Constraint::Length(preview)]).areas(below)
        } else {
            // The preview gets what its tables need in two columns, but the list comes first.
            let most = (body.height * 2 / 5).max(11);
            let preview = (body.height / 2).min(most);
            Layout::vertical([Constraint::Min(0), Constraint::Length(preview)]).areas(below)
        };
        let dialog = if area.height >= Self::TALL {
            body
        } else {
            header.union(body)
        };
        Self {
            header,
            timeline,
            list,
            preview,
            screen: body,
            footer,
            dialog,
        }
    }

    /// Moves the edge between the list and the preview to where the user put it.
    pub(super) fn divided(mut self, split: Split) -> Self {
        let body = self.screen;
        if let (true, Some(width)) = (self.is_wide(), split.list_width) {
            let width = width.clamp(Self::LEAST.0, body.width - Self::LEAST.0);
            [self.list, self.preview] =
                Layout::horizontal([Constraint::Length(width), Constraint::Min(0)])
                    .areas(self.list.union(self.preview));
        }
        if let (false, Some(height)) = (self.is_wide(), split.preview_height) {
            let room = self.list.height + self.preview.height;
            let most = room.saturating_sub(Self::LEAST.1);
            [self.list, self.preview] =
                Layout::vertical([Constraint::Min(0), Constraint::Length(height.min(most))])
                    .areas(self.list.union(self.preview));
        }
        let has_room = self.is_wide() || body.height >= Self::SHARED;
        if split.panes.is_enlarged() || !has_room {
            self.timeline = Rect::new(body.x, body.y, 0, 0);
            [self.list, self.preview] = split.panes.one(body);
        }
        self
    }

    /// The least width and height of the list.
    const LEAST: (u16, u16) = (30, 5);

    fn is_wide(&self) -> bool {
        self.screen.width >= Self::WIDE
    }

    /// Whether the edge between the list and the preview is at this place.
    pub(super) fn is_edge(&self, at: Position) -> bool {
        if self.list.is_empty() || self.preview.is_empty() {
            false
        } else if self.is_wide() {
            self.screen.contains(at) && (at.x + 1 == self.preview.x || at.x == self.preview.x)
        } else {
            at.y + 1 == self.preview.y || at.y == self.preview.y
        }
    }

    /// The split after the edge was dragged to a place.
    pub(super) fn split_at(&self, at: Position, split: Split) -> Split {
        if self.is_wide() {
            let list_width = Some(at.x.saturating_sub(self.screen.x) + 1);
            Split {
                list_width,
                ..split
            }
        } else {
            let preview_height = Some(self.screen.bottom().saturating_sub(at.y));
            Split {
                preview_height,
                ..split
            }
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Split {
    list_width: Option<u16>,
    preview_height: Option<u16>,
    /// The list and the preview.
    pub(super) panes: Panes,
}

impl App {
    pub(super) fn resize(&mut self, width: u16, height: u16) {
        self.area = Rect::new(0, 0, width, height);
        let areas = self.areas();
        self.snapshots.resize(areas.list);
        for place in 0..self.screens.len() {
            let screen = &mut self.screens[place].screen;
            screen.resize(areas.screen);
            let command = screen.follow_resize();
            self.carry_out(place, command);
        }
        if let Some(Dialog::Palette(palette)) = &mut self.overlay {
            palette.resize(areas.dialog);
        }
        match &mut self.dialog {
            Some(Dialog::Conflicts(list)) => list.resize(areas.dialog),
            Some(Dialog::Marked(list)) => list.resize(areas.dialog),
            Some(Dialog::Moments(list)) => list.resize(areas.dialog),
            _ => {}
        }
    }

    /// Enlarges the pane that has the focus, or shows both again.
    pub(super) fn zoom(&mut self) {
        let panes = match self.screens.last_mut() {
            Some(opened) => opened.screen.panes(),
            None => Some(&mut self.split.panes),
        };
        match panes {
            Some(panes) => panes.zoom(),
            None => self.flash = Some("this screen has only one part".to_owned()),
        }
        self.resize(self.area.width, self.area.height);
    }

    pub(super) fn areas(&self) -> Areas {
        self.areas_of(self.area)
    }

    pub(super) fn areas_of(&self, area: Rect) -> Areas {
        let mut split = self.split;
        split.panes.focus = if self.preview.has_focus() {
            Focus::Detail
        } else {
            Focus::List
        };
        Areas::of(area).divided(split)
    }
}
