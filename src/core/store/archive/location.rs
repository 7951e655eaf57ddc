//! The location of a repository: whether it is a folder of this machine, whether this program can reach it, and how
//! it is shown without the secrets in it.

use std::path::Path;

use super::ArchiveSettings;
use crate::core::base::error::{Error, Result};

/// What to do if a server does not answer.
pub(super) const UNREACHABLE: &str = "check the network and the server, then try again";
const HAS_REMOTE: bool = cfg!(feature = "archive-remote");
const HAS_S3: bool = cfg!(feature = "archive-s3");

/// Returns the folder of a repository that is on this machine.
pub(super) fn folder_of(location: &str) -> Option<&Path> {
    let folder = location.strip_prefix("local:").map(Path::new);
    folder.or_else(|| Some(Path::new(location)).filter(|folder| folder.is_absolute()))
}

/// Returns a location without the user and password in it, which need not be a valid URL, and without the options
/// of an rclone location.
pub(super) fn shown(location: &str) -> String {
    const HIDDEN: &str = "***";
    const KINDS: [&str; 6] = [
        "rest:https://",
        "rest:http://",
        "rest:",
        "s3:https://",
        "s3:http://",
        "s3:",
    ];
    if folder_of(location).is_some() {
        return location.to_owned();
    }
    let known = KINDS.iter().find_map(|kind| location.strip_prefix(kind));
    let place = known.or_else(|| Some(location.split_once("://")?.1));
    if let Some(place) = place
        && let Some((_, host)) = place.rsplit_once('@')
    {
        let kind = &location[..location.len() - place.len()];
        return format!("{kind}{HIDDEN}@{host}");
    }
    match location.split_once('=') {
        Some((remote, _)) if location.starts_with("rclone:") => format!("{remote}={HIDDEN}"),
        _ => location.to_owned(),
    }
}

/// Returns whether this program can reach such a location.
fn is_known(location: &str) -> bool {
    let scheme = location.split_once(':').map_or("", |(scheme, _)| scheme);
    folder_of(location).is_some()
        || match scheme {
            "rest" | "rclone" => HAS_REMOTE,
            "s3" => HAS_S3,
            _ => false,
        }
}

/// Returns the error for a location that this program cannot reach.
pub(super) fn unknown(location: &str) -> Error {
    let place = shown(location);
    let (what, hint) = match location.split_once(':') {
        Some(("rest" | "rclone", _)) => (
            format!("this program was built without remote archives, and {place} is one"),
            "build it with `cargo install --path . --features archive-remote`",
        ),
        Some(("s3", _)) => (
            format!("this program was built without archives in S3, and {place} is one"),
            "name it as rclone:REMOTE:BUCKET, or build it with `cargo install --path . --features archive-s3`",
        ),
        _ => (
            format!("{place} is not a place for an archive"),
            "name a folder, rest:https://HOST/, rclone:REMOTE:PATH or s3:https://HOST/BUCKET",
        ),
    };
    Error::Archive { what, hint }
}

/// Returns whether an error means that the archive did not answer, so that every other call would fail, too.
pub(crate) fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Archive { hint, .. } if *hint == UNREACHABLE)
}

/// Returns the error for a repository that does not exist.
pub(super) fn absent(location: &str) -> Error {
    Error::Archive {
        what: format!("there is no archive {}", shown(location)),
        hint: "if it is on a disk that is not mounted, mount that; else create it with `unrewind archive init`",
    }
}

impl ArchiveSettings {
    /// Returns where the archive of a data folder is, for people: without the secrets in it.
    pub fn shown(&self, data_dir: &Path) -> String {
        shown(&self.location(data_dir))
    }

    /// Fails if this program cannot reach the location of the repository.
    ///
    /// # Errors
    ///
    /// [`Error::Archive`] says which feature it lacks.
    pub fn refuse_unknown(&self) -> Result<()> {
        match &self.repository {
            Some(location) if !is_known(location) => Err(unknown(location)),
            _ => Ok(()),
        }
    }

    /// Returns whether the location holds a password, which others must not read.
    pub fn holds_secret(&self) -> bool {
        let location = self.repository.as_deref();
        location.is_some_and(|location| shown(location) != location)
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_user_and_password_are_never_shown() {
        for (location, said) in [
            ("rest:https://host/chat", "rest:https://host/chat"),
            ("rest:https://u:pw@host/", "rest:https://***@host/"),
            ("rest:https://u:p/w@host/", "rest:https://***@host/"),
            ("rest:u:pw@host", "rest:***@host"),
            ("rest:u:p://w@host", "rest:***@host"),
            ("s3:key:se/cret@host/bucket", "s3:***@host/bucket"),
            ("https://u:pw@host/", "https://***@host/"),
            ("rclone:remote:a@b", "rclone:remote:a@b"),
            ("/home/me@host/archive", "/home/me@host/archive"),
        ] {
            assert_eq!(shown(location), said);
        }
    }
}
