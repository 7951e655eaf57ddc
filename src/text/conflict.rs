//! A conflict of a merge on one line.

use super::{name, near_difference};
use crate::core::{Conflict, Prefer, Row};

/// Formats a conflict: the row and its column, what each side has, and what is decided.
pub fn conflict(conflict: &Conflict) -> String {
    let column = conflict.column();
    let column = column.map_or(String::new(), |column| format!(", {}", name(column)));
    let computed = if conflict.may_be_computed {
        " (the application may compute it)"
    } else {
        ""
    };
    let decided = match conflict.answer {
        None => "",
        Some(Prefer::Live) => "; live's stays",
        Some(Prefer::Snapshot) => "; the snapshot's is taken",
    };
    let (table, row, sides) = (name(&conflict.table), &conflict.row, sides(conflict));
    format!("{table} {row}{column}: {sides}{computed}{decided}")
}

/// Says what the sides have.
fn sides(conflict: &Conflict) -> String {
    if let Some(why) = &conflict.why {
        return why.clone();
    }
    match (&conflict.live, &conflict.snapshot) {
        (None, _) => "deleted in live, changed in the snapshot".to_owned(),
        (_, None) => "changed in live, deleted in the snapshot".to_owned(),
        (Some(live), Some(snapshot)) => {
            let at = conflict
                .at
                .unwrap_or_else(|| first_difference(live, snapshot));
            let [live, snapshot] = near_difference(&live.values[at], &snapshot.values[at]);
            let sides = format!("live {live}, the snapshot {snapshot}");
            match conflict.at {
                Some(_) => sides,
                None => format!("different rows; {}: {sides}", name(&conflict.columns[at])),
            }
        }
    }
}

fn first_difference(one: &Row, other: &Row) -> usize {
    one.changed_columns(other).next().unwrap_or_default()
}
