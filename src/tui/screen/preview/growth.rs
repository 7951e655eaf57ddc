//! How a table grew from snapshot to snapshot, as a line of bars: each stands for one that is counted,
//! the oldest to the left, the selected one in the accent's colour.

use std::ops::RangeInclusive;

use crate::{
    core::Counts,
    tui::{theme::Role, widget::Text},
};

/// None fills its cell: the line of the next table would touch it.
const BARS: [&str; 7] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"];

/// What is known of how the tables grew.
pub(super) struct Growth<'a> {
    /// The rows of the snapshots that are counted, the oldest first.
    pub(super) counted: Vec<&'a Counts>,
    /// Which of them is selected.
    pub(super) selected: Option<usize>,
    /// How many there would be if all were counted.
    pub(super) all: usize,
}

impl Growth<'_> {
    /// Of fewer there is no growth to see.
    const LEAST: usize = 3;
    const WIDTHS: RangeInclusive<usize> = 6..=16;

    /// In how many columns it can be shown, the most first. They are kept free from the first snapshot
    /// on, so that nothing moves when enough of them are counted.
    pub(super) fn widths(&self) -> impl Iterator<Item = usize> {
        let widths = (self.all >= Self::LEAST).then_some(Self::WIDTHS);
        widths.into_iter().flatten().rev()
    }

    pub(super) fn is_known(&self) -> bool {
        self.counted.len() >= Self::LEAST
    }

    /// The growth of a table, in exactly so many columns.
    pub(super) fn line(&self, table: &str, width: usize) -> Text {
        let mut line = Text::default();
        if self.is_known() {
            let last = self.counted.len() - 1;
            let columns = self.counted.len().min(width);
            let selected = self.selected.map(|place| place * (columns - 1) / last);
            let rows = (0..columns).map(|column| match self.selected {
                Some(place) if selected == Some(column) => place,
                _ => column * last / (columns - 1),
            });
            let rows = rows.map(|place| self.counted[place].rows(table).unwrap_or(0));
            let rows: Vec<u64> = rows.collect();
            for (column, number) in rows.iter().enumerate() {
                let role = if selected == Some(column) {
                    Role::Accent
                } else {
                    Role::Faint
                };
                line = line.and(bar(*number, &rows), role);
            }
        }
        let left = width.saturating_sub(line.width());
        line.and(" ".repeat(left), Role::Text)
    }
}

/// As high as the number stands between the least and the most of them.
fn bar(number: u64, all: &[u64]) -> &'static str {
    let least = all.iter().min().copied().unwrap_or(0);
    let most = all.iter().max().copied().unwrap_or(0);
    let steps = (number - least) * (BARS.len() as u64 - 1);
    let step = steps.checked_div(most - least).unwrap_or(0);
    BARS[usize::try_from(step).unwrap_or(0)]
}
