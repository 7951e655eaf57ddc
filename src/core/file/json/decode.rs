//! Decodes the bytes of a row to its values, in the order of the table's columns.

use super::parser::{ParseResult, Parser, Wrong};
use crate::core::base::row::{ValueBuffer, ValueRef};

/// No SQLite table can have more.
const MOST_COLUMNS: usize = 32_767;
/// Memory for texts that is kept from one row to the next.
const KEPT: usize = 512 * 1024;

/// Decodes the rows of one table: every row must have the first row's columns.
#[derive(Default)]
pub(crate) struct RowDecoder {
    columns: Vec<String>,
    /// Each column's name as written in the first row, with its quotes.
    written: Vec<Vec<u8>>,
    /// About how many bytes of a text are kept; `None` for all.
    most: Option<usize>,
    /// The last row's values.
    value_refs: ValueBuffer,
}

impl RowDecoder {
    /// Creates a decoder for rows with these columns.
    pub(crate) fn of(columns: &[String]) -> Self {
        Self {
            columns: columns.to_vec(),
            ..Self::default()
        }
    }

    /// Creates a decoder that checks rows: of a long text, [`Self::value_refs`] has only a part.
    pub(super) fn checking() -> Self {
        Self {
            most: Some(KEPT),
            ..Self::default()
        }
    }

    /// The columns in the order of the first row; empty before it.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values of the row that was decoded last, in the order of [`Self::columns`].
    pub(crate) fn value_refs(&self) -> &ValueBuffer {
        &self.value_refs
    }

    /// Decodes a row.
    pub(crate) fn decode_whole(&mut self, row: &[u8]) -> ParseResult<()> {
        let at = self.decode_first(row)?;
        if at < row.len() {
            let what = "unexpected data after the row".to_owned();
            return Err(Wrong { at, what });
        }
        Ok(())
    }

    /// Decodes the row with which `bytes` begin; returns its length.
    pub(super) fn decode_first(&mut self, bytes: &[u8]) -> ParseResult<usize> {
        let first = self.columns.is_empty();
        let most = self.most.unwrap_or(usize::MAX);
        let mut parser = Parser { bytes, at: 0, most };
        self.value_refs.clear(KEPT);
        // The column of each value, if their order is not the first row's.
        let mut order: Option<Vec<usize>> = None;
        let mut next = 0;
        parser.take(b'{')?;
        let mut more = !parser.take_if(b'}');
        while more {
            let at = parser.space();
            let column = match self.written.get(next) {
                Some(written) if bytes[at..].starts_with(written) => {
                    parser.at += written.len();
                    next
                }
                _ => self.place(&mut parser, next, first)?,
            };
            if order.is_none() && column != self.value_refs.len() {
                order = Some((0..self.value_refs.len()).collect());
            }
            if let Some(order) = &mut order {
                order.push(column);
            }
            parser.take(b':')?;
            parser.value(&mut self.value_refs)?;
            next = column + 1;
            more = parser.take_if(b',');
            if !more {
                parser.take(b'}')?;
            }
        }
        self.complete(order)?;
        Ok(parser.at)
    }

    /// Reads a column's name and returns its index. The first row adds its columns.
    fn place(&mut self, parser: &mut Parser<'_>, guess: usize, first: bool) -> ParseResult<usize> {
        let at = parser.at;
        let name = parser.text()?;
        let is_guess = self.columns.get(guess).is_some_and(|known| *known == name);
        let known = is_guess.then_some(guess);
        let place = known.or_else(|| self.columns.iter().position(|column| *column == name));
        let Some(place) = place.or(first.then_some(self.columns.len())) else {
            return Err(Wrong {
                at,
                what: format!("column {name:?} is not in the table's first row"),
            });
        };
        // Rows nearly always have the first row's order and spelling of names.
        if place == self.written.len() {
            self.written.push(parser.bytes[at..parser.at].to_vec());
        }
        if place == self.columns.len() {
            if place == MOST_COLUMNS {
                let what = format!("the row has more than {MOST_COLUMNS} columns");
                return Err(Wrong { at, what });
            }
            self.columns.push(name);
        }
        Ok(place)
    }

    /// Brings the values into the columns' order; of a repeated column the last value counts.
    fn complete(&mut self, order: Option<Vec<usize>>) -> ParseResult<()> {
        let wrong = |what: String| Err(Wrong { at: 0, what });
        if self.columns.is_empty() {
            return wrong("the row has no columns".to_owned());
        }
        if let Some(order) = order {
            let mut places = vec![None; self.columns.len()];
            for (place, column) in order.into_iter().enumerate() {
                places[column] = Some(place);
            }
            let places: Vec<usize> = places.into_iter().map_while(|place| place).collect();
            self.value_refs.arrange(&places);
        }
        match self.columns.get(self.value_refs.len()) {
            None => Ok(()),
            Some(missing) => wrong(format!(
                "column {missing:?} of the table's first row is missing"
            )),
        }
    }
}

/// Decodes a JSON string, given with its quotes.
pub(super) fn string(bytes: &[u8]) -> ParseResult<String> {
    Parser::new(bytes).text()
}

/// Decodes a JSON scalar.
pub(super) fn scalar(bytes: &[u8]) -> ParseResult<ValueRef<'static>> {
    Parser::new(bytes).scalar()
}
