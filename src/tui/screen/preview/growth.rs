//! How a table grew from snapshot to snapshot, as bars: one for each counted snapshot,
//! the oldest to the left, the selected one in the accent's colour.

use std::ops::RangeInclusive;

use crate::{
    core::Counts,
    tui::{theme::Role, widget::Text},
};

/// None fills its cell, or it would touch the next table's.
const BARS: [&str; 7] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"];

pub(super) struct Growth<'a> {
    /// The counted snapshots, oldest first.
    pub(super) counted: Vec<&'a Counts>,
    pub(super) selected: Option<usize>,
    /// How many there are once all are counted.
    pub(super) all: usize,
}

impl Growth<'_> {
    /// Fewer show no growth.
    const LEAST: usize = 3;
    const WIDTHS: RangeInclusive<usize> = 6..=16;

    /// The possible widths, the widest first. They are reserved from the first snapshot
    /// on, so that nothing moves when enough are counted.
    pub(super) fn widths(&self) -> impl Iterator<Item = usize> {
        let widths = (self.all >= Self::LEAST).then_some(Self::WIDTHS);
        widths.into_iter().flatten().rev()
    }

    pub(super) fn is_known(&self) -> bool {
        self.counted.len() >= Self::LEAST
    }

    /// The growth of a table, in exactly this width.
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

/// The bar for a number between the least and the most.
fn bar(number: u64, all: &[u64]) -> &'static str {
    let least = all.iter().min().copied().unwrap_or(0);
    let most = all.iter().max().copied().unwrap_or(0);
    let steps = (number - least) * (BARS.len() as u64 - 1);
    let step = steps.checked_div(most - least).unwrap_or(0);
    BARS[usize::try_from(step).unwrap_or(0)]
}
