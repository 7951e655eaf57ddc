//! What is found among the rows: the next row with a text, all rows with a text, or a row by its number.

use std::{ops::Range, sync::Arc};

use super::RowsStatus;
use crate::{
    core::{Direction, TextMatch},
    text,
    tui::{
        browser::Prompt,
        task::{Completeness, Find},
        theme::Role,
    },
};

/// What the typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowsQuery {
    /// To find the next row with a text.
    Find,
    /// To show only rows with a text.
    Filter,
    /// To go to the row of a number, counted from 1.
    Number,
}

impl RowsQuery {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Find => "find: ",
            Self::Filter => "only rows with: ",
            Self::Number => "row number (its place, not its key): ",
        }
    }
}

/// The line that is typed, and the rows that are shown.
#[derive(Debug, Default)]
pub(super) struct RowsSelection {
    pub(super) prompt: Prompt<RowsQuery>,
    pub(super) filter: Option<RowsFilter>,
}

/// The rows that are shown.
#[derive(Debug)]
pub(super) struct RowsFilter {
    text: String,
    numbers: Arc<Vec<u64>>,
    completeness: Completeness,
}

impl RowsFilter {
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// How many rows are shown, and why these.
    pub(super) fn summary(&self) -> String {
        let rows = text::counted(self.len() as u64, "row");
        let first = match self.completeness {
            Completeness::Whole => "",
            Completeness::More => "the first ",
        };
        format!("{first}{rows} with “{}”", self.text)
    }
}

impl RowsSelection {
    /// The number that was typed, whatever separates its thousands.
    pub(super) fn typed_number(&self) -> Option<u64> {
        let digits = self.prompt.text().chars().filter(char::is_ascii_digit);
        digits.collect::<String>().parse().ok()
    }

    /// The text that was typed; `None` if it is empty.
    pub(super) fn text_match(&self) -> Option<TextMatch> {
        let text = self.prompt.text();
        (!text.is_empty()).then(|| TextMatch::new(text))
    }

    /// Finds the text from a row on, or upwards from the one before it.
    pub(super) fn find(&self, from: u64, direction: Direction) -> Option<Find> {
        Some(Find {
            text: self.text_match()?,
            from,
            direction,
            among: self
                .filter
                .as_ref()
                .map(|filter| Arc::clone(&filter.numbers)),
        })
    }

    pub(super) fn set_filter(&mut self, numbers: Vec<u64>, completeness: Completeness) {
        self.filter = Some(RowsFilter {
            text: self.prompt.text().to_owned(),
            numbers: Arc::new(numbers),
            completeness,
        });
    }

    /// The number of the row at a place in the list.
    pub(super) fn number(&self, place: usize) -> u64 {
        match &self.filter {
            Some(filter) => filter.numbers.get(place).copied().unwrap_or(0),
            None => place as u64,
        }
    }

    /// The place in the list of the row of this number, or of the next row that is shown.
    pub(super) fn place(&self, number: u64) -> usize {
        match &self.filter {
            Some(filter) => filter.numbers.partition_point(|&known| known < number),
            None => usize::try_from(number).unwrap_or(usize::MAX),
        }
    }

    /// The numbers of the rows at these places, as ranges.
    pub(super) fn numbers(&self, places: Range<usize>) -> Vec<Range<u64>> {
        let Some(filter) = &self.filter else {
            let all = places.start as u64..places.end as u64;
            return std::iter::once(all).collect();
        };
        let numbers = &filter.numbers[places];
        let runs = numbers.chunk_by(|number, next| number + 1 == *next);
        runs.map(|run| run[0]..run[0] + run.len() as u64).collect()
    }

    /// That no row has the text.
    pub(super) fn not_found(&self) -> RowsStatus {
        let none = match self.filter {
            Some(_) => "none of these rows",
            None => "no row",
        };
        let text = format!("! {none} has “{}”", self.prompt.text());
        RowsStatus::Text(text, Role::Warning)
    }
}
