//! Screens as a picture: ratatui buffers in, the text of an SVG file out; several take turns.
//!
//! The same buffers always give the same text. Columns stay exact in every viewer, whatever fonts
//! it has: a run of ASCII states its length, any other character stands alone in the middle of its
//! cells, and lines, blocks and Braille are drawn ([`shape`]).

mod drawing;
mod palette;
mod shape;
mod tile;

use std::fmt::{self, Write};

use ratatui::buffer::Buffer;

use self::drawing::Drawing;
use self::palette::Palette;

const FONTS: &str = "'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace";
/// A character of these fonts is 0.6 of the font's size wide: as wide as a cell.
const FONT_SIZE: u16 = 15;
const CELL_WIDTH: u16 = 9;
const CELL_HEIGHT: u16 = 19;
/// From the top of a cell to the baseline of its letters.
const BASELINE: u16 = 14;
const TITLE_BAR: u16 = 34;
const MARGIN: u16 = 12;

/// Draws the screens, each with the seconds that it stays, with this title in a window of their own
/// colours. `source` is kept as a comment.
pub(crate) fn svg(frames: &[(Buffer, u16)], title: &str, source: &str) -> String {
    let mut svg = String::new();
    write_picture(&mut svg, frames, title, source)
        .expect("a string takes whatever is written to it");
    svg
}

fn write_picture(
    svg: &mut String,
    frames: &[(Buffer, u16)],
    title: &str,
    source: &str,
) -> fmt::Result {
    let (first, _) = &frames[0];
    let palette = Palette::of(first);
    let (width, height) = (
        first.area.width * CELL_WIDTH + 2 * MARGIN,
        first.area.height * CELL_HEIGHT + 2 * MARGIN + TITLE_BAR,
    );
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{FONTS}" font-size="{FONT_SIZE}">"#
    )?;
    writeln!(svg, "<!-- {source} -->")?;
    write_turns(svg, frames)?;
    write_window(svg, &palette, title, (width, height))?;
    let top = TITLE_BAR + MARGIN;
    for (index, (buffer, _)) in frames.iter().enumerate() {
        let class = if frames.len() > 1 {
            format!(r#" class="f f{index}""#)
        } else {
            String::new()
        };
        writeln!(svg, r#"<g transform="translate({MARGIN} {top})"{class}>"#)?;
        Drawing::new(&palette, buffer).write(svg)?;
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    Ok(())
}

/// Writes the animation: the screens one after the other, over and over.
fn write_turns(svg: &mut String, frames: &[(Buffer, u16)]) -> fmt::Result {
    if frames.len() < 2 {
        return Ok(());
    }
    let whole: u16 = frames.iter().map(|(_, seconds)| seconds).sum();
    let percent = |seconds: u16| f64::from(seconds) * 100.0 / f64::from(whole);
    writeln!(
        svg,
        "<style>.f {{ visibility: hidden; animation: {whole}s step-end infinite }}"
    )?;
    let mut begin = 0;
    for (index, (_, seconds)) in frames.iter().enumerate() {
        let (from, to) = (percent(begin), percent(begin + seconds));
        writeln!(
            svg,
            ".f{index} {{ animation-name: f{index} }} @keyframes f{index} {{ 0% {{ visibility: {} }} {from}% {{ visibility: visible }} {to}% {{ visibility: hidden }} }}",
            if index == 0 { "visible" } else { "hidden" },
        )?;
        begin += seconds;
    }
    svg.push_str("</style>\n");
    Ok(())
}

/// Writes an empty window: a title bar with three buttons, and a thin edge around it all.
fn write_window(
    svg: &mut String,
    palette: &Palette,
    title: &str,
    (width, height): (u16, u16),
) -> fmt::Result {
    let (background, ansi) = (palette.background, palette.ansi);
    let shade = |eighths| background.mix(palette.foreground, eighths);
    writeln!(
        svg,
        r#"<rect width="{width}" height="{height}" rx="10" fill="{background}"/>"#
    )?;
    writeln!(
        svg,
        r#"<path fill="{}" d="M0 {TITLE_BAR}V10a10 10 0 0 1 10-10H{}a10 10 0 0 1 10 10V{TITLE_BAR}z"/>"#,
        background.mix(ansi[8], 1),
        width - 10,
    )?;
    for (x, colour) in [(20, ansi[1]), (40, ansi[3]), (60, ansi[2])] {
        writeln!(svg, r#"<circle cx="{x}" cy="17" r="6" fill="{colour}"/>"#)?;
    }
    writeln!(
        svg,
        r#"<text x="{}" y="21.5" font-size="13" text-anchor="middle" fill="{}">{}</text>"#,
        f32::from(width) / 2.0,
        shade(5),
        escaped(title),
    )?;
    writeln!(
        svg,
        r#"<rect x=".5" y=".5" width="{}" height="{}" rx="9.5" fill="none" stroke="{}"/>"#,
        width - 1,
        height - 1,
        shade(2),
    )
}

/// The text escaped for XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
