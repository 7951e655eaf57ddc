//! The tables in the preview, beside live's: their columns, and which table is chosen.

use unicode_width::UnicodeWidthStr;

use super::{
    compact,
    growth::Growth,
    table_line::{BesideRows, TableLine, names},
};
use crate::{
    core::Counts,
    text,
    tui::{
        theme::Role,
        widget::{Align, Text, cell, fit},
    },
};

const GAP: usize = 3;
/// Before the bars of a table's growth.
const GROWTH_GAP: usize = 2;
const HEADINGS: [&str; 4] = ["TABLE", "ROWS", "LIVE", "DIFF"];

/// The tables of a side, in as many columns as fit.
pub(super) struct TableList<'a> {
    rows: Vec<TableLine>,
    /// How many are not shown, since live has as many rows.
    folded: usize,
    /// The width of each column.
    widths: Vec<usize>,
    growth: &'a Growth<'a>,
    /// The width of the growth; 0 if it does not fit.
    growth_width: usize,
    room: (usize, usize),
}

impl<'a> TableList<'a> {
    /// The tables in this many columns and lines; those of which live has as many rows only if one is
    /// being chosen.
    pub(super) fn of(
        (counts, beside): (&Counts, BesideRows<'_>),
        growth: &'a Growth<'a>,
        chosen: Option<usize>,
        (width, mut height): (usize, usize),
    ) -> Self {
        let names = names(counts, beside).into_iter();
        let mut rows: Vec<TableLine> = names
            .map(|name| TableLine::of(name, counts, beside))
            .collect();
        let mut folded = 0;
        if chosen.is_none() && matches!(beside, BesideRows::Live(_)) {
            let all = rows.len();
            rows.retain(|row| row.differs);
            folded = all - rows.len();
            height = height.saturating_sub(usize::from(folded > 0));
        }
        let room = (width, height);
        let columns = match beside {
            BesideRows::Nothing => 2,
            BesideRows::Unknown | BesideRows::Live(_) => 4,
        };
        let mut widths: Vec<usize> = HEADINGS[..columns].iter().map(|name| name.len()).collect();
        for row in &rows {
            let numbers = row.numbers.iter().map(|(number, _)| number.width());
            for (width, cell) in widths
                .iter_mut()
                .zip(std::iter::once(text::name(&row.name).width()).chain(numbers))
            {
                *width = cell.max(*width);
            }
        }
        let mut tables = Self {
            rows,
            folded,
            widths,
            growth,
            growth_width: 0,
            room,
        };
        tables.make_room_for_growth();
        tables.spread();
        tables
    }

    /// Shows the growth if all tables still fit.
    fn make_room_for_growth(&mut self) {
        for width in self.growth.widths() {
            self.growth_width = width;
            if self.width() <= self.room.0 && self.fits() {
                return;
            }
        }
        self.growth_width = 0;
    }

    /// Adds a blank before each number, if as many tables still fit side by side.
    fn spread(&mut self) {
        let (across, tight) = (self.across(), self.widths.clone());
        for width in &mut self.widths[1..] {
            *width += 1;
        }
        if self.across() < across || self.width() > self.room.0 {
            self.widths = tight;
        }
    }

    fn width(&self) -> usize {
        let growth = match self.growth_width {
            0 => 0,
            width => width + GROWTH_GAP,
        };
        self.widths.iter().sum::<usize>() + self.widths.len() - 1 + growth
    }

    fn across(&self) -> usize {
        ((self.room.0 + GAP) / (self.width() + GAP)).max(1)
    }

    fn down(&self) -> usize {
        self.rows.len().div_ceil(self.across())
    }

    fn fits(&self) -> bool {
        self.down() < self.room.1
    }

    /// The lines, with the chosen table in sight. If none is chosen and not all fit, tables that differ
    /// come first.
    pub(super) fn lines(&self, chosen: Option<usize>) -> Vec<Text> {
        let mut lines = match self.rows.len() {
            0 => Vec::new(),
            _ if chosen.is_none() && !self.fits() => compact::lines(&self.rows, self.room),
            _ => self.table(chosen),
        };
        if self.folded > 0 {
            let tables = text::counted(self.folded as u64, "table");
            let have = if self.folded == 1 { "has" } else { "have" };
            let sentence = format!("{tables} {have} as many rows as in live");
            lines.push(Text::of(fit(&sentence, self.room.0), Role::Faint));
        }
        lines
    }

    fn table(&self, chosen: Option<usize>) -> Vec<Text> {
        let (across, down) = (self.across(), self.down());
        let heading = vec![self.heading(); across.min(self.rows.len()).max(1)];
        let mut lines = vec![beside(heading.into_iter())];
        let shown = down.min(self.room.1.saturating_sub(1));
        let first = chosen.map_or(0, |chosen| (chosen % down.max(1) + 1).saturating_sub(shown));
        lines.extend((first..first + shown).map(|line| {
            let places = (0..across).map(|column| column * down + line);
            let row = |place| Some(self.line(self.rows.get(place)?, chosen == Some(place)));
            beside(places.filter_map(row))
        }));
        lines
    }

    fn heading(&self) -> Text {
        let mut line = Text::default();
        for (index, (name, width)) in HEADINGS.iter().zip(&self.widths).enumerate() {
            line = line.joined(set(index, name, *width, Role::Faint));
        }
        if self.growth_width > 0 {
            let name = if self.growth.is_known() { "GROWTH" } else { "" };
            line = line.and(" ".repeat(GROWTH_GAP), Role::Text);
            line = line.and(cell(name, self.growth_width, Align::Left), Role::Faint);
        }
        line
    }

    fn line(&self, row: &TableLine, is_chosen: bool) -> Text {
        let role = |role| if is_chosen { Role::Selected } else { role };
        let mut line = set(0, &text::name(&row.name), self.widths[0], role(Role::Text));
        for (index, (number, plain)) in row.numbers.iter().enumerate() {
            line = line.joined(set(index + 1, number, self.widths[index + 1], role(*plain)));
        }
        if self.growth_width > 0 {
            let growth = self.growth.line(&row.name, self.growth_width);
            line = line
                .and(" ".repeat(GROWTH_GAP), role(Role::Text))
                .joined(growth);
        }
        line
    }
}

fn set(column: usize, text: &str, width: usize, role: Role) -> Text {
    match column {
        0 => Text::of(cell(text, width, Align::Left), role),
        _ => Text::of(format!(" {}", cell(text, width, Align::Right)), role),
    }
}

fn beside(parts: impl Iterator<Item = Text>) -> Text {
    let join = |line: Text, part| line.and(" ".repeat(GAP), Role::Text).joined(part);
    parts.reduce(join).unwrap_or_default()
}
