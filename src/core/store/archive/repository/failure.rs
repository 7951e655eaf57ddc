//! The errors of rustic in one sentence. Rustic's own text is a page with advice for its users.

use rustic_core::RusticError;

use crate::core::base::error::Error;

/// Returns the error for a failure at a repository.
pub(super) fn failed(location: &str) -> impl Fn(Box<RusticError>) -> Error + use<> {
    let location = location.to_owned();
    move |error| {
        log::info!("archive {location}: {}", error.display_log());
        if error.is_incorrect_password() {
            return Error::Archive {
                what: format!("the password of the archive {location} is wrong"),
                hint: "set password_file or password_command in [archive] of your configuration",
            };
        }
        let what = format!("the archive {location} cannot be used: {}", reason(&error));
        Error::Archive { what, hint: "" }
    }
}

/// Returns the error for a snapshot that is no longer there.
pub(super) fn missing(restic_id: &str) -> Error {
    let id = restic_id.get(..8).unwrap_or(restic_id);
    Error::Archive {
        what: format!("the archive no longer holds the snapshot {id}"),
        hint: "`unrewind archive list` shows what it holds",
    }
}

fn reason(error: &RusticError) -> String {
    cut_short(&error.display_log())
}

/// Keeps what went wrong of a text that also has advice and codes.
pub(super) fn cut_short(text: &str) -> String {
    let text = text.strip_prefix("Error: ").unwrap_or(text);
    let (first, rest) = text.split_once(" (kind: related to ").unwrap_or((text, ""));
    let first = first
        .split(". ")
        .next()
        .unwrap_or(first)
        .trim_end_matches('.');
    let mut text = first.replace('`', "").replace('\n', " ");
    if let Some((_, cause)) = rest.split_once(": caused by: ") {
        let cause = cause.split(" : (source:").next().unwrap_or(cause);
        text = format!("{text}: {}", cause.trim());
    }
    text
}
