//! The colours of a picture: what ratatui's names for colours look like.

use std::fmt;

use ratatui::{buffer::Buffer, style::Color};

/// A colour as it is written to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rgb(u8, u8, u8);

/// The colours of a terminal: its own two, and the sixteen that programs name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    /// The colour of text without a colour of its own.
    pub(crate) foreground: Rgb,
    /// The colour of the background.
    pub(crate) background: Rgb,
    /// Black, red, green, yellow, blue, magenta, cyan and grey, then their bright forms.
    pub(crate) ansi: [Rgb; 16],
}

impl Palette {
    /// Pastel on a blue black.
    pub(crate) const DARK: Self = Self {
        foreground: Rgb::new(0xcd_d6f4),
        background: Rgb::new(0x1e_1e2e),
        ansi: [
            Rgb::new(0x11_111b),
            Rgb::new(0xf3_8ba8),
            Rgb::new(0xa6_e3a1),
            Rgb::new(0xf9_e2af),
            Rgb::new(0x89_b4fa),
            Rgb::new(0xcb_a6f7),
            Rgb::new(0x94_e2d5),
            Rgb::new(0xba_c2de),
            Rgb::new(0x7f_849c),
            Rgb::new(0xff_a1bb),
            Rgb::new(0xbd_f2b8),
            Rgb::new(0xff_edc2),
            Rgb::new(0xa6_c8ff),
            Rgb::new(0xdd_c2ff),
            Rgb::new(0xb0_f2e7),
            Rgb::new(0xf5_f7ff),
        ],
    };

    /// The colours of a terminal that has the buffer's ground.
    pub(super) fn of(buffer: &Buffer) -> Self {
        let dark = Self::DARK;
        buffer.content.first().map_or(dark, |cell| Self {
            foreground: dark.resolve(cell.fg, dark.foreground),
            background: dark.resolve(cell.bg, dark.background),
            ..dark
        })
    }

    /// What `color` looks like; `reset` is what [`Color::Reset`] does.
    pub(super) fn resolve(&self, color: Color, reset: Rgb) -> Rgb {
        let index = match color {
            Color::Reset => return reset,
            Color::Rgb(red, green, blue) => return Rgb(red, green, blue),
            Color::Indexed(index) => index,
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        self.ansi
            .get(usize::from(index))
            .copied()
            .unwrap_or_else(|| Rgb::indexed(index))
    }
}

impl Rgb {
    /// The colour `0xRRGGBB`.
    pub(crate) const fn new(hex: u32) -> Self {
        let [_, red, green, blue] = hex.to_be_bytes();
        Self(red, green, blue)
    }

    /// A colour of xterm's table from its 17th on: a cube of six levels a side, then greys.
    fn indexed(index: u8) -> Self {
        if let Some(grey) = index.checked_sub(232) {
            let level = 8 + 10 * grey;
            return Self(level, level, level);
        }
        let level = |step| [0, 95, 135, 175, 215, 255][usize::from(step % 6)];
        let cube = index - 16;
        Self(level(cube / 36), level(cube / 6), level(cube))
    }

    /// This colour mixed with this many eighths of another.
    pub(super) fn mix(self, other: Self, eighths: u8) -> Self {
        let blend = |a: u8, b: u8| {
            let sum = u16::from(a) * u16::from(8 - eighths) + u16::from(b) * u16::from(eighths);
            u8::try_from(sum / 8).expect("a mean lies between the two")
        };
        Self(
            blend(self.0, other.0),
            blend(self.1, other.1),
            blend(self.2, other.2),
        )
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}
