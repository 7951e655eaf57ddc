//! What a restore has brought back: the first sentence of its result.

use super::{counted, name};
use crate::core::{Operation, Restored};

/// Says what a restore has brought back; `None` if nothing is back.
pub fn came_back(restored: &Restored) -> Option<String> {
    let back = events(restored.events_back);
    match restored.operation() {
        Some(Operation::Undo) => Some(back.map_or_else(
            || "the restore is undone: everything is as it was before it".to_owned(),
            |back| format!("the restore is undone: {back}"),
        )),
        Some(Operation::Redo) => Some(back.map_or_else(
            || "the restore is done again".to_owned(),
            |back| format!("the restore is done again: {back}"),
        )),
        _ => back.or_else(|| rows(restored)),
    }
}

fn events(number: u64) -> Option<String> {
    let are = if number == 1 { "is" } else { "are" };
    (number > 0).then(|| format!("{} {are} back", counted(number, "event")))
}

fn rows(restored: &Restored) -> Option<String> {
    let added = restored.tables.iter().filter(|table| table.added > 0);
    let parts: Vec<String> = added
        .clone()
        .map(|table| format!("{} of {}", counted(table.added, "row"), name(&table.name)))
        .collect();
    let are = match added.map(|table| table.added).sum() {
        0 => return None,
        1 => "is",
        _ => "are",
    };
    Some(format!("{} {are} back", parts.join(", ")))
}
