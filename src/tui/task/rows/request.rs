//! The requests for a table's rows, and the replies.

use std::{ops::Range, sync::Arc};

use super::ShownSide;
use crate::{
    core::{Contents, Direction, Result, SparseIndex, TextMatch, Value},
    text::beginning,
};

/// What to read of one table.
#[derive(Clone, Debug)]
pub struct RowsRequest {
    /// The side that holds the table.
    pub origin: ShownSide,
    /// The table.
    pub table: String,
    /// What to read of it.
    pub what: RowsWanted,
}

/// What to read of a table.
#[derive(Clone, Debug)]
pub enum RowsWanted {
    /// Where its rows are, and the number of the row to select first.
    Survey(At),
    /// The rows of these numbers.
    Rows(Arc<Survey>, Vec<Range<u64>>),
    /// The value of a row of this number in a column of this index, whole.
    Value(Arc<Survey>, u64, usize),
    /// The next row with a text.
    Find(Arc<Survey>, Find),
    /// All rows with a text.
    Filter(Arc<Survey>, TextMatch),
}

/// The row to select first.
#[derive(Clone, Debug, PartialEq)]
pub enum At {
    /// The row of this number, counted from 0.
    Row(u64),
    /// The row in which these columns have these values, found at this number before.
    Key(u64, Vec<(String, Value)>),
}

/// How to find the next row with a text.
#[derive(Clone, Debug)]
pub struct Find {
    /// The text.
    pub text: TextMatch,
    /// From the row of this number on, or upwards from the one before it.
    pub from: u64,
    pub direction: Direction,
    /// Only among the rows of these numbers, if any.
    pub among: Option<Arc<Vec<u64>>>,
}

/// An index that finds rows by their numbers.
#[derive(Debug)]
pub enum Survey {
    /// A snapshot's rows, by their offsets in the file.
    Snapshot(Contents),
    /// Live's rows, by their keys.
    Live(SparseIndex),
}

/// The reply about the rows of a table, or why it cannot be read.
pub type RowsReply = Result<RowsRead>;

/// What was read of the rows of a table.
#[derive(Debug)]
pub enum RowsRead {
    /// The columns and the first rows, before the other rows are located.
    First(Vec<String>, Vec<BriefRow>),
    /// Where its rows are.
    Surveyed(Surveyed),
    /// The requested rows that exist.
    Rows(Vec<BriefRow>),
    /// The value of a row of this number in a column of this index, whole.
    Value((u64, usize), Value),
    /// The row that was found, and the column; `None` if no row has the text.
    Found(Option<(u64, usize)>),
    /// The numbers of the rows with the text; the first of them if that is not all.
    Filtered(Vec<u64>, Completeness),
}

/// Whether the numbers are complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All.
    Whole,
    /// There are more.
    More,
}

/// A table whose rows can be read.
#[derive(Debug)]
pub struct Surveyed {
    /// The index that finds its rows.
    pub survey: Arc<Survey>,
    /// Its columns.
    pub columns: Vec<String>,
    /// Those of its key, as live has it: a snapshot does not record the key.
    pub key: Vec<String>,
    /// How many rows it has.
    pub count: u64,
    /// Some of its rows, from all over the table.
    pub sample: Vec<BriefRow>,
    /// The number of the row to select first; `None` if it is gone.
    pub at: Option<u64>,
}

/// The values of a row.
pub type BriefRow = Vec<Brief>;

/// A value, or the beginning of a long one.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    /// The value or its beginning.
    pub value: Value,
    /// How many bytes the whole value has, if this is only its beginning.
    pub cut_from: Option<usize>,
}

impl Brief {
    /// The bytes of a value that are kept.
    const LONGEST: usize = 1024;

    /// The value, or its beginning.
    pub fn of(mut value: Value) -> Self {
        let cut_from = match &mut value {
            Value::Text(text) if text.len() > Self::LONGEST => {
                let length = text.len();
                *text = beginning(text, Self::LONGEST).to_owned();
                Some(length)
            }
            Value::BrokenText(bytes) | Value::Blob(bytes) if bytes.len() > Self::LONGEST => {
                let length = bytes.len();
                bytes.truncate(Self::LONGEST);
                bytes.shrink_to_fit();
                Some(length)
            }
            _ => None,
        };
        Self { value, cut_from }
    }
}
