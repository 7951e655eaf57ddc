//! Characters that are drawn instead of written, so that they meet their neighbours without a seam:
//! box drawing, blocks and Braille.

use super::tile::{H, PX, Tile, W};

/// A character as a drawing, relative to its cell.
pub(super) enum Shape {
    /// Rectangles in the text's colour.
    Tiles(Vec<Tile>),
    /// The whole cell, mixed with this many eighths of the text's colour.
    Shade(u8),
    /// A line a pixel thick: where it begins in the cell, in pixels, and its path from there.
    Curve((f32, f32), &'static str),
}

/// The drawing for `symbol`; `None` if a font writes it.
pub(super) fn of(symbol: &str) -> Option<Shape> {
    let mut characters = symbol.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return None;
    };
    let shape = match character {
        '╭' => Shape::Curve((4.5, 19.0), "v-5a4.5 4.5 0 0 1 4.5-4.5"),
        '╮' => Shape::Curve((4.5, 19.0), "v-5a4.5 4.5 0 0 0-4.5-4.5"),
        '╯' => Shape::Curve((4.5, 0.0), "v5a4.5 4.5 0 0 1-4.5 4.5"),
        '╰' => Shape::Curve((4.5, 0.0), "v5a4.5 4.5 0 0 0 4.5 4.5"),
        '╱' => Shape::Curve((9.0, 0.0), "l-9 19"),
        '╲' => Shape::Curve((0.0, 0.0), "l9 19"),
        '╳' => Shape::Curve((0.0, 0.0), "l9 19m0-19l-9 19"),
        '\u{2500}'..='\u{257f}' => Shape::Tiles(lines(character)),
        '░' => Shape::Shade(2),
        '▒' => Shape::Shade(4),
        '▓' => Shape::Shade(6),
        '\u{2580}'..='\u{259f}' => Shape::Tiles(block(character)),
        '\u{2801}'..='\u{28ff}' => Shape::Tiles(braille(character)),
        _ => return None,
    };
    Some(shape)
}

/// The arms of U+2500 to U+257F, a digit each for up, right, down and left: 0 for none, 1 for
/// light, 2 for heavy, 3 for double.
#[rustfmt::skip]
const ARMS: [u16; 128] = [
    0x0101, 0x0202, 0x1010, 0x2020, 0x0101, 0x0202, 0x1010, 0x2020, 0x0101, 0x0202, 0x1010, 0x2020,
    0x0110, 0x0210, 0x0120, 0x0220, 0x0011, 0x0012, 0x0021, 0x0022, 0x1100, 0x1200, 0x2100, 0x2200,
    0x1001, 0x1002, 0x2001, 0x2002, 0x1110, 0x1210, 0x2110, 0x1120, 0x2120, 0x2210, 0x1220, 0x2220,
    0x1011, 0x1012, 0x2011, 0x1021, 0x2021, 0x2012, 0x1022, 0x2022, 0x0111, 0x0112, 0x0211, 0x0212,
    0x0121, 0x0122, 0x0221, 0x0222, 0x1101, 0x1102, 0x1201, 0x1202, 0x2101, 0x2102, 0x2201, 0x2202,
    0x1111, 0x1112, 0x1211, 0x1212, 0x2111, 0x1121, 0x2121, 0x2112, 0x2211, 0x1122, 0x1221, 0x2212,
    0x1222, 0x2122, 0x2221, 0x2222, 0x0101, 0x0202, 0x1010, 0x2020, 0x0303, 0x3030, 0x0310, 0x0130,
    0x0330, 0x0013, 0x0031, 0x0033, 0x1300, 0x3100, 0x3300, 0x1003, 0x3001, 0x3003, 0x1310, 0x3130,
    0x3330, 0x1013, 0x3031, 0x3033, 0x0313, 0x0131, 0x0333, 0x1303, 0x3101, 0x3303, 0x1313, 0x3131,
    0x3333, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0001, 0x1000, 0x0100, 0x0010,
    0x0002, 0x2000, 0x0200, 0x0020, 0x0201, 0x1020, 0x0102, 0x2010,
];

const DOUBLE: u16 = 3;

#[derive(Clone, Copy)]
enum Axis {
    Across,
    Down,
}

impl Axis {
    fn length(self) -> i32 {
        match self {
            Self::Across => W,
            Self::Down => H,
        }
    }

    /// A line along this axis, `offset` beside the middle of the cell.
    fn line(self, (from, to): (i32, i32), offset: i32, thickness: i32) -> Tile {
        let edge = offset - thickness / 2;
        match self {
            Self::Across => Tile {
                x: from,
                y: H / 2 + edge,
                w: to - from,
                h: thickness,
            },
            Self::Down => Tile {
                x: W / 2 + edge,
                y: from,
                w: thickness,
                h: to - from,
            },
        }
    }
}

/// Straight box drawing: dashes, or up to four arms that meet in the middle.
fn lines(character: char) -> Vec<Tile> {
    let digits = ARMS[character as usize % ARMS.len()];
    let arms = [12, 8, 4, 0].map(|shift| digits >> shift & 0xf);
    match character {
        '╌'..='╏' => dashes(arms, 2),
        '┄'..='┇' => dashes(arms, 3),
        '┈'..='┋' => dashes(arms, 4),
        _ => (0..4).flat_map(|direction| arm(arms, direction)).collect(),
    }
}

fn dashes([up, right, ..]: [u16; 4], count: i32) -> Vec<Tile> {
    let axis = if up == 0 { Axis::Across } else { Axis::Down };
    let (length, thickness) = (axis.length(), 2 * half(up.max(right)));
    let gap = length / 9;
    let cut = |n| n * length / count;
    (0..count)
        .map(|n| (cut(n) + gap / 2, cut(n + 1) - gap / 2))
        .map(|span| axis.line(span, 0, thickness))
        .collect()
}

/// The one line of an arm, or the two, from the middle to the edge.
fn arm(arms: [u16; 4], direction: usize) -> Vec<Tile> {
    let [up, right, down, left] = arms;
    let opposite = arms[(direction + 2) % 4];
    let (axis, before, after) = match direction {
        0 | 2 => (Axis::Down, left, right),
        _ => (Axis::Across, up, down),
    };
    let strands = match arms[direction] {
        0 => vec![],
        DOUBLE => vec![
            (-PX, PX, strand_reach(before, after)),
            (PX, PX, strand_reach(after, before)),
        ],
        weight => vec![(0, 2 * half(weight), reach(before, after, opposite))],
    };
    let (length, middle) = (axis.length(), axis.length() / 2);
    let span = |reach| match direction {
        0 | 3 => (0, middle + reach),
        _ => (middle - reach, length),
    };
    let line = |(offset, thickness, reach)| axis.line(span(reach), offset, thickness);
    strands.into_iter().map(line).collect()
}

/// How far past the middle a single line runs to meet the arms beside it without a gap or a spur.
fn reach(before: u16, after: u16, opposite: u16) -> i32 {
    match (before, after) {
        (DOUBLE, _) | (_, DOUBLE) if opposite != 0 => 0,
        (DOUBLE, DOUBLE) => -PX / 2,
        (DOUBLE, _) | (_, DOUBLE) => PX + PX / 2,
        _ => half(before.max(after)),
    }
}

/// The same for one line of a double arm, between the arm on its own side and the one on the other.
fn strand_reach(near: u16, far: u16) -> i32 {
    match (near, far) {
        (DOUBLE, _) => -PX / 2,
        (0, DOUBLE) => PX + PX / 2,
        (0, far) => half(far),
        (near, _) => half(near),
    }
}

/// Half the thickness of a single line: it is one pixel if light, three if heavy.
fn half(weight: u16) -> i32 {
    match weight {
        0 => 0,
        1 => PX / 2,
        _ => 3 * PX / 2,
    }
}

/// Block elements except the shades.
fn block(character: char) -> Vec<Tile> {
    let tile = |x, y, w, h| vec![Tile { x, y, w, h }];
    let eighths = character as i32 & 0xf;
    match character {
        '▀' => tile(0, 0, W, H / 2),
        '▁'..='█' => tile(0, H - eighths * H / 8, W, eighths * H / 8),
        '▉'..='▏' => tile(0, 0, (16 - eighths) * W / 8, H),
        '▐' => tile(W / 2, 0, W / 2, H),
        '▔' => tile(0, 0, W, H / 8),
        '▕' => tile(W - W / 8, 0, W / 8, H),
        _ => quadrants(character),
    }
}

/// `▖` to `▟`: some quarters of the cell.
fn quadrants(character: char) -> Vec<Tile> {
    let quarters: [u8; 10] = [
        0b0010, 0b0001, 0b1000, 0b1011, 0b1001, 0b1110, 0b1101, 0b0100, 0b0110, 0b0111,
    ];
    let set = quarters[character as usize - '▖' as usize];
    [
        (0b1000, 0, 0),
        (0b0100, W / 2, 0),
        (0b0010, 0, H / 2),
        (0b0001, W / 2, H / 2),
    ]
    .into_iter()
    .filter(|&(quarter, ..)| set & quarter != 0)
    .map(|(_, x, y)| Tile {
        x,
        y,
        w: W / 2,
        h: H / 2,
    })
    .collect()
}

/// Eight dots, a bit each: three down the left, three down the right, then the lowest two.
fn braille(character: char) -> Vec<Tile> {
    let places = [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (0, 3),
        (1, 3),
    ];
    (0..8)
        .zip(places)
        .filter(|(bit, _)| character as u32 >> bit & 1 != 0)
        .map(|(_, (column, row))| Tile {
            x: (1 + 5 * column) * PX,
            y: (1 + 5 * row) * PX,
            w: 2 * PX,
            h: 2 * PX,
        })
        .collect()
}
