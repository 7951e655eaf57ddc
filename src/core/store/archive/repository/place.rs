//! The places that a repository can be in: a folder, a REST server, what rclone reaches, S3. Which of them this
//! program knows is decided when it is built.

use std::sync::Arc;

use rustic_backend::BackendOptions;
use rustic_core::WriteBackend;

use super::{
    super::{ArchiveSettings, folder_of, location::unknown},
    failure::failed,
    gate::{Gate, Reach, Stop},
};
use crate::core::base::error::Result;

/// Returns the way to the files of the repository at `location`.
#[cfg_attr(
    not(feature = "archive-remote"),
    expect(unused_variables, reason = "only servers have users")
)]
pub(super) fn gate(location: &str, settings: &ArchiveSettings, stop: &Stop) -> Result<Gate> {
    let gate = |inner, reach| Gate {
        inner,
        reach,
        stop: stop.clone(),
        running: None,
        is_whole: Arc::new(|| true),
    };
    if let Some(folder) = folder_of(location) {
        // A folder's name may contain a colon.
        let inner = known(&format!("local:{}", folder.display()), location)?;
        return Ok(gate(inner, Reach::Here));
    }
    match location.split_once(':').unwrap_or_default() {
        #[cfg(feature = "archive-remote")]
        ("rest", url) => {
            let inner = known(&format!("rest:{}", signed_in(url, settings)), location)?;
            Ok(gate(inner, Reach::Elsewhere))
        }
        #[cfg(feature = "archive-remote")]
        ("rclone", remote) => {
            let rclone = super::rclone::Rclone::start(remote, location, stop)?;
            let inner = known(&format!("rest:{}", rclone.url), location)?;
            Ok(Gate {
                running: Some(Arc::new(rclone)),
                ..gate(inner, Reach::Elsewhere)
            })
        }
        #[cfg(feature = "archive-s3")]
        ("s3", place) => Ok(gate(super::s3::s3(place, location)?, Reach::Elsewhere)),
        _ => Err(unknown(location)),
    }
}

/// Returns what rustic itself knows how to reach.
fn known(named: &str, location: &str) -> Result<Arc<dyn WriteBackend>> {
    let mut options = BackendOptions::default().repository(named);
    options.options = [("retry", "3"), ("timeout", "10m")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let backends = options.to_backends().map_err(failed(location))?;
    Ok(backends.repository())
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
