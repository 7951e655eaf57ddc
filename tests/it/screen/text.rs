//! The text of a screen, of its selected row and of its dialog.

use ratatui::{
    buffer::{Buffer, Cell, CellWidth},
    layout::Rect,
    style::Modifier,
};

/// The rows as text, without the blanks at their ends.
pub(super) fn rows_of(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in within(buffer, buffer.area) {
        text += row.trim_end();
        text.push('\n');
    }
    text
}

/// The text of the selected row of the list.
pub(super) fn selected(buffer: &Buffer) -> Option<String> {
    let rows = within(buffer, buffer.area);
    let row = rows.iter().find_map(|row| row.strip_prefix("│▌"))?;
    Some(row[..row.find('│')?].trim().to_owned())
}

/// The text of the dialog, its title first.
pub(super) fn dialog(buffer: &Buffer) -> Option<String> {
    let area = frame(buffer)?;
    let title = Rect { height: 1, ..area };
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width - 2,
        height: area.height - 2,
    };
    let mut text = within(buffer, title).concat();
    text = text.trim_matches(['╭', '─', '╮', ' ']).to_owned() + "\n";
    for row in within(buffer, inner) {
        text += row.trim_end().strip_prefix(' ').unwrap_or_default();
        text.push('\n');
    }
    Some(text)
}

/// The area of the dialog, whose frame is bold, unlike those of the screen.
fn frame(buffer: &Buffer) -> Option<Rect> {
    let is = |symbol: &str, (x, y)| {
        let cell: &Cell = &buffer[(x, y)];
        cell.symbol() == symbol && cell.modifier.contains(Modifier::BOLD)
    };
    let area = buffer.area;
    let places = (0..area.height).flat_map(|y| (0..area.width).map(move |x| (x, y)));
    let (left, top) = places.into_iter().find(|&place| is("╭", place))?;
    let right = (left..area.width).find(|&x| is("╮", (x, top)))?;
    let bottom = (top..area.height).find(|&y| is("╰", (left, y)))?;
    Some(Rect {
        x: left,
        y: top,
        width: right - left + 1,
        height: bottom - top + 1,
    })
}

fn within(buffer: &Buffer, area: Rect) -> Vec<String> {
    area.rows()
        .map(|row| {
            let mut text = String::new();
            let mut hidden = 0;
            for place in row.positions() {
                // A wide character hides the next cell of the buffer.
                if hidden == 0 {
                    let cell = &buffer[place];
                    text += cell.symbol();
                    hidden = cell.cell_width().max(1);
                }
                hidden -= 1;
            }
            text
        })
        .collect()
}
