//! Colours: no meaning is by colour alone, and faint parts stay in the background.

use chrono::TimeDelta;
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use crate::sandbox::Sandbox;

/// A terminal that supports only sixteen colours, and one whose user wants none.
const SIXTEEN: &[(&str, &str)] = &[("TERM", "xterm")];
const NONE: &[(&str, &str)] = &[("COLORTERM", "truecolor"), ("NO_COLOR", "1")];

/// The first cell of a text on the screen.
fn cell<'b>(buffer: &'b Buffer, text: &str) -> &'b Cell {
    let width = usize::from(buffer.area.width);
    let symbols: Vec<&str> = text.split("").filter(|symbol| !symbol.is_empty()).collect();
    let places = buffer.content.windows(symbols.len());
    let is_here = |cells: &[Cell]| {
        cells
            .iter()
            .zip(&symbols)
            .all(|(cell, symbol)| cell.symbol() == *symbol)
    };
    let place = places.into_iter().position(is_here);
    let place = place.unwrap_or_else(|| panic!("{text:?} is not on the screen"));
    assert!(place / width == (place + symbols.len() - 1) / width);
    &buffer.content[place]
}

/// All reversed text.
fn reversed(buffer: &Buffer) -> String {
    let cells = buffer.content.iter();
    let reversed = cells.filter(|cell| cell.modifier.contains(Modifier::REVERSED));
    reversed.map(Cell::symbol).collect()
}

#[test]
fn without_colours_the_selection_is_reversed() {
    let sandbox = Sandbox::demo();
    for (keys, selected) in [
        (
            "",
            "  periodic  2021-03-15 11:48:08  11 min  399.1 kB       1,480      5 min earlier       The continuation is on my min…",
        ),
        (
            "j<space>k",
            "● rewind    2021-03-15 11:48:07  11 min  400.4 kB       1,479      72 events you lost  Godo nihgt, sleep wlel, same… ",
        ),
        ("p", " 5  No, go back "),
        ("p<tab>", " 5  Delete "),
        ("r<tab>", " Restore "),
        ("t", " rewind "),
        ("t<tab>", " periodic "),
        ("?", " Close "),
    ] {
        let mut tui = sandbox.tui_in(NONE, 120, 60);
        // A question is highlighted once an answer counts.
        let buffer = tui
            .keys(keys)
            .drawn_at(0)
            .later(TimeDelta::seconds(1))
            .buffer();
        let plain = |cell: &Cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset);
        assert!(buffer.content.iter().all(plain), "{keys}");
        assert_eq!(reversed(&buffer), selected, "{keys}");
    }
}

#[test]
fn the_text_on_the_screen_does_not_depend_on_colours() {
    let sandbox = Sandbox::demo();
    for keys in ["", "R", "p", "t"] {
        let with = sandbox.tui(120, 40).keys(keys).frame();
        let without = sandbox.tui_in(NONE, 120, 40).keys(keys).frame();
        assert_eq!(with, without, "{keys}");
    }
}

#[test]
fn with_sixteen_colours_only_foreground_colours_are_set() {
    let sandbox = Sandbox::demo();
    for keys in ["", "R", "p", "t", "?"] {
        let buffer = sandbox.tui_in(SIXTEEN, 120, 40).keys(keys).buffer();
        for cell in &buffer.content {
            let colour = !matches!(cell.fg, Color::Rgb(..) | Color::Indexed(_));
            assert!(colour && cell.bg == Color::Reset, "{keys}");
        }
    }
}

#[test]
fn the_banner_is_not_dimmed_by_its_frame() {
    let sandbox = Sandbox::demo();
    let buffer = sandbox.tui_in(SIXTEEN, 120, 35).buffer();
    let banner = cell(&buffer, "! R recovers 72 events");
    assert_eq!(
        (banner.fg, banner.modifier),
        (Color::Yellow, Modifier::empty())
    );
    assert!(!cell(&buffer, "Snapshots").modifier.contains(Modifier::DIM));
    assert!(cell(&buffer, "╭ Snap").modifier.contains(Modifier::DIM));
}

#[test]
fn a_dialog_dims_the_screen_except_header_and_keys() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui_in(SIXTEEN, 120, 40);
    let list = tui.buffer();
    let row = cell(&list, "periodic  2021-03-15 11:48");
    assert!(row.modifier.contains(Modifier::REVERSED));
    let buffer = tui.keys("u").buffer();
    let row = cell(&buffer, "periodic  2021-03-15 11:48");
    assert_eq!(row.modifier, Modifier::DIM);
    assert!(cell(&buffer, "Unrewind").modifier.contains(Modifier::BOLD));
    assert!(cell(&buffer, "Enter").modifier.contains(Modifier::BOLD));
    let dialog = cell(&buffer, "Not undone");
    assert_eq!((dialog.fg, dialog.modifier), (Color::Cyan, Modifier::BOLD));
}
