//! Ways to plan a refused restore after all, by giving something up.

use super::list;
use crate::core::{Error, RestoreOptions};

/// A way out of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concession {
    /// The options to plan with.
    pub options: RestoreOptions,
    /// Their meaning, in a sentence.
    pub sentence: String,
    /// The label of the user's consent.
    pub answer: &'static str,
}

/// Returns the way out of a refusal, if there is one.
pub fn concession(refused: &RestoreOptions, error: &Error) -> Option<Concession> {
    let options = refused.conceding(error)?;
    if let Error::TableChoice { missing, .. } = error {
        return Some(Concession {
            sentence: format!("Also restore {}?", list(missing)),
            answer: "Restore these too",
            options,
        });
    }
    if matches!(error, Error::Parents { .. }) {
        return Some(Concession {
            sentence: "Also insert these rows?".to_owned(),
            answer: "Insert these too",
            options,
        });
    }
    let (sentence, answer) = if options.missing != refused.missing {
        (
            "The rest can be restored: what the database lacks is left out.",
            "Leave it out",
        )
    } else if options.dangling != refused.dangling {
        (
            "The snapshot holds these rows as they were. They can be restored that way if the application tolerates rows that refer to nothing.",
            "Keep them",
        )
    } else {
        (
            "The other tables can be restored: one that cannot be written here stays as it is.",
            "Leave it out",
        )
    };
    Some(Concession {
        options,
        sentence: sentence.to_owned(),
        answer,
    })
}
