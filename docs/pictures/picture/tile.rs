//! Filled rectangles, as few as possible.
//!
//! Lengths are in eighths of a pixel: nothing on the screen is finer, so integers are enough, and tiles
//! that touch are exactly distinct from tiles that almost do.

use std::fmt;

use super::{CELL_HEIGHT, CELL_WIDTH};

/// A cell's width.
pub(super) const W: i32 = CELL_WIDTH as i32 * PX;
/// A cell's height.
pub(super) const H: i32 = CELL_HEIGHT as i32 * PX;
/// A pixel.
pub(super) const PX: i32 = 8;

/// A filled rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) w: i32,
    pub(super) h: i32,
}

impl Tile {
    /// Some cells of a row.
    pub(super) fn cells(row: u16, column: u16, width: u16) -> Self {
        Self {
            x: W * i32::from(column),
            y: H * i32::from(row),
            w: W * i32::from(width),
            h: H,
        }
    }

    /// A line a pixel thick and as wide as this tile, this many pixels below its top.
    pub(super) fn line(self, below: i32) -> Self {
        Self {
            y: self.y + below * PX,
            h: PX,
            ..self
        }
    }

    /// This tile, whose place is relative to `cell`, relative to the screen.
    pub(super) fn moved_into(self, cell: Self) -> Self {
        Self {
            x: self.x + cell.x,
            y: self.y + cell.y,
            ..self
        }
    }
}

impl fmt::Display for Tile {
    /// Writes the tile as a part of a path, in pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pixels = |length| f64::from(length) / f64::from(PX);
        let (left, top) = (pixels(self.x), pixels(self.y));
        let (width, height) = (pixels(self.w), pixels(self.h));
        write!(f, "M{left} {top}h{width}v{height}h-{width}z")
    }
}

/// Joins tiles that touch: along rows first, then what has the same width down columns.
pub(super) fn joined(mut tiles: Vec<Tile>) -> Vec<Tile> {
    tiles.sort_unstable_by_key(|tile| (tile.y, tile.h, tile.x));
    tiles.dedup_by(|right, left| {
        let touch = (right.y, right.h) == (left.y, left.h) && right.x <= left.x + left.w;
        if touch {
            left.w = left.w.max(right.x + right.w - left.x);
        }
        touch
    });
    tiles.sort_unstable_by_key(|tile| (tile.x, tile.w, tile.y));
    tiles.dedup_by(|lower, upper| {
        let touch = (lower.x, lower.w) == (upper.x, upper.w) && lower.y <= upper.y + upper.h;
        if touch {
            upper.h = upper.h.max(lower.y + lower.h - upper.y);
        }
        touch
    });
    tiles
}
