//! The columns of the difference: a table's name, and how many of its rows differ in which way.

use crate::{
    core::TableDiff,
    text,
    tui::{
        theme::Role,
        widget::{Align, Text, cell, row_style},
    },
};

/// The widths of the columns.
pub(super) struct DiffColumns {
    name: usize,
    number: usize,
    spare: usize,
}

impl DiffColumns {
    /// Before the name: the bar of the selected row.
    const MARGIN: usize = 3;

    /// Columns for names of this width.
    pub(super) fn within(width: usize, widest: usize) -> Self {
        let number = 10.min(width / 5);
        let numbers = 3 * (number + 1);
        let name = widest.min(width.saturating_sub(Self::MARGIN + numbers));
        let spare = width.saturating_sub(Self::MARGIN + name + numbers);
        Self {
            name,
            number,
            spare,
        }
    }

    pub(super) fn heading(&self) -> Text {
        let words = ["ADDED", "CHANGED", "REMOVED"];
        let are_cut = words.iter().any(|word| word.len() > self.number);
        let headings = if are_cut { ["+", "~", "-"] } else { words };
        let numbers = headings.map(|heading| self.number(heading));
        let name = cell("TABLE", self.name, Align::Left);
        let margin = " ".repeat(Self::MARGIN);
        Text::of(format!("{margin}{name}{}", numbers.concat()), Role::Faint)
    }

    fn number(&self, text: &str) -> String {
        format!(" {}", cell(text, self.number, Align::Right))
    }

    /// The row of a table; its numbers are blank until they are known.
    pub(super) fn row(
        &self,
        (name, mark): (&str, &str),
        diff: Option<&TableDiff>,
        is_selected: bool,
    ) -> Text {
        let (bar, role) = row_style(is_selected);
        let differs = diff.is_some_and(|diff| !diff.is_empty());
        let plain = if differs { Role::Text } else { Role::Faint };
        let name = cell(name, self.name, Align::Left);
        let mut line = bar
            .and(format!("{mark} "), role(Role::Warning))
            .and(name, role(plain));
        let numbers = diff.map(|diff| [diff.added, diff.changed, diff.removed]);
        let signs = [
            ("+", Role::Added),
            ("~", Role::Warning),
            ("-", Role::Removed),
        ];
        for (index, (sign, meaning)) in signs.into_iter().enumerate() {
            let (text, meaning) = match numbers.map(|numbers| numbers[index]) {
                None => ("…".to_owned(), Role::Faint),
                Some(0) => ("·".to_owned(), Role::Faint),
                Some(rows) => (format!("{sign}{}", text::count(rows)), meaning),
            };
            line = line.and(self.number(&text), role(meaning));
        }
        line.and(" ".repeat(self.spare), role(Role::Text))
    }
}
