//! What is searched for, and whether a row holds it.

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;

use super::{prefilter::Traces, texts::find_in_cell};
use crate::core::base::{
    error::{Error, Result},
    record::{Value, is_among},
};

/// How a pattern is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// As the text itself.
    Text,
    /// As a regular expression.
    Regex,
}

/// Whether upper and lower case are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Only if the pattern has a letter in upper case.
    Smart,
    /// Always.
    Exact,
    /// Never.
    Ignored,
}

/// What is searched for, and in which tables.
#[derive(Clone, Debug)]
pub struct Query {
    pattern: Regex,
    traces: Traces,
    tables: Vec<String>,
}

/// A text that matches: what was found, with some of what stands before and behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The column.
    pub column: String,
    /// What stands before it; a long text is cut, with an ellipsis.
    pub before: String,
    /// What was found.
    pub found: String,
    /// What stands behind it; a long text is cut, with an ellipsis.
    pub behind: String,
}

impl Query {
    /// Compiles a pattern. In a regular expression `^` and `$` are the ends of a line.
    pub fn new(pattern: &str, syntax: Syntax, case: Case) -> Result<Self> {
        if pattern.is_empty() {
            return Err(Error::Pattern {
                what: "there is nothing in it to search for".to_owned(),
            });
        }
        let ignores_case = match case {
            Case::Smart => !tells_case(pattern, syntax),
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
            pattern: compiled.map_err(|_| Error::Pattern {
                what: "it is too large".to_owned(),
            })?,
            traces: Traces::of(&parsed),
            tables: Vec::new(),
        })
    }

    /// Searches these tables only; none means all.
    #[must_use]
    pub fn in_tables(mut self, tables: Vec<String>) -> Self {
        self.tables = tables;
        self
    }

    pub(super) fn tables(&self) -> &[String] {
        &self.tables
    }

    /// Whether the rows of a table are searched.
    pub(super) fn wants(&self, table: &str) -> bool {
        self.tables.is_empty() || is_among(&self.tables, table)
    }

    /// Where in raw bytes begins what a row that matches must hold.
    pub(super) fn find_raw(&self, bytes: &[u8]) -> Option<usize> {
        self.traces.find(bytes)
    }

    /// The first match in the texts of a row.
    pub(super) fn find(&self, columns: &[String], values: &[Value]) -> Option<Excerpt> {
        let mut cells = columns.iter().zip(values);
        cells.find_map(|(column, value)| {
            find_in_cell(&value.readable()?, &mut |text| {
                let found = self.pattern.find(text)?;
                Some(Excerpt::new(column, text, found.range()))
            })
        })
    }
}

impl Excerpt {
    /// The most characters before, in, and behind what was found.
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

/// Whether a pattern has a letter in upper case. What follows a backslash is none.
fn tells_case(pattern: &str, syntax: Syntax) -> bool {
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if syntax == Syntax::Regex && character == '\\' {
            let escaped = characters.next();
            // \p{Lu}
            if let Some('p' | 'P') = escaped
                && characters.as_str().starts_with('{')
            {
                characters.find(|&character| character == '}');
            }
        } else if character.is_uppercase() {
            return true;
        }
    }
    false
}

/// A regular expression for a text in upper or lower case. A letter whose other case is several
/// letters is only itself.
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

/// What is wrong with a regular expression, without the picture of where.
fn not_valid(error: regex_syntax::Error) -> Error {
    let what = match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "it is not understood".to_owned(),
    };
    Error::Pattern { what }
}
