//! The pictures in `screenshots/`: the real screens, drawn from the same buffers that the other tests
//! look at, as SVG; the package beside them draws each as PNG.

use std::{env, fs, path::Path};

use memchr::memmem;
use twox_hash::XxHash3_128;

use crate::{picture::svg, sandbox::Sandbox};

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

/// Whether the pictures are written instead of looked at.
fn is_written() -> bool {
    env::var_os("UNREWIND_PICTURES").is_some_and(|value| value == "write")
}

#[test]
fn the_pictures_are_those_of_the_screens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let sandbox = Sandbox::demo();
    let mut stale = Vec::new();
    for (name, (columns, rows), keys) in PICTURES {
        let buffer = sandbox.tui_at_start(columns, rows).keys(keys).buffer();
        let (picture, path) = (svg(&buffer, "unrewind"), folder.join(format!("{name}.svg")));
        if is_written() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(path, picture).unwrap();
        } else if fs::read_to_string(path).ok().as_ref() != Some(&picture) {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "no longer what the screens look like: {stale:?}; UNREWIND_PICTURES=write cargo test pictures"
    );
}

#[test]
fn each_picture_is_there_as_png_too() {
    // They are drawn next, of what the other test writes meanwhile.
    if is_written() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let mut stale = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "svg") {
            continue;
        }
        let png = fs::read(path.with_extension("png")).unwrap_or_default();
        // What it was drawn of is in a chunk of text.
        let sum = XxHash3_128::oneshot(&fs::read(&path).unwrap());
        let source = format!("tEXtSource\0{sum:032x}");
        if memmem::find(&png, source.as_bytes()).is_none() {
            stale.push(path);
        }
    }
    assert!(
        stale.is_empty(),
        "drawn of other pictures than these: {stale:?}; cargo run --release --manifest-path screenshots/png/Cargo.toml"
    );
}
