//! What is looked for among the rows: a text, all rows with a text, or a row by its number.

use std::{ops::Range, sync::Arc};

use super::Says;
use crate::{
    core::{Direction, TextMatch},
    text,
    tui::{
        browser::typed_line,
        task::{Completeness, Find},
        theme::Role,
        widget::{Input, Text},
    },
};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowsQuery {
    /// The next row with a text.
    Text,
    /// All rows with a text.
    Filter,
    /// The row of a number, counted from 1.
    Number,
}

/// What is being typed, what was looked for last, and which rows are shown.
#[derive(Debug, Default)]
pub(super) struct Seeking {
    typing: Option<(RowsQuery, Input)>,
    typed: String,
    filter: Option<RowsFilter>,
}

/// The rows that are shown.
#[derive(Debug)]
pub(super) struct RowsFilter {
    text: String,
    numbers: Arc<Vec<u64>>,
    completeness: Completeness,
}

impl RowsFilter {
    /// How many rows are shown.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// What is shown, in words.
    pub(super) fn says(&self) -> String {
        let rows = text::counted(self.len() as u64, "row");
        let first = match self.completeness {
            Completeness::Whole => "",
            Completeness::More => "the first ",
        };
        format!("{first}{rows} with “{}”", self.text)
    }
}

impl Seeking {
    pub(super) fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    pub(super) fn begin(&mut self, sought: RowsQuery) {
        self.typing = Some((sought, Input::default()));
    }

    pub(super) fn stop_typing(&mut self) {
        self.typing = None;
    }

    /// The line that is being typed.
    pub(super) fn input(&mut self) -> Option<&mut Input> {
        self.typing.as_mut().map(|(_, input)| input)
    }

    /// Ends the typing; what was typed is then what is looked for.
    pub(super) fn end(&mut self) -> Option<RowsQuery> {
        let (sought, input) = self.typing.take()?;
        self.typed = input.text();
        Some(sought)
    }

    /// The number that was typed, with whatever sets its thousands apart.
    pub(super) fn typed_number(&self) -> Option<u64> {
        let digits: String = self.typed.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    }

    /// The text that was typed; nothing if it is empty.
    pub(super) fn needle(&self) -> Option<TextMatch> {
        (!self.typed.is_empty()).then(|| TextMatch::new(&self.typed))
    }

    /// How to find the text from a row on, or upwards from the one before it.
    pub(super) fn find(&self, from: u64, way: Direction) -> Option<Find> {
        let among = self
            .filter
            .as_ref()
            .map(|filter| Arc::clone(&filter.numbers));
        let needle = self.needle()?;
        Some(Find {
            needle,
            from,
            way,
            among,
        })
    }

    pub(super) fn filter(&self) -> Option<&RowsFilter> {
        self.filter.as_ref()
    }

    pub(super) fn set_filter(&mut self, numbers: Vec<u64>, completeness: Completeness) {
        self.filter = Some(RowsFilter {
            text: self.typed.clone(),
            numbers: Arc::new(numbers),
            completeness,
        });
    }

    pub(super) fn forget_filter(&mut self) {
        self.filter = None;
    }

    /// The number of the row at a place of the list.
    pub(super) fn number(&self, place: usize) -> u64 {
        match &self.filter {
            Some(filter) => filter.numbers.get(place).copied().unwrap_or(0),
            None => place as u64,
        }
    }

    /// The place in the list of a row of this number, or of the next that is shown.
    pub(super) fn place(&self, number: u64) -> usize {
        match &self.filter {
            Some(filter) => filter.numbers.partition_point(|&known| known < number),
            None => usize::try_from(number).unwrap_or(usize::MAX),
        }
    }

    /// The numbers of the rows at these places, in as few ranges as they make.
    pub(super) fn numbers(&self, places: Range<usize>) -> Vec<Range<u64>> {
        let Some(filter) = &self.filter else {
            let all = places.start as u64..places.end as u64;
            return std::iter::once(all).collect();
        };
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for &number in &filter.numbers[places] {
            match ranges.last_mut() {
                Some(range) if range.end == number => range.end += 1,
                _ => ranges.push(number..number + 1),
            }
        }
        ranges
    }

    /// That no row has the text.
    pub(super) fn nowhere(&self) -> Says {
        let among = if self.filter.is_some() {
            "of these rows"
        } else {
            "row"
        };
        let says = format!("! no {among} has “{}”", self.typed);
        Says::Words(says, Role::Warning)
    }

    /// The same as it is drawn.
    pub(super) fn line(&self, width: usize) -> Option<Text> {
        let (sought, input) = self.typing.as_ref()?;
        let label = match sought {
            RowsQuery::Text => "find: ",
            RowsQuery::Filter => "only rows with: ",
            RowsQuery::Number => "row number: ",
        };
        Some(typed_line(label, input, width))
    }
}
