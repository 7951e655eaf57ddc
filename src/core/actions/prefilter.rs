//! A prefilter over the raw bytes of rows: most rows without a match are never decoded.
//!
//! However often a text is nested as JSON within JSON, its plain characters (ASCII without
//! quotation mark, backslash and slash) appear unescaped and consecutively; other characters appear
//! as UTF-8 or as `\u` escapes. A writer may also escape a plain character that way, so rows with
//! such an escape are decoded too, and so is base64 that may be text.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, Hir, HirKind};
use wide::u8x16;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prefilter {
    bytes: Vec<Byte>,
    /// The indices of its two rarest bytes.
    rarest: [usize; 2],
}

/// A byte, or a letter in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Byte {
    /// Bits to set in a byte before comparing it.
    fold: u8,
    byte: u8,
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
    fn new(bytes: Vec<Byte>) -> Option<Self> {
        let mut places: Vec<usize> = (0..bytes.len()).collect();
        places.sort_by_key(|&place| bytes[place].commonness());
        let (&first, &second) = (places.first()?, places.get(1).or(places.first())?);
        Some(Self {
            bytes,
            rarest: [first, second],
        })
    }

    fn exactly(bytes: &[u8]) -> Option<Self> {
        let exact = bytes.iter().map(|&byte| Byte { fold: 0, byte });
        Self::new(exact.collect())
    }

    /// Returns the first index of the pattern. Of many places at once, it looks where the two
    /// rarest bytes are.
    fn find(&self, bytes: &[u8]) -> Option<usize> {
        const LANES: usize = 16;
        let starts = (bytes.len() + 1).checked_sub(self.bytes.len())?;
        let [first, second] = self.rarest;
        let (rare, other) = (self.bytes[first], self.bytes[second]);
        let mut at = 0;
        while at + LANES <= starts {
            let has = |byte: Byte, place: usize| {
                let chunk = bytes[at + place..].first_chunk::<LANES>();
                byte.is_in(u8x16::new(*chunk.expect("the pattern fits behind it")))
            };
            let mut places = (has(rare, first) & has(other, second)).to_bitmask();
            while places != 0 {
                let place = at + places.trailing_zeros() as usize;
                if self.is_at(&bytes[place..]) {
                    return Some(place);
                }
                places &= places - 1;
            }
            at += LANES;
        }
        (at..starts).find(|&at| self.is_at(&bytes[at..]))
    }

    fn is_at(&self, bytes: &[u8]) -> bool {
        let mut pairs = self.bytes.iter().zip(bytes);
        pairs.all(|(expected, &byte)| expected.is(byte))
    }
}

impl Byte {
    #[inline]
    fn is(self, byte: u8) -> bool {
        byte | self.fold == self.byte
    }

    #[inline]
    fn is_in(self, bytes: u8x16) -> u8x16 {
        (bytes | u8x16::splat(self.fold)).simd_eq(u8x16::splat(self.byte))
    }

    /// Returns how frequent the byte is in snapshots of texts, roughly: 0 is rare.
    fn commonness(self) -> usize {
        const RAREST_LAST: &[u8] = b" \"e,atoi:nsrh_ld\\u0cm1.2fpgwyb{}'34589-67vIk";
        let place = RAREST_LAST.iter().position(|&common| common == self.byte);
        place.map_or(0, |place| RAREST_LAST.len() - place)
    }
}

/// Returns the index of an escaped plain character, `\u002X` to `\u007X`.
pub(super) fn escaped_plain(bytes: &[u8]) -> Option<usize> {
    static ESCAPE: LazyLock<Prefilter> = LazyLock::new(|| {
        // Setting these bits makes all digits one byte, with three others.
        let digit = Byte {
            fold: 15,
            byte: b'?',
        };
        let exact = b"u00".map(|byte| Byte { fold: 0, byte });
        Prefilter {
            bytes: exact.into_iter().chain([digit]).collect(),
            rarest: [0, 3],
        }
    });
    let mut from = 0;
    while let Some(at) = ESCAPE.find(&bytes[from..]) {
        if matches!(bytes[from + at + 3], b'2'..=b'7') {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
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
    let plain: Vec<Option<Byte>> = run.iter().map(|choice| as_itself(choice)).collect();
    let longest = plain
        .split(Option::is_none)
        .max_by_key(|part| part.len())
        .unwrap_or_default();
    if !longest.is_empty() {
        return Some(vec![Prefilter::new(
            longest.iter().copied().flatten().collect(),
        )?]);
    }
    run.iter()
        .filter_map(|choice| {
            let forms: Option<Vec<_>> = choice.iter().map(|&character| forms(character)).collect();
            forms.map(|forms| forms.concat())
        })
        .min_by_key(Vec::len)
}

/// Returns the byte for a choice that is one plain character, or one letter in both cases.
fn as_itself(choice: &[char]) -> Option<Byte> {
    let is_plain =
        |character: char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\' | '/');
    match *choice {
        [character] if is_plain(character) => Some(Byte {
            fold: 0,
            byte: character as u8,
        }),
        [upper @ 'A'..='Z', lower] if lower == upper.to_ascii_lowercase() => Some(Byte {
            fold: 0x20,
            byte: lower as u8,
        }),
        _ => None,
    }
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
    // Setting this bit keeps a digit and lowers a hexadecimal letter.
    let escape = digits.map(|byte| Byte { fold: 0x20, byte });
    let mut utf8 = [0; 4];
    let utf8 = character.encode_utf8(&mut utf8);
    Some(vec![
        Prefilter::new(escape.collect())?,
        Prefilter::exactly(utf8.as_bytes())?,
    ])
}
