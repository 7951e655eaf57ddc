//! The errors of rustic in one sentence. Rustic's own text is a page with advice for its users, nonces and a
//! backtrace, and the text of an outer error holds the whole page of the inner one.

use std::{error::Error, iter::successors};

use rustic_core::RusticError;

/// Returns what caused an error, the nearest first.
pub(super) fn chain(error: &RusticError) -> impl Iterator<Item = &(dyn Error + 'static)> {
    successors(error.source(), |&error: &&(dyn Error + 'static)| {
        error.source()
    })
}

/// Returns the errors of rustic among an error and what caused it, the outermost first.
fn of_rustic(error: &RusticError) -> impl Iterator<Item = &RusticError> {
    let causes = chain(error).filter_map(|cause| cause.downcast_ref::<Box<RusticError>>());
    std::iter::once(error).chain(causes.map(|cause| &**cause))
}

/// Returns whether the storage holds other bytes than were written to it.
pub(super) fn is_damage(error: &RusticError) -> bool {
    const KINDS: [&str; 2] = ["internal operations", "cryptographic operations"];
    // The innermost has the reason.
    let text = of_rustic(error).last().map(RusticError::display_log);
    let text = text.unwrap_or_default();
    let of_kind = |kind: &&str| text.contains(&format!("(kind: related to {kind}"));
    KINDS.iter().any(of_kind) || text.contains("the data for key ")
}

/// Returns what went wrong.
pub(super) fn sentence(error: &RusticError) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in of_rustic(error) {
        let text = first(error);
        if let Some(file) = damaged_file(&text) {
            return file;
        }
        if text.contains("cryption failed") || text.contains("cannot decrypt") {
            return "it is not what was written".to_owned();
        }
        said.push(text);
    }
    let last = chain(error).last();
    if let Some(cause) = last.filter(|cause| !cause.is::<Box<RusticError>>()) {
        let cause = cause.to_string();
        // The text before the last arrow is the context of a call to S3.
        said.push(cause.rsplit(" => ").next().unwrap_or(&cause).to_owned());
    }
    said.dedup();
    said.join(": ").replace(['`', '\n'], "")
}

/// Returns the first sentence of an error, without what caused it.
fn first(error: &RusticError) -> String {
    let text = error.display_log();
    let text = text.strip_prefix("Error: ").unwrap_or(&text);
    let text = text.split(" (kind: related to ").next().unwrap_or(text);
    let text = text.split(". ").next().unwrap_or(text);
    text.trim_end_matches('.').to_owned()
}

/// Returns the sentence for a file that cannot be decrypted or read, such as `error processing Index:74dd3cba`.
fn damaged_file(text: &str) -> Option<String> {
    if let Some((_, path)) = text
        .strip_prefix("Failed to read the exact length ")
        .and_then(|rest| rest.split_once(" of the file "))
    {
        return Some(format!("the file {} is cut off", path.replace('`', "")));
    }
    let (kind, id) = match text.split_once("the data for key ") {
        Some((_, id)) => ("key", id),
        None => text.strip_prefix("error processing ")?.split_once(':')?,
    };
    let id = id.trim_start_matches('`').split([' ', '`']).next()?;
    let file = match kind.to_ascii_lowercase().as_str() {
        "config" => "file config".to_owned(),
        "snapshot" => format!("restic snapshot {id}"),
        kind => format!("{kind} {id}"),
    };
    Some(format!("the {file} is not what was written"))
}

/// Returns what a check found.
pub(super) fn flaw(found: &(dyn Error + 'static)) -> String {
    let text = found.to_string();
    // What follows is the page of the cause, or advice.
    let what = text.split(" : `rustic_core`").next().unwrap_or(&text);
    let what = what.split(". To repair").next().unwrap_or(what);
    let source = found.source();
    match source.and_then(|source| source.downcast_ref::<Box<RusticError>>()) {
        Some(source) => format!("{what}: {}", sentence(source)),
        None => what.replace('`', ""),
    }
}
