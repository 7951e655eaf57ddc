//! What no snapshot holds, and what the profile names in vain, in words.

use std::path::Path;

use super::{counted, one_line};
use crate::core::Coverage;

/// So many tables are named.
const MOST: usize = 8;

/// A sentence for each way in which the profile and the database do not meet, with what to do about it in
/// the file that describes the application, or would.
pub fn coverage(coverage: &Coverage, description: &Path) -> Vec<String> {
    let file = description.display();
    let Coverage { outside, lacking } = coverage;
    let mut says = Vec::new();
    if !outside.is_empty() {
        says.push(format!(
            "{}: add to `tables` in {file} what snapshots are to hold, and to `exclude` the rest",
            not_held(outside)
        ));
    }
    for name in lacking {
        let meant = nearest(name, outside).map(|meant| format!(" (did you mean {meant}?)"));
        says.push(format!(
            "the database has no table {}{}, which the profile names: correct `tables` in {file}",
            one_line(name),
            meant.unwrap_or_default()
        ));
    }
    says
}

/// The same in a few words.
pub fn coverage_briefly(coverage: &Coverage) -> Option<String> {
    let Coverage { outside, lacking } = coverage;
    match (&outside[..], &lacking[..]) {
        ([], []) => None,
        ([], lacking) => Some(format!("the database lacks {}", listed(lacking))),
        (outside, _) => Some(not_held(outside)),
    }
}

fn not_held(outside: &[String]) -> String {
    let tables = counted(outside.len() as u64, "table");
    format!("no snapshot holds {tables}: {}", listed(outside))
}

fn listed(names: &[String]) -> String {
    let first = names.iter().take(MOST).map(|name| one_line(name));
    let first = first.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// The name that is most like this one, if any is much like it.
fn nearest<'n>(name: &str, names: &'n [String]) -> Option<&'n String> {
    const ALIKE: f64 = 0.85;
    let likeness =
        |other: &String| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let alike = names.iter().filter(|other| likeness(other) >= ALIKE);
    alike.max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
}
