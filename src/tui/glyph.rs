//! ASCII replacements for a terminal without Unicode, each as wide as its glyph.

use ratatui::buffer::Buffer;

/// Replaces everything that is not ASCII. Letters of other scripts become question marks.
pub(super) fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if !symbol.is_ascii() {
            let stand_in = symbol.chars().next().map_or('?', ascii);
            cell.set_char(stand_in);
        }
    }
}

fn ascii(glyph: char) -> char {
    match glyph {
        '─' | '━' | '═' | '╌' | '–' | '—' | '·' => '-',
        '│' | '┃' | '║' | '╎' | '┆' | '┊' | '▏' | '▎' | '▍' | '▐' => '|',
        '╭' | '╮' | '╰' | '╯' | '├' | '┤' | '┬' | '┴' | '┼' | '┌' | '┐' | '└' | '┘' | '✓' | '✔' => {
            '+'
        }
        '▌' | '→' | '▶' | '▸' | '›' | '»' => '>',
        '←' | '↩' | '◀' | '◂' | '‹' | '«' => '<',
        '↑' | '▲' | '▴' => '^',
        '↓' | '▼' | '▾' => 'v',
        '●' | '•' | '■' | '▆' | '▇' => '*',
        '◆' => 'P',
        '◇' => 'R',
        '○' | '□' | '◦' => 'o',
        '█' | '▓' => '#',
        '▒' | '▄' | '▅' | '↔' | '⇄' => '=',
        '░' | '▁' | '┄' | '┈' | '⋯' => '.',
        '▂' | '▃' | '\u{2801}'..='\u{28ff}' => ':',
        '✗' | '✘' | '×' => 'x',
        '…' => '~',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '≠' => '!',
        '⏎' | '↵' => '$',
        '\u{2800}' => ' ',
        _ => '?',
    }
}
