//! What can be done without, so that a restore that was refused can be planned all the same.

use super::list;
use crate::core::{Error, RestoreOptions};

/// A way out of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concession {
    /// The options to plan with.
    pub options: RestoreOptions,
    /// What they mean, in a sentence.
    pub says: String,
    /// What a user answers who agrees.
    pub answer: &'static str,
}

/// The way out of a refusal, if there is one.
pub fn concession(refused: &RestoreOptions, error: &Error) -> Option<Concession> {
    let options = refused.conceding(error)?;
    if let Error::TableChoice { missing, .. } = error {
        return Some(Concession {
            says: format!("Also restore {}?", list(missing)),
            answer: "Restore these too",
            options,
        });
    }
    let (says, answer) = if options.missing != refused.missing {
        (
            "The rest can be restored: what the database lacks is left out.",
            "Leave it out",
        )
    } else if options.dangling != refused.dangling {
        (
            "The snapshot holds these rows as they were. They can come back so, if the application lives with rows that refer to nothing.",
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
        says: says.to_owned(),
        answer,
    })
}
