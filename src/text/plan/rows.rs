//! What a restore of rows does.

use std::ops::ControlFlow;

use super::{Point, fit};
use crate::{
    core::{Change, ChangeKind, Existing, RefusedRow, RestorePlan, Table},
    text::{self, count, counted, list, name},
};

/// How many rows of each kind are shown.
const SHOWN: u64 = 8;
/// The width of a shown row, and of each of two values of which it shows the difference.
const LONGEST: usize = 140;
const VALUE: usize = 48;

/// Describes the rows that come back, those that change, and those that stay.
pub(super) fn rows(plan: &RestorePlan) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    points.extend(changed(plan, ChangeKind::Added, "comes back", "come back"));
    points.extend(related(plan));
    points.extend(changed(
        plan,
        ChangeKind::Changed,
        "is overwritten with the snapshot's content",
        "are overwritten with the snapshot's content",
    ));
    points.extend(changed(
        plan,
        ChangeKind::Removed,
        "is removed",
        "are removed",
    ));
    points.extend(left_alone(plan));
    points.extend(plan.refused.iter().map(row_left_out).map(Point::warning));
    if !plan.is_empty() {
        points.extend(off_log(plan));
        let is_said = plan.log.is_some() || !plan.has_log() || plan.is_replayed_on_start();
        points.push(Point::plain(if is_said {
            "no other row is touched"
        } else {
            "no other row is touched, and neither is the event log"
        }));
    }
    points
}

/// Says why a row is left out.
pub fn row_left_out(row: &RefusedRow) -> String {
    let RefusedRow {
        table,
        key_text,
        why,
        ..
    } = row;
    format!("left out: {} {key_text}, because {why}", name(table))
}

fn changed(plan: &RestorePlan, kind: ChangeKind, one: &str, many: &str) -> Option<Point> {
    let number: u64 = plan.tables.iter().map(|diff| diff.count(Some(kind))).sum();
    let predicate = match number {
        0 => return None,
        1 => one,
        _ => many,
    };
    let mut lines = Vec::new();
    for diff in &plan.tables {
        let line = |change: &Change| fit(&brief(change, &diff.table), LONGEST);
        let most = SHOWN.saturating_sub(lines.len() as u64);
        // That a temporary file cannot be read is reported when the plan is applied.
        let _ = diff.each_from(Some(kind), 0, |index, change| {
            if index == most {
                return Ok(ControlFlow::Break(()));
            }
            lines.push(line(&change));
            Ok(ControlFlow::Continue(()))
        });
    }
    if number > lines.len() as u64 {
        lines.push(format!(
            "… {}",
            counted(number - lines.len() as u64, "more row")
        ));
    }
    Some(Point {
        rows: lines,
        ..Point::plain(format!("{} {predicate}", counted(number, "row")))
    })
}

/// Formats a changed row: its key, then its longest text, or what changes in it.
fn brief(change: &Change, table: &Table) -> String {
    let named = name(&table.name);
    let (sign, row) = match change {
        Change::Changed { from, to } => {
            let cells = from.changed_columns(to).map(|column| {
                let both = text::near_difference(&from.values[column], &to.values[column]);
                let [from, to] = both.map(|value| fit(&value.to_string(), VALUE));
                format!("{}: {from} → {to}", table.columns[column])
            });
            let cells: Vec<String> = cells.collect();
            return format!("~ {named} {}: {}", from.key_text(table), cells.join("; "));
        }
        Change::Added(row) => ('+', row),
        Change::Removed(row) => ('-', row),
    };
    let text = text::main_text(row, table);
    let text = text.map(|column| format!(": {} = {}", table.columns[column], row.values[column]));
    let key = row.key_text(table);
    format!("{sign} {named} {key}{}", text.unwrap_or_default())
}

/// Names the rows that the chosen ones brought along.
fn related(plan: &RestorePlan) -> Option<Point> {
    let tables = plan.related();
    let total: u64 = tables.iter().map(|(_, rows)| rows).sum();
    let tables: Vec<String> = tables
        .into_iter()
        .map(|(table, rows)| format!("{} of {}", count(rows), name(table)))
        .collect();
    let are = if total == 1 { "is" } else { "are" };
    let sentence = format!(
        "{} of these rows {are} restored because of a foreign key: {}",
        count(total),
        list(&tables)
    );
    (total > 0).then(|| Point::plain(sentence))
}

fn left_alone(plan: &RestorePlan) -> Option<Point> {
    let number = plan.left_alone();
    let is_shown = plan.options.existing == Existing::Keep && number > 0;
    is_shown.then(|| {
        Point::plain(match number {
            1 => "1 row has the same key and other content: it stays as live has it".to_owned(),
            _ => format!(
                "{} have the same key and other content: they stay as live has them",
                counted(number, "row")
            ),
        })
    })
}

/// Warns that the log, from which the application's rewind makes the tables anew, does not lead to these rows.
fn off_log(plan: &RestorePlan) -> Option<Point> {
    let is_off = plan.is_replayed_on_start()
        && plan.log.is_none()
        && plan.options.existing != Existing::Revert;
    is_off.then(|| {
        Point::warning(
            "the event log stays as it is: the application's next rewind removes rows that no active event made, and makes the edits of active events again; only a merge or a restore to a moment brings events back with their rows",
        )
    })
}
