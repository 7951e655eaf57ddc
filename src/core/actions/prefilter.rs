//! A prefilter over the raw bytes of rows: most rows without a match are never decoded.
//!
//! However often a text is nested as JSON within JSON, its plain characters (ASCII without
//! quotation mark, backslash and slash) appear unescaped and consecutively; other characters appear
//! as UTF-8 or as `\u` escapes. A writer may also escape a plain character that way, so rows with
//! such an escape are decoded too, and so is base64 that may be text.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::core::file::json::text_in_base64;

/// Patterns to find in raw bytes.
#[derive(Clone, Debug)]
pub(super) enum Prefilters {
    /// No pattern is certain: every row may match.
    None,
    /// Every matching text contains one of these.
    OneOf(Vec<Prefilter>),
}

/// Consecutive bytes to find.
#[derive(Clone, Debug)]
pub(super) enum Prefilter {
    Exact(Box<Finder<'static>>),
    /// Some letters may be in either case.
    AnyCase(Regex),
}

/// An ASCII character to find.
#[derive(Clone, Copy, Debug)]
struct Letter {
    byte: u8,
    any_case: bool,
}

impl Prefilters {
    /// Searching for more than this takes longer than it saves.
    const MOST: usize = 16;

    /// Derives the patterns from a regular expression.
    pub(super) fn of(expression: &Hir) -> Self {
        let runs = required(expression).unwrap_or_default();
        let prefilters = runs.iter().map(|run| of_run(run));
        match prefilters
            .collect::<Option<Vec<_>>>()
            .map(|all| all.concat())
        {
            Some(prefilters) if (1..=Self::MOST).contains(&prefilters.len()) => {
                Self::OneOf(prefilters)
            }
            _ => Self::None,
        }
    }

    /// Derives the patterns of a text.
    pub(super) fn of_text(text: &str) -> Self {
        let run: Vec<Alternatives> = text.chars().map(|character| vec![character]).collect();
        of_run(&run).map_or(Self::None, Self::OneOf)
    }

    /// Derives the patterns of a text with ASCII letters in either case.
    pub(super) fn of_any_case(text: &str) -> Self {
        let choice = |character: char| match character {
            'a'..='z' | 'A'..='Z' => vec![
                character.to_ascii_uppercase(),
                character.to_ascii_lowercase(),
            ],
            _ => vec![character],
        };
        let run: Vec<Alternatives> = text.chars().map(choice).collect();
        of_run(&run).map_or(Self::None, Self::OneOf)
    }

    /// Returns the first index in raw bytes where a matching row may begin.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        let Self::OneOf(prefilters) = self else {
            return Some(0);
        };
        let mut before = bytes;
        let mut first = None;
        for prefilter in prefilters {
            if let Some(at) = prefilter.find(before) {
                first = Some(at);
                before = &bytes[..at];
            }
        }
        let hidden = text_in_base64(before);
        let before = hidden.map_or(before, |at| &before[..at]);
        escaped_plain(before).or(hidden).or(first)
    }
}

impl Prefilter {
    /// Returns the prefilter of a run, which is not empty.
    fn of(run: &[Letter]) -> Self {
        if run.iter().any(|letter| letter.any_case) {
            let pattern: String = run.iter().map(|letter| letter.pattern()).collect();
            let pattern = RegexBuilder::new(&pattern).unicode(false).build();
            Self::AnyCase(pattern.expect("letters and escapes are a regular expression"))
        } else {
            let bytes: Vec<u8> = run.iter().map(|letter| letter.byte).collect();
            Self::exactly(&bytes)
        }
    }

    fn exactly(bytes: &[u8]) -> Self {
        Self::Exact(Box::new(Finder::new(bytes).into_owned()))
    }

    /// Returns the first index of the pattern.
    fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Exact(finder) => finder.find(bytes),
            Self::AnyCase(pattern) => pattern.find(bytes).map(|found| found.start()),
        }
    }
}

impl Letter {
    fn pattern(self) -> String {
        let (letter, other) = (
            self.byte.to_ascii_lowercase(),
            self.byte.to_ascii_uppercase(),
        );
        if self.any_case && letter != other {
            format!("[{}{}]", char::from(letter), char::from(other))
        } else {
            format!("\\x{:02x}", self.byte)
        }
    }
}

/// Returns the index of an escaped plain character, `\u002X` to `\u007X`.
pub(super) fn escaped_plain(bytes: &[u8]) -> Option<usize> {
    static ESCAPE: LazyLock<Finder> = LazyLock::new(|| Finder::new(b"u00"));
    let mut escapes = ESCAPE.find_iter(bytes);
    escapes.find(|at| matches!(bytes.get(at + 3), Some(b'2'..=b'7')))
}

/// The characters possible at one position.
type Alternatives = Vec<char>;

/// Returns runs of consecutive characters, one of which is in every match.
fn required(expression: &Hir) -> Option<Vec<Vec<Alternatives>>> {
    if let Some(run) = run(expression) {
        return (!run.is_empty()).then(|| vec![run]);
    }
    match expression.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => required(&repeated.sub),
        HirKind::Alternation(parts) => {
            let all: Option<Vec<_>> = parts.iter().map(required).collect();
            all.map(|all| all.concat())
        }
        HirKind::Concat(parts) => {
            let mut ways: Vec<Vec<Vec<Alternatives>>> = Vec::new();
            let mut current: Vec<Alternatives> = Vec::new();
            for part in parts {
                if let Some(more) = run(part) {
                    current.extend(more);
                } else {
                    ways.push(vec![std::mem::take(&mut current)]);
                    ways.extend(required(part));
                }
            }
            ways.push(vec![current]);
            // The longer the shortest run, the fewer rows contain it by chance.
            let shortest = |way: &Vec<Vec<Alternatives>>| way.iter().map(Vec::len).min();
            let best = ways.into_iter().max_by_key(shortest)?;
            (shortest(&best) > Some(0)).then_some(best)
        }
        _ => None,
    }
}

/// Returns the only run that an expression matches, if there is only one.
fn run(expression: &Hir) -> Option<Vec<Alternatives>> {
    const MOST_CHOICES: usize = 4;
    match expression.kind() {
        // Assertions between characters only narrow the match.
        HirKind::Empty | HirKind::Look(_) => Some(Vec::new()),
        HirKind::Literal(literal) => {
            let text = str::from_utf8(&literal.0).ok()?;
            Some(text.chars().map(|character| vec![character]).collect())
        }
        HirKind::Class(Class::Unicode(class)) => {
            let characters = class.iter().flat_map(|range| range.start()..=range.end());
            let choice: Alternatives = characters.take(MOST_CHOICES + 1).collect();
            (1..=MOST_CHOICES)
                .contains(&choice.len())
                .then(|| vec![choice])
        }
        HirKind::Capture(capture) => run(&capture.sub),
        HirKind::Concat(parts) => {
            let all: Option<Vec<_>> = parts.iter().map(run).collect();
            all.map(|all| all.concat())
        }
        _ => None,
    }
}

/// Returns the patterns of a run: its longest part of plain characters, or the forms of one
/// character.
fn of_run(run: &[Alternatives]) -> Option<Vec<Prefilter>> {
    let plain: Vec<Option<Letter>> = run.iter().map(|choice| as_itself(choice)).collect();
    let longest = plain
        .split(Option::is_none)
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    if !longest.is_empty() {
        let longest: Vec<Letter> = longest.iter().copied().flatten().collect();
        return Some(vec![Prefilter::of(&longest)]);
    }
    run.iter()
        .filter_map(|choice| {
            let forms: Option<Vec<_>> = choice.iter().map(|&character| forms(character)).collect();
            forms.map(|forms| forms.concat())
        })
        .min_by_key(Vec::len)
}

/// Returns the letter for a choice that is one plain character, or one letter in both cases.
fn as_itself(choice: &[char]) -> Option<Letter> {
    let is_plain =
        |character: char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\' | '/');
    let (character, any_case) = match *choice {
        [character] if is_plain(character) => (character, false),
        [upper @ 'A'..='Z', lower] if lower == upper.to_ascii_lowercase() => (lower, true),
        _ => return None,
    };
    let byte = u8::try_from(character).ok()?;
    Some(Letter { byte, any_case })
}

/// Returns the forms of a non-ASCII character: its UTF-8, and the digits of its escape.
fn forms(character: char) -> Option<Vec<Prefilter>> {
    // It may also stand for undecodable bytes.
    if character.is_ascii() || character == char::REPLACEMENT_CHARACTER {
        return None;
    }
    let mut units = [0; 2];
    let first = character.encode_utf16(&mut units)[0];
    let digits = format!("u{first:04x}").into_bytes().into_iter();
    let any_case = true;
    let escape: Vec<Letter> = digits.map(|byte| Letter { byte, any_case }).collect();
    let mut utf8 = [0; 4];
    let utf8 = character.encode_utf8(&mut utf8);
    Some(vec![
        Prefilter::of(&escape),
        Prefilter::exactly(utf8.as_bytes()),
    ])
}
