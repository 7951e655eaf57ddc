//! The versions of a row in words.

use unicode_width::UnicodeWidthStr;

use super::{WordPiece, counted, fit, fit_end, on_one_line, word_diff};
use crate::core::{RowVersion, Value};

/// The most columns that an old and a new text take together where the width of a line does not matter.
pub const CHANGE_WIDTH: usize = 123;

/// Says in about so many columns what happened to a row: whether it was first seen, gone or back, and what
/// changed in which columns.
pub fn version_change(version: &RowVersion, width: usize) -> String {
    /// What each of many texts gets, although the last ones are cut off.
    const LEAST: usize = 43;
    let Some(row) = &version.row else {
        return "gone".to_owned();
    };
    let Some(before) = &version.before else {
        return "first seen".to_owned();
    };
    let share = width / version.changed.len().max(1);
    let changes = version.changed.iter().filter_map(|column| {
        let (from, to) = (before.value(column)?, row.value(column)?);
        let room = share.saturating_sub(column.width() + ": ".len()).max(LEAST);
        Some(format!("{column}: {}", value_change(from, to, room)))
    });
    let changes = changes.collect::<Vec<_>>().join("; ");
    match (version.changed.is_empty(), version.is_back) {
        (true, _) => "back, as it was".to_owned(),
        (false, true) => format!("back, {changes}"),
        (false, false) => changes,
    }
}

/// Says on which sides a row is like this.
pub fn version_places(version: &RowVersion) -> String {
    let snapshots = version.snapshots().count() as u64;
    let word = match (&version.row, version.places.len()) {
        (None, _) => "missing in",
        (Some(_), 1) => "in",
        (Some(_), _) => "unchanged in",
    };
    match (snapshots, version.is_live()) {
        (0, _) => format!("{word} live"),
        (_, true) => format!("{word} {} and live", counted(snapshots, "snapshot")),
        (_, false) => format!("{word} {}", counted(snapshots, "snapshot")),
    }
}

/// Formats how a value changed on one line: of texts only the part that differs, each in at least half of so
/// many columns if it needs them.
fn value_change(from: &Value, to: &Value, width: usize) -> String {
    const ARROW: &str = " → ";
    /// Texts of so many bytes are shown whole.
    const SHORT: usize = 32;
    let (Value::Text(from), Value::Text(to)) = (from, to) else {
        return format!("{from}{ARROW}{to}");
    };
    let [from, to] = if from.len().max(to.len()) <= SHORT {
        [from.clone(), to.clone()]
    } else {
        differing_parts(from, to)
    };
    let [from, to] = [from, to].map(|text| match text.trim() {
        "" => "nothing".to_owned(),
        text => on_one_line(text),
    });
    let room = width.saturating_sub(ARROW.width());
    let beside = |other: &str| room - other.width().min(room / 2);
    let [left, right] = [fit(&from, beside(&to)), fit(&to, beside(&from))];
    format!("{left}{ARROW}{right}")
}

/// Formats two texts as one line with the words that differ, and a few words around them.
pub fn marked_words(from: &str, to: &str) -> String {
    /// The most characters between two differences, and on each side of one.
    const AROUND: usize = 24;
    let pieces = word_diff(from, to);
    let last = pieces.len().saturating_sub(1);
    let shown = pieces.iter().enumerate().map(|(place, piece)| match piece {
        WordPiece::Removed(text) => format!("[-{}-]", on_one_line(text)),
        WordPiece::Added(text) => format!("{{+{}+}}", on_one_line(text)),
        WordPiece::Same(text) => {
            let text = on_one_line(text);
            let (before, behind) = (fit(&text, AROUND), fit_end(&text, AROUND));
            match place {
                0 => behind,
                place if place == last => before,
                _ if text.chars().count() <= 2 * AROUND => text,
                _ => format!("{before} {behind}"),
            }
        }
    });
    shown.collect()
}

/// Returns the parts of two texts from the first word that differs to the last.
fn differing_parts(from: &str, to: &str) -> [String; 2] {
    /// Of longer texts only the beginning is compared.
    const MOST: usize = 16 * 1024;
    let [from, to] = [from, to].map(|text| super::beginning(text, MOST));
    let pieces = word_diff(from, to);
    let differs = |piece: &WordPiece| !matches!(piece, WordPiece::Same(_));
    let first = pieces.iter().position(differs).unwrap_or(0);
    let end = pieces.iter().rposition(differs).map_or(0, |last| last + 1);
    let mut parts = [String::new(), String::new()];
    for piece in pieces.get(first..end).unwrap_or_default() {
        match piece {
            WordPiece::Same(text) => parts.iter_mut().for_each(|part| *part += text),
            WordPiece::Removed(text) => parts[0] += text,
            WordPiece::Added(text) => parts[1] += text,
        }
    }
    parts
}
