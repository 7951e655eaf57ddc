//! The storage of a repository: a folder, a REST server, what rclone reaches, or S3. Which of them this program can
//! use is decided when it is built.

use std::{path::Path, sync::Arc};

use rustic_backend::BackendOptions;
use rustic_core::{RusticResult, WriteBackend};

use super::{
    super::{ArchiveSettings, folder_of, location::unknown},
    failure::failed,
    gate::{CallState, Gate, Locality},
};
use crate::core::base::error::Result;
#[cfg(feature = "archive-remote")]
use crate::core::base::{
    error::Error,
    regular::{Links, read_file},
};

/// Returns the gate to the files of the repository at `location`.
pub(super) fn gate(location: &str, settings: &ArchiveSettings, state: &CallState) -> Result<Gate> {
    let gate = |inner, reach| Gate {
        inner,
        reach,
        state: state.clone(),
        cache: settings.cache.clone().filter(|_| reach != Locality::Here),
        running: None,
        versions: None,
        is_whole: Arc::new(|| true),
    };
    if let Some(folder) = folder_of(location) {
        let inner = known(&local(folder), None).map_err(failed(location))?;
        return Ok(gate(inner, Locality::Here));
    }
    match location.split_once(':').unwrap_or_default() {
        #[cfg(feature = "archive-remote")]
        ("rest", url) => {
            let inner = served(
                &signed_in(url, settings),
                location,
                settings.ca_file.as_deref(),
            )?;
            Ok(gate(inner, Locality::Elsewhere))
        }
        #[cfg(feature = "archive-remote")]
        ("rclone", remote) => {
            let rclone = super::rclone::Rclone::start(remote, location, state)?;
            let inner = served(&rclone.url, location, None)?;
            Ok(Gate {
                running: Some(Arc::new(rclone)),
                ..gate(inner, Locality::Elsewhere)
            })
        }
        #[cfg(feature = "archive-s3")]
        ("s3", place) => {
            let bucket = super::s3::s3(place, location)?;
            let versions = Arc::clone(&bucket);
            Ok(Gate {
                versions: Some(Arc::new(move |kind, id| versions.has_version_of(kind, id))),
                ..gate(bucket, Locality::Elsewhere)
            })
        }
        _ => Err(unknown(location)),
    }
}

/// Returns a folder's location as rustic names it.
fn local(folder: &Path) -> String {
    let path = folder.display().to_string();
    // On Windows rustic reads any text with a backslash as a path.
    if cfg!(windows) && path.contains('\\') {
        return path;
    }
    // A folder's name may contain a colon.
    format!("local:{path}")
}

/// Opens a location that rustic itself can reach.
fn known(named: &str, ca_file: Option<&Path>) -> RusticResult<Arc<dyn WriteBackend>> {
    let mut options = BackendOptions::default().repository(named);
    let certificate = ca_file.map(|file| ("cacert", file.display().to_string()));
    options.options = [("retry", "3".to_owned()), ("timeout", "10m".to_owned())]
        .into_iter()
        .chain(certificate)
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Ok(options.to_backends()?.repository())
}

/// Opens the REST server at a URL. An `@` in it must only end a user and password: rustic would take an unescaped `/`
/// in them for the end of the host's name, and its errors would show the rest.
#[cfg(feature = "archive-remote")]
fn served(url: &str, location: &str, ca_file: Option<&Path>) -> Result<Arc<dyn WriteBackend>> {
    let lower = url.to_ascii_lowercase();
    let place = ["https://", "http://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let is_valid = place.is_some_and(|place| {
        let (user, _) = place.rsplit_once('@').unwrap_or_default();
        !user.contains(['/', '\\', '?', '#'])
    });
    if !is_valid {
        return Err(super::failure::invalid(location));
    }
    ca_file.map_or(Ok(()), refuse_no_certificate)?;
    known(&format!("rest:{url}"), ca_file)
        .map_err(|error| super::failure::unserved(&error, location))
}

/// Refuses a file without a certificate: with it the connection would fail, but only name an unknown authority.
#[cfg(feature = "archive-remote")]
fn refuse_no_certificate(file: &Path) -> Result<()> {
    const LARGEST: u64 = 1024 * 1024;
    let read = read_file(file, Links::Follow, LARGEST);
    let text = read.map_err(Error::io("read the certificate", file))?;
    if memchr::memmem::find(&text, b"-----BEGIN CERTIFICATE-----").is_some() {
        return Ok(());
    }
    Err(Error::Archive {
        what: format!("{} holds no certificate in PEM", file.display()),
        hint: "name the file of the authority of the server's certificate as ca_file or in RESTIC_CACERT",
    })
}

/// Returns a URL with the user and password of the settings, if it has none itself.
#[cfg(feature = "archive-remote")]
fn signed_in(url: &str, settings: &ArchiveSettings) -> String {
    match (url.split_once("://"), &settings.server_user) {
        (Some((scheme, place)), Some((user, password))) if !place.contains('@') => {
            let (user, password) = (encoded(user), encoded(password.reveal()));
            format!("{scheme}://{user}:{password}@{place}")
        }
        _ => url.to_owned(),
    }
}

/// Escapes a text as a part of a URL.
#[cfg(feature = "archive-remote")]
fn encoded(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}
