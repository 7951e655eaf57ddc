//! What the errors of rustic and of the storage mean, and what to do.

use std::{io, iter::successors};

use rustic_core::RusticError;

use super::{
    super::{
        folder_of,
        location::{UNREACHABLE, shown},
    },
    gate::Refused,
    sentence::{chain, is_damage, sentence},
};
use crate::core::base::error::Error;

const DAMAGED: &str = "`unrewind archive check --read-data` shows what is damaged";
/// How messages begin that name a file without which an archive cannot be opened.
const KEYS: [&str; 2] = ["the file config ", "the key "];

/// What S3 answers if an object lock protects a file: the texts of MinIO, Ceph and others, and Amazon's code.
const LOCKS: [&str; 3] = ["WORM protected", "ObjectLocked", "object lock"];

/// Returns whether the server refuses the request, and will refuse it again.
pub(super) fn is_refused(error: &RusticError) -> bool {
    error.display_log().contains("append-only mode")
        || matches!(cause(error, false), Cause::Forbidden(_) | Cause::Locked)
}

/// Returns the error that names damaged restic snapshots.
pub(super) fn unreadable(ids: &[String], place: &str) -> Error {
    let (be, names) = match ids {
        [id] => ("snapshot is", id.clone()),
        _ => ("snapshots are", ids.join(", ")),
    };
    Error::Archive {
        what: format!(
            "{} damaged restic {be} left out of the archive {place}: {names}",
            ids.len()
        ),
        hint: "`unrewind archive add --all` adds again what the data folder still holds; then delete the damaged file in the folder snapshots of the archive",
    }
}

/// Returns whether the server answered that there is no such file.
pub(super) fn is_absent(error: &RusticError) -> bool {
    let text = error.display_log();
    text.contains("404 Not Found") || text.contains("NotFound (")
}

/// Returns the error for a failure at a repository.
pub(super) fn failed(location: &str) -> impl Fn(Box<RusticError>) -> Error + use<> {
    let place = shown(location);
    let is_here = folder_of(location).is_some();
    move |error| {
        log::info!("archive {place}: {}", error.display_log());
        let (what, hint) = match cause(&error, is_here) {
            Cause::Cancelled => return Error::Cancelled,
            Cause::Password => (
                format!("the password of the archive {place} is wrong"),
                "set password_file or password_command in [archive] of your configuration",
            ),
            Cause::Unreachable(why) => (
                format!("cannot reach the archive {place}: {why}"),
                UNREACHABLE,
            ),
            Cause::Unauthorized => (
                format!("the server of the archive {place} does not accept the user and password"),
                "set RESTIC_REST_USERNAME and RESTIC_REST_PASSWORD in the environment, or write rest:https://USER:PASSWORD@HOST/ in your own configuration",
            ),
            Cause::Forbidden(why) => (
                format!("the server of the archive {place} refused the request ({why})"),
                "check what its user may do; if the server is append-only, set append_only = true in [archive] of your configuration",
            ),
            Cause::Untrusted(why) => (
                format!("the certificate of the archive {place} is not trusted: {why}"),
                "check the location; for a certificate of your own, name the file of its authority in RESTIC_CACERT, or as ca_file in [archive] of your configuration",
            ),
            Cause::Locked => (
                format!(
                    "an object lock protects what is in the archive {place}: nothing there can be deleted yet"
                ),
                "set append_only = true in [archive] of your configuration, so that Unrewind deletes nothing there",
            ),
            Cause::Damage(why) => {
                let hint = if KEYS.iter().any(|key| why.starts_with(key)) {
                    "nothing in it can be read without that file: take it from a copy of the archive"
                } else {
                    DAMAGED
                };
                (format!("the archive {place} is damaged: {why}"), hint)
            }
            Cause::Full(why) => (
                format!("cannot use the archive {place}: {why}"),
                "free some room on that disk, then try again",
            ),
            Cause::Unwritable(why) => (
                format!("cannot use the archive {place}: {why}"),
                "check who owns that folder, and whether its disk can be written",
            ),
            Cause::Answered(what) => (
                format!("the server of the archive {place} answered {what}"),
                "check the location and the server, then try again",
            ),
            Cause::Other(why) => (format!("cannot use the archive {place}: {why}"), ""),
        };
        Error::Archive { what, hint }
    }
}

/// Why a call failed, as far as it matters to people.
enum Cause {
    Cancelled,
    Password,
    Unreachable(String),
    Unauthorized,
    Forbidden(&'static str),
    Untrusted(String),
    Locked,
    Answered(String),
    Damage(String),
    Full(String),
    Unwritable(String),
    Other(String),
}

fn cause(error: &RusticError, is_here: bool) -> Cause {
    if error.is_incorrect_password() {
        return Cause::Password;
    }
    let said = || sentence(error);
    if is_damage(error) {
        return Cause::Damage(said());
    }
    let mut last = None;
    let mut is_lost = false;
    for cause in chain(error) {
        let text = cause.to_string();
        match cause.downcast_ref::<Refused>() {
            Some(Refused::Cancelled) => return Cause::Cancelled,
            Some(Refused::Late(_)) => return Cause::Unreachable(text),
            _ if text.contains("401 Unauthorized") => return Cause::Unauthorized,
            _ if LOCKS.iter().any(|lock| text.contains(lock)) => return Cause::Locked,
            _ if text.starts_with("PermissionDenied (") => {
                return Cause::Forbidden("403 Forbidden");
            }
            _ => {}
        }
        if let Some((_, why)) = text.split_once("invalid peer certificate: ") {
            return Cause::Untrusted(certificate(why));
        }
        let refusals = ["403 Forbidden", "405 Method Not Allowed"];
        if let Some(refusal) = refusals.into_iter().find(|&refusal| text.contains(refusal)) {
            return Cause::Forbidden(refusal);
        }
        if let Some((_, status)) = text.split_once("HTTP status ")
            && let Some((_, status)) = status.split_once('(')
        {
            let status = status.split(')').next().unwrap_or(status);
            return Cause::Answered(status.to_owned());
        }
        if text.contains("error decoding response body") && is_other(cause) {
            return Cause::Answered("in a format that no REST server of restic uses".to_owned());
        }
        // The client names the URL of what it could not finish, and of what was answered with an error.
        is_lost |= text.contains(" for url (") && !text.contains("HTTP status");
        is_lost |= text.contains("error sending request");
        // The file system of this machine refuses a file, such as one that is to be cached.
        match cause.downcast_ref().map(io::Error::kind) {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                return Cause::Full(said());
            }
            Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                return Cause::Unwritable(said());
            }
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound) if is_here => {
                return Cause::Damage(said());
            }
            kind => is_lost |= kind.is_some(),
        }
        last = Some(text);
    }
    match last {
        Some(why) if is_lost && !is_here => Cause::Unreachable(why),
        _ => Cause::Other(said()),
    }
}

/// Returns why a certificate is not trusted.
fn certificate(why: &str) -> String {
    const KNOWN: [(&str, &str); 4] = [
        ("UnknownIssuer", "this machine does not know its authority"),
        (
            "CaUsedAsEndEntity",
            "it is a certificate of an authority, not of a server",
        ),
        ("NotValidForName", "it is of another host"),
        ("Expired", "it has expired"),
    ];
    let known = KNOWN.iter().find(|(code, _)| why.contains(code));
    known.map_or(why, |(_, said)| said).to_owned()
}

/// Returns whether an answer is complete, but not what was asked for: a list that is not JSON.
fn is_other(error: &(dyn std::error::Error + 'static)) -> bool {
    let last = successors(Some(error), |error| error.source()).last();
    last.is_some_and(|last| last.to_string().contains(" at line "))
}

/// Returns the error for a location that does not name a REST server.
#[cfg(feature = "archive-remote")]
pub(super) fn invalid(location: &str) -> Error {
    Error::Archive {
        what: format!("{} is not a valid URL", shown(location)),
        hint: "name it as rest:https://HOST/ or rest:https://USER:PASSWORD@HOST/, with %2F for a / and %40 for an @ in USER, PASSWORD and path",
    }
}

/// Returns the error for a REST server that cannot be called. Rustic's text shows the whole location: only the
/// cause is used.
#[cfg(feature = "archive-remote")]
pub(super) fn unserved(error: &RusticError, location: &str) -> Error {
    if error.display_log().contains(" parsing failed") {
        return invalid(location);
    }
    let why = chain(error).last().map(ToString::to_string);
    let (place, why) = (shown(location), why.unwrap_or_default());
    Error::Archive {
        what: format!("cannot use the archive {place}: {why}"),
        hint: "",
    }
}

/// Returns the error for damage at which rustic panics.
pub(super) fn broken_off(place: &str) -> Error {
    Error::Archive {
        what: format!("the archive {place} is damaged, and reading it stopped"),
        hint: DAMAGED,
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

#[cfg(test)]
mod tests {
    use rustic_core::ErrorKind;

    use super::*;

    fn error(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Box<RusticError> {
        let error =
            RusticError::with_source(ErrorKind::InputOutput, "Cannot write `{path}`", source);
        error.attach_context("path", "/cache/index")
    }

    #[test]
    fn only_an_answer_refuses() {
        for refusal in [
            "HTTP status client error (403 Forbidden) for url (http://host/)",
            "HTTP status client error (405 Method Not Allowed) for url (http://host/)",
            "PermissionDenied (persistent) at delete",
            "Unexpected (permanent) at delete => S3Error { code: \"InvalidRequest\", message: \"Object is WORM protected and cannot be overwritten\" }",
        ] {
            assert!(is_refused(&error(refusal)), "{refusal}");
        }
        let read_only =
            "Repository is in append-only mode and snapshots cannot be deleted from it.";
        assert!(is_refused(&RusticError::new(
            ErrorKind::Repository,
            read_only
        )));
        for failure in [
            "HTTP status server error (500 Internal Server Error) for url (http://host/)",
            "HTTP status client error (401 Unauthorized) for url (http://host/)",
            "HTTP status client error (429 Too Many Requests) for url (http://host/)",
        ] {
            assert!(!is_refused(&error(failure)), "{failure}");
        }
        assert!(!is_refused(&error(Refused::Cancelled)));
        assert!(!is_refused(&error(io::Error::from(
            io::ErrorKind::StorageFull
        ))));
    }

    #[test]
    fn a_full_disk_of_this_machine_is_not_the_network() {
        let said = |kind: io::ErrorKind| {
            failed("rest:https://host/")(error(io::Error::from(kind))).to_string()
        };
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied] {
            assert_eq!(
                said(kind),
                format!(
                    "cannot use the archive rest:https://host/: Cannot write /cache/index: {kind}"
                )
            );
        }
        let reset = said(io::ErrorKind::ConnectionReset);
        assert!(reset.starts_with("cannot reach the archive"), "{reset}");
    }

    #[test]
    fn an_object_lock_is_named() {
        let text = "Unexpected (permanent) at delete => S3Error { code: \"ObjectLocked\" }";
        let said = failed("s3:https://host/bucket")(error(text)).to_string();
        assert_eq!(
            said,
            "an object lock protects what is in the archive s3:https://host/bucket: nothing there can be deleted yet"
        );
    }

    #[test]
    fn an_answer_that_is_an_error_is_named() {
        let text = "HTTP status server error (500 Internal Server Error) for url (http://host/)";
        assert_eq!(
            failed("rest:http://host/")(error(text)).to_string(),
            "the server of the archive rest:http://host/ answered 500 Internal Server Error"
        );
    }
}
