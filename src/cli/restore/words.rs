//! Formats a plan for the command line.

use super::print::changed;
use crate::{
    core::{RestorePlan, Safety, TableChanges},
    text::{self, Align, Point, Tone},
};

/// Formats what will change.
pub(super) fn plan_text(plan: &RestorePlan, safety: Safety, headline: &str) -> String {
    let mut text = format!(
        "{} into {}\n\n",
        text::one_line(headline),
        text::path(&changed(plan.database()))
    );
    for point in text::plan(plan, safety) {
        text += &point_text(&point);
    }
    let changed: Vec<TableChanges> = plan
        .tables
        .iter()
        .filter(|table| !table.is_empty())
        .map(TableChanges::from)
        .collect();
    if changed.is_empty() {
        text
    } else {
        text + "\n" + &changes_table(&changed)
    }
}

/// Asks whether to apply a plan. Newer events that a merge would keep are part of the question.
pub(super) fn question(plan: &RestorePlan) -> String {
    let newer = plan.log.as_ref().map_or(0, |log| log.newer_from.count);
    if newer == 0 || plan.moment.is_some() || plan.merge.is_some() || plan.takes_back() {
        return "Restore?".to_owned();
    }
    let newer = text::counted(newer, "newer event");
    format!("Restore, and remove {newer} (--merge keeps what is newer)?")
}

/// Formats a sentence, and the events it is about.
pub(in crate::cli) fn point_text(point: &Point) -> String {
    let mark = if point.tone == Tone::Warning {
        "! "
    } else {
        ""
    };
    let has_lines = point.events.count > 0 || !point.rows.is_empty();
    let colon = if has_lines { ":" } else { "" };
    let mut text = format!("{mark}{}{colon}\n", point.sentence);
    for line in text::events(&point.events).iter().chain(&point.rows) {
        text += &format!("    {line}\n");
    }
    text
}

/// Formats the changes of several tables as columns.
pub(in crate::cli) fn changes_table(changes: &[TableChanges]) -> String {
    let mut rows = vec![
        ["TABLE", "ADDED", "CHANGED", "REMOVED"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(changes.iter().map(|table| {
        let numbers = [table.added, table.changed, table.removed].map(text::count);
        std::iter::once(text::name(&table.name))
            .chain(numbers)
            .collect()
    }));
    text::columns(
        &rows,
        &[Align::Left, Align::Right, Align::Right, Align::Right],
    )
}
