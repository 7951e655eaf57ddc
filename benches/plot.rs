//! Curves on two logarithmic axes, as an SVG that is legible on a light and on a dark page.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "what is counted on paper is little"
)]

use std::{fmt::Write, ops::Range};

/// Some curves in one frame.
pub struct Panel {
    /// The name of the vertical axis.
    pub title: &'static str,
    /// A power of ten of it in words.
    pub tick: fn(i32) -> String,
    /// The curves; those at the same index in another panel have the same name and colour.
    pub curves: Vec<Vec<(f64, f64)>>,
}

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 40.0;
const LEGEND: f64 = 22.0;
/// They differ in lightness too, and each is legible on white and on black.
const COLOURS: [&str; 6] = [
    "#0a84c6", "#2f9e44", "#e8890c", "#b65fd0", "#8a8f98", "#c4554d",
];

/// Draws the panels side by side over one legend; `across` is the name of the horizontal axis.
pub fn draw(panels: &[Panel], names: &[&str], across: &str) -> String {
    let width = panels.len() as f64 * (LEFT + WIDTH) + 48.0;
    let height = TOP + HEIGHT + 52.0 + names.len().div_ceil(2) as f64 * LEGEND;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">
<style>
text {{ fill: #3d444d }} .grid {{ stroke: #8a8f98; stroke-opacity: .35 }} .curve {{ fill: none; stroke-width: 2.5 }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #c9d1d9 }} }}
</style>\n"
    );
    for (index, panel) in panels.iter().enumerate() {
        let x = LEFT + index as f64 * (LEFT + WIDTH);
        write(
            &mut svg,
            format_args!("<g transform=\"translate({x} {TOP})\">"),
        );
        panel.draw(&mut svg, across);
        write(&mut svg, format_args!("</g>"));
    }
    for (index, (name, colour)) in names.iter().zip(COLOURS).enumerate() {
        let x = LEFT + (index % 2) as f64 * (LEFT + WIDTH);
        let y = TOP + HEIGHT + 62.0 + (index / 2) as f64 * LEGEND;
        write(
            &mut svg,
            format_args!(
                "<path class=\"curve\" stroke=\"{colour}\" d=\"M{x} {}h24\"/><text x=\"{}\" y=\"{y}\">{name}</text>",
                y - 4.0,
                x + 32.0
            ),
        );
    }
    svg + "</svg>\n"
}

impl Panel {
    fn draw(&self, svg: &mut String, across: &str) {
        let points = || self.curves.iter().flatten();
        let right = Axis::over(points().map(|point| point.0), WIDTH);
        let up = Axis::over(points().map(|point| point.1), HEIGHT);
        write(
            svg,
            format_args!("<text y=\"-14\" font-weight=\"bold\">{}</text>", self.title),
        );
        let (middle, below) = (WIDTH / 2.0, HEIGHT + 40.0);
        write(
            svg,
            format_args!(
                "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{across}</text>"
            ),
        );
        for power in right.powers() {
            let (x, words) = (right.place(10_f64.powi(power)), count(power));
            // The last number stays clear of the numbers of the next panel.
            let anchor = if x < WIDTH { "middle" } else { "end" };
            write(
                svg,
                format_args!(
                    "<path class=\"grid\" d=\"M{x:.1} 0v{HEIGHT}\"/><text x=\"{x:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{words}</text>",
                    HEIGHT + 20.0
                ),
            );
        }
        for power in up.powers() {
            let (y, words) = (HEIGHT - up.place(10_f64.powi(power)), (self.tick)(power));
            write(
                svg,
                format_args!(
                    "<path class=\"grid\" d=\"M0 {y:.1}h{WIDTH}\"/><text x=\"-8\" y=\"{:.1}\" text-anchor=\"end\">{words}</text>",
                    y + 4.0
                ),
            );
        }
        for (curve, colour) in self.curves.iter().zip(COLOURS) {
            let places = curve
                .iter()
                .map(|&(x, y)| (right.place(x), HEIGHT - up.place(y)));
            let places: Vec<(f64, f64)> = places.collect();
            let line: Vec<String> = places
                .iter()
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            let line = line.join(" ");
            write(
                svg,
                format_args!("<polyline class=\"curve\" stroke=\"{colour}\" points=\"{line}\"/>"),
            );
            for (x, y) in places {
                write(
                    svg,
                    format_args!(
                        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>"
                    ),
                );
            }
        }
    }
}

/// A logarithmic axis from one power of ten to another.
struct Axis {
    powers: Range<f64>,
    length: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>, length: f64) -> Self {
        let ends = values.fold(f64::INFINITY..f64::NEG_INFINITY, |ends, value| {
            let power = value.log10();
            ends.start.min(power.floor())..ends.end.max(power.ceil())
        });
        let powers = ends.start..ends.end.max(ends.start + 1.0);
        Self { powers, length }
    }

    fn place(&self, value: f64) -> f64 {
        let Range { start, end } = self.powers;
        (value.log10() - start) / (end - start) * self.length
    }

    fn powers(&self) -> impl Iterator<Item = i32> {
        self.powers.start as i32..=self.powers.end as i32
    }
}

fn count(power: i32) -> String {
    unrewind::text::count(10_u64.pow(power.unsigned_abs()))
}

fn write(svg: &mut String, what: std::fmt::Arguments<'_>) {
    writeln!(svg, "{what}").expect("a text has room");
}
