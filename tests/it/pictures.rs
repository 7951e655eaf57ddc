//! The pictures in `screenshots/`: which screens they show, and whether they are up to date.
//! `cargo bench --bench pictures --profile dev`
//! draws them.

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use twox_hash::XxHash3_128;

use crate::sandbox::Sandbox;

/// Each picture's name, the columns and rows of its terminal, and the keys that lead to it.
const PICTURES: [(&str, (u16, u16), &str); 8] = [
    ("list", (120, 35), ""),
    ("difference", (120, 35), "d<enter>G"),
    ("events", (120, 35), "e"),
    ("search", (120, 35), "sto<space>herself<down><down><down>"),
    ("restore", (120, 35), "R"),
    ("prune", (120, 35), "p"),
    ("narrow", (80, 24), ""),
    ("light", (120, 35), "T"),
];

/// The moving picture: the keys that lead to each frame, and its duration in seconds.
const MOVIE: [(&str, u16); 4] = [("", 3), ("R", 5), ("y", 4), ("<esc>u", 4)];

/// A picture to draw: the stem of its file, and what it shows.
pub struct Picture {
    /// The name of the file, without its extension.
    pub name: &'static str,
    /// The screens in order, each with its duration in seconds; a still picture has one.
    pub frames: Vec<(Buffer, u16)>,
}

impl Picture {
    /// The pictures with the current screens.
    pub fn all() -> Vec<Self> {
        let still = |(name, size, keys): (&'static str, (u16, u16), &str)| {
            let sandbox = Sandbox::demo();
            let mut tui = sandbox.tui_at_start(size.0, size.1);
            Self {
                name,
                frames: vec![(tui.keys(keys).buffer(), 0)],
            }
        };
        let mut pictures: Vec<Self> = PICTURES.into_iter().map(still).collect();
        let sandbox = Sandbox::demo();
        let mut tui = sandbox.tui_at_start(100, 30);
        let frame = |(keys, seconds)| (tui.keys(keys).buffer(), seconds);
        pictures.push(Self {
            name: "recover",
            frames: MOVIE.into_iter().map(frame).collect(),
        });
        pictures
    }

    /// The path of the SVG file.
    pub fn path(&self) -> PathBuf {
        folder().join(format!("{}.svg", self.name))
    }

    /// Identifies the screens of the picture.
    pub fn fingerprint(&self) -> String {
        let sum = XxHash3_128::oneshot(format!("{:?}", self.frames).as_bytes());
        format!("screens {sum:032x}")
    }
}

/// The folder of the pictures.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots")
}

#[test]
#[cfg_attr(windows, ignore = "the pictures show the screens of Linux")]
fn the_pictures_show_the_current_screens() {
    use std::fs;

    let mut stale = Vec::new();
    for picture in Picture::all() {
        let svg = fs::read_to_string(picture.path()).unwrap_or_default();
        if !svg.contains(&picture.fingerprint()) {
            stale.push(picture.path());
        }
    }
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let is_svg = path.extension().is_some_and(|extension| extension == "svg");
        if !is_svg || path.ends_with("recover.svg") {
            continue;
        }
        let png = fs::read(path.with_extension("png")).unwrap_or_default();
        let sum = XxHash3_128::oneshot(&fs::read(&path).unwrap());
        let source = format!("tEXtSource\0{sum:032x}");
        if memchr::memmem::find(&png, source.as_bytes()).is_none() {
            stale.push(path.with_extension("png"));
        }
    }
    assert!(
        stale.is_empty(),
        "stale: {stale:?}; draw them: cargo bench --bench pictures --profile dev"
    );
}
