//! The search pattern, and matching it against rows.

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;

use super::texts::find_in_cell;
use crate::core::{
    actions::prefilter::Prefilters,
    base::{
        error::{Error, Result},
        row::{Value, is_among},
    },
    file::text_match::ignores_case,
};

/// How to interpret a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// As literal text.
    Text,
    /// As a regular expression.
    Regex,
}

/// Whether upper and lower case differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Only if the pattern contains an upper-case letter.
    Smart,
    /// Always.
    Exact,
    /// Never.
    Ignored,
}

/// A search pattern, and the tables to search.
#[derive(Clone, Debug)]
pub struct Query {
    pattern: Regex,
    prefilters: Prefilters,
    tables: Vec<String>,
}

/// A match with some text before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Excerpt {
    /// The column.
    pub column: String,
    /// The text before it, cut with an ellipsis if long.
    pub before: String,
    /// The matched text.
    pub found: String,
    /// The text after it, cut with an ellipsis if long.
    pub behind: String,
}

impl Query {
    /// Compiles a pattern. In a regular expression `^` and `$` match at line ends. Fails if the
    /// pattern is empty or too large, or is not a valid regular expression.
    pub fn new(pattern: &str, syntax: Syntax, case: Case) -> Result<Self> {
        if pattern.is_empty() {
            return Err(unsearchable("there is nothing in it to search for"));
        }
        let ignores_case = match case {
            Case::Smart => ignores_case(literals(pattern, syntax)),
            Case::Exact => false,
            Case::Ignored => true,
        };
        let (source, folds) = match syntax {
            Syntax::Text if ignores_case => (in_any_case(pattern), false),
            Syntax::Text => (regex_syntax::escape(pattern), false),
            Syntax::Regex => (pattern.to_owned(), ignores_case),
        };
        let parsed = ParserBuilder::new()
            .case_insensitive(folds)
            .multi_line(true)
            .build()
            .parse(&source)
            .map_err(not_valid)?;
        let compiled = RegexBuilder::new(&source)
            .case_insensitive(folds)
            .multi_line(true)
            .build();
        Ok(Self {
            pattern: compiled.map_err(|_| unsearchable("it is too large"))?,
            prefilters: Prefilters::of(&parsed),
            tables: Vec::new(),
        })
    }

    /// Searches only these tables; an empty list means all.
    #[must_use]
    pub fn in_tables(mut self, tables: Vec<String>) -> Self {
        self.tables = tables;
        self
    }

    pub(super) fn tables(&self) -> &[String] {
        &self.tables
    }

    /// Returns whether a table's rows are searched.
    pub(super) fn includes(&self, table: &str) -> bool {
        self.tables.is_empty() || is_among(&self.tables, table)
    }

    /// Returns the index in raw bytes where a matching row may begin.
    pub(super) fn find_raw(&self, bytes: &[u8]) -> Option<usize> {
        self.prefilters.find(bytes)
    }

    /// Returns the first match in the texts of a row.
    pub(super) fn find(&self, columns: &[String], values: &[Value]) -> Option<Excerpt> {
        let mut value_refs = columns.iter().zip(values);
        value_refs.find_map(|(column, value)| {
            find_in_cell(&value.readable()?, &mut |text| {
                let found = self.pattern.find(text)?;
                Some(Excerpt::new(column, text, found.range()))
            })
        })
    }
}

impl Excerpt {
    /// The most characters before, in and after the match.
    const MOST: [usize; 3] = [60, 200, 120];

    fn new(column: &str, text: &str, found: std::ops::Range<usize>) -> Self {
        let [before, within, behind] = Self::MOST;
        Self {
            column: column.to_owned(),
            before: last(&text[..found.start], before),
            found: first(&text[found.clone()], within),
            behind: first(&text[found.end..], behind),
        }
    }
}

fn first(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn last(text: &str, most: usize) -> String {
    match text.char_indices().nth_back(most) {
        Some((start, cut)) => format!("…{}", &text[start + cut.len_utf8()..]),
        None => text.to_owned(),
    }
}

/// Returns the characters of a pattern that match themselves: those outside escapes.
fn literals(pattern: &str, syntax: Syntax) -> impl Iterator<Item = char> {
    let mut characters = pattern.chars();
    std::iter::from_fn(move || {
        loop {
            let character = characters.next()?;
            if syntax == Syntax::Text || character != '\\' {
                return Some(character);
            }
            // \p{Lu}
            if let Some('p' | 'P') = characters.next()
                && characters.as_str().starts_with('{')
            {
                characters.find(|&character| character == '}');
            }
        }
    })
}

/// Writes a regular expression that matches a text in any case. A letter whose other case is
/// several letters matches only itself.
fn in_any_case(text: &str) -> String {
    let one = |mut cases: Box<dyn Iterator<Item = char>>| {
        let case = cases.next();
        case.filter(|_| cases.next().is_none())
    };
    let choice = |character: char| {
        let cases = [
            one(Box::new(character.to_uppercase())),
            one(Box::new(character.to_lowercase())),
        ];
        let others = cases
            .into_iter()
            .flatten()
            .filter(|&case| case != character);
        let others: String = others.collect();
        let itself = regex_syntax::escape(&character.to_string());
        if others.is_empty() {
            itself
        } else {
            format!("[{itself}{others}]")
        }
    };
    text.chars().map(choice).collect()
}

/// Returns what is wrong with a regular expression, without the drawing that marks where.
fn not_valid(error: regex_syntax::Error) -> Error {
    unsearchable(&match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "it is not understood".to_owned(),
    })
}

fn unsearchable(why: &str) -> Error {
    let what = format!("cannot search for this pattern: {why}");
    Error::Invalid { what }
}
