//! The name that somebody meant who wrote another.

use crate::core::base::error::Error;

/// The name nearest to a word, if one is so near that it may have been meant.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // As near as clap takes it, which suggests commands and options.
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

/// That there is no table of this name, and which was meant or which there are; `to` says what for.
pub(crate) fn no_such_table(name: &str, to: &str, known: &[&str]) -> Error {
    let what = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("there is no table {name}{to}: did you mean {meant}?"),
        None => format!(
            "there is no table {name}{to}: there are {}",
            known.join(", ")
        ),
    };
    Error::TableChoice {
        what,
        missing: Vec::new(),
    }
}
