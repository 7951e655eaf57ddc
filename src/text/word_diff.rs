//! What differs between two texts, word by word.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation;

/// A part of two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordPiece {
    /// Both have it.
    Same(String),
    /// Only the first has it.
    Removed(String),
    /// Only the second has it.
    Added(String),
}

/// If there are more words, everything between the common beginning and the common end counts as different.
const MOST_WORDS: usize = 4000;

/// Returns the words that differ between two texts, and those between them.
pub fn word_diff(from: &str, to: &str) -> Vec<WordPiece> {
    if is_time(from) && is_time(to) && from != to {
        let [from, to] = [from, to].map(str::to_owned);
        return vec![WordPiece::Removed(from), WordPiece::Added(to)];
    }
    let [from, to] = [from, to].map(|text| text.split_word_bounds().collect::<Vec<&str>>());
    let start = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let ends = from[start..].iter().rev().zip(to[start..].iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    let old = &from[start..from.len() - end];
    let new = &to[start..to.len() - end];
    let mut pieces = Pieces::default();
    pieces.same(&from[..start]);
    if old.len() + new.len() > MOST_WORDS {
        pieces.differ(old, new);
    } else {
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            let (old, new) = (&old[op.old_range()], &new[op.new_range()]);
            match op {
                DiffOp::Equal { .. } => pieces.same(old),
                _ => pieces.differ(old, new),
            }
        }
    }
    pieces.same(&from[from.len() - end..]);
    pieces.finish()
}

/// Whether a text may be a time, which is read as a whole.
fn is_time(text: &str) -> bool {
    const LONGEST: usize = 40;
    let is_part = |byte: u8| byte.is_ascii_digit() || b"-:.+TZ ".contains(&byte);
    text.len() <= LONGEST
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(is_part)
}

/// Collects the pieces. Blanks between words that differ are held back: if the next word differs
/// too, they belong to it, so that a replaced phrase reads as one.
#[derive(Default)]
struct Pieces {
    done: Vec<WordPiece>,
    removed: String,
    added: String,
    blanks: String,
}

impl Pieces {
    fn same(&mut self, words: &[&str]) {
        let text = words.concat();
        let differs = !self.removed.is_empty() && !self.added.is_empty();
        if differs && self.blanks.is_empty() && text.chars().all(|character| character == ' ') {
            self.blanks = text;
        } else {
            self.flush();
            self.push(WordPiece::Same(text));
        }
    }

    fn differ(&mut self, old: &[&str], new: &[&str]) {
        let blanks = std::mem::take(&mut self.blanks);
        self.removed += &(blanks.clone() + &old.concat());
        self.added += &(blanks + &new.concat());
    }

    fn flush(&mut self) {
        let [removed, added, blanks] =
            [&mut self.removed, &mut self.added, &mut self.blanks].map(std::mem::take);
        self.push(WordPiece::Removed(removed));
        self.push(WordPiece::Added(added));
        self.push(WordPiece::Same(blanks));
    }

    fn push(&mut self, piece: WordPiece) {
        let (WordPiece::Same(text) | WordPiece::Removed(text) | WordPiece::Added(text)) = &piece;
        if !text.is_empty() {
            self.done.push(piece);
        }
    }

    fn finish(mut self) -> Vec<WordPiece> {
        self.flush();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_WORDS, WordPiece, word_diff};

    /// The pieces as `same [-removed-] {+added+}`.
    fn shown(from: &str, to: &str) -> String {
        let mut shown = String::new();
        for piece in word_diff(from, to) {
            shown += &match piece {
                WordPiece::Same(text) => text,
                WordPiece::Removed(text) => format!("[-{text}-]"),
                WordPiece::Added(text) => format!("{{+{text}+}}"),
            };
        }
        shown
    }

    #[test]
    fn words_that_differ_are_told_from_those_that_do_not() {
        let cases = [
            ("", "", ""),
            ("same", "same", "same"),
            ("", "new", "{+new+}"),
            (
                "The lamp burns.",
                "The lamp glows.",
                "The lamp [-burns-]{+glows+}.",
            ),
            (
                "The old lamp burns",
                "The new light burns",
                "The [-old lamp-]{+new light+} burns",
            ),
            ("a\nb\nc", "a\nc", "a\n[-b\n-]c"),
            ("Fähre über See", "Fähre am See", "Fähre [-über-]{+am+} See"),
            ("one two", "one and two", "one {+and +}two"),
        ];
        for (from, to, sentence) in cases {
            assert_eq!(shown(from, to), sentence);
        }
    }

    #[test]
    fn of_very_long_texts_the_middle_differs_as_a_whole() {
        let [from, to] = ["a ", "b "].map(|word| format!("start {}end", word.repeat(MOST_WORDS)));
        let shown = shown(&from, &to);
        assert!(
            shown.starts_with("start [-a a") && shown.ends_with("b b+} end"),
            "{}",
            &shown[..60]
        );
    }
}
