//! Waits until a question accepts a yes.

use vt100::{Color, Screen};

use crate::terminal::Terminal;

/// The last place of a text on the screen.
fn place(screen: &Screen, text: &str) -> Option<(u16, u16)> {
    let (_, columns) = screen.size();
    let rows = (0..).zip(screen.rows(0, columns.get()));
    let found = rows.filter_map(|(row, line)| {
        let before = &line[..line.rfind(text)?];
        Some((row, u16::try_from(before.chars().count()).ok()?))
    });
    found.last()
}

/// The colours of the cell this many columns after a place.
fn colours(screen: &Screen, (row, column): (u16, u16), offset: u16) -> Option<(Color, Color)> {
    let cell = screen.cell(row, column + offset)?;
    Some((cell.fgcolor(), cell.bgcolor()))
}

/// Waits until a yes counts: then it is no longer faint, but has the colours of a key's description in the footer.
pub(super) fn wait_readable(terminal: &mut Terminal) -> &mut Terminal {
    terminal.wait_until(|screen| {
        let no = " No, go back    ";
        let length = u16::try_from(no.len()).unwrap();
        let yes = place(screen, no).and_then(|place| colours(screen, place, length));
        let does = place(screen, "n no  y yes").and_then(|place| colours(screen, place, 2));
        yes.is_some() && yes == does
    })
}

/// Presses y once it counts.
pub(super) fn yes(terminal: &mut Terminal) -> &mut Terminal {
    wait_readable(terminal).keys("y")
}

/// Waits until the choice of a kind accepts an answer: then the chosen kind is drawn as selected.
pub(super) fn wait_kind_readable(terminal: &mut Terminal) -> &mut Terminal {
    terminal.wait_until(|screen| {
        let kinds = ["▌ rewind", "  periodic  "].map(|kind| place(screen, kind));
        let [rewind, periodic] = kinds.map(|kind| colours(screen, kind?, 2));
        rewind.is_some() && rewind != periodic
    })
}
