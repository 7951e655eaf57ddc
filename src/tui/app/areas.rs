//! Where things are on the screen.

use ratatui::layout::{Constraint, Layout, Rect};

/// Where things are on the screen.
pub(super) struct Areas {
    pub(super) header: Rect,
    pub(super) list: Rect,
    pub(super) preview: Rect,
    /// Where a screen stands that is opened over the list and the preview.
    pub(super) screen: Rect,
    pub(super) footer: Rect,
    /// Where a dialog stands: what it is about stays in sight above it where there is room, and the
    /// keys below it always.
    pub(super) dialog: Rect,
}

impl Areas {
    /// From this width on the preview stands beside the list.
    const WIDE: u16 = 112;
    const LIST_WIDTH: u16 = 68;
    /// From this width on the list grows, so that labels have room.
    const WIDER: u16 = 150;
    const MOST_FOR_LABELS: u16 = 30;
    /// From this height on a dialog leaves the header in sight.
    const TALL: u16 = 16;

    pub(super) fn of(area: Rect) -> Self {
        let rows = [
            Constraint::Length(2),
            Constraint::Min(0),
            Constraint::Length(1),
        ];
        let [header, body, footer] = Layout::vertical(rows).areas(area);
        let [list, preview] = if area.width >= Self::WIDE {
            let more = (area.width.saturating_sub(Self::WIDER)).min(Self::MOST_FOR_LABELS);
            let list = Constraint::Length(Self::LIST_WIDTH + more);
            Layout::horizontal([list, Constraint::Min(0)]).areas(body)
        } else {
            // As much of the preview as its tables need in two columns, but the list comes first.
            let preview = (body.height / 2).min(11);
            Layout::vertical([Constraint::Min(0), Constraint::Length(preview)]).areas(body)
        };
        let dialog = if area.height >= Self::TALL {
            body
        } else {
            header.union(body)
        };
        Self {
            header,
            list,
            preview,
            screen: body,
            footer,
            dialog,
        }
    }
}
