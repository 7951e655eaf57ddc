//! Sentences about tables that no snapshot holds, and names in the profile that fit no table or column.

use std::path::Path;

use super::{counted, name, one_line};
use crate::core::Coverage;

/// The most tables to name.
const MOST: usize = 8;

/// Describes each mismatch between the profile and the database, with what to change in the file
/// `description`, which need not exist.
pub fn coverage(coverage: &Coverage, description: &Path) -> Vec<String> {
    let file = description.display();
    let Coverage {
        outside,
        lacking,
        columns,
    } = coverage;
    let mut sentence = Vec::new();
    if !outside.is_empty() {
        sentence.push(format!(
            "{}: add the tables that snapshots should hold to `tables` in {file}, and the rest to `exclude`",
            not_held(outside)
        ));
    }
    for name in lacking {
        let meant = nearest(name, outside).map(|meant| format!(" (did you mean {meant}?)"));
        sentence.push(format!(
            "the database has no table {}{}, which the profile names: correct `tables` in {file}",
            one_line(name),
            meant.unwrap_or_default()
        ));
    }
    for (meaning, column) in columns {
        sentence.push(format!(
            "the event log has no column {}, which the profile names as its {meaning}: correct `[log]` in {file}",
            one_line(column)
        ));
    }
    sentence
}

/// The same in a few words, and in fewer.
pub fn coverage_briefly(coverage: &Coverage) -> Option<[String; 2]> {
    let Coverage {
        outside,
        lacking,
        columns,
    } = coverage;
    let names: Vec<String> = columns.iter().map(|(_, name)| name.clone()).collect();
    let lacks = |who: &str, names: &[String]| {
        (!names.is_empty()).then(|| format!("{who} lacks {}", listed(names)))
    };
    let held = (!outside.is_empty()).then(|| not_held(outside));
    let sentence = [
        held,
        lacks("the database", lacking),
        lacks("the event log", &names),
    ];
    let sentence: Vec<String> = sentence.into_iter().flatten().collect();
    let tables = counted(outside.len() as u64, "table");
    let briefly = match (outside.len(), lacking.len(), names.len()) {
        (0, 0, 0) => return None,
        (0, lacking, 0) => counted(lacking as u64, "unknown table"),
        (0, 0, columns) => counted(columns as u64, "unknown column"),
        (0, lacking, columns) => counted((lacking + columns) as u64, "unknown name"),
        (_, 0, 0) => format!("{tables} in no snapshot"),
        (_, lacking, columns) => format!("{tables} not held, {} unknown", lacking + columns),
    };
    Some([sentence.join("; "), briefly])
}

fn not_held(outside: &[String]) -> String {
    let tables = counted(outside.len() as u64, "table");
    format!("no snapshot holds {tables}: {}", listed(outside))
}

fn listed(names: &[String]) -> String {
    let first = names.iter().take(MOST).map(|one| name(one));
    let first = first.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Returns the most similar name, if any is similar enough.
fn nearest<'n>(name: &str, names: &'n [String]) -> Option<&'n String> {
    const ALIKE: f64 = 0.85;
    let likeness =
        |other: &String| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let alike = names.iter().filter(|other| likeness(other) >= ALIKE);
    alike.max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
}
