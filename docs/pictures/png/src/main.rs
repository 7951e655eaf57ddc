//! Draws every SVG in `screenshots` as a PNG beside it, with no fonts but those in `fonts`, so that it is
//! the same picture on every machine.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::BufWriter,
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result, ensure};
use png::{DeflateCompression, Filter};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Group, Node, Options, Tree, fontdb::Database};
use twox_hash::XxHash3_128;

/// Pixels of the PNG for one of the SVG; a whole number, so that thin lines stay sharp.
const ZOOM: f32 = 2.0;

/// Red, green, blue, opacity.
type Colour = [u8; 4];

/// Parts of free fonts. Each has a box for what it lacks, without which [`check_letters`] sees nothing.
const FONTS: [&[u8]; 7] = [
    include_bytes!("../fonts/JetBrainsMono-Regular.ttf"),
    include_bytes!("../fonts/JetBrainsMono-Bold.ttf"),
    include_bytes!("../fonts/DejaVuSansMono.ttf"),
    include_bytes!("../fonts/DejaVuSans.ttf"),
    include_bytes!("../fonts/DejaVuSans-Bold.ttf"),
    include_bytes!("../fonts/NotoEmoji.ttf"),
    include_bytes!("../fonts/NotoSansCJK.otf"),
];

fn main() -> Result<()> {
    let options = options();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../screenshots"))? {
        let path = entry?.path();
        // A moving picture has no PNG.
        let moves = path.ends_with("recover.svg");
        if !moves && path.extension().is_some_and(|extension| extension == "svg") {
            draw(&path, &options).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

fn options() -> Options<'static> {
    let mut fonts = Database::new();
    for font in FONTS {
        fonts.load_font_data(font.to_vec());
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    Options {
        fontdb: Arc::new(fonts),
        ..Options::default()
    }
}

fn draw(path: &Path, options: &Options) -> Result<()> {
    let svg = fs::read_to_string(path)?;
    let tree = Tree::from_str(&svg, options)?;
    check_letters(tree.root())?;
    let size = tree
        .size()
        .to_int_size()
        .scale_by(ZOOM)
        .context("no size")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).context("no pixels")?;
    // What follows the page's colours in a browser is drawn for a light page.
    if svg.contains("prefers-color-scheme") {
        pixels.fill(Color::WHITE);
    }
    resvg::render(
        &tree,
        Transform::from_scale(ZOOM, ZOOM),
        &mut pixels.as_mut(),
    );
    let (palette, indexes) = indexed(&pixels.take_demultiplied());

    let file = BufWriter::new(File::create(path.with_extension("png"))?);
    let mut encoder = png::Encoder::new(file, size.width(), size.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(
        palette
            .iter()
            .flat_map(|&[r, g, b, _]| [r, g, b])
            .collect::<Vec<_>>(),
    );
    encoder.set_trns(palette.iter().map(|&[.., alpha]| alpha).collect::<Vec<_>>());
    encoder.set_deflate_compression(DeflateCompression::Level(9));
    encoder.set_filter(Filter::NoFilter);
    let source = format!("{:032x}", XxHash3_128::oneshot(svg.as_bytes()));
    encoder.add_text_chunk("Source".to_owned(), source)?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indexes)?;
    Ok(writer.finish()?)
}

/// The pixels' colours, at most 256, and for each pixel which it is.
///
/// Colours that differ in their last bits become the one of them that most pixels have: the edges of
/// letters change invisibly, backgrounds and lines not at all.
fn indexed(rgba: &[u8]) -> (Vec<Colour>, Vec<u8>) {
    let (pixels, _) = rgba.as_chunks::<4>();
    let mut counts = BTreeMap::<Colour, usize>::new();
    for &pixel in pixels {
        *counts.entry(pixel).or_default() += 1;
    }
    let mut common: Vec<Colour> = counts.keys().copied().collect();
    common.sort_by_key(|colour| Reverse(counts[colour]));
    for bits in 0..=8 {
        let near = |colour: Colour| colour.map(|channel| u16::from(channel) >> bits);
        let mut palette = Vec::new();
        let mut places = HashMap::new();
        for &colour in &common {
            places.entry(near(colour)).or_insert_with(|| {
                palette.push(colour);
                palette.len() - 1
            });
        }
        if palette.len() <= 256 {
            let index = |&pixel| u8::try_from(places[&near(pixel)]).expect("there are at most 256");
            return (palette, pixels.iter().map(index).collect());
        }
    }
    unreachable!("without their bits all colours are one")
}

/// Checks that a font has each letter, instead of an empty box.
fn check_letters(group: &Group) -> Result<()> {
    for node in group.children() {
        match node {
            Node::Group(group) => check_letters(group)?,
            Node::Text(text) => {
                let spans = text.layouted().iter();
                for glyph in spans.flat_map(|span| &span.positioned_glyphs) {
                    ensure!(glyph.id.0 != 0, "no font has {:?}", glyph.text);
                }
            }
            _ => {}
        }
    }
    Ok(())
}
