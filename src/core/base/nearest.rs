//! Suggests the name that a misspelled one probably means.

use crate::core::base::error::Error;

/// Returns the name nearest to a word, if it is near enough to be suggested.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // The threshold of clap's own suggestions for commands and options.
    const NEAR: f64 = 0.7;
    let word = word.to_lowercase();
    let likeness = |name: &'n str| (strsim::jaro(&word, &name.to_lowercase()), name);
    let near = names
        .into_iter()
        .map(likeness)
        .filter(|(likeness, _)| *likeness > NEAR);
    let best = near.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, name)| name)
}

/// Returns the error that no table has this name, with a near name or a list of all; `to` names
/// the purpose.
pub(crate) fn no_such_table(name: &str, to: &str, known: &[&str]) -> Error {
    let table = match name {
        "" => "table with an empty name".to_owned(),
        _ => format!("table {name}"),
    };
    let what = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("there is no {table}{to}: did you mean {meant}?"),
        None => format!("there is no {table}{to}: there are {}", known.join(", ")),
    };
    Error::TableChoice {
        what,
        missing: Vec::new(),
    }
}
