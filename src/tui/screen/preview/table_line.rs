//! What the preview shows of each table: its rows, live's, and the difference.

use std::cmp::Ordering;

use crate::{core::Counts, text, tui::theme::Role};

#[derive(Clone, Copy)]
pub(super) enum BesideRows<'a> {
    /// Nothing: the subject is live.
    Nothing,
    Unknown,
    Live(&'a Counts),
}

/// The tables of both sides, in their order.
pub(super) fn names(counts: &Counts, beside: BesideRows<'_>) -> Vec<String> {
    let live = match beside {
        BesideRows::Live(live) => live.tables.as_slice(),
        BesideRows::Nothing | BesideRows::Unknown => &[],
    };
    let only_live = live.iter().filter(|(name, _)| counts.rows(name).is_none());
    let tables = counts.tables.iter().chain(only_live);
    tables.map(|(name, _)| name.clone()).collect()
}

pub(super) struct TableLine {
    pub(super) name: String,
    /// Its rows; live's, and the difference from live to it.
    pub(super) numbers: Vec<(String, Role)>,
    /// Whether live has another number of rows.
    pub(super) differs: bool,
}

impl TableLine {
    pub(super) fn of(name: String, counts: &Counts, beside: BesideRows<'_>) -> Self {
        let shown = |rows: Option<u64>| rows.map_or("–".to_owned(), text::count);
        let rows = counts.rows(&name);
        let mut numbers = vec![(shown(rows), Role::Strong)];
        let mut differs = false;
        match beside {
            BesideRows::Nothing => {}
            BesideRows::Unknown => {
                numbers.extend([("…".to_owned(), Role::Faint), (String::new(), Role::Faint)]);
            }
            BesideRows::Live(live) => {
                let live = live.rows(&name);
                let (from, to) = (live.unwrap_or(0), rows.unwrap_or(0));
                let role = match to.cmp(&from) {
                    Ordering::Less => Role::Removed,
                    Ordering::Equal => Role::Faint,
                    Ordering::Greater => Role::Added,
                };
                differs = from != to;
                numbers.extend([
                    (shown(live), Role::Text),
                    (text::difference(from, to), role),
                ]);
            }
        }
        Self {
            name,
            numbers,
            differs,
        }
    }
}
