//! Waiting until a question takes a yes.

use vt100::{Color, Screen};

use crate::terminal::Terminal;

/// Where a text is on the screen, the last time.
fn place(screen: &Screen, text: &str) -> Option<(u16, u16)> {
    let (_, columns) = screen.size();
    let rows = (0..).zip(screen.rows(0, columns.get()));
    let found = rows.filter_map(|(row, line)| {
        let before = &line[..line.rfind(text)?];
        Some((row, u16::try_from(before.chars().count()).ok()?))
    });
    found.last()
}

/// The colours so many columns behind a place.
fn colours(screen: &Screen, (row, column): (u16, u16), behind: u16) -> Option<(Color, Color)> {
    let cell = screen.cell(row, column + behind)?;
    Some((cell.fgcolor(), cell.bgcolor()))
}

/// Waits until a yes counts, which is then no longer drawn faintly but as what keys do in the footer.
pub(super) fn readable(terminal: &mut Terminal) -> &mut Terminal {
    terminal.wait_until(|screen| {
        let no = " No, go back    ";
        let length = u16::try_from(no.len()).unwrap();
        let yes = place(screen, no).and_then(|place| colours(screen, place, length));
        let does = place(screen, "n no  y yes").and_then(|place| colours(screen, place, 2));
        yes.is_some() && yes == does
    })
}

/// Says yes once it counts.
pub(super) fn yes(terminal: &mut Terminal) -> &mut Terminal {
    readable(terminal).keys("y")
}

/// Waits until the choice of a kind takes an answer: the chosen kind is then drawn as selected.
pub(super) fn kind_readable(terminal: &mut Terminal) -> &mut Terminal {
    terminal.wait_until(|screen| {
        let kinds = ["▌ rewind", "  periodic  "].map(|kind| place(screen, kind));
        let [rewind, periodic] = kinds.map(|kind| colours(screen, kind?, 2));
        rewind.is_some() && rewind != periodic
    })
}
