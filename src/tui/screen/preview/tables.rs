//! The tables in the preview, beside live's: how they are set, and which of them is chosen.

use std::cmp::Ordering;

use unicode_width::UnicodeWidthStr;

use crate::{
    core::Counts,
    text,
    tui::{
        theme::Role,
        widget::{Align, Text, cell},
    },
};

/// The names of the tables that either side has, in their order.
pub(super) fn names(counts: &Counts, live: Option<&Counts>) -> Vec<String> {
    let live = live.map(|live| live.tables.as_slice()).unwrap_or_default();
    let only_live = live.iter().filter(|(name, _)| counts.rows(name).is_none());
    let tables = counts.tables.iter().chain(only_live);
    tables.map(|(name, _)| name.clone()).collect()
}

/// Between two tables side by side.
const GAP: usize = 3;

/// The tables, flowing into as many columns as there is room for; the chosen one is in sight.
pub(super) fn table(
    counts: &Counts,
    live: Option<&Counts>,
    chosen: Option<usize>,
    (width, height): (usize, usize),
) -> Vec<Text> {
    let rows = rows(counts, live);
    let widths = Widths::of(&rows).spread(width);
    let across = widths.across(width);
    let down = rows.len().div_ceil(across);
    let shown = down.min(height.saturating_sub(1));
    let heading = widths.set(&HEADINGS.map(str::to_owned), [Role::Faint; 4]);
    let lines: Vec<Text> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let is_chosen = chosen == Some(index);
            let roles = if is_chosen {
                [Role::Selected; 4]
            } else {
                row.roles
            };
            widths.set(&row.cells, roles)
        })
        .collect();
    let mut table = vec![beside(vec![heading; across.min(rows.len()).max(1)])];
    let first = chosen.map_or(0, |chosen| (chosen % down.max(1) + 1).saturating_sub(shown));
    for row in first..first + shown {
        table.push(beside(
            (0..across)
                .filter_map(|column| lines.get(column * down + row).cloned())
                .collect(),
        ));
    }
    if shown < down && shown > 0 && chosen.is_none() {
        table.pop();
        let hidden: usize = rows.len() - across * (shown - 1);
        table.push(Text::of(
            format!(
                "… {}; a taller window shows them",
                text::counted(hidden as u64, "more table")
            ),
            Role::Faint,
        ));
    }
    table
}

fn beside(parts: Vec<Text>) -> Text {
    let join = |line: Text, part| line.and(" ".repeat(GAP), Role::Text).joined(part);
    parts.into_iter().reduce(join).unwrap_or_default()
}

const HEADINGS: [&str; 4] = ["TABLE", "ROWS", "LIVE", "DIFF"];

/// One table's line.
struct Row {
    cells: [String; 4],
    roles: [Role; 4],
}

fn rows(counts: &Counts, live: Option<&Counts>) -> Vec<Row> {
    let names = names(counts, live).into_iter();
    names
        .map(|name| row(&name, counts.rows(&name), live))
        .collect()
}

fn row(name: &str, snapshot: Option<u64>, live: Option<&Counts>) -> Row {
    let shown = |rows: Option<u64>| rows.map_or("–".to_owned(), text::count);
    let Some(live) = live else {
        let cells = [
            name.to_owned(),
            shown(snapshot),
            "…".to_owned(),
            String::new(),
        ];
        return Row {
            cells,
            roles: [Role::Text, Role::Strong, Role::Faint, Role::Faint],
        };
    };
    let live = live.rows(name);
    let (here, there) = (snapshot.unwrap_or(0), live.unwrap_or(0));
    let role = match there.cmp(&here) {
        Ordering::Less => Role::Removed,
        Ordering::Equal => Role::Faint,
        Ordering::Greater => Role::Added,
    };
    let cells = [
        name.to_owned(),
        shown(snapshot),
        shown(live),
        text::difference(here, there),
    ];
    Row {
        cells,
        roles: [Role::Text, Role::Strong, Role::Text, role],
    }
}

/// As wide as the widest cell of each column.
struct Widths([usize; 4]);

impl Widths {
    fn of(rows: &[Row]) -> Self {
        let mut widths = HEADINGS.map(str::len);
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = cell.width().max(*width);
            }
        }
        Self(widths)
    }

    /// How many tables fit side by side.
    fn across(&self, width: usize) -> usize {
        let total = self.0.iter().sum::<usize>() + self.0.len() - 1;
        ((width + GAP) / (total + GAP)).max(1)
    }

    /// With a blank more before each number, if as many tables fit side by side with it.
    fn spread(self, width: usize) -> Self {
        let [name, numbers @ ..] = self.0;
        let [rows, live, difference] = numbers.map(|width| width + 1);
        let wider = Self([name, rows, live, difference]);
        if wider.across(width) == self.across(width) {
            wider
        } else {
            self
        }
    }

    fn set(&self, cells: &[String; 4], roles: [Role; 4]) -> Text {
        let mut line = Text::default();
        for (index, (text, role)) in cells.iter().zip(roles).enumerate() {
            let align = if index == 0 {
                Align::Left
            } else {
                Align::Right
            };
            let gap = if index == 0 { "" } else { " " };
            line = line.and(format!("{gap}{}", cell(text, self.0[index], align)), role);
        }
        line
    }
}
