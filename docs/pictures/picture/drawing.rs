//! The screen itself: cells become tiles, curves and runs of text, sorted into groups.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::Modifier;

use super::palette::{Palette, Rgb};
use super::shape::{self, Shape};
use super::tile::{self, Tile};
use super::{BASELINE, CELL_HEIGHT, CELL_WIDTH, escaped};

/// What lies on the window, from the bottom up, and grouped by what the file then says only once.
#[derive(Default)]
pub(super) struct Drawing {
    papers: BTreeMap<Rgb, Vec<Tile>>,
    inks: BTreeMap<Rgb, Vec<Tile>>,
    curves: BTreeMap<Rgb, Vec<String>>,
    texts: BTreeMap<Face, Vec<Run>>,
}

/// What the characters of a group have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Face {
    ink: Rgb,
    bold: bool,
    italic: bool,
    script: Script,
}

/// How characters are placed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Script {
    /// In runs of a stated length: the fonts agree on how wide these are.
    Ascii,
    /// Each in the middle of its cells: some fonts lack it, and another may be wider.
    Other,
}

/// Characters of one face in one row; if they are ASCII, with single blanks among them at most.
struct Run {
    row: u16,
    column: u16,
    width: u16,
    text: String,
}

/// One character of the screen, in the colours it ends up with.
struct Glyph<'a> {
    row: u16,
    column: u16,
    width: u16,
    symbol: &'a str,
    modifier: Modifier,
    ink: Rgb,
    paper: Rgb,
}

impl<'a> Glyph<'a> {
    fn new(palette: &Palette, cell: &'a Cell, row: u16, column: u16) -> Self {
        let mut ink = palette.resolve(cell.fg, palette.foreground);
        let mut paper = palette.resolve(cell.bg, palette.background);
        if cell.modifier.contains(Modifier::REVERSED) {
            (ink, paper) = (paper, ink);
        }
        if cell.modifier.contains(Modifier::DIM) {
            ink = ink.mix(paper, 3);
        }
        let width = cell.cell_width().max(1);
        Self {
            row,
            column,
            width,
            symbol: cell.symbol(),
            modifier: cell.modifier,
            ink,
            paper,
        }
    }

    fn face(&self) -> Face {
        Face {
            ink: self.ink,
            bold: self.modifier.contains(Modifier::BOLD),
            italic: self.modifier.contains(Modifier::ITALIC),
            script: if self.symbol.is_ascii() {
                Script::Ascii
            } else {
                Script::Other
            },
        }
    }
}

impl Drawing {
    pub(super) fn new(palette: &Palette, buffer: &Buffer) -> Self {
        let mut drawing = Self::default();
        let columns = usize::from(buffer.area.width).max(1);
        for (row, cells) in (0..).zip(buffer.content.chunks(columns)) {
            let mut column = 0;
            while let Some(cell) = cells.get(usize::from(column)) {
                let glyph = Glyph::new(palette, cell, row, column);
                drawing.add(&glyph, palette.background);
                // A wide character hides what the buffer has in the cells after its first.
                column += glyph.width;
            }
        }
        drawing
    }

    fn add(&mut self, glyph: &Glyph, background: Rgb) {
        let place = Tile::cells(glyph.row, glyph.column, glyph.width);
        if glyph.paper != background {
            self.papers.entry(glyph.paper).or_default().push(place);
        }
        if glyph.modifier.contains(Modifier::HIDDEN) {
            return;
        }
        for (modifier, y) in [(Modifier::UNDERLINED, 2), (Modifier::CROSSED_OUT, -5)] {
            if glyph.modifier.contains(modifier) {
                self.ink(glyph.ink, place.line(i32::from(BASELINE) + y));
            }
        }
        match shape::of(glyph.symbol) {
            Some(Shape::Tiles(tiles)) => {
                for tile in tiles {
                    self.ink(glyph.ink, tile.moved_into(place));
                }
            }
            Some(Shape::Shade(eighths)) => self.ink(glyph.paper.mix(glyph.ink, eighths), place),
            Some(Shape::Curve((x, y), path)) => {
                let x = x + f32::from(glyph.column * CELL_WIDTH);
                let y = y + f32::from(glyph.row * CELL_HEIGHT);
                let curves = self.curves.entry(glyph.ink).or_default();
                curves.push(format!("M{x} {y}{path}"));
            }
            None => self.text(glyph),
        }
    }

    fn ink(&mut self, colour: Rgb, tile: Tile) {
        self.inks.entry(colour).or_default().push(tile);
    }

    /// Adds a character to the run that ends just before it, or begins a run with it.
    fn text(&mut self, glyph: &Glyph) {
        if glyph.symbol.trim().is_empty() {
            return;
        }
        let face = glyph.face();
        let runs = self.texts.entry(face).or_default();
        let end = glyph.column + glyph.width;
        match runs.last_mut() {
            Some(run) if face.script == Script::Ascii && run.takes(glyph) => {
                if run.column + run.width < glyph.column {
                    run.text.push(' ');
                }
                run.text.push_str(glyph.symbol);
                run.width = end - run.column;
            }
            _ => runs.push(Run {
                row: glyph.row,
                column: glyph.column,
                width: glyph.width,
                text: glyph.symbol.to_owned(),
            }),
        }
    }

    /// Writes the groups one after the other.
    pub(super) fn write(self, svg: &mut String) -> fmt::Result {
        for (colour, tiles) in self.papers.into_iter().chain(self.inks) {
            write!(
                svg,
                r#"<path fill="{colour}" shape-rendering="crispEdges" d=""#
            )?;
            for tile in tile::joined(tiles) {
                write!(svg, "{tile}")?;
            }
            writeln!(svg, r#""/>"#)?;
        }
        for (colour, curves) in self.curves {
            let path = curves.concat();
            writeln!(svg, r#"<path fill="none" stroke="{colour}" d="{path}"/>"#)?;
        }
        for (face, runs) in self.texts {
            writeln!(svg, "<g{face}>")?;
            for run in runs {
                run.write(svg, face.script)?;
            }
            writeln!(svg, "</g>")?;
        }
        Ok(())
    }
}

impl fmt::Display for Face {
    /// Writes the attributes of the group.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#" fill="{}""#, self.ink)?;
        for (attribute, applies) in [
            (r#" font-weight="bold""#, self.bold),
            (r#" font-style="italic""#, self.italic),
            (r#" text-anchor="middle""#, self.script == Script::Other),
        ] {
            f.write_str(if applies { attribute } else { "" })?;
        }
        Ok(())
    }
}

impl Run {
    /// Whether the glyph follows in the same row with no more than a blank between.
    ///
    /// Signs side by side stay apart: one of the fonts would write `->` as an arrow.
    fn takes(&self, glyph: &Glyph) -> bool {
        let end = self.column + self.width;
        let sign = |character: char| character.is_ascii_punctuation();
        let signs = self.text.ends_with(sign) && glyph.symbol.starts_with(sign);
        self.row == glyph.row && (end + 1 == glyph.column || end == glyph.column && !signs)
    }

    fn write(&self, svg: &mut String, script: Script) -> fmt::Result {
        let (x, length) = (self.column * CELL_WIDTH, self.width * CELL_WIDTH);
        let y = self.row * CELL_HEIGHT + BASELINE;
        let text = escaped(&self.text);
        match script {
            Script::Ascii if self.width > 1 => {
                writeln!(
                    svg,
                    r#"<text x="{x}" y="{y}" textLength="{length}">{text}</text>"#
                )
            }
            Script::Ascii => writeln!(svg, r#"<text x="{x}" y="{y}">{text}</text>"#),
            Script::Other => {
                let middle = f32::from(2 * x + length) / 2.0;
                writeln!(svg, r#"<text x="{middle}" y="{y}">{text}</text>"#)
            }
        }
    }
}
